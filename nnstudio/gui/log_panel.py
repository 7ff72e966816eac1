"""The Log tab: what the studio did, line by line; the newest stays in sight."""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from nnstudio.gui.style import mono_font

MOST_LINES = 5000


class LogPanel(QWidget):
    """Shows lines; the oldest leave."""

    def __init__(self) -> None:
        super().__init__()
        self._text = QPlainTextEdit()
        self._text.setReadOnly(True)
        self._text.setMaximumBlockCount(MOST_LINES)
        self._text.setFont(mono_font(12))
        self._text.setAccessibleName("Log")
        self._text.setTabChangesFocus(True)
        self._text.setPlaceholderText("What the studio does is written down here.")
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.addWidget(self._text)

    def add(self, lines: Sequence[str]) -> None:
        """Append lines with the time of day."""
        clock = time.strftime("%H:%M:%S")
        self._text.appendPlainText("\n".join(f"{clock}  {line}" for line in lines))

    def text(self) -> str:
        """Give all lines."""
        return self._text.toPlainText()
