"""The dotted ground of the canvas, and the invitation on an empty one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPixmap

from nnstudio.gui.canvas import metrics
from nnstudio.gui.canvas.ink import Ink

if TYPE_CHECKING:
    from nnstudio.gui.canvas.canvas import Canvas

_MIN_STEP_PX = 15.0
_INVITATION = (
    "Drag layers here from the left",
    "or double-click to choose one · letters add layers: D Dense, C Conv, R ReLU",
)


class Background:
    """Paints the ground; the dots are kept as one picture, for only their offset moves in a pan."""

    def __init__(self) -> None:
        self._picture = QPixmap()
        self._made_for: tuple[float, ...] = ()

    def forget(self) -> None:
        """Make the dots anew, in other colours."""
        self._made_for = ()

    def paint(self, painter: QPainter, canvas: Canvas, ink: Ink) -> None:
        """Paint the ground of a canvas."""
        scale = canvas.transform().m11()
        step = metrics.DOT_STEP * scale
        while step < _MIN_STEP_PX:
            step *= 2
        self._make(canvas, step, ink)
        origin = canvas.viewportTransform().map(QPointF(0, 0))
        painter.save()
        painter.resetTransform()
        painter.drawPixmap(
            QPointF(origin.x() % step - step, origin.y() % step - step), self._picture
        )
        painter.restore()

    def _make(self, canvas: Canvas, step: float, ink: Ink) -> None:
        size, ratio = canvas.viewport().size(), canvas.devicePixelRatioF()
        width, height = size.width() + 2 * step, size.height() + 2 * step
        wanted = (float(size.width()), float(size.height()), ratio, step)
        if wanted == self._made_for:
            return
        self._made_for = wanted
        self._picture = QPixmap(int(width * ratio), int(height * ratio))
        self._picture.setDevicePixelRatio(ratio)
        self._picture.fill(ink.canvas)
        row = _row_of_dots(width, step, ratio, ink)
        painter = QPainter(self._picture)
        for line in range(int(height / step) + 1):
            painter.drawPixmap(QPointF(0, round(line * step * ratio) / ratio), row)
        painter.end()

    def paint_invitation(self, painter: QPainter, canvas: Canvas, ink: Ink) -> None:
        """Say on an empty canvas how to begin."""
        painter.save()
        painter.resetTransform()
        centre = QPointF(canvas.viewport().rect().center())
        for line, (text, size) in enumerate(zip(_INVITATION, (16, 12), strict=True)):
            painter.setFont(metrics.font(size, 600 if line == 0 else 400))
            painter.setPen(ink.text if line == 0 else ink.dim)
            width = painter.fontMetrics().horizontalAdvance(text)
            painter.drawText(centre + QPointF(-width / 2, line * 24.0), text)
        painter.restore()

    def paint_focus_ring(self, painter: QPainter, canvas: Canvas, ink: Ink) -> None:
        """Show that keys now speak to the canvas."""
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(ink.accent, 1.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(canvas.viewport().rect().adjusted(0, 0, -1, -1))
        painter.restore()


def _row_of_dots(width: float, step: float, ratio: float, ink: Ink) -> QPixmap:
    """Give one row; to copy it is much quicker than to paint thousands of soft dots."""
    row = QPixmap(int(width * ratio), math.ceil(3 * ratio))
    row.setDevicePixelRatio(ratio)
    row.fill(ink.canvas)
    painter = QPainter(row)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink.dot)
    painter.drawRects([QRectF(x * step - 0.8, 0.2, 1.6, 1.6) for x in range(int(width / step) + 1)])
    painter.end()
    return row
