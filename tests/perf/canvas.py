"""Frame times of the canvas with many cards, as JSON lines.

Run: python tests/perf/canvas.py [--cards 1000] [--size 1600x900]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication

from nnstudio.graph.edits import Move
from nnstudio.gui.canvas import Canvas
from nnstudio.gui.theme import Theme
from tests.gui.canvas import nets


def report(what: str, times: list[float], **more: object) -> None:
    """Print the median and the worst of some times in milliseconds."""
    ordered = sorted(times)
    line = {
        "what": what,
        "median_ms": round(1e3 * statistics.median(ordered), 2),
        "p95_ms": round(1e3 * ordered[int(0.95 * (len(ordered) - 1))], 2),
        "worst_ms": round(1e3 * ordered[-1], 2),
        **more,
    }
    print(json.dumps(line), flush=True)


def timed(work: Callable[[], object]) -> float:
    """Give the seconds that some work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def frames(app: QApplication, canvas: Canvas, step: Callable[[int], object], count: int) -> list:
    """Give the times of frames: one step of the gesture and painting what it changed."""

    def frame(i: int) -> None:
        step(i)
        canvas.viewport().repaint()

    app.processEvents()
    return [timed(lambda i=i: frame(i)) for i in range(count)]  # type: ignore[misc]


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cards", type=int, default=1000)
    parser.add_argument("--size", default="1600x900")
    chosen = parser.parse_args()
    width, height = map(int, chosen.size.split("x"))
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    canvas = Canvas(Theme("dark"))
    canvas.resize(width, height)
    graph = nets.large(chosen.cards)
    known = nets.known(graph)
    report(
        "show_graph, first", [timed(lambda: canvas.show_graph(graph, known))], cards=chosen.cards
    )
    canvas.show()
    app.processEvents()
    measure_edits(canvas, graph)
    for scale in (0.12, 0.34, 0.45, 0.58, 1.0, 2.0):
        canvas.camera.zoom(scale / canvas.camera.scale)
        canvas.stage.zooming = False
        canvas.camera.centre(canvas.drawing.bounds().center())
        seen = len(canvas.drawing.visible(*canvas.camera.visible().getCoords()))  # type: ignore[misc]
        times = frames(app, canvas, lambda i: canvas.camera.pan(7 if i % 40 < 20 else -7, 3), 60)
        report("pan", times, scale=scale, cards_seen=seen)
    canvas.commands.fit()
    centre = QPointF(canvas.viewport().rect().center())
    times = frames(
        app, canvas, lambda i: canvas.camera.zoom(1.06 if i < 40 else 1 / 1.06, centre), 80
    )
    report("zoom", times)


def measure_edits(canvas: Canvas, graph: nets.Graph) -> None:
    """Measure how long it takes to show a graph in which one thing changed."""
    times, moves = [], []
    for i in range(20):
        node = graph.nodes["n5"]
        changed = graph.with_node(replace(node, name=f"other{i}"))
        known = nets.known(changed)
        times.append(timed(lambda g=changed, k=known: canvas.show_graph(g, k)))  # type: ignore[misc]
        moved, _ = Move({"n6": (float(i), 400.0)}).apply(changed)
        known = nets.known(moved)
        moves.append(timed(lambda g=moved, k=known: canvas.show_graph(g, k)))  # type: ignore[misc]
    report("show_graph, one name changed", times)
    report("show_graph, one card moved", moves)


if __name__ == "__main__":
    main()
