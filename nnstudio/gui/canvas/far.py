"""The network seen from afar: coloured blocks and straight lines, kept until something changes.

To make a thousand rectangles and as many lines takes 5 ms in Python, to draw them 1 ms.
"""

from __future__ import annotations

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from nnstudio.gui.canvas.drawing import Drawing
from nnstudio.gui.canvas.ink import Ink, with_alpha
from nnstudio.gui.canvas.look import worst_by_node


class FarView:
    """Rectangles by category and lines by state of one drawing."""

    def __init__(self) -> None:
        self._version = self._placed = -1
        self._areas: dict[str, list[QRectF]] = {}
        self._broken: list[QRectF] = []
        self._lines: list[QLineF] = []
        self._bad: list[QLineF] = []

    def areas(self, drawing: Drawing) -> dict[str, list[QRectF]]:
        """Give the rectangles of all cards by category."""
        self._look(drawing)
        return self._areas

    def broken(self, drawing: Drawing) -> list[QRectF]:
        """Give the rectangles of the cards that show an error."""
        self._look(drawing)
        return self._broken

    def paint_lines(self, painter: QPainter, drawing: Drawing, ink: Ink) -> None:
        """Paint all links as straight lines."""
        self._look(drawing)
        draw_lines(painter, self._lines, ink, "rest")
        draw_lines(painter, self._bad, ink, "bad")

    def paint_blocks(self, painter: QPainter, drawing: Drawing, ink: Ink) -> None:
        """Paint all cards as coloured blocks, and a frame around those with an error."""
        self._look(drawing)
        painter.setPen(Qt.PenStyle.NoPen)
        for category, areas in self._areas.items():
            painter.setBrush(with_alpha(ink.category(category).color().name(), 0.72))
            painter.drawRects(areas)
        frame_areas(painter, self._broken, QPen(ink.error, 2.0))

    def _look(self, drawing: Drawing) -> None:
        """Bring the lists up to date."""
        if self._version == drawing.version:
            return
        self._version = drawing.version
        worst, cards = worst_by_node(drawing.inference), drawing.cards
        suspects = [*worst, *(one for one, card in cards.items() if card.health)]
        self._broken = [
            cards[one].rect for one in suspects if one in cards and cards[one].light == "error"
        ]
        wires = drawing.wires.values()
        self._bad = [QLineF(*wire.start, *wire.end) for wire in wires if wire.bad]
        if self._placed != drawing.placed:
            self._placed = drawing.placed
            self._lines = [QLineF(*wire.start, *wire.end) for wire in wires]
            self._areas = {}
            for card in cards.values():
                self._areas.setdefault(card.node.layer.category, []).append(card.rect)


def draw_lines(painter: QPainter, lines: list[QLineF], ink: Ink, state: str) -> None:
    """Draw lines one pixel wide at every scale."""
    pen = QPen(ink.link(1.0, state))
    pen.setCosmetic(True)
    painter.setPen(pen)
    painter.drawLines(lines)


def frame_areas(painter: QPainter, areas: list[QRectF], pen: QPen) -> None:
    """Draw frames around blocks, equally wide at every scale."""
    pen.setCosmetic(True)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for area in areas:
        painter.drawRect(area.adjusted(-8, -8, 8, 8))
