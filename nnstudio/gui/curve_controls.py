"""What stands at the right end of the tabs while the curves show: log, smoothing and menus."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QMenu, QSlider, QToolButton, QWidget

from nnstudio.gui.curve_clock import UNITS, Unit
from nnstudio.gui.curve_lines import Every
from nnstudio.gui.curve_memory import CurveMemory

EXPORTS = (
    ("png", "Save as PNG…"),
    ("svg", "Save as SVG…"),
    ("csv", "Save the numbers as CSV…"),
    ("copy", "Copy the picture"),
    ("copy csv", "Copy the numbers as CSV"),
)
AXIS_WORDS: dict[Unit, str] = {
    "steps": "Steps",
    "epochs": "Epochs",
    "seconds": "Seconds of training",
    "samples": "Samples seen",
}
SMOOTHINGS = (0, 30, 60, 80, 90, 98)
WORDS_PX, SLIDER_PX = 1100, 800  # widths of the panel from which words, and the slider, show
EVERY_WORDS: dict[Every, str] = {"step": "Every step, with a band", "epoch": "Every epoch"}


class Controls(QWidget):
    """Tells what a person wants to see; knows nothing of curves.

    Args:
        memory: Where the controls start, and what they keep.
    """

    changed = Signal()
    export_wanted = Signal(str)
    run_toggled = Signal(str, bool)
    pane_wanted = Signal(str)
    fit_wanted = Signal()

    def __init__(self, memory: CurveMemory) -> None:
        super().__init__()
        self._memory = memory
        self.log = QCheckBox("log")
        self.log.setToolTip("Logarithmic vertical axes; zero and negatives stay on them")
        self.log.setAccessibleName("Logarithmic axes")
        self.log.setChecked(memory.log)
        self.log.toggled.connect(self._keep)
        self._words = QLabel()
        self._words.setProperty("role", "dim")
        self.smooth = QSlider(Qt.Orientation.Horizontal)
        self.smooth.setMaximum(98)
        self.smooth.setValue(memory.smoothing_percent)
        self.smooth.setFixedWidth(72)
        self.smooth.setAccessibleName("Smoothing of the training curve")
        self.smooth.valueChanged.connect(self._keep)
        self._runs = QMenu(self)
        self._compare = menu_button("compare runs ▾", self._runs, "Which runs are drawn")
        self.panes = QMenu("Add a pane", self)
        self._axes, self._everies = QActionGroup(self), QActionGroup(self)
        view = menu_button("view ▾", self._view_menu(), "Axes, rhythm and panes")
        exports = QMenu(self)
        for kind, text in EXPORTS:
            exports.addAction(text).triggered.connect(partial(self._export, kind))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 6, 0)
        row.setSpacing(8)
        export = menu_button("export ▾", exports, "Save or copy the curves")
        for widget in (self.log, self._words, self.smooth, view, self._compare, export):
            row.addWidget(widget)
        self._say_smoothing()

    def _view_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.addSection("Horizontal axis")
        for unit in UNITS:
            self._choice(menu, self._axes, unit, AXIS_WORDS[unit], unit == self._memory.unit)
        menu.addSection("Training curve")
        for every, words in EVERY_WORDS.items():
            self._choice(menu, self._everies, every, words, every == self._memory.every)
        menu.addSeparator()
        log = menu.addAction("Logarithmic axes")
        log.setCheckable(True)
        log.setChecked(self.log.isChecked())
        log.toggled.connect(self.log.setChecked)
        self.log.toggled.connect(log.setChecked)
        smoothing = menu.addMenu("Smoothing")
        for percent in SMOOTHINGS:
            words = f"{percent / 100:.2f}" if percent else "none"
            smoothing.addAction(words).triggered.connect(partial(self._smooth, percent))
        menu.addMenu(self.panes)
        menu.addAction("Show everything").triggered.connect(self.fit_wanted)
        return menu

    def _choice(self, menu: QMenu, group: QActionGroup, value: str, words: str, on: bool) -> None:
        action = menu.addAction(words)
        action.setData(value)
        action.setCheckable(True)
        action.setChecked(on)
        group.addAction(action)
        action.toggled.connect(self._keep)

    @property
    def unit(self) -> Unit:
        """What the horizontal axis counts."""
        return next(unit for unit in UNITS if unit == _chosen(self._axes))

    @property
    def every(self) -> Every:
        """Whether training shows with each step or each epoch."""
        return "epoch" if _chosen(self._everies) == "epoch" else "step"

    @property
    def smoothing(self) -> float:
        """Share of the past, 0 to 0.98."""
        return self.smooth.value() / 100

    def choose(self, value: str) -> None:
        """Choose an axis or a rhythm, as its entry in the menu does."""
        for action in (*self._axes.actions(), *self._everies.actions()):
            if action.data() == value:
                action.setChecked(True)

    def _keep(self) -> None:
        if _chosen(self._axes) and _chosen(self._everies):
            memory = self._memory
            memory.log, memory.smoothing_percent = self.log.isChecked(), self.smooth.value()
            memory.unit, memory.every = self.unit, self.every
            self._say_smoothing()
            self.changed.emit()

    def _say_smoothing(self) -> None:
        self._words.setText(f"smooth {self.smoothing:.2f}")
        self.smooth.setToolTip(
            f"Smoothing {self.smoothing:.2f}: how much of the past each point of the line keeps"
        )

    def _export(self, kind: str, _checked: bool = False) -> None:
        self.export_wanted.emit(kind)

    def _smooth(self, percent: int, _checked: bool = False) -> None:
        self.smooth.setValue(percent)

    def fit_into(self, width_px: int) -> None:
        """Leave out what the menu offers too where the panel, and so the tabs, have little room."""
        self._words.setVisible(width_px >= WORDS_PX)
        self._compare.setText("compare runs ▾" if width_px >= WORDS_PX else "runs ▾")
        for widget in (self.log, self.smooth):
            widget.setVisible(width_px >= SLIDER_PX)

    def offer_runs(self, names: Sequence[str], hidden: set[str]) -> None:
        """List the runs; a tick shows them."""
        self._compare.setEnabled(bool(names))
        actions = self._runs.actions()
        if [action.text() for action in actions] == list(names):
            for action in actions:
                action.setChecked(action.text() not in hidden)
            return
        self._runs.clear()
        for name in names:
            action = self._runs.addAction(name)
            action.setCheckable(True)
            action.setChecked(name not in hidden)
            action.toggled.connect(partial(self.run_toggled.emit, name))

    def offer_groups(self, names: Sequence[str]) -> None:
        """List what a new pane can show."""
        fill_groups(self.panes, names, self.pane_wanted.emit)

    def run_actions(self) -> list[QAction]:
        """Give the entries of the runs."""
        return self._runs.actions()


def _chosen(group: QActionGroup) -> str:
    action = group.checkedAction()
    return "" if action is None else str(action.data())


def fill_groups(menu: QMenu, names: Sequence[str], chosen: Callable[[str], object]) -> None:
    """List groups in a menu, if they changed."""
    if [action.text() for action in menu.actions()] != list(names):
        menu.clear()
        for name in names:
            menu.addAction(name).triggered.connect(partial(_choose, chosen, name))
    menu.setEnabled(bool(names))


def _choose(chosen: Callable[[str], object], name: str, _checked: bool = False) -> None:
    chosen(name)


def menu_button(text: str, menu: QMenu, tip: str) -> QToolButton:
    """Give a flat button that opens a menu."""
    button = QToolButton()
    button.setText(text)
    button.setToolTip(tip)
    button.setProperty("role", "flat")
    button.setAccessibleName(text.removesuffix(" ▾"))
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    button.setMenu(menu)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
