"""Notes on the canvas: sticky texts, and coloured frames around cards; no layer knows of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nnstudio.core.errors import StudioError

COLOURS = ("yellow", "blue", "green", "red", "purple", "grey")
MOST_TEXT = 4_000
MOST_NOTES = 2_000
_FAR = 1e9


@dataclass(frozen=True, slots=True)
class Note:
    """One text or frame.

    Attributes:
        id: Unique among the notes of its graph.
        text: What it says; the title of a frame.
        area: (x, y, width, height) in canvas units.
        colour: One of `COLOURS`.
        frame: Whether it frames cards, and moves them with it.
    """

    id: str
    text: str
    area: tuple[float, float, float, float]
    colour: str = "yellow"
    frame: bool = False

    def holds(self, x: float, y: float, width: float, height: float) -> bool:
        """Whether a rectangle lies inside."""
        left, top, wide, high = self.area
        return left <= x and top <= y and x + width <= left + wide and y + height <= top + high


def free_note_id(notes: tuple[Note, ...]) -> str:
    """Give an id that no note has."""
    taken = {note.id for note in notes}
    number = 1
    while f"note{number}" in taken:
        number += 1
    return f"note{number}"


def note_json(note: Note) -> dict[str, Any]:
    """Give a note as JSON values."""
    return {
        "id": note.id,
        "text": note.text,
        "area": list(note.area),
        "colour": note.colour,
        "frame": note.frame,
    }


def notes_from_json(document: object) -> tuple[Note, ...]:
    """Read the notes of a graph.

    Raises:
        StudioError: Something is missing or of the wrong kind.
    """
    if not isinstance(document, list) or len(document) > MOST_NOTES:
        raise StudioError(f"The notes on the canvas are damaged, or more than {MOST_NOTES:,}.")
    notes = tuple(_note(entry) for entry in document)
    if len({note.id for note in notes}) < len(notes):
        raise StudioError("The notes on the canvas are damaged: two have the same id.")
    return notes


def _note(document: object) -> Note:
    try:
        if not isinstance(document, Mapping):
            raise TypeError
        note_id, text, colour = (document[name] for name in ("id", "text", "colour"))
        x, y, width, height = (float(one) for one in document["area"])
        sound = all(isinstance(one, str) and one.encode() is not None for one in (note_id, text))
        near = all(math.isfinite(one) and abs(one) < _FAR for one in (x, y, width, height))
        if not (sound and near and note_id and len(text) <= MOST_TEXT and min(width, height) > 0):
            raise ValueError
    except (KeyError, TypeError, ValueError) as error:
        raise StudioError("A note on the canvas is damaged.", details=repr(error)) from error
    return Note(
        note_id,
        text,
        (x, y, width, height),
        colour if colour in COLOURS else COLOURS[0],
        document.get("frame") is True,
    )
