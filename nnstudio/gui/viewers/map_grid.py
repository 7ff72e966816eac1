"""A grid of maps with a colour bar: values under the pointer, one map large on a click."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QToolTip

from nnstudio.gui.theme import Theme
from nnstudio.gui.viewers.shading import Scale, picture, rgb, shaded, table
from nnstudio.gui.viewers.tiles import GAP_PX, Tiling, tiling

Array = NDArray[Any]
BAR_PX, CAPTION_PX, MOST_TILES = 58, 14, 4096
BAR_HIGHEST_PX = 220


class MapGrid(QAbstractScrollArea):
    """Shows maps as tiles; arrows move between them, Enter or a click shows one large.

    Args:
        theme: For the colours.
        name: What a screen reader calls it.

    Signals:
        chosen: A tile was clicked or entered: its number.
    """

    chosen = Signal(int)

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self._theme = theme
        self._maps: Array = np.empty((0, 1, 1), np.float32)
        self._scale = Scale("grey", 0.0, 1.0)
        self._captions: Sequence[str] = ()
        self._image = QImage()
        self.current = 0
        self.zoomed = -1
        self.zooms = True
        self.has_bar = True
        self.setAccessibleName(name)
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        self.viewport().setAutoFillBackground(False)
        self.setMinimumSize(60, 40)

    @property
    def count(self) -> int:
        """How many maps show."""
        return len(self._maps)

    def show_maps(self, maps: Array, scale: Scale, captions: Sequence[str] = ()) -> None:
        """Show maps.

        Args:
            maps: (n, height, width) numbers, or (n, height, width, 3) for red, green and blue.
            scale: Which number is which colour.
            captions: Words below each map.
        """
        anew = self._maps.shape != maps.shape
        self._maps, self._scale = maps[:MOST_TILES], scale
        self._captions = captions
        self._image = self._drawn()
        if anew:
            self.zoomed = -1
            self.current = min(self.current, max(self.count - 1, 0))
            self._set_range()
        self.viewport().update()

    def _drawn(self) -> QImage:
        """Draw all maps below each other into one picture, a pixel a number."""
        count, height, width = self._maps.shape[:3]
        if not self._maps.size:
            return QImage()
        colours = (
            rgb(self._maps, self._scale)
            if self._maps.ndim == 4
            else shaded(self._maps, self._scale, dark=self._theme.palette().is_dark)
        )
        return picture(colours.reshape(count * height, width))

    def recolour(self) -> None:
        """Draw again in the theme's colours."""
        self._image = self._drawn()
        self.viewport().update()

    # Where things are

    @property
    def _room(self) -> tuple[float, float]:
        bar = BAR_PX if self._bar_shows else 0
        return self.viewport().width() - bar, self.viewport().height()

    @property
    def _bar_shows(self) -> bool:
        return self.has_bar and self._maps.ndim == 3

    def tiles(self) -> Tiling:
        """Give where the tiles stand; one tile while a map shows large."""
        height, width = self._maps.shape[1:3]
        count = 1 if self.zoomed >= 0 else max(self.count, 1)
        caption = CAPTION_PX if self._captions else 0
        return tiling(count, width / height, self._room, caption)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._set_range()

    def _set_range(self) -> None:
        bar = self.verticalScrollBar()
        height = self.viewport().height()
        bar.setRange(0, max(0, round(self.tiles().total) - height) if self.count else 0)
        bar.setPageStep(height)
        bar.setSingleStep(40)

    def at(self, x: float, y: float) -> tuple[int, int, int] | None:
        """Give map, row and column under a point of the viewport; None beside the maps."""
        if not self.count:
            return None
        hit = self.tiles().at(x, y + self.verticalScrollBar().value())
        if hit is None:
            return None
        height, width = self._maps.shape[1:3]
        number = self.zoomed if self.zoomed >= 0 else hit[0]
        return number, int(hit[2] * height), int(hit[1] * width)

    def middle_of(self, number: int, row: int = 0, column: int = 0) -> QPointF:
        """Give the point of the viewport where a number of a map shows."""
        height, width = self._maps.shape[1:3]
        left, top, wide, high = self.tiles().place(0 if self.zoomed >= 0 else number)
        top -= self.verticalScrollBar().value()
        return QPointF(left + wide * (column + 0.5) / width, top + high * (row + 0.5) / height)

    def words_at(self, x: float, y: float) -> str:
        """Say the value under a point of the viewport; "" beside the maps."""
        hit = self.at(x, y)
        if hit is None:
            return ""
        number, row, column = hit
        value = self._maps[number, row, column]
        name = self._captions[number] if number < len(self._captions) else f"{number}"
        shown = " ".join(f"{float(one):.5g}" for one in np.atleast_1d(value))
        return f"{name} · row {row}, column {column}: {shown}"

    # Hands

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        words = self.words_at(at.x(), at.y())
        QToolTip.showText(event.globalPosition().toPoint(), words, self.viewport())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        hit = self.at(event.position().x(), event.position().y())
        if event.button() == Qt.MouseButton.LeftButton:
            if hit is not None and self.zoomed < 0:
                self.enter(hit[0])
            elif self.zoomed >= 0:
                self.leave()

    def enter(self, number: int) -> None:
        """Show one map large, and say that it was chosen."""
        self.current = number
        if self.zooms:
            self.zoomed = number
            self._set_range()
        self.chosen.emit(number)
        self.viewport().update()

    def leave(self) -> None:
        """Show all maps again."""
        self.zoomed = -1
        self._set_range()
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        columns = self.tiles().columns
        steps = {
            Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -columns, Qt.Key.Key_Down: columns,
        }  # fmt: skip
        key = Qt.Key(event.key())
        if key in steps and self.count:
            self.current = min(max(self.current + steps[key], 0), self.count - 1)
            if self.zoomed >= 0:
                self.zoomed = self.current
            else:
                self._reveal()
            self.viewport().update()
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.count and self.zoomed < 0:
            self.enter(self.current)
        elif key == Qt.Key.Key_Escape and self.zoomed >= 0:
            self.leave()
        else:
            super().keyPressEvent(event)

    def _reveal(self) -> None:
        _, top, _, height = self.tiles().place(self.current)
        bar = self.verticalScrollBar()
        lowest = top + height + CAPTION_PX - self.viewport().height()
        bar.setValue(round(min(max(bar.value(), lowest), top - GAP_PX)))

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        if self.count:
            self._paint_tiles(painter)
            if self._bar_shows:
                self._paint_bar(painter)
        painter.end()

    def _paint_tiles(self, painter: QPainter) -> None:
        colours, tiles = self._theme.palette(), self.tiles()
        height, width = self._maps.shape[1:3]
        offset, bottom = self.verticalScrollBar().value(), self.viewport().height()
        small = tiles.height < height or tiles.width < width
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, small)
        painter.setFont(_small(self.font()))
        numbers = [self.zoomed] if self.zoomed >= 0 else range(self.count)
        for place, number in enumerate(numbers):
            left, top, wide, high = tiles.place(place)
            top -= offset
            if top + high < 0 or top > bottom:
                continue
            area = QRectF(left, top, wide, high)
            painter.drawImage(area, self._image, QRectF(0, number * height, width, height))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QColor(colours.divider))
            painter.drawRect(area)
            painter.setPen(QColor(colours.text_dim))
            if number < len(self._captions):
                below = QRectF(left - 2, top + high, wide + 4, CAPTION_PX)
                painter.drawText(below, Qt.AlignmentFlag.AlignCenter, self._captions[number])
            if number == self.current and self.hasFocus() and self.count > 1:
                painter.setPen(QPen(QColor(colours.accent), 2))
                painter.drawRect(area.adjusted(-1, -1, 1, 1))

    def _paint_bar(self, painter: QPainter) -> None:
        colours = self._theme.palette()
        strip = table(self._scale.shade, dark=colours.is_dark)[::-1].reshape(256, 1)
        high = min(self.viewport().height() - 2 * GAP_PX, BAR_HIGHEST_PX)
        left = self.viewport().width() - BAR_PX + 6
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, on=True)
        painter.drawImage(QRectF(left, GAP_PX, 10, high), picture(strip), QRectF(0, 0, 1, 256))
        painter.setFont(_small(self.font()))
        painter.setPen(QColor(colours.text_dim))
        middle = (self._scale.low + self._scale.high) / 2
        flags = (
            Qt.AlignmentFlag.AlignTop, Qt.AlignmentFlag.AlignVCenter, Qt.AlignmentFlag.AlignBottom,
        )  # fmt: skip
        box = QRect(left + 13, GAP_PX, BAR_PX - 20, round(high))
        for value, flag in zip((self._scale.high, middle, self._scale.low), flags, strict=True):
            painter.drawText(box, flag | Qt.AlignmentFlag.AlignLeft, f"{value:.2g}")


def _small(font: QFont) -> QFont:
    """Give a font for captions."""
    made = QFont(font)
    made.setPixelSize(10)
    return made
