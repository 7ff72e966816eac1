"""The edit that reaches into a block."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from nnstudio.core.errors import StudioError
from nnstudio.graph.edits import Edit, ReplaceNode, edit_from_json
from nnstudio.graph.model import Block, Graph, Node, PortRef, setting_names, setting_values


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
        _check_chosen(node, node.block, inner)
        block = replace(node.block, graph=inner)
        kept = _led_anew(node.block, replace(block, parameters=_still_there(block)))
        if kept != block:
            return graph.with_node(replace(node, block=kept)), ReplaceNode(node)
        return graph.with_node(replace(node, block=block)), Inside(self.card, inverse)

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


def _check_chosen(card: Node, block: Block, inner: Graph) -> None:
    """Refuse to change inside what a chosen value of the block would set back at once.

    Raises:
        StudioError: The sentence says where to change it instead.
    """
    for name in block.values:
        for node_id, param in block.parameters.get(name, ()):
            old, new = block.graph.nodes.get(node_id), inner.nodes.get(node_id)
            if old is None or new is None or old is new or old.kind != new.kind:
                continue
            gone = param in setting_names(old) and param not in setting_names(new)
            if gone or setting_values(old).get(param) != setting_values(new).get(param):
                raise StudioError(
                    f"The {param} of '{old.label}' follows the block's own '{name}'; change it at"
                    f" the card of '{card.label}'."
                )


def _still_there(block: Block) -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Give what the block's parameters set, without nodes and parameters that are gone."""
    nodes = block.graph.nodes
    return {
        name: tuple(
            (node, param)
            for node, param in pairs
            if node in nodes and (not nodes[node].known or param in setting_names(nodes[node]))
        )
        for name, pairs in block.parameters.items()
    }


def _led_anew(old: Block, block: Block) -> Block:
    """Let ports lead into the block that took their cards in, or to the cards of one taken apart.

    Ports that lead to a deleted card stay as they are, and are told of as a problem.
    """
    gone = {one for one in old.graph.nodes if one not in block.graph.nodes}
    if not gone:
        return block
    inputs = {
        name: tuple(dict.fromkeys(new for ref in refs for new in _entries(old, block, ref)))
        for name, refs in block.inputs.items()
    }
    outputs = {name: _exit(old, block, ref) for name, ref in block.outputs.items()}
    if inputs == dict(block.inputs) and outputs == dict(block.outputs):
        return block
    return replace(block, inputs=inputs, outputs=outputs)


def _entries(old: Block, block: Block, ref: PortRef) -> tuple[PortRef, ...]:
    nodes = block.graph.nodes
    if ref.node in nodes:
        return (ref,)
    for node in nodes.values():
        for port, refs in node.block.inputs.items() if node.block is not None else ():
            if ref in refs and node.id not in old.graph.nodes:
                return (PortRef(node.id, port),)
    card = old.graph.nodes[ref.node].block if ref.node in old.graph.nodes else None
    apart = card.inputs.get(ref.port, ()) if card is not None else ()
    return apart if apart and all(one.node in nodes for one in apart) else (ref,)


def _exit(old: Block, block: Block, ref: PortRef) -> PortRef:
    nodes = block.graph.nodes
    if ref.node in nodes:
        return ref
    for node in nodes.values():
        for port, one in node.block.outputs.items() if node.block is not None else ():
            if one == ref and node.id not in old.graph.nodes:
                return PortRef(node.id, port)
    card = old.graph.nodes[ref.node].block if ref.node in old.graph.nodes else None
    apart = card.outputs.get(ref.port) if card is not None and card.repeat == 1 else None
    return apart if apart is not None and apart.node in nodes else ref


def inside_from_json(document: Mapping[str, Any]) -> Inside:
    """Read the edit from JSON values that `edit_from_json` has looked at."""
    card = document["card"]
    if not isinstance(card, str):
        raise TypeError
    return Inside(card, edit_from_json(document["edit"]))
