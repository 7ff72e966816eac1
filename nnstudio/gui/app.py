"""Starts the window: application, look, first project, and the last net for errors."""

from __future__ import annotations

import gc
import logging
import os
import sys
import threading
import traceback
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from nnstudio.core.errors import StudioError
from nnstudio.core.paths import log_folder
from nnstudio.gui.collector import Collector
from nnstudio.gui.guide import show_welcome
from nnstudio.gui.icons import app_icon
from nnstudio.gui.memory import Memory
from nnstudio.gui.style import apply_style, text_font
from nnstudio.gui.theme import Theme
from nnstudio.gui.window import Window
from nnstudio.session.studio import Studio

log = logging.getLogger(__name__)

SWITCH_S = 0.0005
WARM_UP_MS, SETTLE_MS, IDLE_MS = 300, 2500, 15_000
SORRY = "Something went wrong inside the studio; your project is as it was. Save it to be safe."


def run(path: Path | None = None) -> int:
    """Open the window and stay until it is closed.

    Args:
        path: A project to open; None for the digits example of the templates.

    Returns:
        The exit code, 0 for fine.
    """
    start_log()
    memory = Memory()
    if memory.scale_percent != 100:
        os.environ.setdefault("QT_SCALE_FACTOR", f"{memory.scale_percent / 100:g}")
    app = make_app()
    theme = Theme(memory.mode)
    apply_style(app, theme.palette())
    collector = Collector(app)
    studio, complaint = first_project(path)
    window = Window(studio, theme, memory)
    catch_errors(window)
    geometry = memory.state("geometry")
    if geometry is not None:
        window.restoreGeometry(geometry)
    window.show()
    window.canvas.setFocus()
    QTimer.singleShot(WARM_UP_MS, warm_up)
    QTimer.singleShot(SETTLE_MS, settle)
    measure_when_idle(window)
    if path is None and memory.welcome:
        show_welcome(window)
    if complaint is not None:
        window.complain(complaint.sentence, complaint.details)
    try:
        return app.exec()
    finally:
        collector.stop()
        sys.excepthook = sys.__excepthook__


def make_app() -> QApplication:
    """Give the application, dressed in the studio's font."""
    found = QApplication.instance()
    app = found if isinstance(found, QApplication) else QApplication(sys.argv[:1])
    # Every call into Qt lets go of the interpreter; taking it back from a busy thread costs one
    # interval. With Python's 5 ms a repaint beside a working thread took 215 ms.
    sys.setswitchinterval(SWITCH_S)
    app.setApplicationName("nnstudio")
    app.setDesktopFileName("nnstudio")
    app.setStyle("Fusion")
    app.setFont(text_font())
    app.setWindowIcon(app_icon())
    return app


def start_log() -> None:
    """Keep a log file of the studio's own words; the oldest make room."""
    path = log_folder() / "nnstudio.log"
    handler = RotatingFileHandler(path, maxBytes=1_000_000, backupCount=2, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    own = logging.getLogger("nnstudio")
    own.setLevel(logging.INFO)
    own.addHandler(handler)


def warm_up() -> None:
    """Load what the first formulas need, on a thread, while nobody waits for it."""

    def load() -> None:
        from nnstudio.gui.formula import render

        render("x", "#000000")

    threading.Thread(target=load, name="warm-up", daemon=True).start()


def measure_when_idle(window: Window) -> None:
    """Have this machine measured once, while nobody trains, so that epochs can be foretold."""

    def look() -> None:
        if window.studio.forecasts.measure():
            window.status.show_studio(window.studio)

    timer = QTimer(window)
    timer.setInterval(IDLE_MS)
    timer.timeout.connect(look)
    timer.start()


def settle() -> None:
    """Take all that was loaded out of the garbage collector's rounds, once.

    A full round over it takes 118 ms, in which the window stands still beside a training.
    """
    gc.collect()
    gc.freeze()


def first_project(path: Path | None) -> tuple[Studio, StudioError | None]:
    """Open what was asked for; where that fails, begin anew and say why."""
    if path is None:
        return Studio.new("digits-lenet"), None
    try:
        return Studio.open(path), None
    except StudioError as error:
        return Studio.new("empty"), error


def catch_errors(window: Window) -> None:
    """Let what nobody caught be logged and said in one sentence, never as a traceback."""

    def caught(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            window.close()
            return
        details = "".join(traceback.format_exception(kind, error, trace))
        log.error("not caught: %s", details)
        if isinstance(error, StudioError):
            window.complain(error.sentence, error.details)
        else:
            window.complain(SORRY, details)

    sys.excepthook = caught
