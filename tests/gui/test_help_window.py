"""F1 explains the selected layer; the keys stand on one sheet."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from nnstudio.graph.registry import all_layers
from nnstudio.gui.canvas.commands import TABLE
from nnstudio.gui.help_window import HelpWindow, page
from nnstudio.gui.keys_sheet import KeysSheet
from nnstudio.project.library.offers import Offers
from tests.gui.hands import click_card


def words(widget) -> str:
    return "\n".join(one.text() for one in widget.findChildren(QLabel))


def opened(window) -> HelpWindow:
    QTest.keyClick(window, Qt.Key.Key_F1)
    found = window.findChild(HelpWindow)
    assert found is not None
    assert found.isVisible()
    return found


def test_f1_opens_the_page_of_the_selected_layer(window):
    click_card(window, "conv1")
    help_window = opened(window)
    layer = all_layers()["conv2d"]
    assert help_window.kind == "conv2d"
    for text in (layer.title, layer.doc.summary, layer.doc.use, layer.doc.source):
        assert text in words(help_window.area)
    assert "Stride" in words(help_window.area)


def test_f1_again_shows_another_layer_in_the_same_window(window):
    click_card(window, "conv1")
    first = opened(window)
    click_card(window, "pool1")
    assert opened(window) is first
    assert first.kind == "max_pool"


def test_a_layer_is_found_by_its_name(window):
    help_window = opened(window)
    QTest.keyClicks(help_window.layers.field, "lstm")
    assert help_window.kind == "lstm"


def test_f1_on_a_block_explains_it(window):
    window.canvas.select(("conv2",))
    window.add_layer("block:residual")
    help_window = opened(window)
    assert help_window.kind == "block:residual"
    assert "Deep Residual Learning" in words(help_window.area)
    window.canvas.commands.levels.group_as(("conv1", "pool1"), "")
    assert opened(window).kind == "block"
    assert "A part of the network behind one card." in words(help_window.area)


def test_every_layer_has_a_page(window, theme):
    for offer in Offers():
        assert offer.summary in words(page(offer, theme))


def test_the_sheet_lists_every_key_once_and_can_be_searched(window):
    window.actions_by_name["keys"].trigger()
    sheet = window.findChild(KeysSheet)
    everything = sheet.shown()
    assert len(everything) == len(set(everything))
    for name in {command.name for command in TABLE if command.keys}:
        assert any(line.endswith(name.lower()) for line in everything)
    assert not any(line.startswith(" ") for line in everything), "a line without a key"
    assert "ctrl+shift+left align: left edges" in everything
    assert "f5 train" in everything
    assert "d dense" in everything
    QTest.keyClicks(sheet.field, "undo")
    assert [line for line in sheet.shown() if "undo" not in line] == []
    assert len(sheet.shown()) >= 1
