"""The canvas as a screen reader sees it: a list with a child a card."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible

from nnstudio.gui.canvas.accessible import CanvasFace
from tests.gui.canvas import nets
from tests.gui.canvas.conftest import Bench

NAME = QAccessible.Text.Name


def face(bench: Bench) -> CanvasFace:
    found = QAccessible.queryAccessibleInterface(bench.canvas)
    assert isinstance(found, CanvasFace)
    return found


def test_each_card_is_a_child_that_says_what_it_is(bench: Bench) -> None:
    canvas = face(bench)
    assert canvas.role() == QAccessible.Role.List
    assert canvas.childCount() == 10
    said = [canvas.child(at).text(NAME) for at in range(10)]
    assert said[1].startswith("Conv 6 @ 5×5 conv1, ")
    assert "28 by 28 by 6" in said[1]
    assert said[1].endswith("no problems")
    conv = canvas.child(1)
    assert conv.role() == QAccessible.Role.ListItem
    assert conv.text(QAccessible.Text.Description) == "from input. to pool1"
    assert canvas.indexOfChild(conv) == 1
    assert canvas.child(99) is None


def test_selection_and_focus_are_told(bench: Bench) -> None:
    bench.key(Qt.Key.Key_Tab)
    bench.key(Qt.Key.Key_Tab)
    canvas = face(bench)
    assert canvas.child(1).state().selected
    assert not canvas.child(0).state().selected
    assert canvas.focusChild().text(NAME).startswith("Conv 6")


def test_a_card_is_found_at_its_place_on_the_screen(bench: Bench) -> None:
    canvas = face(bench)
    middle = canvas.child(2).rect().center()
    assert canvas.childAt(middle.x(), middle.y()).text(NAME).startswith("Max pool")
    assert canvas.rect().contains(middle)


def test_a_problem_is_said_and_a_deleted_card_is_no_more(bench: Bench) -> None:
    bench.show(nets.broken())
    canvas = face(bench)
    said = [canvas.child(at).text(NAME) for at in range(canvas.childCount())]
    assert any("no problems" not in one for one in said)
    gone = canvas.child(1)
    bench.canvas.select((gone.node,))
    bench.key(Qt.Key.Key_Delete)
    assert not gone.isValid()
    assert gone.text(NAME) == ""
