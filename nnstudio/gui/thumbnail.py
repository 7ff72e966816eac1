"""A network as a small picture: its cards as blocks of colour, its links as lines."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

from nnstudio.graph.model import Graph
from nnstudio.gui.canvas.metrics import CARD_HEIGHT, CARD_WIDTH
from nnstudio.gui.theme import Colours

MARGIN_PX = 12.0
LARGEST_SCALE = 0.22
RADIUS_PX = 2.5
STUB_PX = 4.0


def thumbnail(graph: Graph, colours: Colours, size: QSize, ratio: float) -> QPixmap:
    """Draw a network.

    Args:
        graph: The network, with its layout.
        colours: The theme's.
        size: Of the picture, in logical pixels.
        ratio: Device pixels for each of them.
    """
    picture = QPixmap(size * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(QColor(colours.canvas))
    if not graph.nodes:
        return picture
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    places = _places(graph, size)
    line = QPen(QColor(colours.link), 1.0)
    painter.setPen(line)
    for edge in graph.edges:
        painter.drawPolyline(_way(places[edge.src.node], places[edge.dst.node]))
    painter.setPen(Qt.PenStyle.NoPen)
    for node in graph.nodes.values():
        painter.setBrush(QColor(colours.category(node.layer.category)))
        painter.drawRoundedRect(places[node.id], RADIUS_PX, RADIUS_PX)
    painter.end()
    return picture


def _way(start: QRectF, end: QRectF) -> list[QPointF]:
    """Give a link's way: straight on, or, where a row wraps, between the rows and back."""
    out, into = QPointF(start.right(), start.center().y()), QPointF(end.left(), end.center().y())
    if into.x() >= out.x():
        return [out, into]
    right, left, between = out.x() + STUB_PX, into.x() - STUB_PX, (start.bottom() + end.top()) / 2
    turns = ((right, out.y()), (right, between), (left, between), (left, into.y()))
    return [out, *(QPointF(x, y) for x, y in turns), into]


def _places(graph: Graph, size: QSize) -> dict[str, QRectF]:
    """Give each card's rectangle in the picture, the whole in its middle."""
    xs = [node.pos[0] for node in graph.nodes.values()]
    ys = [node.pos[1] for node in graph.nodes.values()]
    wide, high = max(xs) - min(xs) + CARD_WIDTH, max(ys) - min(ys) + CARD_HEIGHT
    room_x, room_y = size.width() - 2 * MARGIN_PX, size.height() - 2 * MARGIN_PX
    scale = min(room_x / wide, room_y / high, LARGEST_SCALE)
    left, top = (size.width() - wide * scale) / 2, (size.height() - high * scale) / 2
    return {
        node.id: QRectF(
            left + (node.pos[0] - min(xs)) * scale,
            top + (node.pos[1] - min(ys)) * scale,
            max(CARD_WIDTH * scale, 2.0),
            max(CARD_HEIGHT * scale, 2.0),
        )
        for node in graph.nodes.values()
    }
