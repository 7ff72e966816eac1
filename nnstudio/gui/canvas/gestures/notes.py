"""Dragging notes and frames, a frame with all that is in it; and making them larger."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QPointF

from nnstudio.graph.edits import Edit, Group, Move, SetNotes
from nnstudio.graph.notes import Note
from nnstudio.gui.canvas import metrics
from nnstudio.gui.canvas.arrange import members
from nnstudio.gui.canvas.gestures.base import Keys

if TYPE_CHECKING:
    from nnstudio.gui.canvas.canvas import Canvas

_LEAST = (60.0, 34.0)


class DragNote:
    """Moves the pressed note, or with `by_corner` its lower right corner."""

    pans_at_edge: ClassVar[bool] = True

    def __init__(self, canvas: Canvas, at: QPointF, note_id: str, by_corner: bool) -> None:
        self._canvas = canvas
        self._by_corner = by_corner
        self._pressed_at = at
        self._pressed = canvas.scene_point(at)
        note = self._note = canvas.drawing.notes[note_id]
        canvas.select_note(note_id)
        carries = note.frame and not by_corner
        cards = canvas.drawing.cards
        inside = members(canvas.drawing, note) if carries else []
        self._cards = {one: (cards[one].x, cards[one].y) for one in inside}
        self._notes = {note.id: note}
        if carries:
            others = (one for one in canvas.drawing.notes.values() if note.holds(*one.area))
            self._notes |= {one.id: one for one in others}
        self._moved = False

    def move(self, at: QPointF, keys: Keys) -> None:
        """See `Gesture`."""
        way = at - self._pressed_at
        if not self._moved and way.manhattanLength() < metrics.DRAG_START_PX:
            return
        self._moved = True
        x, y = self._canvas.scene_point(at)
        dx, dy = x - self._pressed[0], y - self._pressed[1]
        drawing = self._canvas.drawing
        drawing.notes |= {one.id: self._changed(one, dx, dy) for one in self._notes.values()}
        drawing.place({one: (x + dx, y + dy) for one, (x, y) in self._cards.items()})
        self._canvas.refresh()

    def _changed(self, note: Note, dx: float, dy: float) -> Note:
        x, y, width, height = note.area
        if self._by_corner:
            width, height = max(_LEAST[0], width + dx), max(_LEAST[1], height + dy)
        else:
            x, y = x + dx, y + dy
        return replace(note, area=(round(x, 1), round(y, 1), round(width, 1), round(height, 1)))

    def finish(self, at: QPointF, keys: Keys) -> None:
        """See `Gesture`."""
        canvas, drawing = self._canvas, self._canvas.drawing
        if not self._moved:
            return
        notes = tuple(drawing.notes[one.id] for one in drawing.graph.notes)
        cards = {
            one: (round(drawing.cards[one].x, 1), round(drawing.cards[one].y, 1))
            for one in self._cards
        }
        self.cancel()
        what = "frame" if self._note.frame else "note"
        name = f"Resize the {what}" if self._by_corner else f"Move the {what}"
        edit: Edit = SetNotes(notes, name)
        canvas.want(Group(name, (edit, Move(cards))) if cards else edit)

    def cancel(self) -> None:
        """See `Gesture`."""
        self._canvas.drawing.put_back()
        self._canvas.refresh()
