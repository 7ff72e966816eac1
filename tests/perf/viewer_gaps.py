"""How lively the window is while a network trains and is looked into; prints JSON lines.

Run it with `python tests/perf/viewer_gaps.py [--seconds 6] [--workload vgg]`, offscreen. For each
viewer, with living cards on: the gaps of the event loop, how many answers came a second, how long
the longest took to draw, and the samples a second that were trained against none looked at.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest

from nnstudio.data.sources import Npz
from nnstudio.gui import app as studio_app
from nnstudio.gui.memory import Memory
from nnstudio.gui.style import apply_style
from nnstudio.gui.theme import Theme
from nnstudio.gui.window import Window
from nnstudio.project.edits import SetSetting
from nnstudio.project.model import Project
from nnstudio.session.studio import Studio
from tests.perf import window_frames as frames
from tests.perf.workloads import samples, workload


def project(name: str, folder: Path) -> Studio:
    """Give the digits example, or a workload with its data in a file."""
    if name == "digits":
        return Studio.new("digits-lenet")
    work = workload(name)
    x, y = samples(work)
    path = folder / "data.npz"
    np.savez(path, x=x, y=y)
    return Studio(Project(name, work.graph, Npz(path=str(path)), work.signature))


def train(window: Window) -> None:
    """Train without an end in sight."""
    window.edits.make(SetSetting("epochs", 100_000))
    window.edits.make(SetSetting("learning_rate", 1e-5))
    window.actions_by_name["train"].trigger()
    while window.studio.run_state == "preparing":
        QTest.qWait(20)
    if window.studio.run_state != "running":
        raise SystemExit(f"the training is {window.studio.run_state}")


def steps_done(window: Window) -> int:
    """Give the steps of the training so far."""
    progress = window.studio.poll().progress
    return 0 if progress is None else progress.step


class Listener:
    """Hears the event loop beat and times what viewers draw."""

    def __init__(self, window: Window) -> None:
        self.beats: list[float] = []
        self.draws: list[float] = []
        self._timer = QTimer(window)
        self._timer.timeout.connect(lambda: self.beats.append(time.perf_counter()))
        for viewer in window.viewers.viewers.values():
            self._time(viewer)

    def _time(self, viewer) -> None:
        take = viewer.take

        def timed(*parts) -> None:
            began = time.perf_counter()
            take(*parts)
            self.draws.append(time.perf_counter() - began)

        viewer.take = timed

    def hear(self, window: Window, seconds: float) -> float:
        """Listen for a while; give the steps a second."""
        self.beats, self.draws = [time.perf_counter()], []
        first, began = steps_done(window), time.perf_counter()
        self._timer.start(3)
        QTest.qWait(round(1000 * seconds))
        self._timer.stop()
        return (steps_done(window) - first) / (time.perf_counter() - began)


def measure(window: Window, seconds: float, name: str) -> None:
    """Look with each viewer in turn and with none, and print a line for each."""
    listener, tabs = Listener(window), window.viewers.viewers
    cards = window.actions_by_name["living_cards"]
    window.canvas.select((next(one for one in window.studio.graph.nodes if "conv" in one),))
    alone: list[float] = []
    for page in (None, *tabs.values(), None):
        if cards.isChecked() != (page is not None):
            cards.trigger()
        window.tabs.show_page(page or window.log)
        QTest.qWait(1500)
        speed = listener.hear(window, seconds)
        title = "none" if page is None else page.name
        if page is None:
            alone.append(speed)
        line = frames.summary(f"event_gap_training {name} {title}", list(np.diff(listener.beats)))
        line["answers_per_s"] = round(len(listener.draws) / seconds, 1)
        line["longest_draw_ms"] = round(1000 * max(listener.draws, default=0.0), 2)
        line["median_draw_ms"] = round(1000 * statistics.median(listener.draws or [0.0]), 2)
        line["steps_per_s_to_first_none"] = round(speed / alone[0], 3)
        print(json.dumps(line), flush=True)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--workload", default="digits")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ.setdefault("NNSTUDIO_HOME", home)
        app = studio_app.make_app()
        theme = Theme("dark")
        apply_style(app, theme.palette())
        window = Window(project(chosen.workload, Path(home)), theme, Memory())
        window.resize(1440, 900)
        window.show()
        QTest.qWait(300)
        train(window)
        studio_app.settle()
        measure(window, chosen.seconds, chosen.workload)
        window.poller.stop()
        window.studio.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
