"""The editors of single values: text with steps, toggles, choices, files."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QCompleter,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QSlider,
    QToolButton,
    QWidget,
)

from nnstudio.gui.field_spec import FieldSpec, in_words
from nnstudio.gui.field_text import from_text, shown, stepped, to_text
from nnstudio.gui.style import mono_font

NARROW_PX = 84
WIDE_PX = 124
CHOICE_PX = 124
SLIDER_PX, SLIDER_LEAST_PX = 76, 24
SLIDER_STEP = 0.01
DIFFERENT = "different"


class Field(QWidget):
    """An editor of one value.

    Signals:
        wanted: A value as in a file that the person asks for; perhaps not a fitting one.
        menu_opens: The menu of its text, to add to before it shows.
    """

    wanted = Signal(object)
    menu_opens = Signal(object)

    def __init__(self, spec: FieldSpec, control: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.spec = spec
        self.control = control
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(control)
        control.setAccessibleName(spec.title)
        control.setAccessibleDescription(spec.description)
        self.setFocusProxy(control)

    def show_value(self, value: Any) -> None:
        """Show a value without asking for it."""
        raise NotImplementedError

    def show_mixed(self) -> None:
        """Show that several things are edited at once and differ in this."""
        raise NotImplementedError

    def show_bad(self, bad: bool) -> None:
        """Mark the value as one that does not fit."""
        self.control.setProperty("bad", bad)
        self.control.style().unpolish(self.control)
        self.control.style().polish(self.control)


class _Line(QLineEdit):
    """A line that steps with the arrow keys, and with the wheel while it has the focus."""

    stepped = Signal(int)
    menu_opens = Signal(object)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        far = 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
        steps = {Qt.Key.Key_Up: far, Qt.Key.Key_Down: -far}.get(Qt.Key(event.key()), 0)
        if steps:
            self.stepped.emit(steps)
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus() and event.angleDelta().y():
            self.stepped.emit(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
        else:
            event.ignore()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = self.createStandardContextMenu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addSeparator()
        self.menu_opens.emit(menu)
        menu.popup(event.globalPos())


class TextField(Field):
    """A value as text: numbers, pairs, words or a number, plain text."""

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        self._line = _Line()
        super().__init__(spec, self._line, parent)
        self._value: Any = None
        if spec.kind != "text":
            self._line.setFont(mono_font())
            self._line.setAlignment(Qt.AlignmentFlag.AlignRight)
            self._line.setFixedWidth(WIDE_PX if spec.kind in ("numbers", "mixed") else NARROW_PX)
        if spec.choices:
            completer = QCompleter([in_words(choice) for choice in spec.choices], self._line)
            completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
            self._line.setCompleter(completer)
        self._line.editingFinished.connect(self._finish)
        self._line.stepped.connect(self._step)
        self._line.menu_opens.connect(self.menu_opens)

    def show_value(self, value: Any) -> None:
        self._value = value
        self._line.setPlaceholderText("auto" if self.spec.optional else "")
        if shown(self.spec, value) != self._line.text():
            self._line.setText(shown(self.spec, value))
        self.show_bad(False)

    def show_mixed(self) -> None:
        self._value = None
        self._line.setText("")
        self._line.setPlaceholderText(DIFFERENT)
        self.show_bad(False)

    def _finish(self) -> None:
        if self._line.text() != shown(self.spec, self._value):
            self.wanted.emit(from_text(self.spec, self._line.text()))

    def _step(self, steps: int) -> None:
        value = from_text(self.spec, self._line.text())
        if self.spec.kind == "mixed" and value in self.spec.choices:
            place = self.spec.choices.index(value) - (1 if steps > 0 else -1)
            new = self.spec.choices[place % len(self.spec.choices)]
        else:
            new = stepped(self.spec, value, steps)
        if new != self._value and new is not None:
            self.wanted.emit(new)


class SliderField(TextField):
    """A share between two ends: a number, and a slider beside it; a drag is one edit."""

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(spec, parent)
        self._slider = QSlider(Qt.Orientation.Horizontal)
        low, high = float(spec.low or 0), float(spec.high or 1)
        self._low, self._steps = low, round((high - low) / SLIDER_STEP)
        self._slider.setRange(0, self._steps)
        self._slider.setMinimumWidth(SLIDER_LEAST_PX)
        self._slider.setMaximumWidth(SLIDER_PX)
        self._slider.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the number takes the keys
        self._slider.setAccessibleName(f"{spec.title}, slider")
        layout = self.layout()
        assert isinstance(layout, QHBoxLayout)
        layout.insertWidget(0, self._slider)
        self._slider.sliderMoved.connect(lambda place: self._line.setText(to_text(self._at(place))))
        self._slider.sliderReleased.connect(self._finish)
        self._slider.actionTriggered.connect(self._clicked)

    def _at(self, place: int) -> float:
        """Give the value at a place of the slider, never one that is not allowed."""
        first, last = int(self.spec.low_open), self._steps - int(self.spec.high_open)
        return float(f"{self._low + SLIDER_STEP * min(max(place, first), last):.10g}")

    def _clicked(self, _action: int) -> None:
        """A click beside the handle moves it without a drag."""
        if not self._slider.isSliderDown():
            self._line.setText(to_text(self._at(self._slider.sliderPosition())))
            self._finish()

    def show_value(self, value: Any) -> None:
        super().show_value(value)
        if not self._slider.isSliderDown() and isinstance(value, int | float):
            self._slider.setValue(round((value - self._low) / SLIDER_STEP))


class Toggle(Field):
    """On or off."""

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        self._box = QCheckBox()
        self._box.setFixedSize(19, 19)
        super().__init__(spec, self._box, parent)
        self._box.clicked.connect(self._clicked)

    def show_value(self, value: Any) -> None:
        self._box.setTristate(False)
        self._box.setChecked(bool(value))

    def show_mixed(self) -> None:
        self._box.setTristate(True)
        self._box.setCheckState(Qt.CheckState.PartiallyChecked)

    def _clicked(self) -> None:
        on = self._box.checkState() is not Qt.CheckState.Unchecked
        self._box.setTristate(False)
        self.wanted.emit(on)


class Choice(Field):
    """One of several words."""

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        self._combo = QComboBox()
        super().__init__(spec, self._combo, parent)
        self._values = list(spec.choices)
        self._combo.addItems([in_words(choice) for choice in self._values])
        self._combo.setFixedWidth(CHOICE_PX)
        self._combo.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)  # its row has one
        self._combo.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._combo.installEventFilter(self)
        self._combo.activated.connect(lambda place: self.wanted.emit(self._values[place]))

    def show_value(self, value: Any) -> None:
        if value in self._values:
            self._combo.setCurrentIndex(self._values.index(value))

    def show_mixed(self) -> None:
        self._combo.setPlaceholderText(DIFFERENT)
        self._combo.setCurrentIndex(-1)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # A wheel that scrolls the form must not change a choice it happens to pass.
        return event.type() == QEvent.Type.Wheel and not self._combo.hasFocus()


class PathField(Field):
    """A file or folder, typed or chosen."""

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        self._line = QLineEdit()
        super().__init__(spec, self._line, parent)
        self.folder = False
        self.pattern = "All files (*)"
        browse = QToolButton()
        browse.setText("…")
        browse.setToolTip(f"Choose {spec.title.lower()}")
        browse.setAccessibleName(f"Choose {spec.title.lower()}")
        browse.clicked.connect(self._browse)
        layout = self.layout()
        assert layout is not None
        layout.addWidget(browse)
        self._line.setMinimumWidth(220)
        self._line.editingFinished.connect(self._finish)
        self._shown = ""

    def show_value(self, value: Any) -> None:
        self._shown = to_text(value)
        self._line.setText(self._shown)
        self._line.setCursorPosition(0)

    def show_mixed(self) -> None:
        self.show_value(None)
        self._line.setPlaceholderText(DIFFERENT)

    def _finish(self) -> None:
        if self._line.text() != self._shown:
            self.wanted.emit(from_text(self.spec, self._line.text()))

    def _browse(self) -> None:
        if self.folder:
            chosen = QFileDialog.getExistingDirectory(self, self.spec.title, self._line.text())
        else:
            chosen, _ = QFileDialog.getOpenFileName(
                self, self.spec.title, self._line.text(), self.pattern
            )
        if chosen:
            self.show_value(chosen)
            self.wanted.emit(chosen)


def make_field(spec: FieldSpec) -> Field:
    """Give the editor that fits a parameter."""
    if spec.kind == "bool":
        return Toggle(spec)
    if spec.kind == "choice":
        return Choice(spec)
    if spec.kind == "path":
        return PathField(spec)
    return SliderField(spec) if slides(spec) else TextField(spec)


def slides(spec: FieldSpec) -> bool:
    """Whether a slider helps: for shares, but not for those that are tuned close to 1."""
    if spec.kind != "float" or spec.log or spec.optional or spec.low is None or spec.high is None:
        return False
    return spec.low in (0, -1) and 0.9 <= spec.high <= 1 and (spec.default or 0) < 0.9
