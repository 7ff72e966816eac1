"""The quiet line in the lower left corner: what the network as a whole still lacks."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from nnstudio.graph.problems import Problem
from nnstudio.gui.canvas.tips import changes

if TYPE_CHECKING:
    from nnstudio.gui.canvas.canvas import Canvas

_MARGIN = 12


class GraphNote(QLabel):
    """Says the first problem that belongs to no card, with its repairs as links."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._problem: Problem | None = None
        self.setObjectName("graph-note")
        self.setAccessibleName("What the network lacks")
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.LinksAccessibleByMouse
            | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        self.linkActivated.connect(self._repair)
        self.linkHovered.connect(self._preview)
        self.recolour()
        self.hide()

    def show_problems(self, problems: Iterable[Problem]) -> None:
        """Say what is wrong with the network as a whole; nothing for an empty one."""
        cards = self._canvas.drawing.cards
        whole = [problem for problem in problems if not problem.node] if cards else []
        self._problem = whole[0] if whole else None
        self.setVisible(self._problem is not None)
        if self._problem is not None:
            self.setText(self._text(self._problem))
            self.settle()

    def _text(self, problem: Problem) -> str:
        colour = self._canvas.theme.palette().accent
        links = " · ".join(
            f"<a style='color: {colour}' href='{index}'>{escape(repair.label)}</a>"
            for index, repair in enumerate(problem.repairs)
        )
        return f"{escape(problem.message)} {links or escape(problem.hint)}"

    def settle(self) -> None:
        """Take the place in the corner, as wide as the canvas allows."""
        room = self._canvas.size()
        self.setWordWrap(False)
        self.adjustSize()
        most = room.width() - 2 * _MARGIN
        if self.width() > most:
            self.setWordWrap(True)
            self.setFixedWidth(most)
            self.adjustSize()
        self.setMinimumWidth(0)
        self.setMaximumWidth(16_777_215)
        self.move(_MARGIN, room.height() - self.height() - _MARGIN)

    def recolour(self) -> None:
        """Take on the theme's colours."""
        colours = self._canvas.theme.palette()
        self.setStyleSheet(
            f"#graph-note {{ background: {colours.card}; color: {colours.text_dim};"
            f" border: 1px solid {colours.card_border}; border-left: 3px solid {colours.warn};"
            " border-radius: 5px; padding: 4px 9px; font-size: 12px; }"
        )
        if self._problem is not None:
            self.setText(self._text(self._problem))

    def _repair(self, link: str) -> None:
        if self._problem is not None:
            self._canvas.want(self._problem.repairs[int(link)].edit)

    def _preview(self, link: str) -> None:
        """Show what the repair under the pointer would change, in words too."""
        if link and self._problem is not None:
            repair = self._problem.repairs[int(link)]
            self._canvas.preview.show_edit(repair.edit)
            self.setToolTip("\n".join(changes(self._canvas.drawing.graph, repair)))
        else:
            self._canvas.preview.show_edit(None)
            self.setToolTip("")
