"""The field at the top of the canvas that finds cards by name, title or kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit

if TYPE_CHECKING:
    from nnstudio.gui.canvas.canvas import Canvas


class FindField(QLineEdit):
    """Selects and shows what is found; Enter goes on, Shift+Enter back, Escape closes."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._at = -1
        self.setObjectName("find-field")
        self.setPlaceholderText("Find a card: name or layer")
        self.setAccessibleName("Find a card by name or layer")
        self.setFixedWidth(240)
        self.move((canvas.width() - 240) // 2, 10)
        self.textChanged.connect(self._begin)
        self.installEventFilter(self)
        self.show()
        self.setFocus()

    def found(self) -> list[str]:
        """Give the ids of the cards that match, in the order of the graph."""
        wanted = self.text().strip().lower()
        if not wanted:
            return []
        nodes = self._canvas.drawing.graph.nodes.values()
        return [
            node.id
            for node in nodes
            if wanted in f"{node.label} {node.layer.headline(node.params)} {node.kind}".lower()
        ]

    def _begin(self) -> None:
        self._at = -1
        self._step(1)

    def _step(self, by: int) -> None:
        found = self.found()
        if not found:
            if self.text().strip():
                self._canvas.message.emit(f"No card matches '{self.text().strip()}'.")
            return
        self._at = (self._at + by) % len(found)
        self._canvas.select((found[self._at],))
        self._canvas.camera.hold()
        self._canvas.camera.reveal(self._canvas.drawing.cards[found[self._at]].rect)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        super().keyPressEvent(event)
        event.accept()  # the canvas behind must not take what is typed here

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
                back = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
                self._step(-1 if back else 1)
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.hide()
                self.setParent(None)
                self.deleteLater()
                self._canvas.setFocus()
                return True
        return super().eventFilter(watched, event)
