"""The Filters tab: weights of the selected layer as pictures, and what training made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QCheckBox, QHBoxLayout

from nnstudio.core import words
from nnstudio.graph.types import TensorType
from nnstudio.gui.theme import Theme
from nnstudio.gui.viewers.activations import shade_box
from nnstudio.gui.viewers.focus import NO_DATA, Focus, when_words
from nnstudio.gui.viewers.map_grid import MapGrid
from nnstudio.gui.viewers.shading import Shade, scale_of
from nnstudio.gui.viewers.tensor_view import CAPTIONED
from nnstudio.gui.viewers.viewer import Complain, Viewer
from nnstudio.train.watch import Watch, Watched

Array = NDArray[Any]
SHADES: tuple[Shade, ...] = ("signed", "grey", "heat")
NAMES = ("weight", "recurrent_weight", "scale", "slope")  # the array that a layer is known by


@dataclass(frozen=True, slots=True)
class Pictures:
    """Weights as maps.

    Attributes:
        maps: (n, height, width) or (n, height, width, 3).
        units: (n,) the filter or unit that each map belongs to.
        captions: Words below each.
        words: What the maps are.
    """

    maps: Array
    units: Array
    captions: tuple[str, ...]
    words: str


def pictures(weight: Array, entering: TensorType | None, classes: Sequence[str]) -> Pictures:
    """Give the weights of a layer as maps.

    Args:
        weight: (rows, columns, inputs, filters) of a convolution, (width, inputs, filters) of one
            over steps, (inputs, units) of a dense layer, or a vector.
        entering: What a sample of the network looks like if the layer reads it directly: then
            each unit's weights are drawn as such a sample, its template.
        classes: Names of the units of a last layer.

    Returns:
        The maps in the order of filters.
    """
    if weight.ndim == 4:
        return _kernels(weight)
    if weight.ndim == 3:
        maps = weight.transpose(2, 1, 0)
        return _numbered(np.ascontiguousarray(maps), "filters, inputs × steps")
    if weight.ndim == 2 and entering is not None and entering.is_map:
        height, width, channels = entering.shape
        if height * width * channels == len(weight):
            return _templates(weight.T.reshape(-1, height, width, channels), classes)
    matrix = weight.reshape(len(weight), -1).T
    text = "one row a unit, one column an input"
    return Pictures(np.ascontiguousarray(matrix)[None], np.zeros(1, np.int64), (), text)


def _kernels(weight: Array) -> Pictures:
    inputs, filters = weight.shape[2:]
    if inputs == 3:
        return _numbered(np.ascontiguousarray(weight.transpose(3, 0, 1, 2)), "filters, as colours")
    maps = np.ascontiguousarray(weight.transpose(3, 2, 0, 1))
    if inputs == 1:
        return _numbered(maps[:, 0], "filters")
    units = np.repeat(np.arange(filters), inputs)
    captions = tuple(f"{unit}·{at}" for unit in range(filters) for at in range(inputs))
    return Pictures(
        maps.reshape(-1, *maps.shape[2:]), units, captions, f"filters × {inputs} inputs"
    )


def _templates(maps: Array, classes: Sequence[str]) -> Pictures:
    names = tuple(classes) if len(classes) == len(maps) else tuple(map(str, range(len(maps))))
    maps = maps[..., 0] if maps.shape[-1] == 1 else maps
    if maps.ndim == 4 and maps.shape[-1] != 3:
        maps = maps.mean(axis=-1)
    return Pictures(np.ascontiguousarray(maps), np.arange(len(maps)), names, "templates")


def _numbered(maps: Array, text: str) -> Pictures:
    return Pictures(maps, np.arange(len(maps)), tuple(map(str, range(len(maps)))), text)


def by_norm(found: Pictures) -> NDArray[np.int64]:
    """Give the order of maps in which the filter with the largest norm comes first."""
    squares = (found.maps.reshape(len(found.maps), -1).astype(np.float64) ** 2).sum(axis=1)
    norms = np.zeros(int(found.units.max(initial=0)) + 1)
    np.add.at(norms, found.units, squares)
    return np.argsort(-np.nan_to_num(norms[found.units], nan=np.inf), kind="stable")


class Filters(Viewer):
    """Weights of one layer, or how far they have moved since the start."""

    name = "filters"
    title = "Filters"
    empty_words = "Select a layer with weights, such as Conv or Dense."

    def __init__(self, theme: Theme, complain: Complain) -> None:
        super().__init__(theme, complain)
        self._now: Watched | None = None
        self._start: dict[str, Array] = {}
        self._shown: tuple[str, Array] | None = None
        self.grid = MapGrid(theme, "Filters")
        self.shade = shade_box(SHADES, "filters")
        self.shade.currentIndexChanged.connect(self.redraw)
        self.ordered = QCheckBox("sorted")
        self.ordered.setToolTip("The filter with the largest norm comes first")
        self.ordered.setAccessibleName("Sort the filters by their norm")
        self.ordered.toggled.connect(self.redraw)
        self.moved = QCheckBox("change since the start")
        self.moved.setToolTip("What the training added to the weights that it began with")
        self.moved.setAccessibleName("Show the change since the start")
        self.moved.toggled.connect(self._moved_toggled)
        for widget in (self.moved, self.shade, self.ordered):
            self.tools.addWidget(widget)
        row = QHBoxLayout(self.body)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.grid)

    def wish(self, focus: Focus) -> Watch | None:
        if not focus.node or focus.signature is None:
            self.say(self.empty_words if focus.signature else NO_DATA)
            return None
        return Watch(weights=(focus.node,), rate=5.0)

    def look_at(self, focus: Focus) -> None:
        if focus.node != self.focus.node or focus.graph is not self.focus.graph:
            self._start = {}
        super().look_at(focus)

    def show_answer(self, answer: Watched) -> None:
        if self._now is not None and answer.step < self._now.step:
            self._start = {}  # another training began
        self._now = answer
        if self.moved.isChecked() and not self._start:
            self._ask_start()
        self._show()

    def _moved_toggled(self) -> None:
        if self.moved.isChecked() and not self._start and self._now is not None:
            self._ask_start()
        self._show()

    def _ask_start(self) -> None:
        wish = Watch(weights=(self.focus.node,), at="start")
        self.once_wanted.emit(wish, self._start_came)

    def _start_came(self, answer: Watched) -> None:
        if answer.problem:
            self.say(answer.problem)
        elif answer.watch.weights == (self.focus.node,):
            self._start = dict(answer.weights)
            self._show()

    def _show(self) -> None:
        """Draw the layer's chief array."""
        answer = self._now
        if answer is None:
            return
        key = _chief(answer, self.focus.node)
        if key is None:
            self.caption.setText(self.focus.label)
            self.say(answer.missing.get(self.focus.node, self.empty_words))
            return
        weight = answer.weights[key]
        if self.moved.isChecked():
            if key not in self._start or self._start[key].shape != weight.shape:
                return
            weight = weight - self._start[key]
        self._shown = key, weight
        self._draw(key, weight)

    def _draw(self, key: str, weight: Array) -> None:
        found = pictures(weight, self._entering(), self.focus.classes)
        order = by_norm(found) if self.ordered.isChecked() else np.arange(len(found.maps))
        shade = SHADES[self.shade.currentIndex()]
        captions = [found.captions[one] for one in order] if found.captions else []
        if len(captions) > CAPTIONED:
            captions = []
        self.grid.show_maps(found.maps[order], scale_of(found.maps, shade), captions)
        norm = float(np.linalg.norm(weight.astype(np.float64)))
        what = "change of the weights" if self.moved.isChecked() else "weights"
        shape = words.shape(weight.shape)
        when = when_words(self._now) if self._now is not None else ""
        text = f"{self.focus.label} · {when} · {what} {shape} · {found.words} · norm {norm:.4g}"
        self.caption.setText(text)

    def _entering(self) -> TensorType | None:
        """Give what a sample looks like if the layer reads it directly, but for its shape."""
        graph, at = self.focus.graph, self.focus.node
        if self.focus.signature is None:
            return None
        while at in graph.nodes:
            before = [edge.src.node for edge in graph.incoming(at)]
            if len(before) != 1:
                return None
            at = before[0]
            if graph.nodes[at].layer.is_source():
                return self.focus.signature.input
            if graph.nodes[at].kind not in {"flatten", "dropout"}:
                return None
        return None

    def redraw(self) -> None:
        if self._shown is not None and self._now is not None:
            self._show()

    def table(self) -> Sequence[str]:
        if self._shown is None:
            return []
        key, weight = self._shown
        axes = ",".join(f"axis {at}" for at in range(weight.ndim))
        return [f"{axes},{key}"] + [
            ",".join([*map(str, place), f"{float(weight[place]):.9g}"])
            for place in np.ndindex(weight.shape)
        ]


def _chief(answer: Watched, node: str) -> str | None:
    """Give the key of the array that a layer is known by; None where it has none."""
    keys = [key for key in answer.weights if key.rpartition("/")[0] == node]
    named = [f"{node}/{name}" for name in NAMES if f"{node}/{name}" in keys]
    return next(iter(named or keys), None)
