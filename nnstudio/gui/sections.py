"""The building blocks of the inspector: titled sections, cards of lines, small labels."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget


def label(text: str, role: str = "", *, wrap: bool = False) -> QLabel:
    """Give a label in one of the style sheet's roles."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        made.setProperty("role", role)
    made.setWordWrap(wrap)
    return made


def card(*widgets: QWidget) -> QWidget:
    """Give a darker card that holds widgets."""
    holder = QWidget()
    holder.setObjectName("card")
    holder.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    column = QVBoxLayout(holder)
    column.setContentsMargins(10, 8, 10, 8)
    column.setSpacing(4)
    for widget in widgets:
        column.addWidget(widget)
    return holder


def lines_card(lines: Iterable[str]) -> QWidget:
    """Give a card of lines in the hand of formulas."""
    return card(*(label(line, "formula", wrap=True) for line in lines))


class Section(QWidget):
    """A small heading with widgets under it."""

    def __init__(self, title: str, *widgets: QWidget) -> None:
        super().__init__()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 8, 0, 0)
        self._column.setSpacing(6)
        heading = label(title.upper(), "section")
        heading.setAccessibleName(title)
        self._column.addWidget(heading)
        for widget in widgets:
            self._column.addWidget(widget)

    def add(self, widget: QWidget) -> None:
        """Put a widget at the end."""
        self._column.addWidget(widget)

    def replace(self, old: QWidget, new: QWidget) -> None:
        """Put a widget in the place of another."""
        self._column.replaceWidget(old, new)
        old.deleteLater()
