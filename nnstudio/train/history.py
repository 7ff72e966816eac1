"""The history of a run: every step and every epoch, growing in memory, kept as SQLite tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


class Series:
    """Numbers that only ever grow; a reader on another thread may look at any time.

    The writer fills the spare room and then moves the count, so what a reader sees is whole.
    """

    def __init__(self) -> None:
        self._room: NDArray[np.float64] = np.empty(1024, np.float64)
        self._count = 0

    def __len__(self) -> int:
        """How many numbers there are."""
        return self._count

    def extend(self, values: NDArray[np.float64] | list[float]) -> None:
        """Append values; only one thread may write."""
        new = np.asarray(values, np.float64)
        end = self._count + len(new)
        if end > len(self._room):
            grown = np.empty(max(end, 2 * len(self._room)), np.float64)
            grown[: self._count] = self._room[: self._count]
            self._room = grown
        self._room[self._count : end] = new
        self._count = end

    def until(self, count: int) -> Series:
        """Give a copy of the first `count` numbers, which grows on its own."""
        copy = Series()
        copy.extend(self._room[: min(count, self._count)])
        return copy

    def values(self, since: int = 0) -> NDArray[np.float64]:
        """Give the numbers from position `since` on, (n,) float64, as a view that stays valid."""
        count = self._count
        view = self._room[since:count]
        view.flags.writeable = False
        return view


@dataclass(slots=True)
class History:
    """What happened in one run.

    Attributes:
        steps: Series by name ("loss", "accuracy", "rate"), one number a step from step 0 on.
        epochs: Series by name ("step", "train loss", "valid loss" …), one number an epoch.
        seconds: Time worked at the end of each step; apart, since no repetition has the same.
    """

    steps: dict[str, Series] = field(default_factory=dict)
    epochs: dict[str, Series] = field(default_factory=dict)
    seconds: Series = field(default_factory=Series)

    def add_steps(self, values: Mapping[str, NDArray[np.float64]]) -> None:
        """Append some steps; empty arrays are passed over."""
        for name, numbers in values.items():
            if len(numbers):
                self.steps.setdefault(name, Series()).extend(numbers)

    def until(self, steps: int, epochs: int) -> History:
        """Give a copy as it was after some steps and measured epochs."""
        return History(
            {name: series.until(steps) for name, series in list(self.steps.items())},
            {name: series.until(epochs) for name, series in list(self.epochs.items())},
            self.seconds.until(steps),
        )

    def add_epoch(self, values: Mapping[str, float]) -> None:
        """Append one epoch."""
        for name, number in values.items():
            self.epochs.setdefault(name, Series()).extend([number])
