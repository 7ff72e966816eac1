"""Renaming a card in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit

from nnstudio.graph.edits import Rename
from nnstudio.gui.canvas import metrics

if TYPE_CHECKING:
    from nnstudio.gui.canvas.canvas import Canvas


class RenameField(QLineEdit):
    """A field over a card's title; Enter or a click elsewhere takes the name, Escape does not."""

    def __init__(self, canvas: Canvas, node: str) -> None:
        super().__init__(canvas.viewport())
        self._canvas = canvas
        self._node = node
        card = canvas.drawing.cards[node]
        self.setObjectName("rename-field")
        self.setAccessibleName(f"New name of {card.node.label}")
        self.setMaxLength(200)
        self.setText(card.node.label)
        self.selectAll()
        self._place()
        self.installEventFilter(self)
        self.editingFinished.connect(self._take)
        canvas.view_changed.connect(self._place)
        self.show()
        self.setFocus()

    def _place(self) -> None:
        card = self._canvas.drawing.cards.get(self._node)
        if card is None:
            return
        area = self._canvas.mapFromScene(card.rect).boundingRect()
        height = self.sizeHint().height()
        width = max(110, int(metrics.CARD_WIDTH * self._canvas.camera.scale))
        self.setGeometry(area.left(), area.top() - height - 2, width, height)

    def _take(self) -> None:
        if self.isHidden():
            return
        self._close()
        node = self._canvas.drawing.graph.nodes.get(self._node)
        name = self.text().strip()
        if node is not None and name and name != node.label:
            self._canvas.want(Rename(self._node, name), self._canvas.selection)

    def _close(self) -> None:
        self.hide()
        self.deleteLater()
        self._canvas.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        super().keyPressEvent(event)
        event.accept()  # the canvas behind must not take what is typed here

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            self.setText("")
            self._close()
            return True
        return super().eventFilter(watched, event)
