"""What the training loop reports; every client (window, command line, sweep) reads these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Metrics = Mapping[str, float]  # "loss", "accuracy", "top5", "mae"


@dataclass(frozen=True, slots=True)
class Started:
    """The first step is about to run.

    Attributes:
        steps_per_epoch: Steps in one pass, the smaller last one included.
        samples: Training samples.
        threads: Threads that the engine runs on.
    """

    epochs: int
    steps_per_epoch: int
    samples: int
    threads: int


@dataclass(frozen=True, slots=True)
class Steps:
    """Some steps are done.

    Attributes:
        first: Number of the first of them, counted from 0 since the start of the run.
        losses: Mean loss of each step's batch, (steps,) float64.
        accuracies: Share of each batch that was right, (steps,) float64; empty without classes.
        rates: Learning rate of each step, (steps,) float64.
        epoch: The running epoch, counted from 0.
        samples_per_s: Speed since the last report.
        seconds_left: Estimate for the rest of the run.
    """

    first: int
    losses: NDArray[np.float64]
    accuracies: NDArray[np.float64]
    rates: NDArray[np.float64]
    epoch: int
    samples_per_s: float
    seconds_left: float


@dataclass(frozen=True, slots=True)
class EpochDone:
    """An epoch is done and was measured.

    Attributes:
        epoch: Its number, counted from 1.
        step: Steps done since the start.
        train: Means over the epoch's steps.
        valid: Measured on the validation part; empty when there is none.
        best: Whether this is the best validation loss so far.
    """

    epoch: int
    step: int
    train: Metrics
    valid: Metrics
    best: bool


@dataclass(frozen=True, slots=True)
class Changed:
    """A setting has another value from now on, as a person or a record wished.

    Attributes:
        step: Steps done before it took effect: the first step with it has this number.
        path: The setting, such as "learning_rate" or "optimiser.momentum".
        value: The new value, as in a file.
        before: The old one.
        epoch: Epochs done by then, with fraction.
        epochs: Epochs of the whole run from now on.
        steps_per_epoch: Steps in an epoch from now on.
    """

    step: int
    path: str
    value: Any
    before: Any
    epoch: float
    epochs: int
    steps_per_epoch: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A change that was wished for cannot be made; the training goes on without.

    Attributes:
        path: The setting.
        sentence: Why, and what to do.
    """

    path: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Diverged:
    """Numbers overflowed; training has stopped and kept the weights from before.

    Attributes:
        step: The step in which it was seen.
        node: Id of the first layer where it appeared.
        sentence: What happened and what to do.
    """

    step: int
    node: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The run is over.

    Attributes:
        reason: "finished", "early stopping", "stopped" or "diverged".
        epochs: Epochs done.
        steps: Steps done.
        seconds: Time since the start, pauses not counted.
        train: Measured on the training part with the final weights.
        valid: Measured on the validation part.
        test: Measured on the test part.
        best_epoch: The epoch whose weights were kept.
        note: What else a person should know of the end; "" for nothing.
    """

    reason: str
    epochs: int
    steps: int
    seconds: float
    train: Metrics = field(default_factory=dict)
    valid: Metrics = field(default_factory=dict)
    test: Metrics = field(default_factory=dict)
    best_epoch: int = 0
    note: str = ""


Event = Started | Steps | EpochDone | Changed | Refused | Diverged | Finished
