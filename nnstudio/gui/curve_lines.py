"""Which lines a history holds, in groups such as "loss", and what of a line shows in a view."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from nnstudio.gui.curve_clock import AXES, Clock
from nnstudio.gui.curve_data import smoothed
from nnstudio.gui.curve_pyramid import Bins, Pyramid
from nnstudio.train.history import History, Series

Floats = NDArray[np.float64]
Every = Literal["step", "epoch"]
SMOOTH_POINTS = 256
FIRST = ("loss", "accuracy")  # what people look at first
_PARTS = {"train": "train", "valid": "val", "test": "test"}
_WORDS = {"rate": "learning rate"}


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """One line that a history holds.

    Attributes:
        part: Which of its group it is: "train", "val", the name of a layer, or "".
        series: Its numbers.
        every: Whether they come with each step or each epoch.
    """

    part: str
    series: Series
    every: Every


def split_name(name: str, every: Every, epochs: Iterable[str] = ()) -> tuple[str, str]:
    """Give group and part of a series.

    >>> split_name("valid loss", "epoch"), split_name("update ratio/conv1", "step")
    (('loss', 'val'), ('update ratio', 'conv1'))
    """
    front, slash, rest = name.partition("/")
    if slash:
        return front, rest
    first, space, measure = name.partition(" ")
    if every == "epoch" and space and first in _PARTS:
        return measure, _PARTS[first]
    whole = every == "step" and (name in FIRST or f"valid {name}" in epochs)
    return _WORDS.get(name, name), "train" if whole else ""


def groups(histories: Sequence[History]) -> list[str]:
    """List the groups of all lines: loss, accuracy, other measures, then the rest."""
    seen: dict[str, bool] = {}
    for history in histories:
        epochs = set(history.epochs)
        for every, name, _ in _all(history):
            group, part = split_name(name, every, epochs)
            seen[group] = seen.get(group, False) or part in _PARTS.values()
    rank = {name: place for place, name in enumerate(FIRST)}
    order = {name: place for place, name in enumerate(seen)}
    return sorted(seen, key=lambda one: (rank.get(one, 9), not seen[one], order[one]))


def lines_of(history: History, group: str, every: Every) -> list[Found]:
    """Give the lines of one group; each part once, in the wanted rhythm where there is a choice."""
    found: dict[str, Found] = {}
    epochs = set(history.epochs)
    for rhythm, name, series in _all(history):
        mine, part = split_name(name, rhythm, epochs)
        if mine == group and len(series) and (part not in found or rhythm == every):
            found[part] = Found(part, series, rhythm)
    return list(found.values())


def _all(history: History) -> list[tuple[Every, str, Series]]:
    steps: list[tuple[Every, str, Series]] = [
        ("step", n, s) for n, s in list(history.steps.items())
    ]
    epochs: list[tuple[Every, str, Series]] = [
        ("epoch", n, s) for n, s in list(history.epochs.items())
    ]
    return [one for one in steps + epochs if one[1] not in AXES]


class Tracks:
    """Keeps a pyramid and a smoothed line for each series that shows."""

    def __init__(self) -> None:
        self._pyramids: WeakKeyDictionary[Series, Pyramid] = WeakKeyDictionary()
        self._last: WeakKeyDictionary[Series, tuple[object, tuple[float, float] | None]] = (
            WeakKeyDictionary()
        )
        self._smooth: WeakKeyDictionary[Series, tuple[float, int, Bins]] = WeakKeyDictionary()

    def of(self, series: Series) -> Pyramid:
        """Give the pyramid of a series, up to date."""
        found = self._pyramids.get(series)
        if found is None:
            found = self._pyramids[series] = Pyramid(series)
        found.update()
        return found

    def smooth(self, series: Series, weight: float) -> Bins:
        """Give the smoothed line of a whole series, in at most 256 points.

        The same points show at every zoom, so that the line keeps its form while one pans.
        """
        pyramid = self.of(series)
        kept = self._smooth.get(series)
        if kept is not None and kept[:2] == (weight, len(pyramid)):
            return kept[2]
        raw = pyramid.fitting(0, len(pyramid), SMOOTH_POINTS)
        made = Bins(raw.width, raw.ends, raw.low, raw.high, smoothed(raw.mean, weight), raw.missing)
        self._smooth[series] = weight, len(pyramid), made
        return made

    def last(self, series: Series, weight: float, *, smooth: bool) -> tuple[float, float] | None:
        """Give place and value of the line's last finite point."""
        pyramid = self.of(series)
        kept = self._last.get(series)
        key = (weight if smooth else 0.0, len(pyramid))
        if kept is None or kept[0] != key:
            if key[0]:
                tail = self.smooth(series, weight)
            else:
                tail = pyramid.bins(key[1] - 1, key[1], 1)
                if not np.isfinite(tail.mean).any():
                    tail = pyramid.fitting(0, key[1], SMOOTH_POINTS)
            known = np.flatnonzero(np.isfinite(tail.mean))[-1:]
            point = (float(tail.ends[known[0]]), float(tail.mean[known[0]])) if len(known) else None
            kept = self._last[series] = (key, point)
        return kept[1]


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One line of a plot.

    Attributes:
        run: Name of its run; "" for the present one.
        part: "train", "val", a layer, or "".
        series: Its numbers.
        clock: Where steps lie on the axis.
        marks: Steps done at each number of an epoch series; None for a step series.
        colour: As a hex string.
        main: Whether it belongs to the present run.
    """

    run: str
    part: str
    series: Series
    clock: Clock
    marks: Floats | None
    colour: str
    main: bool = True

    @property
    def name(self) -> str:
        """What stands at its end."""
        return " ".join(word for word in (self.run, self.part) if word)

    def x(self, places: Floats) -> Floats:
        """Give where the numbers at some places of the series lie, (n,) float64."""
        if self.marks is None:
            return self.clock.at(places + 1)
        return self.clock.at(self.marks[places.astype(np.int64)])

    def place(self, x: float) -> float:
        """Give the place in the series, not whole, that lies at x."""
        steps = self.clock.steps_at(x)
        if self.marks is None:
            return steps - 1
        return float(np.interp(steps, self.marks, np.arange(len(self.marks))))

    def value_at(self, x: float) -> tuple[float, float] | None:
        """Give place on the axis and value of the number nearest to x; None beyond its ends."""
        values = self.series.values()
        if self.marks is not None:
            values = values[: len(self.marks)]
        if not len(values):
            return None
        near = int(np.clip(math.floor(self.place(x)), 0, len(values) - 1))
        around = np.arange(max(near - 1, 0), min(near + 3, len(values)))
        spots = self.x(around.astype(np.float64))
        best = int(np.argmin(np.abs(spots - x)))
        if x > spots[-1] and around[-1] == len(values) - 1:
            last = self.x(np.array([max(len(values) - 2.0, 0.0)]))[0]
            if x - spots[-1] > max(spots[-1] - last, 1e-12):
                return None
        return float(spots[best]), float(values[around[best]])


@dataclass(frozen=True, slots=True, eq=False)
class Sampled:
    """What of a line shows: the band of raw values, and the line itself.

    Attributes:
        band: Bins of the raw values that the view cuts.
        band_x: Where they lie.
        x: Points of the line, smoothed where that is wanted.
        y: Their values; nan where training had none.
        last: Place and value of the last finite number of all.
        bad: Stretches (from, to) on the axis in which values are not finite.
    """

    band: Bins
    band_x: Floats
    x: Floats
    y: Floats
    last: tuple[float, float] | None
    bad: list[tuple[float, float]]


def sampled(
    line: Line, tracks: Tracks, view: tuple[float, float], px: int, weight: float
) -> Sampled:
    """Give what shows of a line between two places, for so many pixels."""
    pyramid = tracks.of(line.series)
    count = len(pyramid) if line.marks is None else min(len(pyramid), len(line.marks))
    if not count:
        none = np.empty(0)
        return Sampled(pyramid.bins(0, 0, 1), none, none, none, None, [])
    first = max(math.floor(line.place(view[0])) - 1, 0)
    last = max(min(math.ceil(line.place(view[1])) + 2, count), first)
    band = pyramid.fitting(first, last, max(px, 2))
    band_x = line.x(np.minimum(band.ends, count - 1))
    x, y = band_x, band.mean
    if line.marks is None and weight > 0:
        smooth = tracks.smooth(line.series, weight)
        x, y = _cut(line.x(smooth.ends), smooth.mean, view)
    if pyramid.sparse:
        known = np.isfinite(y)
        x, y = x[known], y[known]
    bad = [] if pyramid.sparse else _bad(line, band)
    last_point = tracks.last(line.series, weight, smooth=line.marks is None)
    if last_point is not None and last_point[0] >= count:  # an epoch came after its marks were read
        last_point = count - 1.0, float(line.series.values()[count - 1])
    end = None
    if last_point is not None and math.isfinite(last_point[1]):
        end = float(line.x(np.array([last_point[0]]))[0]), last_point[1]
    return Sampled(band, band_x, x, y, end, bad)


def _cut(x: Floats, y: Floats, view: tuple[float, float]) -> tuple[Floats, Floats]:
    """Give the points in a view and the next one at each side, so that lines reach its edges."""
    low = max(int(np.searchsorted(x, view[0])) - 1, 0)
    high = int(np.searchsorted(x, view[1], side="right")) + 1
    return x[low:high], y[low:high]


def _bad(line: Line, band: Bins) -> list[tuple[float, float]]:
    """Give the stretches whose values are not finite."""
    gaps = band.missing > 0
    if not gaps.any():
        return []
    edges = np.flatnonzero(np.diff(np.concatenate([[False], gaps, [False]]).astype(np.int8)))
    starts = np.maximum(band.ends[edges[::2]] - (band.width - 1), 0)
    ends = band.ends[edges[1::2] - 1]
    return list(zip(line.x(starts).tolist(), line.x(ends).tolist(), strict=True))


def first_bad(series: Series, pyramid: Pyramid) -> int | None:
    """Give the place of the first number that is not finite, or None."""
    coarse = pyramid.fitting(0, len(pyramid), SMOOTH_POINTS)
    bins = np.flatnonzero(coarse.missing > 0)
    if not len(bins):
        return None
    end = int(coarse.ends[bins[0]])
    start = int(coarse.ends[bins[0] - 1]) + 1 if bins[0] else 0
    return start + int(np.flatnonzero(~np.isfinite(series.values()[start : end + 1]))[0])
