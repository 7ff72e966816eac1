"""Pressing the underlined words of a repair in a problem bubble."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QPointF

from nnstudio.graph.problems import Repair
from nnstudio.gui.canvas.gestures.base import Keys

if TYPE_CHECKING:
    from nnstudio.gui.canvas.canvas import Canvas


class PressRepair:
    """Asks for the repair when the button is released on the words on which it was pressed."""

    pans_at_edge: ClassVar[bool] = False

    def __init__(self, canvas: Canvas, repair: Repair) -> None:
        self._canvas = canvas
        self._repair = repair

    def move(self, at: QPointF, keys: Keys) -> None:
        """See `Gesture`."""

    def finish(self, at: QPointF, keys: Keys) -> None:
        """See `Gesture`."""
        canvas = self._canvas
        hit = canvas.stage.hit(*canvas.scene_point(at), canvas.camera.scale)
        if hit.repair is self._repair:
            canvas.want(self._repair.edit)

    def cancel(self) -> None:
        """See `Gesture`."""
