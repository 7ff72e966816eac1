"""Blocks: grouped, entered, edited inside, left and taken apart."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton

from nnstudio.graph.edits import RemoveNode
from nnstudio.gui.canvas.group_dialog import GroupDialog
from tests.gui.canvas import nets
from tests.gui.canvas.conftest import Bench

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier


def grouped(bench: Bench) -> str:
    bench.canvas.commands.levels.group_as(("conv1", "pool1"), "features")
    (card,) = [node for node in bench.graph.nodes.values() if node.block is not None]
    return card.id


def dialog() -> GroupDialog:
    (found,) = [one for one in QApplication.topLevelWidgets() if isinstance(one, GroupDialog)]
    return found


def typed(name: str) -> None:
    """Type a name into the dialog and press Enter."""
    field = dialog().focusWidget()
    assert field is dialog().name
    QTest.keyClicks(field, name)
    QTest.keyClick(field, Qt.Key.Key_Return)
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def whole(bench: Bench):
    return bench.canvas.commands.levels.whole


def test_control_g_groups_under_a_name_in_one_step(bench: Bench) -> None:
    bench.canvas.select(("conv1", "pool1"))
    bench.key(Qt.Key.Key_G, CTRL)
    typed("features")
    (card,) = [node for node in bench.graph.nodes.values() if node.block is not None]
    assert card.name == "features"
    assert bench.canvas.selection == (card.id,)
    assert [edge.src.node for edge in bench.graph.incoming("conv2")] == [card.id]
    assert nets.known(bench.graph).runnable
    assert len(bench.edits) == 1


def test_control_shift_g_takes_it_apart_again(bench: Bench) -> None:
    before = bench.graph
    bench.canvas.select((grouped(bench),))
    bench.key(Qt.Key.Key_G, CTRL | SHIFT)
    assert set(bench.graph.nodes) == set(before.nodes)
    assert set(bench.graph.edges) == set(before.edges)
    assert set(bench.canvas.selection) == {"conv1", "pool1"}


def test_a_double_click_enters_and_alt_up_leaves(bench: Bench) -> None:
    card = grouped(bench)
    assert not bench.canvas.breadcrumb.isVisible()
    QTest.mouseDClick(bench.canvas.viewport(), Qt.MouseButton.LeftButton, pos=bench.card(card))
    assert set(bench.graph.nodes) == {"conv1", "pool1"}
    assert bench.canvas.breadcrumb.isVisible()
    shown = bench.canvas.drawing
    assert shown.look(shown.cards["conv1"]).shape == "28×28×6"
    bench.key(Qt.Key.Key_Up, ALT)
    assert card in bench.graph.nodes
    assert bench.canvas.selection == (card,)
    assert not bench.canvas.breadcrumb.isVisible()


def test_the_breadcrumb_leads_back(bench: Bench) -> None:
    card = grouped(bench)
    bench.canvas.select((card,))
    bench.key(Qt.Key.Key_Return)
    buttons = [one for one in bench.canvas.breadcrumb.findChildren(QToolButton) if one.isVisible()]
    assert [one.text() for one in buttons] == ["Network", "features"]
    QTest.mouseClick(buttons[0], Qt.MouseButton.LeftButton)
    assert card in bench.graph.nodes


def test_edits_inside_change_the_whole_network(bench: Bench) -> None:
    card = grouped(bench)
    bench.canvas.activate(card)
    bench.canvas.select(("conv1",))
    bench.type("r")
    inner = whole(bench).nodes[card].block.graph
    assert len(inner.nodes) == 3
    assert bench.edits[-1].title(whole(bench)).startswith("features: Add relu")
    assert set(bench.graph.nodes) == set(inner.nodes)
    gone, _ = RemoveNode(card).apply(whole(bench))
    bench.show(gone)  # as an undo would
    assert bench.canvas.commands.levels.path == ()
    assert not bench.canvas.breadcrumb.isVisible()


def test_what_cannot_be_grouped_is_explained(bench: Bench) -> None:
    bench.canvas.commands.levels.group_as(("conv1", "conv2"), "")
    assert "'pool1' stands between" in bench.messages[-1]
    bench.canvas.select(("conv1",))
    bench.key(Qt.Key.Key_G, CTRL | SHIFT)
    assert "no block" in bench.messages[-1]
