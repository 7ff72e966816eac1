"""Begins trainings, one at a time, and sees to it that each run has an id of its own."""

from __future__ import annotations

from dataclasses import replace

from nnstudio.project.model import Project, Run
from nnstudio.project.record import free_run_id, run_name
from nnstudio.session.course import Course
from nnstudio.session.data_desk import DataDesk
from nnstudio.session.gate import Mode
from nnstudio.session.lane import Lane
from nnstudio.session.mailbox import Outbox
from nnstudio.session.news import News
from nnstudio.session.training import Training
from nnstudio.session.watch_desk import WatchDesk
from nnstudio.train.live import differences
from nnstudio.train.settings import RunSettings


class Launcher:
    """Holds the present or last training of a session.

    Args:
        lane: Where trainings run.
        desk: Gives the data.
        outbox: Takes the events that must arrive.
        watching: Where viewers' wishes lie.
        runs: That there are.

    Attributes:
        training: The present or last one; None before the first and after a rewind.
        seen: The project's settings that the training knows of.
    """

    def __init__(
        self,
        lane: Lane,
        desk: DataDesk,
        outbox: Outbox[News],
        watching: WatchDesk,
        runs: tuple[Run, ...],
    ) -> None:
        self.training: Training | None = None
        self.seen = RunSettings()
        self._lane, self._desk, self._outbox, self._watching = lane, desk, outbox, watching
        self._issued = {run.id for run in runs}  # undo may bring removed runs back

    @property
    def busy(self) -> Training | None:
        """The training that wants the lane."""
        training = self.training
        return None if training is None or training.over else training

    def begin(self, project: Project, new: Course, mode: Mode) -> None:
        """Let a training begin as soon as the lane is free.

        Args:
            project: As it is now.
            new: What is trained.
            mode: How its gate stands at first.
        """
        last = self.training
        if last is not None and last.over and not last.kept:
            self._issued.discard(last.run_id)
        run_id = free_run_id(project, self._issued)
        self._issued.add(run_id)
        self._watching.shown = None
        self.seen = project.settings
        training = Training(new, run_id, self._desk, self._outbox, self._watching, mode)
        self.training = training
        self._lane.submit(training.run(), training.fail)

    def settings_changed(self, before: RunSettings, after: RunSettings) -> None:
        """Let a training go on with other settings, where they can change on the way."""
        training = self.busy
        if training is None or before is after:
            return
        self.seen = after
        for path, value in differences(before, after):
            training.change(path, value)

    def forget(self) -> None:
        """End the training and forget it, unless it has become a run."""
        training = self.training
        if training is not None and not training.kept:
            training.forget()
            self._issued.discard(training.run_id)
        self.training = self._watching.shown = None

    def with_id(self, project: Project, run: Run) -> Run:
        """Give a run an id of its own, which no other has had in this session."""
        if any(one.id == run.id for one in project.runs):
            run_id = free_run_id(project, self._issued)
            run = replace(run, id=run_id, name=run_name(run_id))
        self._issued.add(run.id)
        return run
