"""Random edits with undo and redo through the window: graph, canvas and saved file agree.

NNSTUDIO_EDITS sets how many, 300 where it is not set; 10,000 take some minutes.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import psutil
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from nnstudio.core.random import stream
from nnstudio.graph.edits import SetParam
from nnstudio.graph.infer import infer
from nnstudio.graph.registry import all_layers
from nnstudio.gui.window import Window
from nnstudio.project.file import open_project, save_project
from tests.gui.conftest import Open
from tests.gui.examples import lenet

COUNT = int(os.environ.get("NNSTUDIO_EDITS", "300"))
MOST_CARDS = 40
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
NONE = Qt.KeyboardModifier.NoModifier


class Monkey:
    """Does one random thing at a time, by keys and mouse where that is how it is done."""

    def __init__(self, window: Window) -> None:
        self.window, self.canvas = window, window.canvas
        self.random = random.Random(int(stream(7, "random edits").integers(1 << 30)))
        self.kinds = sorted(all_layers())

    def act(self) -> str:
        """Do something and say what."""
        doings = (
            self.undo, self.undo, self.redo, self.letter, self.letter, self.add, self.delete,
            self.delete, self.bridge, self.drag, self.link, self.key_link, self.cut, self.param,
            self.param, self.duplicate, self.paste, self.tidy, self.align, self.note, self.frame,
            self.group, self.ungroup, self.enter, self.leave,
        )  # fmt: skip
        doing = self.random.choice(doings)
        if doing in {self.letter, self.add, self.duplicate, self.paste} and self.full:
            self.canvas.select(list(self.canvas.drawing.cards)[:30])
            doing = self.delete
        doing()
        return doing.__name__

    @property
    def full(self) -> bool:
        return len(self.window.studio.graph.nodes) > MOST_CARDS

    def key(self, key: Qt.Key, keys: Qt.KeyboardModifier = NONE) -> None:
        QTest.keyClick(self.canvas, key, keys)

    def choose(self, count: int = 1) -> bool:
        cards = list(self.canvas.drawing.cards)
        chosen = self.random.sample(cards, min(len(cards), self.random.randint(1, count)))
        self.canvas.set_selection(chosen)
        return bool(chosen)

    def undo(self) -> None:
        for _ in range(self.random.randint(1, 4)):
            self.window.stack.undo()

    def redo(self) -> None:
        for _ in range(self.random.randint(1, 4)):
            self.window.stack.redo()

    def letter(self) -> None:
        self.choose()
        QTest.keyClicks(self.canvas, self.random.choice("drcpbao"))

    def add(self) -> None:
        self.canvas.commands.insert_layer(self.random.choice(self.kinds))

    def delete(self) -> None:
        if self.canvas.selection or self.choose(2):
            self.key(Qt.Key.Key_Delete)

    def bridge(self) -> None:
        if self.choose(2):
            self.key(Qt.Key.Key_Backspace)

    def drag(self) -> None:
        if not self.choose():
            return
        self.canvas.commands.fit()
        card = self.canvas.drawing.cards[self.canvas.selection[0]]
        at = self.canvas.viewportTransform().map(QPointF(card.x + 70, card.y + 14)).toPoint()
        to = at + QPoint(self.random.randint(-90, 90), self.random.randint(-90, 90))
        view = self.canvas.viewport()
        QTest.mousePress(view, Qt.MouseButton.LeftButton, NONE, at)
        QTest.mouseMove(view, (at + to) / 2)
        QTest.mouseMove(view, to)
        QTest.mouseRelease(view, Qt.MouseButton.LeftButton, NONE, to)

    def link(self) -> None:
        self.choose(3)
        self.key(Qt.Key.Key_J, CTRL)

    def key_link(self) -> None:
        if self.choose():
            QTest.keyClicks(self.canvas, "l")
            for _ in range(self.random.randint(0, 4)):
                self.key(Qt.Key.Key_Down)
            self.key(self.random.choice((Qt.Key.Key_Return, Qt.Key.Key_Escape)))

    def cut(self) -> None:
        if self.choose():
            QTest.keyClicks(self.canvas, "u")
            self.key(Qt.Key.Key_Return)

    def param(self) -> None:
        if not self.choose() or self.canvas.commands.levels.path:
            return
        node = self.window.studio.graph.nodes[self.canvas.selection[0]]
        for name in ("filters", "units", "rate"):
            if hasattr(node.params, name):
                value = 0.25 if name == "rate" else self.random.randint(1, 30)
                self.window.edits.make(SetParam(node.id, name, value))

    def duplicate(self) -> None:
        if self.choose(3):
            self.key(Qt.Key.Key_D, CTRL)

    def paste(self) -> None:
        if self.choose(3):
            self.key(Qt.Key.Key_C, CTRL)
        if self.random.random() < 0.2:
            QGuiApplication.clipboard().setText('{"format": "nnstudio nodes", "nodes": 3')
        self.key(Qt.Key.Key_V, CTRL)

    def tidy(self) -> None:
        self.key(Qt.Key.Key_L, self.random.choice((CTRL, CTRL | SHIFT)))

    def align(self) -> None:
        self.choose(5)
        edge = self.random.choice(("left", "centre", "right", "top", "middle", "bottom"))
        self.canvas.commands.arrange.align(edge)
        self.canvas.commands.arrange.distribute(self.random.choice(("across", "down")))

    def note(self) -> None:
        QTest.keyClicks(self.canvas, "n")
        self._write()

    def frame(self) -> None:
        if self.choose(3):
            self.key(Qt.Key.Key_N, SHIFT)
            self._write()

    def _write(self) -> None:
        field = QApplication.focusWidget()
        if field is not None and field is not self.canvas:
            QTest.keyClicks(field, "why")
            QTest.keyClick(field, Qt.Key.Key_Return, CTRL)
        if len(self.canvas.drawing.notes) > 12:
            self.canvas.select_note(next(iter(self.canvas.drawing.notes)))
            self.key(Qt.Key.Key_Delete)

    def group(self) -> None:
        if self.choose(3) and len(self.canvas.commands.levels.path) < 2:
            self.canvas.commands.levels.group_as(self.canvas.selection, "")

    def ungroup(self) -> None:
        blocks = [one.id for one in self.canvas.drawing.graph.nodes.values() if one.block]
        if blocks:
            self.canvas.set_selection((self.random.choice(blocks),))
            self.key(Qt.Key.Key_G, CTRL | SHIFT)

    def enter(self) -> None:
        if self.choose():
            self.canvas.commands.levels.enter(self.canvas.selection[0])

    def leave(self) -> None:
        self.key(Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)


def agree(window: Window) -> None:
    """See that the canvas shows what the project holds, and that inference is what it would be."""
    canvas, studio = window.canvas, window.studio
    graph = studio.graph
    for card in canvas.commands.levels.path:
        graph = graph.nodes[card].block.graph  # type: ignore[union-attr]
    drawing = canvas.drawing
    assert drawing.graph is graph
    assert list(drawing.cards) == list(graph.nodes)
    assert {one: (card.x, card.y) for one, card in drawing.cards.items()} == {
        one: node.pos for one, node in graph.nodes.items()
    }
    assert list(drawing.wires) == list(graph.edges)
    assert tuple(drawing.notes.values()) == graph.notes
    for edge, wire in drawing.wires.items():
        assert (wire.start, wire.end) == drawing.ends(edge)
    assert studio.inference == infer(studio.graph, studio.signature)
    assert set(canvas.selection) <= set(graph.nodes)


def test_graph_canvas_and_file_agree_after_random_edits(open_window: Open, tmp_path: Path) -> None:
    window = open_window(lenet())
    window.stack.setUndoLimit(200)
    monkey, process = Monkey(window), psutil.Process()
    sizes, path = [], tmp_path / "random.nns"
    for step in range(COUNT):
        done = monkey.act()
        agree(window)
        if step % 50 == 0:
            save_project(window.studio.project, path)
            assert open_project(path).graph == window.studio.graph, (step, done)
            QApplication.processEvents()
            QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        if step % 500 == 0:
            sizes.append(process.memory_info().rss / 2**20)
            print(f"{step} edits, {sizes[-1]:.0f} MB", flush=True)
    before = window.studio.graph
    undone = 0
    while window.stack.canUndo():
        window.stack.undo()
        undone += 1
    while window.stack.canRedo():
        window.stack.redo()
    assert window.studio.graph == before
    agree(window)
    late = sizes[len(sizes) // 3 :]
    assert undone > 0
    if len(sizes) > 6:
        assert late[-1] - late[0] < 60, sizes
