"""Frame times of the window with large networks, by real events; used by `window.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter as clock

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from nnstudio.graph.edits import SetParam
from nnstudio.graph.model import Graph
from nnstudio.graph.types import DataSignature
from nnstudio.gui.memory import Memory
from nnstudio.gui.theme import Theme
from nnstudio.gui.window import Window
from nnstudio.project.model import Project
from nnstudio.session.studio import Studio
from tests.gui.canvas import nets

WARM_UP = 20
NONE = Qt.KeyboardModifier.NoModifier


def summary(measure: str, times_s: list[float]) -> dict[str, object]:
    """Give the line that is printed for some times."""
    ordered = sorted(1e3 * one for one in times_s)
    return {
        "measure": measure,
        "p50_ms": round(ordered[len(ordered) // 2], 2),
        "p95_ms": round(ordered[int(0.95 * (len(ordered) - 1))], 2),
        "max_ms": round(ordered[-1], 2),
    }


@contextmanager
def window_with(graph: Graph, theme: Theme, data: DataSignature) -> Iterator[Window]:
    """Open a window with a network, as a person's own would be."""
    window = Window(Studio(Project("large", graph, signature=data)), theme, Memory())
    window.resize(1440, 900)
    window.show()
    QTest.qWait(200)
    try:
        yield window
    finally:
        window.poller.stop()
        window.studio.close()
        window.hide()
        window.deleteLater()
        QTest.qWait(20)


def paint_now(window: Window) -> None:
    """Let everything that follows be done, and what is out of date be painted.

    Without a screen Qt waits 5 ms before it paints, and so may paint two frames as one.
    """
    QApplication.processEvents()
    QApplication.sendEvent(window, QEvent(QEvent.Type.UpdateRequest))


def timed(window: Window, work: Callable[[int], object], count: int) -> list[float]:
    """Give the times of frames: an event, all that follows from it, and the repaint."""
    times = []
    for i in range(WARM_UP + count):
        start = clock()
        work(i)
        paint_now(window)
        times.append(clock() - start)
    return times[WARM_UP:]


def pan_zoom(window: Window) -> list[float]:
    """Give frame times of pans at several scales and of zooming in and out at the pointer."""
    canvas, viewport = window.canvas, window.canvas.viewport()
    centre = viewport.rect().center()
    times: list[float] = []

    def wheel(i: int) -> None:
        turn = 40 if (i // 40) % 2 == 0 else -40
        event = QWheelEvent(
            QPointF(centre), QPointF(viewport.mapToGlobal(centre)), QPoint(), QPoint(0, turn),
            Qt.MouseButton.NoButton, NONE, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(viewport, event)

    def drag(i: int) -> None:
        way = i % 60 if (i // 60) % 2 == 0 else 60 - i % 60
        QTest.mouseMove(viewport, centre + QPoint(5 * way, 2 * way))

    for scale in (0.0, 0.3, 0.5, 1.0):
        canvas.commands.fit()
        if scale:
            canvas.camera.zoom(scale / canvas.camera.scale)
        QTest.qWait(150)
        QTest.mousePress(viewport, Qt.MouseButton.MiddleButton, NONE, centre)
        times += timed(window, drag, 100)
        QTest.mouseRelease(viewport, Qt.MouseButton.MiddleButton, NONE, centre)
    canvas.commands.fit()
    QTest.qWait(150)
    return times + timed(window, wheel, 240)


def edit(window: Window, node: str, param: str, values: list[object]) -> list[float]:
    """Give times of one parameter edit until all cards show what follows from it."""
    window.canvas.select((node,))
    QTest.qWait(100)

    def change(i: int) -> None:
        window.edits.make(SetParam(node, param, values[i % len(values)]))

    return timed(window, change, 100)


def drag_cards(window: Window, count: int) -> list[float]:
    """Give frame times of dragging some selected cards."""
    canvas, viewport = window.canvas, window.canvas.viewport()
    canvas.commands.fit()
    canvas.camera.zoom(0.6 / canvas.camera.scale)
    canvas.camera.centre(canvas.drawing.bounds().center())
    middle = canvas.camera.visible().center()
    near = sorted(
        canvas.drawing.cards.values(),
        key=lambda card: abs(card.x - middle.x()) + abs(card.y - middle.y()),
    )[:count]
    canvas.set_selection(card.node.id for card in near)
    QTest.qWait(150)
    at = canvas.viewportTransform().map(QPointF(near[0].x + 70, near[0].y + 14)).toPoint()
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, NONE, at)

    def drag(i: int) -> None:
        way = i % 40 if (i // 40) % 2 == 0 else 40 - i % 40
        QTest.mouseMove(viewport, at + QPoint(6 + 3 * way, 6 + 2 * way))

    times = timed(window, drag, 120)
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, NONE, at)
    return times


def open_and_tidy(graph: Graph, theme: Theme, data: DataSignature) -> list[float]:
    """Give the times of showing a project with a network, tidying included."""
    times = []
    with window_with(nets.lenet(), theme, data) as window:
        for _ in range(5):
            studio = Studio(Project("large", graph, signature=data))
            start = clock()
            window.adopt(studio)
            paint_now(window)
            window.canvas.commands.arrange.tidy()
            paint_now(window)
            times.append(clock() - start)
    return times
