"""From a project to a training, and from a finished training to a run of the project."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import nnstudio
from nnstudio.core.errors import StudioError
from nnstudio.data.dataset import DataSet
from nnstudio.data.load import load
from nnstudio.data.prepare import Part, Prepared, make_part, prepare
from nnstudio.data.report import Cancel, Progress
from nnstudio.data.split import Split, split_rows
from nnstudio.data.transform import Scaler
from nnstudio.graph.types import DataSignature
from nnstudio.project.document import source_json, split_from_json
from nnstudio.project.model import Arrays, Project, Run
from nnstudio.train.events import Finished
from nnstudio.train.job import Job
from nnstudio.train.trainer import Trainer


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """The data of a project, read and prepared.

    Attributes:
        dataset: As it was read.
        parts: Split and scaled.
    """

    dataset: DataSet
    parts: Prepared


def read_data(
    project: Project, progress: Progress | None = None, cancel: Cancel | None = None
) -> Data:
    """Read and prepare the data of a project.

    Raises:
        StudioError: There is none, or it is missing, damaged or cannot be learned from.
        Cancelled: `cancel` answered True.
    """
    dataset = _dataset(project, progress, cancel)
    seed = project.settings.seed
    parts = prepare(dataset, project.split, project.scaling, seed, progress=progress, cancel=cancel)
    return Data(dataset, parts)


def _dataset(
    project: Project, progress: Progress | None = None, cancel: Cancel | None = None
) -> DataSet:
    if project.data is None:
        raise StudioError(f"The project '{project.name}' has no data yet; choose a data set first.")
    return load(project.data, progress=progress, cancel=cancel)


def job_of(project: Project, data: Data, weights: Arrays | None = None) -> Job:
    """Give the training that a project describes.

    Args:
        project: The project.
        data: Its data.
        weights: Arrays to start from; None draws them from the seed.
    """
    return Job(project.graph, data.parts, project.settings, weights)


def run_of(project: Project, trainer: Trainer, finished: Finished, data: Data) -> Run:
    """Give what a training left behind as a run with a free id and name.

    Args:
        project: The project, for its names and its split.
        trainer: What was trained, at its end.
        finished: How it ended.
        data: What it was trained on.
    """
    number = _free_number(project)
    measured = {"train": finished.train, "valid": finished.valid, "test": finished.test}
    return Run(
        id=f"run{number}",
        name=f"Run {number}",
        graph=trainer.job.graph,
        settings=trainer.job.settings,
        history=trainer.history,
        weights=trainer.weights(),
        initial=trainer.initial,
        scaler=data.parts.scaler.arrays(),
        metrics={part: dict(measures) for part, measures in measured.items() if measures},
        info=_info(project, trainer, finished, data),
        signature=data.dataset.signature,
    )


def _free_number(project: Project) -> int:
    taken = {run.id for run in project.runs} | {run.name for run in project.runs}
    number = len(project.runs) + 1
    while f"run{number}" in taken or f"Run {number}" in taken:
        number += 1
    return number


def _info(project: Project, trainer: Trainer, finished: Finished, data: Data) -> dict[str, Any]:
    parts = data.parts
    return {
        "reason": finished.reason,
        "epochs": finished.epochs,
        "steps": finished.steps,
        "seconds": finished.seconds,
        "best_epoch": finished.best_epoch,
        "ended": datetime.now(UTC).isoformat(timespec="seconds"),
        "threads": trainer.threads,
        "data": {
            "name": data.dataset.name,
            "source": None if project.data is None else source_json(project.data),
            "fingerprint": data.dataset.fingerprint,
            "samples": {
                name: part.size
                for name, part in (
                    ("train", parts.train),
                    ("valid", parts.valid),
                    ("test", parts.test),
                )
            },
        },
        "split": project.split.model_dump(mode="json"),
        "scaling": project.scaling.model_dump(mode="json"),
        "versions": versions(),
    }


def versions() -> dict[str, str]:
    """Give the versions of all that a result depends on."""
    found = {
        "nnstudio": nnstudio.__version__,
        "Python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
    }
    for package in ("numpy", "numba", "llvmlite", "scikit-learn"):
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found


def with_run(project: Project, run: Run, signature: DataSignature) -> Project:
    """Give the project with one more run, and with what its data turned out to offer."""
    return replace(project, runs=(*project.runs, run), signature=signature)


def chosen_run(project: Project, name: str | None = None) -> Run:
    """Give a run that has weights: the one asked for, or the latest.

    Raises:
        StudioError: There is none.
    """
    trained = [run for run in project.runs if run.weights]
    if not trained:
        raise StudioError(f"The project '{project.name}' has not been trained yet; train it first.")
    if name is None:
        return trained[-1]
    run = project.run(name)
    if run is None or not run.weights:
        names = ", ".join(f"'{one.id}'" for one in trained)
        raise StudioError(
            f"There is no trained run '{name}' in this project; choose one of {names}."
        )
    return run


def part_of_run(
    project: Project, run: Run, part: str = "test", progress: Progress | None = None
) -> tuple[Part, DataSet]:
    """Give a part of the data as a run divided and scaled it.

    Args:
        project: Where the data comes from.
        run: Whose split and scaling count.
        part: "train", "valid" or "test".
        progress: Told how far the reading is.

    Raises:
        StudioError: The data is missing or is not what the run was trained on, or has no such part.
    """
    dataset = _dataset(project, progress)
    _check_same_data(run, dataset)
    rows = getattr(split_rows(dataset, _split(project, run), run.settings.seed), part)
    if not len(rows):
        raise StudioError(
            f"The split of '{run.name}' has no {part} part; choose another part or train with one."
        )
    return make_part(dataset, rows, Scaler.from_arrays(run.scaler)), dataset


def _split(project: Project, run: Run) -> Split:
    return split_from_json(run.info["split"]) if "split" in run.info else project.split


def _check_same_data(run: Run, dataset: DataSet) -> None:
    known = run.info.get("data")
    fingerprint = known.get("fingerprint") if isinstance(known, Mapping) else None
    if fingerprint is not None and fingerprint != dataset.fingerprint:
        raise StudioError(
            f"The data has changed since '{run.name}' was trained, so its parts are no longer the "
            "same; choose the old data again or train anew."
        )
