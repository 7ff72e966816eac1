"""How smoothly curves move: ten runs of a million steps; prints one JSON line a measurement.

Run it with `python tests/perf/curves.py`, offscreen. A frame is an event of the mouse, all that
follows from it, and the repaint of every pane; loss and accuracy of all runs show, with bands.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter as clock
from time import process_time as worked

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from nnstudio.core.random import stream
from nnstudio.gui.app import make_app
from nnstudio.gui.curves import CurvesPanel
from nnstudio.gui.style import apply_style
from nnstudio.gui.theme import Theme
from nnstudio.train.history import History

RUNS, STEPS, EPOCHS = 10, 1_000_000, 100
SIZE = 1000, 330  # the panel in a window of 1440 x 900
WARM_UP = 10
Frame = tuple[float, float]  # seconds by the clock, and of the processor
NONE = Qt.KeyboardModifier.NoModifier


def history(place: int) -> History:
    """Give a long run with noise and two spikes."""
    random, made = stream(1, "curves", str(place)), History()
    steps = np.arange(STEPS)
    loss = 0.05 * (1 + place) + 2.3 * np.exp(-steps / STEPS * (4 + place))
    loss *= np.exp(0.3 * random.standard_normal(STEPS))
    loss[random.integers(0, STEPS, 2)] *= 8
    right = np.clip(1 - loss / 3, 0, 1)
    made.add_steps({"loss": loss, "accuracy": right})
    made.seconds.extend(0.001 * steps.astype(np.float64))
    per_epoch = STEPS // EPOCHS
    for epoch in range(1, EPOCHS + 1):
        last = slice((epoch - 1) * per_epoch, epoch * per_epoch)
        made.add_epoch(
            {
                "step": epoch * per_epoch,
                "valid loss": 1.1 * float(loss[last].mean()),
                "valid accuracy": 0.98 * float(right[last].mean()),
            }
        )
    return made


def summary(measure: str, frames: list[Frame]) -> dict[str, object]:
    """Give the line that is printed for some frames; where others work too, CPU time tells more."""
    ordered, own = (sorted(1e3 * frame[i] for frame in frames) for i in (0, 1))
    return {
        "measure": measure,
        "p50_ms": round(ordered[len(ordered) // 2], 2),
        "p95_ms": round(ordered[int(0.95 * (len(ordered) - 1))], 2),
        "max_ms": round(ordered[-1], 2),
        "cpu_p95_ms": round(own[int(0.95 * (len(own) - 1))], 2),
    }


def timed(panel: CurvesPanel, work: Callable[[int], object], count: int) -> list[Frame]:
    """Give the times of frames, the repaint included."""
    times = []
    for i in range(WARM_UP + count):
        start, own = clock(), worked()
        work(i)
        QApplication.processEvents()
        QApplication.sendEvent(panel, QEvent(QEvent.Type.UpdateRequest))
        times.append((clock() - start, worked() - own))
    return times[WARM_UP:]


def pan(panel: CurvesPanel) -> list[Frame]:
    """Give frame times of dragging at several zooms."""
    times: list[Frame] = []
    plot = panel.panes.shown[0].plot
    middle = plot.rect().center()
    for share in (0.8, 0.3, 0.05, 0.002):
        panel.view.show((0.5 - share / 2) * panel.view.total, (0.5 + share / 2) * panel.view.total)
        QTest.mousePress(plot, Qt.MouseButton.LeftButton, NONE, middle)

        def drag(i: int) -> None:
            way = i % 40 if (i // 40) % 2 == 0 else 40 - i % 40
            QTest.mouseMove(plot, middle + QPoint(6 * way - 120, 0))

        times += timed(panel, drag, 100)
        QTest.mouseRelease(plot, Qt.MouseButton.LeftButton, NONE, middle)
    panel.view.fit()
    return times


def zoom(panel: CurvesPanel) -> list[Frame]:
    """Give frame times of turning the wheel, far in and out again."""
    plot = panel.panes.shown[0].plot
    at = plot.rect().center()

    def wheel(i: int) -> None:
        turn = 120 if (i // 60) % 2 == 0 else -120
        event = QWheelEvent(
            QPointF(at), QPointF(plot.mapToGlobal(at)), QPoint(), QPoint(0, turn),
            Qt.MouseButton.NoButton, NONE, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(plot, event)

    times = timed(panel, wheel, 240)
    panel.view.fit()
    return times


def hover(panel: CurvesPanel) -> list[Frame]:
    """Give frame times of reading values along all curves."""
    plot = panel.panes.shown[0].plot
    left, across = 60, plot.width() - 160
    return timed(panel, lambda i: QTest.mouseMove(plot, QPoint(left + 3 * i % across, 90)), 240)


def live(panel: CurvesPanel, running: History) -> list[Frame]:
    """Give frame times of drawing what comes in while everything shows."""
    random = stream(1, "live")

    def come(_: int) -> None:
        loss = np.abs(0.06 + 0.01 * random.standard_normal(30))
        running.add_steps({"loss": loss, "accuracy": 1 - loss})
        panel.look()

    return timed(panel, come, 200)


def show(line: dict[str, object]) -> None:
    """Print one measurement."""
    print(json.dumps(line), flush=True)


def main() -> int:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["NNSTUDIO_HOME"] = home
        app = make_app()
        theme = Theme("dark")
        apply_style(app, theme.palette())
        histories = [history(i) for i in range(RUNS)]
        panel = CurvesPanel(theme, lambda *_: None)
        panel.resize(*SIZE)
        panel.show()
        QTest.qWait(50)
        start = clock()
        earlier = [(f"Run {i}", one) for i, one in enumerate(histories[1:])]
        panel.show_run(histories[0], earlier, EPOCHS, STEPS / EPOCHS)
        QApplication.sendEvent(panel, QEvent(QEvent.Type.UpdateRequest))
        show({"measure": "curves_10x1m_first", "ms": round(1e3 * (clock() - start), 1)})
        show(summary("curves_10x1m_pan", pan(panel)))
        show(summary("curves_10x1m_zoom", zoom(panel)))
        show(summary("curves_10x1m_hover", hover(panel)))
        show(summary("curves_10x1m_live", live(panel, histories[0])))
        panel.controls.choose("seconds")
        show(summary("curves_10x1m_pan_seconds", pan(panel)))
        panel.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
