"""Everything the keyboard does on the canvas."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from nnstudio.graph.edits import Move, Rename
from nnstudio.graph.model import Graph
from nnstudio.graph.registry import all_layers
from nnstudio.gui.canvas.command_table import RESERVED
from tests.gui.canvas import nets
from tests.gui.canvas.conftest import Bench

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def test_a_letter_inserts_its_layer_after_the_selection(bench: Bench) -> None:
    bench.click(bench.card("fc1"))
    bench.type("d")
    (new,) = set(bench.graph.nodes) - set(nets.lenet().nodes)
    assert bench.graph.nodes[new].kind == "dense"
    assert [e.src.node for e in bench.graph.incoming(new)] == ["fc1"]
    assert [e.dst.node for e in bench.graph.outgoing(new)] == ["fc2"]
    assert bench.canvas.selection == (new,)
    assert len(bench.edits) == 1


def test_a_letter_on_an_empty_canvas_adds_a_layer_in_view(bench: Bench) -> None:
    bench.show(Graph())
    bench.type("c")
    (card,) = bench.canvas.drawing.cards.values()
    assert card.node.kind == "conv2d"
    assert bench.canvas.camera.visible().contains(card.rect)


def test_the_view_follows_the_cards_that_letters_add(bench: Bench) -> None:
    bench.show(Graph())
    for letter in "cpcpcpcpvdd":
        bench.type(letter)
        (new,) = bench.canvas.selection
        assert bench.canvas.camera.visible().contains(bench.canvas.drawing.cards[new].rect)


def test_every_layer_s_letter_adds_that_layer_and_no_other(bench: Bench) -> None:
    letters = [one.shortcut for one in all_layers().values() if one.shortcut]
    assert len(set(letters)) == len(letters)
    assert not set(letters) & RESERVED
    bench.show(Graph())
    bench.type("v")
    assert [node.kind for node in bench.graph.nodes.values()] == ["flatten"]


def test_a_letter_with_control_adds_nothing(bench: Bench) -> None:
    bench.click(bench.card("fc1"))
    bench.key(Qt.Key.Key_R, CTRL)
    assert bench.edits == []


def test_delete_removes_cards_and_their_links(bench: Bench) -> None:
    bench.click(bench.card("fc2"))
    bench.key(Qt.Key.Key_Delete)
    assert "fc2" not in bench.graph.nodes
    assert bench.graph.incoming("fc3") == []


def test_backspace_bridges_what_is_removed(bench: Bench) -> None:
    bench.click(bench.card("fc2"))
    bench.key(Qt.Key.Key_Backspace)
    assert [e.src.node for e in bench.graph.incoming("fc3")] == ["fc1"]


def test_delete_with_nothing_selected_asks_for_nothing(bench: Bench) -> None:
    bench.key(Qt.Key.Key_Delete)
    bench.key(Qt.Key.Key_Backspace)
    assert bench.edits == []


def test_copy_puts_json_on_the_clipboard_and_paste_adds_it(bench: Bench) -> None:
    bench.canvas.select(("fc1", "fc2"))
    bench.key(Qt.Key.Key_C, CTRL)
    assert len(json.loads(QGuiApplication.clipboard().text())["nodes"]) == 2
    bench.key(Qt.Key.Key_V, CTRL)
    new = set(bench.graph.nodes) - set(nets.lenet().nodes)
    assert len(new) == 2
    assert set(bench.canvas.selection) == new
    assert len(bench.edits) == 1


def test_pasting_something_else_is_explained(bench: Bench) -> None:
    QGuiApplication.clipboard().setText("good morning")
    bench.key(Qt.Key.Key_V, CTRL)
    assert bench.edits == []
    assert "clipboard" in bench.messages[-1]


def test_cut_copies_and_deletes(bench: Bench) -> None:
    bench.canvas.select(("fc2",))
    bench.key(Qt.Key.Key_X, CTRL)
    assert "fc2" not in bench.graph.nodes
    assert "fc2" in QGuiApplication.clipboard().text()


def test_duplicate_adds_copies_and_selects_them(bench: Bench) -> None:
    bench.canvas.select(("conv1",))
    bench.key(Qt.Key.Key_D, CTRL)
    (new,) = set(bench.graph.nodes) - set(nets.lenet().nodes)
    assert bench.graph.nodes[new].params == bench.graph.nodes["conv1"].params
    assert bench.canvas.selection == (new,)


def test_control_a_selects_all_and_escape_nothing(bench: Bench) -> None:
    bench.key(Qt.Key.Key_A, CTRL)
    assert set(bench.canvas.selection) == set(bench.graph.nodes)
    bench.key(Qt.Key.Key_Escape)
    assert bench.canvas.selection == ()


def rename_field(bench: Bench) -> QLineEdit:
    bench.key(Qt.Key.Key_F2)
    field = bench.canvas.viewport().findChild(QLineEdit, "rename-field")
    assert field is not None
    return field


def test_f2_renames_in_place(bench: Bench) -> None:
    bench.click(bench.card("conv1"))
    field = rename_field(bench)
    assert field.text() == "conv1"
    QTest.keyClicks(field, "edges")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert bench.edits == [Rename("conv1", "edges")]
    assert bench.canvas.selection == ("conv1",)


def test_escape_keeps_the_old_name(bench: Bench) -> None:
    bench.click(bench.card("conv1"))
    field = rename_field(bench)
    QTest.keyClicks(field, "edges")
    QTest.keyClick(field, Qt.Key.Key_Escape)
    QGuiApplication.processEvents()
    assert bench.edits == []
    assert bench.graph.nodes["conv1"].name == "conv1"


def test_f_fits_the_network_into_the_view(bench: Bench) -> None:
    bench.canvas.camera.zoom(4.0)
    bench.canvas.camera.pan(900, 900)
    assert not bench.canvas.camera.visible().contains(bench.canvas.drawing.bounds())
    bench.type("f")
    assert bench.canvas.camera.visible().contains(bench.canvas.drawing.bounds())
    assert bench.edits == []


def test_control_l_tidies_in_one_move(bench: Bench) -> None:
    messy, _ = Move({"fc1": (900.0, 700.0), "pool1": (-300.0, 500.0)}).apply(bench.graph)
    bench.show(messy)
    bench.key(Qt.Key.Key_L, CTRL)
    (edit,) = bench.edits
    assert isinstance(edit, Move)
    cards = list(bench.canvas.drawing.cards.values())
    overlaps = [
        (a.node.id, b.node.id)
        for i, a in enumerate(cards)
        for b in cards[i + 1 :]
        if a.rect.intersects(b.rect)
    ]
    assert overlaps == []


def test_control_f_finds_a_card_by_its_words(bench: Bench) -> None:
    bench.key(Qt.Key.Key_F, CTRL)
    field = bench.canvas.findChild(QLineEdit, "find-field")
    QTest.keyClicks(field, "pool")
    assert bench.canvas.selection == ("pool1",)
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert bench.canvas.selection == ("pool2",)
    QTest.keyClick(field, Qt.Key.Key_Return, SHIFT)
    assert bench.canvas.selection == ("pool1",)
    QTest.keyClicks(field, "xyz")
    assert "No card matches" in bench.messages[-1]
    QTest.keyClick(field, Qt.Key.Key_Escape)


def test_arrows_follow_the_links(bench: Bench) -> None:
    bench.click(bench.card("conv1"))
    bench.key(Qt.Key.Key_Right)
    assert bench.canvas.selection == ("pool1",)
    bench.key(Qt.Key.Key_Left)
    bench.key(Qt.Key.Key_Left)
    assert bench.canvas.selection == ("input",)
    bench.key(Qt.Key.Key_Left)
    assert bench.canvas.selection == ("input",)


def test_arrows_up_and_down_go_to_the_nearest_row(bench: Bench) -> None:
    bench.click(bench.card("pool1"))
    bench.key(Qt.Key.Key_Down)
    assert bench.canvas.selection == ("fc2",)
    bench.key(Qt.Key.Key_Up)
    assert bench.canvas.selection == ("pool1",)


def test_shift_with_arrows_adds_to_the_selection(bench: Bench) -> None:
    bench.click(bench.card("conv1"))
    bench.key(Qt.Key.Key_Right, SHIFT)
    assert bench.canvas.selection == ("conv1", "pool1")


def test_control_with_arrows_moves_cards(bench: Bench) -> None:
    bench.click(bench.card("conv1"))
    x, y = bench.graph.nodes["conv1"].pos
    bench.key(Qt.Key.Key_Down, CTRL)
    assert bench.edits == [Move({"conv1": (x, y + 10.0)})]


def test_tab_goes_through_all_cards_and_then_leaves(bench: Bench) -> None:
    seen = []
    for _ in bench.graph.nodes:
        bench.key(Qt.Key.Key_Tab)
        seen.append(bench.canvas.selection[0])
    assert seen == list(bench.graph.order)
    tab = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Tab, Qt.KeyboardModifier.NoModifier)
    assert not bench.canvas.commands.take_tab(tab)


def test_backtab_goes_back(bench: Bench) -> None:
    bench.canvas.select(("pool1",))
    bench.key(Qt.Key.Key_Backtab, SHIFT)
    assert bench.canvas.selection == ("conv1",)


def test_return_activates_the_selected_card(bench: Bench) -> None:
    activated: list[str] = []
    bench.canvas.node_activated.connect(activated.append)
    bench.click(bench.card("fc1"))
    bench.key(Qt.Key.Key_Return)
    assert activated == ["fc1"]


def test_control_j_links_in_the_order_of_selection(bench: Bench) -> None:
    bench.canvas.select(("flatten", "fc2"))
    bench.key(Qt.Key.Key_J, CTRL)
    assert [e.src.node for e in bench.graph.incoming("fc2")] == ["flatten"]


@pytest.mark.parametrize(("key", "larger"), [(Qt.Key.Key_Plus, True), (Qt.Key.Key_Minus, False)])
def test_plus_and_minus_zoom(bench: Bench, key: Qt.Key, larger: bool) -> None:
    before = bench.canvas.camera.scale
    bench.key(key)
    assert (bench.canvas.camera.scale > before) == larger


def test_the_selection_is_described_for_screen_readers(bench: Bench) -> None:
    bench.click(bench.card("conv1"))
    said = bench.canvas.accessibleDescription()
    assert "Conv 6 @ 5×5" in said
    assert "28 by 28 by 6" in said
    assert "no problems" in said
    assert "from input" in said


def test_page_keys_look_further(bench: Bench) -> None:
    bench.canvas.commands.zoom_reset()
    before = bench.canvas.camera.visible().center()
    bench.key(Qt.Key.Key_PageDown)
    bench.key(Qt.Key.Key_PageUp, SHIFT)
    after = bench.canvas.camera.visible().center()
    assert after.y() > before.y() + 100
    assert after.x() < before.x() - 100
    bench.key(Qt.Key.Key_PageUp)
    assert abs(bench.canvas.camera.visible().center().y() - before.y()) < 2
    assert bench.edits == []
