"""All viewers of the window, in the order of their tabs, and how they are wired to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnstudio.gui.viewers.activations import Activations
from nnstudio.gui.viewers.boundary import Boundary
from nnstudio.gui.viewers.cards import LivingCards
from nnstudio.gui.viewers.confusion import Confusion
from nnstudio.gui.viewers.filters import Filters
from nnstudio.gui.viewers.gradients import Gradients
from nnstudio.gui.viewers.panel import Viewers
from nnstudio.gui.viewers.predictions import Predictions
from nnstudio.gui.viewers.viewer import Viewer
from nnstudio.gui.viewers.whole_part import PartViewer

if TYPE_CHECKING:
    from nnstudio.gui.window import Window

KINDS: tuple[type[Viewer], ...] = (
    Activations,
    Filters,
    Gradients,
    Confusion,
    Predictions,
    Boundary,
)


def make_viewers(window: Window) -> Viewers:
    """Give the viewers of a window and put each into a tab below its canvas."""
    viewers = Viewers(
        lambda: window.studio, [kind(window.theme, window.complain) for kind in KINDS]
    )
    for viewer in viewers.viewers.values():
        window.tabs.add(viewer, viewer.title.replace("&", "&&"))
    return viewers


def connect_viewers(window: Window) -> None:
    """Let the viewers follow what is selected and hear what comes."""
    viewers, canvas = window.viewers, window.canvas
    canvas.selection_changed.connect(
        lambda nodes: viewers.select(canvas.commands.levels.path, nodes)
    )
    window.poller.watched.connect(viewers.hand_out)
    action = window.actions_by_name["living_cards"]
    cards = LivingCards(lambda: window.studio, canvas, viewers, action)
    window.poller.watched.connect(cards.take)
    window.poller.state_changed.connect(cards.state_changed)
    viewers.forgotten.connect(cards.forget)
    for viewer in viewers.viewers.values():
        action = window.actions_by_name[f"show_{viewer.name}"]
        action.triggered.connect(lambda _=False, viewer=viewer: window.show_tab(viewer))
        if isinstance(viewer, PartViewer):
            viewer.opened.connect(lambda: window.show_tab(viewers.viewers["activations"]))
