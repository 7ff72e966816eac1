"""The rows of the Summary tab as a Qt model, and the bars in its cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from nnstudio.core import words
from nnstudio.graph.summary import Row
from nnstudio.gui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
SORT = Qt.ItemDataRole.UserRole
SHARE = Qt.ItemDataRole.UserRole + 1
NODE = Qt.ItemDataRole.UserRole + 2
_UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its title, what it is for, and what it shows of a row.

    Attributes:
        title: Stands above it.
        tip: Explains it.
        text: What a cell shows.
        number: What it is sorted by, and what bars show shares of; None for words.
    """

    title: str
    tip: str
    text: Callable[[Row], str]
    number: Callable[[Row], float | None] | None = None


def _count(number: int | None) -> str:
    """Write a number; a dash for none, so that the layers that have some stand out."""
    if number is None:
        return ""
    return words.whole(number) if number else "–"


def percent(share: float) -> str:
    """Write a share; what is small is not nothing."""
    return f"{share:.0%}" if share >= 0.0095 else "< 1%"


COLUMNS = (
    Column("Layer", "The name of the card", lambda row: row.name),
    Column("What", "The kind of layer and its size", lambda row: row.what),
    Column(
        "Output",
        "What it gives for one sample",
        lambda row: "?" if row.output is None else str(row.output),
        lambda row: None if row.output is None else row.output.size,
    ),
    Column(
        "Parameters",
        "Trained numbers; the bar is the share of all",
        lambda row: _count(row.parameters),
        lambda row: row.parameters,
    ),
    Column(
        "MACs",
        "Multiply-adds of the forward pass for one sample; the bar is the share of all",
        lambda row: _count(row.macs),
        lambda row: row.macs,
    ),
    Column(
        "Memory",
        "Of one sample's output; the bar is the share of all",
        lambda row: "" if row.output_bytes is None else words.byte_count(row.output_bytes),
        lambda row: row.output_bytes,
    ),
    Column(
        "Time",
        "Share of a training step on this machine; a dash where another layer does its work",
        lambda row: "–" if row.time_share is None else percent(row.time_share),
        lambda row: row.time_share,
    ),
)
_BARRED = (3, 4, 5, 6)


class SummaryModel(QAbstractTableModel):
    """One row for each card of the graph."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[Row, ...] = ()
        self._totals = [0.0] * len(COLUMNS)

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show other rows; a selection survives where the cards are the same."""
        same = [row.node for row in rows] == [row.node for row in self.rows]
        if not same:
            self.beginResetModel()
        self.rows = tuple(rows)
        for place in _BARRED:
            number = COLUMNS[place].number
            assert number is not None  # barred columns hold numbers
            self._totals[place] = sum(number(row) or 0 for row in rows)
        if not same:
            self.endResetModel()
        elif rows:
            last = self.index(len(rows) - 1, len(COLUMNS) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section].title
        if role == Qt.ItemDataRole.ToolTipRole:
            return COLUMNS[section].tip
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = self.rows[index.row()], COLUMNS[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.text(row)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(index.column())
        if role == NODE:
            return row.node
        if role == SORT:
            return self._sorted_by(row, index)
        if role == SHARE and index.column() in _BARRED:
            return self.share(index.row(), index.column())
        return None

    def share(self, row: int, column: int) -> float:
        """Give a cell's share of its column, 0..1."""
        number = COLUMNS[column].number
        assert number is not None  # barred columns hold numbers
        total = self._totals[column]
        return (number(self.rows[row]) or 0) / total if total else 0.0

    def _sorted_by(self, row: Row, index: Index) -> Any:
        column = COLUMNS[index.column()]
        if index.column() == 0:
            return index.row()  # names stand in the order of the data
        if column.number is None:
            return column.text(row)
        number = column.number(row)
        return float(_UNKNOWN if number is None else number)  # an int would end at 32 bits


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column >= 2 else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


class BarDelegate(QStyledItemDelegate):
    """Paints the share of the total behind a number."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        share = index.data(SHARE)
        if share:
            area = QRectF(option.rect).adjusted(6, 4, -6, -4)  # type: ignore[attr-defined]
            area.setLeft(area.right() - area.width() * share)
            colour = QColor(self._theme.palette().accent)
            colour.setAlphaF(0.28)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawRoundedRect(area, 3, 3)
        super().paint(painter, option, index)
