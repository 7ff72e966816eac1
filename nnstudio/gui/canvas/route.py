"""The way a link takes: a curve forwards, between the rows backwards, over cards in the way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath

STUB = 18.0
CLEARANCE = 16.0
CORNER = 18.0

Points = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle that links go round: left, top, right, bottom in canvas units."""

    left: float
    top: float
    right: float
    bottom: float


def route(
    start: tuple[float, float],
    end: tuple[float, float],
    giver: Box,
    taker: Box,
    between: Iterable[Box] = (),
) -> QPainterPath:
    """Give the path of a link.

    Args:
        start: Where the output port is.
        end: Where the input port is.
        giver: The card the link leaves.
        taker: The card it reaches.
        between: Cards that may stand in the way.

    Returns:
        A path from start to end.
    """
    if end[0] >= start[0] + 8:
        hidden = [box for box in between if _crosses(start, end, box)]
        return _over(start, end, hidden) if hidden else _forward(start, end)
    return _backward(start, end, giver, taker)


def _forward(start: tuple[float, float], end: tuple[float, float]) -> QPainterPath:
    path = QPainterPath(QPointF(*start))
    if abs(start[1] - end[1]) < 0.5:
        path.lineTo(*end)
        return path
    reach = max(24.0, min(120.0, 0.5 * (end[0] - start[0])))
    path.cubicTo(start[0] + reach, start[1], end[0] - reach, end[1], *end)
    return path


def _crosses(start: tuple[float, float], end: tuple[float, float], box: Box) -> bool:
    """Whether the middle line of a forward link runs through a card."""
    if box.right <= start[0] or box.left >= end[0]:
        return False
    share = ((box.left + box.right) / 2 - start[0]) / (end[0] - start[0])
    eased = share * share * (3 - 2 * share)
    y = start[1] + (end[1] - start[1]) * eased
    return box.top - 2 < y < box.bottom + 2


def _over(start: tuple[float, float], end: tuple[float, float], hidden: list[Box]) -> QPainterPath:
    """Lead a link above the cards in its way, or below where that is nearer."""
    top = min(box.top for box in hidden) - CLEARANCE
    bottom = max(box.bottom for box in hidden) + CLEARANCE
    above = abs(start[1] - top) + abs(end[1] - top) <= abs(start[1] - bottom) + abs(end[1] - bottom)
    level = top if above else bottom
    stub = min(STUB, (end[0] - start[0]) / 4)
    return rounded(
        [
            start, (start[0] + stub, start[1]), (start[0] + stub, level),
            (end[0] - stub, level), (end[0] - stub, end[1]), end,
        ]
    )  # fmt: skip


def _backward(
    start: tuple[float, float], end: tuple[float, float], giver: Box, taker: Box
) -> QPainterPath:
    """Lead a link to a card on the left through the free space between the rows."""
    if taker.top - giver.bottom >= 2 * CLEARANCE:
        level = (giver.bottom + taker.top) / 2
    elif giver.top - taker.bottom >= 2 * CLEARANCE:
        level = (taker.bottom + giver.top) / 2
    else:
        level = max(giver.bottom, taker.bottom) + CLEARANCE + 6
    out, back = start[0] + STUB + 4, end[0] - STUB - 4
    return rounded(
        [start, (out, start[1]), (out, level), (back, level), (back, end[1]), end], corner=26
    )


def rounded(points: Points, corner: float = CORNER) -> QPainterPath:
    """Give a path through points that go along the axes, with round corners."""
    path = QPainterPath(QPointF(*points[0]))
    lengths = [abs(b[0] - a[0]) + abs(b[1] - a[1]) for a, b in pairwise(points)]
    for i in range(1, len(points) - 1):
        before, at, after = points[i - 1], points[i], points[i + 1]
        # An end segment may be used up by its one corner; an inner one is shared by two.
        first = lengths[i - 1] if i == 1 else lengths[i - 1] / 2
        second = lengths[i] if i == len(points) - 2 else lengths[i] / 2
        radius = min(corner, first, second)
        path.lineTo(*_towards(at, before, radius))
        path.quadTo(QPointF(*at), QPointF(*_towards(at, after, radius)))
    path.lineTo(*points[-1])
    return path


def _towards(
    at: tuple[float, float], other: tuple[float, float], distance: float
) -> tuple[float, float]:
    length = abs(other[0] - at[0]) + abs(other[1] - at[1])
    if length == 0:
        return at
    share = distance / length
    return at[0] + (other[0] - at[0]) * share, at[1] + (other[1] - at[1]) * share
