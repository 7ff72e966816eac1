"""Takes moments of a training between two chunks, where they are due."""

from __future__ import annotations

import time
from dataclasses import replace

from nnstudio.train.moments import Mark, Moment, Moments, Place
from nnstudio.train.reporting import Progress
from nnstudio.train.trainer import Ran, Trainer


def remember(
    trainer: Trainer,
    progress: Progress,
    place: Place,
    ran: list[Ran],
    *,
    wanted: bool = False,
    best: bool = False,
) -> None:
    """Keep the training as it is now, if that is due and anybody wants moments.

    Args:
        trainer: The training.
        progress: Its counters, which must not be behind or ahead of its numbers.
        place: Where in the data it stands.
        ran: What the steps of the epoch gave, of which the last are new.
        wanted: Whether the moment is worth more than others.
        best: Whether the validation loss was the lowest here.
    """
    moments = trainer.moments
    if moments is None:
        return
    progress.here = progress.step, place, ran
    steps = trainer.settings.epochs * trainer.loader.steps_per_epoch
    if ran:
        moments.note(ran[-1].losses, steps)
    worked = progress.seconds + time.perf_counter() - progress.since
    if moments.due(trainer.held_bytes, worked, wanted=wanted):
        _take(trainer, moments, progress, place, ran, worked, best=best)


def remember_last(trainer: Trainer, progress: Progress) -> None:
    """Keep the end of a training, whatever that costs, so that it can be gone on with."""
    moments, here = trainer.moments, progress.here
    if moments is None or here is None or here[0] != progress.step:
        return
    if moments.at(progress.step) is None and moments.fits(trainer.held_bytes):
        _take(trainer, moments, progress, here[1], here[2], progress.seconds, best=False)


def _take(
    trainer: Trainer,
    moments: Moments,
    progress: Progress,
    place: Place,
    ran: list[Ran],
    worked: float,
    *,
    best: bool,
) -> None:
    """Copy all that the next step depends on."""
    began = time.perf_counter()
    held = trainer.hold()
    mark = Mark(progress.step, trainer.epoch_at(progress.step), moments.loss, best)
    kept = replace(progress, seconds=worked, good=None, here=None)
    done = tuple(ran) if place.at else ()
    arrays = trainer.arrays_of(held)
    moment = Moment(mark, place, trainer.settings, held, trainer.best, kept, done, arrays)
    moments.add(moment, time.perf_counter() - began)
