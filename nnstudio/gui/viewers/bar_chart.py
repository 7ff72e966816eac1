"""Bars: one for each number of a vector, for each bin of a histogram, or for each layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from nnstudio.core import words
from nnstudio.gui.theme import Theme

Array = NDArray[Any]
LEFT_PX, BOTTOM_PX, TOP_PX = 46, 16, 18


class BarChart(QWidget):
    """Draws bars from a line; a value shows under the pointer.

    Args:
        theme: For the colours.
        name: What a screen reader calls it.
    """

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self._theme = theme
        self.values: Array = np.empty(0)
        self._names: Sequence[str] = ()
        self._title = ""
        self._log = False
        self._mark: float | None = None
        self._colour = "accent"
        self._marked = -1
        self._ends: tuple[str, str] | None = None
        self.setAccessibleName(name)
        self.setMouseTracking(True)
        self.setMinimumSize(80, 50)

    def show_bars(
        self,
        values: Array,
        names: Sequence[str] = (),
        *,
        title: str = "",
        log: bool = False,
        mark: float | None = None,
        colour: str = "accent",
        marked: int = -1,
        ends: tuple[str, str] | None = None,
    ) -> None:
        """Show bars.

        Args:
            values: (n,) numbers.
            names: What each bar stands for; () for their places.
            title: Words above.
            log: Whether heights are logarithmic; zeros and what is not finite are then left out.
            mark: A value at which a dashed line is drawn.
            colour: The theme's colour of the bars.
            marked: A bar that stands out.
            ends: Words below the first and the last bar, in the place of their names.
        """
        self.values = np.asarray(values, np.float64)
        self._names, self._title, self._log, self._mark = names, title, log, mark
        self._colour, self._marked, self._ends = colour, marked, ends
        self.setAccessibleDescription(f"{title}; {len(self.values)} bars")
        self.update()

    # Where things are

    @property
    def _area(self) -> QRectF:
        top = TOP_PX if self._title else 6
        bottom = BOTTOM_PX if self._names or self._ends else 6
        return QRectF(
            LEFT_PX, top, max(self.width() - LEFT_PX - 8, 1), max(self.height() - top - bottom, 1)
        )

    def _range(self) -> tuple[float, float]:
        """Give the lowest and the highest value of the axis, as drawn."""
        drawn = self._drawn(self.values)
        finite = drawn[np.isfinite(drawn)]
        if self._mark is not None:
            finite = np.append(finite, self._drawn(np.array([self._mark])))
        if not finite.size:
            return 0.0, 1.0
        low, high = float(finite.min()), float(finite.max())
        if self._log:
            return float(np.ceil(low) - 1), float(np.floor(high) + 1)
        low, high = min(low, 0.0), max(high, 0.0)
        return low, high if high > low else low + 1.0

    def _drawn(self, values: Array) -> Array:
        if not self._log:
            return values
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.log10(values)

    def place(self, number: int) -> QRectF:
        """Give the column of a bar, whatever its height."""
        area, count = self._area, max(len(self.values), 1)
        wide = area.width() / count
        return QRectF(area.left() + number * wide, area.top(), wide, area.height())

    def words_at(self, x: float) -> str:
        """Say the value at a place; "" beside the bars."""
        area, count = self._area, len(self.values)
        number = int((x - area.left()) / area.width() * count) if count else -1
        if not 0 <= number < count:
            return ""
        name = self._names[number] if number < len(self._names) else str(number)
        return f"{name}: {float(self.values[number]):.5g}"

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        text = self.words_at(event.position().x())
        QToolTip.showText(event.globalPosition().toPoint(), text, self)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colours = self._theme.palette()
        font = QFont(self.font())
        font.setPixelSize(10)
        painter.setFont(font)
        painter.setPen(QColor(colours.text_dim))
        if self._title:
            head = QRectF(4, 0, self.width() - 8, TOP_PX - 2)
            text = painter.fontMetrics().elidedText(
                self._title, Qt.TextElideMode.ElideRight, int(head.width())
            )
            painter.drawText(head, Qt.AlignmentFlag.AlignLeft, text)
        if len(self.values):
            low, high = self._range()
            self._paint_axis(painter, low, high)
            self._paint_bars(painter, low, high)
            self._paint_mark(painter, low, high)
            self._paint_names(painter)
        painter.end()

    def _y(self, value: float, low: float, high: float) -> float:
        area = self._area
        return area.bottom() - area.height() * (value - low) / (high - low)

    def _paint_axis(self, painter: QPainter, low: float, high: float) -> None:
        area, colours = self._area, self._theme.palette()
        marks = np.linspace(low, high, 3)
        if self._log:
            step = max(1, round((high - low) / 4))
            marks = np.arange(low, high + 0.5, step)
        for value in marks:
            y = self._y(float(value), low, high)
            painter.setPen(QColor(colours.divider))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(QColor(colours.text_dim))
            box = QRectF(0, y - 7, LEFT_PX - 5, 14)
            text = f"1e{int(value):d}" if self._log else _number(float(value))
            flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(box, flags, text)

    def _paint_bars(self, painter: QPainter, low: float, high: float) -> None:
        colours, drawn = self._theme.palette(), self._drawn(self.values)
        zero = self._y(low if self._log else 0.0, low, high)
        wide = self.place(0).width()
        gap = min(2.0, wide / 5)
        painter.setPen(Qt.PenStyle.NoPen)
        usual, strong = QColor(getattr(colours, self._colour)), QColor(colours.curve_valid)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, wide < 6)
        for number, value in enumerate(drawn):
            if not np.isfinite(value):
                continue
            left = self._area.left() + number * wide
            y = self._y(float(value), low, high)
            painter.setBrush(strong if number == self._marked else usual)
            most = min(wide - gap, 48.0)
            left += (wide - most) / 2
            painter.drawRect(QRectF(left, min(y, zero), most, max(abs(zero - y), 0.6)))

    def _paint_mark(self, painter: QPainter, low: float, high: float) -> None:
        area, colours = self._area, self._theme.palette()
        if self._mark is not None:
            y = self._y(float(self._drawn(np.array([self._mark]))[0]), low, high)
            painter.setPen(QPen(QColor(colours.ok), 1.4, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))

    def _paint_names(self, painter: QPainter) -> None:
        area = self._area
        painter.setPen(QColor(self._theme.palette().text_dim))
        if self._ends is not None:
            below = QRectF(area.left(), area.bottom() + 2, area.width(), BOTTOM_PX - 2)
            painter.drawText(below, Qt.AlignmentFlag.AlignLeft, self._ends[0])
            painter.drawText(below, Qt.AlignmentFlag.AlignRight, self._ends[1])
            return
        measure = painter.fontMetrics()
        for number, name in enumerate(self._names):
            column = self.place(number)
            if column.width() < 9:
                return
            box = QRectF(column.left(), area.bottom() + 2, column.width(), BOTTOM_PX - 2)
            text = measure.elidedText(name, Qt.TextElideMode.ElideRight, int(column.width()))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def _number(value: float) -> str:
    """Write a value beside an axis."""
    return words.short(value) if abs(value) >= 1000 else f"{value:.2g}"
