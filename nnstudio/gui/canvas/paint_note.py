"""Painting of notes and frames, below the links and cards."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from nnstudio.graph.notes import Note
from nnstudio.gui.canvas import metrics
from nnstudio.gui.canvas.arrange import FRAME_TITLE
from nnstudio.gui.canvas.ink import Ink, with_alpha

CORNER = 14.0  # the corner by which a note is made larger, in canvas units


def note_rect(note: Note) -> QRectF:
    """Give the rectangle of a note."""
    return QRectF(*note.area)


def part_at(note: Note, x: float, y: float, scale: float) -> str:
    """Say which part of a note is at a point: "corner", "body", or "" for none.

    The inside of a frame belongs to the cards; it is held by its title and its rim.
    """
    area, rim = note_rect(note), 6.0 / scale
    if not area.adjusted(-rim, -rim, rim, rim).contains(x, y):
        return ""
    if x > area.right() - CORNER and y > area.bottom() - CORNER:
        return "corner"
    if not note.frame:
        return "body" if area.contains(x, y) else ""
    inner = area.adjusted(rim, FRAME_TITLE, -rim, -rim)
    return "" if inner.contains(x, y) else "body"


def paint_note(painter: QPainter, note: Note, ink: Ink, selected: bool) -> None:
    """Paint one note."""
    colour, area = ink.note(note.colour), note_rect(note)
    painter.setBrush(with_alpha(colour, 0.07 if note.frame else 0.24))
    rim = QPen(with_alpha(colour, 0.55), 1.2)
    painter.setPen(QPen(ink.accent, 2.0) if selected else rim)
    painter.drawRoundedRect(area, 8.0, 8.0)
    if note.frame:
        band = QRectF(area.x(), area.y(), area.width(), FRAME_TITLE)
        painter.setFont(metrics.font(13, 600))
        painter.setPen(ink.text)
        line = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        painter.drawText(band.adjusted(12, 4, -12, 0), line, note.text or "Frame")
    else:
        _paint_text(painter, note, area, ink)
    painter.setPen(QPen(with_alpha(colour, 0.8), 1.4))
    for step in (4.0, 8.0):
        corner = area.bottomRight() - QPointF(3, 3)
        painter.drawLine(corner - QPointF(step, 0), corner - QPointF(0, step))


def _paint_text(painter: QPainter, note: Note, area: QRectF, ink: Ink) -> None:
    painter.save()
    painter.setClipRect(area.adjusted(4, 4, -4, -4))
    painter.setFont(metrics.font(12))
    painter.setPen(ink.text if note.text else ink.dim)
    wrapped = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft
    painter.drawText(area.adjusted(10, 8, -10, -8), wrapped, note.text or "Note")
    painter.restore()
