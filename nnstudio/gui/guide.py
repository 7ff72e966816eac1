"""Helps a person to begin: the start page and the tour through the window's real controls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from nnstudio.gui.tour import Step, Tour
from nnstudio.gui.welcome import Welcome

if TYPE_CHECKING:
    from nnstudio.gui.window import Window


def show_welcome(window: Window) -> None:
    """Lay the start page over the window."""
    page = window.findChild(Welcome) or _make(window)
    memory = window.memory
    page.open(window.studio.title, memory.recent, at_start=memory.welcome)


def _make(window: Window) -> Welcome:
    page = Welcome(window.theme, window.whole)
    page.template_wanted.connect(window.files.new)
    page.file_wanted.connect(window.files.open_path)
    page.open_wanted.connect(lambda: _ask(window, page))
    page.tour_wanted.connect(lambda: show_tour(window))
    page.left.connect(window.canvas.setFocus)  # where letters and arrows mean something
    page.shown_at_start.connect(lambda wanted: setattr(window.memory, "welcome", wanted))
    return page


def _ask(window: Window, page: Welcome) -> None:
    """Ask for a file; the page goes once one was opened."""
    before = window.studio
    window.files.open()
    page.setVisible(window.studio is before)


def show_tour(window: Window) -> None:
    """Show a person around."""
    page = window.findChild(Welcome)
    if page is not None:
        page.hide()
    for action in ("show_palette", "show_inspector"):
        if not window.actions_by_name[action].isChecked():
            window.actions_by_name[action].trigger()
    window.show_tab(window.curves)
    tour = Tour(window.whole, window.theme, steps(window))
    tour.closed.connect(window.canvas.setFocus)
    tour.begin()


def steps(window: Window) -> tuple[Step, ...]:
    """Give the stops, each with a real control."""
    docks, bar = window.docks, window.topbar

    def button(name: str) -> QWidget:
        found = bar.findChild(QWidget, f"{name} button")
        return found if isinstance(found, QWidget) else bar

    return (
        Step(
            lambda: window.canvas,
            "The network",
            "Each card is a layer; numbers flow along the links. Drag cards, draw links from port "
            "to port, press a letter to add a layer. Mistakes explain themselves, with repairs.",
        ),
        Step(
            lambda: docks.left,
            "Layers",
            "Drag a layer onto the network, or double-click it to add it behind the selected card. "
            "Press / to search.",
        ),
        Step(
            lambda: docks.right,
            "Inspector",
            "What the selected layer is set to, how its shape comes about, and what it costs. "
            "With nothing selected: how to train, and on which data.",
        ),
        Step(
            lambda: button("train"),
            "Train",
            "F5 trains while you go on editing. Pause, take single steps, change settings, "
            "rewind to the same initial weights.",
        ),
        Step(
            lambda: docks.bottom,
            "Curves and more",
            "Loss and accuracy are drawn here while it learns; the other tabs list problems, sum "
            "up the network and keep a log.",
        ),
        Step(
            lambda: bar.commands,
            "Everything by name",
            "Ctrl+K finds every command, layer and template. F1 explains the selected layer. "
            "Ctrl+Z takes back whatever you did: nothing here can go wrong for good.",
        ),
    )
