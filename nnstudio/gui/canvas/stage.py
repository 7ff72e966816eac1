"""What shows besides the graph: selection, hover, drafts, guides; and what is at a point."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath, QPainterPathStroker

from nnstudio.graph.model import Edge, PortRef
from nnstudio.graph.problems import Repair
from nnstudio.gui.canvas import bubbles, metrics
from nnstudio.gui.canvas.bubbles import Bubble
from nnstudio.gui.canvas.doors import Door, placed
from nnstudio.gui.canvas.drawing import Card, Drawing
from nnstudio.gui.canvas.far import FarView
from nnstudio.gui.canvas.ink import Ink
from nnstudio.gui.canvas.paint_note import part_at

_MOST_BUBBLES = 40  # a net in which more is wrong is read in the list of problems

PortState = Literal["rest", "fits", "target", "refused"]


@dataclass(frozen=True, slots=True)
class Hit:
    """What is at a point; everything empty for the bare canvas.

    Attributes:
        node: The card, also where one of its ports is hit.
        port: The port.
        is_output: Whether that port gives.
        edge: The link.
        bubble: The problem bubble.
        repair: The repair in the bubble.
        note: The note or frame.
        part: Which part of it, "body" or "corner".
    """

    node: str = ""
    port: PortRef | None = None
    is_output: bool = False
    edge: Edge | None = None
    bubble: Bubble | None = None
    repair: Repair | None = None
    note: str = ""
    part: str = ""


NOTHING = Hit()


class Eye(Protocol):
    """From where the canvas is seen."""

    @property
    def scale(self) -> float:
        """Pixels a canvas unit."""
        ...

    def visible(self) -> QRectF:
        """Give the part of the canvas that shows."""
        ...


@dataclass(slots=True)
class Stage:
    """Everything the layers paint."""

    drawing: Drawing
    ink: Ink
    selected: dict[str, None] = field(default_factory=dict)
    selected_links: set[Edge] = field(default_factory=set)
    selected_notes: set[str] = field(default_factory=set)
    hover: Hit = NOTHING
    bubbles: list[Bubble] = field(default_factory=list)
    ports: dict[PortRef, PortState] = field(default_factory=dict)
    ports_give: bool = False
    draft: QPainterPath | None = None
    draft_refused: bool = False
    hidden: Edge | None = None
    zooming: bool = False
    bare: bool = False
    doors: tuple[Door, ...] = ()
    splice: Edge | None = None
    guides: list[tuple[QPointF, QPointF]] = field(default_factory=list)
    ghosts: frozenset[str] = frozenset()
    ghost_card: QRectF | None = None
    ghost_category: str = "shape"
    band: QRectF | None = None
    by_keys: bool = False
    far: FarView = field(default_factory=FarView)
    eye: Eye | None = None

    def show_doors(self, doors: tuple[Door, ...]) -> None:
        """Show where the block that one has entered meets the outside."""
        self.doors = doors
        self.drawing.outside = tuple(one.area for one in placed(self.drawing, doors))

    def arrange_bubbles(self) -> None:
        """Place bubbles for all errors, and for lesser problems of the cards one looks at.

        From afar only those of the cards one looks at show, or a single error, in a size that can
        be read.
        """
        if self.eye is None:
            self.bubbles = bubbles.arrange(self.drawing, self._troubled(from_afar=False))
            return
        scale = self.eye.scale
        wanted = self._troubled(from_afar=scale < metrics.FULL_SCALE)
        size = bubbles.readable(scale)
        self.bubbles = bubbles.arrange(self.drawing, wanted, size, self.eye.visible())

    def _troubled(self, *, from_afar: bool) -> list[str]:
        """List the cards whose problems are told."""
        cards = self.drawing.cards
        watched = [self.hover.node, *self.selected]
        if from_afar:  # only the last of the selected cards, to which keys speak
            watched = [self.hover.node, *list(self.selected)[-1:]]
        if self.hover.bubble is not None:
            watched.append(self.hover.bubble.problem.node)
        errors = [
            node
            for node, card in cards.items()
            if card.problem is not None and card.problem.severity == "error"
        ]
        looked_at = set(watched)
        if not from_afar or len(errors) == 1:  # a single one has room even from afar
            looked_at.update(errors)
        told = [node for node, card in cards.items() if card.problem and node in looked_at]
        if len(told) > _MOST_BUBBLES:
            told = [*told[:_MOST_BUBBLES], *(one for one in told if one in watched)]
        return list(dict.fromkeys(told))

    def hit(self, x: float, y: float, scale: float) -> Hit:
        """Say what is at a point of the canvas, seen at a scale."""
        for bubble in reversed(self.bubbles):
            if bubble.area.contains(x, y):
                return Hit(bubble=bubble, repair=bubble.repair_at(x, y))
        port = self.port_at(x, y, scale)
        if port is not None:
            return port
        card = self.card_at(x, y)
        if card is not None:
            return Hit(node=card.node.id)
        edge = self.link_at(x, y, scale)
        if edge is not None:
            return Hit(edge=edge)
        kept = self._kept_bubble(x, y)
        return self._note_at(x, y, scale) if kept == NOTHING else kept

    def _note_at(self, x: float, y: float, scale: float) -> Hit:
        """Give the uppermost note at a point."""
        for note in reversed(self.drawing.notes.values()):
            part = part_at(note, x, y, scale)
            if part:
                return Hit(note=note.id, part=part)
        return NOTHING

    def _kept_bubble(self, x: float, y: float) -> Hit:
        """Keep a bubble open while the pointer crosses the gap between its card and it."""
        for bubble in self.bubbles:
            card = self.drawing.cards.get(bubble.problem.node)
            bridge = bubble.reach()
            if card is not None and bridge.intersects(card.rect) and bridge.contains(x, y):
                return Hit(bubble=bubble)
        return NOTHING

    def card_at(self, x: float, y: float) -> Card | None:
        """Give the uppermost card at a point."""
        below = self.drawing.visible(x, y, x, y)
        below.sort(key=lambda card: card.node.id in self.selected)  # these are painted on top
        for card in reversed(below):
            if 0 <= x - card.x <= metrics.CARD_WIDTH and 0 <= y - card.y <= card.height:
                return card
        return None

    def port_at(self, x: float, y: float, scale: float) -> Hit | None:
        """Give the nearest port within reach; inside a card the reach is shorter."""
        if scale < metrics.TITLE_SCALE:
            return None
        reach = metrics.PORT_REACH_PX / max(scale, 0.7)
        best, found = reach, None
        for card in self.drawing.visible(x - reach, y - reach, x + reach, y + reach):
            for is_output in (True, False):
                layer = card.node.layer
                for port in layer.outputs if is_output else layer.inputs:
                    at = card.output_at(port.name) if is_output else card.input_at(port.name)
                    away = max(abs(at[0] - x), abs(at[1] - y))
                    if away < best:
                        best = away
                        ref = PortRef(card.node.id, port.name)
                        found = Hit(node=card.node.id, port=ref, is_output=is_output)
        return found

    def link_at(self, x: float, y: float, scale: float) -> Edge | None:
        """Give the link that passes at a point."""
        reach = metrics.LINK_REACH_PX / scale
        box = QRectF(x - reach, y - reach, 2 * reach, 2 * reach)
        for wire in reversed(self.drawing.visible_wires(x, y, x, y)):
            path = self.drawing.path(wire)
            if not path.controlPointRect().adjusted(-reach, -reach, reach, reach).contains(x, y):
                continue
            if _touches(path, box):
                return wire.edge
        return None


def _touches(path: QPainterPath, box: QRectF) -> bool:
    stroker = QPainterPathStroker()
    stroker.setWidth(box.width())
    return stroker.createStroke(path).contains(box.center())
