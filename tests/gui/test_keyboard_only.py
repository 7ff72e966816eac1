"""A LeNet built, repaired and trained with keys alone, from an empty project."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from nnstudio.data.sources import BuiltIn
from nnstudio.gui.window import Window
from nnstudio.project.model import Project
from nnstudio.train.settings import RunSettings
from tests.gui.conftest import Open
from tests.gui.examples import DIGITS

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
Keys = Qt.KeyboardModifier


class Keyboard:
    """Presses keys; they go to whatever has the focus."""

    def __init__(self, window: Window) -> None:
        self.window = window

    def press(self, key: Qt.Key, keys: Keys = Keys.NoModifier, times: int = 1) -> None:
        for _ in range(times):
            target = QApplication.activePopupWidget() or QApplication.focusWidget()
            assert isinstance(target, QWidget), "nothing has the focus"
            QTest.keyClick(target, key, keys)
            QApplication.processEvents()

    def write(self, text: str) -> None:
        target = QApplication.focusWidget()
        assert isinstance(target, QWidget)
        QTest.keyClicks(target, text)
        QApplication.processEvents()

    def add(self, title: str) -> None:
        """Find a layer in the palette by its name and add it; then go back to the canvas."""
        self.press(Qt.Key.Key_Slash)
        self.write(title)
        self.press(Qt.Key.Key_Return)
        self.press(Qt.Key.Key_F4)
        assert QApplication.focusWidget() is self.window.canvas

    @property
    def selected(self) -> str:
        (chosen,) = self.window.canvas.selection
        return self.window.studio.graph.nodes[chosen].kind

    def parameter(self, name: str, text: str) -> None:
        """Open the selected card with Enter, go to a field with Tab, and write into it."""
        self.press(Qt.Key.Key_Return)
        for _ in range(60):
            at = QApplication.focusWidget()
            if at is not None and name in at.accessibleName().lower():
                break
            self.press(Qt.Key.Key_Tab)
        else:
            pytest.fail(f"Tab never reaches '{name}'")
        self.press(Qt.Key.Key_A, CTRL)
        self.write(text)
        self.press(Qt.Key.Key_Return)
        self.press(Qt.Key.Key_F4)


def test_a_lenet_is_built_and_trained_with_keys_alone(open_window: Open, qtbot: QtBot) -> None:
    project = Project(
        "keys", data=BuiltIn(name="digits"), signature=DIGITS, settings=RunSettings(epochs=1)
    )
    window = open_window(project)
    keyboard = Keyboard(window)
    window.canvas.setFocus(Qt.FocusReason.TabFocusReason)
    keyboard.add("Input")
    keyboard.write("c")
    assert keyboard.selected == "conv2d"
    keyboard.parameter("filters", "6")
    for letter, kind in (("p", "max_pool"), ("c", "conv2d"), ("p", "max_pool")):
        keyboard.write(letter)
        assert keyboard.selected == kind
    keyboard.add("Flatten")
    assert keyboard.selected == "flatten"
    for _ in range(3):
        keyboard.write("d")
    keyboard.parameter("units", "10")
    keyboard.write("s")
    graph = window.studio.graph
    assert [graph.nodes[one].kind for one in graph.order] == [
        "input", "conv2d", "max_pool", "conv2d", "max_pool", "flatten",
        "dense", "dense", "dense", "softmax_cross_entropy",
    ]  # fmt: skip
    assert window.studio.can_train is None, window.studio.can_train
    # a link is cut and made again
    first = graph.order[0]
    window.canvas.set_selection(())
    keyboard.press(Qt.Key.Key_Tab)
    assert window.canvas.selection == (first,)
    keyboard.write("u")
    keyboard.press(Qt.Key.Key_Return)
    assert window.studio.can_train is not None
    keyboard.write("l")
    keyboard.press(Qt.Key.Key_Return)
    assert window.studio.can_train is None
    keyboard.press(Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: window.studio.run_state == "finished", timeout=60_000)
    qtbot.waitUntil(lambda: bool(window.studio.project.runs), timeout=10_000)
