"""The canvas as assistive tools see it: a list of cards, each with its name, place and state."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRect, QRectF
from PySide6.QtGui import QAccessible, QAccessibleInterface

from nnstudio.gui.canvas.speech import describe_card, describe_links

if TYPE_CHECKING:
    from nnstudio.gui.canvas.canvas import Canvas


class CardFace(QAccessibleInterface):
    """One card; it stays the same while the card is there, so that readers know it again."""

    def __init__(self, canvas: Canvas, node: str) -> None:
        super().__init__()
        self._canvas = canvas
        self.node = node

    def isValid(self) -> bool:
        return self.node in self._canvas.drawing.cards

    def object(self) -> QObject | None:  # type: ignore[override]
        return None

    def parent(self) -> QAccessibleInterface:
        return QAccessible.queryAccessibleInterface(self._canvas)

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]
        return None

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]
        return None

    def childCount(self) -> int:
        return 0

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return -1

    def text(self, which: QAccessible.Text) -> str:
        if not self.isValid():
            return ""
        drawing = self._canvas.drawing
        if which == QAccessible.Text.Name:
            return describe_card(drawing, drawing.cards[self.node])
        if which == QAccessible.Text.Description:
            return describe_links(drawing, self.node)
        return ""

    def setText(self, which: QAccessible.Text, text: str) -> None:
        pass

    def rect(self) -> QRect:
        if not self.isValid():
            return QRect()
        card = self._canvas.drawing.cards[self.node]
        return _on_screen(self._canvas, card.rect)

    def role(self) -> QAccessible.Role:
        return QAccessible.Role.ListItem

    def state(self) -> QAccessible.State:
        state = QAccessible.State()
        state.selectable = state.focusable = True  # type: ignore[assignment]
        state.selected = self.node in self._canvas.selection  # type: ignore[assignment]
        last = self._canvas.selection[-1:] == (self.node,)
        state.focused = last and self._canvas.hasFocus()  # type: ignore[assignment]
        state.invalid = not self.isValid()  # type: ignore[assignment]
        return state


class CanvasFace(QAccessibleInterface):
    """The canvas with a child a card."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__()
        self._canvas = canvas
        self._faces: dict[str, CardFace] = {}

    def isValid(self) -> bool:
        return True

    def object(self) -> QObject:
        return self._canvas

    def parent(self) -> QAccessibleInterface:
        return QAccessible.queryAccessibleInterface(self._canvas.parentWidget() or self._canvas)

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]
        nodes = list(self._canvas.drawing.cards)
        return self._face(nodes[index]) if 0 <= index < len(nodes) else None

    def _face(self, node: str) -> CardFace:
        if node not in self._faces:
            self._faces[node] = CardFace(self._canvas, node)
        return self._faces[node]

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]
        viewport = self._canvas.viewport()
        at = viewport.mapFromGlobal(QRect(x, y, 1, 1).topLeft())
        card = self._canvas.stage.card_at(*self._canvas.scene_point(at))
        return None if card is None else self._face(card.node.id)

    def focusChild(self) -> QAccessibleInterface | None:  # type: ignore[override]
        chosen = self._canvas.selection
        return self._face(chosen[-1]) if chosen and self._canvas.hasFocus() else None

    def childCount(self) -> int:
        return len(self._canvas.drawing.cards)

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        nodes = list(self._canvas.drawing.cards)
        return nodes.index(child.node) if isinstance(child, CardFace) and child.isValid() else -1

    def text(self, which: QAccessible.Text) -> str:
        if which == QAccessible.Text.Name:
            return self._canvas.accessibleName()
        if which == QAccessible.Text.Description:
            return self._canvas.accessibleDescription()
        return ""

    def setText(self, which: QAccessible.Text, text: str) -> None:
        pass

    def rect(self) -> QRect:
        corner = self._canvas.mapToGlobal(QRect().topLeft())
        return QRect(corner, self._canvas.size())

    def role(self) -> QAccessible.Role:
        return QAccessible.Role.List

    def state(self) -> QAccessible.State:
        state = QAccessible.State()
        state.focusable = state.multiSelectable = True  # type: ignore[assignment]
        state.focused = self._canvas.hasFocus()  # type: ignore[assignment]
        state.invisible = not self._canvas.isVisible()  # type: ignore[assignment]
        return state


def _on_screen(canvas: Canvas, area: QRectF) -> QRect:
    shown = canvas.mapFromScene(area).boundingRect()
    return QRect(canvas.viewport().mapToGlobal(shown.topLeft()), shown.size())


@cache
def install() -> None:
    """Let Qt ask here how a canvas shall be told of; once for the application."""

    def face(_key: str, thing: QObject) -> QAccessibleInterface | None:
        make = getattr(thing, "accessible_face", None)
        return make() if callable(make) else None

    QAccessible.installFactory(face)
