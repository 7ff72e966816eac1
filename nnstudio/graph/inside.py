"""The edit that reaches into a block."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from nnstudio.core.errors import StudioError
from nnstudio.graph.edits import Edit, edit_from_json
from nnstudio.graph.model import Graph


@dataclass(frozen=True, slots=True)
class Inside(Edit):
    """Change what is inside a block.

    Attributes:
        card: The id of the block's card.
        edit: What to do with the graph inside.
    """

    card: str
    edit: Edit
    op: ClassVar[str] = "inside"

    def apply(self, graph: Graph) -> tuple[Graph, Edit]:
        """See `Edit`."""
        node = graph.nodes.get(self.card)
        if node is None or node.block is None:
            raise StudioError(f"There is no block '{self.card}' in this network.")
        inner, inverse = self.edit.apply(node.block.graph)
        changed = replace(node, block=replace(node.block, graph=inner))
        return graph.with_node(changed), Inside(self.card, inverse)

    def title(self, graph: Graph) -> str:
        """See `Edit`."""
        node = graph.nodes.get(self.card)
        if node is None or node.block is None:
            return self.edit.title(Graph())
        return f"{node.label}: {self.edit.title(node.block.graph)}"

    def to_json(self) -> dict[str, Any]:
        """See `Edit`."""
        return {"op": self.op, "card": self.card, "edit": self.edit.to_json()}

    def merged(self, later: Edit) -> Edit | None:
        """See `Edit`."""
        if not isinstance(later, Inside) or later.card != self.card:
            return None
        both = self.edit.merged(later.edit)
        return None if both is None else Inside(self.card, both)


def inside_from_json(document: Mapping[str, Any]) -> Inside:
    """Read the edit from JSON values that `edit_from_json` has looked at."""
    card = document["card"]
    if not isinstance(card, str):
        raise TypeError
    return Inside(card, edit_from_json(document["edit"]))
