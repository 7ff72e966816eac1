"""Foretells what an epoch takes, on a thread of its own, and has the machine measured when idle."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from nnstudio.core import words
from nnstudio.core.errors import StudioError
from nnstudio.core.paths import cache_folder
from nnstudio.engine.pace.model import Pace
from nnstudio.engine.pace.store import load_pace, save_pace
from nnstudio.graph.model import Graph
from nnstudio.project.model import Project
from nnstudio.session.lane import Lane
from nnstudio.train.budget import UPDATE, Budget, predict

_LOG = logging.getLogger(__name__)
MEASURING = "measuring this machine…"
QUIET = 30.0  # percent of all processors that may be in use while the machine is measured
MOST_ASKS = 40  # questions after which a busy machine is measured as it is
PER = 1000  # samples that are told of where nobody knows how many there are
_DEFECTS = (StudioError, ArithmeticError, AssertionError, LookupError, TypeError, ValueError)
Sizes = Callable[[Project], tuple[int, int] | None]


@dataclass(frozen=True, slots=True)
class Forecast:
    """What training a project will take.

    Attributes:
        graph: The network that it is about.
        budget: What its steps take.
        sizes: Samples of the training and the validation part; None while nobody knows.
    """

    graph: Graph
    budget: Budget
    sizes: tuple[int, int] | None = None

    @property
    def epoch_s(self) -> float | None:
        """Seconds of an epoch; None while nobody knows how many samples there are."""
        return None if self.sizes is None else self.budget.epoch_s(*self.sizes)

    @property
    def thousand_s(self) -> float:
        """Seconds to train on 1,000 samples."""
        return (self.budget.step_s + self.budget.loop_s) * PER / self.budget.batch

    @property
    def text(self) -> str:
        """Say it in a few words: "about 3 s an epoch"."""
        if self.epoch_s is not None:
            return f"about {words.seconds(self.epoch_s)} an epoch"
        return f"about {words.seconds(self.thousand_s)} per {words.whole(PER)} samples"

    @property
    def team(self) -> str:
        """Say on how many threads."""
        count = self.budget.threads
        return "1 thread" if count == 1 else f"{count} threads"

    @property
    def details(self) -> str:
        """Say what it consists of, a line each."""
        budget = self.budget
        step = words.seconds(budget.step_s)
        lines = [f"A step of {words.whole(budget.batch)} samples takes {step} with {self.team}:"]
        shares = [(budget.share(node) or 0.0, node.label) for node in self.graph.nodes.values()]
        large = sorted(shares, key=lambda one: -one[0])[:4]
        lines += [f"  {label} {share:.0%}" for share, label in large if share >= 0.01]
        rest = budget.layers.get(UPDATE, 0.0) / budget.step_s if budget.step_s else 0.0
        lines.append(f"  optimiser and samples {rest:.0%}")
        if self.sizes is not None:
            samples, valid = self.sizes
            steps = words.whole(-(-samples // budget.batch))
            lines.append(f"An epoch: {steps} steps, then {words.whole(valid)} samples are measured")
        return "\n".join([*lines, "Predicted from kernels that were measured on this machine"])

    def share(self, node: str) -> float | None:
        """Give the part of a step that a card takes, 0 … 1; None where others do its work."""
        found = self.graph.nodes.get(node)
        return None if found is None else self.budget.share(found)


def foretell(project: Project, pace: Pace, sizes: tuple[int, int] | None) -> Forecast | None:
    """Foretell what training a project takes.

    Args:
        project: The project.
        pace: How fast this machine is.
        sizes: Samples of the training and the validation part, where they are known.

    Returns:
        The forecast; None where the network cannot be trained.
    """
    if project.signature is None:
        return None
    budget = predict(project.graph, project.signature, project.settings, pace)
    return None if budget is None else Forecast(project.graph, budget, sizes)


class ForecastDesk:
    """Keeps the newest forecast of a project; the one who asks never waits.

    Args:
        lane: The engine's lane, on which the machine is measured.
        busy: Says whether a training wants the lane; measuring then ends at once.
        sizes: Gives the samples of the training and the validation part of a project.
    """

    def __init__(self, lane: Lane, busy: Callable[[], bool], sizes: Sizes) -> None:
        self._lane, self._busy, self._sizes = lane, busy, sizes
        self._lock = threading.Lock()
        self._wish: tuple[Project, tuple[int, int] | None] | None = None
        self._asked: tuple[Project, tuple[int, int] | None] | None = None
        self._working = self._closed = False
        self._pace: Pace | None = None
        self._looked, self._asks = False, 0
        self.measuring = False
        self.latest: Forecast | None = None

    def tend(self, project: Project) -> None:
        """See to it that the forecast is of this project; returns at once."""
        wish = project, self._sizes(project)
        asked = self._asked
        if asked is not None and asked[0] is project and asked[1] == wish[1]:
            return
        self._asked = wish
        with self._lock:
            self._wish = wish
            if self._working or self._closed:
                return
            self._working = True
        threading.Thread(target=self._work, name="nnstudio-forecast", daemon=True).start()

    def measure(self) -> bool:
        """Have the machine measured unless it is known or at work; say whether that began.

        It takes some seconds of the lane, which a training takes back between two networks.
        """
        if self._known() is not None or self.measuring or self._closed or self._busy():
            return False
        if not self._quiet():
            return False
        self.measuring = True
        try:
            self._lane.submit(self._job(), lambda *_: None)  # what fails is in the log
        except StudioError:
            self.measuring = False
        return self.measuring

    def _quiet(self) -> bool:
        """Whether others left the processors alone since the last question, or never do."""
        import psutil

        self._asks += 1
        share = psutil.cpu_percent()  # since the last call; the first one means nothing
        return self._asks > 1 and (share < QUIET or self._asks > MOST_ASKS)

    def close(self) -> None:
        """Begin nothing more; what is under way ends soon."""
        self._closed = True

    def _known(self) -> Pace | None:
        """Give this machine's pace, read once; numba's parts load only where there is one."""
        if self._pace is None and not self._looked:
            self._looked = True
            if list(cache_folder().glob("pace-*.json")):
                self._pace = load_pace()
        return self._pace

    def _job(self) -> Iterator[None]:
        from nnstudio.engine.pace.measure import measure_pace
        from nnstudio.kernels.team import usable_cores

        try:
            yield
            pace = measure_pace(usable_cores(), cancelled=lambda: self._closed or self._busy())
            if pace is not None:
                self._pace = pace
                save_pace(pace)
        finally:
            self.measuring, self._asked = False, None  # the next look foretells anew

    def _work(self) -> None:
        """Foretell the newest wish until none is left."""
        while True:
            with self._lock:
                wish, self._wish = self._wish, None
                if wish is None or self._closed:
                    self._working = False
                    return
            try:
                self.latest = self._foretold(*wish)
            except _DEFECTS:  # no forecast is worth a training or a window
                _LOG.exception("The time of an epoch could not be foretold")
                self.latest = None

    def _foretold(self, project: Project, sizes: tuple[int, int] | None) -> Forecast | None:
        pace = self._known()
        return None if pace is None else foretell(project, pace, sizes)
