"""Every key on one sheet: those of the window, of the canvas, and the letters of the layers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from nnstudio.graph.registry import all_layers
from nnstudio.gui.actions import Actions
from nnstudio.gui.canvas.commands import RESERVED, TABLE
from nnstudio.gui.sections import Section, label

HANDS = (
    ("Wheel", "Zoom to the pointer"),
    ("Space + drag", "Pan"),
    ("Shift + click", "Link the selected card to this one"),
    ("Tab, arrows", "Go from card to card"),
)


class KeysSheet(QDialog):
    """All keys, with a field that narrows them down.

    Args:
        actions: The window's actions.
        parent: The window.
    """

    def __init__(self, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Keys")
        self.resize(820, 600)
        self.field = QLineEdit()
        self.field.setPlaceholderText("Search keys and what they do")
        self.field.setAccessibleName("Search keys")
        self.field.textChanged.connect(self._search)
        self._rows: list[tuple[str, tuple[QWidget, QWidget]]] = []
        page = QWidget()
        columns = QHBoxLayout(page)
        columns.setSpacing(32)
        of_window = list(window_keys(actions))
        of_canvas = [one for one in canvas_keys() if one not in of_window]
        left, right = QVBoxLayout(), QVBoxLayout()
        left.addWidget(Section("In the window", self._table(of_window)))
        right.addWidget(Section("On the canvas", self._table(of_canvas)))
        right.addWidget(Section("Letters add a layer", self._table(layer_keys())))
        for column in (left, right):
            column.addStretch(1)
            columns.addLayout(column, 1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(page)
        area.setAccessibleName("Keys")
        outer = QVBoxLayout(self)
        outer.addWidget(self.field)
        outer.addWidget(area)

    def _table(self, keys: Iterable[tuple[str, str]]) -> QWidget:
        holder = QWidget()
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setColumnStretch(1, 1)
        grid.setHorizontalSpacing(14)
        for row, (key, text) in enumerate(keys):
            pair = label(key, "key"), label(text, wrap=True)
            for place, widget in enumerate(pair):
                grid.addWidget(widget, row, place)
            self._rows.append((f"{key} {text}".lower(), pair))
        return holder

    def _search(self, query: str) -> None:
        wanted = query.lower().split()
        for text, pair in self._rows:
            for widget in pair:
                widget.setVisible(all(word in text for word in wanted))

    def shown(self) -> list[str]:
        """Give what shows now: "f5 train …"."""
        return [text for text, pair in self._rows if not pair[0].isHidden()]


def window_keys(actions: Actions) -> Iterator[tuple[str, str]]:
    """Give the keys of the window's actions."""
    for action in actions.all():
        keys = ", ".join(_native(one.toString()) for one in action.shortcuts())
        if keys:
            words = action.text().replace("&", "").rstrip("…").partition(":")[0]
            yield keys, words


def canvas_keys() -> Iterator[tuple[str, str]]:
    """Give what the canvas takes: keys and hands."""
    taken: set[str] = set()
    for command in TABLE:
        if command.keys and command.name not in taken:
            taken.add(command.name)
            words = f"{command.menu}: {command.name.lower()}" if command.menu else command.name
            yield _native(command.keys), words
    yield from HANDS


def layer_keys() -> Iterator[tuple[str, str]]:
    """Give the letters of the layers."""
    for layer in all_layers().values():
        if layer.shortcut and layer.shortcut not in RESERVED:
            yield layer.shortcut, layer.title


def _native(keys: str) -> str:
    """Write keys as this system does."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText) or keys
