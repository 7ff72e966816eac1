"""The desk between viewers and the lane: wishes lie on it, the latest of each viewer, and answers.

The window puts and takes; `nnstudio.session.answers` does the work on the lane.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from nnstudio.project.model import Arrays, Project
from nnstudio.train.watch import Watch, Watched

SLOWEST, FASTEST = 0.1, 30.0  # answers a second that a wish may ask for
_NONE: Mapping[str, Watch] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A moment of a training that all viewers look at instead of the latest.

    Attributes:
        project: What was trained.
        step: Steps done by then.
        arrays: The weights by "node/array".
        start: Those of the start.
    """

    project: Project
    step: int
    arrays: Arrays
    start: Arrays


@dataclass(frozen=True, slots=True)
class _Done:
    """What was answered last: which wish, at which moment of the weights, and when."""

    watch: Watch
    moment: object
    at: float


class WatchDesk:
    """Wishes and answers; every method may be called from any thread and never waits for work.

    Attributes:
        wishes: What each viewer wishes to see now; replaced as a whole, so that it can be read
            without a lock.
        shown: The moment that viewers look at; None for the latest weights.
    """

    def __init__(self) -> None:
        self.wishes: Mapping[str, Watch] = _NONE
        self.shown: Shown | None = None
        self._lock = threading.Lock()
        self._answers: dict[str, Watched] = {}
        self._done: dict[str, _Done] = {}

    def ask(self, viewer: str, watch: Watch | None) -> None:
        """Put a viewer's wish in the place of its last one; None ends its watching."""
        with self._lock:
            wishes = {name: one for name, one in self.wishes.items() if name != viewer}
            if watch is None:
                self._answers.pop(viewer, None)
                self._done.pop(viewer, None)
            else:
                wishes[viewer] = watch
            self.wishes = wishes or _NONE

    def take(self) -> Mapping[str, Watched]:
        """Take the answers that have come since the last time, by viewer."""
        if not self._answers:
            return {}
        with self._lock:
            taken, self._answers = self._answers, {}
        return taken

    def answer(self, viewer: str, answer: Watched, moment: object) -> None:
        """Put an answer, unless the viewer wishes something else by now.

        Args:
            viewer: Who asked.
            answer: What was found.
            moment: Which weights it belongs to; the same wish is answered once for each.
        """
        with self._lock:
            if self.wishes.get(viewer) is answer.watch:
                self._answers[viewer] = answer
                self._done[viewer] = _Done(answer.watch, moment, time.monotonic())

    def due(self, moment: object, *, any_rate: bool = False) -> str | None:
        """Give the viewer that has waited longest for an answer at this moment; None if none has.

        Args:
            moment: Another one when the weights are others.
            any_rate: Answer at once; else a wish that was answered before waits for its rate.
        """
        now, best, longest = time.monotonic(), None, -1.0
        with self._lock:
            for viewer, watch in self.wishes.items():
                done = self._done.get(viewer)
                waited = float("inf")
                if done is not None and done.watch is watch:
                    waited = now - done.at
                    pause = 1.0 / min(max(watch.rate, SLOWEST), FASTEST)
                    if done.moment == moment or (waited < pause and not any_rate):
                        continue
                if waited > longest:
                    best, longest = viewer, waited
        return best
