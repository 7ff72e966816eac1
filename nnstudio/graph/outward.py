"""What a block shows on its card: which inner parameters can be set from outside, and the edit."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from nnstudio.core.errors import StudioError
from nnstudio.graph.document import block_json, outward_from_json
from nnstudio.graph.edits import Edit, Group, SetParam
from nnstudio.graph.inside import Inside
from nnstudio.graph.model import Block, Graph, Node, apply_values, setting_names, setting_values

Pair = tuple[str, str]  # an inner node's id, and one of its parameters
LIKELY = frozenset({"filters", "units", "rate"})  # what people change first
REPEAT = "repeat"


@dataclass(frozen=True, slots=True)
class SetOutward(Edit):
    """Let a block have other parameters on its card; `name` says what that does.

    Attributes:
        card: The id of the block's card.
        parameters: See `Block`.
        values: See `Block`.
        times: See `Block`.
        name: For the undo menu.
    """

    card: str
    parameters: Mapping[str, tuple[Pair, ...]]
    values: Mapping[str, Any]
    times: Mapping[Pair, int]
    name: str
    op: ClassVar[str] = "set outward"

    def apply(self, graph: Graph) -> tuple[Graph, Edit]:
        """See `Edit`."""
        node, block = _block_of(graph, self.card)
        changed = replace(block, parameters=self.parameters, values=self.values, times=self.times)
        apply_values(changed)
        return graph.with_node(replace(node, block=changed)), _as_is(node, block, self.name)

    def title(self, graph: Graph) -> str:
        """See `Edit`."""
        return self.name

    def to_json(self) -> dict[str, Any]:
        """See `Edit`."""
        outward = Block(Graph(), {}, {}, self.parameters, self.values, times=self.times)
        document = block_json(outward)
        kept: dict[str, Any] = {
            key: document[key] for key in ("parameters", "values", "times") if key in document
        }
        return {"op": self.op, "card": self.card, "name": self.name, **kept}


def _as_is(node: Node, block: Block, name: str) -> SetOutward:
    return SetOutward(node.id, block.parameters, block.values, block.times, name)


def set_outward_from_json(document: Mapping[str, Any]) -> SetOutward:
    """Read the edit from JSON values that `edit_from_json` has looked at."""
    card, name = document["card"], document["name"]
    if not isinstance(card, str) or not isinstance(name, str):
        raise TypeError
    return SetOutward(card, *outward_from_json(document), name)


def _block_of(graph: Graph, card: str) -> tuple[Node, Block]:
    node = graph.nodes.get(card)
    if node is None or node.block is None:
        raise StudioError(f"There is no block '{card}' in this network.")
    return node, node.block


def outward_name(block: Block, node: str, param: str) -> str:
    """Give the parameter of a block that sets an inner parameter, or ""."""
    return next((name for name, pairs in block.parameters.items() if (node, param) in pairs), "")


def show_outside(graph: Graph, card_id: str, node_id: str, param: str) -> Edit:
    """Give the edit that lets an inner parameter be set on the block's card.

    Raises:
        StudioError: There is no such block, node or parameter, or the card shows it already.
    """
    card, block = _block_of(graph, card_id)
    inner = block.graph.nodes.get(node_id)
    if inner is None or param not in setting_names(inner):
        raise StudioError(f"'{card.label}' holds no '{node_id}' with a parameter '{param}'.")
    if outward_name(block, node_id, param):
        raise StudioError(f"The card of '{card.label}' shows the {param} of '{inner.label}'.")
    name = _free_name(inner, param, block.parameters)
    title = f"Show {inner.label} {_spoken(param)} on the card of {card.label}"
    parameters = {**block.parameters, name: ((node_id, param),)}
    return SetOutward(card_id, parameters, block.values, block.times, title)


def hide_outside(graph: Graph, card_id: str, node_id: str, param: str) -> Edit:
    """Give the edit that takes an inner parameter off the block's card; what it is now it stays.

    Raises:
        StudioError: There is no such block, or its card does not show the parameter.
    """
    card, block = _block_of(graph, card_id)
    name = outward_name(block, node_id, param)
    inner = block.graph.nodes.get(node_id)
    if not name or inner is None:
        raise StudioError(f"The card of '{card.label}' does not show the {param} of '{node_id}'.")
    left = tuple(pair for pair in block.parameters[name] if pair != (node_id, param))
    gone = set() if left else {name}
    parameters = _without({**block.parameters, name: left}, gone)
    values = _without(block.values, gone)
    times = _without(block.times, {(node_id, param)})
    title = f"Take {inner.label} {_spoken(param)} off the card of {card.label}"
    off = SetOutward(card_id, parameters, values, times, title)
    now = setting_values(apply_values(block).nodes[node_id]).get(param)
    if now == setting_values(inner).get(param):
        return off
    return Group(title, (off, Inside(card_id, SetParam(node_id, param, now))))


def _without(mapping: Mapping[Any, Any], gone: Collection[Any]) -> dict[Any, Any]:
    return {key: value for key, value in mapping.items() if key not in gone}


def _spoken(param: str) -> str:
    return param.replace("_", " ")


def _free_name(node: Node, param: str, taken: Collection[str]) -> str:
    """Call it as inside; where that is taken, behind the node's name, and then by number."""
    tried = [param, f"{_plain(node.label)}_{param}"]
    tried += [f"{tried[1]}_{number}" for number in range(2, len(taken) + 4)]
    return next(name for name in tried if name not in taken and name != REPEAT)


def _plain(label: str) -> str:
    """Make a name that can stand in a path such as block1.conv1_filters."""
    return re.sub(r"\W+", "_", label).strip("_").lower() or "inner"


def likely(nodes: Iterable[Node]) -> list[Pair]:
    """List the parameters that people want to change from outside: how many, and how much."""
    return [
        (node.id, name)
        for node in nodes
        for name in setting_names(node)
        if name in LIKELY or name.endswith(("_filters", "_units", "_rate"))
    ]


def named(nodes: Mapping[str, Node], pairs: Iterable[Pair]) -> dict[str, tuple[Pair, ...]]:
    """Give chosen inner parameters names; those of the same name stand behind their node's."""
    pairs = list(pairs)
    twice = {param for _, param in pairs if [one for _, one in pairs].count(param) > 1}
    found: dict[str, tuple[Pair, ...]] = {}
    for node_id, param in pairs:
        taken = {*found, param} if param in twice else found
        found[_free_name(nodes[node_id], param, taken)] = ((node_id, param),)
    return found
