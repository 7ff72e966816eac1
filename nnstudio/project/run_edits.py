"""Edits of a project's runs: keep, remove, describe, and go back to what a run was trained with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from nnstudio.core import words
from nnstudio.core.errors import StudioError
from nnstudio.graph.document import graph_from_json, graph_json
from nnstudio.graph.model import Graph
from nnstudio.project.document import settings_from_json
from nnstudio.project.model import Project, Run
from nnstudio.project.remarks import checked_remarks
from nnstudio.train.settings import RunSettings

if TYPE_CHECKING:
    from nnstudio.project.edits import ProjectEdit


@dataclass(frozen=True, slots=True)
class AddRun:
    """Keep a finished run; its JSON form names the run, which itself is kept in memory.

    Attributes:
        run: The run.
        index: Its place among the runs; None for the end.
    """

    run: Run
    index: int | None = None
    op: ClassVar[str] = "add run"

    def apply(self, project: Project) -> tuple[Project, ProjectEdit]:
        """See `ProjectEdit`."""
        if any(run.id == self.run.id for run in project.runs):
            raise StudioError(f"The project already has a run '{self.run.id}'.")
        runs = list(project.runs)
        runs.insert(len(runs) if self.index is None else self.index, self.run)
        return replace(project, runs=tuple(runs)), RemoveRun(self.run.id)

    def title(self, project: Project) -> str:
        """See `ProjectEdit`."""
        return f"Keep {self.run.name}"

    def to_json(self) -> dict[str, Any]:
        """See `ProjectEdit`."""
        return {"op": self.op, "run": self.run.id, "index": self.index}

    def merged(self, later: ProjectEdit) -> ProjectEdit | None:
        """See `ProjectEdit`."""
        return None


@dataclass(frozen=True, slots=True)
class RemoveRun:
    """Take a run out of the project."""

    run: str
    op: ClassVar[str] = "remove run"

    def apply(self, project: Project) -> tuple[Project, ProjectEdit]:
        """See `ProjectEdit`."""
        run = _run(project, self.run)
        index = project.runs.index(run)
        kept = project.runs[:index] + project.runs[index + 1 :]
        return replace(project, runs=kept), AddRun(run, index)

    def title(self, project: Project) -> str:
        """See `ProjectEdit`."""
        run = project.run(self.run)
        return f"Remove {self.run if run is None else run.name}"

    def to_json(self) -> dict[str, Any]:
        """See `ProjectEdit`."""
        return {"op": self.op, "run": self.run}

    def merged(self, later: ProjectEdit) -> ProjectEdit | None:
        """See `ProjectEdit`."""
        return None


@dataclass(frozen=True, slots=True)
class DescribeRun:
    """Give a run another name, colour, tags or notes, or pin it.

    Attributes:
        run: Its id.
        values: Any of "name", "colour", "tags", "notes", "pinned"; see `checked_remarks`.
    """

    run: str
    values: Mapping[str, Any]
    op: ClassVar[str] = "describe run"

    def apply(self, project: Project) -> tuple[Project, ProjectEdit]:
        """See `ProjectEdit`."""
        run = _run(project, self.run)
        changed = checked_remarks(self.values)
        before = {name: getattr(run, name) for name in changed}
        new = replace(run, **changed)
        runs = tuple(new if one.id == self.run else one for one in project.runs)
        return replace(project, runs=runs), DescribeRun(self.run, before)

    def title(self, project: Project) -> str:
        """See `ProjectEdit`."""
        run = project.run(self.run)
        name = self.run if run is None else run.name
        if "name" in self.values:
            return f"Rename {name} to {self.values['name']}"
        if "pinned" in self.values:
            return f"{'Pin' if self.values['pinned'] else 'Unpin'} {name}"
        return f"{words.listed([one.capitalize() for one in self.values], 'and')} of {name}"

    def to_json(self) -> dict[str, Any]:
        """See `ProjectEdit`."""
        values = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in self.values.items()
        }
        return {"op": self.op, "run": self.run, "values": values}

    def merged(self, later: ProjectEdit) -> ProjectEdit | None:
        """See `ProjectEdit`."""
        if not isinstance(later, DescribeRun) or later.run != self.run:
            return None
        return later if later.values.keys() == self.values.keys() else None


@dataclass(frozen=True, slots=True)
class Restore:
    """Put another network and other settings in the place of the present ones.

    Attributes:
        graph: The network.
        settings: How to train.
        start: Id of the run whose weights the next trainings start from; "" for the seed's.
        name: What the undo menu calls it.
    """

    graph: Graph
    settings: RunSettings
    start: str = ""
    name: str = "Restore"
    op: ClassVar[str] = "restore"

    def apply(self, project: Project) -> tuple[Project, ProjectEdit]:
        """See `ProjectEdit`."""
        changed = replace(project, graph=self.graph, settings=self.settings, start=self.start)
        return changed, Restore(project.graph, project.settings, project.start, self.name)

    def title(self, project: Project) -> str:
        """See `ProjectEdit`."""
        return self.name

    def to_json(self) -> dict[str, Any]:
        """See `ProjectEdit`."""
        return {
            "op": self.op,
            "graph": graph_json(self.graph),
            "settings": self.settings.model_dump(mode="json"),
            "start": self.start,
            "name": self.name,
        }

    @staticmethod
    def from_json(document: Mapping[str, Any]) -> Restore:
        """Read what `to_json` gave."""
        settings = settings_from_json(document["settings"])
        graph = graph_from_json(document["graph"])
        return Restore(graph, settings, str(document["start"]), str(document["name"]))

    def merged(self, later: ProjectEdit) -> ProjectEdit | None:
        """See `ProjectEdit`."""
        return None


def restore(project: Project, run_id: str, *, weights: bool = False) -> Restore:
    """Give the edit that goes back to a run's network and settings.

    Args:
        project: The project.
        run_id: The run.
        weights: Whether the next trainings start from its weights too.

    Raises:
        StudioError: There is no such run, or it has no weights.
    """
    run = _run(project, run_id)
    if weights and not run.weights:
        raise StudioError(f"'{run.name}' has no weights; restore its network and settings alone.")
    what = f"Restore {run.name} and start from its weights" if weights else f"Restore {run.name}"
    return Restore(run.graph, run.settings_at_end, run.id if weights else "", what)


def _run(project: Project, run_id: str) -> Run:
    found = next((run for run in project.runs if run.id == run_id), None)
    if found is None:
        raise StudioError(f"There is no run '{run_id}' in this project.")
    return found
