"""A canvas with a graph on it that is edited as the window would edit it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from nnstudio.graph.edits import Edit
from nnstudio.graph.model import Graph
from nnstudio.gui.canvas import Canvas
from nnstudio.gui.theme import Theme
from tests.gui.canvas import nets

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


class Bench:
    """A shown canvas, the edits it asked for, and hands to work on it."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas
        self.edits: list[Edit] = []
        self.messages: list[str] = []
        self.applies = True
        canvas.edit_wanted.connect(self._edit)
        canvas.message.connect(self.messages.append)

    @property
    def graph(self) -> Graph:
        return self.canvas.drawing.graph

    def show(self, graph: Graph) -> None:
        self.canvas.show_graph(graph, nets.known(graph))
        QGuiApplication.processEvents()

    def _edit(self, edit: Edit) -> None:
        self.edits.append(edit)
        if self.applies:
            changed, _ = edit.apply(self.canvas.commands.levels.whole)
            self.show(changed)

    def titles(self) -> list[str]:
        return [edit.title(self.graph) for edit in self.edits]

    def at(self, x: float, y: float) -> QPoint:
        return self.canvas.viewportTransform().map(QPointF(x, y)).toPoint()

    def card(self, node: str) -> QPoint:
        """A spot on a card's title, away from its ports."""
        card = self.canvas.drawing.cards[node]
        return self.at(card.x + 70, card.y + 14)

    def input(self, node: str, port: str = "x") -> QPoint:
        return self.at(*self.canvas.drawing.cards[node].input_at(port))

    def output(self, node: str, port: str = "y") -> QPoint:
        return self.at(*self.canvas.drawing.cards[node].output_at(port))

    def link(self, src: str, dst: str) -> QPoint:
        """A spot on the middle of a link."""
        edge = next(
            edge for edge in self.graph.edges if (edge.src.node, edge.dst.node) == (src, dst)
        )
        path = self.canvas.drawing.path(self.canvas.drawing.wires[edge])
        return self.canvas.viewportTransform().map(path.pointAtPercent(0.5)).toPoint()

    def click(self, at: QPoint, keys: Qt.KeyboardModifier = NONE) -> None:
        QTest.mouseClick(self.canvas.viewport(), LEFT, keys, at)

    def hover(self, at: QPoint) -> None:
        QTest.mouseMove(self.canvas.viewport(), at)
        QGuiApplication.processEvents()

    def press(self, at: QPoint, button: Qt.MouseButton = LEFT) -> None:
        QTest.mousePress(self.canvas.viewport(), button, NONE, at)

    def release(self, at: QPoint, button: Qt.MouseButton = LEFT) -> None:
        QTest.mouseRelease(self.canvas.viewport(), button, NONE, at)

    def drag(self, start: QPoint, end: QPoint, button: Qt.MouseButton = LEFT) -> None:
        self.press(start, button)
        for step in range(1, 6):
            self.hover(start + (end - start) * step / 5)
        self.release(end, button)

    def key(self, key: Qt.Key, keys: Qt.KeyboardModifier = NONE) -> None:
        QTest.keyClick(self.canvas, key, keys)

    def type(self, text: str) -> None:
        QTest.keyClicks(self.canvas, text)


@pytest.fixture
def bench(qtbot: QtBot) -> Bench:
    canvas = Canvas(Theme("dark"))
    qtbot.addWidget(canvas)
    canvas.resize(1000, 560)
    made = Bench(canvas)
    made.show(nets.lenet())
    with qtbot.waitExposed(canvas):
        canvas.show()
    canvas.setFocus()
    QTest.mouseMove(canvas.viewport(), QPoint(2, 2))
    return made
