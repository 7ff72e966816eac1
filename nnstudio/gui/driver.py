"""Drives the training from buttons and keys, and offers only what makes sense in each state."""

from __future__ import annotations

from collections.abc import Callable

from nnstudio.core.errors import StudioError
from nnstudio.gui.actions import Actions
from nnstudio.session.studio import Studio

RUNNING = ("running", "preparing")
BUSY = (*RUNNING, "paused")


class Driver:
    """Turns train, pause, step and stop into calls of the session.

    Args:
        actions: Where the actions are.
        studio: Gives the open project.
        complain: Told why the training cannot start.
        started: Told when a training begins.
        blocked: Told when problems keep the network from training.
        asked: Told when the training was asked for something, whose answer must be shown.
    """

    def __init__(
        self,
        actions: Actions,
        studio: Callable[[], Studio],
        complain: Callable[[str, str], None],
        started: Callable[[], None],
        blocked: Callable[[], None],
        asked: Callable[[], None],
    ) -> None:
        self._actions, self._studio, self._asked = actions, studio, asked
        self._complain, self._started, self._blocked = complain, started, blocked
        actions.connect_all(
            {
                "train": lambda: self._start(lambda: self._studio().train()),
                "step": lambda: self._start(lambda: self._studio().step()),
                "step_epoch": lambda: self._start(lambda: self._studio().step_epoch()),
                "pause": self.pause_or_resume,
                "stop": lambda: self._studio().stop(),
                "rewind": self._rewind,
                "check_gradients": self._check_gradients,
            }
        )

    def _start(self, begin: Callable[[], None]) -> None:
        fresh = self._studio().run_state not in BUSY
        try:
            begin()
        except StudioError as error:
            self._complain(error.sentence, error.details)
            self._blocked()
            return
        self.show_state(self._studio().run_state)
        self._asked()
        if fresh:
            self._started()

    def pause_or_resume(self) -> None:
        """Hold a running training; go on with a held one."""
        studio = self._studio()
        if studio.run_state == "paused":
            studio.train()
        else:
            studio.pause()
        self._asked()

    def _rewind(self) -> None:
        self._studio().rewind()
        self._started()
        self.show_state(self._studio().run_state)
        self._asked()

    def _check_gradients(self) -> None:
        studio = self._studio()
        obstacle = studio.can_train
        if obstacle is None:
            studio.check_gradients()
        else:
            self._complain(f"{obstacle.message} {obstacle.hint}".strip(), "")
            self._blocked()

    def show_state(self, state: str) -> None:
        """Offer what makes sense."""
        running, busy = state in RUNNING, state in BUSY
        self._actions["train"].setEnabled(not running)
        self._actions["train"].setText("&Continue" if state == "paused" else "&Train")
        self._actions["pause"].setEnabled(running)
        self._actions["check_gradients"].setEnabled(not busy)
        self._actions["stop"].setEnabled(busy)
        self._actions["step"].setEnabled(state != "preparing")
        self._actions["step_epoch"].setEnabled(state != "preparing")
        self._actions["rewind"].setEnabled(self._studio().history is not None or busy)
