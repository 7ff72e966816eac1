"""Eyes for tests: opening a viewer's tab with the mouse, and asking for the same numbers."""

from __future__ import annotations

from PySide6.QtTest import QTest

from nnstudio.gui.viewers.viewer import Viewer
from nnstudio.gui.window import Window
from nnstudio.train.watch import Watch, Watched
from tests.gui.hands import LEFT

LONG_MS = 120_000  # the first look compiles


def open_viewer(window: Window, qtbot, name: str) -> Viewer:
    """Click on a viewer's tab and wait for its first picture or sentence."""
    viewer = window.viewers.viewers[name]
    bar = window.tabs.tabBar()
    QTest.mouseClick(bar, LEFT, pos=bar.tabRect(window.tabs.indexOf(viewer)).center())
    qtbot.waitUntil(viewer.isVisible)
    return viewer


def looked(window: Window, qtbot, wish: Watch) -> Watched:
    """Ask for something beside the viewers and wait for it."""
    found: list[Watched] = []
    window.viewers.ask_once(wish, found.append)
    qtbot.waitUntil(lambda: bool(found), timeout=LONG_MS)
    assert not found[0].problem
    return found[0]
