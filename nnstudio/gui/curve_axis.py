"""Axes of curves without Qt: the logarithmic scale that knows zero, and short numbers at ticks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnstudio.core.words import short

Floats = NDArray[np.float64]
MOST_DECADES = 12
MOST = 1e300  # so that the distance of two values can still be told
_UNITS = ((1e12, " T"), (1e9, " G"), (1e6, " M"), (1e3, " k"))


@dataclass(frozen=True, slots=True)
class Scale:
    """How values lie along an axis: evenly, or logarithmic with zero and negatives.

    The logarithmic one is the "symmetric log" of Webber, "A bi-symmetric log transformation for
    wide-range data" (2013), in the form sign(y) (1 + log10(|y| / c)) beyond the threshold c, and
    y / c within it: continuous, growing everywhere, one decade of height from 0 to c.

    Attributes:
        threshold: c, or 0 for an even axis.
    """

    threshold: float = 0.0

    def to(self, y: Floats) -> Floats:
        """Give places along the axis, (n,) float64."""
        if not self.threshold:
            return np.asarray(np.clip(y, -MOST, MOST))
        share = np.abs(y) / self.threshold
        beyond = 1 + np.log10(np.maximum(share, 1.0))
        return np.asarray(np.sign(y) * np.where(share <= 1, share, beyond))

    def back(self, places: Floats) -> Floats:
        """Give the values at places along the axis."""
        if not self.threshold:
            return places
        size = np.abs(places)
        most = math.log10(MOST / self.threshold)
        beyond = 10 ** np.minimum(np.maximum(size, 1.0) - 1, most)
        return np.asarray(np.sign(places) * np.where(size <= 1, size, beyond) * self.threshold)


def log_scale(values: Floats) -> Scale:
    """Give the logarithmic scale for values: from the decade of the least one above or below 0.

    At most twelve decades show; what is nearer to zero lies on the even part.
    """
    sizes = np.abs(values[np.isfinite(values) & (values != 0)])
    if not len(sizes):
        return Scale(1.0)
    greatest = min(float(sizes.max()), MOST)
    least = max(min(float(sizes.min()), greatest), greatest * 10.0**-MOST_DECADES, 1 / MOST)
    return Scale(10.0 ** math.floor(math.log10(least)))


@dataclass(frozen=True, slots=True)
class Tick:
    """A number at an axis: where it stands along it, and its words."""

    place: float
    words: str


def ticks(low: float, high: float, most: int, *, percent: bool = False) -> list[Tick]:
    """Give evenly spaced round numbers between two, at most `most` of them."""
    step = _nice_step(low, high, most)
    if not step:
        return []
    values = [
        step * i for i in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
    ]
    return [Tick(v, w) for v, w in zip(values, tick_words(values, step, percent), strict=True)]


def _nice_step(low: float, high: float, most: int) -> float:
    span = high - low
    if not (math.isfinite(span) and span > 0) or span < 1e-12 * max(abs(low), abs(high)):
        return 0.0
    raw = span / max(most, 1)
    base = 10.0 ** math.floor(math.log10(raw))
    return next((base * nice for nice in (1, 2, 5, 10) if base * nice >= raw * (1 - 1e-9)), raw)


def log_ticks(scale: Scale, low: float, high: float, most: int) -> list[Tick]:
    """Give powers of ten (and 2 and 5 times them where there is room) between two places."""
    first, last = (float(scale.back(np.array([place]))[0]) for place in (low, high))
    if high - low < 1.2:
        even = ticks(first, last, most)
        places = scale.to(np.array([tick.place for tick in even]))
        return [Tick(float(p), t.words) for p, t in zip(places, even, strict=True)]
    wanted = {0.0} if low <= 0 <= high else set()
    decades = range(math.floor(low) - 1, math.ceil(high) + 1)
    factors = (1, 2, 5) if 3 * (high - low) <= most else (1,)
    every = max(1, math.ceil((high - low) / max(most, 1)))
    for sign in (1, -1):
        for decade in range(max(abs(decades[0]), abs(decades[-1])) + 1):
            if decade % every == 0:
                wanted |= {sign * f * scale.threshold * 10.0**decade for f in factors}
    values = np.array(sorted(wanted))
    places = scale.to(values)
    kept = (places >= low - 1e-9) & (places <= high + 1e-9)
    return [
        Tick(float(p), number_words(float(v)))
        for p, v in zip(places[kept], values[kept], strict=True)
    ]


def tick_words(values: Sequence[float], step: float, percent: bool = False) -> list[str]:
    """Write numbers that are `step` apart, short and all different: "9.5 M", "0.25", "2e-5"."""
    most = max((abs(value) for value in values), default=0.0)
    if percent:
        return [f"{100 * value:.{_decimals(100 * step)}f} %" for value in values]
    if most >= 1e15 or 0 < most < 1e-3:
        digits = max(0, math.floor(math.log10(most)) - math.floor(math.log10(step) + 1e-9))
        return [_power(value, digits) if value else "0" for value in values]
    unit, word = next((pair for pair in _UNITS if most >= pair[0] and most >= 1e4), (1.0, ""))
    places = _decimals(step / unit)
    return [f"{value / unit:.{places}f}{word}" if value else "0" for value in values]


def _decimals(step: float) -> int:
    return max(0, -math.floor(math.log10(step) + 1e-9)) if step > 0 else 0


def _power(value: float, digits: int) -> str:
    """Write with a power of ten: "2.5e-5", without the zeros of "2.5e-05"."""
    front, _, exponent = f"{value:.{digits}e}".partition("e")
    return f"{front}e{int(exponent)}"


def number_words(value: float, percent: bool = False, digits: int = 4) -> str:
    """Write one value short: "97.3 %", "0.061", "9.55 M", "3.2e-4", "not a number"."""
    if math.isnan(value):
        return "not a number"
    if math.isinf(value):
        return "infinite" if value > 0 else "−infinite"
    if percent:
        return f"{100 * value:.1f} %"
    size = abs(value)
    if size >= 1e15 or 0 < size < 1e-3:
        front, _, exponent = f"{value:.2e}".partition("e")
        return f"{float(front):g}e{int(exponent)}"
    if size >= 1e4:
        return short(value)
    return f"{float(f'{value:.{digits}g}'):g}"
