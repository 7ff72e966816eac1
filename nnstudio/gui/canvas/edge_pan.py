"""Moving the canvas along while something is dragged to its edge and held there."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QTimer
from PySide6.QtWidgets import QWidget

from nnstudio.gui.canvas.camera import Camera
from nnstudio.gui.canvas.gestures.base import Gesture, Keys

_EDGE_PX = 18.0
_FASTEST_PX = 14.0  # in a frame
_FRAME_MS = 16


class EdgePan:
    """Pans the faster the further the pointer is beyond the edge."""

    def __init__(self, viewport: QWidget, camera: Camera) -> None:
        self._viewport = viewport
        self._camera = camera
        self._held: tuple[Gesture, QPointF, Keys] | None = None
        self._timer = QTimer(viewport)
        self._timer.setInterval(_FRAME_MS)
        self._timer.timeout.connect(self._step)

    def follow(self, gesture: Gesture, at: QPointF, keys: Keys) -> None:
        """Take notice of where a gesture is; begin or stop to pan."""
        if gesture.pans_at_edge and self._push(at) != (0.0, 0.0):
            self._held = gesture, at, keys
            if not self._timer.isActive():
                self._timer.start()
        else:
            self.stop()

    def stop(self) -> None:
        """Pan no longer."""
        self._timer.stop()
        self._held = None

    def _push(self, at: QPointF) -> tuple[float, float]:
        """Give how far to pan in a frame, right and down."""
        return (_beyond(at.x(), self._viewport.width()), _beyond(at.y(), self._viewport.height()))

    def _step(self) -> None:
        if self._held is None:
            return
        gesture, at, keys = self._held
        right, down = self._push(at)
        self._camera.pan(-right, -down)
        gesture.move(at, keys)


def _beyond(at: float, size: int) -> float:
    """Give how far a coordinate is beyond the calm middle, at most `_FASTEST_PX`."""
    over = max(0.0, at - (size - _EDGE_PX)) - max(0.0, _EDGE_PX - at)
    return max(-_FASTEST_PX, min(_FASTEST_PX, over / 2))
