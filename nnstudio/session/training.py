"""One training on the lane: prepared, run through the gate, told to the mailboxes, recorded."""

from __future__ import annotations

from collections.abc import Iterator

from nnstudio.core import words
from nnstudio.core.errors import Cancelled
from nnstudio.data.prepare import Prepared
from nnstudio.engine.crew import Crew
from nnstudio.project.model import Arrays
from nnstudio.project.record import make_run
from nnstudio.session.answers import Answers
from nnstudio.session.course import Course
from nnstudio.session.data_desk import DataDesk
from nnstudio.session.gate import Gate, Mode
from nnstudio.session.mailbox import Latest, Outbox
from nnstudio.session.news import Failed, News, Progress, RunEnded, RunState
from nnstudio.session.watch_desk import WatchDesk
from nnstudio.train.control import Control
from nnstudio.train.events import (
    Changed,
    Diverged,
    EpochDone,
    Event,
    Finished,
    Refused,
    Started,
    Steps,
)
from nnstudio.train.job import Job
from nnstudio.train.live import Change
from nnstudio.train.observer import Observer
from nnstudio.train.trainer import Trainer

SPARED_S = 0.5  # how long a processor is left to the window behind each click or key


class Training:
    """A training of a project as it was when it began.

    Args:
        course: What is trained, and from where; later edits do not touch it.
        run_id: What its run will be called.
        desk: Gives the data.
        outbox: Takes the events that must arrive.
        watching: Where viewers' wishes lie.
        mode: How the gate stands at first.

    Attributes:
        state: Read by the window at any time.
        progress: Read by the window at any time.
        history: Grows while the training runs.
        settings: As they are now.
        changes: Of the settings so far, as they are recorded.
        initial: The weights at the start; empty until they are known.
        kept: Whether it has become a run.
    """

    def __init__(
        self,
        course: Course,
        run_id: str,
        desk: DataDesk,
        outbox: Outbox[News],
        watching: WatchDesk,
        mode: Mode = "open",
    ) -> None:
        self.course, self.project, self.run_id = course, course.project, run_id
        start = course.start
        self.settings = course.project.settings if start is None else start.settings
        self.changes: tuple[Change, ...] = ()
        self.initial: Arrays = {}
        self.kept = False
        self.state: RunState = "preparing"
        self.progress: Latest[Progress] = Latest()
        self.history = course.history
        self._desk, self._outbox, self._watching = desk, outbox, watching
        self._control = Control()
        self.gate = Gate(self._control, mode)
        self._fingerprint = ""
        self._step = 0 if start is None else start.mark.step
        self._token = object()  # sets the moments of this training apart from those of others
        self._forgotten = False
        self._crew: Crew | None = None
        self.progress.put(Progress("Preparing"))

    @property
    def over(self) -> bool:
        """Whether the training has ended, however."""
        return self.state not in {"preparing", "running", "paused"}

    def run(self) -> Iterator[None]:
        """Do the work, on the lane."""
        data, self._fingerprint = self._prepared()
        course, settings = self.course, self.project.settings
        job = Job(
            self.project.graph,
            data,
            settings,
            course.weights,
            course.changes,
            course.start,
            course.until,
        )
        with Trainer(job, self._kernels, course.moments, course.history) as trainer:
            self.initial, self.changes = trainer.initial, tuple(trainer.changes)
            self._crew = trainer.crew
            answers = self._answers(trainer)
            self.state = "running"
            for event in trainer.train(self._control):
                if self._forgotten:
                    return
                self._tell(event, trainer)
                self.gate.after(event)
                if not isinstance(event, Finished):
                    self._between(answers)
                yield

    def _answers(self, trainer: Trainer) -> Answers:
        """Give what answers viewers; a training that looks at all samples has no single steps."""
        control = None if trainer.whole else self._control

        def opened() -> Observer:
            return Observer.beside(trainer)

        return Answers(self._watching, self.project, opened, "training", control)

    def _between(self, answers: Answers) -> None:
        """Answer viewers between two reports, and stay here while the gate is shut."""
        moment = (self._token, self._step)
        if answers.wanted and not self.gate.shut:
            answers.within_budget(moment, self._step)
        while self.gate.held:
            self.state = "paused"
            while answers.wanted and self.gate.held and answers.work(moment, self._step, held=True):
                pass
            self.gate.wait()
        self.state = "running"

    def fail(self, sentence: str, details: str) -> None:
        """Note that the work could not be done; a stop while it was prepared is no failure."""
        stopped = self._control.stopping
        if not stopped:
            self._outbox.put(Failed(sentence, details))
        self.progress.put(None)
        self.state = "stopped" if stopped else "failed"

    def spare_a_core(self) -> None:
        """Leave a processor to the window while somebody works with it."""
        if self._crew is not None:
            self._crew.spare_a_core(SPARED_S)

    def change(self, path: str, value: object) -> None:
        """Give a setting another value from the next step on; from any thread."""
        self._control.change(path, value)

    def stop(self) -> None:
        """End the training within a step; what was learned is measured and kept.

        Whoever stops once more does not wait for the measuring.
        """
        self.progress.put(Progress("Stopping: measuring what was learned (Stop again skips it)"))
        self.gate.stop()

    def finish_now(self) -> None:
        """End the training within a step, measure nothing, and keep what was learned."""
        self._control.hurry()
        self.gate.stop()

    def forget(self) -> None:
        """End the training for good, measure nothing, and tell no more of it."""
        self._forgotten = True
        self._control.hurry()
        self.gate.stop()

    def _prepared(self) -> tuple[Prepared, str]:
        def progress(done: int, total: int, text: str) -> None:
            self.progress.put(Progress(text, fraction=done / total if total else 0.0))

        return self._desk.prepared(self.project, progress, lambda: self._control.stopping)

    def _kernels(self, done: int, total: int) -> None:
        if self._control.stopping:
            raise Cancelled("Preparing kernels")
        self.progress.put(Progress("Preparing kernels", fraction=done / max(total, 1)))

    def _tell(self, event: Event, trainer: Trainer) -> None:
        """Put an event where it belongs."""
        match event:
            case Steps():
                self._step = event.first + len(event.losses)
                self.progress.put(self._progress(event, trainer))
                return
            case Changed():
                self.settings, self.changes = trainer.settings, tuple(trainer.changes)
            case Started() | EpochDone() | Diverged() | Refused():
                pass
            case Finished():
                run = make_run(
                    self.project,
                    trainer,
                    event,
                    self._fingerprint,
                    run_id=self.run_id,
                    parent=self.course.parent,
                )
                self.kept = True
                self._outbox.put(event)
                self._outbox.put(RunEnded(run))
                self.state = _STATES[event.reason]
                return
        self._outbox.put(event)

    def _progress(self, event: Steps, trainer: Trainer) -> Progress:
        epochs = trainer.settings.epochs
        (step, epoch), per_epoch = trainer.origin, trainer.loader.steps_per_epoch
        per_epoch = 1 if trainer.whole else per_epoch
        done, total = event.first + len(event.losses), step + (epochs - epoch) * per_epoch
        speed = f"{words.whole(round(event.samples_per_s))} samples/s"
        text = f"epoch {event.epoch + 1}/{epochs} · {speed}"
        return Progress(
            f"{text} · {words.duration(event.seconds_left)} left",
            event.epoch + 1,
            epochs,
            done,
            total,
            done / max(total, 1),
            event.samples_per_s,
            event.seconds_left,
        )


_STATES: dict[str, RunState] = {
    "finished": "finished",
    "early stopping": "finished",
    "stopped": "stopped",
    "diverged": "diverged",
}
