"""A small drawing of how the learning rate changes during the run."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from nnstudio.gui.field_text import to_text
from nnstudio.gui.theme import Theme
from nnstudio.train.settings import RunSettings

POINTS = 160


class SchedulePreview(QWidget):
    """Draws the factor on the learning rate over all epochs."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._settings = RunSettings()
        self.setFixedHeight(58)
        theme.changed.connect(self.update)

    def show_settings(self, settings: RunSettings) -> None:
        """Draw another schedule."""
        self._settings = settings
        first, last = (self._rate(share) for share in (0.0, 1.0))
        words = f"Learning rate from {first:.3g} to {last:.3g} in {settings.epochs} epochs"
        self.setAccessibleName(words)
        self.setToolTip(words)
        self.update()

    def _rate(self, share: float) -> float:
        run = self._settings
        return run.learning_rate * run.schedule.factor(share * run.epochs, run.epochs)

    def paintEvent(self, event: QPaintEvent) -> None:
        c = self._theme.palette()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(c.well))
        painter.drawRoundedRect(self.rect(), 6, 6)
        area = QRectF(self.rect()).adjusted(10, 10, -10, -18)
        path = self._path(area)
        painter.setPen(QPen(QColor(c.accent), 1.8))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(path)
        font = painter.font()
        font.setPixelSize(10)
        painter.setFont(font)
        painter.setPen(QColor(c.text_dim))
        foot = QRectF(10, self.height() - 16, self.width() - 20, 14)
        left = f"{to_text(float(f'{self._rate(0.0):.2g}'))} at the start"
        right = f"{to_text(float(f'{self._rate(1.0):.2g}'))} at epoch {self._settings.epochs}"
        painter.drawText(foot, Qt.AlignmentFlag.AlignLeft, left)
        painter.drawText(foot, Qt.AlignmentFlag.AlignRight, right)

    def _path(self, area: QRectF) -> QPainterPath:
        run = self._settings
        path = QPainterPath()
        for i in range(POINTS + 1):
            share = i / POINTS
            factor = run.schedule.factor(share * run.epochs, run.epochs)
            point = QPointF(
                area.left() + share * area.width(), area.bottom() - factor * area.height()
            )
            if i:
                path.lineTo(point)
            else:
                path.moveTo(point)
        return path
