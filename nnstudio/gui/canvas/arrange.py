"""Lining cards up, spreading them evenly, and the tidy layout; frames follow their cards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF

from nnstudio.graph import layout
from nnstudio.graph.edits import Edit, Group, Move, SetNotes
from nnstudio.graph.notes import Note
from nnstudio.gui.canvas import metrics
from nnstudio.gui.canvas.drawing import Card, Drawing

if TYPE_CHECKING:
    from nnstudio.gui.canvas.canvas import Canvas

Places = dict[str, tuple[float, float]]
FRAME_MARGIN, FRAME_TITLE = 22.0, 26.0


def aligned(cards: list[Card], edge: str) -> Places:
    """Give where cards stand when one of their edges or middles is in line.

    Args:
        cards: At least two.
        edge: "left", "centre", "right", "top", "middle" or "bottom".
    """
    left, top = min(card.x for card in cards), min(card.y for card in cards)
    right = max(card.x for card in cards) + metrics.CARD_WIDTH
    bottom = max(card.y + card.height for card in cards)
    centre, middle = (left + right - metrics.CARD_WIDTH) / 2, (top + bottom) / 2
    moved: Places = {}
    for card in cards:
        x = {"left": left, "centre": centre, "right": right - metrics.CARD_WIDTH}.get(edge, card.x)
        y = {"top": top, "middle": middle - card.height / 2, "bottom": bottom - card.height}
        moved[card.node.id] = (x, y.get(edge, card.y))
    return moved


def distributed(cards: list[Card], way: str) -> Places:
    """Give where cards stand with equal gaps between the two outermost; `way` across or down."""
    across = way == "across"
    ordered = sorted(cards, key=lambda card: (card.x, card.y) if across else (card.y, card.x))
    first, last = ordered[0], ordered[-1]
    sizes = [metrics.CARD_WIDTH if across else card.height for card in ordered]
    start = first.x if across else first.y
    end = (last.x if across else last.y) + sizes[-1]
    gap = (end - start - sum(sizes)) / (len(ordered) - 1)
    moved: Places = {}
    for card, size in zip(ordered, sizes, strict=True):
        moved[card.node.id] = (start, card.y) if across else (card.x, start)
        start += size + gap
    return moved


def members(drawing: Drawing, frame: Note) -> list[str]:
    """Give the ids of the cards that lie in a frame."""
    return [
        card.node.id
        for card in drawing.cards.values()
        if frame.holds(card.x, card.y, metrics.CARD_WIDTH, card.height)
    ]


def around(area: QRectF) -> tuple[float, float, float, float]:
    """Give the area of a frame around some cards."""
    wide = area.adjusted(
        -FRAME_MARGIN, -FRAME_MARGIN - FRAME_TITLE, FRAME_MARGIN, FRAME_MARGIN
    )  # fmt: skip
    return round(wide.x(), 1), round(wide.y(), 1), round(wide.width(), 1), round(wide.height(), 1)


def with_frames(drawing: Drawing, places: Mapping[str, tuple[float, float]]) -> tuple[Note, ...]:
    """Give the notes when cards move: each frame is put around its cards anew."""
    notes = []
    for note in drawing.graph.notes:
        inside = members(drawing, note) if note.frame else []
        if any(one in places for one in inside):
            area = QRectF()
            for one in inside:
                card = drawing.cards[one]
                x, y = places.get(one, (card.x, card.y))
                area = area.united(QRectF(x, y, metrics.CARD_WIDTH, card.height))
            notes.append(replace(note, area=around(area)))
        else:
            notes.append(note)
    return tuple(notes)


class Arranging:
    """The commands that move cards to where they look good."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas

    def align(self, edge: str) -> None:
        """Line the selected cards up."""
        self._move(2, lambda cards: aligned(cards, edge), f"Align {edge}")

    def distribute(self, way: str) -> None:
        """Give the selected cards equal gaps."""
        self._move(3, lambda cards: distributed(cards, way), f"Distribute {way}")

    def _move(self, least: int, place: object, name: str) -> None:
        canvas = self._canvas
        cards = [canvas.drawing.cards[one] for one in canvas.selection]
        if len(cards) < least:
            canvas.message.emit(f"Select at least {least} cards first.")
            return
        assert callable(place)
        wanted = {
            one: (round(x, 1), round(y, 1))
            for one, (x, y) in place(cards).items()
            if (round(x, 1), round(y, 1)) != canvas.drawing.graph.nodes[one].pos
        }
        if wanted:
            canvas.want(Group(name, (Move(wanted),)), canvas.selection)

    def tidy(self, way: str = "") -> None:
        """Lay all cards out neatly, left to right, or with "down" from top to bottom."""
        canvas = self._canvas
        # pictures hang below the ports, so that cards in a row stay level with and without one
        size = (metrics.CARD_WIDTH, metrics.CARD_HEIGHT)
        sizes = dict.fromkeys(canvas.drawing.cards, size)
        wide = max(900.0, canvas.viewport().width() - 80.0)
        move = layout.tidy(canvas.drawing.graph, sizes, wide, downwards=way == "down")
        if move.places:
            canvas.want(self._with_frames(move), canvas.selection)
        canvas.camera.fit()

    def _with_frames(self, move: Move) -> Edit:
        drawing = self._canvas.drawing
        notes = with_frames(drawing, move.places)
        if notes == drawing.graph.notes:
            return move
        return Group(move.title(drawing.graph), (move, SetNotes(notes, "Move frames")))
