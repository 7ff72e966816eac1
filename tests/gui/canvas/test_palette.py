"""The palette of layers."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from nnstudio.graph.registry import all_layers
from nnstudio.gui.canvas import LAYER_MIME
from nnstudio.gui.palette import Palette
from nnstudio.gui.theme import Theme
from tests.gui.canvas import nets
from tests.gui.canvas.conftest import LEFT

assert nets


@pytest.fixture
def palette(qtbot: QtBot) -> Palette:
    made = Palette(Theme("dark"))
    qtbot.addWidget(made)
    made.resize(212, 900)
    made.show()
    return made


def shown(palette: Palette) -> list[str]:
    rows = [palette.list.item(row) for row in range(palette.list.count())]
    return [item.text() for item in rows if not item.isHidden()]


def test_all_layers_stand_under_their_categories(palette: Palette) -> None:
    titles = shown(palette)
    assert titles.index("linear") < titles.index("Dense") < titles.index("non-linear")
    assert {layer.title for layer in all_layers().values()} <= set(titles)


def test_the_search_leaves_what_fits_with_its_heading(palette: Palette) -> None:
    QTest.keyClicks(palette.field, "conv")
    assert shown(palette)[0] == "linear"
    assert "Conv" in shown(palette)
    assert "Dense" not in shown(palette)
    assert "data" not in shown(palette)


def test_enter_in_the_search_adds_the_best_hit(palette: Palette) -> None:
    added: list[str] = []
    palette.add_wanted.connect(added.append)
    QTest.keyClicks(palette.field, "max p")
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert added == ["max_pool"]


def test_escape_empties_the_search(palette: Palette) -> None:
    QTest.keyClicks(palette.field, "max")
    QTest.keyClick(palette.field, Qt.Key.Key_Escape)
    assert palette.field.text() == ""
    assert "Dense" in shown(palette)


def test_arrows_walk_from_hit_to_hit(palette: Palette) -> None:
    QTest.keyClicks(palette.field, "relu")
    first = palette.list.currentItem().text()
    QTest.keyClick(palette.field, Qt.Key.Key_Down)
    assert palette.list.currentItem().text() not in {first, "non-linear"}


def test_a_double_click_adds_a_layer(palette: Palette) -> None:
    added: list[str] = []
    palette.add_wanted.connect(added.append)
    row = shown(palette).index("Dense")
    at = palette.list.visualItemRect(palette.list.item(row)).center()
    QTest.mouseClick(palette.list.viewport(), LEFT, pos=at)
    QTest.mouseDClick(palette.list.viewport(), LEFT, pos=at)
    assert added == ["dense"]


def test_a_dragged_row_carries_its_kind(palette: Palette) -> None:
    item = palette.list.findItems("Dense", Qt.MatchFlag.MatchExactly)[0]
    data = palette.list.mimeData([item])
    assert bytes(data.data(LAYER_MIME).data()) == b"dense"


def test_headings_cannot_be_chosen(palette: Palette) -> None:
    heading = palette.list.item(0)
    assert heading.flags() == Qt.ItemFlag.NoItemFlags


def test_rows_are_spoken_with_category_and_key(palette: Palette) -> None:
    item = palette.list.findItems("Dense", Qt.MatchFlag.MatchExactly)[0]
    assert item.data(Qt.ItemDataRole.AccessibleTextRole) == "Dense, linear, key D"
