"""Branches a new training off from a moment of another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nnstudio.core.errors import StudioError
from nnstudio.session.course import Course
from nnstudio.session.training import Training
from nnstudio.train.live import Change, changed
from nnstudio.train.moments import Moment
from nnstudio.train.settings import RunSettings


def moment_of(training: Training | None, step: int) -> tuple[Training, Moment]:
    """Give the moment that is kept nearest to a step, and its training.

    Raises:
        StudioError: None was kept.
    """
    moment = None if training is None else training.course.moments.nearest(step)
    if training is None or moment is None:
        raise StudioError("No moments of a training were kept; train first.")
    return training, moment


def branch_of(
    training: Training, moment: Moment, wishes: Sequence[tuple[str, Any]]
) -> tuple[Course, RunSettings]:
    """Give the course of a branch, and the settings that it begins with.

    Args:
        training: What it branches off from.
        moment: Where.
        wishes: Settings and values that count from there on.
    """
    step = moment.mark.step
    own = [Change(step, path, value) for path, value in wishes]
    settings = moment.settings
    for one in own:
        settings = changed(settings, one.path, one.value)
    done = [one for one in training.changes if one.step < step]
    course = Course(
        training.project,
        training.initial,
        (*done, *own),
        moment,
        history=training.history.until(step, moment.progress.epochs),
        moments=training.course.moments.until(step),
        parent=(training.run_id, step),
    )
    return course, settings
