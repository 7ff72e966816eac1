"""The Runs tab: every training that was kept, compared, described, restored, repeated, deleted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QAction, QColor, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QColorDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenu,
    QPlainTextEdit,
    QSplitter,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nnstudio.core.errors import StudioError
from nnstudio.gui.runs_model import DIFFERENCE, NAME, TAGS, RunsModel, colour_of
from nnstudio.gui.sections import label
from nnstudio.gui.undo import Edits
from nnstudio.project.compare import run_differences
from nnstudio.project.edits import ProjectEdit, ProjectGroup
from nnstudio.project.model import Run
from nnstudio.project.run_edits import DescribeRun, RemoveRun, restore

ROW_PX = 26
HINT = "Train the network: every training is kept here as a run."

# name, text, key, tip
_ACTIONS = (
    ("rename", "Rename", "F2", "Give the run another name"),
    ("tags", "Edit the tags", "Ctrl+T", "Words to find the run by"),
    ("pin", "Pin", "P", "Keep the run when all others are deleted; again: let go"),
    ("colour", "Colour…", "", "Choose the colour of the run's curves"),
    ("restore", "Restore", "Return", "Bring back the run's network and settings, as one step"),
    (
        "start",
        "Restore and start from its weights",
        "Shift+Return",
        "The next trainings go on from the weights of this run",
    ),
    ("repeat", "Train again", "", "Repeat the run with all that was changed on its way"),
    ("delete", "Delete", "Del", "Delete the selected runs; undo brings them back"),
    ("clear", "Delete all but pinned", "", "Delete every run that is not pinned; undo helps"),
)


class RunsPanel(QWidget):
    """Lists the runs; what is done to them goes through the undo stack.

    Args:
        edits: Makes the changes.
        complain: Told what cannot be done: (sentence, details).
        repeated: Told when a run is trained again.
    """

    def __init__(
        self,
        edits: Edits,
        complain: Callable[[str, str], None],
        repeated: Callable[[], None],
    ) -> None:
        super().__init__()
        self._edits, self._complain, self._repeated = edits, complain, repeated
        self._late: Sequence[Run] = ()
        self._noted = ""
        self.model = RunsModel(self._describe)
        self.table = self._table()
        self.actions_by_name = self._actions()
        self.words = label("", wrap=True)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.words.setAccessibleName("How the selected runs differ")
        self.notes = QPlainTextEdit()
        self.notes.setAccessibleName("Notes on the run")
        self.notes.setToolTip("Your notes on the selected run")
        self.notes.setPlaceholderText("Notes on this run")
        self.notes.setTabChangesFocus(True)
        self.notes.installEventFilter(self)
        self.controls = self._controls()
        self._arrange()
        self.table.selectionModel().selectionChanged.connect(self._selection_changed)
        self.model.modelReset.connect(self._selection_changed)
        self._selection_changed()

    def _table(self) -> QTableView:
        table = QTableView()
        table.setModel(self.model)
        table.setAccessibleName("Runs, the oldest first")
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(ROW_PX)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(DIFFERENCE, QHeaderView.ResizeMode.Stretch)
        for place, width in ((0, 100), (1, 104), (2, 70), (4, 84), (5, 104), (6, 58)):
            header.resizeSection(place, width)
        table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        table.customContextMenuRequested.connect(self._menu)
        table.installEventFilter(self)
        return table

    def _actions(self) -> dict[str, QAction]:
        made: dict[str, QAction] = {}
        does = {
            "rename": lambda: self._edit_cell(NAME),
            "tags": lambda: self._edit_cell(TAGS),
            "pin": self._pin,
            "colour": self._choose_colour,
            "restore": lambda: self._restore(weights=False),
            "start": lambda: self._restore(weights=True),
            "repeat": self._repeat,
            "delete": lambda: self._delete([run.id for run in self.selected]),
            "clear": self._clear,
        }
        for name, text, key, tip in _ACTIONS:
            action = QAction(text, self.table)
            action.setObjectName(f"runs {name}")
            action.setToolTip(f"{tip} ({key})" if key else tip)
            if key:
                action.setShortcut(QKeySequence(key))
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            action.triggered.connect(lambda _=False, do=does[name]: do())
            self.table.addAction(action)
            made[name] = action
        made["clear"].setIconText("Clear")
        return made

    def _controls(self) -> QWidget:
        bar = QWidget()
        row = QHBoxLayout(bar)
        row.setContentsMargins(0, 0, 8, 0)
        for name in ("restore", "delete", "clear"):
            button = QToolButton()
            button.setDefaultAction(self.actions_by_name[name])
            button.setAccessibleName(self.actions_by_name[name].text())
            button.setProperty("role", "flat")
            row.addWidget(button)
        return bar

    def _arrange(self) -> None:
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(8, 4, 0, 4)
        column.setSpacing(6)
        column.addWidget(self.words, 1)
        column.addWidget(self.notes, 1)
        self._empty = QLabel(HINT)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setProperty("role", "dim")
        self._whole = QSplitter(Qt.Orientation.Horizontal)
        self._whole.setHandleWidth(1)
        self._whole.addWidget(self.table)
        self._whole.addWidget(side)
        self._whole.setStretchFactor(0, 1)
        self._whole.setSizes([700, 200])
        row = QVBoxLayout(self)
        row.setContentsMargins(8, 4, 8, 4)
        row.addWidget(self._empty, 1)
        row.addWidget(self._whole, 1)

    # What is shown

    def show_runs(self, runs: Sequence[Run]) -> None:
        """Show a project's runs; while the tab is hidden this costs nothing."""
        self._late = runs
        if self.isVisible():
            self._catch_up()

    def showEvent(self, event: object) -> None:
        self._catch_up()

    def _catch_up(self) -> None:
        if self._late is not self.model.runs:
            self.model.show_runs(self._late)
        self._empty.setVisible(not self._late)
        self._whole.setVisible(bool(self._late))
        self._selection_changed()

    @property
    def selected(self) -> list[Run]:
        """The selected runs, the oldest first."""
        rows = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        return [self.model.runs[row] for row in rows if row < len(self.model.runs)]

    def select(self, run_ids: Sequence[str]) -> None:
        """Select runs by their ids."""
        chosen = self.table.selectionModel()
        chosen.clearSelection()
        flags = chosen.SelectionFlag.Select | chosen.SelectionFlag.Rows
        for row, run in enumerate(self.model.runs):
            if run.id in run_ids:
                chosen.select(self.model.index(row, 0), flags)

    def _selection_changed(self, *_: object) -> None:
        self._keep_notes()
        runs = self.selected
        one = runs[0] if len(runs) == 1 else None
        for name in ("rename", "tags", "colour", "restore", "start", "repeat"):
            self.actions_by_name[name].setEnabled(one is not None)
        for name in ("pin", "delete"):
            self.actions_by_name[name].setEnabled(bool(runs))
        self.actions_by_name["clear"].setEnabled(any(not run.pinned for run in self._late))
        self.notes.setEnabled(one is not None)
        self._noted = "" if one is None else one.id
        text = "" if one is None else one.notes
        if self.notes.toPlainText() != text:
            self.notes.setPlainText(text)
        self.words.setText(self._words(runs))

    def _words(self, runs: Sequence[Run]) -> str:
        if len(runs) == 2:
            found = run_differences(*runs)
            lines = [f"• {one}" for one in found] or ["The same network and settings."]
            return "\n".join([f"{runs[0].name} → {runs[1].name}", *lines])
        if len(runs) == 1:
            run = runs[0]
            row = next(i for i, one in enumerate(self.model.runs) if one.id == run.id)
            return f"{run.name}\n{self.model.difference(row)}"
        return "Select a run, or two to compare them."

    # What is done

    def _describe(self, run_id: str, name: str, value: Any) -> str:
        sentence = self._edits.make(DescribeRun(run_id, {name: value}))
        if sentence:
            self._complain(sentence, "")
        return sentence

    def _edit_cell(self, column: int) -> None:
        rows = self.table.selectionModel().selectedRows()
        if rows:
            index = self.model.index(rows[0].row(), column)
            self.table.setFocus()
            self.table.edit(index)

    def _pin(self) -> None:
        runs = self.selected
        pinned = not all(run.pinned for run in runs)
        edits: tuple[ProjectEdit, ...] = tuple(
            DescribeRun(run.id, {"pinned": pinned}) for run in runs if run.pinned != pinned
        )
        word = "Pin" if pinned else "Unpin"
        self._edits.make_or_tell(_one_step(f"{word} {len(edits)} runs", edits))

    def _choose_colour(self) -> None:
        run = self.selected[0]
        place = self.model.runs.index(run)
        chosen = QColorDialog.getColor(QColor(colour_of(run, place)), self, f"Colour of {run.name}")
        if chosen.isValid():
            self._describe(run.id, "colour", chosen.name())

    def _restore(self, *, weights: bool) -> None:
        try:
            edit = restore(self._edits.studio.project, self.selected[0].id, weights=weights)
        except StudioError as error:
            self._complain(error.sentence, error.details)
            return
        self._edits.make_or_tell(edit)

    def _repeat(self) -> None:
        try:
            self._edits.studio.replay(self.selected[0].id)
        except StudioError as error:
            self._complain(error.sentence, error.details)
            return
        self._repeated()

    def _clear(self) -> None:
        self._delete([run.id for run in self._late if not run.pinned])

    def _delete(self, run_ids: Sequence[str]) -> None:
        edits = tuple(RemoveRun(one) for one in run_ids)
        if edits:
            self._edits.make_or_tell(_one_step(f"Delete {len(edits)} runs", edits))

    def _keep_notes(self) -> None:
        """Take over notes that were written."""
        run = next((one for one in self._edits.studio.project.runs if one.id == self._noted), None)
        text = self.notes.toPlainText()
        if run is not None and run.notes != text and self.notes.document().isModified():
            self.notes.document().setModified(False)
            self._describe(run.id, "notes", text)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.table and isinstance(event, QKeyEvent):
            return self._key(event)
        if event.type() == QEvent.Type.FocusOut and watched is not self.table:
            self._keep_notes()
        return False

    def _key(self, event: QKeyEvent) -> bool:
        """Do what a key is for here; the window uses some of them for the network."""
        keys = QKeySequence(event.keyCombination())
        action = next((a for a in self.actions_by_name.values() if a.shortcut() == keys), None)
        if action is None:
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
        elif event.type() == QEvent.Type.KeyPress:
            action.trigger()
        return True

    def _menu(self, at: QPoint) -> None:
        menu = QMenu(self.table)
        for name, action in self.actions_by_name.items():
            if name in ("restore", "delete"):
                menu.addSeparator()
            menu.addAction(action)
        menu.popup(self.table.viewport().mapToGlobal(at))
        menu.aboutToHide.connect(menu.deleteLater)


def _one_step(name: str, edits: tuple[ProjectEdit, ...]) -> ProjectEdit:
    """Give several edits as one step; a single one keeps its own name."""
    return edits[0] if len(edits) == 1 else ProjectGroup(name, edits)
