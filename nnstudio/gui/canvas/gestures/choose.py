"""Which gesture begins where the left button is pressed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent

from nnstudio.graph.model import PortRef
from nnstudio.gui.canvas.gestures.band import RubberBand
from nnstudio.gui.canvas.gestures.base import Gesture
from nnstudio.gui.canvas.gestures.cards import DragCards
from nnstudio.gui.canvas.gestures.link import DrawLink
from nnstudio.gui.canvas.gestures.notes import DragNote
from nnstudio.gui.canvas.gestures.repair import PressRepair

if TYPE_CHECKING:
    from nnstudio.gui.canvas.canvas import Canvas
    from nnstudio.gui.canvas.stage import Hit


def gesture_for(canvas: Canvas, hit: Hit, event: QMouseEvent) -> Gesture | None:
    """Begin what a press of the left button on something means."""
    at, keys = event.position(), event.modifiers()
    if hit.repair is not None:
        return PressRepair(canvas, hit.repair)
    if hit.bubble is not None:
        return None
    if hit.node and keys & Qt.KeyboardModifier.ShiftModifier:
        canvas.commands.link_selection_to(hit.node, at)
        return None
    if hit.node and keys & Qt.KeyboardModifier.ControlModifier:
        toggled = dict.fromkeys(canvas.selection)
        if toggled.pop(hit.node, "absent") == "absent":
            toggled[hit.node] = None
        canvas.set_selection(toggled)
        return None
    if hit.port is not None:
        return _from_port(canvas, hit.port, hit.is_output, event)
    if hit.node:
        return DragCards(canvas, at, hit.node)
    if hit.edge is not None:
        canvas.set_selection(())
        canvas.stage.selected_links = {hit.edge}
        canvas.refresh()
        return None
    if hit.note:
        return DragNote(canvas, at, hit.note, by_corner=hit.part == "corner")
    add = keys & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    return RubberBand(canvas, at, bool(add))


def _from_port(canvas: Canvas, port: PortRef, gives: bool, event: QMouseEvent) -> Gesture:
    """Draw a link from a port; at an input that has its one link, pick that up."""
    if not gives:
        graph = canvas.drawing.graph
        takes = next(one for one in graph.nodes[port.node].layer.inputs if one.name == port.port)
        linked = [edge for edge in graph.incoming(port.node) if edge.dst == port]
        if linked and not takes.many:
            return DrawLink(canvas, event.position(), linked[0].src, True, linked[0])
    return DrawLink(canvas, event.position(), port, gives)
