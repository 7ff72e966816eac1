"""F1: what each layer does, when to use it, what goes wrong with it, large and searchable."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from nnstudio.graph.model import Block, BlockLayer, Graph
from nnstudio.gui.block_part import doc_of
from nnstudio.gui.field_spec import FieldSpec
from nnstudio.gui.field_text import shown
from nnstudio.gui.formula import FormulaView
from nnstudio.gui.node_spec import node_specs
from nnstudio.gui.palette import Palette
from nnstudio.gui.sections import Section, card, label
from nnstudio.gui.theme import Theme
from nnstudio.project.library.offers import Offer, Offers
from nnstudio.project.library.sketch import block_node

LIST_PX = 210
FIRST = "dense"
# What F1 explains of a block that is not in the library.
OWN_BLOCK = Offer(
    "block", "Block", "blocks", BlockLayer.doc.summary, "", True, True,
    lambda _: block_node(Block(Graph()), "block"),
)  # fmt: skip


class HelpWindow(QDialog):
    """All layers at the left, the page of one at the right; stays open beside the window.

    Args:
        theme: For the colours.
        parent: The window.
    """

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Layers explained")
        self.resize(820, 640)
        self._theme = theme
        self.kind = ""
        self._offers = Offers()
        self.layers = Palette(theme, self._offers)
        self.layers.setFixedWidth(LIST_PX)
        self.layers.list.setDragEnabled(False)
        self.layers.kind_chosen.connect(self.show_layer)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setAccessibleName("Help page")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.layers)
        row.addWidget(self.area, 1)
        theme.changed.connect(self._again)

    def show_layer(self, key: str) -> None:
        """Show the page of a layer or block; of Dense where there is none such."""
        offer = OWN_BLOCK if key == OWN_BLOCK.key else self._offers.get(key)
        offer = offer or self._offers.get(FIRST)
        if offer is not None and offer.key != self.kind:
            self.kind = offer.key
            self.area.setWidget(page(offer, self._theme))
            self.layers.list.choose(offer.key)

    def _again(self) -> None:
        kind, self.kind = self.kind, ""
        if kind:
            self.show_layer(kind)


def page(offer: Offer, theme: Theme) -> QWidget:
    """Give the help page of a layer or block."""
    node = offer.card(Graph())
    doc, colours = doc_of(node), theme.palette()
    made = QWidget()
    made.setObjectName("help page")
    column = QVBoxLayout(made)
    column.setContentsMargins(28, 22, 28, 24)
    column.setSpacing(8)
    column.addWidget(label(offer.title, "headline"))
    key = f" · key {offer.shortcut}" if offer.shortcut else ""
    column.addWidget(label(f"{offer.category}{key}", "small"))
    column.addWidget(label(doc.summary, "large", wrap=True))
    if doc.formula:
        parts = tuple(re.split(r",?\\quad", doc.formula))  # one a line, so that each stays legible
        column.addWidget(card(FormulaView(parts, colours.text)))
    for title, text in (("When to use it", doc.use), ("What goes wrong with it", doc.pitfalls)):
        if text:
            column.addWidget(Section(title, label(text, "large", wrap=True)))
    fields = node_specs(node)
    if fields:
        column.addWidget(Section("Settings", _table(fields)))
    if doc.source:
        column.addWidget(Section("Source", label(doc.source, "small", wrap=True)))
    column.addStretch(1)
    return made


def _table(fields: list[FieldSpec]) -> QWidget:
    """List settings: what each is called, its default, and what it does."""
    holder = QWidget()
    grid = QGridLayout(holder)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(18)
    grid.setVerticalSpacing(6)
    grid.setColumnStretch(2, 1)
    for row, spec in enumerate(fields):
        allowed = spec.range_words()
        about = f"{spec.description} ({allowed})" if allowed else spec.description
        for place, (text, role) in enumerate(
            ((spec.title, ""), (_default(spec), "dim"), (about, "dim"))
        ):
            grid.addWidget(
                label(text, role, wrap=place == 2), row, place, Qt.AlignmentFlag.AlignTop
            )
    return holder


def _default(spec: FieldSpec) -> str:
    if isinstance(spec.default, bool):
        return "on" if spec.default else "off"
    return shown(spec, spec.default)
