"""From a project to a training, and from a finished training to a run of the project."""

from __future__ import annotations

from dataclasses import dataclass

from nnstudio.core.errors import StudioError
from nnstudio.data.dataset import DataSet, RowIndex
from nnstudio.data.load import load
from nnstudio.data.prepare import Part, Prepared, make_part, prepare
from nnstudio.data.report import Cancel, Progress
from nnstudio.data.split import Split, split_rows
from nnstudio.data.transform import Scaler
from nnstudio.project.document import split_from_json
from nnstudio.project.model import Arrays, Project, Run
from nnstudio.project.record import make_run
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
    return make_run(project, trainer, finished, data.dataset.fingerprint)


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
    run = project.run(name) or project.run(f"run{name.lower().removeprefix('run').strip()}")
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
    rows, dataset = rows_of_run(project, run, part, progress)
    return make_part(dataset, rows, Scaler.from_arrays(run.scaler)), dataset


def rows_of_run(
    project: Project, run: Run, part: str = "test", progress: Progress | None = None
) -> tuple[RowIndex, DataSet]:
    """Give the rows of a part as a run divided the data; see `part_of_run`."""
    dataset = _dataset(project, progress)
    _check_same_data(run, dataset)
    rows: RowIndex = getattr(split_rows(dataset, _split(project, run), run.settings.seed), part)
    if not len(rows):
        raise StudioError(
            f"The split of '{run.name}' has no {part} part; choose another part or train with one."
        )
    return rows, dataset


def _split(project: Project, run: Run) -> Split:
    return split_from_json(run.info["split"]) if "split" in run.info else project.split


def _check_same_data(run: Run, dataset: DataSet) -> None:
    fingerprint = run.info.get("data_fingerprint")
    if fingerprint and fingerprint != dataset.fingerprint:
        raise StudioError(
            f"The data has changed since '{run.name}' was trained, so its parts are no longer the "
            "same; choose the old data again or train anew."
        )
