"""The inspector: the page of the selected node, or of the run while nothing is selected."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from nnstudio.core import words
from nnstudio.graph.cost import node_cost
from nnstudio.gui.node_page import NodePage
from nnstudio.gui.run_page import RunPage
from nnstudio.gui.sections import Section, label, lines_card
from nnstudio.gui.theme import Theme
from nnstudio.gui.undo import Edits
from nnstudio.session.studio import Studio


class Inspector(QScrollArea):
    """Shows what the canvas has selected.

    Signals:
        repair_wanted: An edit.
        data_wanted: The person wants to choose data.
    """

    repair_wanted = Signal(object)
    data_wanted = Signal()

    def __init__(self, edits: Edits, theme: Theme) -> None:
        super().__init__()
        self._edits = edits
        self._theme = theme
        self._selection: tuple[str, ...] = ()
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("Inspector")
        theme.changed.connect(self._rebuild)
        self._rebuild()

    @property
    def page(self) -> QWidget | None:
        """The page that shows."""
        return self.widget()

    def select(self, ids: tuple[str, ...]) -> None:
        """Show what is selected."""
        if ids != self._selection:
            self._selection = ids
            self.refresh()

    def refresh(self) -> None:
        """Show the project as it now is; a page that still fits is kept, with its focus."""
        graph = self._edits.studio.graph
        self._selection = tuple(one for one in self._selection if one in graph.nodes)
        page = self.widget()
        if len(self._selection) == 1:
            node = graph.nodes[self._selection[0]]
            fits = isinstance(page, NodePage) and (page.node_id, page.kind) == (node.id, node.kind)
            if not fits:
                page = NodePage(node, self._edits, self._theme)
                page.repair_wanted.connect(self.repair_wanted)
                self.setWidget(page)
            assert isinstance(page, NodePage)
            page.show_node(graph, self._edits.studio.inference)
        elif self._selection:
            self.setWidget(_several(self._edits.studio, self._selection))
        else:
            if not isinstance(page, RunPage):
                page = self._run_page()
            page.show_studio(self._edits.studio)

    def _run_page(self) -> RunPage:
        page = RunPage(self._edits, self._theme)
        page.data_wanted.connect(self.data_wanted)
        self.setWidget(page)
        return page

    def focus_first(self) -> None:
        """Put the cursor into the first parameter of the selected node."""
        page = self.widget()
        if isinstance(page, NodePage):
            first = next(iter(page.form.rows.values()), None)
            target = page.name if first is None else first.field.control
            target.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _rebuild(self) -> None:
        self.setWidget(QWidget())
        self.refresh()


def _several(studio: Studio, ids: tuple[str, ...]) -> QWidget:
    """Give the page of several nodes: what they are and cost together."""
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(12, 12, 12, 16)
    column.addWidget(label(f"{len(ids)} nodes selected", "title"))
    names = [studio.graph.nodes[one].label for one in ids]
    column.addWidget(
        label(words.listed(names[:12]) + (" …" if len(names) > 12 else ""), "dim", wrap=True)
    )
    costs = [node_cost(studio.graph.nodes[one], studio.inference) for one in ids]
    known = [cost for cost in costs if cost is not None]
    parameters = sum(cost.parameters for cost in known)
    macs = sum(cost.macs for cost in known)
    lines = [f"{words.whole(parameters)} parameters", f"{words.whole(macs)} MACs"]
    column.addWidget(Section("Cost together", lines_card(lines)))
    column.addStretch(1)
    return page
