"""Lining up: where a dragged card snaps to the edges of others, and the guides that say so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF


@dataclass(frozen=True, slots=True)
class Snap:
    """How far to shift a dragged rectangle, and the guides to show."""

    shift: tuple[float, float]
    guides: list[tuple[QPointF, QPointF]]


def snap(moving: QRectF, others: Iterable[QRectF], reach: float) -> Snap:
    """Line a rectangle up with others.

    Args:
        moving: Where the dragged cards would be.
        others: The cards that stay, nearest ones suffice.
        reach: How near edges must be to snap, in canvas units.

    Returns:
        The smallest shift in each direction, and a guide for each that snapped.
    """
    across: tuple[float, QRectF] | None = None
    down: tuple[float, QRectF] | None = None
    for other in others:
        for shift in (other.left() - moving.left(), other.right() - moving.right()):
            if abs(shift) < (abs(across[0]) if across else reach):
                across = (shift, other)
        for shift in (other.top() - moving.top(), other.bottom() - moving.bottom()):
            if abs(shift) < (abs(down[0]) if down else reach):
                down = (shift, other)
    placed = moving.translated(across[0] if across else 0.0, down[0] if down else 0.0)
    guides = []
    if across is not None:
        guides.append(_upright(placed, across[1]))
    if down is not None:
        guides.append(_level(placed, down[1]))
    return Snap((placed.x() - moving.x(), placed.y() - moving.y()), guides)


def _upright(placed: QRectF, other: QRectF) -> tuple[QPointF, QPointF]:
    x = other.left() if abs(placed.left() - other.left()) < 0.01 else other.right()
    top, bottom = min(placed.top(), other.top()), max(placed.bottom(), other.bottom())
    return QPointF(x, top - 14), QPointF(x, bottom + 14)


def _level(placed: QRectF, other: QRectF) -> tuple[QPointF, QPointF]:
    y = other.top() if abs(placed.top() - other.top()) < 0.01 else other.bottom()
    left, right = min(placed.left(), other.left()), max(placed.right(), other.right())
    return QPointF(left - 14, y), QPointF(right + 14, y)
