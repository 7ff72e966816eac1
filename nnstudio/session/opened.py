"""One open project: what is in it, and the only way to change it; knows nothing of trainings."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from nnstudio.core.errors import StudioError
from nnstudio.graph.edits import Edit
from nnstudio.graph.infer import Inference
from nnstudio.graph.model import Graph
from nnstudio.graph.problems import Problem
from nnstudio.graph.types import DataSignature
from nnstudio.project.edits import EditGraph, ProjectEdit
from nnstudio.project.file import save_project
from nnstudio.project.model import Project
from nnstudio.session.inferring import Inferring

AnyEdit = Edit | ProjectEdit


class OpenProject:
    """A project and what is known of it.

    Args:
        project: The project.
        path: Where it was read from or saved to last; None for a new one.
    """

    def __init__(self, project: Project, path: Path | None = None) -> None:
        self._project = self._saved = project
        self.path = path
        self.saved_at: float | None = None
        self._listeners: list[Callable[[], None]] = []
        self._inferring = Inferring()

    # What is there

    @property
    def project(self) -> Project:
        """The project as it is now; a value that never changes."""
        return self._project

    @property
    def graph(self) -> Graph:
        """The network as drawn."""
        return self._project.graph

    @property
    def signature(self) -> DataSignature | None:
        """What the data offers; None before a choice was made."""
        return self._project.signature

    @property
    def inference(self) -> Inference:
        """Types and problems of the network as it is now, as it would be trained here."""
        return self._inferring.of(self._project)

    @property
    def can_train(self) -> Problem | None:
        """What keeps the network from being trained; None when nothing does."""
        if self._project.data is None:
            hint = "Choose one in the data panel."
            return Problem("", "unfinished", "There is no data set yet.", hint)
        return self.inference.first_obstacle()

    @property
    def dirty(self) -> bool:
        """Whether something has changed since the last save."""
        return self._project is not self._saved and self._project != self._saved

    @property
    def unsaved_runs(self) -> bool:
        """Whether trainings were added since the last save."""
        saved = {run.id for run in self._saved.runs}
        return any(run.id not in saved for run in self._project.runs)

    @property
    def title(self) -> str:
        """The project's name."""
        return self._project.name

    # Changing it

    def apply(self, edit: AnyEdit) -> AnyEdit:
        """Change the project; the only way anything changes.

        Args:
            edit: Of the graph or of the project.

        Returns:
            The edit that takes the change back, of the same sort.

        Raises:
            StudioError: The edit does not fit; nothing was changed.
        """
        whole = _of_project(edit)
        self._project, inverse = whole.apply(self._project)
        self._tell()
        if whole is not edit and isinstance(inverse, EditGraph):
            return inverse.edit
        return inverse

    def title_of(self, edit: AnyEdit) -> str:
        """Say what an edit would do to the project as it is now."""
        return _of_project(edit).title(self._project)

    def subscribe(self, listener: Callable[[], None]) -> None:
        """Call `listener` after every change, on the thread that made it."""
        self._listeners.append(listener)

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()

    # Files

    def save(self, path: Path | None = None) -> None:
        """Save to `path`, or where the project was last.

        Raises:
            StudioError: It could not be written; what stood there is whole.
        """
        target = path or self.path
        if target is None:
            raise StudioError("This project has no file yet; choose one with Save As.")
        project = self._project
        save_project(project, target)
        self._saved, self.path = project, target
        self.saved_at = time.time()
        self._tell()


def _of_project(edit: AnyEdit) -> ProjectEdit:
    """Give an edit of the graph as one of the project."""
    return EditGraph(edit) if isinstance(edit, Edit) else edit
