"""The inspector's page while nothing is selected: data, split, scaling, and how to train."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from nnstudio.core import words
from nnstudio.data.transform import Scaling
from nnstudio.graph.registry import describe_invalid
from nnstudio.graph.types import ClassTarget, DataSignature
from nnstudio.gui.forms import Form
from nnstudio.gui.schedule_preview import SchedulePreview
from nnstudio.gui.sections import Section, card, label
from nnstudio.gui.split_form import SplitForm
from nnstudio.gui.theme import Theme
from nnstudio.gui.undo import Edits
from nnstudio.project.edits import SetScaling, SetSetting, source_title
from nnstudio.project.run_edits import Restore
from nnstudio.session.studio import Studio
from nnstudio.train.settings import RunSettings


class RunPage(QWidget):
    """How to train and on what.

    Signals:
        data_wanted: The person wants to choose data.
    """

    data_wanted = Signal()

    def __init__(self, edits: Edits, theme: Theme) -> None:
        super().__init__()
        self._edits = edits
        self._title = label("", "title", wrap=True)
        self._data = label("", wrap=True)
        self._signature = label("", "small", wrap=True)
        self.choose = QPushButton("Choose data…")
        self.choose.setAccessibleName("Choose data")
        self.choose.clicked.connect(self.data_wanted)
        self.start = label("", wrap=True)
        self.anew = QPushButton("Start from the seed")
        self.anew.setAccessibleName("Start from the seed")
        self.anew.setToolTip("Draw the initial weights from the seed again")
        self.anew.clicked.connect(self._start_anew)
        self.split = SplitForm(edits, theme)
        self.scaling = Form(Scaling, self._set_scaling, theme)
        self.form = Form(RunSettings, self._set, theme)
        self.preview = SchedulePreview(theme)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 16)
        column.setSpacing(4)
        column.addWidget(self._title)
        column.addWidget(label("nothing selected: settings of the run", "small"))
        self._started = card(self.start, self.anew)
        column.addWidget(self._started)
        column.addWidget(Section("Training", self.form, self.preview))
        button = QWidget()
        row = QHBoxLayout(button)
        row.setContentsMargins(0, 2, 0, 0)
        row.addWidget(self.choose)
        row.addStretch(1)
        column.addWidget(Section("Data", card(self._data, self._signature), button))
        column.addWidget(Section("Split", self.split))
        column.addWidget(Section("Scaling of the inputs", self.scaling))
        column.addStretch(1)

    def _set(self, path: str, value: Any) -> str:
        return self._edits.make(SetSetting(path, value))

    def _start_anew(self) -> None:
        project = self._edits.studio.project
        name = "Start from the seed"
        self._edits.make_or_tell(Restore(project.graph, project.settings, name=name))

    def _set_scaling(self, name: str, value: Any) -> str:
        document = {**self._edits.studio.project.scaling.model_dump(), name: value}
        try:
            scaling = Scaling.model_validate(document)
        except ValidationError as error:
            return describe_invalid("Scaling", error)
        return self._edits.make(SetScaling(scaling))

    def show_studio(self, studio: Studio) -> None:
        """Show the project as it now is."""
        project = studio.project
        self._title.setText(project.name)
        if project.data is None:
            self._data.setText("No data chosen yet.")
        else:
            self._data.setText(source_title(project.data))
        self._signature.setText(signature_words(studio.signature))
        self._signature.setVisible(studio.signature is not None)
        run = project.run(project.start) if project.start else None
        self._started.setVisible(bool(project.start))
        name = "a run that is gone" if run is None else run.name
        self.start.setText(f"Training starts from the weights of {name}.")
        self.split.show_split(project.split)
        self.scaling.show_values(project.scaling)
        self.form.show_values(project.settings)
        self.preview.show_settings(project.settings)


def signature_words(signature: DataSignature | None) -> str:
    """Say what a data set offers: "8×8×1 in, 10 classes: 0, 1, 2 …"."""
    if signature is None:
        return ""
    target = signature.target
    names = ", ".join(target.names[:6]) + (" …" if len(target.names) > 6 else "")
    if isinstance(target, ClassTarget):
        where = f" at each of {words.shape(target.shape)}" if target.shape else ""
        return f"{signature.input} in, {target.size} classes{where}: {names}"
    count = "1 number" if target.size == 1 else f"{words.whole(target.size)} numbers"
    return f"{signature.input} in, {count} out: {names}"
