"""Drawing, refusing, picking up and dropping links."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from nnstudio.graph.edits import Group, Link, Unlink
from nnstudio.graph.model import Edge, PortRef, make_node
from nnstudio.gui.canvas.layer_menu import LayerMenu
from tests.gui.canvas import nets
from tests.gui.canvas.conftest import Bench

SHIFT = Qt.KeyboardModifier.ShiftModifier


def with_loose_relu(bench: Bench) -> None:
    bench.show(bench.graph.with_node(make_node("relu", "r", "r", (360.0, 320.0))))


def menu() -> LayerMenu:
    (found,) = [one for one in QApplication.topLevelWidgets() if isinstance(one, LayerMenu)]
    return found


def test_dragging_from_output_to_input_asks_for_the_link(bench: Bench) -> None:
    with_loose_relu(bench)
    bench.drag(bench.output("conv1"), bench.input("r"))
    assert bench.edits == [Link(Edge.between("conv1.y", "r.x"))]


def test_dragging_from_input_to_output_asks_for_the_same_link(bench: Bench) -> None:
    with_loose_relu(bench)
    bench.drag(bench.input("r"), bench.output("conv1"))
    assert bench.edits == [Link(Edge.between("conv1.y", "r.x"))]


def test_a_link_may_be_dropped_anywhere_on_the_card(bench: Bench) -> None:
    with_loose_relu(bench)
    bench.drag(bench.output("conv1"), bench.card("r"))
    assert bench.edits == [Link(Edge.between("conv1.y", "r.x"))]


def test_only_ports_that_fit_light_up(bench: Bench) -> None:
    with_loose_relu(bench)
    start = bench.output("conv2")
    bench.press(start)
    bench.hover(start + QPoint(20, 30))
    lit = {port.node for port in bench.canvas.stage.ports}
    assert "r" in lit
    assert "fc3" in lit
    assert not lit & {"input", "conv1", "pool1", "conv2", "pool2"}
    bench.release(bench.input("r"))
    assert bench.canvas.stage.ports == {}


def test_a_refusal_is_said_at_the_pointer_and_asks_for_nothing(bench: Bench) -> None:
    start, end = bench.output("fc1"), bench.card("conv1")
    bench.press(start)
    bench.hover(start + QPoint(0, -40))
    bench.hover(end)
    note = bench.canvas.viewport().findChild(QLabel, "cursor-note")
    assert "would close a loop" in note.text()
    assert (note.pos() - end).manhattanLength() < 60
    assert bench.canvas.stage.draft_refused
    bench.release(end)
    assert bench.edits == []
    assert "would close a loop" in bench.messages[-1]
    assert bench.canvas.stage.draft is None


def test_escape_breaks_off_a_link(bench: Bench) -> None:
    start = bench.output("conv1")
    bench.press(start)
    bench.hover(start + QPoint(30, 80))
    assert bench.canvas.stage.draft is not None
    bench.key(Qt.Key.Key_Escape)
    bench.release(start + QPoint(30, 80))
    assert bench.canvas.stage.draft is None
    assert bench.edits == []


def test_a_link_picked_up_at_its_end_and_dropped_in_space_is_cut(bench: Bench) -> None:
    bench.drag(bench.input("fc2"), bench.at(360, 320))
    assert bench.edits == [Unlink(Edge.between("fc1.y", "fc2.x"))]


def test_a_link_picked_up_can_be_moved_to_another_input(bench: Bench) -> None:
    with_loose_relu(bench)
    bench.drag(bench.input("fc2"), bench.input("r"))
    (edit,) = bench.edits
    assert isinstance(edit, Group)
    assert bench.graph.incoming("fc2") == []
    assert [e.src for e in bench.graph.incoming("r")] == [PortRef("fc1", "y")]


def test_a_new_link_takes_the_place_of_the_old_one_at_a_single_input(bench: Bench) -> None:
    bench.drag(bench.output("flatten"), bench.card("fc2"))
    assert [e.src.node for e in bench.graph.incoming("fc2")] == ["flatten"]


def test_a_link_dropped_in_space_offers_what_fits_there(bench: Bench) -> None:
    bench.drag(bench.output("fc2"), bench.at(620, 320))
    titles = [menu().list.item(row).text() for row in range(menu().list.count())]
    assert "Dense" in titles
    assert "Input" not in titles
    assert "Max pool" not in titles  # a map is needed, a flat vector comes
    menu().close()


def test_the_chosen_layer_is_added_and_linked_in_one_step(bench: Bench) -> None:
    bench.drag(bench.output("conv1"), bench.at(330, 90))
    QTest.keyClicks(menu().field, "relu")
    QTest.keyClick(menu().field, Qt.Key.Key_Return)
    QGuiApplication.processEvents()
    (edit,) = bench.edits
    assert isinstance(edit, Group)
    (new,) = set(bench.graph.nodes) - set(nets.lenet().nodes)
    assert bench.graph.nodes[new].kind == "relu"
    assert [e.src.node for e in bench.graph.incoming(new)] == ["conv1"]
    assert bench.canvas.selection == (new,)


def test_the_menu_is_searched_and_walked_with_the_keyboard(bench: Bench) -> None:
    bench.drag(bench.output("conv1"), bench.at(330, 90))
    field, items = menu().field, menu().list
    QTest.keyClicks(field, "elu")
    shown = [items.item(row).text() for row in range(items.count())]
    assert "ELU" in shown
    assert "Dense" not in shown
    QTest.keyClick(field, Qt.Key.Key_Down)
    assert items.currentRow() == 1
    QTest.keyClick(menu(), Qt.Key.Key_Escape)
    QGuiApplication.processEvents()
    assert bench.edits == []


def test_shift_click_links_the_selection_to_the_target(bench: Bench) -> None:
    with_loose_relu(bench)
    bench.click(bench.card("pool1"))
    bench.click(bench.card("r"), SHIFT)
    assert bench.edits == [Link(Edge.between("pool1.y", "r.x"))]


def test_shift_click_links_several_to_a_sum(bench: Bench) -> None:
    bench.show(bench.graph.with_node(make_node("add", "s", "s", (360.0, 320.0))))
    bench.canvas.select(("conv1", "pool1"))
    bench.click(bench.card("s"), SHIFT)
    assert {e.src.node for e in bench.graph.incoming("s")} == {"conv1", "pool1"}
    assert len(bench.edits) == 1


def test_shift_click_says_why_it_cannot(bench: Bench) -> None:
    bench.click(bench.card("fc1"))
    bench.click(bench.card("conv1"), SHIFT)
    assert bench.edits == []
    assert "loop" in bench.messages[-1]
    assert "Ctrl+click selects several" in bench.messages[-1]


def test_a_clicked_link_is_selected_and_deleted(bench: Bench) -> None:
    bench.click(bench.link("fc1", "fc2"))
    assert bench.canvas.stage.selected_links == {Edge.between("fc1.y", "fc2.x")}
    bench.key(Qt.Key.Key_Delete)
    assert bench.edits == [Unlink(Edge.between("fc1.y", "fc2.x"))]


def test_ports_glow_where_the_shape_fits_and_only_show_where_it_does_not(bench: Bench) -> None:
    with_loose_relu(bench)
    start = bench.output("conv1")
    bench.press(start)
    bench.hover(start + QPoint(20, 40))
    lit = bench.canvas.stage.ports
    assert lit[PortRef("r", "x")] == "fits"
    assert lit[PortRef("fc1", "x")] == "rest"  # a map arrives at Dense: can be linked, not used
    bench.key(Qt.Key.Key_Escape)
    bench.release(start)


def test_a_graph_shown_in_the_middle_of_a_gesture_ends_it(bench: Bench) -> None:
    start = bench.output("conv1")
    bench.press(start)
    bench.hover(start + QPoint(30, 80))
    bench.show(nets.broken())
    assert bench.canvas.stage.draft is None
    bench.hover(start + QPoint(60, 90))
    bench.release(start + QPoint(60, 90))
    assert bench.edits == []
