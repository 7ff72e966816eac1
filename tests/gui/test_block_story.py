"""The story of a block: grouped, repeated, trained, entered, edited, left, taken apart, undone."""

from __future__ import annotations

import json

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from nnstudio.graph.model import apply_values
from nnstudio.gui.window import Window
from nnstudio.project.assign import assigned
from nnstudio.project.document import project_from_json, project_json
from tests.gui.conftest import Open
from tests.gui.examples import lenet
from tests.gui.hands import LEFT, button, click_card, on_canvas, retype
from tests.gui.test_block_page import ALT, CTRL, SHIFT, block, dialog, field


def key(window: Window, code: Qt.Key, keys: Qt.KeyboardModifier) -> None:
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, code, keys)


def grouped(window: Window) -> str:
    """Group the first three layers with mouse and keys, to be repeated twice."""
    click_card(window, "conv1")
    for name in ("pool1", "conv2"):
        card = window.canvas.drawing.cards[name]
        at = on_canvas(window, card.x + 70, card.y + 14)
        QTest.mouseClick(window.canvas.viewport(), LEFT, CTRL, at)
    assert window.canvas.selection == ("conv1", "pool1", "conv2")
    key(window, Qt.Key.Key_G, CTRL)
    asked = dialog()
    assert asked.chosen() == [("conv1", "filters"), ("conv2", "filters")]
    QTest.keyClicks(asked.name, "pair")
    asked.repeat.setFocus()
    asked.repeat.selectAll()
    QTest.keyClicks(asked.repeat, "2")
    QTest.keyClick(asked.repeat, Qt.Key.Key_Return)
    (card_id,) = window.canvas.selection
    return card_id


def test_the_life_of_a_block(open_window: Open, qtbot: QtBot) -> None:
    window = open_window(lenet(epochs=1))
    before = window.studio.graph
    card = grouped(window)
    assert window.studio.graph.nodes[card].layer.headline(None) == "Block of 3 ×2"
    assert list(block(window, card).parameters) == ["conv1_filters", "conv2_filters"]
    assert window.studio.can_train is None, window.studio.can_train
    # what the card shows is set in the inspector, and trained
    retype(field(window, "conv1_filters"), "8")
    assert window.stack.undoText() == "pair conv1 filters 6 → 8"
    QTest.mouseClick(button(window, "train"), LEFT)
    qtbot.waitUntil(lambda: window.studio.run_state == "finished", timeout=120_000)
    qtbot.waitUntil(lambda: bool(window.studio.project.runs), timeout=10_000)
    # inside
    shown = window.canvas.drawing.cards[card]
    at = on_canvas(window, shown.x + 70, shown.y + 14)
    QTest.mouseDClick(window.canvas.viewport(), LEFT, pos=at)
    assert window.canvas.commands.levels.path == (card,)
    assert window.canvas.breadcrumb.isVisible()
    click_card(window, "conv1")
    assert field(window, "filters").text() == "8"  # type: ignore[attr-defined]
    retype(field(window, "kernel"), "5x5")
    assert window.stack.undoText() == "pair: conv1 kernel 3×3 → 5×5"
    window.canvas.setFocus()
    QTest.keyClicks(window.canvas, "r")
    assert len(block(window, card).graph.nodes) == 4
    key(window, Qt.Key.Key_Up, ALT)
    assert window.canvas.selection == (card,)
    assert window.studio.can_train is None, window.studio.can_train
    # the same from a file and from the command line
    project = window.studio.project
    again = project_from_json(json.loads(json.dumps(project_json(project))))
    assert again.graph == project.graph
    changed = assigned(project, ["pair.conv2-filters=4", "pair.repeat=1"]).graph.nodes[card].block
    assert changed is not None
    assert changed.repeat == 1
    assert apply_values(changed).nodes["conv2"].params.filters == 4  # type: ignore[attr-defined]
    # apart
    key(window, Qt.Key.Key_G, CTRL | SHIFT)
    graph = window.studio.graph
    assert card not in graph.nodes
    assert [node.params.filters for node in graph.nodes.values() if node.kind == "conv2d"] == [
        8, 16, 8, 16,
    ]  # fmt: skip
    assert window.studio.can_train is None
    while window.stack.canUndo():
        window.stack.undo()
    assert window.studio.graph == before
    while window.stack.canRedo():
        window.stack.redo()
    assert window.studio.graph == graph
