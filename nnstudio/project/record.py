"""Makes the record of a training, as a project keeps it."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from nnstudio import __version__
from nnstudio.project.document import source_json
from nnstudio.project.edits import source_title
from nnstudio.project.model import Project, Run
from nnstudio.train.events import Finished
from nnstudio.train.trainer import Trainer


def free_run_id(project: Project, taken: Collection[str] = ()) -> str:
    """Give an id that no run of the project has: run1, run2 …

    Args:
        project: The project.
        taken: More ids that may not be given, such as of runs that undo may bring back.
    """
    number = len(project.runs) + 1
    taken = {run.id for run in project.runs} | set(taken)
    while f"run{number}" in taken:
        number += 1
    return f"run{number}"


def run_name(run_id: str) -> str:
    """Give the name that a run has until a person gives it another."""
    return f"Run {run_id.removeprefix('run')}"


def make_run(
    project: Project,
    trainer: Trainer,
    end: Finished,
    fingerprint: str = "",
    *,
    run_id: str = "",
    parent: tuple[str, int] | None = None,
) -> Run:
    """Make the record of a training that has ended.

    Args:
        project: The project as it was when the training began; gives the id, the source of the
            data, the split and the scaling.
        trainer: The training, with its final weights.
        end: Its last event.
        fingerprint: Of the data it was trained on.
        run_id: Of the run; "" for a free one.
        parent: Run and step that it branched off from.
    """
    run_id = run_id or free_run_id(project)
    measured = {"train": end.train, "valid": end.valid, "test": end.test}
    return Run(
        run_id,
        run_name(run_id),
        trainer.job.graph,
        trainer.job.settings,
        trainer.history,
        trainer.weights(),
        trainer.initial,
        trainer.job.data.scaler.arrays(),
        {part: dict(measures) for part, measures in measured.items() if measures},
        _info(project, trainer, end, fingerprint),
        trainer.job.data.signature,
        parent=parent,
        changes=tuple(trainer.changes),
    )


def _info(project: Project, trainer: Trainer, end: Finished, fingerprint: str) -> dict[str, Any]:
    data = trainer.job.data
    parts = {"train": data.train, "valid": data.valid, "test": data.test}
    return {
        "reason": end.reason,
        "epochs": end.epochs,
        "steps": end.steps,
        "seconds": round(end.seconds, 6),
        "best_epoch": end.best_epoch,
        "ended": datetime.now(UTC).isoformat(timespec="seconds"),
        "threads": trainer.threads,
        "data": {
            "name": "" if project.data is None else source_title(project.data),
            "source": None if project.data is None else source_json(project.data),
            "samples": {name: part.size for name, part in parts.items()},
        },
        "data_fingerprint": fingerprint,
        "split": project.split.model_dump(mode="json"),
        "scaling": project.scaling.model_dump(mode="json"),
        "versions": dict(versions()),
    }


def versions() -> Mapping[str, str]:
    """Give the versions of all that a result depends on."""
    found = {
        "nnstudio": __version__,
        "Python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
    }
    for package in ("numpy", "numba", "llvmlite", "scikit-learn"):
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found
