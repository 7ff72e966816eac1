"""Least, greatest and mean of long series at any zoom: a pyramid of blocks that grows with them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnstudio.train.history import Series

Floats = NDArray[np.float64]
FAN = 16  # blocks of a level in one of the next; costs 2.2 bytes a number in all
LOW, HIGH, TOTAL, KNOWN = range(4)


@dataclass(frozen=True, slots=True, eq=False)
class Bins:
    """A stretch of a series in bins, (bins,) float64 each.

    Attributes:
        width: Numbers in each bin, the last one perhaps excepted; a power of two.
        ends: Place of the last number of each bin.
        low: Least finite number, nan where there is none.
        high: Greatest finite number.
        mean: Mean of the finite numbers.
        missing: How many numbers of each bin are not finite.
    """

    width: int
    ends: Floats
    low: Floats
    high: Floats
    mean: Floats
    missing: Floats


class _Level:
    """Rows of least, greatest, sum and count; one column a block."""

    def __init__(self) -> None:
        self.room: Floats = np.empty((4, 64))
        self.count = 0

    def write(self, start: int, columns: Floats) -> None:
        end = start + columns.shape[1]
        if end > self.room.shape[1]:
            grown = np.empty((4, max(end, 2 * self.room.shape[1])))
            grown[:, : self.count] = self.room[:, : self.count]
            self.room = grown
        self.room[:, start:end] = columns
        self.count = end


class Pyramid:
    """Looks at a series that only grows; takes in what is new, each number once.

    Args:
        series: May be written by another thread meanwhile.
    """

    def __init__(self, series: Series) -> None:
        self.series = series
        self._taken = 0
        self._levels: list[_Level] = []

    def __len__(self) -> int:
        """How many numbers were taken in."""
        return self._taken

    @property
    def sparse(self) -> bool:
        """Whether most numbers are gaps: measured now and then, and no overflow."""
        known = self._levels[-1].room[KNOWN, : self._levels[-1].count].sum() if self._levels else 0
        return bool(0 < known < 0.5 * self._taken)

    def update(self) -> int:
        """Take in what has come; give how many numbers there are."""
        values = self.series.values()
        if len(values) > self._taken:
            start = self._taken // FAN
            columns = _folded(_rows(values[start * FAN :]), FAN)
            self._taken = len(values)
            self._write(0, start, columns)
        return self._taken

    def _write(self, number: int, start: int, columns: Floats) -> None:
        if number == len(self._levels):
            self._levels.append(_Level())
        level = self._levels[number]
        level.write(start, columns)
        if level.count > 1:
            above = start // FAN
            self._write(number + 1, above, _folded(level.room[:, above * FAN : level.count], FAN))

    def bins(self, first: int, last: int, width: int) -> Bins:
        """Give the bins that the places first ... last - 1 lie in.

        Bins begin at multiples of their width, so that they stay the same while one pans.

        Args:
            first: Place of the first number wanted.
            last: Place behind the last number wanted.
            width: Numbers in a bin, a power of two.
        """
        first = max(first, 0) // width * width
        last = max(min(self._taken, -(-last // width) * width), first)
        depth, block = 0, 1
        while block * FAN <= width and depth < len(self._levels):
            depth, block = depth + 1, block * FAN
        if depth:
            rows = self._levels[depth - 1].room[:, first // block : -(-last // block)]
        else:
            rows = _rows(self.series.values()[first:last])
        low, high, total, known = _folded(rows, width // block)
        ends = np.minimum(first + width * np.arange(1.0, len(low) + 1), last) - 1
        sizes = np.full(len(low), float(width))
        sizes[-1:] = last - first - width * (len(low) - 1)
        some = known > 0
        if some.all():
            mean = np.clip(total / known, low, high)
            return Bins(width, ends, low, high, mean, sizes - known)
        mean = np.divide(total, known, out=np.full(len(low), np.nan), where=some)
        low, high = np.where(some, low, np.nan), np.where(some, high, np.nan)
        return Bins(width, ends, low, high, mean, sizes - known)

    def fitting(self, first: int, last: int, most: int) -> Bins:
        """Give bins for the places first ... last - 1, as narrow as `most` of them allow."""
        width = 1
        while (last - first) > width * most:
            width *= 2
        return self.bins(first, last, width)


def _rows(values: Floats) -> Floats:
    """Give least, greatest, sum and count of single numbers, (4, n), where they are finite."""
    finite = np.isfinite(values)
    if finite.all():
        return np.stack([values, values, values, finite])
    return np.stack(
        [
            np.where(finite, values, np.inf),
            np.where(finite, values, -np.inf),
            np.where(finite, values, 0.0),
            finite,
        ]
    )


def _folded(rows: Floats, group: int) -> Floats:
    """Put every `group` columns into one; the last may have fewer."""
    if group <= 1 or not rows.shape[1]:
        return rows
    starts = np.arange(0, rows.shape[1], group)
    with np.errstate(over="ignore"):  # a sum too large gives way to the greatest value, see bins
        return np.stack(
            [
                np.minimum.reduceat(rows[LOW], starts),
                np.maximum.reduceat(rows[HIGH], starts),
                np.add.reduceat(rows[TOTAL], starts),
                np.add.reduceat(rows[KNOWN], starts),
            ]
        )
