"""Work on the lane that is no training: gradient checks, and what a window brings along."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from nnstudio.engine.gradient_check import check_gradients
from nnstudio.project.model import Project
from nnstudio.session.data_desk import DataDesk
from nnstudio.session.lane import Lane
from nnstudio.session.mailbox import Outbox
from nnstudio.session.news import Failed, GradientsChecked, News, Said
from nnstudio.train.job import network_of

CHECK_SAMPLES = 4


class Chores:
    """Submits such work; whoever calls makes sure that the lane is free.

    Args:
        lane: The engine's lane.
        desk: Gives the data.
        outbox: Where the end of the work is told.
    """

    def __init__(self, lane: Lane, desk: DataDesk, outbox: Outbox[News]) -> None:
        self._lane, self._desk, self._outbox = lane, desk, outbox

    def check_gradients(self, project: Project, node: str) -> None:
        """Compare analytic and numeric gradients of a node, or of all."""
        self._lane.submit(self._check(project, node), self._failed)

    def do(self, work: Callable[[], str]) -> None:
        """Do work that gives the sentence that says what came of it."""

        def job() -> Iterator[None]:
            self._outbox.put(Said(work()))
            yield

        self._lane.submit(job(), self._failed)

    def _check(self, project: Project, node: str) -> Iterator[None]:
        data, _ = self._desk.prepared(project)
        seed = project.settings.seed
        network, _ = network_of(project.graph, data.signature, seed, dtype="f8")
        part = data.train
        yield
        x, y = part.samples(slice(0, CHECK_SAMPLES)), part.y[:CHECK_SAMPLES]
        self._outbox.put(GradientsChecked(check_gradients(network, x, y, node)))

    def _failed(self, sentence: str, details: str) -> None:
        self._outbox.put(Failed(sentence, details))
