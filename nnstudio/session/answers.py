"""Answers viewers on the engine's lane: between two chunks of a training, or while none runs."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from nnstudio.core.errors import StudioError
from nnstudio.project.model import Project
from nnstudio.session.watch_desk import Shown, WatchDesk
from nnstudio.train.control import Control
from nnstudio.train.observer import Looking, Observer
from nnstudio.train.watch import Origin, Updates, Watch, Watched

_LOG = logging.getLogger(__name__)
SHARE = 0.06  # of a training's time that may go to viewers; steps sampled alone cost some more
BURST_S = 0.1  # work that may be done at once after a rest
DEBT_S = 0.25  # more is forgiven: kernels are loaded once, and nobody should wait long for that


@dataclass(slots=True)
class _Look:
    """An answer being worked out."""

    viewer: str
    watch: Watch
    moment: object
    looking: Looking
    shown: Shown | None
    seconds: float = 0.0


class Answers:
    """Works out what viewers wish; used on the lane only.

    Args:
        desk: Where wishes and answers lie.
        project: Whose network it is; moments of other projects are not looked at.
        open_observer: Gives the observer when somebody looks for the first time.
        origin: Whose weights are looked at.
        control: Of the training, which is asked for the updates of single steps; None where none
            runs.
    """

    def __init__(
        self,
        desk: WatchDesk,
        project: Project,
        open_observer: Callable[[], Observer],
        origin: Origin,
        control: Control | None = None,
    ) -> None:
        self._desk, self._project, self._origin = desk, project, origin
        self._open, self._control = open_observer, control
        self._observer: Observer | None = None
        self._look: _Look | None = None
        self._told: Updates | None = None
        self._credit, self._at = BURST_S, time.perf_counter()

    @property
    def wanted(self) -> bool:
        """Whether anybody watches; where nobody does, the memory for it is given back."""
        if self._desk.wishes:
            return True
        self._observer = self._look = None
        return False

    def within_budget(self, moment: object, step: int) -> None:
        """Work as long as the budget lasts: a burst, then a share of the time.

        Args:
            moment: Another one when the weights are others.
            step: Steps done.
        """
        now = time.perf_counter()
        self._credit = min(BURST_S, self._credit + SHARE * (now - self._at))
        self._at = now
        while self._credit > 0 and self.work(moment, step):
            ended = time.perf_counter()
            self._credit = max(self._credit - (ended - self._at), -DEBT_S)
            self._at = ended

    def work(self, moment: object, step: int, *, held: bool = False) -> bool:
        """Do one piece of about 10 ms; say whether there was anything to do.

        Args:
            moment: Another one when the weights are others.
            step: Steps done.
            held: Whether the training stands still: then rates do not count, and no step comes
                that could be sampled.
        """
        began = time.perf_counter()
        look, shown = self._look, self._desk.shown
        if shown is not None and shown.project is not self._project:
            return False  # others answer for that network
        if look is None or not self._wanted(look, shown):
            look = self._look = self._next(moment, step, shown, held=held)
        if look is None:
            return False
        answer = self._advance(look)
        look.seconds += time.perf_counter() - began
        if answer is not None:
            self._look = None
            answer = replace(answer, seconds=look.seconds)
            self._desk.answer(look.viewer, answer, look.moment)
        return True

    def _wanted(self, look: _Look, shown: Shown | None) -> bool:
        """Whether an answer that was begun is still what its viewer wishes."""
        return look.shown is shown and self._desk.wishes.get(look.viewer) is look.watch

    def _next(self, moment: object, step: int, shown: Shown | None, *, held: bool) -> _Look | None:
        """Give the answer that is to be begun; None where none is due, or a step is awaited."""
        if shown is not None:
            moment, held = shown, True
        viewer = self._desk.due(moment, any_rate=held)
        watch = None if viewer is None else self._desk.wishes.get(viewer)
        if viewer is None or watch is None:
            return None
        updates = None
        if watch.updates and self._control is not None and shown is None:
            updates = self._control.updates
            if updates is self._told and not held:
                self._control.sampling = True
                return None
            self._told = updates
        return _Look(viewer, watch, moment, self._looking(watch, step, updates, shown), shown)

    def _looking(
        self, watch: Watch, step: int, updates: Updates | None, shown: Shown | None
    ) -> Looking:
        """Look; an error while the observer is opened is one of the answer."""
        if self._observer is None:
            self._observer = self._open()
        if shown is not None and watch.at == "now":
            answer = yield from self._observer.look(replace(watch, at=shown.arrays))
            return replace(answer, watch=watch, origin="moment", step=shown.step)
        return (yield from self._observer.look(watch, self._origin, step, updates))

    def _advance(self, look: _Look) -> Watched | None:
        """Do one slice; give the answer when it is whole, or the sentence that stands for it."""
        try:
            next(look.looking)
        except StopIteration as stop:
            answer: Watched = stop.value
            return answer
        except StudioError as error:
            return self._failed(look.watch, error.sentence)
        except Exception:  # noqa: BLE001 - a viewer that fails must not end a training
            _LOG.exception("A viewer could not be answered")
            sentence = "This could not be worked out for an unexpected reason; the log tells more."
            return self._failed(look.watch, sentence)
        return None

    def _failed(self, watch: Watch, sentence: str) -> Watched:
        return Watched(watch, self._project.graph, self._origin, problem=sentence)
