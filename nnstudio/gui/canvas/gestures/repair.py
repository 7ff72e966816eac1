"""Repairing on the canvas: pressing underlined words, or going through the repairs with keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeyEvent

from nnstudio.graph.problems import Problem, Repair
from nnstudio.gui.canvas.gestures.base import Keys
from nnstudio.gui.canvas.stage import Hit

if TYPE_CHECKING:
    from nnstudio.gui.canvas.canvas import Canvas

_TAKES = {Qt.Key.Key_Return, Qt.Key.Key_Enter}
_RANK = {"error": 0, "unfinished": 1, "advice": 2}


class PressRepair:
    """Asks for the repair when the button is released on the words on which it was pressed."""

    pans_at_edge: ClassVar[bool] = False

    def __init__(self, canvas: Canvas, repair: Repair) -> None:
        self._canvas = canvas
        self._repair = repair

    def move(self, at: QPointF, keys: Keys) -> None:
        """See `Gesture`."""

    def finish(self, at: QPointF, keys: Keys) -> None:
        """See `Gesture`."""
        canvas = self._canvas
        hit = canvas.stage.hit(*canvas.scene_point(at), canvas.camera.scale)
        if hit.repair is self._repair:
            canvas.want(self._repair.edit)

    def cancel(self) -> None:
        """See `Gesture`."""


class RepairKeys:
    """Ctrl+. shows the next repair of the selected card, or of all; Enter makes it."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._shown: Repair | None = None

    def knows(self, event: QKeyEvent) -> bool:
        """Whether a key means something here."""
        if self._shown is not None and event.key() in {*_TAKES, Qt.Key.Key_Escape}:
            return True
        control = event.modifiers() == Qt.KeyboardModifier.ControlModifier
        return control and event.key() == Qt.Key.Key_Period

    def take(self, event: QKeyEvent) -> bool:
        """Do what a key means; any other key takes the preview away."""
        shown = self._shown
        if not self.knows(event):
            modifiers = {Qt.Key.Key_Control, Qt.Key.Key_Shift, Qt.Key.Key_Alt, Qt.Key.Key_Meta}
            if event.key() not in modifiers:
                self.forget()
            return False
        if event.key() == Qt.Key.Key_Period:
            self.show_next()
        else:
            self.forget()
            if event.key() in _TAKES and shown is not None:
                self._canvas.want(shown.edit, self._canvas.selection)
        return True

    def forget(self) -> None:
        """Show no repair any more."""
        if self._shown is not None:
            self._shown = None
            self._canvas.preview.show_edit(None)

    def show_next(self) -> None:
        """Preview the repair after the one that shows."""
        canvas = self._canvas
        pairs = self._repairs()
        if not pairs:
            canvas.message.emit("There is nothing to repair here.")
            return
        at = next((i for i, (_, one) in enumerate(pairs) if one is self._shown), -1)
        problem, self._shown = pairs[(at + 1) % len(pairs)]
        if problem.node and problem.node not in canvas.selection:
            card = canvas.drawing.cards[problem.node]
            canvas.camera.reveal(card.rect)
        canvas.preview.show_edit(self._shown.edit)
        canvas.stage.hover = Hit(node=problem.node)  # so that its bubble shows from afar too
        canvas.stage.arrange_bubbles()
        bubble = next((one for one in canvas.stage.bubbles if one.problem is problem), None)
        canvas.stage.hover = Hit(bubble=bubble, repair=self._shown)
        canvas.message.emit(f"{self._shown.label}: Enter repairs, Ctrl+. shows the next, Esc none.")

    def _repairs(self) -> list[tuple[Problem, Repair]]:
        """List the repairs of the selected cards, of the whole network where none is selected."""
        problems = self._canvas.drawing.inference.problems
        chosen = set(self._canvas.selection)
        wanted = [one for one in problems if one.node in chosen or not chosen]
        wanted.sort(key=lambda one: _RANK[one.severity])
        return [(problem, repair) for problem in wanted for repair in problem.repairs]
