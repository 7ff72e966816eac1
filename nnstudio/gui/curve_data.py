"""What the curves show, worked out from a history without Qt: bands, smoothing, best epoch."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnstudio.train.history import History

Floats = NDArray[np.float64]
BINS = 480
EMPTY: Floats = np.empty(0)


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """Many steps in few bins, (bins,) float64 each.

    Attributes:
        x: Epochs at the end of each bin.
        low: Least value in each bin.
        high: Greatest value in each bin.
        mean: Mean value of each bin.
    """

    x: Floats
    low: Floats
    high: Floats
    mean: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Points of one line: x in epochs, y; (n,) float64 each."""

    x: Floats
    y: Floats


def steps_per_epoch(history: History, known: float = 0) -> float:
    """Give how many steps one epoch has: what is known, else what the first epoch had."""
    if known > 0:
        return known
    marks = history.epochs.get("step")
    if marks is not None and len(marks):
        return float(marks.values()[0]) or 1.0
    return 1.0


def band(values: Floats, per_epoch: float, bins: int = BINS) -> Band:
    """Put a value per step into at most `bins` bins.

    Args:
        values: One number a step, (steps,) float64; not a number where training overflowed.
        per_epoch: Steps in one epoch.
        bins: How many bins there may be.
    """
    count = len(values)
    if not count:
        return Band(EMPTY, EMPTY, EMPTY, EMPTY)
    width = max(1, -(-count // bins))
    starts = np.arange(0, count, width)
    ends = np.minimum(starts + width, count)
    finite = np.where(np.isfinite(values), values, np.nan)
    low = np.fmin.reduceat(finite, starts)
    high = np.fmax.reduceat(finite, starts)
    known = np.isfinite(finite)
    sums = np.add.reduceat(np.where(known, finite, 0.0), starts)
    counts = np.add.reduceat(known.astype(np.float64), starts)
    mean = np.divide(sums, counts, out=np.full(len(starts), np.nan), where=counts > 0)
    return Band(ends / per_epoch, low, high, mean)


def smoothed(y: Floats, weight: float) -> Floats:
    """Smooth by an exponential mean without its early bias (Kingma & Ba 2015, section 3).

    Args:
        y: (n,) float64; gaps (nan) are passed over.
        weight: Share of the past, 0 (none) to below 1.
    """
    if weight <= 0 or not len(y):
        return y
    out = np.empty_like(y)
    mean, share = 0.0, 0.0
    for i, value in enumerate(y.tolist()):
        if not math.isnan(value):
            mean = weight * mean + (1 - weight) * value
            share = weight * share + (1 - weight)
        out[i] = mean / share if share else np.nan
    return out


def measured(history: History, name: str, per_epoch: float) -> Curve:
    """Give the values measured after each epoch, such as "valid loss"."""
    series, marks = history.epochs.get(name), history.epochs.get("step")
    if series is None or marks is None:
        return Curve(EMPTY, EMPTY)
    y = series.values()
    return Curve(marks.values()[-len(y) :] / per_epoch if len(y) else EMPTY, y)


def first_bad(values: Floats) -> int | None:
    """Give the first step whose value is not a number, or None."""
    bad = np.flatnonzero(~np.isfinite(values))
    return int(bad[0]) if len(bad) else None


def step_values(history: History, name: str) -> Floats:
    """Give the value of every step, (steps,) float64, perhaps empty."""
    series = history.steps.get(name)
    return EMPTY if series is None else series.values()


@dataclass(frozen=True, slots=True)
class Best:
    """The last and the best value of a measure, and the epoch of the best."""

    last: float
    best: float
    epoch: int


def best(history: History, name: str, *, high_is_good: bool) -> Best | None:
    """Find the best epoch by a measure such as "valid accuracy"."""
    series = history.epochs.get(name)
    if series is None or not len(series):
        return None
    values = series.values()
    if not np.isfinite(values).any():
        return None
    place = int(np.nanargmax(values) if high_is_good else np.nanargmin(values))
    return Best(float(values[-1]), float(values[place]), place + 1)


def caption(history: History | None) -> str:
    """Say how good it is: "val accuracy 98.9 %  ·  best 99.0 % @ epoch 6"."""
    if history is None:
        return ""
    for name, words in (("valid accuracy", "val accuracy"), ("train accuracy", "train accuracy")):
        found = best(history, name, high_is_good=True)
        if found is not None:
            return (
                f"{words} {100 * found.last:.1f} %  ·  best {100 * found.best:.1f} %"
                f" @ epoch {found.epoch}"
            )
    for name, words in (("valid loss", "val loss"), ("train loss", "train loss")):
        found = best(history, name, high_is_good=False)
        if found is not None:
            return f"{words} {found.last:.4g}  ·  best {found.best:.4g} @ epoch {found.epoch}"
    return ""


def csv_lines(history: History) -> list[str]:
    """Give the whole history as a table, one line a step, epoch measures beside their last step."""
    columns = {name: series.values() for name, series in history.steps.items()}
    marks = history.epochs.get("step")
    at = {} if marks is None else {int(step): i for i, step in enumerate(marks.values())}
    measures = {n: s.values() for n, s in history.epochs.items() if n != "step"}
    lines = [",".join(["step", *columns, *measures])]
    for step in range(max((len(values) for values in columns.values()), default=0)):
        cells = [f"{v[step]:.9g}" if step < len(v) else "" for v in columns.values()]
        place = at.get(step + 1)
        for values in measures.values():
            known = place is not None and place < len(values)
            cells.append(f"{values[place]:.9g}" if known else "")
        lines.append(",".join([str(step + 1), *cells]))
    return lines
