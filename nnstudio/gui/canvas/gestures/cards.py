"""Dragging cards; one Move at the end, and a loose card dropped on a link is spliced into it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QPointF, Qt

from nnstudio.graph.edits import Move
from nnstudio.graph.model import Edge
from nnstudio.gui.canvas import metrics
from nnstudio.gui.canvas.drawing import corners
from nnstudio.gui.canvas.gestures.base import Keys
from nnstudio.gui.canvas.intents import splice_existing
from nnstudio.gui.canvas.snapping import snap

if TYPE_CHECKING:
    from nnstudio.gui.canvas.canvas import Canvas


class DragCards:
    """Moves the pressed card with all selected ones; a press without a move only selects."""

    pans_at_edge: ClassVar[bool] = True

    def __init__(self, canvas: Canvas, at: QPointF, node: str) -> None:
        self._canvas = canvas
        self._pressed_at = at
        self._pressed = canvas.scene_point(at)
        self._node = node
        self._was_selected = node in canvas.selection
        if not self._was_selected:
            canvas.set_selection((node,))
        cards = canvas.drawing.cards
        self._starts = {one: (cards[one].x, cards[one].y) for one in canvas.selection}
        self._moved = False

    def move(self, at: QPointF, keys: Keys) -> None:
        """See `Gesture`; Alt switches snapping off."""
        way = at - self._pressed_at
        if not self._moved and way.manhattanLength() < metrics.DRAG_START_PX:
            return
        self._moved = True
        canvas = self._canvas
        x, y = canvas.scene_point(at)
        dx, dy = x - self._pressed[0], y - self._pressed[1]
        self._place(dx, dy)
        canvas.stage.guides = []
        if not keys & Qt.KeyboardModifier.AltModifier:
            self._snap(dx, dy)
        canvas.stage.ghosts = frozenset(self._starts)
        canvas.stage.splice = self._link_below(at)
        canvas.stage.arrange_bubbles()
        canvas.refresh()

    def _place(self, dx: float, dy: float) -> None:
        self._canvas.drawing.place({one: (x + dx, y + dy) for one, (x, y) in self._starts.items()})

    def _snap(self, dx: float, dy: float) -> None:
        canvas = self._canvas
        moving = canvas.drawing.bounds(self._starts)
        seen = canvas.camera.visible()
        others = [
            card.rect
            for card in canvas.drawing.visible(*corners(seen))
            if card.node.id not in self._starts
        ]
        found = snap(moving, others, metrics.SNAP_PX / canvas.camera.scale)
        canvas.stage.guides = found.guides
        self._place(dx + found.shift[0], dy + found.shift[1])

    def _link_below(self, at: QPointF) -> Edge | None:
        """Give the link under a dragged loose card that could take it in."""
        canvas = self._canvas
        if len(self._starts) != 1:
            return None
        layer = canvas.drawing.graph.nodes[self._node].layer
        linked = canvas.drawing.graph.incoming(self._node) or canvas.drawing.graph.outgoing(
            self._node
        )
        if linked or not layer.inputs or not layer.outputs:
            return None
        return canvas.stage.link_at(*canvas.scene_point(at), canvas.camera.scale / 3)

    def finish(self, at: QPointF, keys: Keys) -> None:
        """See `Gesture`."""
        canvas, splice = self._canvas, self._canvas.stage.splice
        if not self._moved:
            if self._was_selected and len(self._starts) > 1:
                canvas.set_selection((self._node,))
            return
        cards = canvas.drawing.cards
        places = {
            one: (round(cards[one].x, 1), round(cards[one].y, 1))
            for one, start in self._starts.items()
            if (cards[one].x, cards[one].y) != start
        }
        self._clear()
        if places:
            edit = Move(places)
            if splice is not None:
                canvas.want(splice_existing(canvas.drawing.graph, splice, self._node, edit))
            else:
                canvas.want(edit)
        canvas.drawing.put_back()
        canvas.stage.arrange_bubbles()
        canvas.refresh()

    def cancel(self) -> None:
        """See `Gesture`."""
        self._clear()
        self._canvas.drawing.put_back()
        self._canvas.stage.arrange_bubbles()
        self._canvas.refresh()

    def _clear(self) -> None:
        stage = self._canvas.stage
        stage.guides, stage.ghosts, stage.splice = [], frozenset(), None
