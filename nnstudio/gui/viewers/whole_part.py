"""What Confusion and Predictions have in common: the scores of a whole part of the data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox

from nnstudio.core import words
from nnstudio.graph.types import MASKED
from nnstudio.gui.theme import Theme
from nnstudio.gui.viewers.focus import NO_DATA, PART_WORDS, Focus, when_words
from nnstudio.gui.viewers.viewer import Complain, Viewer
from nnstudio.train.measures import predicted
from nnstudio.train.watch import PartName, Watch, Watched

Array = NDArray[Any]
MOST_SAMPLES = 10_000  # of a part; more would take a training's time for long
RATE = 1.0
PARTS: tuple[PartName, ...] = ("valid", "test", "train")


@lru_cache(maxsize=8)
def first_samples(count: int) -> tuple[int, ...]:
    """Give the positions of the first samples, always the same object."""
    return tuple(range(count))


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """An answer that has all that is needed; the arrays are as in `Watched`."""

    part: PartName
    scores: Array
    losses: Array
    targets: Array


def scored(answer: Watched) -> Scored | None:
    """Give scores, losses and targets of an answer; None where one of them is missing."""
    scores, losses, targets = answer.scores, answer.losses, answer.targets
    if scores is None or losses is None or targets is None:
        return None
    return Scored(answer.watch.part, scores, losses, targets)


@dataclass(frozen=True, slots=True, eq=False)
class Verdicts:
    """What a network takes each place of some samples for; a place is a sample, step or pixel.

    Attributes:
        truth: (places,) the true classes.
        guess: (places,) the classes with the largest scores.
        sample: (places,) the sample that each place belongs to.
    """

    truth: Array
    guess: Array
    sample: Array

    def table(self, classes: int) -> Array:
        """Count (classes, classes) places: rows are true classes, columns predicted ones."""
        cells = self.truth * classes + self.guess
        return np.bincount(cells, minlength=classes * classes).reshape(classes, classes)

    def samples_of(self, truth: int, guess: int) -> Array:
        """Give the positions of the samples with a place in a cell of the table."""
        return np.unique(self.sample[(self.truth == truth) & (self.guess == guess)])


def verdicts(scores: Array, targets: Array) -> Verdicts:
    """Compare scores with classes.

    Args:
        scores: (n, …, classes); one score for two classes.
        targets: (n, …) classes, masked places are left out.
    """
    truth = targets.reshape(-1)
    guess = predicted(scores.reshape(len(truth), scores.shape[-1]))
    sample = np.repeat(np.arange(len(targets)), max(truth.size // max(len(targets), 1), 1))
    keep = truth != MASKED
    return Verdicts(truth[keep].astype(np.int64), guess[keep], sample[keep])


class PartViewer(Viewer):
    """A viewer of a whole part of the data.

    Signals:
        opened: A sample shall be looked into: its activations.
    """

    opened = Signal()

    def __init__(self, theme: Theme, complain: Complain) -> None:
        super().__init__(theme, complain)
        self.answer: Watched | None = None
        self.found: Scored | None = None
        self.part = QComboBox()
        for name in PARTS:
            self.part.addItem(PART_WORDS[name], name)
        self.part.setAccessibleName(f"Part of the data for {self.title.lower()}")
        self.part.setToolTip("The part of the data that is looked at")
        self.part.currentIndexChanged.connect(self.wish_changed)
        self.tools.addWidget(self.part)

    @property
    def part_name(self) -> PartName:
        """The part that is looked at."""
        return PARTS[self.part.currentIndex()]

    def wish(self, focus: Focus) -> Watch | None:
        if focus.signature is None:
            self.say(NO_DATA)
            return None
        count = min(focus.size(self.part_name), MOST_SAMPLES)
        return Watch(part=self.part_name, samples=first_samples(max(count, 1)), rate=RATE)

    def look_at(self, focus: Focus) -> None:
        if focus.signature != self.focus.signature:
            self.answer = self.found = None
        first = self.focus.data is None and focus.data is not None
        super().look_at(focus)
        if first and not focus.size(self.part_name):
            filled = [name for name in PARTS if focus.size(name)]
            self.part.setCurrentIndex(PARTS.index(filled[0]) if filled else 0)

    def caption_of(self, answer: Watched, result: str) -> str:
        """Say which samples were looked at, when, and what came of it."""
        count, whole = len(answer.watch.samples), self.focus.size(answer.watch.part)
        shown = words.whole(count)
        if count < whole:
            shown = f"first {shown} of {words.whole(whole)}"
        parts = (
            f"{PART_WORDS[answer.watch.part]}, {shown} samples",
            when_words(answer),
            result,
        )
        return " · ".join(part for part in parts if part)
