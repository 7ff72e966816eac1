"""The Confusion tab: which classes are taken for which; a cell leads to its samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from nnstudio.core import words
from nnstudio.gui.theme import Theme
from nnstudio.gui.viewers.cell_table import CellTable
from nnstudio.gui.viewers.focus import Focus, probabilities
from nnstudio.gui.viewers.sample_list import SampleList
from nnstudio.gui.viewers.viewer import Complain
from nnstudio.gui.viewers.whole_part import PartViewer, Verdicts, scored, verdicts
from nnstudio.train.watch import Watched

Array = NDArray[Any]
HOW_TO = "Click a cell, or go there with the arrows and press Enter: its samples are listed here."


class Confusion(PartViewer):
    """Counts of true and predicted classes."""

    name = "confusion"
    title = "Confusion"
    empty_words = "Which classes are taken for which shows here."

    def __init__(self, theme: Theme, complain: Complain) -> None:
        super().__init__(theme, complain)
        self._verdicts: Verdicts | None = None
        self.counts: Array = np.empty((0, 0), np.int64)
        self.cells = CellTable(theme, "Confusion matrix; rows are true classes")
        self.cells.chosen.connect(self._list)
        self.heading = QLabel(HOW_TO)
        self.heading.setWordWrap(True)
        self.heading.setProperty("role", "dim")
        self.list = SampleList("Samples of the chosen cell")
        self.list.chosen.connect(lambda at: self.sample_wanted.emit(self.part_name, at))
        self.list.opened.connect(self.opened)
        beside = QWidget()
        column = QVBoxLayout(beside)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.heading)
        column.addWidget(self.list, 1)
        row = QHBoxLayout(self.body)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.cells, 3)
        row.addWidget(beside, 2)

    def look_at(self, focus: Focus) -> None:
        if focus.signature != self.focus.signature:
            self.cells.choose(None)
            self._list()
        super().look_at(focus)

    def show_answer(self, answer: Watched) -> None:
        classes = self.focus.classes
        if not classes:
            self.say("Values are learned here, not classes: see Predictions.")
            return
        seen = scored(answer)
        if seen is None:
            self.say(self.empty_words)
            return
        self.answer, self.found = answer, seen
        if not np.isfinite(seen.scores).all():
            self.say("The scores are not finite, so no sample has a class.")
            return
        found = self._verdicts = verdicts(seen.scores, seen.targets)
        self.counts = found.table(len(classes))
        right, total = int(np.trace(self.counts)), int(self.counts.sum())
        share = f"{100 * right / total:.1f} % right" if total else ""
        self.caption.setText(self.caption_of(answer, share))
        self.cells.show_counts(self.counts, classes)
        self._list()

    def _list(self) -> None:
        """List the samples of the chosen cell."""
        cell, found, seen = self.cells.cell, self._verdicts, self.found
        if cell is None or found is None or seen is None:
            self.heading.setText(HOW_TO)
            self.list.show_samples(self.focus, self.part_name, [], [], dark=True)
            return
        truth, guess = cell
        classes = self.focus.classes
        positions = found.samples_of(truth, guess)
        count = f"{words.whole(len(positions))} sample{'s' if len(positions) != 1 else ''}"
        verdict = "right" if truth == guess else f"taken for {classes[guess]}"
        self.heading.setText(f"{classes[truth]}, {verdict}: {count}")
        texts = [f"sample {words.whole(int(at))}" for at in positions]
        if self.focus.one_class and len(positions):
            shares = probabilities(seen.scores[positions])[:, guess]
            order = np.argsort(-shares, kind="stable")
            positions = positions[order]
            texts = [
                f"sample {words.whole(int(at))} · {100 * shares[row]:.1f} % {classes[guess]}"
                for at, row in zip(positions, order, strict=True)
            ]
        dark = self.theme.palette().is_dark
        self.list.show_samples(self.focus, seen.part, positions, texts, dark=dark)

    def redraw(self) -> None:
        self.cells.update()

    def table(self) -> Sequence[str]:
        quoted = ['"' + name.replace('"', '""') + '"' for name in self.focus.classes]
        lines = [",".join(["true \\ predicted", *quoted])]
        rows = zip(quoted, self.counts, strict=False)
        return lines + [",".join([name, *map(str, row)]) for name, row in rows]
