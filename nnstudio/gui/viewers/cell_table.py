"""A square table of counts as coloured cells, for mouse and keys: the confusion matrix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from nnstudio.core import words
from nnstudio.gui.theme import Theme
from nnstudio.gui.viewers.shading import picture

Array = NDArray[Any]
NAMES_PX, HEAD_PX, FOOT_PX = 74, 16, 16
READABLE_PX = 13  # smaller cells show no number


class CellTable(QWidget):
    """Counts by row and column; the share of its row colours a cell.

    Args:
        theme: For the colours.
        name: What a screen reader calls it.

    Signals:
        chosen: Another cell was chosen; see `cell`.
    """

    chosen = Signal()

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self._theme = theme
        self._counts: Array = np.empty((0, 0), np.int64)
        self._names: Sequence[str] = ()
        self.cell: tuple[int, int] | None = None
        self._cursor = (0, 0)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(120, 90)

    def show_counts(self, counts: Array, names: Sequence[str]) -> None:
        """Show (classes, classes) counts; rows are true classes."""
        self._counts, self._names = counts, names
        if self.cell is not None and max(self.cell) >= len(counts):
            self.cell = None
        last = max(len(counts) - 1, 0)
        self._cursor = min(self._cursor[0], last), min(self._cursor[1], last)
        self.update()

    def choose(self, cell: tuple[int, int] | None) -> None:
        """Choose a cell, or none, without telling."""
        self.cell = cell
        if cell is not None:
            self._cursor = cell
        self.update()

    # Where things are

    def _grid(self) -> QRectF:
        names = min(NAMES_PX, self.width() / 4)
        room_x = self.width() - names - 4
        room_y = self.height() - HEAD_PX - FOOT_PX
        count = max(len(self._counts), 1)
        wide = min(room_x, max(room_y, count * 34) if count <= 12 else room_y)
        return QRectF(names, HEAD_PX, max(wide, 1), max(room_y, 1))

    def rect_of(self, row: int, column: int) -> QRectF:
        """Give the place of a cell."""
        grid, count = self._grid(), max(len(self._counts), 1)
        wide, high = grid.width() / count, grid.height() / count
        return QRectF(grid.left() + column * wide, grid.top() + row * high, wide, high)

    def at(self, point: QPointF) -> tuple[int, int] | None:
        """Give the cell under a point; None beside them."""
        grid, count = self._grid(), len(self._counts)
        if not count or not grid.contains(point):
            return None
        row = int((point.y() - grid.top()) / grid.height() * count)
        column = int((point.x() - grid.left()) / grid.width() * count)
        return min(row, count - 1), min(column, count - 1)

    def words_of(self, row: int, column: int) -> str:
        """Say what a cell counts."""
        total = int(self._counts[row].sum())
        count = int(self._counts[row, column])
        share = f", {100 * count / total:.1f} % of {self._names[row]}" if total else ""
        verdict = "right" if row == column else f"taken for {self._names[column]}"
        return f"{self._names[row]}, {verdict}: {words.whole(count)}{share}"

    # Hands

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        cell = self.at(event.position())
        text = "" if cell is None else self.words_of(*cell)
        QToolTip.showText(event.globalPosition().toPoint(), text, self)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self.at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and cell is not None:
            self.choose(cell)
            self.chosen.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves = {
            Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0),
        }  # fmt: skip
        key, last = Qt.Key(event.key()), len(self._counts) - 1
        if last >= 0 and key in moves:
            down, right = moves[key]
            row, column = self._cursor[0] + down, self._cursor[1] + right
            self._cursor = min(max(row, 0), last), min(max(column, 0), last)
            self.setAccessibleDescription(self.words_of(*self._cursor))
            self.update()
        elif last >= 0 and key in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}:
            self.choose(self._cursor)
            self.chosen.emit()
        else:
            super().keyPressEvent(event)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        if not len(self._counts):
            return
        painter = QPainter(self)
        font = QFont(self.font())
        font.setPixelSize(11)
        painter.setFont(font)
        self._paint_cells(painter)
        self._paint_names(painter)
        for cell, colour, wide in (
            (self.cell, self._theme.palette().curve_valid, 2.0),
            (self._cursor if self.hasFocus() else None, self._theme.palette().accent, 1.5),
        ):
            if cell is not None:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(QColor(colour), wide))
                painter.drawRect(self.rect_of(*cell).adjusted(1, 1, -1, -1))
        painter.end()

    def _paint_cells(self, painter: QPainter) -> None:
        """Paint all cells as one picture, and the counts where they can be read."""
        colours, grid, count = self._theme.palette(), self._grid(), len(self._counts)
        totals = np.maximum(self._counts.sum(axis=1, keepdims=True), 1)
        shares = np.sqrt(self._counts / totals)  # few mistakes show too
        ground = _parts(colours.well)
        wrong, right = _parts(colours.curve_valid), _parts(colours.curve_train)
        tint = np.where(np.eye(count, dtype=bool)[..., None], right, wrong)
        mixed = np.round(ground + (tint - ground) * shares[..., None] * 0.9).astype(np.uint32)
        packed = (mixed[..., 0] << np.uint32(16)) | (mixed[..., 1] << np.uint32(8)) | mixed[..., 2]
        image = picture(np.uint32(0xFF000000) | packed)
        painter.drawImage(grid, image, QRectF(0, 0, count, count))
        cell = self.rect_of(0, 0)
        if cell.height() < READABLE_PX or cell.width() < READABLE_PX + 6:
            return
        painter.setPen(QPen(QColor(colours.panel), 1))
        for line in range(count + 1):
            x, y = grid.left() + line * cell.width(), grid.top() + line * cell.height()
            painter.drawLine(QPointF(x, grid.top()), QPointF(x, grid.bottom()))
            painter.drawLine(QPointF(grid.left(), y), QPointF(grid.right(), y))
        for row, column in np.argwhere(self._counts):
            strong = shares[row, column] > 0.75
            painter.setPen(QColor("#ffffff" if strong else colours.text))
            text = words.short(int(self._counts[row, column]))
            flags = Qt.AlignmentFlag.AlignCenter
            painter.drawText(self.rect_of(int(row), int(column)), flags, text)

    def _paint_names(self, painter: QPainter) -> None:
        grid, cell, measure = self._grid(), self.rect_of(0, 0), painter.fontMetrics()
        painter.setPen(QColor(self._theme.palette().text_dim))
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        head = QRectF(grid.left(), 0, grid.width(), HEAD_PX - 1)
        painter.drawText(head, Qt.AlignmentFlag.AlignCenter, "predicted")
        painter.drawText(QRectF(0, 0, grid.left() - 6, HEAD_PX - 1), flags, "true")
        step = max(1, int(np.ceil(11 / max(cell.height(), 0.1))))
        for number in range(0, len(self._names), step):
            row = self.rect_of(number, 0)
            box = QRectF(0, row.center().y() - 8, grid.left() - 6, 16)
            text = measure.elidedText(
                self._names[number], Qt.TextElideMode.ElideRight, int(box.width())
            )
            painter.drawText(box, flags, text)
            column = self.rect_of(0, number)
            room = column.width() * step
            below = QRectF(column.center().x() - room / 2, grid.bottom() + 1, room, FOOT_PX - 1)
            text = measure.elidedText(
                self._names[number], Qt.TextElideMode.ElideRight, int(room - 2)
            )
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, text)


def _parts(colour: str) -> Array:
    """Give red, green and blue of a colour."""
    made = QColor(colour)
    return np.array([made.red(), made.green(), made.blue()], np.float64)
