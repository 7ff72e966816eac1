"""Making and cutting links with the keyboard alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeyEvent

from nnstudio.graph import linking
from nnstudio.graph.edits import Unlink
from nnstudio.graph.model import Edge, PortRef
from nnstudio.gui.canvas import intents, speech
from nnstudio.gui.canvas.gestures.base import Keys
from nnstudio.gui.canvas.route import Box, route
from nnstudio.gui.canvas.stage import NOTHING, Hit

if TYPE_CHECKING:
    from nnstudio.gui.canvas.canvas import Canvas

_NEXT = {Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Tab}
_BACK = {Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_Backtab}
_ENTER = {Qt.Key.Key_Return, Qt.Key.Key_Enter}


class KeyLink:
    """Arrows choose among the ports that fit, Enter links, Escape leaves.

    Args:
        canvas: Where it happens.
        node: The card at which the link begins, or with `gives` false ends.
        gives: Whether one of its outputs is linked.
    """

    pans_at_edge: ClassVar[bool] = False

    def __init__(self, canvas: Canvas, node: str, gives: bool) -> None:
        self._canvas = canvas
        self._gives = gives
        layer = canvas.drawing.graph.nodes[node].layer
        ports = layer.outputs if gives else layer.inputs
        self._own = [PortRef(node, port.name) for port in ports]
        self._port = 0
        self._at = 0
        self._choices: list[PortRef] = []

    def begin(self) -> bool:
        """Show the first choice; False, and why, where nothing can be linked."""
        self._look()
        if self._choices:
            return True
        side = "gives" if self._gives else "takes"
        nothing = "There is no card left that this one could be linked with."
        self._canvas.message.emit(nothing if self._own else f"That card {side} nothing.")
        return False

    def _look(self) -> None:
        """List the ports that can be linked, those that fit where there are any; show one."""
        graph, drawing = self._canvas.drawing.graph, self._canvas.drawing
        offered = drawing.inputs() if self._gives else drawing.outputs()
        near = dict(offered) if self._own else {}
        able = [port for port in near if not linking.refusal(graph, *self._ends(port))]
        fitting = [one for one in able if intents.takes(graph, drawing.inference, *self._ends(one))]
        here = drawing.cards[self._own[0].node] if self._own else None

        def far(port: PortRef) -> float:
            x, y = near[port]
            return 0.0 if here is None else abs(x - here.x) + 1.5 * abs(y - here.y)

        self._choices = sorted(fitting or able, key=far)
        self._at = 0
        self._show()

    def _ends(self, other: PortRef) -> tuple[PortRef, PortRef]:
        own = self._own[self._port]
        return (own, other) if self._gives else (other, own)

    def _show(self) -> None:
        canvas, stage, drawing = self._canvas, self._canvas.stage, self._canvas.drawing
        stage.ports = dict.fromkeys(self._choices, "fits")
        stage.ports_give = not self._gives
        if not self._choices:
            return
        other = self._choices[self._at]
        stage.ports[other] = "target"
        src, dst = self._ends(other)
        giver, taker = drawing.cards[src.node], drawing.cards[dst.node]
        start, end = giver.output_at(src.port), taker.input_at(dst.port)
        stage.draft = route(start, end, giver.box, Box(end[0], end[1], end[0], end[1]))
        canvas.camera.hold()
        canvas.camera.reveal(drawing.cards[other.node].rect)
        canvas.refresh()
        place = f"{self._at + 1} of {len(self._choices)}"
        speech.say(canvas, f"Link {giver.node.label} to {taker.node.label}, {place}. Enter links.")

    def take_key(self, event: QKeyEvent) -> bool:
        """Do what a key means here; all keys but Escape are taken."""
        key = event.key()
        if key in _NEXT or key in _BACK:
            self._at = (self._at + (1 if key in _NEXT else -1)) % len(self._choices)
            self._show()
        elif key == Qt.Key.Key_L and len(self._own) > 1:
            self._port = (self._port + 1) % len(self._own)
            self._look()
        elif key in _ENTER and self._choices:
            src, dst = self._ends(self._choices[self._at])
            self._canvas.set_gesture(None)
            edit = linking.link(self._canvas.drawing.graph, src, dst)
            self._canvas.want(edit, (dst.node,))
        return key != Qt.Key.Key_Escape

    def move(self, at: QPointF, keys: Keys) -> None:
        """See `Gesture`; the pointer has no part in it."""

    def finish(self, at: QPointF, keys: Keys) -> None:
        """See `Gesture`."""
        self.cancel()

    def cancel(self) -> None:
        """See `Gesture`."""
        self._canvas.stage.ports, self._canvas.stage.draft = {}, None
        self._canvas.refresh()


class KeyCut:
    """Arrows choose among the links of a card, Enter or Delete cuts one, Escape leaves."""

    pans_at_edge: ClassVar[bool] = False

    def __init__(self, canvas: Canvas, node: str) -> None:
        self._canvas = canvas
        graph = canvas.drawing.graph
        self._edges: list[Edge] = [*graph.outgoing(node), *graph.incoming(node)]
        self._at = 0

    def begin(self) -> bool:
        """Show the first link; False, and why, where there is none."""
        if not self._edges:
            self._canvas.message.emit("That card has no links.")
            return False
        self._show()
        return True

    def _show(self) -> None:
        canvas, edge = self._canvas, self._edges[self._at]
        canvas.stage.hover = Hit(edge=edge)
        canvas.stage.selected_links = {edge}
        nodes = canvas.drawing.graph.nodes
        canvas.refresh()
        ends = f"{nodes[edge.src.node].label} to {nodes[edge.dst.node].label}"
        place = f"{self._at + 1} of {len(self._edges)}"
        speech.say(canvas, f"Link from {ends}, {place}. Enter cuts it.")

    def take_key(self, event: QKeyEvent) -> bool:
        """Do what a key means here; all keys but Escape are taken."""
        key = event.key()
        if key in _NEXT or key in _BACK:
            self._at = (self._at + (1 if key in _NEXT else -1)) % len(self._edges)
            self._show()
        elif key in _ENTER or key in {Qt.Key.Key_Delete, Qt.Key.Key_Backspace}:
            edge = self._edges[self._at]
            self._canvas.set_gesture(None)
            self._canvas.want(Unlink(edge), self._canvas.selection)
        return key != Qt.Key.Key_Escape

    def move(self, at: QPointF, keys: Keys) -> None:
        """See `Gesture`; the pointer has no part in it."""

    def finish(self, at: QPointF, keys: Keys) -> None:
        """See `Gesture`."""
        self.cancel()

    def cancel(self) -> None:
        """See `Gesture`."""
        self._canvas.stage.selected_links = set()
        self._canvas.stage.hover = NOTHING
        self._canvas.refresh()
