"""One problem as a small card: what is wrong, what to do, and repairs as buttons."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from nnstudio.graph.problems import Problem
from nnstudio.gui.icons import pixmap
from nnstudio.gui.theme import Colours

SIGNS = {"error": "error", "unfinished": "todo", "advice": "info"}


class ProblemCard(QWidget):
    """Shows a problem.

    Args:
        problem: The problem.
        where: Name of the node it belongs to, or "".
        colours: The theme's colours.

    Signals:
        repair_wanted: An edit.
        pressed: The node's id.
    """

    repair_wanted = Signal(object)
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
            button = QPushButton(repair.label)
            button.setProperty("role", "link")
            button.setAccessibleName(f"Repair: {repair.label}")
            button.setObjectName("repair")
            button.clicked.connect(lambda _=False, edit=repair.edit: self.repair_wanted.emit(edit))
            holder.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        return holder

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._node:
            self.pressed.emit(self._node)
        super().mousePressEvent(event)
