"""Tells the session that somebody works with the window, so that training leaves it a processor."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject

OFTEN_ENOUGH_S = 0.1
ACTS = frozenset(
    {
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
        QEvent.Type.KeyPress,
    }
)


class Courtesy(QObject):
    """Watches the widgets that must stay smooth; the whole application would be too much to watch.

    Args:
        acts: Called while somebody moves, clicks, scrolls or types; at most ten times a second.
        widgets: What is watched.
        parent: Owns this watcher.
    """

    def __init__(
        self, acts: Callable[[], None], widgets: tuple[QObject, ...], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._acts = acts
        self._told_at_s = 0.0
        for widget in widgets:
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take note, and let the event pass."""
        if event.type() in ACTS:
            now = time.monotonic()
            if now - self._told_at_s > OFTEN_ENOUGH_S:
                self._told_at_s = now
                self._acts()
        return False
