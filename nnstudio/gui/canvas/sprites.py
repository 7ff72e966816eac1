"""Cards kept as pictures in the size in which they show, so that panning only copies pixels.

A card takes about 0.11 ms to paint and 0.01 ms to copy (tests/perf/canvas.py, 144 cards at 58 %:
17 ms before, 3 ms after). A picture is made anew as soon as the card, the colours or the size
change; only while a zoom is under way old ones are stretched, and few new ones made in a frame.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap

from nnstudio.gui.canvas import metrics
from nnstudio.gui.canvas.drawing import Card
from nnstudio.gui.canvas.ink import Ink
from nnstudio.gui.canvas.look import CardLook
from nnstudio.gui.canvas.paint_card import Mood, paint_full, paint_titled

_LEFT, _TOP, _RIGHT, _BOTTOM = 8.0, 20.0, 8.0, 10.0  # room for name, glow and shadow
_SPARE = 200  # pictures of cards out of sight that are kept, 60 kB each
_NEW_IN_ZOOM = 30
_LARGEST = 3.5  # device pixels a canvas unit; larger cards are few and painted directly

Paint = Callable[[QPainter, Card, CardLook, Ink, Mood], None]


class Sprites:
    """The pictures of the cards that showed last."""

    def __init__(self) -> None:
        self._made: dict[str, tuple[tuple[object, ...], float, QPixmap]] = {}
        self._left = 0

    def draw(
        self,
        painter: QPainter,
        cards: list[tuple[Card, CardLook, Mood]],
        ink: Ink,
        zooming: bool,
    ) -> None:
        """Draw cards in the detail that the painter's scale allows.

        Args:
            painter: On the canvas, in canvas units.
            cards: The cards with their words and moods.
            ink: The colours.
            zooming: Whether old pictures may be stretched for now.
        """
        to_view = painter.worldTransform()
        scale = to_view.m11()
        device = painter.device()
        ratio = device.devicePixelRatioF() if device is not None else 1.0
        paint = paint_full if scale >= metrics.FULL_SCALE else paint_titled
        if scale * ratio > _LARGEST:
            for card, look, mood in cards:
                paint(painter, card, look, ink, mood)
            return
        if len(self._made) > _SPARE + 2 * len(cards):
            shown = {card.node.id for card, _, _ in cards}
            self._made = {one: made for one, made in self._made.items() if one in shown}
        self._left = _NEW_IN_ZOOM if zooming else len(cards)
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for card, look, mood in cards:
            corner = to_view.map(QPointF(card.x - _LEFT, card.y - _TOP))
            made, picture = self._picture(card, look, ink, mood, paint, scale * ratio, zooming)
            # on whole device pixels, so that pictures stay as crisp as they were painted
            x = round(corner.x() * ratio) / ratio
            y = round(corner.y() * ratio) / ratio
            if made == scale * ratio:
                if picture.devicePixelRatio() != ratio:
                    picture.setDevicePixelRatio(ratio)
                painter.drawPixmap(QPointF(x, y), picture)
            else:
                wide = picture.width() * scale / made
                area = QRectF(x, y, wide, picture.height() * scale / made)
                painter.drawPixmap(area, picture, QRectF(picture.rect()))
        painter.restore()

    def _picture(
        self,
        card: Card,
        look: CardLook,
        ink: Ink,
        mood: Mood,
        paint: Paint,
        scale: float,
        zooming: bool,
    ) -> tuple[float, QPixmap]:
        """Give a card's picture and the scale for which it was made."""
        shown = 0 if card.picture is None else card.picture.cacheKey()
        key = (look, card.light, card.problem is None, shown, mood, ink, paint)
        known = self._made.get(card.node.id)
        if known is not None:
            same = known[0] == key and known[1] == scale
            near = zooming and (self._left <= 0 or 0.5 < scale / known[1] < 2.0)
            if same or near:
                return known[1], known[2]
        self._left -= 1
        picture = _painted(card, look, ink, mood, paint, scale)
        self._made[card.node.id] = (key, scale, picture)
        return scale, picture


def _painted(
    card: Card, look: CardLook, ink: Ink, mood: Mood, paint: Paint, scale: float
) -> QPixmap:
    width = math.ceil((metrics.CARD_WIDTH + _LEFT + _RIGHT) * scale)
    picture = QPixmap(width, math.ceil((card.height + _TOP + _BOTTOM) * scale))
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(scale, scale)
    painter.translate(_LEFT - card.x, _TOP - card.y)
    paint(painter, card, look, ink, mood)
    painter.end()
    return picture
