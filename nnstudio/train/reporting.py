"""What a training reports and writes into its history: steps, epochs, and how far it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from nnstudio.engine.schedules import OnPlateau, Schedule
from nnstudio.graph.types import ClassTarget
from nnstudio.train.events import EpochDone, Steps
from nnstudio.train.moments import Place
from nnstudio.train.trainer import Ran, Trainer

CHUNK_S = 0.015  # how long the engine runs before it reports; short enough for live curves


@dataclass
class Progress:
    """Where a training stands.

    Attributes:
        step: Steps done.
        seconds: Time worked, pauses not counted.
        samples: Samples seen.
        since: When the present piece of work began.
        samples_per_s: Speed of the last chunks, smoothed.
        best_loss: The lowest validation loss so far.
        best_epoch: The epoch in which it was reached, from 1; 0 for none.
        epochs: Epochs done.
        pace: Seconds a step took last; the first chunk is a single step.
        drops: How often the learning rate has dropped on a plateau.
        waited: Epochs since the loss last fell, or since the last drop.
        good: The last weights known to have given a finite loss; see `Trainer.snapshot`.
        here: Steps done, place in the data and what the epoch gave, at the last boundary at which
            a moment could be taken.
    """

    step: int = 0
    seconds: float = 0.0
    samples: int = 0
    since: float = field(default_factory=time.perf_counter)
    samples_per_s: float = 0.0
    best_loss: float = float("inf")
    best_epoch: int = 0
    epochs: int = 0
    pace: float = CHUNK_S
    drops: int = 0
    waited: int = 0
    good: tuple[np.ndarray, np.ndarray] | None = None
    here: tuple[int, Place, list[Ran]] | None = None

    def stop_clock(self) -> None:
        """Count the time worked since the clock was started."""
        self.seconds += time.perf_counter() - self.since

    def read_clock(self) -> float:
        """Give the time worked so far, while the clock runs."""
        return self.seconds + time.perf_counter() - self.since

    def start_clock(self) -> None:
        """Begin to count."""
        self.since = time.perf_counter()


def report(trainer: Trainer, progress: Progress, done: Ran, rates: np.ndarray, epoch: int) -> Steps:
    """Write the steps into the history and tell of them."""
    count = len(done)
    shares = done.shares if _has_classes(trainer) else done.shares[:0]
    first = progress.step
    progress.step += count
    progress.samples += done.samples
    trainer.history.seconds.extend(_seconds(trainer, progress, count))
    trainer.history.add_steps({"loss": done.losses, "accuracy": shares, "rate": rates[:count]})
    speed = done.samples / (progress.pace * count)
    progress.samples_per_s += (speed - progress.samples_per_s) * (0.1 if first else 1.0)
    settings, part = trainer.settings, trainer.job.data.train
    left = settings.epochs * part.size * (1 - share_done(trainer, progress))
    seconds_left = left / progress.samples_per_s
    return Steps(
        first, done.losses, shares, rates[:count], epoch, progress.samples_per_s, seconds_left
    )


def _seconds(trainer: Trainer, progress: Progress, count: int) -> np.ndarray:
    """Give when each of the last steps was done: evenly since the report before, (count,)."""
    known = trainer.history.seconds.values()
    before = float(known[-1]) if len(known) else 0.0
    now = max(progress.read_clock(), before)
    return before + (now - before) * np.arange(1, count + 1) / count


def share_done(trainer: Trainer, progress: Progress) -> float:
    """Give the share of the run that is done, 0 … 1."""
    done = progress.epochs if trainer.whole else trainer.epoch_at(progress.step)
    return done / trainer.settings.epochs


def _has_classes(trainer: Trainer) -> bool:
    return isinstance(trainer.network.signature.target, ClassTarget)


def _watch_for_plateau(progress: Progress, schedule: Schedule, *, best: bool) -> None:
    """Note a drop of the learning rate where the loss has not fallen for long enough."""
    progress.waited = 0 if best else progress.waited + 1
    if isinstance(schedule, OnPlateau) and progress.waited >= schedule.patience:
        progress.drops, progress.waited = progress.drops + 1, 0


def measured(
    trainer: Trainer,
    progress: Progress,
    epoch: int,
    ran: list[Ran],
    skip: Callable[[], bool] = lambda: False,
) -> EpochDone | None:
    """Measure the validation part, remember the best weights, write the history.

    Args:
        trainer: The training.
        progress: Where it stands.
        epoch: The epoch that ended, from 0.
        ran: What its steps gave.
        skip: Asked on the way; None is given, and nothing written, once it answers True.
    """
    valid = trainer.scorer.measure(trainer.job.data.valid, skip)
    if skip():
        return None
    losses = np.concatenate([one.losses for one in ran])
    counted = np.concatenate([one.counted for one in ran])
    weights = counted / max(1.0, counted.sum())
    means: dict[str, float] = {"loss": float(losses @ weights)}
    if _has_classes(trainer):
        shares = np.concatenate([one.shares for one in ran])
        means["accuracy"] = float(shares @ weights)
    loss = valid.get("loss", means["loss"])
    best = bool(loss < progress.best_loss)
    progress.epochs = epoch + 1
    if best:
        progress.best_loss, progress.best_epoch = loss, epoch + 1
        trainer.remember_best()
    _watch_for_plateau(progress, trainer.settings.schedule, best=best)
    row = {"step": float(progress.step), "samples": float(progress.samples)}
    row |= {f"train {name}": value for name, value in means.items()}
    row |= {f"valid {name}": value for name, value in valid.items()}
    trainer.history.add_epoch(row)
    return EpochDone(epoch + 1, progress.step, means, valid, best)
