"""What a training begins with besides its project: fresh, from weights, repeated, or branched."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from nnstudio.core.errors import StudioError
from nnstudio.project.model import Arrays, Project
from nnstudio.project.replay import replay_of
from nnstudio.session.idle_answers import same_network
from nnstudio.train.history import History
from nnstudio.train.live import Change
from nnstudio.train.moments import Moment, Moments


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """How a training begins and what it is to repeat.

    Attributes:
        project: What is trained; later edits do not touch it.
        weights: Arrays to start from; None draws them from the seed.
        changes: Of the settings, made again at the same steps.
        start: Where another training was, to go on from there.
        until: Steps and epochs after which it stops.
        history: What happened before `start`.
        moments: Takes moments on the way.
        parent: Run and step that it branches off from.
    """

    project: Project
    weights: Arrays | None = None
    changes: tuple[Change, ...] = ()
    start: Moment | None = None
    until: tuple[int, int] | None = None
    history: History = field(default_factory=History)
    moments: Moments = field(default_factory=Moments)
    parent: tuple[str, int] | None = None


def fresh(project: Project) -> Course:
    """Begin at the start: from the seed, or from the weights of the run that was chosen.

    Raises:
        StudioError: That run is gone, or is of another network.
    """
    if not project.start:
        return Course(project)
    run = project.run(project.start)
    if run is None:
        raise StudioError(
            "The run whose weights the training starts from is gone; start from the seed instead"
            " (New seed)."
        )
    if not same_network(run.graph, project.graph):
        raise StudioError(
            f"The weights of '{run.name}' are of another network; restore its network too, or"
            " start from the seed (New seed)."
        )
    return Course(project, run.weights)


def repeated(project: Project, run_id: str) -> Course:
    """Train a run again, with all that was changed on its way.

    Raises:
        StudioError: There is no such run.
    """
    again = replay_of(project, run_id)
    return Course(again.project, again.weights, again.changes, until=again.until)


def with_changes(course: Course, changes: list[Change]) -> Course:
    """Add changes of a person's own."""
    return replace(course, changes=(*course.changes, *changes))
