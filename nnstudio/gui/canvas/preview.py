"""The preview of a repair: over the faded network, the one that a click would give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from nnstudio.core.errors import StudioError
from nnstudio.graph.edits import Edit
from nnstudio.graph.foresee import Foreseen, foresee
from nnstudio.graph.types import TensorType
from nnstudio.gui.canvas import metrics
from nnstudio.gui.canvas.drawing import Card, Drawing, corners
from nnstudio.gui.canvas.ink import Ink, with_alpha
from nnstudio.gui.canvas.paint_card import Mood, paint_full, paint_titled
from nnstudio.gui.canvas.paint_link import paint_wire

if TYPE_CHECKING:
    from nnstudio.gui.canvas.canvas import Canvas

_LEVEL = 1.5  # above links and cards, below the bubbles with the words under the pointer
_FADE = 0.78  # how much of the present network the veil hides
_TAG_HEIGHT = 16.0


class Preview(QGraphicsItem):
    """Shows what an edit would make of the network; nothing is edited.

    Args:
        canvas: Where it shows.
        area: The whole scene.
    """

    def __init__(self, canvas: Canvas, area: QRectF) -> None:
        super().__init__()
        self._canvas = canvas
        self._area = area
        self._edit: Edit | None = None
        self._seen: Foreseen | None = None
        self._drawing = Drawing()
        self.setZValue(_LEVEL)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.hide()

    @property
    def seen(self) -> Foreseen | None:
        """What shows, or None."""
        return self._seen

    def show_edit(self, edit: Edit | None) -> None:
        """Show what an edit would change; None takes the preview away."""
        if edit is self._edit:
            return
        self._edit = edit
        self._seen = None if edit is None else self._foreseen(edit)
        if self._seen is not None:
            self._draw(self._seen)
        self.setVisible(self._seen is not None)
        self._canvas.refresh()

    def _foreseen(self, edit: Edit) -> Foreseen | None:
        levels = self._canvas.commands.levels
        try:
            return foresee(levels.whole, levels.known, levels.wrapped(edit), levels.path)
        except StudioError:  # the list of problems may lag behind the graph by one event
            return None

    def _draw(self, seen: Foreseen) -> None:
        self._drawing = Drawing()
        self._drawing.show(seen.graph, seen.inference)
        for node, card in self._canvas.drawing.cards.items():
            if node in self._drawing.cards:
                self._drawing.cards[node].picture = card.picture

    def boundingRect(self) -> QRectF:
        return self._area

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        seen, ink = self._seen, self._canvas.stage.ink
        if seen is None:
            return
        exposed = QRectF(option.exposedRect)  # type: ignore[attr-defined]
        painter.fillRect(exposed, with_alpha(ink.colours.canvas, _FADE))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        drawing = self._drawing
        for wire in drawing.visible_wires(*corners(exposed)):
            state = "bad" if wire.bad else "draft" if wire.edge in seen.linked else "rest"
            paint_wire(painter, drawing, wire, ink, state)
        far = painter.worldTransform().m11() < metrics.FULL_SCALE
        paint_card = paint_titled if far else paint_full
        cards = drawing.visible(*corners(exposed))
        for card in cards:
            paint_card(painter, card, drawing.look(card), ink, Mood())
        for card in cards:
            self._mark(painter, card, seen, ink)
            if not far:  # from afar the words would be specks
                self._tag(painter, card, seen, ink)

    def _mark(self, painter: QPainter, card: Card, seen: Foreseen, ink: Ink) -> None:
        """Frame a card that is new or altered."""
        node = card.node.id
        if node in seen.added or node in seen.altered:
            frame = QPen(ink.accent, 2.0)
            if node in seen.added:
                frame.setDashPattern([3.0, 2.0])
            painter.setPen(frame)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(card.rect.adjusted(-2, -2, 2, 2), 8.5, 8.5)

    def _tag(self, painter: QPainter, card: Card, seen: Foreseen, ink: Ink) -> None:
        """Tag a card with its new shape."""
        shapes = seen.reshaped.get(card.node.id)
        if shapes is not None and shapes[1].shape:  # a loss's one number says nothing
            paint_tag(painter, card, shape_words(*shapes), ink)


def shape_words(before: TensorType | None, after: TensorType) -> str:
    """Write a change of shape: "8×8×4 → 8×8×6"; only the new one where none was known."""
    return f"→ {after}" if before is None else f"{before} → {after}"


def paint_tag(painter: QPainter, card: Card, text: str, ink: Ink) -> None:
    """Paint words on the lower edge of a card."""
    width = metrics.mono_metrics(11).horizontalAdvance(text) + 12
    left = card.x + metrics.CARD_WIDTH - width - 6
    area = QRectF(left, card.y + card.height - _TAG_HEIGHT / 2, width, _TAG_HEIGHT)
    painter.setPen(QPen(ink.accent, 1.0))
    painter.setBrush(ink.card)
    painter.drawRoundedRect(area, 4, 4)
    painter.setFont(metrics.mono(11))
    painter.setPen(ink.text)
    painter.drawText(QPointF(area.x() + 6, area.y() + 12), text)
