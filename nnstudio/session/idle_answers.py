"""Answers viewers while no training runs: from the weights of the last run, or of the start."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from nnstudio.core.errors import StudioError
from nnstudio.data.prepare import Prepared
from nnstudio.engine.crew import Crew
from nnstudio.graph.model import Graph
from nnstudio.project.model import Arrays, Project, Run
from nnstudio.session.answers import Answers
from nnstudio.session.data_desk import DataDesk
from nnstudio.session.lane import Lane
from nnstudio.session.watch_desk import Shown, WatchDesk
from nnstudio.train.job import network_of
from nnstudio.train.observer import Observer
from nnstudio.train.watch import Origin


class IdleAnswers:
    """Submits the work to the lane whenever a wish is open and no training holds it.

    Args:
        desk: Where wishes and answers lie.
        data: Gives the data.
        lane: The engine's lane.
        busy: Says whether a training wants the lane; what is left to do is then left to it.
    """

    def __init__(
        self, desk: WatchDesk, data: DataDesk, lane: Lane, busy: Callable[[], bool]
    ) -> None:
        self._desk, self._data, self._lane, self._busy = desk, data, lane, busy
        self._crew = Crew(1)  # the window keeps the other processors
        self._lock = threading.Lock()
        self._queued = self._closed = False
        self._answers: Answers | None = None
        self._project: Project | None = None
        self._run: Run | None = None
        self._start: Arrays | None = None

    def tend(self, project: Project, *, fresh: bool) -> None:
        """See to it that open wishes are answered; from any thread, without waiting.

        Args:
            project: As it is now.
            fresh: Whether the training was wound back, so that the last run does not count.
        """
        with self._lock:
            if not self._desk.wishes:
                self._answers = self._project = None  # the memory is given back
                return
            shown = self._desk.shown
            if shown is None:
                answers = self._answers_for(project, last_run(project, fresh=fresh), None)
            else:
                answers = self._answers_for(shown.project, None, shown)
            held = shown is not None  # somebody who scrubs does not wait for a rate
            if self._closed or self._queued:
                return
            if self._desk.due(shown or answers, any_rate=held) is None:
                return
            self._queued = True
            self._lane.submit(self._job(answers), self._failed)

    def _answers_for(self, project: Project, run: Run | None, shown: Shown | None) -> Answers:
        """Give the answers of the project as it is; anew when what counts has changed."""
        known, before = self._answers, self._project
        same = before is not None and run is self._run and _looks_alike(project, before)
        start = None if shown is None else shown.start
        same = same and start is self._start and (shown is None or project is before)
        self._project, self._run, self._start = project, run, start
        if known is not None and same:
            return known

        def opened() -> Observer:
            return self._open(project, run, start)

        origin: Origin = "start" if run is None else "run"
        self._answers = made = Answers(self._desk, project, opened, origin)
        return made

    def _open(self, project: Project, run: Run | None, known: Arrays | None) -> Observer:
        """Make the observer, on the lane."""
        if project.signature is None:
            raise StudioError("There is no data set yet; choose one in the data panel.")
        arrays = known if run is None else run.weights
        network, _ = network_of(project.graph, project.signature, project.settings.seed, arrays)
        start = network.weights.arrays() if run is None else (run.initial or None)

        def data_of_now() -> Prepared:
            return self._data.prepared(project, cancel=lambda: self._closed)[0]

        return Observer(project.graph, network, self._crew, data_of_now, start)

    def _job(self, answers: Answers) -> Iterator[None]:
        step = 0 if self._run is None else int(self._run.info.get("steps", 0))
        try:
            while not self._closed and not self._busy() and answers.work(answers, step):
                yield
        finally:
            self._queued = False

    def _failed(self, sentence: str, details: str) -> None:
        """Do nothing: what fails is told in the answers, and the lane has logged the rest."""

    def close(self) -> None:
        """Begin no more work, and end what is under way after its slice."""
        self._closed = True
        self._crew.close()


def last_run(project: Project, *, fresh: bool) -> Run | None:
    """Give the last run if its weights belong to the network as it is now."""
    run = project.runs[-1] if project.runs and not fresh else None
    if run is None or not run.weights or run.signature not in {None, project.signature}:
        return None
    return run if same_network(run.graph, project.graph) else None


def same_network(one: Graph, other: Graph) -> bool:
    """Tell whether two graphs compute the same; where cards stand and are called is no matter."""
    return one is other or (_computed(one) == _computed(other) and one.edges == other.edges)


def _computed(graph: Graph) -> dict[str, object]:
    return {node.id: (node.kind, node.params, node.block) for node in graph.nodes.values()}


def _looks_alike(one: Project, other: Project) -> bool:
    """Tell whether two states of a project give the same answers."""
    if one is other:
        return True
    return (
        (one.data, one.signature, one.split, one.scaling, one.settings.seed)
        == (other.data, other.signature, other.split, other.scaling, other.settings.seed)
    ) and same_network(one.graph, other.graph)
