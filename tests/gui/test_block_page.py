"""A block in the inspector: its parameters, its inside, and what its card shows."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QLabel,
    QMenu,
    QPushButton,
    QToolButton,
    QWidget,
)

from nnstudio.graph.model import Block
from nnstudio.gui.canvas.group_dialog import GroupDialog
from nnstudio.gui.everything import entries
from nnstudio.gui.forms import Row
from nnstudio.gui.many_page import ManyPage
from nnstudio.gui.node_page import NodePage
from nnstudio.gui.window import Window
from tests.gui.hands import LEFT, click_card, retype
from tests.gui.test_block_palette import choose, menu_of

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier


def page(window: Window) -> NodePage:
    found = window.inspector.page
    assert isinstance(found, NodePage)
    return found


def field(window: Window, name: str) -> QWidget:
    control = page(window).form.field(name).control
    window.inspector.ensureWidgetVisible(control)
    return control


def block(window: Window, card: str) -> Block:
    made = window.studio.graph.nodes[card].block
    assert made is not None
    return made


def dialog() -> GroupDialog:
    shown = [one for one in QApplication.topLevelWidgets() if one.isVisible()]
    (found,) = [one for one in shown if isinstance(one, GroupDialog)]
    return found


def group(window: Window, *ids: str, name: str = "", repeat: int = 1) -> None:
    """Select cards, press Ctrl+G and answer with keys alone."""
    window.canvas.setFocus()
    window.canvas.select(ids)
    QTest.keyClick(window.canvas, Qt.Key.Key_G, CTRL)
    asked = dialog()
    QTest.keyClicks(asked.name, name)
    QTest.keyClick(asked.name, Qt.Key.Key_Tab)
    if repeat > 1:
        assert asked.focusWidget() is asked.repeat
        asked.repeat.selectAll()
        QTest.keyClicks(asked.repeat, str(repeat))
    QTest.keyClick(asked.repeat, Qt.Key.Key_Return)


def residual(window: Window) -> str:
    window.canvas.select(("conv2",))
    window.add_layer("block:residual")
    (card,) = window.canvas.selection
    return card


def press(window: Window, what: str) -> None:
    button = page(window).findChild(QPushButton, f"block {what}")
    assert button is not None
    window.inspector.ensureWidgetVisible(button)
    QTest.mouseClick(button, LEFT)


def menu_for(window: Window, name: str) -> QMenu:
    control = field(window, name)
    return menu_of(control, control.rect().center())


def words(widget: QWidget) -> list[str]:
    return [one.text() for one in widget.findChildren(QLabel)]


def test_the_dialog_ticks_what_people_change_first(window: Window) -> None:
    window.canvas.select(("conv1", "pool1", "conv2"))
    QTest.keyClick(window.canvas, Qt.Key.Key_G, CTRL)
    asked = dialog()
    assert asked.chosen() == [("conv1", "filters"), ("conv2", "filters")]
    assert all(one.accessibleName() for one in (asked.name, asked.repeat, asked.shown))
    rows = [asked.shown.item(at).text() for at in range(asked.shown.count())]
    assert rows[0].startswith("conv1: Filters")
    # the list is reached with Tab, walked with arrows and ticked with Space
    QTest.keyClick(asked.name, Qt.Key.Key_Tab)
    QTest.keyClick(asked.repeat, Qt.Key.Key_Tab)
    assert asked.focusWidget() is asked.shown
    QTest.keyClick(asked.shown, Qt.Key.Key_Space)
    QTest.keyClick(asked.shown, Qt.Key.Key_Down)
    QTest.keyClick(asked.shown, Qt.Key.Key_Space)
    assert asked.chosen() == [("conv1", "kernel"), ("conv2", "filters")]
    QTest.keyClick(asked.shown, Qt.Key.Key_Escape)
    assert window.stack.count() == 0


def test_a_repeat_that_does_not_fit_is_explained_in_the_dialog(window: Window) -> None:
    group(window, "conv1", "pool1", name="features", repeat=9)
    asked = dialog()
    assert "'features' cannot follow itself: copy" in asked.wrong.text()
    assert asked.wrong.isVisible()
    assert window.stack.count() == 0
    asked.repeat.setValue(1)
    QTest.keyClick(asked.name, Qt.Key.Key_Return)
    assert window.stack.undoText() == "Group 2 cards into features"


def test_the_form_of_a_block_takes_range_and_unit_from_inside(window: Window) -> None:
    group(window, "conv1", "pool1", name="features")
    (card,) = window.canvas.selection
    rows = page(window).form.rows
    assert list(rows) == ["filters", "repeat"]
    inner = "conv1 filters"
    assert inner in rows["filters"].spec.description
    before = window.studio.graph
    retype(field(window, "filters"), "0")
    assert "Filters must be" in rows["filters"].complaint()
    assert window.studio.graph is before
    retype(field(window, "filters"), "4*3")
    assert block(window, card).values == {"filters": 12}
    assert window.stack.undoText() == "features filters 6 → 12"
    window.stack.undo()
    assert window.studio.graph == before
    assert field(window, "filters").text() == "6"  # type: ignore[attr-defined]


def test_a_reset_gives_what_stands_inside(window: Window) -> None:
    card = residual(window)
    row = page(window).form.rows["filters"]
    assert isinstance(row, Row)
    width = block(window, card).values["filters"]
    assert width == 16  # the channels of conv2
    retype(field(window, "filters"), "8")
    assert window.studio.can_train is not None
    QTest.mouseClick(row._reset, LEFT)
    assert block(window, card).values["filters"] == width
    assert window.studio.can_train is None


def test_a_repeat_that_does_not_fit_is_explained_at_its_field(window: Window) -> None:
    group(window, "conv1", "pool1", name="features")
    before = window.studio.graph
    retype(field(window, "repeat"), "9")
    assert "cannot follow itself: copy" in page(window).form.rows["repeat"].complaint()
    assert window.studio.graph is before
    retype(field(window, "repeat"), "1001")
    assert "1 to 1,000" in page(window).form.rows["repeat"].complaint()


def test_a_block_that_fits_is_repeated(window: Window) -> None:
    card = residual(window)
    retype(field(window, "repeat"), "3")
    assert block(window, card).repeat == 3
    assert window.stack.undoText() == "residual1 repeat 1 → 3"
    assert window.studio.can_train is None


def test_the_page_lists_what_is_inside_with_shapes_and_cost(window: Window) -> None:
    card = residual(window)
    said = words(page(window))
    shape = str(window.studio.inference.output(window.studio.graph.nodes[card]))
    assert "INSIDE: 6 LAYERS" in said
    assert {"Batch norm", "Add", "ReLU"} <= set(said)
    assert said.count(shape) >= 6
    assert any("parameters in all 6 layers" in one for one in said)
    assert any(one.endswith(" MACs") for one in said)
    assert any("Deep Residual Learning" in one for one in said)
    assert page(window).accessibleName() is not None


def test_open_and_ungroup_are_buttons(window: Window) -> None:
    card = residual(window)
    press(window, "open")
    assert window.canvas.commands.levels.path == (card,)
    QTest.keyClick(window.canvas, Qt.Key.Key_Up, ALT)
    assert window.canvas.selection == (card,)
    press(window, "ungroup")
    assert card not in window.studio.graph.nodes
    assert window.stack.undoText() == "Ungroup residual1"


def test_inner_settings_are_shown_on_the_card_and_taken_off(window: Window) -> None:
    group(window, "conv1", "pool1", name="features")
    (card,) = window.canvas.selection
    press(window, "open")
    click_card(window, "conv1")
    before = window.studio.graph
    choose(menu_for(window, "kernel"), "Show on the block's card")
    assert block(window, card).parameters["kernel"] == (("conv1", "kernel"),)
    assert window.stack.undoText() == "Show conv1 kernel on the card of features"
    choose(menu_for(window, "filters"), "Take off the block's card")
    assert "filters" not in block(window, card).parameters
    window.stack.undo()
    window.stack.undo()
    assert window.studio.graph == before
    window.stack.redo()
    QTest.keyClick(window.canvas, Qt.Key.Key_Up, ALT)
    assert list(page(window).form.rows) == ["filters", "kernel", "repeat"]
    retype(field(window, "kernel"), "3x3")
    assert block(window, card).values["kernel"] == [3, 3]


@pytest.mark.parametrize("name", ["bias", "activation"])
def test_boxes_and_choices_have_the_menu_too(window: Window, name: str) -> None:
    group(window, "conv1", "pool1")
    (card,) = window.canvas.selection
    press(window, "open")
    window.canvas.select(("conv1",))
    choose(menu_for(window, name), "Show on the block's card")
    assert block(window, card).parameters[name] == (("conv1", name),)
    QTest.keyClick(window.canvas, Qt.Key.Key_Up, ALT)
    assert isinstance(field(window, name), QCheckBox) == (name == "bias")


def test_outside_of_blocks_the_menu_only_resets(window: Window) -> None:
    click_card(window, "conv1")
    menu = menu_for(window, "filters")
    texts = [one.text() for one in menu.actions()]
    assert "Reset to default" in texts
    assert not any("card" in one for one in texts)
    menu.close()
    row = page(window).form.rows["filters"]
    assert isinstance(row, Row)


def test_what_follows_the_card_shows_its_value_inside_and_is_refused(window: Window) -> None:
    card = residual(window)
    width = block(window, card).values["filters"]
    press(window, "open")
    first = next(iter(window.canvas.drawing.graph.nodes))
    window.canvas.select((first,))
    assert field(window, "filters").text() == str(width)  # type: ignore[attr-defined]
    retype(field(window, "filters"), "3")
    assert "change it at the card of 'residual1'" in page(window).form.rows["filters"].complaint()


def test_blocks_share_what_their_cards_show(window: Window) -> None:
    first = residual(window)
    window.add_layer("block:residual")
    (second,) = window.canvas.selection
    window.canvas.select((first, second))
    many = window.inspector.page
    assert isinstance(many, ManyPage)
    assert list(many.form.rows) == ["filters", "repeat"]
    retype(many.form.field("repeat").control, "2")
    assert (block(window, first).repeat, block(window, second).repeat) == (2, 2)


def test_control_k_leads_to_a_setting_of_a_block(window: Window) -> None:
    residual(window)
    found = {entry.text: entry for entry in entries(window)}
    width = field(window, "filters").text()  # type: ignore[attr-defined]
    assert found["residual1: Filters"].hint == width
    found["residual1: Filters"].run()
    assert QApplication.focusWidget() is field(window, "filters")


def test_cards_are_grouped_inside_a_block_too(window: Window) -> None:
    card = residual(window)
    before = window.studio.graph
    press(window, "open")
    inner = list(window.canvas.drawing.graph.nodes)
    group(window, *inner[:2], name="first")
    (nested,) = window.canvas.selection
    assert window.studio.can_train is None, window.studio.can_train
    press(window, "open")
    assert window.canvas.commands.levels.path == (card, nested)
    names = [one.text() for one in window.canvas.breadcrumb.findChildren(QToolButton)]
    assert names[-3:] == ["Network", "residual1", "first"]
    QTest.keyClick(window.canvas, Qt.Key.Key_Up, ALT)
    QTest.keyClick(window.canvas, Qt.Key.Key_G, CTRL | SHIFT)
    assert window.studio.can_train is None, window.studio.can_train
    while window.stack.undoText() != "Add residual1":
        window.stack.undo()
    assert window.studio.graph == before
