"""The one training loop: a generator of events; window, command line and sweeps all use it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from nnstudio.data.loader import Chunk
from nnstudio.engine.schedules import OnPlateau
from nnstudio.train.changing import make_changes
from nnstudio.train.control import Control
from nnstudio.train.divergence import find_divergence
from nnstudio.train.events import Diverged, EpochDone, Event, Finished, Started
from nnstudio.train.full_batch import full_batches
from nnstudio.train.moments import Place
from nnstudio.train.perceptron import perceptron_note
from nnstudio.train.remembering import remember, remember_last
from nnstudio.train.reporting import CHUNK_S, Progress, measured, report
from nnstudio.train.trainer import MOST_STEPS, Ran, Trainer


def train(trainer: Trainer, control: Control) -> Iterator[Event]:
    """Run a training to its end.

    Args:
        trainer: What to train; its weights and history change.
        control: The wishes of whoever watches.

    Yields:
        `Started`; `Steps` about every 15 ms; `EpochDone` after each epoch; `Changed` where a
        setting gets another value; `Diverged` where numbers overflow; `Finished` at last, with
        measures of all parts.
    """
    progress = _progress_at_start(trainer)
    steps = 1 if trainer.whole else trainer.loader.steps_per_epoch
    epochs = trainer.settings.epochs
    yield Started(epochs, steps, trainer.job.data.train.size, trainer.threads)
    reason = "finished"
    run = full_batches if trainer.whole else _mini_batches
    for event in run(trainer, control, progress):
        progress.stop_clock()
        yield event
        progress.start_clock()
        reason = _reason_to_end(event, trainer, control, progress)
        if reason != "finished":
            break
    else:  # a stop may come where no event follows any more
        reason = "stopped" if _stopping(trainer, control, progress) else reason
    yield _finish(trainer, control, progress, reason)


def _progress_at_start(trainer: Trainer) -> Progress:
    """Give where the training stands: at the start, or where another one was."""
    start = trainer.job.start
    return Progress() if start is None else replace(start.progress, since=time.perf_counter())


def _stopping(trainer: Trainer, control: Control, progress: Progress) -> bool:
    """Whether somebody stops the training, or a record says that it was stopped here."""
    until = trainer.job.until
    reached = until is not None and (progress.step >= until[0] and progress.epochs >= until[1])
    return control.stopping or reached


def _reason_to_end(event: Event, trainer: Trainer, control: Control, progress: Progress) -> str:
    """Say why the training ends behind an event; "finished" where it goes on."""
    if isinstance(event, Diverged):
        return "diverged"
    if _stopping(trainer, control, progress):
        return "stopped"
    waited = progress.epochs - progress.best_epoch
    if isinstance(event, EpochDone) and 0 < trainer.settings.patience <= waited:
        return "early stopping"
    return "finished"


def _mini_batches(trainer: Trainer, control: Control, progress: Progress) -> Iterator[Event]:
    """Run all epochs, batch by batch."""
    start = trainer.job.start
    place = Place() if start is None else start.place
    ran: list[Ran] = [] if start is None else list(start.ran)
    if start is None:
        remember(trainer, progress, place, ran, wanted=True)
    epoch, at = place.epoch, place.at
    while epoch < trainer.settings.epochs:
        yield from _epoch(trainer, control, progress, epoch, at, ran)
        epoch, at, ran = epoch + 1, 0, []
        if control.stopping:
            return


def _epoch(
    trainer: Trainer,
    control: Control,
    progress: Progress,
    epoch: int,
    step: int,
    ran: list[Ran],
) -> Iterator[Event]:
    """Run an epoch from a step on and measure it, unless it is stopped or diverges.

    Args:
        trainer: The training.
        control: The wishes of whoever watches.
        progress: Where it stands.
        epoch: Which one, from 0.
        step: Steps of it that are done.
        ran: What these gave.
    """
    while step < trainer.loader.steps_per_epoch:
        yield from make_changes(trainer, control, progress.step, epoch, step)
        if _stopping(trainer, control, progress) or epoch >= trainer.settings.epochs:
            return
        before = trainer.snapshot()
        chunk, rates = _next_chunk(trainer, control, progress, epoch, step)
        done = _run(trainer, control, progress, chunk, rates, before[0])
        if progress.good is None or len(done) > 1 or not done.halted:
            progress.good = before
        step += len(done)
        ran.append(done)
        ended = step == trainer.loader.steps_per_epoch
        if done.halted or not trainer.finite:
            found = _diverged(trainer, progress, chunk, len(done))
            yield report(trainer, progress, done, rates, epoch)
            yield found
            return
        event = report(trainer, progress, done, rates, epoch)
        if not ended:
            remember(trainer, progress, Place(epoch, step, trainer.origin), ran)
        yield event
    yield from _end_epoch(trainer, control, progress, epoch, ran)


def _end_epoch(
    trainer: Trainer, control: Control, progress: Progress, epoch: int, ran: list[Ran]
) -> Iterator[Event]:
    """Measure an epoch, unless somebody stops the training meanwhile."""

    def end_chunk() -> None:
        if control.stopping:
            trainer.scorer.end_chunk()

    control.attach(end_chunk)
    event = measured(trainer, progress, epoch, ran, lambda: control.stopping)
    control.attach(None)
    if event is not None:
        place = Place(epoch + 1, 0, trainer.origin)
        remember(trainer, progress, place, ran, wanted=event.best, best=event.best)
        yield event


def _next_chunk(
    trainer: Trainer, control: Control, progress: Progress, epoch: int, step: int
) -> tuple[Chunk, np.ndarray]:
    """Give the next steps, up to where a record wants something, and their learning rates."""
    steps = control.steps_wanted or max(1, min(MOST_STEPS, int(CHUNK_S / progress.pace)))
    ends = [trainer.ahead[0].step] if trainer.ahead else []
    until = trainer.job.until
    ends += [until[0]] if until is not None else []
    room = [end - progress.step for end in ends if end > progress.step]
    chunk = trainer.loader.chunk(epoch, step, 1 if control.sampling else min([steps, *room]))
    return chunk, _rates(trainer, progress, chunk.steps)


def _run(
    trainer: Trainer,
    control: Control,
    progress: Progress,
    chunk: Chunk,
    rates: np.ndarray,
    weights: np.ndarray,
) -> Ran:
    """Run a chunk and take note of its pace; where a step is sampled say what it did."""
    sampling = control.sampling
    began = time.perf_counter()
    done = trainer.run(chunk, progress.step, rates, control)
    if sampling:
        control.sampling, control.updates = False, trainer.updates(weights, progress.step)
    else:  # a step that runs alone says nothing of the pace
        progress.pace = max((time.perf_counter() - began) / len(done), 1e-7)
    return done


def _rates(
    trainer: Trainer, progress: Progress, steps: int
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Give the learning rates of the next steps."""
    settings = trainer.settings
    schedule = settings.schedule
    epochs = [trainer.epoch_at(progress.step + i) for i in range(steps)]
    rate = settings.learning_rate
    if isinstance(schedule, OnPlateau):
        rate *= schedule.gamma**progress.drops
    return rate * np.array([schedule.factor(one, settings.epochs) for one in epochs])


def _diverged(trainer: Trainer, progress: Progress, chunk: Chunk, count: int) -> Diverged:
    """Find where the numbers overflowed in a chunk's last step, and go back to good weights."""
    samples = chunk.x[chunk.rows[(count - 1) * chunk.batch : count * chunk.batch]]
    step = progress.step + count - 1
    found = find_divergence(trainer.network, trainer.crew, samples, step, trainer.settings)
    assert progress.good is not None  # it was set before the first step
    trainer.restore(progress.good)
    return found


def _finish(trainer: Trainer, control: Control, progress: Progress, reason: str) -> Finished:
    """Put the best weights back if wanted, measure all parts, and tell of the end."""
    progress.start_clock()
    if reason != "diverged":
        remember_last(trainer, progress)
    kept = progress.epochs
    if trainer.settings.restore_best and trainer.best is not None:
        trainer.restore(trainer.best)
        kept = progress.best_epoch
    data = trainer.job.data

    def end_chunk() -> None:
        if control.hurried:
            trainer.scorer.end_chunk()

    control.attach(end_chunk)
    valid, test, train = (
        trainer.scorer.measure(part, lambda: control.hurried)
        for part in (data.valid, data.test, data.train)
    )
    control.attach(None)
    progress.stop_clock()
    done = progress.epochs, progress.step, progress.seconds
    note = perceptron_note(trainer.job.graph, trainer.history)
    return Finished(reason, *done, train, valid, test, kept, note)
