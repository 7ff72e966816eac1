"""Drawing a link from port to port, picking one up by its end, or dropping it in empty space."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QPointF

from nnstudio.graph import linking
from nnstudio.graph.edits import Group, Unlink
from nnstudio.graph.model import Edge, PortRef
from nnstudio.gui.canvas import intents, metrics
from nnstudio.gui.canvas.cursor_note import CursorNote
from nnstudio.gui.canvas.gestures.base import Keys
from nnstudio.gui.canvas.route import Box, route
from nnstudio.gui.canvas.stage import PortState

if TYPE_CHECKING:
    from nnstudio.gui.canvas.canvas import Canvas


class DrawLink:
    """Draws a link from a port; the ports that may take it show, those that fit light up.

    Args:
        canvas: Where it happens.
        at: Where the button was pressed.
        port: The port that stays.
        gives: Whether that port is an output.
        picked: The link that was picked up by its other end, if one was.
    """

    pans_at_edge: ClassVar[bool] = True

    def __init__(
        self, canvas: Canvas, at: QPointF, port: PortRef, gives: bool, picked: Edge | None = None
    ) -> None:
        self._canvas = canvas
        self._pressed_at = at
        self._lit: dict[PortRef, PortState] = {}
        self._port = port
        self._gives = gives
        self._picked = picked
        self._moved = False
        self._target: PortRef | None = None
        self._note = CursorNote(canvas)

    def _light_up(self) -> None:
        """Light the ports that may be linked to this one."""
        canvas, graph = self._canvas, self._canvas.drawing.graph
        if self._gives:
            barred, offered = graph.upstream(self._port.node), canvas.drawing.inputs()
        else:
            barred, offered = graph.downstream(self._port.node), canvas.drawing.outputs()
        taken = {edge.dst if self._gives else edge.src for edge in self._edges_here()}
        canvas.stage.ports_give = not self._gives
        self._lit = {
            port: "fits" if self._takes(port) else "rest"
            for port, _ in offered
            if port.node not in barred and port not in taken
        }
        canvas.stage.ports = dict(self._lit)

    def _ends(self, other: PortRef) -> tuple[PortRef, PortRef]:
        return (self._port, other) if self._gives else (other, self._port)

    def _takes(self, other: PortRef) -> bool:
        drawing = self._canvas.drawing
        return intents.takes(drawing.graph, drawing.inference, *self._ends(other))

    def _edges_here(self) -> list[Edge]:
        graph = self._canvas.drawing.graph
        mine = graph.outgoing(self._port.node) if self._gives else graph.incoming(self._port.node)
        return [edge for edge in mine if edge != self._picked]

    def move(self, at: QPointF, keys: Keys) -> None:
        """See `Gesture`."""
        if not self._moved:
            if (at - self._pressed_at).manhattanLength() < metrics.DRAG_START_PX:
                return
            self._moved = True
            self._canvas.stage.hidden = self._picked
            self._light_up()
        stage, place = self._canvas.stage, self._canvas.scene_point(at)
        self._target = self._port_near(at)
        refusal = self._refusal(self._target)
        stage.ports = dict(self._lit)
        if self._target is not None:
            stage.ports[self._target] = "refused" if refusal else "target"
        stage.draft_refused = bool(refusal)
        self._note.say(refusal, at)
        self._draft(place)
        self._canvas.refresh()

    def _port_near(self, at: QPointF) -> PortRef | None:
        """Give the port of the wanted side under the pointer; a whole card stands for its port."""
        canvas = self._canvas
        x, y = canvas.scene_point(at)
        hit = canvas.stage.port_at(x, y, max(canvas.camera.scale, metrics.TITLE_SCALE))
        if hit is not None and hit.port is not None and hit.is_output != self._gives:
            return hit.port
        card = canvas.stage.card_at(x, y)
        if card is None:
            return None
        layer = card.node.layer
        ports = layer.inputs if self._gives else layer.outputs
        if not ports:
            return PortRef(card.node.id, "")
        free = [port for port in ports if PortRef(card.node.id, port.name) in canvas.stage.ports]
        return PortRef(card.node.id, (free or list(ports))[0].name)

    def _refusal(self, other: PortRef | None) -> str:
        if other is None:
            return ""
        src, dst = self._ends(other)
        if self._picked == Edge(src, dst):
            return ""
        return linking.refusal(self._canvas.drawing.graph, src, dst)

    def _draft(self, place: tuple[float, float]) -> None:
        drawing = self._canvas.drawing
        card = drawing.cards[self._port.node]
        start = card.output_at(self._port.port) if self._gives else card.input_at(self._port.port)
        end = place
        if self._target is not None and self._target.port:
            other = drawing.cards[self._target.node]
            name = self._target.port
            end = other.input_at(name) if self._gives else other.output_at(name)
        loose = Box(end[0], end[1], end[0], end[1])
        if self._gives:
            path = route(start, end, card.box, loose)
        else:
            path = route(end, start, loose, card.box)
        self._canvas.stage.draft = path

    def finish(self, at: QPointF, keys: Keys) -> None:
        """See `Gesture`."""
        if not self._moved:
            self.cancel()
            self._canvas.set_selection((self._port.node,))
            return
        target, refusal = self._target, self._refusal(self._target)
        self.cancel()
        if target is not None and refusal:
            self._canvas.message.emit(refusal)
        elif target is not None:
            self._join(target)
        elif self._picked is not None:
            self._canvas.want(Unlink(self._picked))
        elif self._canvas.viewport().rect().contains(at.toPoint()):
            self._canvas.commands.offer_layers(at, self._port, self._gives)

    def _join(self, other: PortRef) -> None:
        graph = self._canvas.drawing.graph
        src, dst = self._ends(other)
        if self._picked == Edge(src, dst):
            return
        if self._picked is None:
            self._canvas.want(linking.link(graph, src, dst))
            return
        cut = Unlink(self._picked)
        without, _ = cut.apply(graph)
        join = linking.link(without, src, dst)
        self._canvas.want(Group(join.title(graph), (cut, join)))

    def cancel(self) -> None:
        """See `Gesture`."""
        stage = self._canvas.stage
        stage.ports, stage.draft, stage.hidden, stage.draft_refused = {}, None, None, False
        self._note.hide()
        self._canvas.refresh()
