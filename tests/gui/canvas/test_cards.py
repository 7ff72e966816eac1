"""Selecting and dragging cards."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from nnstudio.graph.edits import Group, Move
from nnstudio.graph.model import make_node
from tests.gui.canvas import nets
from tests.gui.canvas.conftest import LEFT, Bench

CTRL = Qt.KeyboardModifier.ControlModifier


def test_a_click_selects_a_card_and_tells(bench: Bench) -> None:
    told: list[tuple[str, ...]] = []
    bench.canvas.selection_changed.connect(told.append)
    bench.click(bench.card("conv1"))
    assert bench.canvas.selection == ("conv1",)
    assert told == [("conv1",)]
    assert bench.edits == []


def test_control_click_adds_and_takes_away(bench: Bench) -> None:
    bench.click(bench.card("conv1"))
    bench.click(bench.card("fc1"), CTRL)
    assert bench.canvas.selection == ("conv1", "fc1")
    bench.click(bench.card("conv1"), CTRL)
    assert bench.canvas.selection == ("fc1",)


def test_a_click_on_the_bare_canvas_selects_nothing(bench: Bench) -> None:
    bench.click(bench.card("conv1"))
    bench.click(QPoint(5, 5))
    assert bench.canvas.selection == ()


def test_a_drag_is_one_move_at_its_end(bench: Bench) -> None:
    start = bench.card("conv2")
    before = bench.graph.nodes["conv2"].pos
    bench.drag(start, start + QPoint(12, 70))
    assert len(bench.edits) == 1
    assert isinstance(bench.edits[0], Move)
    assert set(bench.edits[0].places) == {"conv2"}
    assert bench.graph.nodes["conv2"].pos[1] > before[1] + 40


def test_all_selected_cards_move_together(bench: Bench) -> None:
    before = {one: bench.graph.nodes[one].pos for one in ("fc1", "fc2")}
    bench.canvas.select(("fc1", "fc2"))
    start = bench.card("fc1")
    bench.drag(start, start + QPoint(0, 60))
    (move,) = bench.edits
    assert isinstance(move, Move)
    shifts = {round(move.places[one][1] - before[one][1], 3) for one in before}
    assert len(shifts) == 1
    assert shifts.pop() > 30


def test_nothing_changes_while_the_drag_lasts(bench: Bench) -> None:
    start = bench.card("conv2")
    before = bench.graph
    bench.press(start)
    bench.hover(start + QPoint(20, 40))
    bench.hover(start + QPoint(40, 80))
    assert bench.edits == []
    assert bench.graph is before
    assert bench.canvas.drawing.cards["conv2"].y > before.nodes["conv2"].pos[1]
    bench.release(start + QPoint(40, 80))
    assert len(bench.edits) == 1


def test_escape_puts_a_dragged_card_back(bench: Bench) -> None:
    start = bench.card("conv2")
    bench.press(start)
    bench.hover(start + QPoint(40, 80))
    bench.key(Qt.Key.Key_Escape)
    bench.release(start + QPoint(40, 80))
    card = bench.canvas.drawing.cards["conv2"]
    assert (card.x, card.y) == bench.graph.nodes["conv2"].pos
    assert bench.edits == []


def test_a_refused_move_leaves_the_card_where_the_graph_says(bench: Bench) -> None:
    bench.applies = False
    start = bench.card("conv2")
    bench.drag(start, start + QPoint(0, 80))
    card = bench.canvas.drawing.cards["conv2"]
    assert len(bench.edits) == 1
    assert (card.x, card.y) == bench.graph.nodes["conv2"].pos


def test_a_dragged_card_snaps_to_its_neighbours_and_shows_the_guide(bench: Bench) -> None:
    start = bench.card("conv2")
    bench.press(start)
    bench.hover(start + QPoint(30, 40))
    bench.hover(start + QPoint(30, 4))
    assert bench.canvas.drawing.cards["conv2"].y == bench.graph.nodes["conv1"].pos[1]
    assert bench.canvas.stage.guides
    bench.release(start + QPoint(30, 4))
    assert bench.canvas.stage.guides == []


def test_a_rubber_band_selects_what_it_touches(bench: Bench) -> None:
    corner = bench.at(-30, 160)
    bench.drag(corner, bench.at(340, 280))
    assert bench.canvas.selection == ("flatten", "fc1")
    assert bench.canvas.stage.band is None


def test_a_rubber_band_with_control_keeps_the_selection(bench: Bench) -> None:
    bench.canvas.select(("conv1",))
    QTest.mousePress(bench.canvas.viewport(), LEFT, CTRL, bench.at(-30, 160))
    bench.hover(bench.at(100, 250))
    bench.release(bench.at(100, 250))
    assert set(bench.canvas.selection) == {"conv1", "flatten"}


def test_a_loose_card_dropped_on_a_link_is_spliced_in(bench: Bench) -> None:
    bench.show(bench.graph.with_node(make_node("relu", "r", "r", (200.0, 300.0))))
    bench.drag(bench.card("r"), bench.link("conv1", "pool1"))
    (edit,) = bench.edits
    assert isinstance(edit, Group)
    assert edit.name == "Insert r"
    assert [e.src.node for e in bench.graph.incoming("r")] == ["conv1"]
    assert [e.dst.node for e in bench.graph.outgoing("r")] == ["pool1"]


def test_a_double_click_activates_a_card(bench: Bench) -> None:
    activated: list[str] = []
    bench.canvas.node_activated.connect(activated.append)
    QTest.mouseDClick(bench.canvas.viewport(), LEFT, Qt.KeyboardModifier(0), bench.card("fc2"))
    assert activated == ["fc2"]


def test_selection_survives_an_edit_and_forgets_what_is_gone(bench: Bench) -> None:
    bench.canvas.select(("conv1", "fc1"))
    bench.show(nets.broken())
    assert bench.canvas.selection == ("conv1", "fc1")
    graph = bench.graph
    smaller = type(graph)({k: v for k, v in graph.nodes.items() if k != "fc1"}, ())
    bench.show(smaller)
    assert bench.canvas.selection == ("conv1",)


def test_a_card_held_at_the_edge_takes_the_view_along(bench: Bench, qtbot: QtBot) -> None:
    start, edge = bench.card("conv2"), QPoint(bench.canvas.width() - 2, bench.card("conv2").y())
    left = bench.canvas.scene_point(QPoint(0, 0))[0]
    bench.press(start)
    bench.hover(start + QPoint(30, 0))
    bench.hover(edge)
    qtbot.waitUntil(lambda: bench.canvas.scene_point(QPoint(0, 0))[0] > left + 40, timeout=3000)
    bench.release(edge)
    (move,) = bench.edits
    assert isinstance(move, Move)
    assert move.places["conv2"][0] > bench.canvas.scene_point(start)[0]
    still = bench.canvas.scene_point(QPoint(0, 0))
    qtbot.wait(60)
    assert bench.canvas.scene_point(QPoint(0, 0)) == still
