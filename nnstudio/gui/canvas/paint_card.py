"""Painting of one card at the three levels of detail: full, title, block."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPolygonF

from nnstudio.gui.canvas import metrics
from nnstudio.gui.canvas.drawing import Card
from nnstudio.gui.canvas.ink import Ink
from nnstudio.gui.canvas.look import CardLook

_TEXT_WIDTH = metrics.CARD_WIDTH - metrics.TEXT_X - metrics.RIGHT_MARGIN
_CHIP_HEIGHT = 15.5
_CHIP_PAD = 6.0
_CHIP_GAP = 5.0


@dataclass(frozen=True, slots=True)
class Mood:
    """How a card stands out at this moment; a bare one keeps shapes and numbers to itself."""

    selected: bool = False
    hovered: bool = False
    ghost: bool = False
    bare: bool = False


def paint_full(painter: QPainter, card: Card, look: CardLook, ink: Ink, mood: Mood) -> None:
    """Paint a card with all its words."""
    painter.save()
    painter.translate(card.x, card.y)
    if mood.ghost:
        painter.setOpacity(0.72)
    _paint_body(painter, card, look, ink, mood)
    _paint_words(painter, look, ink)
    below = 41.5
    if card.picture is not None:
        _paint_picture(painter, card, below)
        below += metrics.PICTURE_HEIGHT
    if not mood.bare:
        _paint_chips(painter, look, ink, below + 1.0)
    paint_light(painter, card.light, metrics.CARD_WIDTH - 13.0, 15.0, 3.6, ink)
    named = mood.selected or mood.hovered or card.problem is not None or _was_named(card)
    if named and look.essentials:
        _paint_name(painter, look, ink)
    painter.restore()


def _was_named(card: Card) -> bool:
    return card.node.name not in {"", card.node.id}


def _paint_body(painter: QPainter, card: Card, look: CardLook, ink: Ink, mood: Mood) -> None:
    height = card.height
    outline = QRectF(0.5, 0.5, metrics.CARD_WIDTH - 1, height - 1)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink.shadow)
    for grow in (4.0, 3.0, 2.0, 1.0, 0.0):
        painter.drawRoundedRect(
            outline.adjusted(-grow, -grow + 2.5, grow, grow + 2.5),
            metrics.RADIUS + grow, metrics.RADIUS + grow,
        )  # fmt: skip
    broken = card.light == "error"
    if mood.selected or broken:
        painter.setPen(ink.glow if mood.selected else ink.glow_error)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(
            outline.adjusted(-1.5, -1.5, 1.5, 1.5), metrics.RADIUS + 1.5, metrics.RADIUS + 1.5
        )
    if card.node.block is not None:  # a second card behind says that more is inside
        painter.setPen(ink.border)
        painter.setBrush(ink.card)
        painter.drawRoundedRect(outline.translated(4, 4), metrics.RADIUS, metrics.RADIUS)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink.card)
    painter.drawRoundedRect(outline, metrics.RADIUS, metrics.RADIUS)
    painter.setBrush(ink.category(look.category))
    painter.drawPath(_bar(height))
    pen = ink.border_hover if mood.hovered else ink.border
    if mood.selected:
        pen = ink.border_selected
    elif broken:
        pen = ink.border_error
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(outline, metrics.RADIUS, metrics.RADIUS)


@lru_cache(maxsize=8)
def _bar(height: float) -> QPainterPath:
    """Give the colour bar: the left end of the card's rounded outline."""
    whole = QPainterPath()
    whole.addRoundedRect(QRectF(0, 0, metrics.CARD_WIDTH, height), metrics.RADIUS, metrics.RADIUS)
    strip = QPainterPath()
    strip.addRect(QRectF(0, 0, metrics.BAR_WIDTH, height))
    return whole.intersected(strip)


def _paint_words(painter: QPainter, look: CardLook, ink: Ink) -> None:
    painter.setFont(metrics.font(13, 600))
    painter.setPen(ink.text)
    painter.drawText(QPointF(metrics.TEXT_X, 20.0), elided(look.title, _TEXT_WIDTH - 10, 13, 600))
    painter.setFont(metrics.font(12))
    painter.setPen(ink.dim)
    painter.drawText(
        QPointF(metrics.TEXT_X, 36.0), elided(look.essentials or look.name, _TEXT_WIDTH, 12)
    )


def _paint_name(painter: QPainter, look: CardLook, ink: Ink) -> None:
    painter.setFont(metrics.font(10))
    painter.setPen(ink.dim)
    painter.drawText(QPointF(2.0, -6.0), elided(look.name, metrics.CARD_WIDTH, 10))


@lru_cache(maxsize=4096)
def elided(text: str, width: float, pixels: int, weight: int = 400) -> str:
    """Shorten a text to a width, with an ellipsis."""
    return metrics.text_metrics(pixels, weight).elidedText(text, Qt.TextElideMode.ElideRight, width)


@lru_cache(maxsize=4096)
def _chips(shape: str, parameters: str) -> tuple[tuple[str, float], ...]:
    """Choose the chips' texts and widths so that they fit into one row."""
    measure = metrics.mono_metrics(11)
    texts = [text for text in (shape, parameters) if text]
    chips = [(text, measure.horizontalAdvance(text) + 2 * _CHIP_PAD) for text in texts]
    spare = _TEXT_WIDTH + 3 - sum(width for _, width in chips) - _CHIP_GAP * (len(chips) - 1)
    if spare < 0 and len(chips) == 2:
        short = _shortened(parameters)
        chips[1] = (short, measure.horizontalAdvance(short) + 2 * _CHIP_PAD)
    return tuple(chips)


def _shortened(parameters: str) -> str:
    """Write 1,792 as 1.8k, where there is no room."""
    number = int(parameters.replace(",", ""))
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{float(f'{number / size:.2g}'):g}{unit}"
    return parameters


def _paint_chips(painter: QPainter, look: CardLook, ink: Ink, top: float) -> None:
    painter.setFont(metrics.mono(11))
    x = metrics.TEXT_X - 1
    if not look.shape:
        painter.setPen(ink.dim)
        painter.drawText(QPointF(x + 1, top + 11.8), "?")
    for text, width in _chips(look.shape, look.parameters):
        area = QRectF(x, top, width, _CHIP_HEIGHT)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink.chip)
        painter.drawRoundedRect(area, 3.5, 3.5)
        painter.setPen(ink.text)
        painter.drawText(QPointF(x + _CHIP_PAD, top + 11.8), text)
        x += width + _CHIP_GAP


def _paint_picture(painter: QPainter, card: Card, top: float) -> None:
    picture = card.picture
    if picture is None or picture.isNull():
        return
    height = metrics.PICTURE_HEIGHT - 4.0
    width = min(_TEXT_WIDTH, height * picture.width() / max(1, picture.height()))
    painter.drawImage(QRectF(metrics.TEXT_X - 1, top, width, height), picture)


def paint_light(painter: QPainter, light: str, x: float, y: float, size: float, ink: Ink) -> None:
    """Paint a health light: a dot, a triangle or a square, so that colour never speaks alone."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink.lights[light])
    if light == "error":
        painter.drawRoundedRect(QRectF(x - size, y - size, 2 * size, 2 * size), 1.2, 1.2)
    elif light == "warn":
        painter.drawPolygon(
            QPolygonF(
                [
                    QPointF(x - size * 1.15, y + size),
                    QPointF(x + size * 1.15, y + size),
                    QPointF(x, y - size * 1.1),
                ]
            )
        )
    else:
        painter.drawEllipse(QPointF(x, y), size, size)


def paint_titled(painter: QPainter, card: Card, look: CardLook, ink: Ink, mood: Mood) -> None:
    """Paint a card as a tile with its title in large letters, for a canvas seen from afar."""
    area = card.rect
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink.card)
    painter.drawRect(area)
    painter.setBrush(ink.category(look.category))
    painter.drawRect(QRectF(card.x, card.y, 7.0, card.height))
    paint_frame(painter, card, ink, mood)
    wide = metrics.CARD_WIDTH - 20
    pixels = _largest(look.title, wide)
    painter.setFont(metrics.font(pixels, 600))
    painter.setPen(ink.text)
    at = QPointF(card.x + 15, card.y + 32)
    painter.drawText(at, elided(look.title, wide, pixels, 600))
    if card.light in {"warn", "error"}:
        paint_light(painter, card.light, card.x + metrics.CARD_WIDTH - 15, card.y + 52, 6.0, ink)
    painter.setFont(metrics.mono(16))
    painter.setPen(ink.dim)
    painter.drawText(QPointF(card.x + 15, card.y + 55), look.shape)


@lru_cache(maxsize=4096)
def _largest(title: str, width: float) -> int:
    """Give the largest letters in which a title fits, or the smallest if it never does."""
    sizes = (17, 15)
    fitting = [
        size for size in sizes if metrics.text_metrics(size, 600).horizontalAdvance(title) <= width
    ]
    return fitting[0] if fitting else sizes[-1]


def paint_frame(painter: QPainter, card: Card, ink: Ink, mood: Mood) -> None:
    """Paint the frame of a card seen from afar."""
    if mood.selected:
        painter.setPen(ink.glow)
    elif card.light == "error":
        painter.setPen(ink.glow_error)
    else:
        painter.setPen(ink.border)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(card.rect)
