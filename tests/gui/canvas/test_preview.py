"""A repair shows what it would change before it is pressed, and nothing of it stays."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor

from nnstudio.graph.model import Edge
from nnstudio.graph.types import flat
from nnstudio.gui.canvas.bubbles import Bubble
from nnstudio.gui.canvas.preview import shape_words
from tests.gui.canvas import nets
from tests.gui.canvas.conftest import Bench

CONTROL = Qt.KeyboardModifier.ControlModifier
AWAY = QPoint(2, 2)


@pytest.fixture
def broken(bench: Bench) -> Bench:
    bench.show(nets.broken())
    return bench


def words(bench: Bench, bubble: Bubble, repair: int = 0) -> QPoint:
    centre = bubble.repair_area(repair).center()
    return bench.at(centre.x(), centre.y())


def over_the_repair(bench: Bench) -> None:
    bench.hover(words(bench, bench.canvas.stage.bubbles[0]))


def picture(bench: Bench) -> list[QColor]:
    image = bench.canvas.grab().toImage()
    return [image.pixelColor(x, y) for x in range(0, 1000, 7) for y in range(0, 560, 7)]


def test_hovering_shows_the_card_the_links_and_the_shapes(broken: Bench) -> None:
    before = broken.graph
    over_the_repair(broken)
    seen = broken.canvas.preview.seen
    assert seen is not None
    assert seen.added == {"flatten1"}
    assert seen.linked == {
        Edge.between("pool1.y", "flatten1.x"),
        Edge.between("flatten1.y", "fc1.x"),
    }
    assert seen.reshaped["fc1"] == (None, flat(120))
    assert broken.graph is before
    assert broken.edits == []


def test_leaving_takes_the_preview_away_to_the_last_pixel(broken: Bench) -> None:
    broken.hover(AWAY)
    before = picture(broken)
    over_the_repair(broken)
    assert picture(broken) != before
    broken.hover(AWAY)
    assert broken.canvas.preview.seen is None
    assert picture(broken) == before
    assert broken.edits == []


def test_a_click_makes_one_edit_and_ends_the_preview(broken: Bench) -> None:
    (bubble, *_) = broken.canvas.stage.bubbles
    at = words(broken, bubble)
    broken.hover(at)
    foreseen = broken.canvas.preview.seen
    assert foreseen is not None
    broken.click(at)
    assert broken.edits == [bubble.problem.repairs[0].edit]
    assert broken.graph == foreseen.graph
    shown = broken.canvas.preview.seen
    assert shown is None or shown.graph != foreseen.graph  # another bubble may be there now


def test_an_altered_width_names_old_and_new_shape(bench: Bench) -> None:
    bench.show(nets.lenet(12))
    over_the_repair(bench)
    seen = bench.canvas.preview.seen
    assert seen is not None
    assert seen.altered == {"fc3"}
    assert shape_words(*seen.reshaped["fc3"]) == "12 → 10"


def test_keys_go_through_the_repairs_and_enter_makes_one(broken: Bench) -> None:
    canvas = broken.canvas
    broken.key(Qt.Key.Key_Period, CONTROL)
    first = canvas.preview.seen
    assert first is not None
    assert first.added == {"flatten1"}
    assert broken.messages[-1].startswith("Insert Flatten: Enter repairs")
    broken.key(Qt.Key.Key_Period, CONTROL)
    assert canvas.preview.seen is not first
    broken.key(Qt.Key.Key_Escape)
    assert canvas.preview.seen is None
    assert broken.edits == []
    broken.key(Qt.Key.Key_Period, CONTROL)
    broken.key(Qt.Key.Key_Return)
    assert broken.titles() == ["Insert Flatten"]
    assert "flatten1" in broken.graph.nodes


def test_keys_keep_to_the_selected_card(broken: Bench) -> None:
    broken.canvas.set_selection(("relu1",))
    broken.key(Qt.Key.Key_Period, CONTROL)
    broken.key(Qt.Key.Key_Return)
    (edit,) = broken.edits
    assert "relu1" in edit.title(broken.graph)


def test_where_all_is_well_keys_say_so(bench: Bench) -> None:
    bench.key(Qt.Key.Key_Period, CONTROL)
    assert bench.messages == ["There is nothing to repair here."]
    assert bench.canvas.preview.seen is None


def test_any_other_key_ends_the_preview(broken: Bench) -> None:
    broken.key(Qt.Key.Key_Period, CONTROL)
    broken.key(Qt.Key.Key_Down)
    assert broken.canvas.preview.seen is None


def test_a_net_of_a_thousand_cards_is_previewed_too(bench: Bench) -> None:
    bench.show(nets.large())
    problem = next(one for one in bench.canvas.drawing.inference.problems if one.repairs)
    bench.canvas.preview.show_edit(problem.repairs[0].edit)
    seen = bench.canvas.preview.seen
    assert seen is not None
    assert len(seen.graph.nodes) >= 1000
