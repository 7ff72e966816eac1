"""Measures and confusion matrix of a run on a part of the project's data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnstudio.data.report import Progress
from nnstudio.data.target_scale import TargetScale
from nnstudio.graph.types import ClassTarget
from nnstudio.project.model import Project, Run
from nnstudio.project.training import part_of_run
from nnstudio.train.evaluate import Predictor

_BLOCK = 4096  # samples that are scaled and run at once


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """How good a run is on some samples.

    Attributes:
        samples: How many samples there were.
        metrics: "loss", "accuracy", "top5", "mae".
        classes: The classes' names; empty where values are predicted.
        confusion: (classes, classes) int64, rows are true classes, columns predicted ones.
    """

    samples: int
    metrics: Mapping[str, float]
    classes: tuple[str, ...] = ()
    confusion: NDArray[np.int64] | None = None


def measure_run(
    project: Project, run: Run, part: str = "test", progress: Progress | None = None
) -> Measured:
    """Measure a run on the samples that its split put into a part.

    Args:
        project: Where the data comes from.
        run: A run with weights.
        part: "train", "valid" or "test".
        progress: Told how far the reading is.

    Raises:
        StudioError: The data is missing or has changed, or the weights do not fit.
    """
    samples, dataset = part_of_run(project, run, part, progress)
    target = dataset.signature.target
    scale = TargetScale.from_arrays(run.scaler)
    with Predictor(run.graph, dataset.signature, run.weights, target=scale) as predictor:
        metrics = predictor.scorer.measure(samples)
        if not isinstance(target, ClassTarget):
            return Measured(samples.size, metrics)
        confusion = np.zeros((target.size, target.size), np.int64)
        for first in range(0, samples.size, _BLOCK):
            block = slice(first, first + _BLOCK)
            confusion += predictor.confusion(samples.samples(block), samples.y[block])
    return Measured(samples.size, metrics, target.names, confusion)
