"""Edits of a project: each is JSON, has a name, and gives back its exact inverse."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Protocol

from nnstudio.core.errors import StudioError
from nnstudio.data.sources import DataSource
from nnstudio.data.split import Split
from nnstudio.data.transform import Scaling
from nnstudio.graph import edits as graph_edits
from nnstudio.graph.types import DataSignature
from nnstudio.project.document import (
    checked_name,
    scaling_from_json,
    signature_from_json,
    signature_json,
    source_from_json,
    source_json,
    split_from_json,
)
from nnstudio.project.model import Project, Run
from nnstudio.project.run_edits import AddRun, DescribeRun, RemoveRun, Restore
from nnstudio.project.setting import set_setting, setting_title

MAX_NOTES = 1_000_000


class ProjectEdit(Protocol):
    """A change of a project."""

    op: ClassVar[str]

    def apply(self, project: Project) -> tuple[Project, ProjectEdit]:
        """Give the changed project and the edit that takes the change back.

        Raises:
            StudioError: The edit does not fit this project, which stays as it was.
        """

    def title(self, project: Project) -> str:
        """Say what the edit does to `project`, for the undo menu."""

    def to_json(self) -> dict[str, Any]:
        """Give the edit as JSON values."""

    def merged(self, later: ProjectEdit) -> ProjectEdit | None:
        """Give one edit for this one followed by `later`, or None where both are wanted."""


@dataclass(frozen=True, slots=True)
class EditGraph:
    """Change the network."""

    edit: graph_edits.Edit
    op: ClassVar[str] = "edit graph"

    def apply(self, project: Project) -> tuple[Project, ProjectEdit]:
        """See `ProjectEdit`."""
        graph, inverse = self.edit.apply(project.graph)
        return replace(project, graph=graph), EditGraph(inverse)

    def title(self, project: Project) -> str:
        """See `ProjectEdit`."""
        return self.edit.title(project.graph)

    def to_json(self) -> dict[str, Any]:
        """See `ProjectEdit`."""
        return {"op": self.op, "edit": self.edit.to_json()}

    def merged(self, later: ProjectEdit) -> ProjectEdit | None:
        """See `ProjectEdit`."""
        both = self.edit.merged(later.edit) if isinstance(later, EditGraph) else None
        return None if both is None else EditGraph(both)


@dataclass(frozen=True, slots=True)
class SetSetting:
    """Give one run setting another value (as in a file).

    Attributes:
        path: The setting, such as "epochs", "optimiser.momentum" or "optimiser.kind".
        value: The new value; for a path that ends in ".kind" the other values of that group
            become those of the new kind.
    """

    path: str
    value: Any
    op: ClassVar[str] = "set setting"

    def apply(self, project: Project) -> tuple[Project, ProjectEdit]:
        """See `ProjectEdit`."""
        settings, path, before = set_setting(project.settings, self.path, self.value)
        return replace(project, settings=settings), SetSetting(path, before)

    def title(self, project: Project) -> str:
        """See `ProjectEdit`."""
        return setting_title(project.settings, self.path, self.value)

    def to_json(self) -> dict[str, Any]:
        """See `ProjectEdit`."""
        return {"op": self.op, "path": self.path, "value": self.value}

    def merged(self, later: ProjectEdit) -> ProjectEdit | None:
        """See `ProjectEdit`; a change of kind stands alone, since it changes other values too."""
        same = isinstance(later, SetSetting) and later.path == self.path
        return later if same and not self.path.endswith("kind") else None


@dataclass(frozen=True, slots=True)
class SetData:
    """Take the samples from somewhere else.

    Attributes:
        source: Where they come from; None for no data.
        signature: What that source offers; None while it is not known.
    """

    source: DataSource | None
    signature: DataSignature | None = None
    op: ClassVar[str] = "set data"

    def apply(self, project: Project) -> tuple[Project, ProjectEdit]:
        """See `ProjectEdit`."""
        changed = replace(project, data=self.source, signature=self.signature)
        return changed, SetData(project.data, project.signature)

    def title(self, project: Project) -> str:
        """See `ProjectEdit`."""
        return "Remove the data" if self.source is None else f"Data: {source_title(self.source)}"

    def to_json(self) -> dict[str, Any]:
        """See `ProjectEdit`."""
        source = None if self.source is None else source_json(self.source)
        return {"op": self.op, "source": source, "signature": signature_json(self.signature)}

    def merged(self, later: ProjectEdit) -> ProjectEdit | None:
        """See `ProjectEdit`."""
        return None


def source_title(source: DataSource) -> str:
    """Give a few words for a source: "digits", "spirals" or the name of a file."""
    for field in ("name", "shape"):
        if hasattr(source, field):
            return str(getattr(source, field)).replace("_", " ")
    path = getattr(source, "path", None) or getattr(source, "images", None)
    return source.kind if path is None else str(path.name)


@dataclass(frozen=True, slots=True)
class SetSplit:
    """Divide the samples otherwise."""

    split: Split
    op: ClassVar[str] = "set split"

    def apply(self, project: Project) -> tuple[Project, ProjectEdit]:
        """See `ProjectEdit`."""
        return replace(project, split=self.split), SetSplit(project.split)

    def title(self, project: Project) -> str:
        """See `ProjectEdit`."""
        shares = (self.split.train, self.split.valid, self.split.test)
        return f"Split {' / '.join(f'{100 * share:.3g}' for share in shares)} %"

    def to_json(self) -> dict[str, Any]:
        """See `ProjectEdit`."""
        return {"op": self.op, "split": self.split.model_dump(mode="json")}

    def merged(self, later: ProjectEdit) -> ProjectEdit | None:
        """See `ProjectEdit`."""
        return later if isinstance(later, SetSplit) else None


@dataclass(frozen=True, slots=True)
class SetScaling:
    """Scale the inputs otherwise."""

    scaling: Scaling
    op: ClassVar[str] = "set scaling"

    def apply(self, project: Project) -> tuple[Project, ProjectEdit]:
        """See `ProjectEdit`."""
        return replace(project, scaling=self.scaling), SetScaling(project.scaling)

    def title(self, project: Project) -> str:
        """See `ProjectEdit`."""
        span = f" to {self.scaling.span}" if self.scaling.kind == "scale" else ""
        return f"Scaling: {self.scaling.kind.replace('_', ' ')}{span}"

    def to_json(self) -> dict[str, Any]:
        """See `ProjectEdit`."""
        return {"op": self.op, "scaling": self.scaling.model_dump(mode="json")}

    def merged(self, later: ProjectEdit) -> ProjectEdit | None:
        """See `ProjectEdit`."""
        return None


@dataclass(frozen=True, slots=True)
class RenameProject:
    """Give the project another name."""

    name: str
    op: ClassVar[str] = "rename project"

    def apply(self, project: Project) -> tuple[Project, ProjectEdit]:
        """See `ProjectEdit`."""
        return replace(project, name=checked_name(self.name)), RenameProject(project.name)

    def title(self, project: Project) -> str:
        """See `ProjectEdit`."""
        return f"Rename the project to {self.name}"

    def to_json(self) -> dict[str, Any]:
        """See `ProjectEdit`."""
        return {"op": self.op, "name": self.name}

    def merged(self, later: ProjectEdit) -> ProjectEdit | None:
        """See `ProjectEdit`."""
        return later if isinstance(later, RenameProject) else None


@dataclass(frozen=True, slots=True)
class SetNotes:
    """Write other notes."""

    notes: str
    op: ClassVar[str] = "set notes"

    def apply(self, project: Project) -> tuple[Project, ProjectEdit]:
        """See `ProjectEdit`."""
        if len(self.notes) > MAX_NOTES:
            raise StudioError(
                f"The notes have {len(self.notes):,} characters, at most {MAX_NOTES:,} are kept; "
                "shorten them."
            )
        return replace(project, notes=self.notes), SetNotes(project.notes)

    def title(self, project: Project) -> str:
        """See `ProjectEdit`."""
        return "Edit the notes"

    def to_json(self) -> dict[str, Any]:
        """See `ProjectEdit`."""
        return {"op": self.op, "notes": self.notes}

    def merged(self, later: ProjectEdit) -> ProjectEdit | None:
        """See `ProjectEdit`."""
        return later if isinstance(later, SetNotes) else None


@dataclass(frozen=True, slots=True)
class ProjectGroup:
    """Several edits as one step, all or nothing."""

    name: str
    edits: tuple[ProjectEdit, ...]
    op: ClassVar[str] = "project group"

    def apply(self, project: Project) -> tuple[Project, ProjectEdit]:
        """See `ProjectEdit`."""
        inverses: list[ProjectEdit] = []
        for edit in self.edits:
            project, inverse = edit.apply(project)
            inverses.append(inverse)
        return project, ProjectGroup(f"Undo {self.name}", tuple(reversed(inverses)))

    def title(self, project: Project) -> str:
        """See `ProjectEdit`."""
        return self.name

    def to_json(self) -> dict[str, Any]:
        """See `ProjectEdit`."""
        return {"op": self.op, "name": self.name, "edits": [edit.to_json() for edit in self.edits]}

    def merged(self, later: ProjectEdit) -> ProjectEdit | None:
        """See `ProjectEdit`."""
        return None


_READERS: dict[str, Callable[[Mapping[str, Any]], ProjectEdit]] = {
    "edit graph": lambda doc: EditGraph(graph_edits.edit_from_json(doc["edit"])),
    "set setting": lambda doc: SetSetting(str(doc["path"]), doc["value"]),
    "set data": lambda doc: SetData(
        None if doc["source"] is None else source_from_json(doc["source"]),
        signature_from_json(doc["signature"]),
    ),
    "set split": lambda doc: SetSplit(split_from_json(doc["split"])),
    "set scaling": lambda doc: SetScaling(scaling_from_json(doc["scaling"])),
    "rename project": lambda doc: RenameProject(str(doc["name"])),
    "set notes": lambda doc: SetNotes(str(doc["notes"])),
    "remove run": lambda doc: RemoveRun(str(doc["run"])),
    "describe run": lambda doc: DescribeRun(str(doc["run"]), dict(doc["values"])),
    "restore": Restore.from_json,
}


def edit_from_json(document: object, runs: Mapping[str, Run] | None = None) -> ProjectEdit:
    """Read an edit from JSON values.

    Args:
        document: What `to_json` gave.
        runs: The runs that edits may bring back, by id.

    Raises:
        StudioError: It is not an edit, or names a run that is gone.
    """
    try:
        if not isinstance(document, Mapping):
            raise TypeError
        if document["op"] == AddRun.op:
            return AddRun((runs or {})[document["run"]], document["index"])
        if document["op"] == ProjectGroup.op:
            edits = tuple(edit_from_json(one, runs) for one in document["edits"])
            return ProjectGroup(str(document["name"]), edits)
        return _READERS[document["op"]](document)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise StudioError(
            "The record of a change of the project is damaged.", details=repr(error)
        ) from error
