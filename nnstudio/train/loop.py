"""The one training loop: a generator of events; window, command line and sweeps all use it."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from nnstudio.data.loader import Chunk
from nnstudio.engine.schedules import OnPlateau
from nnstudio.train.control import Control
from nnstudio.train.divergence import find_divergence
from nnstudio.train.events import Diverged, EpochDone, Event, Finished, Started
from nnstudio.train.full_batch import full_batches
from nnstudio.train.perceptron import perceptron_note
from nnstudio.train.reporting import CHUNK_S, Progress, measured, report
from nnstudio.train.trainer import MOST_STEPS, Ran, Trainer


def train(trainer: Trainer, control: Control) -> Iterator[Event]:
    """Run a training to its end.

    Args:
        trainer: What to train; its weights and history change.
        control: The wishes of whoever watches.

    Yields:
        `Started`; `Steps` about every 15 ms; `EpochDone` after each epoch; `Diverged` where
        numbers overflow; `Finished` at last, with measures of all parts.
    """
    progress = Progress()
    settings, loader = trainer.job.settings, trainer.loader
    steps = 1 if trainer.whole else loader.steps_per_epoch
    yield Started(settings.epochs, steps, trainer.job.data.train.size, trainer.threads)
    reason = "finished"
    run = full_batches if trainer.whole else _mini_batches
    for event in run(trainer, control, progress):
        progress.stop_clock()
        yield event
        progress.start_clock()
        reason = _reason_to_end(event, control, progress, settings.patience)
        if reason != "finished":
            break
    else:  # a stop may come where no event follows any more
        reason = "stopped" if control.stopping else reason
    yield _finish(trainer, progress, reason)


def _reason_to_end(event: Event, control: Control, progress: Progress, patience: int) -> str:
    """Say why the training ends behind an event; "finished" where it goes on."""
    if isinstance(event, Diverged):
        return "diverged"
    if control.stopping:
        return "stopped"
    waited = progress.epochs - progress.best_epoch
    if isinstance(event, EpochDone) and 0 < patience <= waited:
        return "early stopping"
    return "finished"


def _mini_batches(trainer: Trainer, control: Control, progress: Progress) -> Iterator[Event]:
    """Run all epochs, batch by batch."""
    for epoch in range(trainer.job.settings.epochs):
        yield from _epoch(trainer, control, progress, epoch)


def _epoch(trainer: Trainer, control: Control, progress: Progress, epoch: int) -> Iterator[Event]:
    """Run one epoch and measure it, unless it is stopped or diverges."""
    loader, step = trainer.loader, 0
    ran: list[Ran] = []
    while step < loader.steps_per_epoch:
        if control.stopping:
            return
        before = trainer.snapshot()
        sampling = control.sampling
        steps = control.steps_wanted or max(1, min(MOST_STEPS, int(CHUNK_S / progress.pace)))
        chunk = loader.chunk(epoch, step, 1 if sampling else steps)
        rates = _rates(trainer, progress, chunk.steps)
        began = time.perf_counter()
        done = trainer.run(chunk, progress.step, rates, control)
        if sampling:
            control.sampling, control.updates = False, trainer.updates(before[0], progress.step)
        else:  # a step that runs alone says nothing of the pace
            progress.pace = max((time.perf_counter() - began) / len(done), 1e-7)
        if progress.good is None or len(done) > 1 or not done.halted:
            progress.good = before
        step += len(done)
        ran.append(done)
        ended = step == loader.steps_per_epoch
        if done.halted or (ended and not trainer.finite):
            found = _diverged(trainer, progress, chunk, len(done))
            yield report(trainer, progress, done, rates, epoch)
            yield found
            return
        yield report(trainer, progress, done, rates, epoch)
    yield measured(trainer, progress, epoch, ran)


def _rates(
    trainer: Trainer, progress: Progress, steps: int
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Give the learning rates of the next steps."""
    settings, per_epoch = trainer.job.settings, trainer.loader.steps_per_epoch
    schedule = settings.schedule
    epochs = [(progress.step + i) / per_epoch for i in range(steps)]
    rate = settings.learning_rate
    if isinstance(schedule, OnPlateau):
        rate *= schedule.gamma**progress.drops
    return rate * np.array([schedule.factor(one, settings.epochs) for one in epochs])


def _diverged(trainer: Trainer, progress: Progress, chunk: Chunk, count: int) -> Diverged:
    """Find where the numbers overflowed in a chunk's last step, and go back to good weights."""
    samples = chunk.x[chunk.rows[(count - 1) * chunk.batch : count * chunk.batch]]
    step = progress.step + count - 1
    found = find_divergence(trainer.network, trainer.crew, samples, step, trainer.job.settings)
    assert progress.good is not None  # it was set before the first step
    trainer.restore(progress.good)
    return found


def _finish(trainer: Trainer, progress: Progress, reason: str) -> Finished:
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
    done = progress.epochs, progress.step, progress.seconds
    note = perceptron_note(trainer.job.graph, trainer.history)
    return Finished(reason, *done, train, valid, test, kept, note)
