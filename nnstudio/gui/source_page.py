"""One page of the data dialog: a form for one kind of source, which tells what is still missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from nnstudio.core import words
from nnstudio.core.errors import StudioError
from nnstudio.data.catalogue import CATALOGUE
from nnstudio.data.download import missing_bytes
from nnstudio.data.sources import DataSource, Public, source_adapter
from nnstudio.graph.registry import describe_invalid
from nnstudio.gui.field_spec import as_json
from nnstudio.gui.fields import PathField
from nnstudio.gui.forms import Form
from nnstudio.gui.sections import label
from nnstudio.gui.theme import Theme

PATTERNS = {
    "csv": "Tables (*.csv *.tsv *.txt);;All files (*)",
    "npz": "NumPy arrays (*.npz);;All files (*)",
    "idx": "IDX files (*.gz *-ubyte *.idx);;All files (*)",
}


class SourcePage(QWidget):
    """Edits one kind of source.

    Args:
        model: The source's model.
        about: What this kind is, in a sentence.
        theme: For the icons.
        leave_out: Fields that the page shows in another way.

    Signals:
        changed: Something was edited.
    """

    changed = Signal()

    def __init__(
        self, model: type[BaseModel], about: str, theme: Theme, leave_out: tuple[str, ...] = ()
    ) -> None:
        super().__init__()
        self.model = model
        self.kind = str(model.model_fields["kind"].default)
        self.document: dict[str, Any] = {
            name: as_json(info.get_default(call_default_factory=True))
            for name, info in model.model_fields.items()
            if not info.is_required()
        }
        self.form = Form(model, self.submit, theme, leave_out)
        self.note = label("", "small", wrap=True)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(14, 4, 4, 4)
        self.column.addWidget(label(about, "dim", wrap=True))
        self.column.addSpacing(6)
        self.column.addWidget(self.form)
        self.column.addWidget(self.note)
        self.fill()
        self.form.show_values(self.document)
        for row in self.form.rows.values():
            if isinstance(row.field, PathField):
                row.field.folder = self.kind == "images"
                row.field.pattern = PATTERNS.get(self.kind, "All files (*)")

    def fill(self) -> None:
        """Add what only this kind shows, above the room that is left."""
        self.column.addStretch(1)

    def submit(self, name: str, value: Any) -> str:
        """Take one value; "" or why it does not fit."""
        document = {**self.document, name: value}
        if value is None and name in document:
            document[name] = None
        try:
            self.model.model_validate(document)
        except ValidationError as error:
            wrong = [one for one in error.errors() if one["type"] != "missing"]
            if wrong:
                return describe_invalid(self.kind, error)
        self.document = document
        self.form.show_values(document)
        self.changed.emit()
        return ""

    def source(self) -> DataSource:
        """Give the source as it now is.

        Raises:
            StudioError: Something is missing; the sentence says what.
        """
        for name, info in self.model.model_fields.items():
            if info.is_required() and not self.document.get(name):
                raise StudioError(f"Choose the {name.replace('_', ' ')} first.")
        try:
            return source_adapter.validate_python(self.document)
        except ValidationError as error:
            raise StudioError(describe_invalid(self.kind, error)) from error

    def show_source(self, source: BaseModel) -> None:
        """Show a source that was chosen before."""
        self.document = as_json(source)
        self.form.show_values(self.document)
        self.changed.emit()

    def show_path(self, path: Path) -> None:
        """Show a file that was dropped."""
        self.submit("path", str(path))


class PublicPage(SourcePage):
    """A set that is downloaded; its size is shown before."""

    def fill(self) -> None:
        self.changed.connect(self.tell_size)
        self.tell_size()
        super().fill()

    def tell_size(self) -> None:
        """Say what the set is and how much has to be downloaded."""
        source = Public.model_validate(self.document)
        chosen, missing = CATALOGUE[source.name], missing_bytes(source.name)
        state = (
            f"{words.byte_count(missing)} will be downloaded when you press the button."
            if missing
            else "It is on this computer; nothing is downloaded."
        )
        self.note.setText(f"{chosen.about}. {state}")
