"""Trains a run again: the same network, settings, start and changes give the same bits."""

from __future__ import annotations

from dataclasses import dataclass, replace

from nnstudio.core.errors import StudioError
from nnstudio.data.prepare import Prepared
from nnstudio.project.document import scaling_from_json, split_from_json
from nnstudio.project.model import Arrays, Project
from nnstudio.train.job import Job
from nnstudio.train.live import Change


@dataclass(frozen=True, slots=True, eq=False)
class Replay:
    """What is needed to repeat a run.

    Attributes:
        project: The project as the run had it.
        weights: Those of its start; None draws them from the seed.
        changes: Of the settings on the way.
        until: Steps and epochs after which it was stopped; None where it ended by itself.
    """

    project: Project
    weights: Arrays | None
    changes: tuple[Change, ...]
    until: tuple[int, int] | None

    def job(self, data: Prepared) -> Job:
        """Give the training."""
        settings = self.project.settings
        return Job(self.project.graph, data, settings, self.weights, self.changes, until=self.until)


def replay_of(project: Project, run_id: str) -> Replay:
    """Give what repeats a run, in a project with the same data.

    Raises:
        StudioError: There is no such run.
    """
    run = project.run(run_id)
    if run is None:
        names = ", ".join(f"'{one.id}'" for one in project.runs) or "there are none"
        raise StudioError(f"There is no run '{run_id}' in this project; choose one of: {names}.")
    was = replace(project, graph=run.graph, settings=run.settings)
    if "split" in run.info:
        was = replace(was, split=split_from_json(run.info["split"]))
    if "scaling" in run.info:
        was = replace(was, scaling=scaling_from_json(run.info["scaling"]))
    until = None
    if run.info.get("reason") == "stopped":
        until = int(run.info.get("steps", 0)), int(run.info.get("epochs", 0))
    return Replay(was, run.initial or None, run.changes, until)
