"""The one training loop: a generator of events; window, command line and sweeps all use it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from nnstudio.graph.types import ClassTarget
from nnstudio.train.control import Control
from nnstudio.train.divergence import find_divergence
from nnstudio.train.events import Diverged, EpochDone, Event, Finished, Started, Steps
from nnstudio.train.trainer import MOST_STEPS, Trainer
from nnstudio.train.trainer import Steps as Ran

CHUNK_S = 0.015  # how long the engine runs before it reports; short enough for live curves


@dataclass
class _Progress:
    """Where a training stands.

    Attributes:
        step: Steps done.
        seconds: Time worked, pauses not counted.
        since: When the present piece of work began.
        samples_per_s: Speed of the last chunks, smoothed.
        best_loss: The lowest validation loss so far.
        best_epoch: The epoch in which it was reached, from 1; 0 for none.
        epochs: Epochs done.
    """

    step: int = 0
    seconds: float = 0.0
    since: float = field(default_factory=time.perf_counter)
    samples_per_s: float = 0.0
    best_loss: float = float("inf")
    best_epoch: int = 0
    epochs: int = 0

    def stop_clock(self) -> None:
        """Count the time worked since the clock was started."""
        self.seconds += time.perf_counter() - self.since

    def start_clock(self) -> None:
        """Begin to count."""
        self.since = time.perf_counter()


def train(trainer: Trainer, control: Control) -> Iterator[Event]:
    """Run a training to its end.

    Args:
        trainer: What to train; its weights and history change.
        control: The wishes of whoever watches.

    Yields:
        `Started`; `Steps` about every 15 ms; `EpochDone` after each epoch; `Diverged` where
        numbers overflow; `Finished` at last, with measures of all parts.
    """
    progress = _Progress()
    settings, loader = trainer.job.settings, trainer.loader
    yield Started(
        settings.epochs, loader.steps_per_epoch, trainer.job.data.train.size, trainer.threads
    )
    reason = "finished"
    for epoch in range(settings.epochs):
        for event in _epoch(trainer, control, progress, epoch):
            progress.stop_clock()
            yield event
            progress.start_clock()
            if isinstance(event, Diverged):
                reason = "diverged"
        if reason == "finished" and control.stopping:
            reason = "stopped"
        elif 0 < settings.patience <= progress.epochs - progress.best_epoch:
            reason = "early stopping"
        if reason != "finished":
            break
    yield _finish(trainer, progress, reason)


def _epoch(trainer: Trainer, control: Control, progress: _Progress, epoch: int) -> Iterator[Event]:
    """Run one epoch and measure it, unless it is stopped or diverges."""
    loader, step, ran = trainer.loader, 0, []
    pace = 1.0 / max(1, MOST_STEPS)
    while step < loader.steps_per_epoch:
        if control.stopping:
            return
        before = trainer.snapshot()
        wanted = control.steps_wanted or max(1, min(MOST_STEPS, int(CHUNK_S / pace)))
        chunk = loader.chunk(epoch, step, wanted)
        rates = _rates(trainer, progress.step, chunk.steps)
        began = time.perf_counter()
        done = trainer.run(chunk, progress.step, rates, control)
        pace = max((time.perf_counter() - began) / max(len(done), 1), 1e-7)
        if done.halted:
            yield _diverged(trainer, progress, chunk.rows, chunk.x, len(done), before)
            return
        yield _report(trainer, progress, done, rates, epoch, pace)
        step += len(done)
        ran.append(done)
    yield _measured(trainer, progress, epoch, ran)


def _rates(
    trainer: Trainer, first: int, steps: int
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Give the learning rates of some steps."""
    settings, per_epoch = trainer.job.settings, trainer.loader.steps_per_epoch
    factor = settings.schedule.factor
    epochs = [(first + i) / per_epoch for i in range(steps)]
    return settings.learning_rate * np.array([factor(one, settings.epochs) for one in epochs])


def _report(
    trainer: Trainer, progress: _Progress, done: Ran, rates: np.ndarray, epoch: int, pace: float
) -> Steps:
    """Write the steps into the history and tell of them."""
    count = len(done)
    shares = done.shares if _has_classes(trainer) else done.shares[:0]
    trainer.history.add_steps({"loss": done.losses, "accuracy": shares, "rate": rates[:count]})
    first = progress.step
    progress.step += count
    speed = done.samples / (pace * count)
    progress.samples_per_s += (speed - progress.samples_per_s) * (0.1 if first else 1.0)
    settings, part = trainer.job.settings, trainer.job.data.train
    left = settings.epochs * part.size * (1 - progress.step / _all_steps(trainer))
    seconds_left = left / progress.samples_per_s
    return Steps(
        first, done.losses, shares, rates[:count], epoch, progress.samples_per_s, seconds_left
    )


def _all_steps(trainer: Trainer) -> int:
    return trainer.job.settings.epochs * trainer.loader.steps_per_epoch


def _has_classes(trainer: Trainer) -> bool:
    return isinstance(trainer.network.signature.target, ClassTarget)


def _measured(trainer: Trainer, progress: _Progress, epoch: int, ran: list[Ran]) -> EpochDone:
    """Measure the validation part, remember the best weights, write the history."""
    losses = np.concatenate([one.losses for one in ran])
    samples = np.full(len(losses), trainer.loader.batch)
    samples[-1] = trainer.loader.last_batch
    means: dict[str, float] = {"loss": float(np.average(losses, weights=samples))}
    if _has_classes(trainer):
        shares = np.concatenate([one.shares for one in ran])
        means["accuracy"] = float(np.average(shares, weights=samples))
    valid = trainer.scorer.measure(trainer.job.data.valid)
    loss = valid.get("loss", means["loss"])
    best = bool(loss < progress.best_loss)
    progress.epochs = epoch + 1
    if best:
        progress.best_loss, progress.best_epoch = loss, epoch + 1
        trainer.remember_best()
    row = {"step": float(progress.step)}
    row |= {f"train {name}": value for name, value in means.items()}
    row |= {f"valid {name}": value for name, value in valid.items()}
    trainer.history.add_epoch(row)
    return EpochDone(epoch + 1, progress.step, means, valid, best)


def _diverged(
    trainer: Trainer,
    progress: _Progress,
    rows: np.ndarray,
    x: np.ndarray,
    count: int,
    before: tuple[np.ndarray, np.ndarray],
) -> Diverged:
    """Find where the numbers overflowed, and go back to weights that are still finite."""
    batch = trainer.job.settings.batch
    samples = x[rows[(count - 1) * batch : count * batch]]
    found = find_divergence(
        trainer.network, trainer.crew, samples, progress.step + count - 1, trainer.job.settings
    )
    if not np.isfinite(trainer.network.weights.values).all():
        trainer.restore(before)
    progress.step += count - 1
    return found


def _finish(trainer: Trainer, progress: _Progress, reason: str) -> Finished:
    """Put the best weights back if wanted, measure all parts, and tell of the end."""
    progress.start_clock()
    kept = progress.epochs
    if trainer.job.settings.restore_best and trainer.best is not None:
        trainer.restore(trainer.best)
        kept = progress.best_epoch
    data = trainer.job.data
    train, valid, test = (
        trainer.scorer.measure(part) for part in (data.train, data.valid, data.test)
    )
    progress.stop_clock()
    return Finished(
        reason, progress.epochs, progress.step, progress.seconds, train, valid, test, kept
    )
