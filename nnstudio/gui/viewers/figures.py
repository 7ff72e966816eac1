"""Numbers worked out from what was watched: histograms, norms, dead and saturated units."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
FEWEST_BINS, MOST_BINS = 8, 48
MOST_VALUES = 200_000  # more are thinned out evenly for a histogram
_BOUNDS = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0), "softmax": (0.0, 1.0)}
NEAR = 0.01  # of an activation's range: nearer to its end counts as saturated
MOSTLY = 0.95  # of the values: a unit that is at an end that often counts as saturated


@dataclass(frozen=True, slots=True, eq=False)
class Histogram:
    """How often values fall into bins.

    Attributes:
        counts: (bins,) int64.
        edges: (bins + 1,) float64.
        unusable: Values that are not finite and in no bin.
    """

    counts: Array
    edges: Array
    unusable: int = 0


def histogram(values: Array) -> Histogram:
    """Count values in bins as wide as they need: Freedman & Diaconis 1981, 2·IQR / n^(1/3).

    Args:
        values: (…) numbers; more than 200,000 are thinned out evenly.

    Returns:
        8 to 48 bins from the least to the greatest; one around a single value.
    """
    flat = np.asarray(values).reshape(-1)
    flat = flat[:: -(-flat.size // MOST_VALUES)] if flat.size > MOST_VALUES else flat
    finite = flat[np.isfinite(flat)].astype(np.float64)
    lost = flat.size - finite.size
    if not finite.size:
        return Histogram(np.zeros(0, np.int64), np.zeros(1), lost)
    low, high = float(finite.min()), float(finite.max())
    if low == high:
        reach = abs(low) * 0.5 or 0.5
        return Histogram(np.array([finite.size]), np.array([low - reach, low + reach]), lost)
    lower, upper = np.percentile(finite, (25, 75))
    width = 2.0 * (upper - lower) / finite.size ** (1 / 3)
    wanted = (high - low) / width if width > 0 else MOST_BINS
    bins = int(min(max(math.ceil(wanted), FEWEST_BINS), MOST_BINS))
    counts, edges = np.histogram(finite, bins=bins, range=(low, high))
    return Histogram(counts, edges, lost)


def norms(arrays: Mapping[str, Array]) -> dict[str, float]:
    """Give the Euclidean norm over all arrays of each node, from arrays by "node/array"."""
    squares: dict[str, float] = {}
    for key, array in arrays.items():
        node = key.rpartition("/")[0]
        with np.errstate(over="ignore", invalid="ignore"):
            square = float(np.sum(np.square(array, dtype=np.float64)))
        squares[node] = squares.get(node, 0.0) + square
    return {node: math.sqrt(square) for node, square in squares.items()}


def firing(outputs: Array) -> Array:
    """Give the share of values that are not zero for each unit or channel.

    Args:
        outputs: (n, …, units).

    Returns:
        (units,) float64; 0 for a dead unit.
    """
    rows = outputs.reshape(-1, outputs.shape[-1] if outputs.ndim > 1 else 1)
    return np.count_nonzero(rows, axis=0) / max(len(rows), 1)


def saturated(outputs: Array, activation: str) -> Array | None:
    """Give the share of values at an end of the activation's range for each unit.

    Args:
        outputs: (n, …, units).
        activation: Its name, such as "tanh".

    Returns:
        (units,) float64; None for an activation without two ends.
    """
    bounds = _BOUNDS.get(activation)
    if bounds is None:
        return None
    low, high = bounds
    reach = NEAR * (high - low)
    rows = outputs.reshape(-1, outputs.shape[-1] if outputs.ndim > 1 else 1)
    ends = (rows <= low + reach) | (rows >= high - reach)
    return ends.mean(axis=0, dtype=np.float64)
