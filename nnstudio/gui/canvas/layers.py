"""The layers of the scene: notes, links, cards, bubbles, and what a gesture shows.

A layer paints all its things at once. A thousand graphics items of their own would cost a
thousand calls from C++ into Python for every frame; see tests/perf/canvas.py.
"""

from __future__ import annotations

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from nnstudio.gui.canvas import metrics
from nnstudio.gui.canvas.bubbles import paint_bubble
from nnstudio.gui.canvas.doors import paint_door, placed
from nnstudio.gui.canvas.drawing import Card, Wire, corners
from nnstudio.gui.canvas.far import draw_lines, frame_areas
from nnstudio.gui.canvas.ink import with_alpha
from nnstudio.gui.canvas.paint_card import Mood, paint_full
from nnstudio.gui.canvas.paint_link import paint_label, paint_port, paint_wire
from nnstudio.gui.canvas.paint_note import note_rect, paint_note
from nnstudio.gui.canvas.sprites import Sprites
from nnstudio.gui.canvas.stage import Stage

WHOLE = QRectF(-200_000, -200_000, 400_000, 400_000)
_LABEL_SCALE = 1.7


class Layer(QGraphicsItem):
    """A layer that covers the whole scene."""

    def __init__(self, stage: Stage, level: int) -> None:
        super().__init__()
        self.stage = stage
        self.setZValue(level)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def boundingRect(self) -> QRectF:
        return WHOLE


def _exposed(option: QStyleOptionGraphicsItem) -> QRectF:
    """Give the part of the canvas that has to be painted."""
    return QRectF(option.exposedRect)  # type: ignore[attr-defined]


class NoteLayer(Layer):
    """Notes and frames, below everything else; small ones above those that hold them."""

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        exposed, stage = _exposed(option), self.stage
        for note in stage.drawing.notes.values():
            if note_rect(note).intersects(exposed):
                paint_note(painter, note, stage.ink, note.id in stage.selected_notes)


class LinkLayer(Layer):
    """All links."""

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        if painter.worldTransform().m11() < metrics.TITLE_SCALE:
            self._paint_far(painter)
            return
        drawing = self.stage.drawing
        by_state: dict[str, list[Wire]] = {}
        for wire in drawing.visible_wires(*corners(_exposed(option))):
            if wire.edge != self.stage.hidden:
                by_state.setdefault(self._state(wire), []).append(wire)
        for door in placed(drawing, self.stage.doors):
            paint_door(painter, door, self.stage.ink)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for state in ("rest", "bad", "active", "hover"):
            for wire in by_state.get(state, ()):
                paint_wire(painter, drawing, wire, self.stage.ink, state)

    def _paint_far(self, painter: QPainter) -> None:
        stage, drawing = self.stage, self.stage.drawing
        stage.far.paint_lines(painter, drawing, stage.ink)
        lit = [edge for node in stage.selected for edge in drawing.graph.outgoing(node)]
        lit += [*stage.selected_links, *(one for one in (stage.hover.edge, stage.splice) if one)]
        wires = [drawing.wires[edge] for edge in lit if edge in drawing.wires]
        lines = [QLineF(*wire.start, *wire.end) for wire in wires if not wire.bad]
        draw_lines(painter, lines, stage.ink, "active")

    def _state(self, wire: Wire) -> str:
        stage = self.stage
        if wire.edge in {stage.hover.edge, stage.splice}:
            return "hover"
        if wire.bad:
            return "bad"
        selected = stage.selected
        if wire.edge in stage.selected_links or wire.edge.src.node in selected:
            return "active"
        return "rest"


class CardLayer(Layer):
    """All cards, in the detail that the scale allows."""

    def __init__(self, stage: Stage, level: int) -> None:
        super().__init__(stage, level)
        self._sprites = Sprites()

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        if painter.worldTransform().m11() < metrics.TITLE_SCALE:
            self._paint_blocks(painter)
            return
        cards = self.stage.drawing.visible(*corners(_exposed(option)))
        look = self.stage.drawing.look
        dressed = [(card, look(card), self._mood(card)) for card in self._stacked(cards)]
        if widget is not None:
            self._sprites.draw(painter, dressed, self.stage.ink, self.stage.zooming)
            return
        # drawn into a file, where lines and letters have to stay such
        for card, words, mood in dressed:
            paint_full(painter, card, words, self.stage.ink, mood)

    def _stacked(self, cards: list[Card]) -> list[Card]:
        """Let selected cards, and above all those being dragged, lie on top."""
        raised = {**self.stage.selected, **dict.fromkeys(self.stage.ghosts)}
        if not raised:
            return cards
        return sorted(cards, key=lambda card: card.node.id in raised)

    def _mood(self, card: Card) -> Mood:
        node, stage = card.node.id, self.stage
        return Mood(
            node in stage.selected, node == stage.hover.node, node in stage.ghosts, stage.bare
        )

    def _paint_blocks(self, painter: QPainter) -> None:
        """Paint cards as coloured blocks, all of one colour at once."""
        stage = self.stage
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        stage.far.paint_blocks(painter, stage.drawing, stage.ink)
        chosen = [stage.drawing.cards[node].rect for node in stage.selected]
        frame_areas(painter, chosen, QPen(stage.ink.accent, 2.0))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)


class BubbleLayer(Layer):
    """Labels on links and problem bubbles; above all cards."""

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        scale = painter.worldTransform().m11()
        self._paint_labels(painter, _exposed(option), scale)
        for bubble in self.stage.bubbles:
            if bubble.area.intersects(_exposed(option)):
                paint_bubble(painter, bubble, self.stage.ink, self.stage.hover.repair)

    def _paint_labels(self, painter: QPainter, exposed: QRectF, scale: float) -> None:
        drawing, hovered = self.stage.drawing, self.stage.hover.edge
        if scale >= _LABEL_SCALE and not self.stage.bare:
            wires = drawing.visible_wires(*corners(exposed))
        else:
            wires = [drawing.wires[hovered]] if hovered in drawing.wires else []
        for wire in wires:
            if wire.kind is not None and scale >= metrics.TITLE_SCALE:
                path = drawing.path(wire)
                paint_label(painter, path, str(wire.kind), self.stage.ink, scale)


class GestureLayer(Layer):
    """What shows only while something is done: ports, the drafted link, guides, the rubber band."""

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        stage, ink = self.stage, self.stage.ink
        if stage.draft is not None:
            painter.setPen(ink.link(2.0, "bad" if stage.draft_refused else "draft"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPath(stage.draft)
        self._paint_ports(painter)
        if stage.by_keys and stage.selected:
            self._paint_focus(painter, stage.drawing.cards[next(reversed(stage.selected))])
        if stage.ghost_card is not None:
            self._paint_ghost(painter, stage.ghost_card)
        if stage.guides:
            guide = QPen(with_alpha(ink.colours.accent, 0.75), 1.0)
            guide.setCosmetic(True)
            painter.setPen(guide)
            painter.drawLines([QLineF(a, b) for a, b in stage.guides])
        if stage.band is not None:
            edge = QPen(ink.accent, 1.0)
            edge.setCosmetic(True)
            painter.setPen(edge)
            painter.setBrush(with_alpha(ink.colours.accent, 0.12))
            painter.drawRect(stage.band)

    def _paint_focus(self, painter: QPainter, card: Card) -> None:
        """Show to which of the selected cards keys speak."""
        ring = QPen(self.stage.ink.text, 1.5, Qt.PenStyle.DashLine)
        ring.setCosmetic(True)
        painter.setPen(ring)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        wide = 5.0 / min(1.0, painter.worldTransform().m11())
        above = wide + (14.0 if painter.worldTransform().m11() >= metrics.FULL_SCALE else 0.0)
        painter.drawRoundedRect(card.rect.adjusted(-wide, -above, wide, wide), 9.0, 9.0)

    def _paint_ports(self, painter: QPainter) -> None:
        stage = self.stage
        if painter.worldTransform().m11() < metrics.TITLE_SCALE:
            return
        card = stage.drawing.cards.get(stage.hover.node)
        if card is not None and not stage.ports and stage.draft is None:
            for port in card.node.layer.inputs:
                paint_port(painter, card.input_at(port.name), stage.ink, "rest")
            for port in card.node.layer.outputs:
                paint_port(painter, card.output_at(port.name), stage.ink, "rest")
            if stage.hover.port is not None:
                name = stage.hover.port.port
                at = card.output_at(name) if stage.hover.is_output else card.input_at(name)
                paint_port(painter, at, stage.ink, "fits")
        for ref, state in stage.ports.items():
            owner = stage.drawing.cards[ref.node]
            at = owner.output_at(ref.port) if stage.ports_give else owner.input_at(ref.port)
            paint_port(painter, at, stage.ink, state)

    def _paint_ghost(self, painter: QPainter, area: QRectF) -> None:
        ink = self.stage.ink
        painter.setOpacity(0.7)
        painter.setPen(ink.border_selected)
        painter.setBrush(ink.card)
        painter.drawRoundedRect(area, metrics.RADIUS, metrics.RADIUS)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink.category(self.stage.ghost_category))
        painter.drawRoundedRect(
            QRectF(area.x(), area.y(), metrics.BAR_WIDTH, area.height()), 2.0, 2.0
        )
        painter.setOpacity(1.0)


ALL: tuple[type[Layer], ...] = (NoteLayer, LinkLayer, CardLayer, BubbleLayer, GestureLayer)
