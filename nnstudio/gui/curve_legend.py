"""The legend under the curves: one button a run, in its colour, that switches it on and off."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from nnstudio.gui.theme import Colours

_DARK = (
    "#6fce6f", "#b48cff", "#f2c94c", "#ff6b8a", "#2bb3a3", "#d0a58a", "#9ad8ff", "#e58be0",
    "#c3d36b", "#aab2c0",
)  # fmt: skip
_LIGHT = (
    "#2f8f3a", "#7a48d0", "#a67c00", "#c9305a", "#0f8f80", "#8a5a3a", "#1f7fa8", "#a8359f",
    "#6b7d12", "#5f6978",
)  # fmt: skip
SHOWN_NAMES = 10


def run_colour(place: int, colours: Colours) -> str:
    """Give the colour of an earlier run by its place; none is that of the present run."""
    cycle = _DARK if colours.is_dark else _LIGHT
    return cycle[place % len(cycle)]


def part_colour(place: int, colours: Colours) -> str:
    """Give the colour of a line of the present run, such as that of a layer, by its place."""
    first = (colours.curve_train, colours.curve_valid)
    return first[place] if place < len(first) else run_colour(1 - place, colours)


class Legend(QWidget):
    """A row of runs.

    Signals:
        toggled: Name of a run, and whether it shows.
    """

    toggled = Signal(str, bool)

    def __init__(self) -> None:
        super().__init__()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(2)
        self._shown: list[tuple[str, str]] = []
        self._buttons: dict[str, QToolButton] = {}

    def offer(self, runs: Sequence[tuple[str, str]], hidden: set[str]) -> None:
        """Show runs by name and colour; the oldest make room where there are many."""
        wanted = list(runs)[-SHOWN_NAMES:]
        if wanted != self._shown:
            self._fill(wanted)
        for name, button in self._buttons.items():
            button.blockSignals(True)
            button.setChecked(name not in hidden)
            button.blockSignals(False)

    def button(self, name: str) -> QToolButton:
        """Give the button of a run."""
        return self._buttons[name]

    def _fill(self, runs: list[tuple[str, str]]) -> None:
        self._shown = runs
        for button in self._buttons.values():
            self._row.removeWidget(button)
            button.deleteLater()
        self._buttons = {}
        for name, colour in runs:
            button = QToolButton()
            button.setText(button.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, 110))
            button.setIcon(_dot(colour))
            button.setIconSize(QSize(10, 10))
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setCheckable(True)
            button.setProperty("role", "flat")
            button.setAccessibleName(f"Show {name}")
            button.setToolTip(f"Show or hide {name}")
            button.toggled.connect(partial(self.toggled.emit, name))
            self._buttons[name] = button
            self._row.addWidget(button)


def _dot(colour: str) -> QIcon:
    """Give an icon that is full while its run shows, and a ring otherwise."""
    icon = QIcon()
    for state in (QIcon.State.On, QIcon.State.Off):
        picture = QPixmap(30, 30)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = painter.pen()
        pen.setColor(QColor(colour))
        pen.setWidth(4)
        painter.setPen(pen)
        if state is QIcon.State.On:
            painter.setBrush(QColor(colour))
        painter.drawEllipse(QRectF(5, 5, 20, 20))
        painter.end()
        icon.addPixmap(picture, QIcon.Mode.Normal, state)
    return icon
