"""What one can do with notes and frames without pointing."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QMenu

from nnstudio.graph.edits import SetNotes
from nnstudio.graph.notes import COLOURS, Note, free_note_id
from nnstudio.gui.canvas.arrange import around
from nnstudio.gui.canvas.note_field import NoteField

if TYPE_CHECKING:
    from nnstudio.gui.canvas.canvas import Canvas

WIDTH, HEIGHT = 170.0, 84.0


class NoteCommands:
    """Adds, writes, colours and takes away notes and frames."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas

    def add(self, at: QPointF | None = None) -> None:
        """Put a sticky text at a place of the canvas, or in the middle, and write on it."""
        place = self._canvas.camera.visible().center() if at is None else at
        x, y = round(place.x() - WIDTH / 2, 1), round(place.y() - HEIGHT / 2, 1)
        self._put(Note(self._free(), "", (x, y, WIDTH, HEIGHT)), "Add a note")

    def frame(self) -> None:
        """Draw a frame around the selected cards and write its title."""
        canvas = self._canvas
        if not canvas.selection:
            canvas.message.emit("Select the cards first that the frame shall hold.")
            return
        area = around(canvas.drawing.bounds(canvas.selection))
        self._put(Note(self._free(), "", area, "blue", frame=True), "Add a frame")

    def _free(self) -> str:
        return free_note_id(self._canvas.drawing.graph.notes)

    def _put(self, note: Note, name: str) -> None:
        canvas = self._canvas
        canvas.want(SetNotes((*canvas.drawing.graph.notes, note), name), canvas.selection)
        if note.id in canvas.drawing.notes:
            canvas.select_note(note.id)
            self.write(note.id)

    def write(self, note_id: str) -> None:
        """Write on a note."""
        if note_id in self._canvas.drawing.notes:
            NoteField(self._canvas, note_id)

    def without(self, ids: set[str]) -> SetNotes:
        """Give the edit that takes notes away."""
        notes = tuple(one for one in self._canvas.drawing.graph.notes if one.id not in ids)
        return SetNotes(notes, "Delete a note" if len(ids) == 1 else f"Delete {len(ids)} notes")

    def recolour(self, note_id: str, colour: str) -> None:
        """Give a note another colour."""
        notes = self._canvas.drawing.graph.notes
        changed = (replace(one, colour=colour) if one.id == note_id else one for one in notes)
        self._canvas.want(SetNotes(tuple(changed), f"Colour a note {colour}"))

    def nudge(self, ids: set[str], dx: float, dy: float) -> None:
        """Move notes by some units."""
        changed = (
            replace(one, area=(one.area[0] + dx, one.area[1] + dy, *one.area[2:]))
            if one.id in ids else one
            for one in self._canvas.drawing.graph.notes
        )  # fmt: skip
        self._canvas.want(SetNotes(tuple(changed), "Move a note"))

    def fill_menu(self, menu: QMenu, note_id: str) -> None:
        """Offer what can be done with a note."""
        menu.addAction("Write", lambda: self.write(note_id))
        colours = menu.addMenu("Colour")
        for colour in COLOURS:
            colours.addAction(colour.capitalize(), partial(self.recolour, note_id, colour))
        menu.addAction("Delete", lambda: self._canvas.want(self.without({note_id})))
