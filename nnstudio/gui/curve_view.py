"""The stretch of the horizontal axis that all plots show together, and where the pointer is."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

CLOSEST = 1e-7  # of the whole axis; a run of a million steps can be seen step by step


class CurveView(QObject):
    """Zoomed and panned by any plot; the others follow.

    Attributes:
        total: How far the axis goes when all shows.
        pointer: Place under the pointer, or None.
    """

    moved = Signal()
    pointed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.total = 1.0
        self.pointer: float | None = None
        self._range: tuple[float, float] | None = None

    @property
    def free(self) -> bool:
        """Whether everything shows."""
        return self._range is None

    @property
    def range(self) -> tuple[float, float]:
        """What shows now."""
        return self._range or (0.0, self.total)

    def fit(self) -> None:
        """Show everything, and keep doing so while the run grows."""
        if self._range is not None:
            self._range = None
            self.moved.emit()

    def show(self, low: float, high: float) -> None:
        """Show a stretch; never so little or so far off that nothing could be found again."""
        span = min(max(high - low, CLOSEST * self.total), 1.25 * self.total)
        middle = min(max((low + high) / 2, 0.0), self.total)
        wanted = middle - span / 2, middle + span / 2
        if wanted != self.range:
            self._range = wanted
            self.moved.emit()

    def zoom(self, factor: float, around: float) -> None:
        """Show `factor` times as much, with one place staying where it is."""
        low, high = self.range
        self.show(around + (low - around) * factor, around + (high - around) * factor)

    def pan(self, by: float) -> None:
        """Move by a distance on the axis."""
        low, high = self.range
        self.show(low + by, high + by)

    def point(self, x: float | None) -> None:
        """Tell where the pointer is."""
        if x != self.pointer:
            self.pointer = x
            self.pointed.emit()
