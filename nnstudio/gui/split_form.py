"""How the samples are divided: three shares that always add up to 100 %, and a seed."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError
from PySide6.QtWidgets import QVBoxLayout, QWidget

from nnstudio.data.split import Split
from nnstudio.graph.registry import describe_invalid
from nnstudio.gui.field_spec import FieldSpec
from nnstudio.gui.forms import Row
from nnstudio.gui.theme import Theme
from nnstudio.gui.undo import Edits
from nnstudio.project.edits import SetSplit

_SHARES = (
    FieldSpec(
        "valid", "Validation", "Watches the training, to stop early and to choose settings.",
        "float", 10.0, "%", low=0, high=100, high_open=True, step=5,
    ),
    FieldSpec(
        "test", "Test", "Kept back for the final number.",
        "float", 20.0, "%", low=0, high=100, high_open=True, step=5,
    ),
)  # fmt: skip
_OTHERS = (
    FieldSpec(
        "mix", "Mix the rows",
        "Draw the rows of each part; off takes the first rows for training and the last for the"
        " test, as text and series need.", "bool", True,
    ),
    FieldSpec(
        "stratify", "Same classes in each", "Every part gets each class in proportion.",
        "bool", True,
    ),
    FieldSpec(
        "seed", "Seed", "Seed of the division; empty takes the run's.", "int", optional=True, low=0
    ),
)  # fmt: skip


class SplitForm(QWidget):
    """Edits a `Split`; the training part is what the other two leave."""

    def __init__(self, edits: Edits, theme: Theme) -> None:
        super().__init__()
        self._edits = edits
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        train = FieldSpec("train", "Training", "What the weights learn from.", "float", unit="%")
        self.rows = {
            spec.name: Row(spec, self._submit, theme) for spec in (train, *_SHARES, *_OTHERS)
        }
        for row in self.rows.values():
            column.addWidget(row)
        self.rows["train"].field.setEnabled(False)

    def show_split(self, split: Split) -> None:
        """Show a division."""
        for name in ("train", "valid", "test"):
            self.rows[name].show_value(float(f"{100 * getattr(split, name):.4g}"))
        self.rows["mix"].show_value(split.mix)
        self.rows["stratify"].show_value(split.stratify)
        self.rows["seed"].show_value(split.seed)

    def _submit(self, name: str, value: Any) -> str:
        split = self._edits.studio.project.split
        document = split.model_dump()
        document[name] = value / 100 if name in ("valid", "test") else value
        train = round(1 - document["valid"] - document["test"], 9)
        if train <= 0:
            return "Nothing would be left to train on; make validation or test smaller."
        try:
            return self._edits.make(SetSplit(Split.model_validate({**document, "train": train})))
        except ValidationError as error:
            return describe_invalid("Split", error)
