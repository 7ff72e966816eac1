"""The wishes of whoever watches a training; set from any thread, honoured within one step."""

from __future__ import annotations

from collections.abc import Callable

from nnstudio.train.watch import Updates


class Control:
    """Stop and interrupt, and how many steps may run before the next report.

    A training that is interrupted reports what it did and goes on when its next event is asked
    for; to pause is to interrupt and not to ask.

    Attributes:
        stopping: Whether the training is to end.
        steps_wanted: How many steps run before the next report; None leaves it to the loop.
        sampling: Set by whoever wants `updates` of the next step; that step then runs alone, which
            changes no bit, and `sampling` is taken back.
        updates: What the step that was sampled last did to the weights.
    """

    def __init__(self) -> None:
        self.stopping = False
        self.steps_wanted: int | None = None
        self.sampling = False
        self.updates: Updates | None = None
        self._end_chunk: Callable[[], None] | None = None

    def stop(self) -> None:
        """End the training after the current step; it is then measured and finished."""
        self.stopping = True
        self.interrupt()

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
