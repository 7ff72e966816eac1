"""The data dialog's page for tables: the file, and what each column is for."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
)

from nnstudio.core.errors import StudioError
from nnstudio.data.sources import Csv
from nnstudio.gui.source_page import SourcePage

ROLES = {
    "number": "number (input)",
    "word": "words (input)",
    "class": "class to predict",
    "value": "value to predict",
    "ignore": "left out",
}


class CsvPage(SourcePage):
    """A table; roles are guessed when the file is chosen, and can be corrected."""

    def fill(self) -> None:
        self.table = QTableWidget(0, 2)
        self.table.setHorizontalHeaderLabels(["Column", "Role"])
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
        self.table.setAccessibleName("Roles of the columns")
        self.table.setTabKeyNavigation(False)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.setMinimumHeight(170)
        self.column.addWidget(self.table, 1)

    def submit(self, name: str, value: Any) -> str:
        if name == "path" and value != self.document.get("path"):
            self.document["columns"] = []
        sentence = super().submit(name, value)
        if not sentence and name in ("path", "separator", "header", "decimal"):
            sentence = self._guess(name)
        return sentence

    def _guess(self, name: str) -> str:
        """Look at the first rows; what a person set stays."""
        from nnstudio.data.table_roles import guess_roles

        try:
            asked = Csv.model_validate({**self.document, "columns": []})
            found = guess_roles(asked)
        except StudioError as error:
            return error.sentence
        self.document = found.model_dump(mode="json")
        if name != "path":
            self.document[name] = getattr(asked, name)
        self.form.show_values(self.document)
        self._show_columns()
        return ""

    def show_source(self, source: Any) -> None:
        super().show_source(source)
        self._show_columns()

    def _show_columns(self) -> None:
        columns = self.document["columns"]
        self.table.setRowCount(len(columns))
        for row, column in enumerate(columns):
            self.table.setItem(row, 0, QTableWidgetItem(str(column["name"])))
            combo = QComboBox()
            for role, text in ROLES.items():
                combo.addItem(text, role)
            combo.setCurrentIndex(list(ROLES).index(column["role"]))
            combo.setAccessibleName(f"Role of {column['name']}")
            combo.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            combo.activated.connect(
                lambda _, row=row, combo=combo: self.set_role(row, combo.currentData())
            )
            self.table.setCellWidget(row, 1, combo)
        inputs = sum(column["role"] in ("number", "word") for column in columns)
        targets = [column["name"] for column in columns if column["role"] in ("class", "value")]
        to_predict = ", ".join(targets) or "nothing yet"
        self.note.setText(f"{inputs} columns in; to predict: {to_predict}." if columns else "")

    def set_role(self, row: int, role: str) -> None:
        """Give a column a role; a class to predict takes the place of the one before."""
        columns = [dict(column) for column in self.document["columns"]]
        if role in ("class", "value"):
            for other in columns:
                if other["role"] == "class" or (role == "class" and other["role"] == "value"):
                    other["role"] = "ignore"
        columns[row]["role"] = role
        self.document["columns"] = columns
        self._show_columns()
        self.changed.emit()
