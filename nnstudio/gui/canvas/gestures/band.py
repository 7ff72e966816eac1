"""Selecting with a rubber band drawn over the bare canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QPointF, QRectF

from nnstudio.gui.canvas.drawing import corners
from nnstudio.gui.canvas.gestures.base import Keys

if TYPE_CHECKING:
    from nnstudio.gui.canvas.canvas import Canvas


class RubberBand:
    """Selects all cards the band touches; with `add`, on top of those already selected."""

    pans_at_edge: ClassVar[bool] = True

    def __init__(self, canvas: Canvas, at: QPointF, add: bool) -> None:
        self._canvas = canvas
        self._corner = QPointF(*canvas.scene_point(at))
        self._before = canvas.selection
        self._kept = canvas.selection if add else ()
        if not add:
            canvas.set_selection(())

    def move(self, at: QPointF, keys: Keys) -> None:
        """See `Gesture`."""
        canvas = self._canvas
        band = QRectF(self._corner, QPointF(*canvas.scene_point(at))).normalized()
        canvas.stage.band = band
        touched = [
            card.node.id
            for card in canvas.drawing.visible(*corners(band))
            if card.rect.intersects(band)
        ]
        canvas.set_selection((*self._kept, *touched))
        canvas.refresh()

    def finish(self, at: QPointF, keys: Keys) -> None:
        """See `Gesture`."""
        self._canvas.stage.band = None
        self._canvas.refresh()

    def cancel(self) -> None:
        """See `Gesture`."""
        self._canvas.stage.band = None
        self._canvas.set_selection(self._before)
