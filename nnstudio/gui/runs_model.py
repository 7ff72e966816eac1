"""The rows of the Runs tab: each run's name and results, and what differs from the one before."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap

from nnstudio.core import words
from nnstudio.project.compare import in_words, run_differences
from nnstudio.project.model import Run

Index = QModelIndex | QPersistentModelIndex
# Okabe & Ito 2008: told apart by the colour-blind too.
COLOURS = ("#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#f0e442", "#0072b2", "#d55e00")
NAME, RESULT, LOSS, DIFFERENCE, TAGS, ENDED, TIME = range(7)
_DOT_PX = 10


@dataclass(frozen=True, slots=True)
class _Column:
    title: str
    tip: str


COLUMNS = (
    _Column("Run", "Its name (F2 renames it); ★ is pinned"),
    _Column("Result", "Of the test part, or of the validation part where there is none"),
    _Column("Loss", "Of the same part"),
    _Column("What is different", "Settings and layers that differ from the run before"),
    _Column("Tags", "Words to find it by, with commas between them; F2 or a double-click edits"),
    _Column("Ended", "When the training ended"),
    _Column("Time", "How long it trained, pauses not counted"),
)


def colour_of(run: Run, place: int) -> str:
    """Give the colour of a run's curves, as "#rrggbb"; `place` is that among all runs."""
    return run.colour or COLOURS[place % len(COLOURS)]


def result_words(run: Run) -> tuple[str, str]:
    """Say what a run reached, and its loss: "test 98.9 %", "0.0312"."""
    for part, title in (("test", "test"), ("valid", "validation"), ("train", "training")):
        found = run.metrics.get(part)
        if not found:
            continue
        loss = f"{found['loss']:.4g}" if math.isfinite(found.get("loss", math.nan)) else "–"
        if "accuracy" in found:
            return f"{title} {100 * found['accuracy']:.1f} %", loss
        if "mae" in found:
            return f"{title} error {found['mae']:.3g}", loss
        return title, loss
    return "not measured", "–"


def ended_words(run: Run) -> str:
    """Say when a run ended, in the time of this place: "20 Nov 17:02"."""
    try:
        ended = datetime.fromisoformat(str(run.info.get("ended", "")))
    except ValueError:
        return "–"
    return f"{ended.astimezone():%d %b %H:%M}".lstrip("0")


class RunsModel(QAbstractTableModel):
    """One row for each run, the oldest first.

    Args:
        describe: Makes a change of a run: (run id, field, value); says why not, or "".
    """

    def __init__(self, describe: Callable[[str, str, Any], str]) -> None:
        super().__init__()
        self.runs: tuple[Run, ...] = ()
        self._describe = describe
        self._differences: dict[int, str] = {}

    def show_runs(self, runs: Sequence[Run]) -> None:
        """Show other runs; a selection survives where they are the same ones."""
        same = [run.id for run in runs] == [run.id for run in self.runs]
        if not same:
            self.beginResetModel()
        self.runs, self._differences = tuple(runs), {}
        if not same:
            self.endResetModel()
        elif runs:
            last = self.index(len(runs) - 1, len(COLUMNS) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self.runs)

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
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        able = super().flags(index)
        return able | Qt.ItemFlag.ItemIsEditable if index.column() in (NAME, TAGS) else able

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        run, column = self.runs[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(index.row(), column)
        if role == Qt.ItemDataRole.EditRole:
            return run.name if column == NAME else ", ".join(run.tags)
        if role == Qt.ItemDataRole.ToolTipRole:
            return run.notes if column == NAME and run.notes else self._text(index.row(), column)
        if role == Qt.ItemDataRole.AccessibleTextRole and column == NAME:
            return f"{run.name}{', pinned' if run.pinned else ''}"
        if role == Qt.ItemDataRole.DecorationRole and column == NAME:
            return _dot(colour_of(run, index.row()))
        return None

    def _text(self, row: int, column: int) -> str:
        run = self.runs[row]
        match column:
            case 0:
                return f"★ {run.name}" if run.pinned else run.name
            case 1 | 2:
                return result_words(run)[column - RESULT]
            case 3:
                return self.difference(row)
            case 4:
                return ", ".join(run.tags)
            case 5:
                return ended_words(run)
        return words.duration(float(run.info.get("seconds", 0.0)))

    def difference(self, row: int) -> str:
        """Say what sets a run apart from the one before it; worked out when first asked for."""
        if row not in self._differences:
            text = ""
            if row:
                text = in_words(run_differences(self.runs[row - 1], self.runs[row]))
            self._differences[row] = text or "the first"
        return self._differences[row]

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.EditRole:
            return False
        run = self.runs[index.row()]
        if index.column() == NAME:
            if str(value) == run.name:
                return True
            return not self._describe(run.id, "name", str(value))
        tags = tuple(one.strip() for one in str(value).split(",") if one.strip())
        return tags == run.tags or not self._describe(run.id, "tags", tags)


def _dot(colour: str) -> QPixmap:
    """Draw a run's colour."""
    drawn = QPixmap(_DOT_PX, _DOT_PX)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(QColor(colour))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawEllipse(1, 1, _DOT_PX - 2, _DOT_PX - 2)
    painter.end()
    return drawn
