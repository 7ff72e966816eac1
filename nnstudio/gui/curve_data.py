"""Numbers about a history, without Qt: smoothing, the best epoch, the table for CSV."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnstudio.gui.curve_axis import number_words
from nnstudio.train.history import History

Floats = NDArray[np.float64]


def smoothed(y: Floats, weight: float) -> Floats:
    """Smooth by an exponential mean without its early bias (Kingma & Ba 2015, section 3).

    Args:
        y: (n,) float64; gaps (nan) stay gaps and are passed over.
        weight: Share of the past, 0 (none) to below 1.
    """
    if weight <= 0 or not len(y):
        return y
    out = np.full_like(y, np.nan)
    mean, share = 0.0, 0.0
    for i, value in enumerate(y.tolist()):
        if not math.isnan(value):
            mean = weight * mean + (1 - weight) * value
            share = weight * share + (1 - weight)
            out[i] = mean / share
    return out


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
            return (
                f"{words} {number_words(found.last)}  ·  best {number_words(found.best)}"
                f" @ epoch {found.epoch}"
            )
    return ""


def csv_lines(runs: Sequence[tuple[str, History]]) -> list[str]:
    """Give whole histories as a table, one line a step, epoch measures beside their last step.

    Args:
        runs: Name and history of each; the names head the columns where there are several.
    """
    longest, heads, columns = _length(runs), ["step"], []
    for run, history in runs:
        front = f"{run}: " if len(runs) > 1 else ""
        clock = [("seconds", history.seconds)] if len(history.seconds) else []
        for name, series in [*list(history.steps.items()), *clock]:
            cells = [_cell(value) for value in series.values().tolist()]
            heads.append(_quoted(front + name))
            columns.append(cells + [""] * (longest - len(cells)))
        marks = history.epochs.get("step")
        for name, series in list(history.epochs.items()):
            if marks is None or name == "step":
                continue
            cells = [""] * longest
            values = series.values().tolist()
            for step, value in zip(marks.values()[-len(values) :], values, strict=False):
                cells[int(step) - 1] = _cell(value)
            heads.append(_quoted(front + name))
            columns.append(cells)
    numbers = map(str, range(1, longest + 1))
    return [",".join(heads), *map(",".join, zip(numbers, *columns, strict=True))]


def _length(runs: Sequence[tuple[str, History]]) -> int:
    """Give the steps of the longest run, from its steps or its epoch marks."""
    most = 0
    for _, history in runs:
        marks = history.epochs.get("step")
        last = int(marks.values()[-1]) if marks is not None and len(marks) else 0
        most = max(most, last, *(len(series) for series in list(history.steps.values())), 0)
    return most


def _cell(value: float) -> str:
    return f"{value:.9g}"


def _quoted(text: str) -> str:
    """Give a cell that holds any text."""
    return '"' + text.replace('"', '""') + '"' if any(sign in text for sign in ',"\n') else text
