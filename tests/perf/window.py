"""How lively the window is; prints one JSON line a measurement.

Run it with `python tests/perf/window.py --json`, offscreen. Lines with p50, p95 and max are frames
with large networks by real events (`window_frames`); the others time one selection, one look at
long curves, and the longest pause of the event loop beside a training on all cores.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest

from nnstudio.gui import app as studio_app
from nnstudio.gui.memory import Memory
from nnstudio.gui.style import apply_style
from nnstudio.gui.theme import Theme
from nnstudio.gui.window import Window
from nnstudio.project.edits import SetSetting
from nnstudio.train.history import History
from tests.gui.canvas import nets
from tests.perf import large_nets
from tests.perf import window_frames as frames

REPEATS = 30
WATCH_S = 5.0


def median_ms(work: Callable[[int], object]) -> float:
    """Give the median time of one call and the repaint it causes."""
    times = []
    for i in range(REPEATS):
        start = time.perf_counter()
        work(i)
        QTest.qWait(0)
        times.append(time.perf_counter() - start)
    return round(1000 * statistics.median(times), 2)


def long_history(steps: int) -> History:
    """Give a history as of a long training."""
    made = History()
    noise = np.abs(np.sin(np.arange(steps) * 1.7)) * 0.1
    made.add_steps({"loss": 2 / np.sqrt(1 + np.arange(steps) / 50) + noise})
    for epoch in range(1, 101):
        made.add_epoch({"step": epoch * steps / 100, "valid loss": 1 / epoch})
    return made


def longest_gap_ms(window: Window) -> float:
    """Give the longest pause of the event loop while the network trains."""
    window.edits.make(SetSetting("epochs", 2000))
    window.actions_by_name["train"].trigger()
    while window.studio.run_state == "preparing":
        QTest.qWait(20)
    QTest.qWait(1000)
    studio_app.settle()
    beats = [time.perf_counter()]
    timer = QTimer()
    timer.timeout.connect(lambda: beats.append(time.perf_counter()))
    timer.start(3)
    QTest.qWait(round(1000 * WATCH_S))
    timer.stop()
    return round(1000 * float(np.diff(beats).max()), 2)


def show(line: dict[str, object]) -> None:
    """Print one measurement."""
    print(json.dumps(line), flush=True)


def measure_frames(theme: Theme) -> None:
    """Measure what a person feels with large networks."""
    thousand = nets.large(1000)
    with frames.window_with(thousand, theme, nets.DIGITS) as window:
        show(frames.summary("pan_zoom_1000", frames.pan_zoom(window)))
        filters: list[object] = [8 + i for i in range(9)]
        show(frames.summary("edit_1000", frames.edit(window, "n3", "filters", filters)))
        show(frames.summary("drag_50_of_1000", frames.drag_cards(window, 50)))
    opened = frames.open_and_tidy(thousand, theme, nets.DIGITS)
    show(frames.summary("open_tidy_1000", opened))
    for name, (graph, data) in large_nets.known().items():
        with frames.window_with(graph, theme, data) as window:
            show(frames.summary(f"pan_zoom_{name}", frames.pan_zoom(window)))


def measure_the_rest(theme: Theme) -> None:
    """Measure selecting, long curves and a training beside."""
    studio, _ = studio_app.first_project(None)
    window = Window(studio, theme, Memory())
    window.resize(1440, 900)
    window.show()
    QTest.qWait(300)
    nodes = list(studio.graph.nodes)
    took = median_ms(lambda i: window.canvas.select((nodes[i % len(nodes)],)))
    show({"measure": "select a node", "median_ms": took})
    history = long_history(1_000_000)
    window.curves.show_run(history, [], 100, 10_000)
    losses = history.steps["loss"]

    def come(_: int) -> None:
        losses.extend([0.1])
        window.curves.look()

    took = median_ms(come)
    show({"measure": "draw curves of a million steps", "median_ms": took})
    show({"measure": "longest event-loop gap while training", "ms": longest_gap_ms(window)})
    window.poller.stop()
    window.studio.close()


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true", help="JSON lines, as always")
    parser.add_argument("--frames", action="store_true", help="only frames with large networks")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["NNSTUDIO_HOME"] = home
        app = studio_app.make_app()
        theme = Theme("dark")
        apply_style(app, theme.palette())
        studio_app.settle()
        measure_frames(theme)
        if not chosen.frames:
            measure_the_rest(theme)
    return 0


if __name__ == "__main__":
    sys.exit(main())
