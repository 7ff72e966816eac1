"""The gate between two reports of a training: open, shut, or open for one step or one epoch."""

from __future__ import annotations

import threading
from typing import Literal

from nnstudio.train.control import Control
from nnstudio.train.events import EpochDone, Event, Steps

Mode = Literal["open", "shut", "one step", "one epoch"]


class Gate:
    """Lets the lane through, or holds it between two reports.

    Args:
        control: The training's wishes, kept in step with the gate.
        mode: How the gate stands at first.
    """

    def __init__(self, control: Control, mode: Mode = "open") -> None:
        self._control = control
        self._changed = threading.Condition()
        self._mode: Mode = "open"
        self._nudged = False
        self.set(mode)

    @property
    def shut(self) -> bool:
        """Whether the training is held."""
        return self._mode == "shut"

    def set(self, mode: Mode) -> None:
        """Open or shut the gate, from any thread."""
        with self._changed:
            self._turn(mode)
        if mode != "open":
            self._control.interrupt()

    def _turn(self, mode: Mode) -> None:
        """Open or shut the gate while `_changed` is held."""
        self._mode = mode
        self._control.steps_wanted = 1 if mode == "one step" else None
        self._changed.notify_all()

    def stop(self) -> None:
        """End the training for good."""
        self._control.stop()
        with self._changed:
            self._changed.notify_all()

    def after(self, event: Event) -> None:
        """Shut the gate if this event was the one it was open for."""
        with self._changed:
            done = (self._mode == "one step" and isinstance(event, Steps)) or (
                self._mode == "one epoch" and isinstance(event, EpochDone)
            )
            if done:
                self._turn("shut")

    @property
    def held(self) -> bool:
        """Whether the gate is shut and nobody stops the training."""
        return self._mode == "shut" and not self._control.stopping

    def nudge(self) -> None:
        """Wake the thread that waits at the gate: there may be something else for it to do."""
        with self._changed:
            self._nudged = True
            self._changed.notify_all()

    def wait(self) -> None:
        """Hold the calling thread while the gate is `held` and nobody nudges it."""
        with self._changed:
            self._changed.wait_for(lambda: self._nudged or not self.held)
            self._nudged = False
