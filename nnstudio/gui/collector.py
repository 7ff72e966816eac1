"""Runs Python's garbage collector on the window's thread alone.

Python collects on whichever thread allocates. When the engine's lane or the formulas' thread found
a closed dialog among the garbage, it destroyed Qt's objects away from Qt's thread, which crashed.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

INTERVAL_MS = 100
THRESHOLDS = (700, 10, 50)


class Collector(QObject):
    """Looks now and then whether a round is due; automatic rounds are off while it lives.

    Args:
        parent: Usually the application.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.setObjectName("collector")
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def look(self) -> None:
        """Collect the oldest generation that is due."""
        counts = gc.get_count()
        for generation in (2, 1, 0):
            if counts[generation] > THRESHOLDS[generation]:
                gc.collect(generation)
                return

    def stop(self) -> None:
        """Let Python collect by itself again, after a last round here."""
        self._timer.stop()
        gc.collect()
        gc.enable()
