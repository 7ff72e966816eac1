"""The Activations tab: what the selected node makes of the chosen sample, which shows beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from nnstudio.core import words
from nnstudio.gui.theme import Theme
from nnstudio.gui.viewers.focus import NO_DATA, PART_WORDS, Focus, probabilities, when_words
from nnstudio.gui.viewers.sample_bar import SampleBar
from nnstudio.gui.viewers.shading import Shade
from nnstudio.gui.viewers.tensor_view import TensorView
from nnstudio.gui.viewers.viewer import Complain, Viewer
from nnstudio.train.measures import predicted
from nnstudio.train.watch import Watch, Watched

Array = NDArray[Any]
SHADES: tuple[Shade, ...] = ("signed", "grey", "heat")
SEARCHED = 2000  # samples that are looked through for a wrong one
SAMPLE_PX, LEAST_PX = 288, 200


def shade_box(shades: Sequence[str], what: str) -> QComboBox:
    """Give a field that chooses colours."""
    made = QComboBox()
    made.addItems(list(shades))
    made.setAccessibleName(f"Colours of the {what}")
    made.setToolTip("signed: blue below zero, orange above; grey and heat: from least to most")
    return made


class Activations(Viewer):
    """Maps or bars of one node for one sample."""

    name = "activations"
    title = "Activations"
    empty_words = "Select a layer: what it makes of the chosen sample shows here."

    def __init__(self, theme: Theme, complain: Complain) -> None:
        super().__init__(theme, complain)
        self._answer: Watched | None = None
        self.samples = SampleBar()
        self.samples.sample_wanted.connect(self.sample_wanted)
        self.samples.wrong_wanted.connect(self._find_wrong)
        self.sample = TensorView(theme, "Sample")
        self.sample.grid.zooms = False
        self.truth = QLabel()
        self.truth.setWordWrap(True)
        self.maps = TensorView(theme, "Activations")
        self.shade = shade_box(SHADES, "maps")
        self.shade.currentIndexChanged.connect(self.redraw)
        self.ordered = QCheckBox("sorted")
        self.ordered.setToolTip("The map with the largest mean magnitude comes first")
        self.ordered.setAccessibleName("Sort the maps")
        self.ordered.toggled.connect(self.redraw)
        self.tools.addWidget(self.shade)
        self.tools.addWidget(self.ordered)
        self._fill()

    def _fill(self) -> None:
        beside = QWidget()
        beside.setMinimumWidth(LEAST_PX)
        beside.setMaximumWidth(SAMPLE_PX)
        column = QVBoxLayout(beside)
        column.setContentsMargins(0, 0, 0, 0)
        self.sample.setMaximumHeight(SAMPLE_PX)
        column.addWidget(self.sample, 100)
        column.addWidget(self.truth)
        column.addWidget(self.samples)
        column.addStretch(1)
        row = QHBoxLayout(self.body)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(beside, 2)
        row.addWidget(self.maps, 5)

    def wish(self, focus: Focus) -> Watch | None:
        if not focus.node or focus.signature is None:
            self.say(self.empty_words if focus.signature else NO_DATA)
            return None
        return Watch(outputs=(focus.node,), part=focus.part, samples=(focus.sample,))

    def look_at(self, focus: Focus) -> None:
        super().look_at(focus)
        self.samples.show_focus(focus)

    def show_answer(self, answer: Watched) -> None:
        self._answer = answer
        node = self.focus.node
        values = answer.outputs.get(node)
        if values is None:
            self.caption.setText(self.focus.label)
            self.say(answer.missing.get(node, self.empty_words))
            return
        self._show_sample(answer)
        shape = words.shape(values.shape[1:]) or "a number"
        self.caption.setText(f"{self.focus.label} · {shape} · {when_words(answer)}")
        self._show_maps(values[0])

    def _show_sample(self, answer: Watched) -> None:
        focus = self.focus
        found = focus.samples(focus.part, (focus.sample,))
        if found is not None:
            self.sample.show_sample(found[0])
        truth = focus.truth(focus.part, focus.sample)
        where = f"{PART_WORDS[focus.part]} sample {words.whole(focus.sample)}"
        text = f"{where}: {truth}" if truth else where
        if focus.one_class and answer.scores is not None:
            shares = probabilities(answer.scores)[0]
            best = int(shares.argmax()) if np.isfinite(shares).all() else -1
            if best >= 0:
                verdict = "✓ taken for" if focus.classes[best] == truth else "✗ taken for"
                text += f"  {verdict} {focus.classes[best]} ({100 * shares[best]:.0f} %)"
        self.truth.setText(text)

    def _show_maps(self, values: Array) -> None:
        shade = SHADES[self.shade.currentIndex()]
        names = self.focus.classes if values.shape == (len(self.focus.classes),) else ()
        title = "each unit's activation" if values.ndim < 2 else ""
        self.maps.show_tensor(
            values, shade, ordered=self.ordered.isChecked(), names=names, title=title
        )

    def redraw(self) -> None:
        if self._answer is not None and self.focus.node in self._answer.outputs:
            self._show_maps(self._answer.outputs[self.focus.node][0])
        self.sample.grid.recolour()

    def table(self) -> Sequence[str]:
        if self._answer is None or self.focus.node not in self._answer.outputs:
            return []
        values = self._answer.outputs[self.focus.node][0]
        axes = {3: "row,column,channel", 2: "step,feature", 1: "unit"}.get(values.ndim, "")
        lines = [f"{axes},value".lstrip(",")]
        return lines + [
            ",".join([*map(str, place), f"{float(values[place]):.9g}"])
            for place in np.ndindex(values.shape)
        ]

    # A wrong one

    def _find_wrong(self) -> None:
        """Ask for the scores of the part, once; then look at one that is wrong."""
        part = self.focus.part
        count = min(self.focus.size(part), SEARCHED)
        if count:
            wish = Watch(part=part, samples=tuple(range(count)))
            self.once_wanted.emit(wish, self._wrong_found)

    def _wrong_found(self, answer: Watched) -> None:
        if answer.scores is None or answer.targets is None:
            return
        wrong = np.flatnonzero(predicted(answer.scores) != answer.targets)
        chosen = self.samples.pick(wrong)
        if chosen is None:
            self.truth.setText(f"None of {words.whole(len(answer.scores))} samples is wrong.")
        else:
            self.sample_wanted.emit(answer.watch.part, chosen)
