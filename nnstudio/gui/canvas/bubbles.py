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
    """A bubble at its place."""

    problem: Problem
    area: QRectF
    runs: tuple[Run, ...]

    def repair_at(self, x: float, y: float) -> Repair | None:
        """Give the repair whose words are at a point, or None."""
        for run in self.runs:
            left, top = self.area.x() + run.x, self.area.y() + run.y
            inside = left - 2 <= x <= left + run.width + 2 and top - _LINE + 3 <= y <= top + 5
            if run.repair >= 0 and inside:
                return self.problem.repairs[run.repair]
        return None

    def repair_area(self, index: int) -> QRectF:
        """Give the rectangle of the first words of a repair."""
        run = next(run for run in self.runs if run.repair == index)
        return QRectF(self.area.x() + run.x, self.area.y() + run.y - 12, run.width, _LINE)


def arrange(drawing: Drawing, nodes: Iterable[str]) -> list[Bubble]:
    """Place bubbles for the worst problems of some nodes where they cover little."""
    placed: list[Bubble] = []
    for node in nodes:
        card = drawing.cards.get(node)
        if card is None or card.problem is None:
            continue
        words = tuple(repair.label for repair in card.problem.repairs)
        runs, height = _set_text(_sentence(card.problem), words)
        area = _free_place(drawing, card, height, placed)
        placed.append(Bubble(card.problem, area, runs))
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


def _free_place(drawing: Drawing, card: Card, height: float, placed: list[Bubble]) -> QRectF:
    right = card.x + metrics.CARD_WIDTH
    below, above = card.y + card.height + _GAP, card.y - height - _GAP
    choices = [
        QRectF(right - _WIDTH, below, _WIDTH, height),
        QRectF(card.x, below, _WIDTH, height),
        QRectF(right - _WIDTH, above, _WIDTH, height),
        QRectF(card.x, above, _WIDTH, height),
        QRectF(right + _GAP, card.y, _WIDTH, height),
        QRectF(right - _WIDTH, below + 60.0, _WIDTH, height),
    ]
    first = min(one.x for one in drawing.cards.values())
    if right - _WIDTH < first:  # would reach past the left end of the network, out of view
        choices = [choices[1], choices[3], *choices[4:], choices[0], choices[2]]
    return next((area for area in choices if not _covered(drawing, area, placed)), choices[0])


def _covered(drawing: Drawing, area: QRectF, placed: list[Bubble]) -> bool:
    if any(bubble.area.intersects(area) for bubble in placed):
        return True
    return any(card.rect.intersects(area) for card in drawing.near(corners(area)))


def paint_bubble(painter: QPainter, bubble: Bubble, ink: Ink, hovered: Repair | None) -> None:
    """Paint one bubble; the repair under the pointer shines."""
    severity = bubble.problem.severity
    back, frame = ink.bubbles[severity]
    painter.setPen(frame)
    painter.setBrush(back)
    painter.drawRoundedRect(bubble.area, 6, 6)
    painter.setFont(metrics.font(_SIZE))
    for run in bubble.runs:
        at = QPointF(bubble.area.x() + run.x, bubble.area.y() + run.y)
        shines = run.repair >= 0 and bubble.problem.repairs[run.repair] is hovered
        colour = ink.text if shines else ink.bubble_text[severity]
        painter.setPen(QPen(colour, 1.0))
        painter.drawText(at, run.text)
        if run.repair >= 0:
            painter.drawLine(QLineF(at.x(), at.y() + 2.5, at.x() + run.width, at.y() + 2.5))
