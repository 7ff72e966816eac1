"""Painting of links: their line, the data's shape on them, and the ports at their ends."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath

from nnstudio.gui.canvas import metrics
from nnstudio.gui.canvas.drawing import Drawing, Wire
from nnstudio.gui.canvas.ink import Ink
from nnstudio.gui.canvas.look import link_width


def paint_wire(painter: QPainter, drawing: Drawing, wire: Wire, ink: Ink, state: str) -> None:
    """Paint the line of one link."""
    painter.setPen(ink.link(link_width(wire.kind), state))
    painter.drawPath(drawing.path(wire))


def paint_label(painter: QPainter, path: QPainterPath, text: str, ink: Ink, scale: float) -> None:
    """Paint a text on the middle of a link, in a size that stays readable."""
    size = 1.0 / max(1.0, scale) if scale > 1 else 1.0
    middle = path.pointAtPercent(0.5)
    width = metrics.mono_metrics(11).horizontalAdvance(text) + 10
    painter.save()
    painter.translate(middle)
    painter.scale(size, size)
    area = QRectF(-width / 2, -19.0 - 4, width, 17.0)
    painter.setPen(ink.border)
    painter.setBrush(ink.chip)
    painter.drawRoundedRect(area, 4, 4)
    painter.setFont(metrics.mono(11))
    painter.setPen(ink.text)
    painter.drawText(QPointF(-width / 2 + 5, -10.4), text)
    painter.restore()


def paint_port(painter: QPainter, at: tuple[float, float], ink: Ink, state: str) -> None:
    """Paint a port in one of the states "rest", "fits", "target", "refused"."""
    radius = {"rest": 4.0, "fits": 5.5, "target": 7.5, "refused": 5.5}[state]
    pens = {
        "rest": ink.border_hover,
        "fits": ink.border_selected,
        "target": ink.border_selected,
        "refused": ink.border_error,
    }
    if state in {"fits", "target"}:
        painter.setPen(ink.glow)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QPointF(*at), radius + 1.5, radius + 1.5)
    painter.setPen(pens[state])
    painter.setBrush(ink.accent if state == "target" else ink.port)
    painter.drawEllipse(QPointF(*at), radius, radius)
