"""Ctrl+K: everything by name — actions, layers to add, nodes to go to, recent files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

WIDTH_PX, HEIGHT_PX = 520, 360
MOST = 60
_HINT = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that can be done.

    Attributes:
        text: What a person reads.
        hint: Shortcut or kind, at the right end.
        run: Does it.
    """

    text: str
    hint: str
    run: Callable[[], object]


def rank(query: str, text: str) -> int | None:
    """Say how well a text answers a query: 0 best, None not at all.

    >>> rank("tr", "Train"), rank("add co", "Add Conv"), rank("xyz", "Train") is None
    (0, 0, True)
    """
    wanted, found = query.lower().split(), text.lower()
    if not all(word in found for word in wanted):
        return None
    if found.startswith(query.lower().strip()):
        return 0
    starts = found.split()
    return 1 if all(any(one.startswith(word) for one in starts) for word in wanted) else 2


def matching(entries: Sequence[Entry], query: str) -> list[Entry]:
    """Give the entries that answer a query, the best first."""
    ranked = [(rank(query, entry.text), i, entry) for i, entry in enumerate(entries)]
    found = sorted((one for one in ranked if one[0] is not None), key=lambda one: one[:2])
    return [entry for _, _, entry in found[:MOST]]


class _HintPainter(QStyledItemDelegate):
    """Writes the hint dim at the right end of a row."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        super().paint(painter, option, index)
        painter.save()
        painter.setPen(option.palette.placeholderText().color())  # type: ignore[attr-defined]
        area = option.rect.adjusted(0, 0, -10, 0)  # type: ignore[attr-defined]
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(area, right, str(index.data(_HINT) or ""))
        painter.restore()


class CommandPalette(QWidget):
    """A search field with a list, over the window; Esc or a click elsewhere closes it."""

    def __init__(self, host: QWidget) -> None:
        super().__init__(host)
        self.setObjectName("commands")
        self._host = host
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._entries: list[Entry] = []
        self._shown: list[Entry] = []
        self.field = QLineEdit()
        self.field.setPlaceholderText("What do you want to do?")
        self.field.setAccessibleName("Find a command")
        self.list = QListWidget()
        self.list.setAccessibleName("Commands")
        self.list.setItemDelegate(_HintPainter(self.list))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self.field)
        column.addWidget(self.list)
        self.field.textChanged.connect(self._search)
        self.field.installEventFilter(self)
        self.list.itemClicked.connect(lambda _: self._run())
        self.hide()

    def open(self, entries: Sequence[Entry]) -> None:
        """Show the palette over its window, empty."""
        self._entries = list(entries)
        host = self._host
        width = min(WIDTH_PX, host.width() - 40)
        self.setGeometry((host.width() - width) // 2, 52, width, min(HEIGHT_PX, host.height() - 90))
        self.field.clear()
        self._search("")
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _search(self, query: str) -> None:
        self._shown = matching(self._entries, query)
        self.list.clear()
        for entry in self._shown:
            item = QListWidgetItem(entry.text)
            item.setData(_HINT, entry.hint)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{entry.text} {entry.hint}")
            self.list.addItem(item)
        self.list.setCurrentRow(0)

    def _run(self) -> None:
        row = self.list.currentRow()
        self.hide()
        self._host.setFocus()
        if 0 <= row < len(self._shown):
            self._shown[row].run()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut:
            self.hide()
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        if step is not None and self._shown:
            self.list.setCurrentRow((self.list.currentRow() + step) % len(self._shown))
            return True
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._run()
            return True
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
            self._host.setFocus()
            return True
        return False
