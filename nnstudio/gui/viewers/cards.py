"""Living cards: while a training runs each visible card shows what its layer makes of a sample."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QAction

from nnstudio.gui.canvas import metrics
from nnstudio.gui.canvas.canvas import Canvas
from nnstudio.gui.viewers.card_pictures import card_picture
from nnstudio.gui.viewers.panel import Viewers
from nnstudio.gui.viewers.shading import Shade
from nnstudio.session.studio import Studio
from nnstudio.train.watch import Watch, Watched

NAME = "cards"
RATE = 5.0
MOST_CARDS = 48  # drawn at once; a glance takes in no more
TEND_MS = 200


class LivingCards(QObject):
    """Asks for the outputs of the visible cards and puts them on the cards.

    Args:
        studio: Gives the project that is open.
        canvas: Whose cards live.
        viewers: Say which sample is looked at.
        action: Switches the pictures on and off.
    """

    def __init__(
        self, studio: Callable[[], Studio], canvas: Canvas, viewers: Viewers, action: QAction
    ) -> None:
        super().__init__(canvas)
        self._studio, self._canvas, self._viewers = studio, canvas, viewers
        self._action = action
        self._asked: Watch | None = None
        self._pictured: set[str] = set()
        self._path: tuple[str, ...] = ()
        self._timer = QTimer(self, interval=TEND_MS)
        self._timer.timeout.connect(self.tend)
        action.toggled.connect(self._switched)
        canvas.level_changed.connect(self.clear)
        canvas.theme.changed.connect(self.tend)

    def state_changed(self, state: str) -> None:
        """Live while a training runs; a training that was wound back leaves no pictures."""
        if state in {"running", "paused"}:
            self._timer.start()
            self.tend()
            return
        self._timer.stop()
        self._ask(None)
        if state in {"idle", "preparing"}:
            self.clear()

    def forget(self) -> None:
        """Begin anew with another project."""
        self._timer.stop()
        self._ask(None)
        self.clear()

    def clear(self) -> None:
        """Take all pictures off the cards."""
        for node in self._pictured:
            self._canvas.set_card_picture(node, None)
        self._pictured.clear()

    def tend(self) -> None:
        """Wish for what can be seen now."""
        if not self._timer.isActive():
            return
        seen = self._visible()
        focus = self._viewers.focus
        if not seen:
            self._ask(None)
            return
        self._path = self._canvas.commands.levels.path
        outputs = tuple("/".join((*self._path, node)) for node in seen)
        asked = self._asked
        wanted = outputs, focus.part, (focus.sample,)
        if asked is None or (asked.outputs, asked.part, asked.samples) != wanted:
            self._ask(Watch(outputs=outputs, part=focus.part, samples=(focus.sample,), rate=RATE))

    def _visible(self) -> tuple[str, ...]:
        """Give the ids of the cards that show pictures now."""
        canvas = self._canvas
        shows = canvas.isVisible() and not canvas.window().isMinimized()
        if not (self._action.isChecked() and shows) or canvas.camera.scale < metrics.FULL_SCALE:
            return ()
        area = canvas.camera.visible()
        cards = canvas.drawing.visible(area.left(), area.top(), area.right(), area.bottom())
        usable = [card.node for card in cards if card.node.known]
        return tuple(node.id for node in usable if not node.layer.is_loss())[:MOST_CARDS]

    def _ask(self, wish: Watch | None) -> None:
        if wish is not self._asked:
            self._asked = wish
            self._studio().watch(wish, NAME)

    def _switched(self, on: bool) -> None:
        if on:
            self.tend()
        else:
            self._ask(None)
            self.clear()

    def take(self, answers: Mapping[str, Watched]) -> None:
        """Put what came on the cards."""
        answer = answers.get(NAME)
        if answer is None or answer.watch is not self._asked or answer.problem:
            return
        if self._path != self._canvas.commands.levels.path:
            return
        colours, cards = self._canvas.theme.palette(), self._canvas.drawing.cards
        sources = {node.id for node in answer.graph.sources()}
        for name, values in answer.outputs.items():
            node = name.rpartition("/")[2]
            card = cards.get(node)
            if card is None or card.output is None or card.output.shape != values.shape[1:]:
                self._take_off(node)  # the card was edited while the training goes on
                continue
            shade: Shade = "grey" if node in sources else "signed"
            self._canvas.set_card_picture(node, card_picture(values[0], colours, shade))
            self._pictured.add(node)
            broken = values.dtype.kind == "f" and not np.isfinite(values).all()
            health = "error" if broken else ""
            if (card.health or "") != health:
                self._canvas.set_health(node, health)

    def _take_off(self, node: str) -> None:
        if node in self._pictured:
            self._pictured.discard(node)
            self._canvas.set_card_picture(node, None)
