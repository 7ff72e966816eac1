"""The small map in the corner: the whole network, and the part of it that shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from nnstudio.gui.canvas.ink import with_alpha

if TYPE_CHECKING:
    from nnstudio.gui.canvas.canvas import Canvas

_WIDTH, _HEIGHT, _MARGIN = 168, 104, 12


class MiniMap(QWidget):
    """Shows only while part of the network is out of sight; press or drag to go there."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.setAccessibleName("Map of the network")
        self.setToolTip("Map of the network: press to go there")
        self.resize(_WIDTH, _HEIGHT)
        self.hide()
        canvas.view_changed.connect(self.settle)

    def settle(self) -> None:
        """Take the place in the corner; show only where there is something out of sight."""
        canvas = self._canvas
        whole = canvas.drawing.bounds()
        room = canvas.size()
        roomy = room.width() > 3 * _WIDTH and room.height() > 2.4 * _HEIGHT
        wanted = roomy and not whole.isNull() and not canvas.camera.visible().contains(whole)
        self.move(room.width() - _WIDTH - _MARGIN, room.height() - _HEIGHT - _MARGIN)
        self.setVisible(wanted)
        self.update()

    def _frame(self) -> tuple[QRectF, float]:
        """Give the mapped area of the canvas and the map's scale."""
        whole = self._canvas.drawing.bounds().united(self._canvas.camera.visible())
        scale = min((_WIDTH - 12) / whole.width(), (_HEIGHT - 12) / whole.height())
        wide, high = _WIDTH / scale, _HEIGHT / scale
        centre = whole.center()
        return QRectF(centre.x() - wide / 2, centre.y() - high / 2, wide, high), scale

    def paintEvent(self, event: QPaintEvent) -> None:
        canvas, ink = self._canvas, self._canvas.stage.ink
        area, scale = self._frame()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(ink.border)
        painter.setBrush(with_alpha(ink.colours.panel, 0.92))
        painter.drawRoundedRect(QRectF(0.5, 0.5, _WIDTH - 1, _HEIGHT - 1), 6, 6)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.scale(scale, scale)
        painter.translate(-area.topLeft())
        painter.setPen(Qt.PenStyle.NoPen)
        far, drawing = canvas.stage.far, canvas.drawing
        for category, cards in far.areas(drawing).items():
            painter.setBrush(ink.category(category))
            painter.drawRects(cards)
        painter.setBrush(ink.error)
        painter.drawRects(far.broken(drawing))
        seen = QPen(ink.accent, 1.0)
        seen.setCosmetic(True)
        painter.setPen(seen)
        painter.setBrush(with_alpha(ink.colours.accent, 0.10))
        painter.drawRect(canvas.camera.visible())
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._go(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._go(event.position())

    def _go(self, at: QPointF) -> None:
        area, scale = self._frame()
        self._canvas.camera.hold()
        self._canvas.camera.centre(area.topLeft() + at / scale)
