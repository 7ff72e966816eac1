"""A fold that hides what few people need until they ask for it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget


class Fold(QWidget):
    """A button that names what it hides, and the hidden widgets under it.

    Args:
        names: What lies inside, in the words of the rows.
        widgets: The rows.
    """

    def __init__(self, names: Sequence[str], widgets: Sequence[QWidget]) -> None:
        super().__init__()
        words = ", ".join(name.lower() for name in names)
        self._button = QToolButton()
        self._button.setCheckable(True)
        self._button.setProperty("role", "flat")
        self._button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._button.setText("More")
        self._button.setToolTip(f"Show or hide {words}.")
        self._button.setAccessibleName(f"More: {words}")
        self._inside = QWidget()
        rows = QVBoxLayout(self._inside)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(5)
        for widget in widgets:
            rows.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        column.addWidget(self._button)
        column.addWidget(self._inside)
        self._button.toggled.connect(self._show)
        self._show(False)

    def unfold(self) -> None:
        """Show what lies inside."""
        self._button.setChecked(True)

    def is_open(self) -> bool:
        """Whether what lies inside can be seen."""
        return self._button.isChecked()

    def _show(self, on: bool) -> None:
        self._inside.setVisible(on)
        self._button.setArrowType(Qt.ArrowType.DownArrow if on else Qt.ArrowType.RightArrow)
