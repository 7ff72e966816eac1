"""`nnstudio train`: the one training loop, watched from a terminal."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

from nnstudio.cli.data_words import rows_text
from nnstudio.cli.failures import FINE, STOPPED
from nnstudio.cli.keep import require_writable, save_or_rescue
from nnstudio.cli.watch import Watcher, measures_text, print_json, watcher
from nnstudio.core import words
from nnstudio.core.errors import Cancelled, StudioError
from nnstudio.project.assign import assigned
from nnstudio.project.file import open_project
from nnstudio.project.model import Project, Run
from nnstudio.project.replay import Replay, replay_of
from nnstudio.project.training import job_of, read_data, run_of
from nnstudio.train.control import Control
from nnstudio.train.events import Finished, Metrics
from nnstudio.train.trainer import Trainer

_ENDS = {
    "finished": "Finished",
    "early stopping": "Stopped early, since the validation loss no longer fell",
    "stopped": "Stopped; what was learned is kept",
    "diverged": "Diverged; the weights from before are kept",
}


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training left.

    Attributes:
        project: The project with the run added.
        run: The run.
        finished: How it ended.
    """

    project: Project
    run: Run
    finished: Finished


def train(
    path: Path,
    sets: list[str],
    *,
    json: bool,
    out: Path | None,
    dry: bool,
    replay: str | None = None,
) -> int:
    """Train a project file and keep the run.

    Args:
        path: The project.
        sets: Assignments for this run; the project in the file keeps its own values unless `out`
            names another file.
        json: Print JSON lines.
        out: Where the trained project goes; None puts the run into `path`.
        dry: Write nothing.
        replay: A run to repeat.

    Returns:
        The exit code.
    """
    project = open_project(path)
    watch = watcher(json_lines=json)
    saved = None if dry else out or path
    if saved is not None:
        require_writable(saved)
    again = None if replay is None else _again(project, replay, sets)
    trained = run_training(assigned(project, sets), watch, again)
    if saved is not None:
        kept = trained.project if out is not None else _with_run(project, trained.run, sets)
        save_or_rescue(kept, saved)
    if json and replay is not None:
        _compare(project, replay, trained.run, watch, json=True)
    if json:
        _print_end(trained.finished, saved)
    else:
        say_end(watch, trained)
        if saved is not None:
            watch.say(f"{trained.run.name} is kept in {saved}.")
        if replay is not None:
            _compare(project, replay, trained.run, watch, json=False)
    return STOPPED if trained.finished.reason in ("stopped", "diverged") else FINE


def _again(project: Project, replay: str, sets: list[str]) -> Replay:
    """Give what repeats a run.

    Raises:
        StudioError: There is no such run, or something else is to be changed too.
    """
    if sets:
        raise StudioError("A run is repeated as it was; leave out --set, or leave out --replay.")
    return replay_of(project, replay)


def _compare(project: Project, replay: str, run: Run, watch: Watcher, *, json: bool) -> None:
    """Say whether the weights of a repeated run are the same to the bit."""
    old = project.run(replay)
    assert old is not None  # it was repeated
    same = old.weights.keys() == run.weights.keys() and all(
        np.array_equal(old.weights[key], array) for key, array in run.weights.items()
    )
    if json:
        print_json({"event": "compared", "run": old.id, "same": same})
        return
    verdict = "equal" if same else "differ from"
    tail = "bit for bit" if same else "another machine, version or data?"
    watch.say(f"The weights {verdict} those of {old.name}: {tail}.")


def _with_run(project: Project, run: Run, sets: list[str]) -> Project:
    """Add the run; what the data offers is remembered unless this run may have had other data."""
    signature = project.signature if sets else run.signature
    return replace(project, runs=(*project.runs, run), signature=signature)


def run_training(project: Project, watch: Watcher, again: Replay | None = None) -> Trained:
    """Train a project; Ctrl+C stops within a step and keeps what was learned.

    Args:
        project: The project.
        watch: Told what happens.
        again: What repeats a run; None trains the project as it is.

    Raises:
        StudioError: The data cannot be read, or the network cannot run.
        Cancelled: Ctrl+C came before the first step.
    """
    control = Control()
    with _stopped_by_interrupt(control):
        was = project if again is None else again.project
        data = read_data(was, watch.reading, lambda: control.stopping)
        note = rows_text(data.dataset, "--set data.missing=mean --out FILE")
        if note:
            watch.say(note)
        job = job_of(project, data) if again is None else again.job(data.parts)
        with Trainer(job, watch.preparing) as trainer:
            if control.stopping:
                raise Cancelled("The training")
            finished = Finished("stopped", 0, 0, 0.0)
            for event in trainer.train(control):
                watch.event(event)
                if isinstance(event, Finished):
                    finished = event
            run = run_of(was, trainer, finished, data)
    kept = replace(project, runs=(*project.runs, run), signature=run.signature)
    return Trained(kept, run, finished)


@contextmanager
def _stopped_by_interrupt(control: Control) -> Iterator[None]:
    """Let Ctrl+C stop the training; a second one ends the program at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)

    def stop(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        control.stop()

    signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _print_end(finished: Finished, saved: Path | None) -> None:
    if finished.reason != "finished":
        print_json({"event": finished.reason, "epochs": finished.epochs, "steps": finished.steps})
    if saved is not None:
        print_json({"event": "saved", "path": str(saved)})
    print_json(
        {
            "event": "finished",
            "epochs": finished.epochs,
            "train": _main_measures(finished.train),
            "valid": _main_measures(finished.valid),
            "test": _main_measures(finished.test),
            "seconds": finished.seconds,
        }
    )


def _main_measures(measures: Metrics) -> dict[str, Any]:
    return {name: measures[name] for name in ("loss", "accuracy", "mae") if name in measures}


def say_end(watch: Watcher, trained: Trained) -> None:
    """Say how a training ended and what it reached."""
    finished = trained.finished
    watch.say(
        f"{_ENDS[finished.reason]}: {words.whole(finished.epochs)} epochs, "
        f"{words.whole(finished.steps)} steps in {finished.seconds:.1f} s."
    )
    for name, measures in (
        ("training", finished.train),
        ("validation", finished.valid),
        ("test", finished.test),
    ):
        if measures:
            watch.say(f"  {name:<10} {measures_text(measures)}")
    if finished.note:
        watch.say(finished.note)
