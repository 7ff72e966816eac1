"""Points in the plane drawn from formulas: small problems on which a decision line can be seen."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from nnstudio.core.random import stream
from nnstudio.data.dataset import DataSet, build
from nnstudio.data.sources import Drawn
from nnstudio.graph.types import ClassTarget

Points = NDArray[np.float64]
Labels = NDArray[np.int64]
Shape = Callable[[Labels, int, np.random.Generator], Points]


def load_drawn(source: Drawn) -> DataSet:
    """Draw the points; the same source always gives the same points.

    Args:
        source: Shape, number of points, noise, classes and seed.

    Returns:
        x (samples, 2) float32, y (samples,) int64 with classes of equal size within one.
    """
    random = stream(source.seed, "drawn", source.shape)
    labels = np.arange(source.samples, dtype=np.int64) % source.classes
    random.shuffle(labels)
    points = _SHAPES[source.shape](labels, source.classes, random)
    points += source.noise * random.standard_normal(points.shape)
    return build(
        f"{source.shape} ({source.samples} points)",
        points.astype(np.float32),
        labels,
        ClassTarget(tuple(f"class {k + 1}" for k in range(source.classes))),
        feature_names=("x", "y"),
    )


def _circle(angle: Points, radius: Points | float) -> Points:
    """Give points (n, 2) at these angles, in radians."""
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def _blobs(labels: Labels, classes: int, random: np.random.Generator) -> Points:
    """One round cloud a class, the centres on a circle."""
    centres = _circle(2 * np.pi * np.arange(classes) / classes, 0.7)
    return np.asarray(centres[labels] + 0.1 * random.standard_normal((len(labels), 2)))


def _moons(labels: Labels, _classes: int, random: np.random.Generator) -> Points:
    """Two half circles that reach into each other."""
    angle = np.pi * random.random(len(labels))
    upper = _circle(angle, 0.65) - np.array([0.325, 0.15])
    return np.asarray(np.where(labels[:, None] == 0, upper, -upper))


def _circles(labels: Labels, classes: int, random: np.random.Generator) -> Points:
    """One ring a class, one inside the other."""
    return _circle(2 * np.pi * random.random(len(labels)), (labels + 1) / classes)


def _spirals(labels: Labels, classes: int, random: np.random.Generator) -> Points:
    """One arm a class; every arm turns once and a half around the middle."""
    along = np.sqrt(random.uniform(0.01, 1.0, len(labels)))
    return _circle(3 * np.pi * along + 2 * np.pi * labels / classes, along)


def _xor(labels: Labels, _classes: int, random: np.random.Generator) -> Points:
    """Four squares, opposite ones of the same class."""
    points = random.uniform(0.05, 1.0, (len(labels), 2))
    points[random.random(len(labels)) < 0.5] *= -1.0
    points[:, 1] *= np.where(labels == 0, 1.0, -1.0)
    return points


_SHAPES: dict[str, Shape] = {
    "blobs": _blobs,
    "moons": _moons,
    "circles": _circles,
    "spirals": _spirals,
    "xor": _xor,
}
