"""Chooses the sample that viewers look at: part, position, next, previous, a random one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QSpinBox, QToolButton, QWidget

from nnstudio.core.random import stream
from nnstudio.gui.viewers.focus import PART_WORDS, PARTS, Focus


class SampleBar(QWidget):
    """A row of fields for the chosen sample.

    Signals:
        sample_wanted: (part, position).
        wrong_wanted: A sample is wanted that the network takes for another class.
    """

    sample_wanted = Signal(str, int)
    wrong_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._following = False
        self._random = stream(0, "sample bar")
        self.part = QComboBox()
        self.part.setAccessibleName("Part of the data")
        self.part.setToolTip("The part of the data that the sample is from")
        for name in PARTS:
            self.part.addItem(PART_WORDS[name], name)
        self.index = QSpinBox()
        self.index.setAccessibleName("Sample")
        self.index.setToolTip("The sample's position in its part, from 0")
        self.index.setMaximum(0)
        self.index.setWrapping(True)
        self.back = self._button("‹", "The sample before", lambda: self._step(-1))
        self.next = self._button("›", "The next sample", lambda: self._step(1))
        self.wrong = self._button(
            "wrong one", "A random sample that the network gets wrong", self.wrong_wanted.emit
        )
        rows = QGridLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(4)
        rows.setColumnStretch(1, 1)
        rows.addWidget(self.part, 0, 0, 1, 3)
        rows.addWidget(self.wrong, 0, 3)
        for column, widget in enumerate((self.back, self.index, self.next)):
            rows.addWidget(widget, 1, column)
        self.part.currentIndexChanged.connect(self._chosen)
        self.index.valueChanged.connect(self._chosen)

    def _button(self, text: str, tip: str, do: Callable[[], object]) -> QToolButton:
        made = QToolButton()
        made.setText(text)
        made.setToolTip(tip)
        made.setAccessibleName(tip)
        made.setProperty("role", "flat")
        made.clicked.connect(lambda _=False: do())
        return made

    def show_focus(self, focus: Focus) -> None:
        """Show which sample is chosen, and how many there are."""
        self._following = True
        for at, name in enumerate(PARTS):
            count = focus.size(name)
            words = PART_WORDS[name]
            self.part.setItemText(at, f"{words} ({count:,})" if focus.data else words)
        self.part.setCurrentIndex(PARTS.index(focus.part))
        self.index.setMaximum(max(focus.size(focus.part) - 1, focus.sample, 0))
        self.index.setValue(focus.sample)
        self.wrong.setEnabled(focus.one_class)
        self._following = False

    def _step(self, by: int) -> None:
        self.index.stepBy(by)

    def _chosen(self) -> None:
        if not self._following:
            self.sample_wanted.emit(self.part.currentData(), self.index.value())

    def pick(self, wrong: np.ndarray) -> int | None:
        """Choose one of some positions at random; None where there is none."""
        return int(self._random.choice(wrong)) if len(wrong) else None
