"""Studio: one open project, the only way to change it, and the trainings it starts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from nnstudio.core.errors import StudioError
from nnstudio.core.paths import resources_folder
from nnstudio.data.prepare import Prepared
from nnstudio.data.sources import DataSource
from nnstudio.engine.gradient_check import check_gradients
from nnstudio.graph.conditions import Conditions, under
from nnstudio.graph.edits import Edit
from nnstudio.graph.infer import Inference, infer
from nnstudio.graph.model import Graph
from nnstudio.graph.problems import Problem
from nnstudio.graph.types import DataSignature
from nnstudio.project.edits import AddRun, EditGraph, ProjectEdit
from nnstudio.project.file import open_project, save_project
from nnstudio.project.model import Project, Run
from nnstudio.project.record import free_run_id
from nnstudio.session.data_desk import DataDesk
from nnstudio.session.forecast import ForecastDesk
from nnstudio.session.gate import Mode
from nnstudio.session.idle_answers import IdleAnswers
from nnstudio.session.lane import Lane
from nnstudio.session.mailbox import Outbox
from nnstudio.session.news import Failed, GradientsChecked, News, Poll, RunEnded, RunState, Said
from nnstudio.session.training import Training
from nnstudio.session.watch_desk import WatchDesk
from nnstudio.train.conditions import conditions_of, machine_bytes
from nnstudio.train.history import History
from nnstudio.train.job import network_of
from nnstudio.train.watch import Watch

AnyEdit = Edit | ProjectEdit
CHECK_SAMPLES = 4


class Studio:
    """One open project at work; used from one thread, which must poll.

    Args:
        project: The project.
        path: Where it was read from or saved to last; None for a new one.
    """

    def __init__(self, project: Project, path: Path | None = None) -> None:
        self._project = self._saved = project
        self.path = path
        self.saved_at: float | None = None
        self._outbox: Outbox[News] = Outbox()
        self._desk = DataDesk(self._outbox)
        self._desk.base = None if path is None else path.parent
        self._lane = Lane()
        self._training: Training | None = None
        self._watching = WatchDesk()
        self._idle = IdleAnswers(self._watching, self._desk, self._lane, lambda: self._busy)
        self.forecasts = ForecastDesk(self._lane, lambda: self._busy, self._desk.sizes)
        self._settled, self._fresh = True, False
        self._listeners: list[Callable[[], None]] = []
        self._inferred: tuple[Graph, DataSignature | None, Conditions, Inference] | None = None
        self._memory = machine_bytes()

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

    # What is there

    @property
    def project(self) -> Project:
        """The project as it is now; a value that never changes."""
        return self._project

    @property
    def graph(self) -> Graph:
        """The network as drawn."""
        return self._project.graph

    @property
    def signature(self) -> DataSignature | None:
        """What the data offers; None before a choice was made."""
        return self._project.signature

    @property
    def inference(self) -> Inference:
        """Types and problems of the network as it is now, as it would be trained here."""
        graph, signature = self.graph, self.signature
        conditions = conditions_of(self._project.settings, self._memory)
        cached = self._inferred
        if cached is None or cached[0] is not graph or cached[1:3] != (signature, conditions):
            known = infer(graph, signature, None if cached is None else cached[3])
            known = under(graph, known, conditions)
            self._inferred = cached = (graph, signature, conditions, known)
        return cached[3]

    @property
    def can_train(self) -> Problem | None:
        """What keeps the network from being trained; None when nothing does."""
        if self._project.data is None:
            hint = "Choose one in the data panel."
            return Problem("", "unfinished", "There is no data set yet.", hint)
        return self.inference.first_obstacle()

    @property
    def dirty(self) -> bool:
        """Whether something has changed since the last save."""
        return self._project is not self._saved and self._project != self._saved

    @property
    def unsaved_runs(self) -> bool:
        """Whether trainings were added since the last save."""
        saved = {run.id for run in self._saved.runs}
        return any(run.id not in saved for run in self._project.runs)

    @property
    def title(self) -> str:
        """The project's name."""
        return self._project.name

    # Changing it

    def apply(self, edit: AnyEdit) -> AnyEdit:
        """Change the project; the only way anything changes.

        Args:
            edit: Of the graph or of the project.

        Returns:
            The edit that takes the change back, of the same sort.

        Raises:
            StudioError: The edit does not fit; nothing was changed.
        """
        whole = _of_project(edit)
        self._project, inverse = whole.apply(self._project)
        self._tell()
        if whole is not edit and isinstance(inverse, EditGraph):
            return inverse.edit
        return inverse

    def title_of(self, edit: AnyEdit) -> str:
        """Say what an edit would do to the project as it is now."""
        return _of_project(edit).title(self._project)

    def subscribe(self, listener: Callable[[], None]) -> None:
        """Call `listener` after every change, on the thread that made it."""
        self._listeners.append(listener)

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()

    # Training

    @property
    def run_state(self) -> RunState:
        """How the present or last training stands."""
        return "idle" if self._training is None else self._training.state

    @property
    def history(self) -> History | None:
        """The history of the present training, or of the last run."""
        if self._training is not None:
            return self._training.history
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
        if self._training is not None and not self._training.over:
            self._training.gate.set(mode)
            return
        obstacle = self.can_train
        if obstacle is not None:
            raise StudioError(f"{obstacle.message} {obstacle.hint}".strip())
        self._settled = self._fresh = False
        self._training = Training(self._project, self._desk, self._outbox, self._watching, mode)
        self._lane.submit(self._training.run(), self._training.fail)

    def pause(self) -> None:
        """Hold the training after the current step."""
        if self._training is not None and not self._training.over:
            self._training.gate.set("shut")

    def stop(self) -> None:
        """End the training within a step; what was learned is kept as a run."""
        if self._training is not None and not self._training.over:
            self._training.stop()

    def person_acts(self) -> None:
        """Take note that somebody works with the window, which then gets a processor."""
        if self._training is not None and not self._training.over:
            self._training.spare_a_core()

    def rewind(self) -> None:
        """Go back to the initial weights: end the training and forget its curves."""
        if self._training is not None and not self._training.over:
            self._training.forget()
        self._training = None
        self._settled = self._fresh = True

    def check_gradients(self, node: str = "") -> None:
        """Compare analytic and numeric gradients on the lane; the end comes as news.

        Raises:
            StudioError: A training holds the lane.
        """
        self._need_the_lane("check the gradients")
        self._lane.submit(self._check(self._project, node), self._failed)

    def do(self, work: Callable[[], str], what: str) -> None:
        """Let work that runs kernels be done on the lane; its sentence comes as news.

        Args:
            work: Gives the sentence that says what came of it.
            what: The work in words, such as "write the report".

        Raises:
            StudioError: A training holds the lane.
        """
        self._need_the_lane(what)

        def job() -> Iterator[None]:
            self._outbox.put(Said(work()))
            yield

        self._lane.submit(job(), self._failed)

    def _need_the_lane(self, what: str) -> None:
        if self._training is not None and not self._training.over:
            raise StudioError(f"A training is under way; stop it, then {what}.")

    def _check(self, project: Project, node: str) -> Iterator[None]:
        data, _ = self._desk.prepared(project)
        seed = project.settings.seed
        network, _ = network_of(project.graph, data.signature, seed, dtype="f8")
        part = data.train
        yield
        x, y = part.samples(slice(0, CHECK_SAMPLES)), part.y[:CHECK_SAMPLES]
        self._outbox.put(GradientsChecked(check_gradients(network, x, y, node)))

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
        training = self._training
        if training is not None and not training.over:
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
        return self._training is not None and not self._training.over

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
        training = self._training
        progress = None if training is None else training.progress.peek()
        if not self._busy and state not in {"preparing", "running", "paused"}:
            self._settled = True  # the run of a training that has ended is in the project now
            self._idle.tend(self._project, fresh=self._fresh)
        watched = self._watching.take()
        self.forecasts.tend(self._project)
        return Poll(state, progress, events, self._desk.loading.peek(), watched)

    def _add(self, run: Run) -> Run:
        """Add a run and give it; where its id was taken since its start, it gets another."""
        if any(one.id == run.id for one in self._project.runs):
            run_id = free_run_id(self._project)
            run = replace(run, id=run_id, name=f"Run {run_id.removeprefix('run')}")
        self._project, _ = AddRun(run).apply(self._project)
        self._tell()
        return run

    def _failed(self, sentence: str, details: str) -> None:
        """Tell of an error on the lane."""
        self._outbox.put(Failed(sentence, details))

    # Files

    def save(self, path: Path | None = None) -> None:
        """Save to `path`, or where the project was last.

        Raises:
            StudioError: It could not be written; what stood there is whole.
        """
        target = path or self.path
        if target is None:
            raise StudioError("This project has no file yet; choose one with Save As.")
        project = self._project
        save_project(project, target)
        self._saved, self.path = project, target
        self._desk.base = target.parent
        self.saved_at = time.time()
        self._tell()

    def close(self) -> None:
        """End all work and threads; nothing is saved."""
        if self._training is not None and not self._training.over:
            self._training.forget()
        self.forecasts.close()
        self._desk.close()
        self._idle.close()
        self._lane.close()


def _of_project(edit: AnyEdit) -> ProjectEdit:
    """Give an edit of the graph as one of the project."""
    return EditGraph(edit) if isinstance(edit, Edit) else edit
