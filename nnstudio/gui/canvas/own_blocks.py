"""Keeps blocks for all projects, renames and deletes them; asks for names without stopping work."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QInputDialog, QMessageBox

from nnstudio.core.errors import StudioError
from nnstudio.project.library.own import OwnBlocks

if TYPE_CHECKING:
    from nnstudio.gui.canvas.canvas import Canvas


class OwnBlockCommands:
    """What can be done with a person's own blocks.

    Attributes:
        changed: Called when there are other ones than before.
    """

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self.changed: Callable[[], object] = lambda: None

    @property
    def _own(self) -> OwnBlocks:
        own = self._canvas.commands.offers.own
        if own is None:
            raise StudioError("There is no folder for blocks of your own.")
        return own

    def keep(self) -> None:
        """Ask for a name and keep the selected block."""
        canvas = self._canvas
        card = canvas.drawing.graph.nodes.get((canvas.selection or ("",))[-1])
        if card is None or card.block is None:
            canvas.message.emit("That card is no block; group cards into one first (Ctrl+G).")
            return

        def do(name: str) -> None:
            self._own.keep(card, name)
            canvas.message.emit(f"'{name.strip()}' now stands in the palette of every project.")

        self._ask("Keep as own block", card.label, do)

    def rename(self, name: str) -> None:
        """Ask for another name of an own block."""
        self._ask(f"Rename the block '{name}'", name, lambda new: self._own.rename(name, new))

    def delete(self, name: str) -> None:
        """Ask whether an own block shall go."""
        box = QMessageBox(self._canvas.window())
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle("Delete an own block")
        box.setText(f"Delete your block '{name}'?")
        box.setInformativeText("Networks that hold it keep it; it only leaves the palette.")
        go = box.addButton("Delete", QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        go.clicked.connect(lambda: self._try(lambda: self._own.delete(name)))
        box.open()

    def _try(self, do: Callable[[], None]) -> str:
        """Do something with the folder; give the sentence that says why it failed."""
        try:
            do()
        except StudioError as error:
            self._canvas.message.emit(error.sentence)
            return error.sentence
        self.changed()
        return ""

    def _ask(self, title: str, name: str, do: Callable[[str], None], wrong: str = "") -> None:
        dialog = QInputDialog(self._canvas.window())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(title)
        dialog.setLabelText(f"{wrong}\nName:".strip())
        dialog.setTextValue(name)

        def chosen(text: str) -> None:
            sentence = self._try(lambda: do(text))
            if sentence:  # what was typed is not lost
                self._ask(title, text, do, sentence)

        dialog.textValueSelected.connect(chosen)
        dialog.open()
