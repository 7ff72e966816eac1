"""Mean, spread and range of samples, gathered block by block so that large sets stay on disk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnstudio.data.dataset import RowIndex, Samples
from nnstudio.data.report import Reporter

Doubles = NDArray[np.float64]

_BLOCK_NUMBERS = 1 << 21


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """What is known of every number of a sample; missing numbers (NaN) do not count.

    Attributes:
        count: float64, how many numbers were seen; all five share one shape.
        mean: float64, 0 where none was seen.
        squares: float64, the sum of squared distances from the mean.
        low: float64, the smallest, 0 where none was seen.
        high: float64, the largest, 0 where none was seen.
    """

    count: Doubles
    mean: Doubles
    squares: Doubles
    low: Doubles
    high: Doubles

    @property
    def spread(self) -> Doubles:
        """The standard deviation, with n in the denominator."""
        return np.sqrt(self.squares / np.maximum(1.0, self.count))

    def merged(self, *, keep_last: bool) -> Moments:
        """Give the moments over all axes, or all but the last; shape (1,) or (channels,)."""
        width = self.mean.shape[-1] if keep_last else 1
        parts = [
            a.reshape(-1, width) for a in (self.count, self.mean, self.squares, self.low, self.high)
        ]
        count, mean, squares, low, high = parts
        total = count.sum(axis=0)
        centre = (count * mean).sum(axis=0) / np.maximum(1.0, total)
        around = squares.sum(axis=0) + (count * (mean - centre) ** 2).sum(axis=0)
        return Moments(total, centre, around, low.min(axis=0), high.max(axis=0))


def take_moments(x: Samples, rows: RowIndex, report: Reporter) -> Moments:
    """Gather the moments of some rows.

    Args:
        x: (samples, *shape) float32 or uint8, NaN where a number is missing.
        rows: (n,) int64, at least one.
        report: Receives progress.

    Returns:
        Moments of shape `shape`, joined block by block with the formula of Chan, Golub and
        LeVeque (1983), so that large means do not swallow small spreads.
    """
    step = max(1, _BLOCK_NUMBERS // max(1, x[0].size))
    joined: Moments | None = None
    for first in range(0, len(rows), step):
        report.at(first, len(rows), "measuring the training part")
        block = _block_moments(np.asarray(x[rows[first : first + step]], np.float64))
        joined = block if joined is None else _join(joined, block)
    if joined is None:
        raise ValueError("moments of no rows")
    return joined


def _block_moments(block: Doubles) -> Moments:
    """Moments of one block (n, *shape)."""
    known = ~np.isnan(block)
    count = known.sum(axis=0).astype(np.float64)
    mean = np.where(known, block, 0.0).sum(axis=0) / np.maximum(1.0, count)
    squares = (np.where(known, block - mean, 0.0) ** 2).sum(axis=0)
    seen = count > 0
    low = np.where(seen, np.where(known, block, np.inf).min(axis=0), 0.0)
    high = np.where(seen, np.where(known, block, -np.inf).max(axis=0), 0.0)
    return Moments(count, mean, squares, low, high)


def _join(a: Moments, b: Moments) -> Moments:
    """Moments of two blocks together."""
    count = a.count + b.count
    safe = np.maximum(1.0, count)
    shift = b.mean - a.mean
    mean = a.mean + shift * b.count / safe
    squares = a.squares + b.squares + shift**2 * a.count * b.count / safe
    low = _of_seen(a, b, np.minimum(a.low, b.low), a.low, b.low)
    high = _of_seen(a, b, np.maximum(a.high, b.high), a.high, b.high)
    return Moments(count, mean, squares, low, high)


def _of_seen(a: Moments, b: Moments, both: Doubles, only_a: Doubles, only_b: Doubles) -> Doubles:
    """Choose by which of the two blocks has seen a number at all."""
    return np.where(a.count == 0, only_b, np.where(b.count == 0, only_a, both))


def most_frequent(x: Samples, rows: RowIndex) -> Doubles:
    """Give the commonest known number of each feature; the smallest of equals, 0 if none is known.

    Args:
        x: (samples, features) float32.
        rows: (n,) int64.

    Returns:
        (features,) float64.
    """
    commonest = np.zeros(x.shape[1])
    for feature in range(x.shape[1]):
        column = x[rows, feature]
        values, counts = np.unique(column[~np.isnan(column)], return_counts=True)
        if len(values):
            commonest[feature] = values[counts.argmax()]
    return commonest
