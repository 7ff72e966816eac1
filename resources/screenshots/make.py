"""Photograph the window while a network learns, dark and light; run it after changing the window.

With the package installed: `QT_QPA_PLATFORM=offscreen python resources/screenshots/make.py`.
"""

from __future__ import annotations

import re
import time
from pathlib import Path

from PySide6.QtWidgets import QApplication

from nnstudio.gui.app import make_app
from nnstudio.gui.canvas.stage import NOTHING
from nnstudio.gui.memory import Memory
from nnstudio.gui.style import apply_style
from nnstudio.gui.theme import Theme
from nnstudio.gui.window import Window
from nnstudio.session.studio import Studio

EPOCH = 12  # of 40; far enough for curves, and still learning
PATIENCE_S = 120.0


def photograph(app: QApplication, look: str, path: Path) -> None:
    """Train the digits example and write a picture of the window in the middle of it.

    Args:
        app: The application.
        look: "dark" or "light".
        path: Where the picture goes.
    """
    theme = Theme(look)
    apply_style(app, theme.palette())
    window = Window(Studio.new("digits-lenet"), theme, Memory())
    window.resize(1440, 900)
    window.show()
    window.canvas.setFocus()
    let_run(app, 0.5)
    window.canvas.select(("conv1",))
    window.canvas.stage.hover = NOTHING
    window.actions_by_name["train"].trigger()
    end = time.monotonic() + PATIENCE_S
    while epoch(window) < EPOCH and time.monotonic() < end:
        let_run(app, 0.02)
    window.grab().save(str(path))
    window.poller.stop()
    window.studio.close()
    window.hide()


def epoch(window: Window) -> int:
    """Read from the window how far the training is."""
    found = re.search(r"epoch (\d+)/", window.topbar.text.text())
    return int(found[1]) if found else 0


def let_run(app: QApplication, seconds: float) -> None:
    """Handle events for a while."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        app.processEvents()
        time.sleep(0.005)


if __name__ == "__main__":
    made = make_app()
    for name in ("dark", "light"):
        photograph(made, name, Path(__file__).parent / f"train-{name}.png")
