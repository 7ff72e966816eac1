"""What every gesture offers to the canvas."""

from __future__ import annotations

from typing import ClassVar, Protocol

from PySide6.QtCore import QPointF, Qt

Keys = Qt.KeyboardModifier


class Gesture(Protocol):
    """Something done with the pointer between press and release; points in the viewport.

    Attributes:
        pans_at_edge: Whether the canvas moves along while the pointer is held at its edge.
    """

    pans_at_edge: ClassVar[bool]

    def move(self, at: QPointF, keys: Keys) -> None:
        """Follow the pointer."""

    def finish(self, at: QPointF, keys: Keys) -> None:
        """The button was released: ask for the edit, take back what only the gesture showed."""

    def cancel(self) -> None:
        """Break off: everything looks as before the press."""
