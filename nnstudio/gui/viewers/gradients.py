"""The Gradients & updates tab: how numbers are spread, and how learning reaches each layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QGridLayout

from nnstudio.core import words
from nnstudio.core.errors import StudioError
from nnstudio.graph.blocks import expand
from nnstudio.graph.model import Graph
from nnstudio.gui.theme import Theme
from nnstudio.gui.viewers.bar_chart import BarChart
from nnstudio.gui.viewers.figures import (
    MOSTLY,
    Histogram,
    firing,
    histogram,
    norms,
    saturated,
)
from nnstudio.gui.viewers.focus import NO_DATA, Focus, when_words
from nnstudio.gui.viewers.viewer import Complain, Viewer
from nnstudio.train.watch import Updates, Watch, Watched

Array = NDArray[Any]
PROBE = 32  # training samples that are looked at
HEALTHY = 1e-3  # ‖Δw‖ / ‖w‖ of a training that goes well
MOST_PARAMETERS = 4_000_000  # of networks whose gradients are all copied a few times a second
RATE = 4.0
CHARTS = ("weights", "gradients", "activations", "flow", "ratios", "units")


class Gradients(Viewer):
    """Histograms of the selected node, and gradients and updates of all layers."""

    name = "gradients"
    title = "Gradients & updates"
    empty_words = "Draw a network: its gradients show here."

    def __init__(self, theme: Theme, complain: Complain) -> None:
        super().__init__(theme, complain)
        self._updates: Updates | None = None
        self._flat: tuple[Graph, tuple[str, ...], dict[str, str]] | None = None
        self.histograms: dict[str, Histogram] = {}
        self.flow: dict[str, float] = {}
        self.ratios: dict[str, float] = {}
        self.firing: Array = np.empty(0)
        names = (
            "Histogram of the weights", "Histogram of the gradients",
            "Histogram of the activations", "Gradient norm of each layer",
            "Update by weight of each layer", "How often each unit fires",
        )  # fmt: skip
        self.charts = {key: BarChart(theme, name) for key, name in zip(CHARTS, names, strict=True)}
        grid = QGridLayout(self.body)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(8)
        for at, chart in enumerate(self.charts.values()):
            grid.addWidget(chart, at // 3, at % 3)

    def wish(self, focus: Focus) -> Watch | None:
        if focus.signature is None or not focus.node:
            self.say(self.empty_words if focus.signature else NO_DATA)
            return None
        layers = self._layers(focus.graph)
        if focus.parameters > MOST_PARAMETERS:
            layers = (focus.node,)
        count = focus.size("train")
        probe = tuple(range(min(PROBE, count))) if count else (0,)
        node = (focus.node,)
        return Watch(
            outputs=node, gradients=node, weights=node, weight_gradients=layers,
            part="train", samples=probe, updates=True, rate=RATE,
        )  # fmt: skip

    def _layers(self, graph: Graph) -> tuple[str, ...]:
        """Give the ids of all layers, those inside of blocks too, in the order of the depth."""
        if self._flat is None or self._flat[0] is not graph:
            try:
                flat = expand(graph)
            except StudioError:
                flat = graph
            ids = tuple(one for one in flat.order if not flat.nodes[one].layer.is_loss())
            self._flat = graph, ids, {one: flat.nodes[one].label for one in ids}
        return self._flat[1]

    def look_at(self, focus: Focus) -> None:
        if focus.graph is not self.focus.graph:
            self._updates = None
        super().look_at(focus)

    def show_answer(self, answer: Watched) -> None:
        if answer.updates is not None:
            self._updates = answer.updates
        elif answer.origin == "start":
            self._updates = None
        node = self.focus.node
        weights = [one for key, one in answer.weights.items() if _owner(key) == node]
        slopes = [one for key, one in answer.weight_gradients.items() if _owner(key) == node]
        slope_words = "gradients by the weights"
        if not slopes and node in answer.gradients:
            slopes, slope_words = [answer.gradients[node]], "gradients by the outputs"
        outputs = answer.outputs.get(node)
        self.histograms = {}
        self._histogram("weights", "weights", weights)
        self._histogram("gradients", slope_words, slopes)
        self._histogram("activations", "activations", [] if outputs is None else [outputs])
        self._show_units(outputs)
        self._show_flow(answer)
        self._show_ratios()
        count = len(answer.watch.samples)
        probe = f"{count} training samples" if count > 1 else "a training sample"
        self.caption.setText(f"{self.focus.label} · {when_words(answer)} · {probe}")

    # The selected node

    def _histogram(self, key: str, title: str, arrays: Sequence[Array]) -> None:
        chart = self.charts[key]
        if not arrays:
            chart.show_bars(np.empty(0), title=f"no {title}")
            return
        values = np.concatenate([one.reshape(-1) for one in arrays])
        found = self.histograms[key] = histogram(values)
        if not len(found.counts):
            chart.show_bars(np.empty(0), title=f"{title}: none is finite")
            return
        edges = found.edges
        with np.errstate(over="ignore", invalid="ignore"):
            spread = float(np.std(values.astype(np.float64))) if not found.unusable else np.nan
        text = f"{title} · spread {spread:.3g}"
        if found.unusable:
            text = f"{title} · {words.whole(found.unusable)} are not finite"
        names = [f"{low:.4g} to {high:.4g}" for low, high in pairwise(edges)]
        ends = f"{edges[0]:.3g}", f"{edges[-1]:.3g}"
        colour = {"weights": "accent", "gradients": "curve_valid"}.get(key, "ok")
        chart.show_bars(found.counts, names, title=text, ends=ends, colour=colour)

    def _show_units(self, outputs: Array | None) -> None:
        chart = self.charts["units"]
        if outputs is None or outputs.dtype.kind != "f":
            self.firing = np.empty(0)
            chart.show_bars(self.firing, title="no units")
            return
        self.firing = firing(outputs)
        count = len(self.firing)
        dead = int(np.sum(self.firing == 0))
        text = f"units that fire · {dead} of {count} dead"
        ends = saturated(outputs, self._activation())
        if ends is not None:
            text = f"{text}, {int(np.sum(ends >= MOSTLY))} saturated"
        names = [f"unit {at}, share not zero" for at in range(count)]
        chart.show_bars(
            self.firing, names, title=text, ends=("unit 0", f"unit {count - 1}"), colour="ok"
        )

    def _activation(self) -> str:
        node = self.focus.graph.nodes.get(self.focus.node)
        if node is None:
            return ""
        return str(getattr(node.params, "activation", node.kind))

    # All layers

    def _show_flow(self, answer: Watched) -> None:
        """Draw the gradient norm of each layer with weights, through the depth."""
        found = norms(answer.weight_gradients)
        text = "gradient norm by depth"
        if self.focus.parameters > MOST_PARAMETERS and self._updates is not None:
            found = self._updates.layer_norms
            text = f"{text}, as the optimiser took it"
        self.flow = self._by_depth(found)
        self._layers_chart("flow", self.flow, text, None)

    def _show_ratios(self) -> None:
        updates = self._updates
        if updates is None:
            self.ratios = {}
            text = "update / weight: shows while a training runs"
            self.charts["ratios"].show_bars(np.empty(0), title=text)
            return
        chief: dict[str, float] = {}
        for key, ratio in updates.ratios.items():
            chief.setdefault(_owner(key), ratio)
            if key.endswith("/weight"):
                chief[_owner(key)] = ratio
        self.ratios = self._by_depth(chief)
        text = f"update / weight, step {words.whole(updates.step)} (1e-3 is healthy)"
        self._layers_chart("ratios", self.ratios, text, HEALTHY)

    def _by_depth(self, values: Mapping[str, float]) -> dict[str, float]:
        known = [one for one in self._layers(self.focus.graph) if one in values]
        rest = [one for one in values if one not in known]
        return {one: values[one] for one in (*known, *rest)}

    def _layers_chart(
        self, key: str, values: Mapping[str, float], text: str, mark: float | None
    ) -> None:
        labels = {} if self._flat is None else self._flat[2]
        names = [labels.get(one, one) for one in values]
        places = list(values)
        at = places.index(self.focus.node) if self.focus.node in values else -1
        heights = np.array(list(values.values()), np.float64)
        self.charts[key].show_bars(heights, names, title=text, log=True, mark=mark, marked=at)

    def redraw(self) -> None:
        for chart in self.charts.values():
            chart.update()

    def table(self) -> Sequence[str]:
        lines = ["what,name,from,to,value"]
        for key, found in self.histograms.items():
            edges = found.edges
            lines += [
                f"histogram of {key},bin {at},{edges[at]:.9g},{edges[at + 1]:.9g},{count}"
                for at, count in enumerate(found.counts)
            ]
        lines += [f"gradient norm,{name},,,{value:.9g}" for name, value in self.flow.items()]
        lines += [f"update by weight,{name},,,{value:.9g}" for name, value in self.ratios.items()]
        return lines + [f"fires,unit {at},,,{one:.9g}" for at, one in enumerate(self.firing)]


def _owner(key: str) -> str:
    """Give the node of "node/array"."""
    return key.rpartition("/")[0]
