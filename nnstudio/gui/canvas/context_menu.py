"""The menu that opens on a card, a link, a note or the empty canvas."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMenu

from nnstudio.gui.canvas.command_table import TABLE, Command

if TYPE_CHECKING:
    from nnstudio.gui.canvas.canvas import Canvas

_NOT_IN_MENU = {"Enter", "Esc", "+", "-", "N", "PgUp", "PgDown", "Shift+PgUp", "Shift+PgDown"}
_FOR_BLOCKS = {"levels.ungroup", "own.keep"}


def show(canvas: Canvas, screen: QPoint, at: QPoint) -> None:
    """Open the menu for what is at a point of the viewport."""
    hit = canvas.stage.hit(*canvas.scene_point(at), canvas.camera.scale)
    if hit.node and hit.node not in canvas.selection:
        canvas.set_selection((hit.node,))
    if hit.edge is not None:
        canvas.set_selection(())
        canvas.stage.selected_links = {hit.edge}
    commands = canvas.commands
    menu = QMenu(canvas)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.addAction("Add a layer or block…", lambda: commands.offer_layers(QPointF(at)))
    place = QPointF(*canvas.scene_point(at))
    menu.addAction("Add a note here", lambda: commands.notes.add(place))
    menu.addSeparator()
    if hit.note:
        canvas.select_note(hit.note)
        commands.notes.fill_menu(menu, hit.note)
        menu.addSeparator()
    _fill(canvas, menu, [one for one in TABLE if one.keys not in _NOT_IN_MENU])
    menu.popup(screen)


def _fill(canvas: Canvas, menu: QMenu, commands: Iterable[Command]) -> None:
    """Put commands into a menu, those of a submenu into that."""
    stage, selection = canvas.stage, canvas.selection
    something = bool(selection or stage.selected_links or stage.selected_notes)
    block = bool(selection) and canvas.drawing.graph.nodes[selection[-1]].block is not None
    inner: dict[str, QMenu] = {}
    for command in commands:
        if command.menu and command.menu not in inner:
            inner[command.menu] = menu.addMenu(command.menu)
        owner = inner.get(command.menu, menu)
        action = owner.addAction(command.name, canvas.commands.handler(command))
        action.setShortcut(QKeySequence(command.keys))
        able = block if command.method in _FOR_BLOCKS else something
        action.setEnabled(able or not command.needs_selection)
