"""The inspector's page for several nodes: what they have in common is edited at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from nnstudio.core import words
from nnstudio.graph.cost import node_cost
from nnstudio.graph.edits import Group, SetParam
from nnstudio.graph.infer import Inference
from nnstudio.graph.model import Node
from nnstudio.gui.field_text import to_text
from nnstudio.gui.forms import Form
from nnstudio.gui.node_spec import node_specs, node_values
from nnstudio.gui.sections import Section, label, lines_card
from nnstudio.gui.theme import Theme
from nnstudio.gui.undo import Edits

MOST_NAMES = 12


class ManyPage(QWidget):
    """Several nodes; a change goes to all of them as one step.

    Args:
        nodes: The nodes, at least two.
        edits: Where changes go.
        theme: For the colours.
    """

    def __init__(self, nodes: Sequence[Node], edits: Edits, theme: Theme) -> None:
        super().__init__()
        self._edits = edits
        self._key = _key(nodes)
        shared = shared_fields(nodes)
        fields = [spec for spec in node_specs(nodes[0]) if spec.name in shared]
        self.form = Form(fields, self._submit, theme)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 16)
        column.setSpacing(4)
        column.addWidget(label(_title(nodes), "title", wrap=True))
        names = [node.label for node in nodes]
        more = " …" if len(names) > MOST_NAMES else ""
        column.addWidget(label(", ".join(names[:MOST_NAMES]) + more, "small", wrap=True))
        column.addSpacing(6)
        if not shared:
            column.addWidget(label("They have no settings in common.", "dim", wrap=True))
        column.addWidget(self.form)
        self._cost = Section("Cost together")
        self._lines = lines_card(())
        self._cost.add(self._lines)
        column.addWidget(self._cost)
        column.addStretch(1)

    def fits(self, nodes: Sequence[Node]) -> bool:
        """Whether this is the page of these nodes."""
        return _key(nodes) == self._key

    def show_nodes(self, nodes: Sequence[Node], inference: Inference) -> None:
        """Show the nodes as they now are."""
        if self.form.rows:
            self.form.show_many([node_values(node) for node in nodes])
        known = [cost for node in nodes if (cost := node_cost(node, inference)) is not None]
        parameters = sum(cost.parameters for cost in known)
        macs = sum(cost.macs for cost in known)
        lines = lines_card((f"{words.whole(parameters)} parameters", f"{words.whole(macs)} MACs"))
        self._cost.replace(self._lines, lines)
        self._lines = lines

    def _submit(self, name: str, value: Any) -> str:
        nodes = [node for node, _, _ in self._key]
        title = f"{len(nodes)} layers: {name} → {to_text(value)}"
        return self._edits.make_here(
            Group(title, tuple(SetParam(node, name, value) for node in nodes))
        )


def shared_fields(nodes: Sequence[Node]) -> frozenset[str]:
    """Give the settings that all nodes have, under the same name and of the same kind."""
    sorts = [{spec.name: (spec.kind, spec.choices) for spec in node_specs(node)}
             for node in nodes]  # fmt: skip
    first, *others = sorts
    return frozenset(
        name for name, sort in first.items() if all(one.get(name) == sort for one in others)
    )


def _key(nodes: Sequence[Node]) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    return tuple(
        (node.id, node.kind, tuple(node.block.parameters) if node.block is not None else ())
        for node in nodes
    )


def _title(nodes: Sequence[Node]) -> str:
    kinds = {node.layer.title for node in nodes}
    what = f"{kinds.pop()} layers" if len(kinds) == 1 else "layers"
    return f"{len(nodes)} {what} selected"
