"""Measures of how well scores fit their targets, gathered part by part."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnstudio.graph.types import MASKED
from nnstudio.train.events import Metrics

Array = NDArray[Any]


@dataclass
class Tally:
    """Sums over the samples seen so far; where each step or pixel has a class, over these.

    Attributes:
        classes: Whether the target is a class.
        count: Samples, or steps or pixels that are not masked.
        loss: Sum of their losses.
        hits: Those whose largest score is the right class's.
        near: Those whose right class is among the five largest scores; None up to five classes.
        unit: (values,) or (1,), what a distance of 1 is in the data, where values are scaled.
        apart: Sum of the distances of values from their targets in that unit, each sample's mean.
    """

    classes: bool
    unit: Array = field(default_factory=lambda: np.ones(1, np.float32))
    count: int = 0
    loss: float = 0.0
    hits: int = 0
    near: int | None = None
    apart: float = 0.0

    def add(self, scores: Array, losses: Array, y: Array) -> None:
        """Add samples.

        Args:
            scores: (n, k), or (n, …, k) with a class of each step or pixel.
            losses: (n,); with several classes a sample the sum over those that count.
            y: (n,) or (n, …) int64 classes, or (n, k) values.
        """
        self.loss += float(np.sum(losses, dtype=np.float64))
        if not self.classes:
            apart = np.abs(scores - y.reshape(scores.shape)) * self.unit
            self.apart += float(np.sum(apart.mean(axis=1, dtype=np.float64)))
            self.count += len(y)
            return
        scores, y = counted(scores, y)
        self.count += len(y)
        self.hits += int(np.sum(predicted(scores) == y))
        if scores.shape[1] > 5:
            right = scores[np.arange(len(y)), y][:, None]
            self.near = (self.near or 0) + int(np.sum((scores > right).sum(axis=1) < 5))

    def metrics(self) -> Metrics:
        """Give the means: "loss" and "mae", or "accuracy" and perhaps "top5"; {} of nothing."""
        if not self.count:
            return {}
        if not self.classes:
            return {"loss": self.loss / self.count, "mae": self.apart / self.count}
        found = {"loss": self.loss / self.count, "accuracy": self.hits / self.count}
        return found if self.near is None else found | {"top5": self.near / self.count}


def counted(scores: Array, y: Array) -> tuple[Array, Array]:
    """Give scores (m, classes) and classes (m,) of all samples, steps or pixels not masked."""
    classes = y.reshape(-1)
    rows = scores.reshape(len(classes), scores.shape[-1])
    keep = classes != MASKED
    return (rows, classes) if keep.all() else (rows[keep], classes[keep])


def predicted(scores: Array) -> Array:
    """Give the class that each row of scores stands for; one score means "above zero"."""
    if scores.shape[1] == 1:
        above: Array = scores[:, 0] > 0
        return above.astype(np.int64)
    best: Array = scores.argmax(axis=1)
    return best
