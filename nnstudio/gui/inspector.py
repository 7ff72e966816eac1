"""The inspector: the page of the selected nodes, or of the run while nothing is selected."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QScrollArea, QWidget

from nnstudio.gui.many_page import ManyPage
from nnstudio.gui.node_page import NodePage
from nnstudio.gui.run_page import RunPage
from nnstudio.gui.theme import Theme
from nnstudio.gui.undo import Edits


class Inspector(QScrollArea):
    """Shows what the canvas has selected.

    Signals:
        repair_wanted: An edit.
        preview_wanted: The edit to preview, or None.
        data_wanted: The person wants to choose data.
        block_wanted: "open", "ungroup" or "keep", for the selected block.
    """

    repair_wanted = Signal(object)
    preview_wanted = Signal(object)
    data_wanted = Signal()
    block_wanted = Signal(str)

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
        graph = self._edits.graph
        self._selection = tuple(one for one in self._selection if one in graph.nodes)
        page = self.widget()
        if len(self._selection) == 1:
            node = graph.nodes[self._selection[0]]
            if not (isinstance(page, NodePage) and page.fits(node)):
                page = NodePage(node, self._edits, self._theme)
                page.repair_wanted.connect(self.repair_wanted)
                page.preview_wanted.connect(self.preview_wanted)
                page.block_wanted.connect(self.block_wanted)
                self.setWidget(page)
            assert isinstance(page, NodePage)
            page.show_node(graph, self._edits.inference)
        elif self._selection:
            nodes = [graph.nodes[one] for one in self._selection]
            if not (isinstance(page, ManyPage) and page.fits(nodes)):
                page = ManyPage(nodes, self._edits, self._theme)
                self.setWidget(page)
            page.show_nodes(nodes, self._edits.inference)
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
