"""The Problems tab: everything that is wrong, with repairs; a click goes to the node."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QApplication, QLabel, QScrollArea, QVBoxLayout, QWidget

from nnstudio.graph.model import Graph
from nnstudio.graph.problems import Problem
from nnstudio.gui.problem_card import ProblemCard, RepairButton
from nnstudio.gui.theme import Theme

RANK = {"error": 0, "unfinished": 1, "advice": 2}
MOST = 100


class ProblemsPanel(QScrollArea):
    """Lists the problems, the worst first.

    Signals:
        repair_wanted: An edit.
        preview_wanted: The edit to preview, or None.
        node_wanted: The id of the node to show.
    """

    repair_wanted = Signal(object)
    preview_wanted = Signal(object)
    node_wanted = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._problems: tuple[Problem, ...] = ()
        self._graph = Graph()
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("Problems")
        self._rebuild()
        theme.changed.connect(self._rebuild)

    def show_problems(self, problems: Sequence[Problem], graph: Graph) -> None:
        """Show problems; nothing is rebuilt while they stay the same."""
        self._graph = graph
        if tuple(problems) != self._problems:
            self._problems = tuple(problems)
            self._rebuild()

    @property
    def count(self) -> int:
        """How many problems there are, advice not counted."""
        return sum(problem.severity != "advice" for problem in self._problems)

    def _rebuild(self) -> None:
        had_focus = self.isAncestorOf(QApplication.focusWidget() or self)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(6)
        if not self._problems:
            fine = QLabel("No problems: the network can be trained.")
            fine.setProperty("role", "dim")
            column.addWidget(fine)
        for problem in sorted(self._problems, key=lambda one: RANK[one.severity])[:MOST]:
            node = self._graph.nodes.get(problem.node)
            card = ProblemCard(problem, node.label if node else "", self._theme.palette())
            card.repair_wanted.connect(self.repair_wanted)
            card.preview_wanted.connect(self.preview_wanted)
            card.pressed.connect(self.node_wanted)
            column.addWidget(card)
        if len(self._problems) > MOST:
            column.addWidget(QLabel(f"… and {len(self._problems) - MOST} more."))
        column.addStretch(1)
        self.setWidget(page)
        first = page.findChild(RepairButton)
        if had_focus and first is not None:  # so that the keyboard goes on where it was
            first.setFocus(Qt.FocusReason.OtherFocusReason)
