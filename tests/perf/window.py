"""How lively the window is; prints one JSON line a measurement.

Run it with `python tests/perf/window.py`: one edit, one selection and one look at long curves are
timed, and the longest pause of the event loop beside a training on all cores.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest

from nnstudio.graph.edits import SetParam
from nnstudio.gui import app as studio_app
from nnstudio.gui.memory import Memory
from nnstudio.gui.style import apply_style
from nnstudio.gui.theme import Theme
from nnstudio.gui.window import Window
from nnstudio.project.edits import SetSetting
from nnstudio.train.history import History

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


def main() -> int:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["NNSTUDIO_HOME"] = home
        app = studio_app.make_app()
        theme = Theme("dark")
        apply_style(app, theme.palette())
        studio, _ = studio_app.first_project(None)
        window = Window(studio, theme, Memory())
        window.resize(1440, 900)
        window.show()
        QTest.qWait(300)
        nodes = list(studio.graph.nodes)

        def edit(i: int) -> None:
            window.edits.make(SetParam("conv1", "filters", 8 + i % 9))

        measures = {
            "select a node": lambda i: window.canvas.select((nodes[i % len(nodes)],)),
            "change a parameter": edit,
        }
        for name, work in measures.items():
            print(json.dumps({"measure": name, "median_ms": median_ms(work)}))
        history = long_history(1_000_000)
        window.curves.show_run(history, [], 100, 10_000)
        took = median_ms(lambda _: window.curves.look())
        print(json.dumps({"measure": "draw curves of a million steps", "median_ms": took}))
        gap = longest_gap_ms(window)
        print(json.dumps({"measure": "longest event-loop gap while training", "ms": gap}))
        window.poller.stop()
        window.studio.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
