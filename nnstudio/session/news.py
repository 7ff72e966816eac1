"""What a session tells its window: progress, events beside those of the training, polls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from nnstudio.data.sources import DataSource
from nnstudio.engine.gradient_check import GradientReport
from nnstudio.graph.types import DataSignature
from nnstudio.project.model import Run
from nnstudio.train.events import Event
from nnstudio.train.watch import Watched

RunState = Literal[
    "idle", "preparing", "running", "paused", "finished", "stopped", "diverged", "failed"
]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the present work is.

    Attributes:
        text: What is being done, such as "Preparing kernels".
        epoch: The running epoch, from 1; 0 before the first.
        epochs: Epochs of the whole run.
        step: Steps done in the run.
        steps: Steps of the whole run.
        fraction: Share that is done, 0 … 1.
        samples_per_s: Speed; 0 while unknown.
        seconds_left: Estimate; 0 while unknown.
    """

    text: str
    epoch: int = 0
    epochs: int = 0
    step: int = 0
    steps: int = 0
    fraction: float = 0.0
    samples_per_s: float = 0.0
    seconds_left: float = 0.0


@dataclass(frozen=True, slots=True)
class Loading:
    """How far the reading of data is; `total` is 0 while unknown."""

    done: int
    total: int
    text: str


@dataclass(frozen=True, slots=True)
class DataLoaded:
    """A data set was read and is kept for training."""

    source: DataSource
    signature: DataSignature
    summary: str


@dataclass(frozen=True, slots=True)
class DataFailed:
    """A data set could not be read."""

    sentence: str
    details: str = ""


@dataclass(frozen=True, slots=True)
class RunEnded:
    """A training is over and was added to the project."""

    run: Run


@dataclass(frozen=True, slots=True)
class GradientsChecked:
    """The analytic gradients were compared with numeric ones."""

    report: GradientReport


@dataclass(frozen=True, slots=True)
class Said:
    """Work on the lane is done; the sentence says what came of it."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Failed:
    """Work on the lane could not be done."""

    sentence: str
    details: str = ""


News = Event | DataLoaded | DataFailed | RunEnded | GradientsChecked | Said | Failed


@dataclass(frozen=True, slots=True)
class Poll:
    """What is new since the last look.

    Attributes:
        state: Of the training.
        progress: Of the present work, or None.
        events: In order, each once.
        loading: How far the reading of data is, or None.
        watched: The newest answer to each viewer, by its name, each once.
    """

    state: RunState
    progress: Progress | None = None
    events: list[News] = field(default_factory=list)
    loading: Loading | None = None
    watched: Mapping[str, Watched] = field(default_factory=dict)
