"""One problem as a small card: what is wrong, what to do, and repairs as buttons."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QEnterEvent, QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from nnstudio.graph.problems import Problem, Repair
from nnstudio.gui.icons import pixmap
from nnstudio.gui.theme import Colours

SIGNS = {"error": "error", "unfinished": "todo", "advice": "info"}


class RepairButton(QPushButton):
    """A repair: looked at with the pointer or Tab, made with a click, Enter or Space.

    Signals:
        preview_wanted: The edit to preview, or None.
    """

    preview_wanted = Signal(object)

    def __init__(self, repair: Repair) -> None:
        super().__init__(repair.label)
        self._edit = repair.edit
        self.setProperty("role", "link")
        self.setObjectName("repair")
        self.setAccessibleName(f"Repair: {repair.label}")
        self.setToolTip("Repairs the network in one step that can be undone")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def _look(self) -> None:
        looked_at = self.underMouse() or self.hasFocus()
        self.preview_wanted.emit(self._edit if looked_at else None)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.preview_wanted.emit(self._edit)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.preview_wanted.emit(self._edit if self.hasFocus() else None)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._look()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._look()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            if not event.isAutoRepeat():
                self.click()
        else:
            super().keyPressEvent(event)


class ProblemCard(QWidget):
    """Shows a problem.

    Args:
        problem: The problem.
        where: Name of the node it belongs to, or "".
        colours: The theme's colours.

    Signals:
        repair_wanted: An edit.
        preview_wanted: The edit to preview, or None.
        pressed: The node's id.
    """

    repair_wanted = Signal(object)
    preview_wanted = Signal(object)
    pressed = Signal(str)

    def __init__(self, problem: Problem, where: str, colours: Colours) -> None:
        super().__init__()
        self.setObjectName("problem")
        self.setProperty("severity", problem.severity)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(problem.message)
        self._node = problem.node
        colour = {"error": colours.error, "unfinished": colours.warn}.get(
            problem.severity, colours.text_dim
        )
        sign = QLabel()
        sign.setPixmap(pixmap(SIGNS[problem.severity], colour, 16))
        text = QLabel(" ".join(part for part in (problem.message, problem.hint) if part))
        text.setWordWrap(True)
        text.setToolTip(where)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        top.addWidget(text, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(9, 6, 8, 6)
        column.setSpacing(3)
        column.addLayout(top)
        if problem.repairs:
            column.addLayout(self._repairs(problem))
        if problem.node:
            self.setCursor(Qt.CursorShape.PointingHandCursor)

    def _repairs(self, problem: Problem) -> QVBoxLayout:
        holder = QVBoxLayout()
        holder.setSpacing(0)
        holder.setContentsMargins(22, 0, 0, 0)
        for repair in problem.repairs:
            button = RepairButton(repair)
            button.clicked.connect(lambda _=False, edit=repair.edit: self.repair_wanted.emit(edit))
            button.preview_wanted.connect(self.preview_wanted)
            holder.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        return holder

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._node:
            self.pressed.emit(self._node)
        super().mousePressEvent(event)
