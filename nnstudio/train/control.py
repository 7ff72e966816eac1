"""The wishes of whoever watches a training; set from any thread, honoured within one step."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from nnstudio.train.watch import Updates


class Control:
    """Stop and interrupt, and how many steps may run before the next report.

    A training that is interrupted reports what it did and goes on when its next event is asked
    for; to pause is to interrupt and not to ask.

    Attributes:
        stopping: Whether the training is to end.
        hurried: Whether measuring behind a stop is left out too.
        steps_wanted: How many steps run before the next report; None leaves it to the loop.
        sampling: Set by whoever wants `updates` of the next step; that step then runs alone, which
            changes no bit, and `sampling` is taken back.
        updates: What the step that was sampled last did to the weights.
    """

    def __init__(self) -> None:
        self.stopping = self.hurried = False
        self.steps_wanted: int | None = None
        self.sampling = False
        self.updates: Updates | None = None
        self._end_chunk: Callable[[], None] | None = None
        self._wishes: deque[tuple[str, Any]] = deque()

    def stop(self) -> None:
        """End the training after the current step; it is then measured and finished.

        Whoever stops once more does not wait for the measuring.
        """
        self.hurried = self.stopping
        self.stopping = True
        self.interrupt()

    def hurry(self) -> None:
        """End the training after the current step and measure nothing."""
        self.stopping = self.hurried = True
        self.interrupt()

    def change(self, path: str, value: Any) -> None:
        """Wish for another value of a setting from the next step on; see `live.changed`."""
        self._wishes.append((path, value))
        self.interrupt()

    def take_wishes(self) -> list[tuple[str, Any]]:
        """Take the changes wished for since the last time, in order."""
        taken: list[tuple[str, Any]] = []
        while self._wishes:
            taken.append(self._wishes.popleft())
        return taken

    def interrupt(self) -> None:
        """Make the training report after the current step."""
        end_chunk = self._end_chunk
        if end_chunk is not None:
            end_chunk()

    def attach(self, end_chunk: Callable[[], None] | None) -> None:
        """Say how the running chunk is ended; None when nothing runs."""
        self._end_chunk = end_chunk
        if end_chunk is not None and self.stopping:
            end_chunk()
