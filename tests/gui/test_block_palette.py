"""Blocks in the palette, in the menu of a dropped link and under Ctrl+K; own ones kept for good."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QInputDialog,
    QLineEdit,
    QListWidgetItem,
    QMenu,
    QMessageBox,
    QWidget,
)

from nnstudio.gui.canvas import LAYER_MIME
from nnstudio.gui.canvas.layer_menu import LayerMenu
from nnstudio.gui.window import Window
from nnstudio.session.studio import Studio
from tests.gui.conftest import Open
from tests.gui.examples import lenet
from tests.gui.hands import LEFT, click_card, on_canvas

NONE = Qt.KeyboardModifier.NoModifier


def row(window: Window, title: str) -> QListWidgetItem:
    listed = window.palette_panel.list
    found = [listed.item(at) for at in range(listed.count()) if listed.item(at).text() == title]
    assert len(found) == 1, f"{title} is listed {len(found)} times"
    listed.scrollToItem(found[0])
    return found[0]


def titles(window: Window) -> list[str]:
    listed = window.palette_panel.list
    return [
        listed.item(at).text() for at in range(listed.count()) if not listed.item(at).isHidden()
    ]


def double_click(window: Window, title: str) -> None:
    listed = window.palette_panel.list
    at = listed.visualItemRect(row(window, title)).center()
    QTest.mouseClick(listed.viewport(), LEFT, pos=at)
    QTest.mouseDClick(listed.viewport(), LEFT, pos=at)


def top(kind: type[QWidget]) -> QWidget:
    shown = [one for one in QApplication.topLevelWidgets() if one.isVisible()]
    (found,) = [one for one in shown if isinstance(one, kind)]
    return found


def menu_of(widget: QWidget, at: QPoint) -> QMenu:
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, widget.mapToGlobal(at))
    QApplication.sendEvent(widget, event)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def choose(menu: QMenu, text: str) -> None:
    """Click on a line of a menu."""
    (action,) = [one for one in menu.actions() if one.text().split("\t")[0] == text]
    QTest.mouseClick(menu, LEFT, pos=menu.actionGeometry(action).center())


def answer(name: str) -> None:
    """Type a name into the dialog that asks for one, and press Enter."""
    field = top(QInputDialog).findChild(QLineEdit)
    assert field is not None
    field.selectAll()
    QTest.keyClicks(field, name)
    QTest.keyClick(field, Qt.Key.Key_Return)


def residual(window: Window) -> str:
    """Add a residual block behind conv2."""
    click_card(window, "conv2")
    double_click(window, "Residual")
    (card,) = window.canvas.selection
    return card


def keep(window: Window, name: str) -> None:
    QTest.keyClick(window.canvas, Qt.Key.Key_Escape)
    card = residual(window)
    at = window.canvas.drawing.cards[card]
    choose(
        menu_of(window.canvas.viewport(), on_canvas(window, at.x + 60, at.y + 14)),
        "Keep as own block…",
    )
    answer(name)


def test_a_double_click_adds_a_block_behind_the_selected_card(window: Window) -> None:
    before = window.studio.graph
    card = residual(window)
    graph = window.studio.graph
    assert graph.nodes[card].block is not None
    assert [edge.src.node for edge in graph.incoming(card)] == ["conv2"]
    assert [edge.dst.node for edge in graph.outgoing(card)] == [
        edge.dst.node for edge in before.outgoing("conv2")
    ]
    assert window.studio.can_train is None  # its filters are the channels that come in
    assert window.stack.undoText() == "Add residual1"
    window.stack.undo()
    assert window.studio.graph == before


def test_the_search_finds_blocks_with_their_heading(window: Window) -> None:
    QTest.keyClicks(window.palette_panel.field, "bottleneck")
    assert titles(window) == ["blocks", "Bottleneck", "Bottleneck step, projection"]
    window.canvas.select(("conv2",))
    QTest.keyClick(window.palette_panel.field, Qt.Key.Key_Return)
    (card,) = window.canvas.selection
    assert window.studio.graph.nodes[card].block is not None


def test_a_block_dropped_on_a_link_is_spliced_in(window: Window) -> None:
    data = window.palette_panel.list.mimeData([row(window, "Fire")])
    assert bytes(data.data(LAYER_MIME).data()) == b"block:fire"
    cards, viewport = window.canvas.drawing.cards, window.canvas.viewport()
    (x1, y1), (x2, y2) = cards["conv1"].output_at("y"), cards["pool1"].input_at("x")
    at = on_canvas(window, (x1 + x2) / 2, (y1 + y2) / 2)
    copy = Qt.DropAction.CopyAction
    QApplication.sendEvent(viewport, QDragEnterEvent(at, copy, data, LEFT, NONE))
    QApplication.sendEvent(viewport, QDropEvent(QPointF(at), copy, data, LEFT, NONE))
    (new,) = window.canvas.selection
    graph = window.studio.graph
    assert [edge.src.node for edge in graph.incoming(new)] == ["conv1"]
    assert [edge.dst.node for edge in graph.outgoing(new)] == ["pool1"]
    assert window.studio.can_train is None


def test_an_unknown_key_is_not_taken(window: Window) -> None:
    data, at = QMimeData(), on_canvas(window, 0, 300)
    data.setData(LAYER_MIME, b"own:what is not there")
    event = QDragEnterEvent(at, Qt.DropAction.CopyAction, data, LEFT, NONE)
    QApplication.sendEvent(window.canvas.viewport(), event)
    assert not event.isAccepted()


def test_a_link_dropped_in_empty_space_offers_blocks_that_fit(window: Window) -> None:
    viewport, card = window.canvas.viewport(), window.canvas.drawing.cards["conv2"]
    start = on_canvas(window, *card.output_at("y"))
    end = on_canvas(window, card.x + 60, card.y - 60)
    QTest.mousePress(viewport, LEFT, NONE, start)
    for step in range(1, 6):
        QTest.mouseMove(viewport, start + (end - start) * step / 5)
    QTest.mouseRelease(viewport, LEFT, NONE, end)
    menu = top(LayerMenu)
    assert isinstance(menu, LayerMenu)
    offered = [menu.list.item(at).text() for at in range(menu.list.count())]
    assert {"Conv", "Residual", "Fire", "Dense block"} <= set(offered)
    assert "Highway" not in offered
    QTest.keyClicks(menu.field, "resid")
    QTest.keyClick(menu.field, Qt.Key.Key_Return)
    (new,) = window.canvas.selection
    assert window.studio.graph.nodes[new].block is not None
    assert [edge.src.node for edge in window.studio.graph.incoming(new)] == ["conv2"]


def test_control_k_adds_a_block(window: Window) -> None:
    click_card(window, "conv2")
    window.open_commands()
    QTest.keyClicks(window.commands.field, "add residual")
    QTest.keyClick(window.commands.field, Qt.Key.Key_Return)
    (card,) = window.canvas.selection
    assert window.studio.graph.nodes[card].label == "residual1"


def test_the_networks_are_one_click_away(window: Window) -> None:
    (button,) = [
        one
        for one in window.palette_panel.findChildren(QWidget)
        if one.accessibleName().startswith("Networks to begin with")
    ]
    QTest.mouseClick(button, LEFT)
    welcome = [one for one in window.findChildren(QWidget) if one.objectName() == "welcome"]
    assert [one.isVisible() for one in welcome] == [True]


def test_an_own_block_is_offered_in_every_project(window: Window, open_window: Open) -> None:
    keep(window, "Mein Block: 3×3")
    assert titles(window)[-2:] == ["own blocks", "Mein Block: 3×3"]
    window.adopt(Studio(lenet()))
    click_card(window, "conv2")
    double_click(window, "Mein Block: 3×3")
    (card,) = window.canvas.selection
    assert window.studio.graph.nodes[card].layer.headline(None) == "Mein Block: 3×3"
    assert window.studio.can_train is None
    other = open_window()
    assert titles(other)[-1] == "Mein Block: 3×3"


def test_a_damaged_file_is_told_in_the_log_tab(
    open_window: Open, own_folders: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = own_folders / "config" / "blocks"
    folder.mkdir(parents=True)
    (folder / "bad.json").write_text("import os")
    window = open_window()
    assert window.log.text().count("The own block 'bad.json' is left out.") == 1
    assert "own blocks" not in titles(window)


def test_only_blocks_can_be_kept(window: Window) -> None:
    card = window.canvas.drawing.cards["conv2"]
    menu = menu_of(window.canvas.viewport(), on_canvas(window, card.x + 60, card.y + 14))
    able = {one.text(): one.isEnabled() for one in menu.actions()}
    assert able["Group into a block"]
    assert not able["Keep as own block…"]
    assert not able["Ungroup"]
    menu.close()


def test_a_taken_name_is_asked_for_again(window: Window) -> None:
    keep(window, "one")
    keep(window, "one")
    assert "You have a block 'one' already" in top(QInputDialog).labelText()  # type: ignore[attr-defined]
    answer("two")
    assert titles(window)[-2:] == ["one", "two"]


@pytest.mark.parametrize("by_keys", [True, False])
def test_an_own_block_is_renamed_and_deleted(window: Window, by_keys: bool) -> None:
    keep(window, "one")
    listed = window.palette_panel.list

    def ask(key: Qt.Key, text: str, name: str) -> None:
        item = row(window, name)
        if by_keys:
            listed.setCurrentItem(item)
            QTest.keyClick(listed, key)
        else:
            choose(menu_of(listed.viewport(), listed.visualItemRect(item).center()), text)

    ask(Qt.Key.Key_F2, "Rename…", "one")
    answer("three")
    assert titles(window)[-2:] == ["own blocks", "three"]
    for answered in ("Cancel", "Delete"):
        ask(Qt.Key.Key_Delete, "Delete…", "three")
        box = top(QMessageBox)
        assert isinstance(box, QMessageBox)
        assert box.text() == "Delete your block 'three'?"
        (button,) = [one for one in box.buttons() if one.text().replace("&", "") == answered]
        QTest.mouseClick(button, LEFT)
        assert ("three" in titles(window)) == (answered == "Cancel")
        QApplication.processEvents()
    assert "own blocks" not in titles(window)


def test_a_layer_of_the_palette_cannot_be_deleted(window: Window) -> None:
    listed = window.palette_panel.list
    item = row(window, "Residual")
    menu = menu_of(listed.viewport(), listed.visualItemRect(item).center())
    assert [one.text() for one in menu.actions()] == ["Add"]
    choose(menu, "Add")
    assert window.stack.undoText() == "Add residual1"
    listed.setCurrentItem(item)
    QTest.keyClick(listed, Qt.Key.Key_Delete)
    assert "Residual" in titles(window)


def test_the_menu_key_speaks_of_the_chosen_row(window: Window) -> None:
    keep(window, "one")
    listed = window.palette_panel.list
    listed.setCurrentItem(row(window, "one"))
    reason = QContextMenuEvent.Reason.Keyboard
    middle = listed.rect().center()
    event = QContextMenuEvent(reason, middle, listed.mapToGlobal(middle))
    QApplication.sendEvent(listed.viewport(), event)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert [one.text().split("\t")[0] for one in menu.actions()] == ["Add", "Rename…", "Delete…"]
    menu.close()
