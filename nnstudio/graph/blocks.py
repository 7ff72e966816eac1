"""Blocks made flat: copies of what is inside stand where the card stood, for plan and inference."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import pairwise

from nnstudio.core.errors import StudioError
from nnstudio.graph.model import (
    MAX_DEPTH,
    MAX_NODES,
    Block,
    Edge,
    Graph,
    Node,
    PortRef,
    apply_values,
)

_COPY = re.compile(r"\.\d+(?=/)")


def expand(graph: Graph) -> Graph:
    """Give the graph in which every block is replaced by what is inside.

    Inner nodes are called 'block1/conv1', those of the second copy 'block1.2/conv1'. The copies
    are chained, each output feeding the input at the same place. At an inner input that takes
    many links, what comes from outside stands before what comes from inside.

    Raises:
        StudioError: A block is nested too deep, too large, or does not fit together.
    """
    return _flatten(graph, MAX_DEPTH).graph()


def expand_card(graph: Graph) -> tuple[Graph, dict[PortRef, PortRef]]:
    """Expand, and say which flat output stands for each output of a card of `graph`.

    Raises:
        StudioError: As for `expand`.
    """
    flat = _flatten(graph, MAX_DEPTH)
    return flat.graph(), flat.exits


def stands_for(node: str, card: str) -> bool:
    """Whether a node of the expanded graph is a card, or inside of it in any of its copies.

    Args:
        node: Its id, such as "block1.2/conv1".
        card: The id of what people see, such as "block1" or "block1/conv1".
    """
    names = node, _COPY.sub("", node)
    return any(name == card or name.startswith(f"{card}/") for name in names)


def seen_inside(block: Block) -> Graph:
    """Give what is inside with the chosen values set, as a person sees it; notes stay.

    The very same graph where nothing is set, or where a value cannot be set.
    """
    try:
        applied = apply_values(block)
    except StudioError:
        return block.graph
    if all(applied.nodes[key] is node for key, node in block.graph.nodes.items()):
        return block.graph
    return replace(applied, notes=block.graph.notes)


def inner_parameter(block: Block, name: str) -> tuple[Node, str] | None:
    """Give the first inner layer that a parameter of a block sets, and which of its parameters.

    Through blocks in blocks; the layer's own field says what fits. None for a parameter that sets
    nothing, and for "repeat".
    """
    for inner, param in block.parameters.get(name, ()):
        node = block.graph.nodes.get(inner)
        if node is None:
            continue
        if node.block is None:
            return node, param
        deeper = inner_parameter(node.block, param)
        if deeper is not None:
            return deeper
    return None


def expanded_size(graph: Graph, depth: int = MAX_DEPTH) -> int:
    """Count the nodes after expansion without making them.

    Raises:
        StudioError: Blocks are nested too deep.
    """
    if depth < 0:
        raise StudioError(f"Blocks are nested more than {MAX_DEPTH} deep; take some apart.")
    return sum(
        1 if node.block is None else node.block.repeat * expanded_size(node.block.graph, depth - 1)
        for node in graph.nodes.values()
    )


@dataclass(slots=True)
class _Flat:
    """A graph being made flat; a card's ports are looked up in `entries` and `exits`."""

    nodes: dict[str, Node] = field(default_factory=dict)
    outer: list[Edge] = field(default_factory=list)
    inner: list[Edge] = field(default_factory=list)
    entries: dict[PortRef, tuple[PortRef, ...]] = field(default_factory=dict)
    exits: dict[PortRef, PortRef] = field(default_factory=dict)

    def graph(self) -> Graph:
        return Graph(self.nodes, (*self.outer, *self.inner))


def _flatten(graph: Graph, depth: int) -> _Flat:
    size = expanded_size(graph, depth)
    if size > MAX_NODES:
        raise StudioError(
            f"With all its blocks the network has {size:,} nodes; at most {MAX_NODES:,} are"
            " possible. Repeat blocks less often."
        )
    flat = _Flat()
    for node in graph.nodes.values():
        if node.block is None:
            _put(flat, node)
        else:
            _place(flat, node, node.block, depth)
    for edge in graph.edges:
        src = flat.exits.get(edge.src, edge.src)
        for dst in flat.entries.get(edge.dst, (edge.dst,)):
            if src.node in flat.nodes and dst.node in flat.nodes:  # else it ends at no port
                flat.outer.append(Edge(src, dst))
    return flat


def _put(flat: _Flat, node: Node) -> None:
    if node.id in flat.nodes:
        raise StudioError(f"Two nodes are called '{node.id}' inside and outside of blocks.")
    flat.nodes[node.id] = node


def _place(flat: _Flat, card: Node, block: Block, depth: int) -> None:
    """Put all copies of a block into the flat graph, chained."""
    if block.repeat > 1 and len(block.inputs) != len(block.outputs):
        raise StudioError(
            f"'{card.label}' cannot be repeated: it has {len(block.inputs)} inputs and"
            f" {len(block.outputs)} outputs, and each copy must feed the next."
        )
    inside = _flatten(apply_values(block), depth - 1)
    copies = [_copy(flat, card, block, inside, number) for number in range(1, block.repeat + 1)]
    for before, after in pairwise(copies):
        for exit_, entry in zip(before.exits.values(), after.entries.values(), strict=True):
            flat.inner.extend(Edge(exit_, one) for one in entry)
    for copy in copies:
        flat.inner.extend(copy.inner)
    flat.entries |= {PortRef(card.id, ref.port): to for ref, to in copies[0].entries.items()}
    flat.exits |= {PortRef(card.id, ref.port): to for ref, to in copies[-1].exits.items()}


def _copy(flat: _Flat, card: Node, block: Block, inside: _Flat, number: int) -> _Flat:
    """Add one copy's nodes; give its links, and where its ports lead."""
    mark = "" if number == 1 else f".{number}"
    prefix, label = f"{card.id}{mark}/", f"{card.label}{mark}/"

    def inner(ref: PortRef) -> PortRef:
        return PortRef(prefix + ref.node, ref.port)

    for node in inside.nodes.values():
        _put(flat, replace(node, id=prefix + node.id, name=label + node.label))
    copy = _Flat()
    copy.inner = [Edge(inner(e.src), inner(e.dst)) for e in (*inside.outer, *inside.inner)]
    for name, refs in block.inputs.items():
        ends = [end for ref in refs for end in inside.entries.get(ref, (ref,))]
        _check_ends(card, name, ends, inside)
        copy.entries[PortRef(card.id, name)] = tuple(inner(end) for end in ends)
    for name, ref in block.outputs.items():
        end = inside.exits.get(ref, ref)
        _check_ends(card, name, [end], inside)
        copy.exits[PortRef(card.id, name)] = inner(end)
    return copy


def _check_ends(card: Node, name: str, ends: list[PortRef], inside: _Flat) -> None:
    for end in ends:
        if end.node not in inside.nodes:
            raise StudioError(f"The port '{name}' of '{card.label}' leads to the missing '{end}'.")
