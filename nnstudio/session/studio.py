"""Studio: one open project, the only way to change it, and the trainings it starts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from nnstudio.core.errors import StudioError
from nnstudio.core.paths import resources_folder
from nnstudio.data.prepare import Prepared
from nnstudio.data.sources import DataSource
from nnstudio.project.edits import SetSetting
from nnstudio.project.file import open_project
from nnstudio.project.model import Project, Run
from nnstudio.project.run_edits import AddRun
from nnstudio.session import course
from nnstudio.session.branching import branch_of, moment_of
from nnstudio.session.chores import Chores
from nnstudio.session.course import Course
from nnstudio.session.data_desk import DataDesk
from nnstudio.session.forecast import ForecastDesk
from nnstudio.session.gate import Mode
from nnstudio.session.idle_answers import IdleAnswers
from nnstudio.session.lane import Lane
from nnstudio.session.launcher import Launcher
from nnstudio.session.mailbox import Outbox
from nnstudio.session.news import News, Poll, RunEnded, RunState
from nnstudio.session.opened import AnyEdit, OpenProject
from nnstudio.session.watch_desk import Shown, WatchDesk
from nnstudio.train.history import History
from nnstudio.train.live import Change, differences
from nnstudio.train.moments import Mark
from nnstudio.train.watch import Watch

__all__ = ["AnyEdit", "Studio"]


class Studio(OpenProject):
    """One open project at work; used from one thread, which must poll.

    Args:
        project: The project.
        path: Where it was read from or saved to last; None for a new one.
    """

    def __init__(self, project: Project, path: Path | None = None) -> None:
        super().__init__(project, path)
        self._outbox: Outbox[News] = Outbox()
        self._desk = DataDesk(self._outbox)
        self._desk.base = None if path is None else path.parent
        self._lane = Lane()
        self._chores = Chores(self._lane, self._desk, self._outbox)
        self._watching = WatchDesk()
        desks = self._desk, self._outbox, self._watching
        self._trainings = Launcher(self._lane, *desks, project.runs)
        self._idle = IdleAnswers(self._watching, self._desk, self._lane, lambda: self._busy)
        self.forecasts = ForecastDesk(self._lane, lambda: self._busy, self._desk.sizes)
        self._settled, self._fresh = True, False

    @staticmethod
    def open(path: Path) -> Studio:
        """Open a project file; one that came with the studio opens as a new project.

        Raises:
            StudioError: It cannot be read; the sentence says why and what to do.
        """
        project = open_project(path)
        example = path.resolve().is_relative_to(resources_folder().resolve())
        return Studio(project, None if example else path)

    @staticmethod
    def new(template: str = "empty") -> Studio:
        """Begin a project from a template.

        Raises:
            StudioError: There is no such template.
        """
        from nnstudio.project.templates import make_template

        return Studio(make_template(template))

    def apply(self, edit: AnyEdit) -> AnyEdit:
        """Change the project; a running training takes over what can change on the way.

        See `OpenProject.apply`.
        """
        before = self._project.settings
        inverse = super().apply(edit)
        self._trainings.settings_changed(before, self._project.settings)
        return inverse

    # Training

    @property
    def run_state(self) -> RunState:
        """How the present or last training stands."""
        training = self._trainings.training
        return "idle" if training is None else training.state

    @property
    def history(self) -> History | None:
        """The history of the present training, or of the last run."""
        training = self._trainings.training
        if training is not None:
            return training.history
        return self._project.runs[-1].history if self._project.runs else None

    def train(self) -> None:
        """Train, or go on after a pause.

        Raises:
            StudioError: The network cannot be trained; the sentence says why.
        """
        self._go("open")

    def step(self) -> None:
        """Train for one batch, then pause."""
        self._go("one step")

    def step_epoch(self) -> None:
        """Train to the end of the epoch, then pause."""
        self._go("one epoch")

    def _go(self, mode: Mode) -> None:
        training = self._trainings.busy
        if training is not None:
            training.gate.set(mode)
            return
        obstacle = self.can_train
        if obstacle is not None:
            raise StudioError(f"{obstacle.message} {obstacle.hint}".strip())
        self._begin(course.fresh(self._project), mode)

    def _begin(self, new: Course, mode: Mode) -> None:
        self._settled = self._fresh = False
        self._trainings.begin(self._project, new, mode)

    def replay(self, run_id: str) -> None:
        """Train a run again, with all that was changed on its way: the same bits come of it.

        Raises:
            StudioError: There is no such run, or a training is under way.
        """
        self._need_the_lane("repeat a run")
        self._begin(course.repeated(self._project, run_id), "open")

    def pause(self) -> None:
        """Hold the training after the current step."""
        training = self._trainings.busy
        if training is not None:
            training.gate.set("shut")

    def stop(self) -> None:
        """End the training within a step; what was learned is kept as a run.

        Stopped once more it measures nothing more.
        """
        training = self._trainings.busy
        if training is not None:
            training.stop()

    def person_acts(self) -> None:
        """Take note that somebody works with the window, which then gets a processor."""
        training = self._trainings.busy
        if training is not None:
            training.spare_a_core()

    def rewind(self) -> None:
        """Go back to the initial weights: end the training and forget its curves."""
        self._trainings.forget()
        self._settled = self._fresh = True

    def check_gradients(self, node: str = "") -> None:
        """Compare analytic and numeric gradients on the lane; the end comes as news.

        Raises:
            StudioError: A training holds the lane.
        """
        self._need_the_lane("check the gradients")
        self._chores.check_gradients(self._project, node)

    def do(self, work: Callable[[], str], what: str) -> None:
        """Let work that runs kernels be done on the lane; its sentence comes as news.

        Args:
            work: Gives the sentence that says what came of it.
            what: The work in words, such as "write the report".

        Raises:
            StudioError: A training holds the lane.
        """
        self._need_the_lane(what)
        self._chores.do(work)

    def _need_the_lane(self, what: str) -> None:
        if self._busy:
            raise StudioError(f"A training is under way; stop it, then {what}.")

    @property
    def changes(self) -> tuple[Change, ...]:
        """What was changed on the way of the present training, or of the last run."""
        training = self._trainings.training
        if training is not None:
            return training.changes
        return self._project.runs[-1].changes if self._project.runs else ()

    # Moments

    @property
    def snapshots(self) -> tuple[Mark, ...]:
        """The moments of the present or last training that can be shown or branched from."""
        training = self._trainings.training
        return () if training is None else training.course.moments.marks

    @property
    def moment(self) -> int | None:
        """The step of the moment that viewers look at; None for now."""
        shown = self._watching.shown
        return None if shown is None else shown.step

    def show_moment(self, step: int | None) -> None:
        """Let all viewers look at the weights of a moment; a training goes on meanwhile.

        Args:
            step: Of a mark in `snapshots`, or near one that made room since; None for now.

        Raises:
            StudioError: No moment was kept.
        """
        if step is None:
            self._watching.shown = None
        else:
            training, moment = moment_of(self._trainings.training, step)
            shown = Shown(training.project, moment.mark.step, moment.arrays, training.initial)
            self._watching.shown = shown
        self._look_again()

    def branch(self, step: int, mode: Mode = "open") -> None:
        """Begin a new run from a moment; the present training is stopped and kept.

        Without a change it goes on as the original did, bit for bit. Settings that were changed
        since the last training count from that step on.

        Args:
            step: Of a mark in `snapshots`, or near one that made room since.
            mode: How far it goes before it waits.

        Raises:
            StudioError: No moment was kept.
        """
        training, moment = moment_of(self._trainings.training, step)
        own = differences(self._trainings.seen, self._project.settings)
        new, settings = branch_of(training, moment, own)
        if not training.over:
            training.finish_now()
        self._trainings.training = None
        for path, value in differences(self._project.settings, settings):
            self.apply(SetSetting(path, value))
        self._begin(new, mode)

    # Viewers

    def watch(self, watch: Watch | None, viewer: str = "") -> None:
        """Say what a viewer wishes to see; answers come with `poll`. From any thread, at once.

        While a training runs it answers between two steps, as often as the wish and the budget for
        viewers allow; without anybody who watches it does nothing for viewers. While none runs the
        last run's weights, or those of the start, answer once, and again when the network changes.

        Args:
            watch: The wish, in the place of the viewer's last one; None when it stops looking.
            viewer: Whose wish; each viewer has one.
        """
        self._watching.ask(viewer, watch)
        self._look_again()

    def _look_again(self) -> None:
        """Wake whoever answers viewers."""
        training = self._trainings.busy
        if training is not None:
            training.gate.nudge()
        elif self._settled:
            self._idle.tend(self._project, fresh=self._fresh)

    @property
    def prepared(self) -> Prepared | None:
        """The data split and scaled as the project says now; None until something needed it."""
        return self._desk.kept(self._project)

    @property
    def _busy(self) -> bool:
        """Whether a training wants the lane."""
        return self._trainings.busy is not None

    # Data

    def load_data(self, source: DataSource, *, download: bool = False) -> None:
        """Begin to read a data set; its end comes as news.

        Args:
            source: The data set.
            download: Whether a public set that is not on this computer is downloaded first.
        """
        self._desk.load_in_background(source, download=download)

    def cancel_loading(self) -> None:
        """Stop reading."""
        self._desk.cancel()

    # News

    def poll(self) -> Poll:
        """Take everything that is new; runs that have ended are added to the project."""
        state = self.run_state  # before the events: a state is set after what it tells of
        events = self._outbox.take_all()
        for at, event in enumerate(events):
            if isinstance(event, RunEnded):
                events[at] = RunEnded(self._add(event.run))
        training = self._trainings.training
        progress = None if training is None else training.progress.peek()
        if not self._busy and state not in {"preparing", "running", "paused"}:
            self._settled = True  # the run of a training that has ended is in the project now
            self._idle.tend(self._project, fresh=self._fresh)
        watched = self._watching.take()
        self.forecasts.tend(self._project)
        return Poll(state, progress, events, self._desk.loading.peek(), watched)

    def _add(self, run: Run) -> Run:
        """Add a run and give it; where its id was taken since its start, it gets another."""
        run = self._trainings.with_id(self._project, run)
        self._project, _ = AddRun(run).apply(self._project)
        self._tell()
        return run

    # Files

    def save(self, path: Path | None = None) -> None:
        """Save; relative paths of data count from there. See `OpenProject.save`."""
        super().save(path)
        self._desk.base = None if self.path is None else self.path.parent

    def close(self) -> None:
        """End all work and threads; nothing is saved."""
        training = self._trainings.busy
        if training is not None:
            training.forget()
        self.forecasts.close()
        self._desk.close()
        self._idle.close()
        self._lane.close()
