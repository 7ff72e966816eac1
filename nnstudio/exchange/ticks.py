"""Marks on axes: round numbers that a person can read."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Axis:
    """A stretch of numbers drawn along a line.

    Attributes:
        low: Number at the beginning.
        high: Number at the end, above `low`.
        log: Whether equal factors, instead of equal differences, take equal space.
    """

    low: float
    high: float
    log: bool = False

    def share(self, value: float) -> float:
        """Give where a number lies, 0 at the beginning and 1 at the end."""
        if self.log:
            value = max(value, self.low * 1e-3)
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def ticks(self, about: int = 5) -> list[float]:
        """Give round numbers on the axis, the lowest first."""
        found = _log_ticks(self.low, self.high) if self.log else []
        return found if len(found) >= 2 else _round_ticks(self.low, self.high, about)


def _round_ticks(low: float, high: float, about: int) -> list[float]:
    """Give multiples of 1, 2 or 5 times a power of ten.

    >>> _round_ticks(0.0, 1.0, 5)
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    """
    rough = (high - low) / about
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * factor for factor in (1, 2, 5, 10) if size * factor >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [float(f"{number * step:.10g}") for number in range(first, last + 1)]


def _log_ticks(low: float, high: float) -> list[float]:
    """Give powers of ten, with 2 and 5 between them where there is room."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    factors = (1.0,) if last - first > 3 else (1.0, 2.0, 5.0)
    marks = [factor * 10.0**power for power in range(first, last + 1) for factor in factors]
    return [float(f"{mark:.10g}") for mark in marks if low <= mark <= high]


def fitted(low: float, high: float, *, log: bool = False) -> Axis:
    """Give an axis around the numbers from `low` to `high`, never empty."""
    if log and low > 0:
        return Axis(low / 1.15, high * 1.15, log=True)
    room = 0.05 * (high - low) or max(abs(high), 1.0) * 0.05
    return Axis(low - room, high + room)
