"""The inspector's page for one node: parameters, shape rule, cost, problems, help."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from nnstudio.core import words
from nnstudio.graph.cost import node_cost, receptive_fields
from nnstudio.graph.edits import Edit, Rename, SetParam
from nnstudio.graph.infer import Inference
from nnstudio.graph.model import Graph, Node
from nnstudio.graph.outward import hide_outside, outward_name, show_outside
from nnstudio.graph.problems import Problem
from nnstudio.graph.repeating import repeat_obstacle
from nnstudio.gui import block_part
from nnstudio.gui.forms import Form
from nnstudio.gui.formula import FormulaView
from nnstudio.gui.node_spec import node_specs, node_values
from nnstudio.gui.problem_card import ProblemCard
from nnstudio.gui.sections import Section, card, label, lines_card
from nnstudio.gui.theme import Theme
from nnstudio.gui.undo import Edits

HINT = "Right-click a setting to show it on the block's card, or to take it off."


class NodePage(QWidget):
    """Everything about one node; kept while the node stays selected, so that typing survives.

    Args:
        node: The node at the start.
        edits: Where changes go.
        theme: For the colours.

    Signals:
        repair_wanted: An edit.
        preview_wanted: The edit to preview, or None.
        block_wanted: "open", "ungroup" or "keep", for a block.
    """

    repair_wanted = Signal(object)
    preview_wanted = Signal(object)
    block_wanted = Signal(str)

    def __init__(self, node: Node, edits: Edits, theme: Theme) -> None:
        super().__init__()
        self.node_id = node.id
        self._key = _key(node)
        self._edits = edits
        self._theme = theme
        self._doc = block_part.doc_of(node)
        self._facts: tuple[object, ...] = ()
        self._title = label("", "title", wrap=True)
        self._under = label("", "small", wrap=True)
        self.name = QLineEdit()
        self.name.setAccessibleName("Name of the node")
        self.name.setPlaceholderText("Name")
        self.name.editingFinished.connect(self._rename)
        self._complaint = label("", "error", wrap=True)
        self.form = Form(node_specs(node), self._submit, theme)
        self.form.offer_more(self._more)
        self._hint = label(HINT, "small", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 16)
        column.setSpacing(4)
        for widget in (self._title, self._under, self.name, self._complaint):
            column.addWidget(widget)
        column.addSpacing(6)
        column.addWidget(self.form)
        column.addWidget(self._hint)
        if node.block is not None:
            column.addWidget(block_part.buttons(self.block_wanted.emit))
        self._below = QWidget()
        column.addWidget(self._below)
        column.addStretch(1)
        self._column = column

    def fits(self, node: Node) -> bool:
        """Whether this is the page of a node, with the fields that it now has."""
        return node.id == self.node_id and _key(node) == self._key

    def _submit(self, name: str, value: Any) -> str:
        node = self._edits.graph.nodes.get(self.node_id)
        if node is not None and node.block is not None and name == "repeat":
            arriving = self._edits.inference.inputs.get(node.id)
            wrong = repeat_obstacle(node, value, arriving, self._edits.studio.signature)
            if wrong:
                return wrong
        return self._edits.make_here(SetParam(self.node_id, name, value))

    def _more(self, name: str) -> list[tuple[str, Callable[[], object]]]:
        """Offer to show a parameter of an inner card on the block's card, or to take it off."""
        card = None if self._edits.level is None else self._edits.level.card
        if card is None or card.block is None:
            return []
        shown = outward_name(card.block, self.node_id, name)
        text = "Take off the block's card" if shown else "Show on the block's card"
        make = hide_outside if shown else show_outside
        return [(text, lambda: self._set_outward(make, card, name))]

    def _set_outward(
        self, make: Callable[[Graph, str, str, str], Edit], card: Node, name: str
    ) -> None:
        if self._edits.level is not None:
            edit = make(Graph({card.id: card}), card.id, self.node_id, name)
            self._edits.make_or_tell(self._edits.level.around(edit))

    def _rename(self) -> None:
        node = self._edits.graph.nodes.get(self.node_id)
        if node is not None and self.name.text() != node.label:
            sentence = self._edits.make_here(Rename(self.node_id, self.name.text()))
            self._complaint.setText(sentence)
            self._complaint.setVisible(bool(sentence))

    def show_node(self, graph: Graph, inference: Inference) -> None:
        """Show the node as it now is."""
        node = graph.nodes[self.node_id]
        self._title.setText(node.layer.headline(node.params))
        self._under.setText(_under(node, inference))
        self._complaint.hide()
        if self.name.text() != node.label:
            self.name.setText(node.label)
        self.form.show_values(node_values(node))
        inside = self._edits.level is not None and self._edits.level.card is not None
        self._hint.setVisible(inside and bool(self.form.rows))
        problems = [problem for problem in inference.problems if problem.node == node.id]
        inputs, output = inference.inputs.get(node.id), inference.output(node)
        field = receptive_fields(graph, inference).get(node.id)
        facts = (
            node.params,
            node.block,
            inputs,
            output,
            tuple(problems),
            field,
            self._theme.palette(),
        )
        if facts != self._facts:
            self._facts = facts
            self._rebuild(node, inference, problems, field)

    def _rebuild(
        self,
        node: Node,
        inference: Inference,
        problems: list[Problem],
        field: tuple[int, int] | None,
    ) -> None:
        """Make the sections below the form anew."""
        below = QWidget()
        column = QVBoxLayout(below)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        sections = (
            self._problems(problems),
            self._shape(node, inference),
            block_part.inside_section(node, inference),
            _cost(node, inference, field),
            self._help(),
        )
        for section in sections:
            if section is not None:
                column.addWidget(section)
        self._column.replaceWidget(self._below, below)
        self._below.deleteLater()
        self._below = below

    def _problems(self, problems: list[Problem]) -> Section | None:
        if not problems:
            return None
        section = Section("Problems")
        for problem in problems:
            shown = ProblemCard(problem, "", self._theme.palette())
            shown.repair_wanted.connect(self.repair_wanted)
            shown.preview_wanted.connect(self.preview_wanted)
            section.add(shown)
        return section

    def _shape(self, node: Node, inference: Inference) -> Section | None:
        inputs, output = inference.inputs.get(node.id), inference.output(node)
        if inputs is None or output is None:
            return None
        formulas = node.layer.shape_lines(node.params, inputs, output)
        arrives = " + ".join(str(one) for one in inputs)
        way = f"{arrives} → {output}" if arrives else f"→ {output}"
        if not formulas:
            return Section("How the shape comes about", card(label(way, "formula", wrap=True)))
        view = FormulaView(tuple(formulas), self._theme.palette().text)
        return Section("How the shape comes about", card(view, label(way, "small", wrap=True)))

    def _help(self) -> Section:
        doc, colours = self._doc, self._theme.palette()
        section = Section("Help", label(doc.summary, wrap=True))
        if doc.formula:
            parts = tuple(
                re.split(r",?\\quad", doc.formula)
            )  # one a line, so that each stays legible
            section.add(card(FormulaView(parts, colours.text)))
        for text in (doc.use, doc.pitfalls):
            if text:
                section.add(label(text, "dim", wrap=True))
        if doc.source:
            section.add(label(doc.source, "small", wrap=True))
        return section


def _key(node: Node) -> object:
    """Give what a form is made from: the kind of layer, or what a block shows."""
    return node.kind if node.block is None else node_specs(node)


def _under(node: Node, inference: Inference) -> str:
    output = inference.output(node)
    shape = f"gives {output}" if output is not None else "shape not known yet"
    return f"{node.label} · {node.layer.essentials(node.params) or node.layer.title} · {shape}"


def _cost(node: Node, inference: Inference, field: tuple[int, int] | None) -> Section | None:
    cost = node_cost(node, inference)
    lines = list(cost.arithmetic) if cost is not None else []
    if cost is not None and not lines and (cost.parameters or cost.macs):
        lines = [f"{words.whole(cost.parameters)} parameters", f"{words.whole(cost.macs)} MACs"]
    if cost is not None and node.block is not None and cost.macs:
        lines.append(f"{words.whole(cost.macs)} MACs")
    if field is not None and node.layer.window(node.params) is not None:
        lines.append(f"receptive field {field[0]} × {field[1]}")
    if not lines:
        return None
    return Section("Cost", lines_card(lines))
