"""Paints one plot, laid out by `curve_layout`: on the screen, into pictures and into SVG alike."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QPolygonF

from nnstudio.gui.curve_band import paint_band, polygon
from nnstudio.gui.curve_layout import LINE_PX, Frame, Label, Layout, Scene
from nnstudio.gui.curve_lines import Line, Sampled
from nnstudio.gui.style import text_font
from nnstudio.gui.theme import Colours

Floats = NDArray[np.float64]
MOST_DOTS = 60
BAND_ALPHA, MANY_ALPHA = 0.18, 0.10
MANY = 8  # from so many lines on, bands are drawn in dots of two pixels
MARK_ROWS = 3
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
CENTRE = Qt.AlignmentFlag.AlignCenter
SHARP = QPainter.RenderHint.Antialiasing


def small_font() -> QFont:
    """Give the font of axes and labels."""
    font = text_font()
    font.setPixelSize(11)
    return font


def paint(
    painter: QPainter, layout: Layout, scene: Scene, colours: Colours, *, vector: bool = False
) -> None:
    """Paint a plot.

    Args:
        painter: Paints on a background that is already there, in the font of small words.
        layout: Where everything stands.
        scene: What shows.
        colours: The theme's.
        vector: Whether it goes into a file of shapes, in which no pixels are wanted.
    """
    frame = layout.frame
    _axes(painter, layout, colours)
    area = QRectF(frame.left, frame.top - 2, frame.right - frame.left, frame.bottom - frame.top + 4)
    painter.save()
    painter.setClipRect(area)
    alpha = BAND_ALPHA if len(layout.lines) < 4 else MANY_ALPHA
    size = 1 if len(layout.lines) < MANY else 2
    for line, one in layout.lines:
        if line.marks is not None or not len(one.band_x):
            continue
        if one.band.width == 1:
            _raw_line(painter, frame, line, one, alpha)
        else:
            fill = QColor(line.colour)
            fill.setAlphaF(alpha)
            paint_band(painter, frame, one, fill, size=size, vector=vector)
    _guides(painter, frame, scene, colours)
    for line, one in layout.lines:
        _line(painter, frame, line, one, many=len(layout.lines) >= MANY)
    _overflow(painter, layout, scene, colours)
    painter.restore()
    _marks(painter, layout, scene, colours)
    _ends(painter, layout, colours)
    if layout.message:
        painter.setPen(QColor(colours.text_dim))
        painter.drawText(area, CENTRE | Qt.TextFlag.TextWordWrap, layout.message)


def _axes(painter: QPainter, layout: Layout, colours: Colours) -> None:
    frame = layout.frame
    painter.setRenderHint(SHARP, False)
    grid, words = QPen(QColor(colours.divider), 1), QColor(colours.text_dim)
    heights = frame.py_of_places(np.array([tick.place for tick in layout.y_ticks]))
    for tick, y in zip(layout.y_ticks, heights.tolist(), strict=True):
        painter.setPen(grid)
        painter.drawLine(QPointF(frame.left, round(y)), QPointF(frame.right, round(y)))
        painter.setPen(words)
        painter.drawText(QRectF(0, y - 8, frame.left - 7, 16), RIGHT, tick.words)
    painter.setPen(QPen(QColor(colours.card_border), 1))
    painter.drawLine(QPointF(frame.left, frame.bottom), QPointF(frame.right, frame.bottom))
    places = frame.px(np.array([tick.place for tick in layout.x_ticks]))
    for tick, x in zip(layout.x_ticks, places.tolist(), strict=True):
        painter.setPen(QPen(QColor(colours.card_border), 1))
        painter.drawLine(QPointF(round(x), frame.bottom), QPointF(round(x), frame.bottom + 3))
        painter.setPen(words)
        box = QRectF(x - 60, frame.bottom + 4, 120, 15)
        box.moveLeft(
            max(box.left(), 2 - (120 - painter.fontMetrics().horizontalAdvance(tick.words)) / 2)
        )
        painter.drawText(box, CENTRE, tick.words)


def _raw_line(painter: QPainter, frame: Frame, line: Line, one: Sampled, alpha: float) -> None:
    """Draw the raw values where there is room for each of them."""
    colour = QColor(line.colour)
    colour.setAlphaF(2.2 * alpha)
    painter.setRenderHint(SHARP, True)
    painter.setPen(QPen(colour, 1))
    for x, y in _pieces(one.band_x, one.band.mean):
        painter.drawPolyline(polygon(frame.px(x), frame.py(y)))


def _pieces(x: Floats, y: Floats) -> list[tuple[Floats, Floats]]:
    """Cut a line where values are missing."""
    known = np.isfinite(y)
    if known.all():
        return [(x, y)]
    edges = np.flatnonzero(np.diff(np.concatenate([[False], known, [False]]).astype(np.int8)))
    return [(x[a:b], y[a:b]) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _line(painter: QPainter, frame: Frame, line: Line, one: Sampled, *, many: bool) -> None:
    """Draw one line; what is measured once an epoch has a dot at each, while they are few."""
    measured = line.marks is not None
    wide = 2.0 if line.main else 1.5 if measured else 1.2
    colour = QColor(line.colour)
    painter.setRenderHint(SHARP, True)
    pen = QPen(colour, 1.0 if many and not line.main and not measured else wide)
    pen.setJoinStyle(Qt.PenJoinStyle.BevelJoin)
    for x, y in _pieces(one.x, one.y):
        px, py = frame.px(x), frame.py(y)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if len(x) > 1:
            painter.drawPolyline(polygon(px, py))
        if len(x) == 1 or (measured and len(one.x) <= MOST_DOTS):
            dot = QPen(colour, 5)
            dot.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(dot)
            painter.drawPoints(polygon(px, py))


def _guides(painter: QPainter, frame: Frame, scene: Scene, colours: Colours) -> None:
    painter.setPen(QPen(QColor(colours.ok), 1, Qt.PenStyle.DashLine))
    for y in frame.py(np.array(scene.guides, float)).tolist():
        painter.drawLine(QPointF(frame.left, y), QPointF(frame.right, y))


def _overflow(painter: QPainter, layout: Layout, scene: Scene, colours: Colours) -> None:
    """Mark where values were not finite: a strip at the foot, and words at the first."""
    frame = layout.frame
    painter.setRenderHint(SHARP, False)
    for _, one in layout.lines:
        for start, end in one.bad:
            left, right = frame.px(np.array([start, end])).tolist()
            strip = QRectF(left - 1, frame.bottom - 4, max(right - left + 2, 3), 4)
            painter.fillRect(strip, QColor(colours.error))
    if scene.overflow is None:
        return
    x = float(frame.px(np.array([scene.overflow]))[0])
    painter.setPen(QPen(QColor(colours.error), 1, Qt.PenStyle.DashLine))
    painter.drawLine(QPointF(x, frame.top), QPointF(x, frame.bottom))
    words = "not a number"
    width = painter.fontMetrics().horizontalAdvance(words) + 8
    left = x + 3 if x + width + 6 < frame.right else x - width - 3
    box = QRectF(left, frame.bottom - 24, width, LINE_PX + 2)
    painter.fillRect(box, QColor(colours.error_back))
    painter.setPen(QColor(colours.error))
    painter.drawText(box, CENTRE, words)


def _marks(painter: QPainter, layout: Layout, scene: Scene, colours: Colours) -> None:
    """Mark what a person changed during the run: a line, a flag, and words while there is room."""
    frame, warn = layout.frame, QColor(colours.warn)
    shown = [(float(frame.px(np.array([x]))[0]), words) for x, words in sorted(scene.marks)]
    shown = [(x, words) for x, words in shown if frame.left <= x <= frame.right]
    for x, _ in shown:
        painter.setRenderHint(SHARP, False)
        painter.setPen(QPen(warn, 1, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(x, frame.top), QPointF(x, frame.bottom))
        painter.setRenderHint(SHARP, True)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(warn)
        corners = ((x, frame.bottom - 7), (x - 4, frame.bottom), (x + 4, frame.bottom))
        painter.drawPolygon(QPolygonF([QPointF(*corner) for corner in corners]))
    taken = [_label_box(label).adjusted(-4, -2, 4, 2) for label in layout.labels]
    for x, words in shown:
        width = painter.fontMetrics().horizontalAdvance(words) + 6.0
        left = min(x + 2, max(frame.right - width, frame.left))
        for row in range(MARK_ROWS):
            box = QRectF(left, frame.top + row * (LINE_PX + 2), width, LINE_PX + 1)
            if not any(box.intersects(other) for other in taken):
                taken.append(box)
                painter.fillRect(box, QColor(colours.panel))
                painter.setPen(warn)
                painter.drawText(box, CENTRE, words)
                break


def _label_box(label: Label) -> QRectF:
    return QRectF(label.left, label.middle - LINE_PX / 2, label.width + 2, LINE_PX)


def _ends(painter: QPainter, layout: Layout, colours: Colours) -> None:
    """Write the words at the ends of lines, over whatever is behind them."""
    behind = QColor(colours.panel)
    for label in layout.labels:
        box = _label_box(label)
        painter.fillRect(box.adjusted(-2, 0, 1, 0), behind)
        painter.setPen(QColor(label.colour))
        painter.drawText(box, LEFT | Qt.TextFlag.TextDontClip, label.text)
