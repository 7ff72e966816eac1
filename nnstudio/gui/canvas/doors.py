"""Where a block that one has entered meets the outside: one tag for each port of its card."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath

from nnstudio.graph.infer import Inference
from nnstudio.graph.model import Graph, Node, PortRef
from nnstudio.graph.types import TensorType
from nnstudio.gui.canvas import metrics
from nnstudio.gui.canvas.drawing import Drawing
from nnstudio.gui.canvas.ink import Ink
from nnstudio.gui.canvas.look import link_width

WIDTH, HEIGHT = 116.0, 34.0
AWAY = 52.0  # from the outermost cards
STEP = HEIGHT + 14.0


@dataclass(frozen=True, slots=True)
class Door:
    """One port of the block's card, seen from inside.

    Attributes:
        gives: Whether it gives to the inner cards, being an input of the block.
        text: Where it leads: "from pool1", "to add1".
        kind: What passes, where that is known.
        refs: The inner ports it is linked to.
    """

    gives: bool
    text: str
    kind: TensorType | None
    refs: tuple[PortRef, ...]


def doors_of(card: Node, around: Graph, inference: Inference) -> tuple[Door, ...]:
    """Give the doors of a block.

    Args:
        card: The block.
        around: The graph in which it stands.
        inference: What is known about that graph.
    """
    block = card.block
    if block is None:
        return ()
    found = []
    for port, refs in block.inputs.items():
        src = next((one.src for one in around.incoming(card.id) if one.dst.port == port), None)
        text = "nothing yet" if src is None else f"from {around.nodes[src.node].label}"
        found.append(Door(True, text, inference.types.get(src) if src else None, refs))
    for port, ref in block.outputs.items():
        takers = [one for one in around.outgoing(card.id) if one.src.port == port]
        names = [around.nodes[one.dst.node].label for one in takers]
        text = f"to {names[0]}" if names else "not used"
        text += f" +{len(names) - 1}" if len(names) > 1 else ""
        kind = inference.types.get(PortRef(card.id, port))
        found.append(Door(False, text, kind, (ref,)))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Placed:
    """A door with its place on the canvas."""

    door: Door
    area: QRectF
    ends: tuple[tuple[float, float], ...]


def placed(drawing: Drawing, doors: tuple[Door, ...]) -> Iterator[Placed]:
    """Put the doors beside the cards: inputs at the left, outputs at the right."""
    if not drawing.cards:
        return
    left = min(card.x for card in drawing.cards.values()) - AWAY - WIDTH
    right = max(card.x for card in drawing.cards.values()) + metrics.CARD_WIDTH + AWAY
    lowest = {True: float("-inf"), False: float("-inf")}
    for door in doors:
        ends = tuple(_end(drawing, door, ref) for ref in door.refs if ref.node in drawing.cards)
        wanted = (ends[0][1] if ends else 0.0) - HEIGHT / 2
        y = max(wanted, lowest[door.gives])
        lowest[door.gives] = y + STEP
        yield Placed(door, QRectF(left if door.gives else right, y, WIDTH, HEIGHT), ends)


def _end(drawing: Drawing, door: Door, ref: PortRef) -> tuple[float, float]:
    card = drawing.cards[ref.node]
    return card.input_at(ref.port) if door.gives else card.output_at(ref.port)


def paint_door(painter: QPainter, one: Placed, ink: Ink) -> None:
    """Paint a door and its links."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(ink.link(link_width(one.door.kind), "rest"))
    side = one.area.right() if one.door.gives else one.area.left()
    for end in one.ends:
        painter.drawPath(_way(QPointF(side, one.area.center().y()), QPointF(*end)))
    painter.setPen(ink.border_dashed)
    painter.setBrush(ink.card)
    painter.drawRoundedRect(one.area, HEIGHT / 2, HEIGHT / 2)
    words = metrics.text_metrics(11, 500)
    text = words.elidedText(one.door.text, Qt.TextElideMode.ElideRight, int(WIDTH - 20))
    painter.setFont(metrics.font(11, 500))
    painter.setPen(ink.text)
    shape = "" if one.door.kind is None else str(one.door.kind)
    half = one.area.height() / 2 if shape else one.area.height()
    upper = QRectF(one.area.x(), one.area.y() + 2, WIDTH, half)
    painter.drawText(upper, Qt.AlignmentFlag.AlignCenter, text)
    painter.setFont(metrics.mono(10))
    painter.setPen(ink.dim)
    painter.drawText(upper.translated(0, half - 3), Qt.AlignmentFlag.AlignCenter, shape)


def _way(start: QPointF, end: QPointF) -> QPainterPath:
    """Give a link's path; one that passes cards swings out below them."""
    path = QPainterPath(start)
    far = abs(end.x() - start.x()) > 2 * AWAY + metrics.CARD_WIDTH
    drop = metrics.CARD_HEIGHT if far else 0.0
    bend = max(24.0, abs(end.x() - start.x()) / 3)
    way = 1.0 if end.x() > start.x() else -1.0
    path.cubicTo(
        QPointF(start.x() + way * bend, start.y() + drop * 1.6),
        QPointF(end.x() - way * bend, end.y() + drop * 1.6),
        end,
    )
    return path
