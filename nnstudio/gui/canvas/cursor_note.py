"""A short note beside the pointer, such as why a link is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QLabel

if TYPE_CHECKING:
    from nnstudio.gui.canvas.canvas import Canvas


class CursorNote:
    """Says one sentence at the pointer while a gesture lasts."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._label: QLabel | None = None

    @property
    def text(self) -> str:
        """What it says now."""
        return "" if self._label is None or self._label.isHidden() else self._label.text()

    def say(self, text: str, at: QPointF) -> None:
        """Show a sentence near a point of the viewport, or nothing for ""."""
        if not text:
            self.hide()
            return
        label = self._label or self._make()
        label.setText(text)
        label.adjustSize()
        room = self._canvas.viewport().rect()
        x = min(int(at.x()) + 16, room.width() - label.width() - 4)
        y = min(int(at.y()) + 18, room.height() - label.height() - 4)
        label.move(max(4, x), max(4, y))
        label.show()

    def _make(self) -> QLabel:
        colours = self._canvas.theme.palette()
        self._label = QLabel(self._canvas.viewport())
        self._label.setObjectName("cursor-note")
        self._label.setStyleSheet(
            f"background: {colours.error_back}; color: {colours.text};"
            f"border: 1px solid {colours.error}; border-radius: 5px; padding: 4px 8px;"
        )
        return self._label

    def hide(self) -> None:
        """Take the note away."""
        if self._label is not None:
            self._label.hide()
            self._label.deleteLater()
            self._label = None
