"""Makes the record of a training, as a project keeps it."""

from __future__ import annotations

import platform
from collections.abc import Mapping

import numpy as np

from nnstudio import __version__
from nnstudio.project.model import Project, Run
from nnstudio.train.events import Finished
from nnstudio.train.trainer import Trainer


def free_run_id(project: Project) -> str:
    """Give an id that no run of the project has: run1, run2 …"""
    taken = {run.id for run in project.runs}
    number = len(taken) + 1
    while f"run{number}" in taken:
        number += 1
    return f"run{number}"


def make_run(project: Project, trainer: Trainer, end: Finished, fingerprint: str = "") -> Run:
    """Make the record of a training that has ended.

    Args:
        project: The project it will belong to; gives the id.
        trainer: The training, with its final weights.
        end: Its last event.
        fingerprint: Of the data it was trained on.
    """
    run_id = free_run_id(project)
    measures: Mapping[str, Mapping[str, float]] = {
        "train": dict(end.train),
        "valid": dict(end.valid),
        "test": dict(end.test),
    }
    info = {
        "reason": end.reason,
        "epochs": end.epochs,
        "steps": end.steps,
        "seconds": round(end.seconds, 6),
        "best_epoch": end.best_epoch,
        "threads": trainer.threads,
        "data_fingerprint": fingerprint,
        "nnstudio": __version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
    }
    return Run(
        run_id,
        f"Run {run_id.removeprefix('run')}",
        trainer.job.graph,
        trainer.job.settings,
        trainer.history,
        trainer.weights(),
        trainer.initial,
        trainer.job.data.scaler.arrays(),
        measures,
        info,
        trainer.job.data.signature,
    )
