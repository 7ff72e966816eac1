"""Problems on the canvas: red links, bubbles, repairs."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from nnstudio.graph.model import Edge
from nnstudio.gui.canvas.bubbles import Bubble
from nnstudio.gui.canvas.tips import changes, tip
from tests.gui.canvas import nets
from tests.gui.canvas.conftest import Bench


def words(bench: Bench, bubble: Bubble, repair: int = 0) -> QPoint:
    centre = bubble.repair_area(repair).center()
    return bench.at(centre.x(), centre.y())


@pytest.fixture
def broken(bench: Bench) -> Bench:
    bench.show(nets.broken())
    return bench


def test_the_bad_link_is_red_and_its_card_has_an_error_light(broken: Bench) -> None:
    drawing = broken.canvas.drawing
    assert drawing.wires[Edge.between("pool1.y", "fc1.x")].bad
    assert not drawing.wires[Edge.between("conv1.y", "pool1.x")].bad
    assert drawing.cards["fc1"].light == "error"
    assert drawing.cards["pool1"].light == "ok"
    assert drawing.cards["fc2"].light == ""


def test_shapes_show_up_to_the_first_bad_link(broken: Bench) -> None:
    drawing = broken.canvas.drawing
    shapes = {one: drawing.look(card).shape for one, card in drawing.cards.items()}
    assert shapes["pool1"] == "14×14×6"
    assert shapes["fc1"] == ""


def test_an_error_has_a_bubble_that_covers_no_card(broken: Bench) -> None:
    (bubble,) = broken.canvas.stage.bubbles
    assert "1,176" in bubble.problem.message
    cards = broken.canvas.drawing.cards.values()
    assert not any(card.rect.intersects(bubble.area) for card in cards)


def test_the_repair_is_pressed_like_a_button(broken: Bench) -> None:
    (bubble,) = broken.canvas.stage.bubbles
    repair = bubble.problem.repairs[0]
    broken.click(words(broken, bubble))
    assert broken.edits == [repair.edit]
    assert not any(p.node == "fc1" for p in broken.canvas.drawing.inference.problems)


def test_a_press_that_slips_off_the_words_repairs_nothing(broken: Bench) -> None:
    (bubble,) = broken.canvas.stage.bubbles
    broken.press(words(broken, bubble))
    broken.release(words(broken, bubble) + QPoint(0, 80))
    assert broken.edits == []


def test_the_message_itself_is_no_button_and_drags_nothing(broken: Bench) -> None:
    (bubble,) = broken.canvas.stage.bubbles
    at = broken.at(bubble.area.left() + 15, bubble.area.top() + 12)
    broken.drag(at, at + QPoint(50, 30))
    assert broken.edits == []
    assert broken.canvas.stage.band is None


def test_the_pointer_over_a_repair_says_what_it_changes(broken: Bench) -> None:
    (bubble,) = broken.canvas.stage.bubbles
    broken.hover(words(broken, bubble))
    assert broken.canvas.stage.hover.repair is bubble.problem.repairs[0]
    text = tip(broken.canvas.drawing, broken.canvas.stage.hover)
    assert "Flatten between pool1 and fc1" in text


def test_a_width_repair_names_old_and_new(bench: Bench) -> None:
    bench.show(nets.lenet(12))
    (bubble,) = bench.canvas.stage.bubbles
    assert changes(bench.graph, bubble.problem.repairs[0]) == ["fc3 units 12 → 10"]


def test_unfinished_parts_speak_only_when_looked_at(broken: Bench) -> None:
    troubled = {bubble.problem.node for bubble in broken.canvas.stage.bubbles}
    assert "relu1" not in troubled
    assert broken.canvas.drawing.cards["relu1"].light == "warn"
    broken.hover(broken.card("relu1"))
    troubled = {bubble.problem.node for bubble in broken.canvas.stage.bubbles}
    assert "relu1" in troubled


def test_tooltips_say_cards_and_links_in_full(bench: Bench) -> None:
    bench.hover(bench.card("conv1"))
    assert "156 parameters" in tip(bench.canvas.drawing, bench.canvas.stage.hover)
    bench.hover(bench.link("conv1", "pool1"))
    assert "28×28×6 = 4,704 numbers" in tip(bench.canvas.drawing, bench.canvas.stage.hover)


def test_from_afar_a_single_error_and_the_card_one_looks_at_tell_their_problem(
    broken: Bench,
) -> None:
    broken.canvas.camera.zoom(0.4 / broken.canvas.camera.scale)
    broken.hover(QPoint(2, 2))
    assert [one.problem.node for one in broken.canvas.stage.bubbles] == ["fc1"]
    broken.hover(broken.card("relu1"))
    assert {one.problem.node for one in broken.canvas.stage.bubbles} == {"fc1", "relu1"}


@pytest.mark.parametrize("scale", [0.05, 0.2, 0.4, 0.57, 0.7])
def test_a_bubble_can_be_read_and_pressed_at_every_scale(broken: Bench, scale: float) -> None:
    broken.canvas.camera.zoom(scale / broken.canvas.camera.scale)
    broken.canvas.select(["fc1"])
    (bubble,) = broken.canvas.stage.bubbles
    assert bubble.size * scale * 12 >= 10.9, "letters of eleven pixels"
    assert broken.canvas.camera.visible().contains(bubble.area)
    assert not bubble.area.intersects(broken.canvas.drawing.cards["fc1"].rect)
    broken.click(words(broken, bubble))
    assert broken.edits == [bubble.problem.repairs[0].edit]


def test_the_pointer_can_go_from_a_far_card_to_its_repair(broken: Bench) -> None:
    broken.canvas.camera.zoom(0.4 / broken.canvas.camera.scale)
    broken.hover(broken.card("fc1"))
    (bubble,) = broken.canvas.stage.bubbles
    card = broken.canvas.drawing.cards["fc1"].rect
    gap = (bubble.area.top() + card.bottom()) / 2
    if bubble.area.top() < card.top():
        gap = (bubble.area.bottom() + card.top()) / 2
    broken.hover(broken.at(card.center().x(), gap))
    broken.hover(words(broken, bubble))
    assert broken.canvas.stage.hover.repair is bubble.problem.repairs[0]


def test_keys_show_a_far_repair_with_its_message(broken: Bench) -> None:
    broken.canvas.camera.zoom(0.3 / broken.canvas.camera.scale)
    broken.canvas.setFocus()
    QTest.keyClick(broken.canvas, Qt.Key.Key_Period, Qt.KeyboardModifier.ControlModifier)
    hover = broken.canvas.stage.hover
    assert hover.repair is not None
    assert hover.bubble in broken.canvas.stage.bubbles


def test_no_tooltip_lies_on_the_message_of_a_card(broken: Bench) -> None:
    broken.hover(broken.card("fc1"))
    assert tip(broken.canvas.drawing, broken.canvas.stage.hover) == ""
    broken.hover(broken.card("conv1"))
    assert "conv1" in tip(broken.canvas.drawing, broken.canvas.stage.hover)
