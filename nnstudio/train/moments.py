"""Moments of a training: all it needs to go on from there, kept within a budget of memory.

A moment is taken between two chunks, never on a thread of its own: the copy is consistent and
costs a known share of the training's time. Where the loss moves, moments stand closer.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnstudio.train.settings import RunSettings

Array = NDArray[Any]
BUDGET_BYTES = 256 << 20
SHARE = 0.014  # of the training's time that copying may take
BURST_S = 0.003  # a debt of that much is forgiven at the start
MOST = 512  # moments, however small they are
SPACING = 1 / 256  # of the whole run's length, where nothing happens
LOSS_WEIGHT = 0.25  # a loss that halves is worth 17 % of the run's length
SMOOTHING = 0.9


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment as a scrubber shows it.

    Attributes:
        step: Steps done; names the moment.
        epoch: Epochs done, with fraction.
        loss: Smoothed loss of the steps before; not a number at the start.
        best: Whether the validation loss was the lowest here.
    """

    step: int
    epoch: float
    loss: float
    best: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the data a training stands; with the step it is all that randomness depends on.

    Attributes:
        epoch: The running epoch, from 0.
        at: Steps done in it.
        origin: Step and epoch from which on the batch has had its size.
    """

    epoch: int = 0
    at: int = 0
    origin: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """The numbers of a training; copies that nobody writes to.

    Attributes:
        values: The trained weights, flat.
        state: The untrained ones, such as running averages, flat.
        optimiser: What the optimiser remembers, by name.
        carried: What layers carry from batch to batch, by "node/name".
    """

    values: Array
    state: Array
    optimiser: Mapping[str, Array]
    carried: Mapping[str, Array]

    @property
    def size(self) -> int:
        """Bytes of memory."""
        arrays = (self.values, self.state, *self.optimiser.values(), *self.carried.values())
        return sum(array.nbytes for array in arrays)


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """A training at one step.

    Attributes:
        mark: Its step and epoch.
        place: Where in the data it stands.
        settings: As they were.
        held: Its numbers.
        best: Trained and untrained weights of the best epoch so far; shared between moments.
        progress: Counters of the loop, as it was; see `reporting.Progress`.
        ran: What the steps of the running epoch gave so far; see `trainer.Ran`.
        arrays: The weights by "node/array", for viewers; views of `held`.
    """

    mark: Mark
    place: Place
    settings: RunSettings
    held: Held
    best: tuple[Array, Array] | None
    progress: Any
    ran: tuple[Any, ...]
    arrays: Mapping[str, Array] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes of memory, with the best weights, which others may share."""
        return self.held.size + sum(array.nbytes for array in self.best or ())


class Moments:
    """The moments of one training; one thread adds, any thread reads.

    Args:
        budget_bytes: Memory that they may take.

    Attributes:
        marks: What there is, in the order of steps; replaced as a whole.
        cost_s: Seconds spent on taking moments.
    """

    def __init__(self, budget_bytes: int = BUDGET_BYTES) -> None:
        self.marks: tuple[Mark, ...] = ()
        self.cost_s = 0.0
        self._budget = budget_bytes
        self._kept: Mapping[int, Moment] = {}
        self._worth: dict[int, float] = {}  # by step: length of the way, in steps and in loss
        self._loss = math.nan
        self._arc = self._taken_at = 0.0
        self._each_s = 0.0

    def until(self, step: int) -> Moments:
        """Give the moments up to a step, for a training that branches off there."""
        branch = Moments(self._budget)
        branch._kept = {at: one for at, one in self._kept.items() if at <= step}
        branch._worth = {at: worth for at, worth in self._worth.items() if at <= step}
        branch._taken_at = branch._arc = branch._worth.get(step, 0.0)
        branch._loss = branch._kept[step].mark.loss if step in branch._kept else math.nan
        branch._each_s = self._each_s
        branch._show()
        return branch

    def at(self, step: int) -> Moment | None:
        """Give the moment at a step; None where none was kept."""
        return self._kept.get(step)

    def nearest(self, step: int) -> Moment | None:
        """Give the moment that is nearest to a step; None without any."""
        kept = self._kept
        return kept[min(kept, key=lambda at: abs(at - step))] if kept else None

    @property
    def loss(self) -> float:
        """The loss, smoothed."""
        return self._loss

    @property
    def size(self) -> int:
        """Bytes of memory that the moments take; what they share counts once."""
        best = {id(one.best): one.best for one in self._kept.values() if one.best is not None}
        shared = sum(values.nbytes + state.nbytes for values, state in best.values())
        return shared + sum(one.held.size for one in self._kept.values())

    def note(self, losses: NDArray[np.float64], steps: int) -> None:
        """Take note of some steps.

        Args:
            losses: (n,) float64, of each step.
            steps: Of the whole run.
        """
        loss = float(losses.mean()) if len(losses) else math.nan
        before = self._loss
        if math.isfinite(loss):
            keep = SMOOTHING ** len(losses)
            self._loss = loss if math.isnan(before) else keep * before + (1 - keep) * loss
        self._arc += len(losses) / max(steps, 1)
        if before > 0 and self._loss > 0:
            self._arc += LOSS_WEIGHT * abs(math.log(self._loss / before))

    def due(self, size: int, seconds: float, *, wanted: bool = False) -> bool:
        """Say whether a moment is to be taken now.

        Args:
            size: Bytes that it would take; one that is larger than the budget is never due.
            seconds: Time trained so far.
            wanted: Whether this one is worth more than others, such as the best so far.
        """
        if not self.fits(size) or self.cost_s + self._each_s > SHARE * seconds + BURST_S:
            return False
        return wanted or self._arc - self._taken_at >= SPACING

    def fits(self, size: int) -> bool:
        """Say whether a moment of that many bytes can be kept at all."""
        return size <= self._budget

    def add(self, moment: Moment, seconds: float) -> None:
        """Keep a moment; others make room for it.

        Args:
            moment: The moment; another one at its step gives way.
            seconds: What it cost to take.
        """
        began = time.perf_counter()
        self._each_s = max(seconds, 0.5 * self._each_s)
        self._taken_at = self._arc
        step = moment.mark.step
        self._kept = {**self._kept, step: moment}
        self._worth[step] = self._arc
        most = max(1, min(MOST, self._budget // max(moment.size, 1)))
        if len(self._kept) > most:
            self._thin(most - most // 4)
        self._show()
        self.cost_s += seconds + time.perf_counter() - began

    def _thin(self, most: int) -> None:
        """Let moments go, the most superfluous first; the first, the last and the best stay."""
        kept = dict(self._kept)
        best = max((at for at, one in kept.items() if one.mark.best), default=None)
        steps = sorted(kept)
        while len(steps) > most:
            gaps = list(self._gaps(steps, best))
            # with room for less than three the latest counts most
            gone = min(gaps)[1] if gaps else steps[0]
            steps.remove(gone)
            del kept[gone]
        self._kept = kept
        self._worth = {at: worth for at, worth in self._worth.items() if at in kept}

    def _gaps(self, steps: list[int], best: int | None) -> Iterator[tuple[float, int]]:
        """Give how wide a gap each moment between the ends would leave, and its step."""
        for before, at, after in zip(steps, steps[1:], steps[2:], strict=False):
            if at != best:
                yield self._worth[after] - self._worth[before], at

    def _show(self) -> None:
        self.marks = tuple(self._kept[at].mark for at in sorted(self._kept))
