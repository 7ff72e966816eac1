"""Curves as SVG: lines over faint raw values, readable in light and dark."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray

from nnstudio.exchange.ticks import Axis, fitted

Numbers = NDArray[np.float64]
_WIDTH, _HEIGHT = 680, 280
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 16, 14, 40
_BUCKETS = 400  # more raw values than that are drawn as a band from lowest to highest
_LOG_RATIO = 20.0


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One curve.

    Attributes:
        name: For the legend.
        kind: The CSS class that gives its colour: "train", "valid" or "raw".
        x: (n,) float64, ascending.
        y: (n,) float64; gaps where not finite.
    """

    name: str
    kind: str
    x: Numbers
    y: Numbers


def curve_svg(title: str, x_title: str, lines: Sequence[Line]) -> str:
    """Draw curves with axes and a legend; "" where there is nothing to draw.

    Args:
        title: For people who cannot see it.
        x_title: What runs along the horizontal axis.
        lines: The curves, those at the back first.
    """
    shown = [line for line in lines if np.isfinite(line.y).any()]
    if not shown:
        return ""
    numbers = np.concatenate([line.y[np.isfinite(line.y)] for line in shown])
    low, high = float(numbers.min()), float(numbers.max())
    y_axis = fitted(low, high, log=low > 0 and high / low > _LOG_RATIO)
    places = np.concatenate([line.x for line in shown])
    x_axis = Axis(float(places.min()), float(max(places.max(), places.min() + 1e-9)))
    inner = [*_frame(x_axis, y_axis, x_title)]
    inner += [_drawn(line, x_axis, y_axis) for line in shown]
    inner += _legend([line for line in shown if line.kind != "raw"])
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(title)}">'
        f"{''.join(inner)}</svg>"
    )


def _x(axis: Axis, value: float) -> float:
    return _LEFT + axis.share(value) * (_WIDTH - _LEFT - _RIGHT)


def _y(axis: Axis, value: float) -> float:
    return _HEIGHT - _BOTTOM - axis.share(value) * (_HEIGHT - _TOP - _BOTTOM)


def _frame(x_axis: Axis, y_axis: Axis, x_title: str) -> Iterator[str]:
    """Draw grid lines, their numbers and the title of the horizontal axis."""
    for tick in y_axis.ticks():
        y = _y(y_axis, tick)
        yield f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield _label(_LEFT - 8, y + 4, f"{tick:g}", "end")
    for tick in x_axis.ticks(8):
        yield _label(_x(x_axis, tick), _HEIGHT - _BOTTOM + 18, f"{tick:g}", "middle")
    yield _label((_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 4, x_title, "middle")


def _label(x: float, y: float, text: str, anchor: str = "start") -> str:
    return (
        f'<text class="tick" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
    )


def _drawn(line: Line, x_axis: Axis, y_axis: Axis) -> str:
    if line.kind == "raw" and len(line.x) > 2 * _BUCKETS:
        return _band(line, x_axis, y_axis)
    path = "".join(_points(line, x_axis, y_axis))
    return f'<path class="curve {line.kind}" d="{path}"/>'


def _points(line: Line, x_axis: Axis, y_axis: Axis) -> Iterator[str]:
    """Give the path's commands; a number that is not finite lifts the pen."""
    pen = "M"
    for x, y in zip(line.x.tolist(), line.y.tolist(), strict=True):
        if not math.isfinite(y):
            pen = "M"
            continue
        yield f"{pen}{_x(x_axis, x):.1f} {_y(y_axis, y):.1f}"
        pen = "L"


def _band(line: Line, x_axis: Axis, y_axis: Axis) -> str:
    """Draw many numbers as the area between the lowest and the highest of each bucket."""
    upper, lower = [], []
    for part in np.array_split(np.arange(len(line.x)), _BUCKETS):
        y = line.y[part][np.isfinite(line.y[part])]
        if len(y):
            x = _x(x_axis, float(line.x[part].mean()))
            upper.append(f"{x:.1f},{_y(y_axis, float(y.max())):.1f}")
            lower.append(f"{x:.1f},{_y(y_axis, float(y.min())):.1f}")
    return f'<polygon class="band" points="{" ".join([*upper, *reversed(lower)])}"/>'


def _legend(lines: Sequence[Line]) -> Iterator[str]:
    x = _WIDTH - _RIGHT
    for line in reversed(lines):
        x -= 44 + 7 * len(line.name)
        yield f'<path class="curve {line.kind}" d="M{x} {_TOP}H{x + 24}"/>'
        yield _label(x + 30, _TOP + 4, line.name)
