"""Problem bubbles: the message beside the card, with repairs as underlined words to press."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QPainter, QPen

from nnstudio.graph.problems import Problem, Repair
from nnstudio.gui.canvas import metrics
from nnstudio.gui.canvas.drawing import Card, Drawing, corners
from nnstudio.gui.canvas.ink import Ink

_WIDTH = 214.0
_PAD = 9.0
_LINE = 16.0
_SIZE = 12
_GAP = 12.0
_READABLE = 11 / _SIZE  # smaller than this share of their size words are hard to read


@dataclass(frozen=True, slots=True)
class Run:
    """Some words on one line; `repair` is the index of the repair they stand for, or -1."""

    text: str
    x: float
    y: float
    width: float
    repair: int = -1


@dataclass(frozen=True, slots=True)
class Bubble:
    """A bubble at its place.

    Attributes:
        problem: What it tells.
        area: Where it is on the canvas.
        runs: Its words, measured from its corner.
        size: By how much it is enlarged, so that it can be read from afar.
    """

    problem: Problem
    area: QRectF
    runs: tuple[Run, ...]
    size: float = 1.0

    def repair_at(self, x: float, y: float) -> Repair | None:
        """Give the repair whose words are at a point, or None."""
        across, down = (x - self.area.x()) / self.size, (y - self.area.y()) / self.size
        for run in self.runs:
            inside = run.x - 2 <= across <= run.x + run.width + 2
            if run.repair >= 0 and inside and run.y - _LINE + 3 <= down <= run.y + 5:
                return self.problem.repairs[run.repair]
        return None

    def repair_area(self, index: int) -> QRectF:
        """Give the rectangle of the first words of a repair."""
        run, size = next(run for run in self.runs if run.repair == index), self.size
        left, top = self.area.x() + run.x * size, self.area.y() + (run.y - 12) * size
        return QRectF(left, top, run.width * size, _LINE * size)

    def reach(self) -> QRectF:
        """Give the area in which the pointer keeps it open, up to its card."""
        wide, high = 6 * self.size, (_GAP + 2) * self.size
        return self.area.adjusted(-wide, -high, wide, high)


def readable(scale: float) -> float:
    """Say by how much bubbles are enlarged so that they can be read at a scale."""
    return max(1.0, _READABLE / scale)


def arrange(
    drawing: Drawing, nodes: Iterable[str], size: float = 1.0, view: QRectF | None = None
) -> list[Bubble]:
    """Place bubbles for the worst problems of some nodes where they cover little.

    Args:
        drawing: The cards.
        nodes: Whose problems to tell.
        size: By how much to enlarge the bubbles.
        view: What shows of the canvas; an enlarged bubble stays in it.

    Returns:
        The bubbles, in the order of the nodes.
    """
    placed: list[Bubble] = []
    for node in nodes:
        card = drawing.cards.get(node)
        if card is None or card.problem is None:
            continue
        words = tuple(repair.label for repair in card.problem.repairs)
        runs, height = _set_text(_sentence(card.problem), words)
        choices = _places(drawing, card, height, size)
        if size > 1.0 and view is not None:
            choices = _in_view(choices, card, view)
        free = (area for area in choices if not _covered(drawing, area, placed))
        placed.append(Bubble(card.problem, next(free, choices[0]), runs, size))
    return placed


def _sentence(problem: Problem) -> str:
    if problem.repairs or not problem.hint:
        return problem.message
    return f"{problem.message} {problem.hint}"


@lru_cache(maxsize=512)
def _set_text(message: str, repairs: tuple[str, ...]) -> tuple[tuple[Run, ...], float]:
    """Break a message and its repairs into lines; give the runs and the bubble's height."""
    measure = metrics.text_metrics(_SIZE)
    space = measure.horizontalAdvance(" ")
    runs: list[Run] = []
    x, y = _PAD, _PAD + 11.0
    tokens = [(word, -1) for word in message.split()]
    for index, label in enumerate(repairs):
        tokens.extend((word, index) for word in label.split())
    for at, (word, repair) in enumerate(tokens):
        width = measure.horizontalAdvance(word)
        begins = at > 0 and tokens[at - 1][1] not in {repair, -1}
        if x > _PAD and (x + width > _WIDTH - _PAD or begins):
            x, y = _PAD, y + _LINE
        last = runs[-1] if runs else None
        if last and last.repair == repair and last.y == y and x > _PAD:
            runs[-1] = Run(f"{last.text} {word}", last.x, y, last.width + space + width, repair)
        else:
            runs.append(Run(word, x, y, width, repair))
        x += width + space
    return tuple(runs), y + _PAD - 1.0


def _places(drawing: Drawing, card: Card, height: float, size: float) -> list[QRectF]:
    """List where the bubble of a card may be, the best place first."""
    right = card.x + metrics.CARD_WIDTH
    wide, high, gap = _WIDTH * size, height * size, _GAP * size
    below, above = card.y + card.height + gap, card.y - high - gap
    choices = [
        QRectF(right - wide, below, wide, high),
        QRectF(card.x, below, wide, high),
        QRectF(right - wide, above, wide, high),
        QRectF(card.x, above, wide, high),
        QRectF(right + gap, card.y, wide, high),
        QRectF(right - wide, below + 60.0, wide, high),
    ]
    first = min(one.x for one in drawing.cards.values())
    if right - wide < first:  # would reach past the left end of the network, out of view
        choices = [choices[1], choices[3], *choices[4:], choices[0], choices[2]]
    return choices


def _in_view(choices: list[QRectF], card: Card, view: QRectF) -> list[QRectF]:
    """Push places into what shows, and keep those at which the card itself is not covered."""
    if not card.rect.intersects(view):
        return choices
    pushed = [
        QRectF(
            max(view.left(), min(area.x(), view.right() - area.width())),
            max(view.top(), min(area.y(), view.bottom() - area.height())),
            area.width(),
            area.height(),
        )
        for area in choices
    ]
    return [area for area in pushed if not area.intersects(card.rect)] or choices


def _covered(drawing: Drawing, area: QRectF, placed: list[Bubble]) -> bool:
    if any(bubble.area.intersects(area) for bubble in placed):
        return True
    return any(card.rect.intersects(area) for card in drawing.near(corners(area)))


def paint_bubble(painter: QPainter, bubble: Bubble, ink: Ink, hovered: Repair | None) -> None:
    """Paint one bubble; the repair under the pointer shines."""
    severity = bubble.problem.severity
    back, frame = ink.bubbles[severity]
    painter.save()
    painter.translate(bubble.area.topLeft())
    painter.scale(bubble.size, bubble.size)
    painter.setPen(frame)
    painter.setBrush(back)
    wide, high = bubble.area.width() / bubble.size, bubble.area.height() / bubble.size
    painter.drawRoundedRect(QRectF(0, 0, wide, high), 6, 6)
    painter.setFont(metrics.font(_SIZE))
    for run in bubble.runs:
        shines = run.repair >= 0 and bubble.problem.repairs[run.repair] is hovered
        colour = ink.text if shines else ink.bubble_text[severity]
        painter.setPen(QPen(colour, 1.0))
        painter.drawText(QPointF(run.x, run.y), run.text)
        if run.repair >= 0:
            painter.drawLine(QLineF(run.x, run.y + 2.5, run.x + run.width, run.y + 2.5))
    painter.restore()
