"""The runs that the curves compare, and the scene that each pane shows of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from nnstudio.gui.curve_clock import Clock, Unit, clock
from nnstudio.gui.curve_layout import Scene
from nnstudio.gui.curve_legend import part_colour, run_colour
from nnstudio.gui.curve_lines import Every, Line, Tracks, first_bad, groups, lines_of
from nnstudio.gui.curve_memory import PaneSpec
from nnstudio.gui.theme import Colours
from nnstudio.train.history import History

Marks = Sequence[tuple[int, str]]
GUIDES = {"update ratio": (1e-3,)}
PRESENT = "this run"


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One run on show.

    Attributes:
        name: What a person calls it.
        history: Its numbers.
        main: Whether it is the present one.
        per_epoch: Steps in one epoch, 0 where not known.
        samples: Samples in one epoch, 0 where not known.
        colour: As a hex string.
    """

    name: str
    history: History
    main: bool
    per_epoch: float
    samples: float
    colour: str


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What the window told the panel last.

    Attributes:
        history: Of the present run; None before the first.
        earlier: Name and history of the runs before, the latest last.
        epochs: Epochs of the present run in all.
        per_epoch: Steps in one of them, 0 while not known.
        samples: Samples in one of them, 0 while not known.
        marks: Steps done and words of each change during the present run.
        name: Of the present run.
        colours: Of runs by name, where they have their own.
    """

    history: History | None = None
    earlier: Sequence[tuple[str, History]] = ()
    epochs: float = 1.0
    per_epoch: float = 0.0
    samples: float = 0.0
    marks: Marks = ()
    name: str = PRESENT
    colours: Mapping[str, str] = field(default_factory=dict)

    def runs(self, colours: Colours) -> list[Run]:
        """Give all runs, the present one last."""
        found = [
            Run(name, history, False, 0, 0, self.colours.get(name) or run_colour(i, colours))
            for i, (name, history) in enumerate(self.earlier)
        ]
        if self.history is not None:
            sizes = self.per_epoch, self.samples
            found.append(Run(self.name, self.history, True, *sizes, colours.curve_train))
        return found


@dataclass(frozen=True, slots=True)
class Wish:
    """How a person wants to see all panes."""

    unit: Unit
    every: Every
    smoothing: float
    log: bool


def scene(
    spec: PaneSpec,
    shown: Shown,
    runs: Sequence[Run],
    wish: Wish,
    whole: float,
    tracks: Tracks,
    colours: Colours,
) -> Scene:
    """Make what one pane shows of some runs, with an axis as long as `whole`."""
    lines: list[Line] = []
    overflow, unknown = None, ""
    marks: list[tuple[float, str]] = []
    for run in runs:
        at = clock(run.history, wish.unit, run.per_epoch, run.samples)
        if at is None:
            unknown = f"No {wish.unit} are known of {run.name}"
            continue
        mine = _lines(spec, run, wish.every, at, colours)
        lines += mine
        if run.main:
            marks = _marks(shown.marks, at)
            overflow = _overflow(mine, tracks) if spec.group == "loss" else None
    return Scene(
        lines,
        wish.unit,
        whole,
        wish.smoothing,
        wish.log and not _shares(spec),
        _shares(spec),
        marks,
        GUIDES.get(spec.group, ()),
        overflow,
        unknown,
    )


def _shares(spec: PaneSpec) -> bool:
    """Whether the values are shares of 1, shown as percent."""
    return spec.group == "accuracy" or spec.group.startswith("top")


def _lines(spec: PaneSpec, run: Run, every: Every, at: Clock, colours: Colours) -> list[Line]:
    marks = run.history.epochs.get("step")
    found = lines_of(run.history, spec.group, every)
    plain = {"train": colours.curve_train, "val": colours.curve_valid, "": colours.curve_train}
    made = []
    for place, one in enumerate(found):
        if one.part in spec.hidden:
            continue
        colour = plain.get(one.part) or part_colour(place, colours)
        steps = None
        if one.every == "epoch":
            steps = np.arange(1.0, len(one.series) + 1) if marks is None else marks.values()
            steps = steps[max(len(steps) - len(one.series), 0) :]
        name = "" if run.main else run.name
        colour = colour if run.main else run.colour
        made.append(Line(name, one.part, one.series, at, steps, colour, run.main))
    return made


def _marks(marks: Marks, at: Clock) -> list[tuple[float, str]]:
    places = at.at(np.array([step for step, _ in marks], np.float64))
    return [(float(x), words) for x, (_, words) in zip(places, marks, strict=True)]


def _overflow(lines: Iterable[Line], tracks: Tracks) -> float | None:
    """Give where the steps of the present run were first not finite."""
    for line in lines:
        if line.marks is None:
            bad = first_bad(line.series, tracks.of(line.series))
            if bad is not None:
                return float(line.x(np.array([float(bad)]))[0])
    return None


def total(shown: Shown, runs: Sequence[Run], unit: Unit) -> float:
    """Give how far the horizontal axis goes."""
    most = 0.0
    for run in runs:
        at = clock(run.history, unit, run.per_epoch, run.samples)
        steps = max((len(s) for s in list(run.history.steps.values())), default=0)
        marks = run.history.epochs.get("step")
        steps = max(steps, int(marks.values()[-1]) if marks is not None and len(marks) else 0)
        if at is None:
            continue
        if run.main and run.per_epoch and unit != "seconds":
            steps = max(steps, round(run.per_epoch * shown.epochs))
        elif steps == 0 and not run.main:
            continue
        most = max(most, float(at.at(np.array([float(steps)]))[0]) if steps else 0.0)
        if run.main and unit == "epochs":
            most = max(most, shown.epochs)
    return most or 1.0


def all_groups(runs: Sequence[Run]) -> list[str]:
    """List what panes can show."""
    return groups([run.history for run in runs])


def parts(runs: Sequence[Run], group: str, every: Every) -> list[str]:
    """List the lines of a group over all runs."""
    return list(dict.fromkeys(f.part for run in runs for f in lines_of(run.history, group, every)))
