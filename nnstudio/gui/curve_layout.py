"""Where everything of one plot stands: axes, ticks, lines, the words at their ends; without Qt."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnstudio.gui.curve_axis import Scale, Tick, log_scale, log_ticks, number_words, ticks
from nnstudio.gui.curve_clock import Unit
from nnstudio.gui.curve_lines import Line, Sampled, Tracks, sampled

Floats = NDArray[np.float64]
Measure = Callable[[str], float]
Range = tuple[float, float]
LINE_PX, TOP_PX, FOOT_PX, GAP_PX = 14, 9, 22, 6
AXES_PX = 110  # about what axis and words take of the width
MOST_LABEL_SHARE = 0.4
BAND_SPANS = 3.0  # how far the raw values may stretch the axis beyond the lines
OUTLIER_SPANS = 5.0  # how far a line may stretch it beyond its usual values
UNIT_WORDS: dict[Unit, str] = {
    "steps": "step {}", "epochs": "epoch {}", "seconds": "{} s", "samples": "{} samples",
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What one plot is asked to show.

    Attributes:
        lines: Those at the back first.
        unit: What the horizontal axis counts.
        total: How far it goes when all shows.
        smoothing: Share of the past in the lines, 0 to below 1.
        log: Whether the vertical axis is logarithmic.
        percent: Whether values are shares of 1.
        marks: Place and words of what a person changed during the run.
        guides: Values with a dashed line across, such as 1e-3 for the update ratio.
        overflow: Where a line first was not finite, or None.
        unknown: What stands here when no run knows the unit; "" otherwise.
    """

    lines: Sequence[Line] = ()
    unit: Unit = "epochs"
    total: float = 1.0
    smoothing: float = 0.0
    log: bool = False
    percent: bool = False
    marks: Sequence[tuple[float, str]] = ()
    guides: Sequence[float] = ()
    overflow: float | None = None
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """The area between the axes in pixels, and what it shows.

    Attributes:
        left: Its left edge; top, right and bottom alike.
        x: Range of the horizontal axis.
        y: Range along the vertical axis, as places of `scale`.
        scale: How values lie along the vertical axis.
    """

    left: float
    top: float
    right: float
    bottom: float
    x: Range
    y: Range
    scale: Scale

    def px(self, x: Floats) -> Floats:
        """Give horizontal pixels of places."""
        share = (x - self.x[0]) / (self.x[1] - self.x[0])
        return np.asarray(np.clip(self.left + share * (self.right - self.left), -1e5, 1e5))

    def py(self, y: Floats) -> Floats:
        """Give vertical pixels of values."""
        return self.py_of_places(self.scale.to(y))

    def py_of_places(self, places: Floats) -> Floats:
        """Give vertical pixels of places along the scale."""
        share = (places - self.y[0]) / (self.y[1] - self.y[0])
        return np.asarray(np.clip(self.bottom - share * (self.bottom - self.top), -5e3, 1e4))

    def x_at(self, px: float) -> float:
        """Give the place under a pixel."""
        return self.x[0] + (px - self.left) / (self.right - self.left) * (self.x[1] - self.x[0])

    def y_at(self, px: float) -> float:
        """Give the place along the scale under a pixel."""
        return self.y[0] + (self.bottom - px) / (self.bottom - self.top) * (self.y[1] - self.y[0])


@dataclass(frozen=True, slots=True)
class Label:
    """Words at the end of a line: left edge and middle in pixels."""

    text: str
    colour: str
    left: float
    middle: float
    width: float
    main: bool


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Everything of a plot, ready to be painted."""

    frame: Frame
    lines: list[tuple[Line, Sampled]]
    y_ticks: list[Tick]
    x_ticks: list[Tick]
    labels: list[Label]
    message: str


def lay_out(
    scene: Scene,
    tracks: Tracks,
    size: tuple[float, float],
    x: Range,
    y: Range | None,
    width: Measure,
) -> Layout:
    """Work out where everything stands.

    Args:
        scene: What shows.
        tracks: Pyramids of the series.
        size: Width and height in pixels.
        x: Range of the horizontal axis.
        y: Range along the vertical axis that a person chose, or None to fit what shows.
        width: Gives the pixels that a text takes.
    """
    bins = max(int(size[0]) - AXES_PX, 2)
    lines = [(line, sampled(line, tracks, x, bins, scene.smoothing)) for line in scene.lines]
    scale = _scale(scene, lines)
    whole = x[0] <= 0 and x[1] >= scene.total * (1 - 1e-9)
    y = y or _fitted(scene, scale, lines, whole)
    y_ticks = _y_ticks(scene, scale, y, max(2, int(size[1] / 34)))
    left = max((width(tick.words) for tick in y_ticks), default=20.0) + 14
    texts = [
        _end_words(line, one, scene, x) if _speaks(line, scene.lines) else ("", "")
        for line, one in lines
    ]
    most = MOST_LABEL_SHARE * size[0]
    room = min(max((width(_joined(text)) for text in texts if any(text)), default=0.0), most)
    right = size[0] - (12 * math.ceil((room + GAP_PX + 4) / 12) if room else 14)
    bottom = max(size[1] - FOOT_PX, TOP_PX + 12)
    frame = Frame(left, TOP_PX, max(right, left + 20), bottom, x, y, scale)
    x_ticks = _x_ticks(scene, frame, width)
    labels = _labels(frame, lines, texts, most, width)
    return Layout(frame, lines, y_ticks, x_ticks, labels, _message(scene, lines, x))


def _scale(scene: Scene, lines: list[tuple[Line, Sampled]]) -> Scale:
    if not scene.log:
        return Scale()
    parts = [part for _, one in lines for part in (one.band.low, one.y)]
    return log_scale(np.concatenate([*parts, np.array(scene.guides, float)]))


def _finite_range(parts: Sequence[Floats]) -> Range | None:
    values = np.concatenate([*parts, np.empty(0)])
    values = values[np.isfinite(values)]
    return (float(values.min()), float(values.max())) if len(values) else None


def _calm_range(parts: Sequence[Floats]) -> Range | None:
    """Give the range without the leap of a training that diverges, or its first steep fall."""
    whole = _finite_range(parts)
    if whole is None:
        return None
    values = np.concatenate(parts)
    low, high = np.quantile(values[np.isfinite(values)], (0.1, 0.9))
    reach = OUTLIER_SPANS * float(high - low) or math.inf
    return max(whole[0], float(low) - reach), min(whole[1], float(high) + reach)


def _fitted(scene: Scene, scale: Scale, lines: list[tuple[Line, Sampled]], whole: bool) -> Range:
    """Give the range along the scale in which lines and most of the band can be seen."""
    guides = [scale.to(np.array(scene.guides, float))] if scene.guides and lines else []
    parts = [*(scale.to(one.y) for _, one in lines), *guides]
    whole_range, drawn = _finite_range(parts), _calm_range(parts)
    raw = _finite_range([scale.to(p) for _, one in lines for p in (one.band.low, one.band.high)])
    if drawn is None:
        drawn = raw
    if drawn is None or raw is None:
        return 0.0, 1.0
    reach = BAND_SPANS * (drawn[1] - drawn[0])
    low = min(drawn[0], max(raw[0], drawn[0] - reach))
    high = max(drawn[1], min(raw[1], drawn[1] + reach))
    if whole_range is not None:  # the band does not stretch the axis where a line leaves it
        low = low if drawn[0] <= whole_range[0] else drawn[0]
        high = high if drawn[1] >= whole_range[1] else drawn[1]
    if scene.percent and whole and 0 <= low <= high <= 1:
        low, high = min(low, 0.9), 1.0
    elif not scene.log and whole and 0 < low < 0.7 * high:
        low = 0.0
    span = high - low
    if span <= 1e-9 * max(abs(low), abs(high)):
        span = max(0.2 * max(abs(low), abs(high)), 1e-9) if low or high else 2.0
        low, high = low - span / 2, high + span / 2
    return low - 0.05 * span, high + 0.05 * span


def _y_ticks(scene: Scene, scale: Scale, y: Range, most: int) -> list[Tick]:
    if scene.log:
        return log_ticks(scale, *y, most)
    return ticks(*y, most, percent=scene.percent)


def _x_ticks(scene: Scene, frame: Frame, width: Measure) -> list[Tick]:
    """Give ticks with the unit at the first, none where two would touch."""
    most = max(1, int((frame.right - frame.left) / 76))
    found = ticks(frame.x[0], min(frame.x[1], max(scene.total, frame.x[0])), most)
    found = found or ticks(*frame.x, most)
    kept: list[Tick] = []
    free = 2.0
    for tick in found:
        words = UNIT_WORDS[scene.unit].format(tick.words) if not kept else tick.words
        px = float(frame.px(np.array([tick.place]))[0])
        if px - width(words) / 2 >= free or not kept:
            kept.append(Tick(tick.place, words))
            free = px + width(words) / 2 + 10
    return kept


def _speaks(line: Line, lines: Sequence[Line]) -> bool:
    """Say whether words stand at a line's end: of an earlier run only at its validation."""
    if line.main or line.part != "train":
        return True
    return not any(one.run == line.run and one.part == "val" for one in lines)


def _end_words(line: Line, one: Sampled, scene: Scene, x: Range) -> tuple[str, str]:
    """Give the words at a line's end: its name, and its last value where that shows."""
    if one.last is None:
        return "", ""
    if not x[0] <= one.last[0] <= x[1]:
        return line.name if len(one.x) else "", ""
    return line.name, number_words(one.last[1], scene.percent, 3)


def _joined(words: tuple[str, str]) -> str:
    return " ".join(word for word in words if word)


def _labels(
    frame: Frame,
    lines: list[tuple[Line, Sampled]],
    texts: list[tuple[str, str]],
    most: float,
    width: Measure,
) -> list[Label]:
    """Put words beside the ends of lines: a line apart, all inside, the present run's first."""
    found: list[Label] = []
    alone = all(line.main for line, _ in lines)  # else all words stand in one column
    for (line, one), text in zip(lines, texts, strict=True):
        spot = _label_spot(frame, one) if any(text) else None
        if spot is not None:
            words = _cut_to(text, most, width)
            left = spot[0] if alone else frame.right + GAP_PX
            found.append(Label(words, line.colour, left, spot[1], width(words), line.main))
    fitting = int((frame.bottom - frame.top) / LINE_PX) + 1
    found = sorted(found, key=lambda label: not label.main)[:fitting]
    found.sort(key=lambda label: label.middle)
    middles = _spread([label.middle for label in found], frame.top, frame.bottom)
    return [
        Label(one.text, one.colour, one.left, middle, one.width, one.main)
        for one, middle in zip(found, middles, strict=True)
    ]


def _label_spot(frame: Frame, one: Sampled) -> tuple[float, float] | None:
    """Give the pixels right of a line's end, or of where it leaves the view."""
    assert one.last is not None
    if frame.x[0] <= one.last[0] <= frame.x[1]:
        x, y = float(frame.px(np.array([one.last[0]]))[0]), one.last[1]
    else:
        known = np.flatnonzero(np.isfinite(one.y) & (one.x <= frame.x[1]))
        if not len(known) or one.last[0] < frame.x[0]:
            return None
        x, y = frame.right, float(one.y[known[-1]])
    middle = float(np.clip(frame.py(np.array([y]))[0], frame.top, frame.bottom))
    return x + GAP_PX, middle


def _cut_to(text: tuple[str, str], most: float, width: Measure) -> str:
    """Leave out the last letters of a name until all fits, so that its number stays."""
    name, number = text
    if width(_joined(text)) <= most:
        return _joined(text)
    while name and width(f"{name}… {number}") > most:
        name = name[:-1]
    return f"{name}… {number}".strip() if name else number


def _spread(middles: list[float], top: float, bottom: float) -> list[float]:
    """Move middles a line apart, each as little as can be (pool adjacent violators)."""
    pools: list[tuple[float, int]] = []
    for i, middle in enumerate(middles):
        pools.append((middle - i * LINE_PX, 1))
        while len(pools) > 1 and pools[-1][0] < pools[-2][0]:
            (a, n), (b, m) = pools.pop(), pools.pop()
            pools.append(((a * n + b * m) / (n + m), n + m))
    starts = [place for place, count in pools for _ in range(count)]
    last = len(starts) - 1
    return [
        max(min(start + i * LINE_PX, bottom - (last - i) * LINE_PX), top + i * LINE_PX)
        for i, start in enumerate(starts)
    ]


def _message(scene: Scene, lines: list[tuple[Line, Sampled]], x: Range) -> str:
    """Say why nothing shows; "" where something does."""
    if any(np.isfinite(one.y).any() and _crosses(one.x, x) for _, one in lines):
        return ""
    if not any(len(line.series) for line in scene.lines):
        return scene.unknown or "No numbers yet"
    if all(one.last is None for _, one in lines):
        return "No finite values: training overflowed"
    return "Nothing here. Double-click or 0 shows everything."


def _crosses(places: Floats, x: Range) -> bool:
    return bool(len(places) and places[-1] >= x[0] and places[0] <= x[1])
