"""Makes changes of the settings between two chunks, as wished for now or as recorded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nnstudio.core.errors import StudioError
from nnstudio.train.control import Control
from nnstudio.train.events import Changed, Event, Refused
from nnstudio.train.live import Change, changed, value_at
from nnstudio.train.trainer import Trainer


def make_changes(
    trainer: Trainer, control: Control, step: int, epoch: int, at: int
) -> Iterator[Event]:
    """Make all changes that are due; another batch waits for the next epoch.

    Args:
        trainer: The training, whose settings and record change.
        control: Where wishes lie; what cannot be done yet is wished for again.
        step: Steps done.
        epoch: The running epoch, from 0.
        at: Steps done in it.

    Yields:
        `Changed` or `Refused`, one for each setting.
    """
    wanted: dict[str, Any] = {}
    while trainer.ahead and trainer.ahead[0].step <= step:
        one = trainer.ahead.popleft()
        wanted[one.path] = one.value
    for path, value in control.take_wishes():
        wanted.pop(path, None)  # the last wish for a setting counts, in its place
        wanted[path] = value
    if at and "batch" in wanted:
        trainer.pending_batch = wanted.pop("batch")
    elif not at and trainer.pending_batch is not None:
        wanted.setdefault("batch", trainer.pending_batch)
        trainer.pending_batch = None
    for path, value in wanted.items():
        event = _change(trainer, Change(step, path, value), epoch)
        if event is not None:
            yield event


def _change(trainer: Trainer, change: Change, epoch: int) -> Event | None:
    """Make one change and record it; None where it changes nothing."""
    before = value_at(trainer.settings, change.path)
    try:
        settings = changed(trainer.settings, change.path, change.value)
        if settings == trainer.settings:
            return None
        trainer.adapt(settings, change.step, epoch)
    except StudioError as error:
        return Refused(change.path, error.sentence)
    done = Change(change.step, change.path, value_at(settings, change.path))
    trainer.changes.append(done)
    return Changed(
        done.step,
        done.path,
        done.value,
        before,
        trainer.epoch_at(done.step),
        settings.epochs,
        trainer.loader.steps_per_epoch,
    )
