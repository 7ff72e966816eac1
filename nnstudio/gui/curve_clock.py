"""Where the steps of a run lie along the horizontal axis: steps, epochs, seconds or samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from nnstudio.core.words import duration
from nnstudio.train.history import History, Series

Floats = NDArray[np.float64]
Unit = Literal["steps", "epochs", "seconds", "samples"]
UNITS: tuple[Unit, ...] = ("steps", "epochs", "seconds", "samples")
AXES = ("step", "samples")  # series that are an axis and never a curve


class Clock(Protocol):
    """Turns steps done (from 1) into places on the axis, and back."""

    def at(self, steps: Floats) -> Floats:
        """Give the places of some steps."""

    def steps_at(self, x: float) -> float:
        """Give how many steps were done at a place."""


@dataclass(frozen=True, slots=True, eq=False)
class Marked:
    """A clock that is known at some steps, and goes on evenly between and behind them.

    Attributes:
        steps: (n,) float64, growing, the first 0.
        places: (n,) float64, where they lie.
        pace: Units a step behind the last mark.
    """

    steps: Floats
    places: Floats
    pace: float

    def at(self, steps: Floats) -> Floats:
        """Give the places of some steps."""
        inside = np.interp(steps, self.steps, self.places)
        return inside + self.pace * np.maximum(steps - self.steps[-1], 0.0)

    def steps_at(self, x: float) -> float:
        """Give how many steps were done at a place."""
        inside = float(np.interp(x, self.places, self.steps))
        return inside + max(x - float(self.places[-1]), 0.0) / self.pace


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """A clock that was read at every step, such as the seconds."""

    readings: Floats

    def at(self, steps: Floats) -> Floats:
        """Give the readings of some steps."""
        places = np.clip(np.asarray(steps).astype(np.int64) - 1, 0, len(self.readings) - 1)
        return self.readings[places]

    def steps_at(self, x: float) -> float:
        """Give how many steps were done at a place."""
        return float(np.searchsorted(self.readings, x, side="left")) + 1


def clock(history: History, unit: Unit, per_epoch: float, samples: float) -> Clock | None:
    """Give the clock of a run, or None where its history does not know this unit.

    Args:
        history: The run.
        unit: What is counted.
        per_epoch: Steps in one epoch, 0 where not known.
        samples: Samples in one epoch, 0 where not known.
    """
    none = np.zeros(1)
    if unit == "steps":
        return Marked(none, none, 1.0)
    marks = _values(history.epochs.get("step"))
    pace = steps_per_epoch(marks, per_epoch)
    if unit == "epochs":
        places = np.arange(len(marks) + 1.0)
        return Marked(np.append(none, marks), places, 1 / pace)
    if unit == "seconds":
        readings = history.seconds.values()
        return Watched(readings) if len(readings) else None
    seen = _values(history.epochs.get("samples"))
    count = min(len(seen), len(marks))
    if not count and not samples:
        return None
    known, places = np.append(none, marks[:count]), np.append(none, seen[:count])
    last = float(np.diff(places)[-1] / np.diff(known)[-1]) if count else 0.0
    return Marked(known, places, last or samples / pace or 1.0)


def steps_per_epoch(marks: Floats, known: float = 0) -> float:
    """Give how many steps one epoch has: what is known, else what the last epoch had."""
    if known > 0:
        return known
    if not len(marks):
        return 1.0
    return float(marks[-1] - (marks[-2] if len(marks) > 1 else 0)) or 1.0


def _values(series: Series | None) -> Floats:
    return np.empty(0) if series is None else series.values()


def place_words(x: float, unit: Unit) -> str:
    """Say where the pointer stands: "step 1,204", "epoch 3.25", "0:21", "12,800 samples"."""
    if unit == "steps":
        return f"step {max(round(x), 0):,}"
    if unit == "epochs":
        return f"epoch {x:.2f}"
    if unit == "seconds":
        return duration(x) if x >= 60 else f"{x:.2f} s"
    return f"{max(round(x), 0):,} samples"
