"""Hands for tests: pointing at cards, links and fields as a person does."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget

from nnstudio.gui.window import Window

LEFT = Qt.MouseButton.LeftButton


def on_canvas(window: Window, x: float, y: float) -> QPoint:
    return window.canvas.viewportTransform().map(QPointF(x, y)).toPoint()


def click_card(window: Window, node: str) -> None:
    card = window.canvas.drawing.cards[node]
    QTest.mouseClick(
        window.canvas.viewport(), LEFT, pos=on_canvas(window, card.x + 70, card.y + 14)
    )


def click_link(window: Window, src: str, dst: str, port: str = "x") -> None:
    cards = window.canvas.drawing.cards
    start, end = cards[src].output_at("y"), cards[dst].input_at(port)
    middle = on_canvas(window, (start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    QTest.mouseMove(window.canvas.viewport(), middle)
    QTest.mouseClick(window.canvas.viewport(), LEFT, pos=middle)


def retype(edit: QWidget, text: str) -> None:
    assert isinstance(edit, QLineEdit)
    edit.setFocus()
    edit.selectAll()
    QTest.keyClicks(edit, text)
    QTest.keyClick(edit, Qt.Key.Key_Return)


def repairs(widget: QWidget) -> list[QPushButton]:
    found = widget.findChildren(QPushButton, "repair")
    return [button for button in found if isinstance(button, QPushButton)]


def button(window: Window, name: str) -> QWidget:
    found = window.topbar.findChild(QWidget, f"{name} button")
    assert found is not None
    return found
