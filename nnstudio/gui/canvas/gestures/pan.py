"""Pushing the canvas about with the middle button, or with the space bar held."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QPointF, Qt

from nnstudio.gui.canvas.gestures.base import Keys

if TYPE_CHECKING:
    from nnstudio.gui.canvas.canvas import Canvas


class Pan:
    """The canvas follows the pointer."""

    pans_at_edge: ClassVar[bool] = False

    def __init__(self, canvas: Canvas, at: QPointF) -> None:
        self._canvas = canvas
        self._last = at
        canvas.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)

    def move(self, at: QPointF, keys: Keys) -> None:
        """See `Gesture`."""
        step = at - self._last
        self._canvas.camera.pan(step.x(), step.y())
        self._last = at

    def finish(self, at: QPointF, keys: Keys) -> None:
        """See `Gesture`."""
        self.cancel()

    def cancel(self) -> None:
        """See `Gesture`; the view stays where it was pushed."""
        self._canvas.viewport().unsetCursor()
