"""Paints what the pointer reads from a plot: a line, a dot on each curve, and a box of values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from nnstudio.gui.curve_axis import number_words
from nnstudio.gui.curve_clock import place_words
from nnstudio.gui.curve_layout import LINE_PX, Layout, Scene
from nnstudio.gui.curve_lines import Line
from nnstudio.gui.curve_paint import LEFT, RIGHT, SHARP
from nnstudio.gui.theme import Colours

NEAR_PX = 5.0  # how near to a mark the pointer tells of it


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """What one line is at the pointer."""

    line: Line
    value: float


def read(scene: Scene, x: float) -> list[Read]:
    """Give the value of every line that reaches a place; the present run comes first."""
    lines = sorted(scene.lines, key=lambda line: not line.main)
    near = [(line, line.value_at(x)) for line in lines]
    return [Read(line, found[1]) for line, found in near if found is not None]


def paint_pointer(
    painter: QPainter, layout: Layout, scene: Scene, x: float, width: float, colours: Colours
) -> None:
    """Paint line, dots and values over a plot that is `width` pixels wide."""
    frame, reads = layout.frame, read(scene, x)
    at = float(frame.px(np.array([x]))[0])
    if not reads or not frame.left - 0.5 <= at <= frame.right + 0.5:
        return
    painter.setRenderHint(SHARP, True)
    painter.setPen(QPen(QColor(colours.text_dim), 1))
    painter.drawLine(QPointF(at, frame.top), QPointF(at, frame.bottom))
    painter.setPen(QPen(QColor(colours.panel), 1))
    heights = frame.py(np.array([one.value for one in reads])).tolist()
    for one, y in zip(reads, heights, strict=True):
        if np.isfinite(one.value) and frame.top - 2 <= y <= frame.bottom + 2:
            painter.setBrush(QColor(one.line.colour))
            painter.drawEllipse(QPointF(at, y), 3.5, 3.5)
    marks = [
        words
        for place, words in scene.marks
        if abs(float(frame.px(np.array([place]))[0]) - at) <= NEAR_PX
    ]
    title = " · ".join([place_words(x, scene.unit), *marks])
    most = max(2, int((frame.bottom - frame.top - 10) / LINE_PX) - 1)
    _box(painter, at, width, frame.top, title, rows(reads, most, percent=scene.percent), colours)


def rows(reads: Sequence[Read], most: int, *, percent: bool) -> list[tuple[str, str, str]]:
    """Give name, words and colour of each row: one a line, or one a run where those are many."""
    single = [
        (one.line.name or "now", number_words(one.value, percent), one.line.colour) for one in reads
    ]
    if len(single) <= most:
        return single
    runs: dict[str, list[Read]] = {}
    for one in reads:
        runs.setdefault(one.line.run, []).append(one)
    joined = [
        (run or "this run", " · ".join(number_words(one.value, percent) for one in mine[:3]),
         mine[0].line.colour)
        for run, mine in runs.items()
    ]  # fmt: skip
    found = single if max(map(len, runs.values())) > 3 else joined
    if len(found) <= most:
        return found
    return [*found[: most - 1], (f"and {len(found) - most + 1} more", "", "")]


def _box(
    painter: QPainter,
    at: float,
    room: float,
    top: float,
    title: str,
    shown: Sequence[tuple[str, str, str]],
    colours: Colours,
) -> None:
    measure = painter.fontMetrics().horizontalAdvance
    names = max(measure(name) for name, *_ in shown)
    numbers = max(measure(words) for _, words, _ in shown)
    width = min(max(names + numbers + 42, measure(title) + 16), room - 4)
    left = at + 8 if at + 8 + width < room else at - width - 8
    left = max(min(left, room - width - 2), 2.0)
    box = QRectF(left, top + 2, width, LINE_PX * (len(shown) + 1) + 8)
    painter.setPen(QPen(QColor(colours.card_border), 1))
    painter.setBrush(QColor(colours.card))
    painter.drawRoundedRect(box, 4, 4)
    line = QRectF(box.left() + 8, box.top() + 4, width - 16, LINE_PX)
    painter.setPen(QColor(colours.text_dim))
    cut = painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, int(width) - 14)
    painter.drawText(line, LEFT, cut)
    for name, words, colour in shown:
        line.translate(0, LINE_PX)
        if colour:
            painter.fillRect(QRectF(line.left(), line.top() + 4, 8, 6), QColor(colour))
        painter.setPen(QColor(colours.text))
        painter.drawText(line.adjusted(14, 0, 0, 0), LEFT, name)
        painter.drawText(line, RIGHT, words)
