"""Repairs in the window: looked at and made with keys and pointer, one undo step each."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from nnstudio.graph.compose import delete_nodes
from nnstudio.gui.window import Window
from tests.gui.hands import LEFT, repairs


@pytest.fixture
def broken(window: Window) -> Window:
    graph = window.studio.graph
    flatten = next(node.id for node in graph.nodes.values() if node.kind == "flatten")
    window.edits.make(delete_nodes(graph, [flatten], bridge=True))
    window.tabs.show_page(window.problems)
    QApplication.processEvents()
    return window


def button(window: Window) -> QPushButton:
    found = repairs(window.problems)[0]
    assert found.text() == "Insert Flatten"
    return found


def test_the_pointer_over_a_button_previews_on_the_canvas(broken: Window) -> None:
    steps = broken.stack.count()
    one = button(broken)
    QTest.mouseMove(one, one.rect().center())
    QApplication.processEvents()
    seen = broken.canvas.preview.seen
    assert seen is not None
    assert seen.added == {"flatten1"}
    QTest.mouseMove(broken.topbar, QPoint(3, 3))
    QApplication.processEvents()
    assert broken.canvas.preview.seen is None
    assert broken.stack.count() == steps
    assert "flatten1" not in broken.studio.graph.nodes


def test_tab_looks_and_enter_repairs_in_one_step(broken: Window) -> None:
    steps = broken.stack.count()
    one = button(broken)
    one.setFocus(Qt.FocusReason.TabFocusReason)
    seen = broken.canvas.preview.seen
    assert seen is not None
    before = broken.studio.graph
    QTest.keyClick(one, Qt.Key.Key_Return)
    assert broken.studio.graph == seen.graph
    assert broken.studio.inference.runnable
    assert broken.stack.count() == steps + 1
    assert broken.stack.undoText() == "Insert Flatten"
    broken.stack.undo()
    assert broken.studio.graph == before


def test_tabbing_on_takes_the_preview_away(broken: Window) -> None:
    button(broken).setFocus(Qt.FocusReason.TabFocusReason)
    assert broken.canvas.preview.seen is not None
    broken.canvas.setFocus(Qt.FocusReason.TabFocusReason)
    assert broken.canvas.preview.seen is None


def test_the_inspector_previews_and_repairs_too(broken: Window) -> None:
    broken.canvas.select(("fc1",))
    QApplication.processEvents()
    (one,) = repairs(broken.inspector)
    one.setFocus(Qt.FocusReason.TabFocusReason)
    assert broken.canvas.preview.seen is not None
    QTest.mouseClick(one, LEFT)
    assert "flatten1" in broken.studio.graph.nodes
    assert broken.canvas.preview.seen is None


def test_buttons_have_names_and_tooltips(broken: Window) -> None:
    one = button(broken)
    assert one.accessibleName() == "Repair: Insert Flatten"
    assert one.toolTip()
