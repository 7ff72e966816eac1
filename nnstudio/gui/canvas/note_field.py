"""Writing a note in place."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QPlainTextEdit

from nnstudio.graph.edits import SetNotes
from nnstudio.graph.notes import MOST_TEXT

if TYPE_CHECKING:
    from nnstudio.gui.canvas.canvas import Canvas


class NoteField(QPlainTextEdit):
    """A field over a note; Ctrl+Enter or a click elsewhere takes the text, Escape the old one.

    In the title of a frame Enter alone takes it. Escape takes the first text of a note, too: there
    is no old one, and what somebody wrote would be lost.
    """

    def __init__(self, canvas: Canvas, note_id: str) -> None:
        super().__init__(canvas.viewport())
        self._canvas = canvas
        self._note = canvas.drawing.notes[note_id]
        self._done = False
        what = "Title of the frame" if self._note.frame else "Text of the note"
        self.setObjectName("note-field")
        self.setAccessibleName(what)
        self.setToolTip(f"{what}: Ctrl+Enter takes it, Escape the old one")
        self.setTabChangesFocus(True)
        self.setPlainText(self._note.text)
        self.selectAll()
        self._place()
        canvas.view_changed.connect(self._place)
        self.show()
        self.setFocus()

    def _place(self) -> None:
        x, y, width, height = self._note.area
        scale = self._canvas.camera.scale
        at = self._canvas.viewportTransform().map(QPointF(x, y)).toPoint()
        high = 34 if self._note.frame else max(60, int(height * scale))
        self.setGeometry(at.x(), at.y(), max(120, int(width * scale)), high)

    def _take(self) -> None:
        if self._done:
            return
        self._close()
        text = self.toPlainText().strip()[:MOST_TEXT]
        notes = self._canvas.drawing.graph.notes
        if text != self._note.text and any(one.id == self._note.id for one in notes):
            changed = (replace(n, text=text) if n.id == self._note.id else n for n in notes)
            self._canvas.want(SetNotes(tuple(changed), "Write a note"))

    def _close(self) -> None:
        self._done = True
        self.hide()
        self.deleteLater()
        self._canvas.setFocus()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self._take()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if event.key() == Qt.Key.Key_Escape and self._note.text:
            self._close()
        elif event.key() == Qt.Key.Key_Escape or (enter and (control or self._note.frame)):
            self._take()
        else:
            super().keyPressEvent(event)
        event.accept()  # the canvas behind must not take what is typed here
