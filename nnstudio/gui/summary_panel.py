"""The Summary tab: every layer with its output and cost, sortable, linked to the canvas."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QItemSelectionModel, QSortFilterProxyModel, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nnstudio.core.errors import StudioError
from nnstudio.core.files import atomic_write
from nnstudio.graph.infer import Inference
from nnstudio.graph.model import Graph
from nnstudio.graph.summary import summary, summary_csv
from nnstudio.gui.summary_model import COLUMNS, NODE, SORT, BarDelegate, SummaryModel
from nnstudio.gui.theme import Theme
from nnstudio.session.forecast import Forecast

ROW_PX = 26
TIME_PX = 56


class SummaryPanel(QWidget):
    """Shows what every card makes and costs.

    Args:
        theme: For the bars.
        complain: Told when a file cannot be written: (sentence, details).

    Signals:
        nodes_wanted: Ids of the cards to select.
    """

    nodes_wanted = Signal(tuple)

    def __init__(self, theme: Theme, complain: Callable[[str, str], None]) -> None:
        super().__init__()
        self._complain = complain
        self._shown: tuple[Graph, Inference] | None = None
        self._late: tuple[Graph, Inference] | None = None
        self._following = False
        self._forecast: Forecast | None = None
        self.model = SummaryModel()
        self.sorted = QSortFilterProxyModel()
        self.sorted.setSourceModel(self.model)
        self.sorted.setSortRole(SORT)
        self.table = self._table(theme)
        self.controls = self._controls()
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 4, 8, 4)
        column.addWidget(self.table)
        self.table.selectionModel().selectionChanged.connect(self._row_chosen)
        theme.changed.connect(self.table.viewport().update)

    def _table(self, theme: Theme) -> QTableView:
        table = QTableView()
        table.setModel(self.sorted)
        table.setAccessibleName("Layers and what they cost")
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.setItemDelegate(BarDelegate(theme))
        table.setSortingEnabled(True)
        table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(ROW_PX)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(len(COLUMNS) - 1, QHeaderView.ResizeMode.Fixed)
        header.resizeSection(len(COLUMNS) - 1, TIME_PX)
        header.setAccessibleName("Columns; a click sorts")
        return table

    def _controls(self) -> QWidget:
        bar = QWidget()
        row = QHBoxLayout(bar)
        row.setContentsMargins(0, 0, 8, 0)
        for text, tip, do in (
            ("Copy", "Copy the table, to be pasted into a spreadsheet", self.copy),
            ("CSV…", "Save the table as comma-separated values", self.save),
        ):
            button = QToolButton()
            button.setText(text)
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            button.setProperty("role", "flat")
            button.clicked.connect(do)
            row.addWidget(button)
        return bar

    def show_graph(self, graph: Graph, inference: Inference) -> None:
        """Show a graph; while the tab is hidden this costs nothing."""
        self._late = graph, inference
        if self.isVisible():
            self._catch_up()

    def show_forecast(self, forecast: Forecast | None) -> None:
        """Show what part of a step every card takes."""
        self._forecast, self._shown = forecast, None
        if self.isVisible():
            self._catch_up()

    def showEvent(self, event: object) -> None:
        self._catch_up()

    def _catch_up(self) -> None:
        if self._late is None or self._late == self._shown:
            return
        self._shown = self._late
        self._following = True
        rows, forecast = summary(*self._shown), self._forecast
        if forecast is not None:
            rows = tuple(replace(row, time_share=forecast.share(row.node)) for row in rows)
        self.model.show_rows(rows)
        self._following = False

    def select(self, nodes: Sequence[str]) -> None:
        """Show which cards are selected on the canvas."""
        if not self.isVisible():
            return
        wanted = set(nodes)
        self._following = True
        chosen = self.table.selectionModel()
        chosen.clearSelection()
        flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        first = None
        for place in range(self.sorted.rowCount()):
            index = self.sorted.index(place, 0)
            if index.data(NODE) in wanted:
                chosen.select(index, flags)
                first = first or index
        if first is not None:
            self.table.scrollTo(first)
        self._following = False

    def _row_chosen(self) -> None:
        if not self._following:
            rows = self.table.selectionModel().selectedRows()
            self.nodes_wanted.emit(tuple(index.data(NODE) for index in rows))

    def copy(self) -> None:
        """Put the table on the clipboard, with tabs between the cells."""
        lines = ["\t".join(column.title for column in COLUMNS)]
        for place in range(self.sorted.rowCount()):
            cells = (self.sorted.index(place, at).data() for at in range(len(COLUMNS)))
            lines.append("\t".join(cells))
        QGuiApplication.clipboard().setText("\n".join(lines))

    def save(self) -> None:
        """Ask for a file and write the table into it."""
        chosen, _ = QFileDialog.getSaveFileName(
            self, "Save the summary", "summary.csv", "Comma-separated values (*.csv)"
        )
        if not chosen:
            return
        path = Path(chosen) if Path(chosen).suffix else Path(chosen).with_suffix(".csv")
        try:
            with atomic_write(path) as file:
                file.write(summary_csv(self.model.rows).encode())
        except StudioError as error:
            self._complain(error.sentence, error.details)
