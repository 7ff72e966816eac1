"""Cards into a block, and a block into its cards again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import pairwise
from types import MappingProxyType

from nnstudio.core.errors import StudioError
from nnstudio.graph.document import check_name
from nnstudio.graph.edits import AddNode, Edit, Group, Link, RemoveNode
from nnstudio.graph.model import Block, Edge, Graph, Node, PortRef, apply_values, make_node

_STEP = (178.0, 100.0)  # from one copy of a block to the next, in canvas units


def group(
    graph: Graph,
    ids: Iterable[str],
    name: str = "",
    parameters: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType({}),
    repeat: int = 1,
    around: Block | None = None,
) -> Edit:
    """Give the edit that puts nodes behind one card, with all links as they were.

    Args:
        graph: The graph.
        ids: The nodes.
        name: What the block is called; "" for the next number.
        parameters: What the card shows: for each of its parameters the (node, parameter) it sets.
        repeat: How many copies follow each other.
        around: The block whose inside the graph is; what its ports lead to gets ports again.

    Raises:
        StudioError: None is given, or the block would depend on itself.
    """
    chosen = {one: graph.nodes[one] for one in graph.nodes if one in set(ids)}
    if not chosen:
        raise StudioError("Nothing is selected; select the cards that shall be a block.")
    _check_closed(graph, set(chosen))
    card_id = graph.free_id("block")
    inputs, outputs = _inputs(graph, chosen, around), _outputs(graph, chosen, around)
    inner = Graph(chosen, tuple(e for e in graph.edges if _inside(e, chosen)))
    entries = {port: refs for port, (_, refs) in inputs.items()}
    block = Block(inner, entries, dict(outputs), dict(parameters), repeat=repeat)
    pos = (
        min(node.pos[0] for node in chosen.values()),
        min(node.pos[1] for node in chosen.values()),
    )
    label = check_name(name) if name.strip() else card_id
    card = replace(make_node("block", card_id, label, pos), block=block)
    entry = {src: PortRef(card_id, port) for port, (src, _) in inputs.items()}
    exit_ = {ref: PortRef(card_id, port) for port, ref in outputs.items()}
    links: dict[Edge, None] = {}
    for edge in graph.edges:
        if edge.src.node not in chosen and edge.dst.node in chosen:
            links[Edge(edge.src, entry[edge.src])] = None
        elif edge.src.node in chosen and edge.dst.node not in chosen:
            links[Edge(exit_[edge.src], edge.dst)] = None
        elif not _inside(edge, chosen):
            links[edge] = None
    title = f"Group {len(chosen)} cards into {label}"
    return Group(title, _exchange(graph, list(chosen), [card], list(links)))


def _inside(edge: Edge, chosen: dict[str, Node]) -> bool:
    return edge.src.node in chosen and edge.dst.node in chosen


def _check_closed(graph: Graph, chosen: set[str]) -> None:
    """See that no path leaves the chosen nodes and comes back."""
    outside = {
        edge.dst.node for one in chosen for edge in graph.outgoing(one)
        if edge.dst.node not in chosen
    }  # fmt: skip
    for node in outside:
        back = graph.downstream(node) & chosen
        if back:
            label, again = graph.nodes[node].label, graph.nodes[min(back)].label
            raise StudioError(
                f"'{label}' stands between the selected cards: '{again}' depends on it. "
                "Select it too."
            )


def _inputs(
    graph: Graph, chosen: dict[str, Node], around: Block | None
) -> dict[str, tuple[PortRef, tuple[PortRef, ...]]]:
    """Give for each port of the block what feeds it, and the inner inputs that it feeds."""
    fed: dict[PortRef, list[PortRef]] = {}
    for edge in graph.edges:
        if edge.dst.node in chosen and edge.src.node not in chosen:
            fed.setdefault(edge.src, []).append(edge.dst)
    for port, refs in around.inputs.items() if around is not None else ():
        inner = [ref for ref in refs if ref.node in chosen]
        if inner:  # fed by what comes into the block around
            fed[PortRef("", port)] = inner
    return {
        "x" if at == 1 else f"x{at}": (src, tuple(refs))
        for at, (src, refs) in enumerate(fed.items(), 1)
    }


def _outputs(graph: Graph, chosen: dict[str, Node], around: Block | None) -> dict[str, PortRef]:
    """Give the inner outputs that are used outside, and those that nothing uses yet."""
    found: dict[PortRef, None] = {}
    for edge in graph.edges:
        if edge.src.node in chosen and edge.dst.node not in chosen:
            found[edge.src] = None
    leading = around.outputs.values() if around is not None else ()
    found |= {ref: None for ref in leading if ref.node in chosen}
    for node in chosen.values():
        if not graph.outgoing(node.id) and not node.layer.is_loss():
            found |= {PortRef(node.id, port.name): None for port in node.layer.outputs}
    return {"y" if at == 1 else f"y{at}": ref for at, ref in enumerate(found, 1)}


def _exchange(
    graph: Graph, gone: list[str], new: list[Node], links: list[Edge]
) -> tuple[Edit, ...]:
    """Give the steps that put nodes in the place of others; `links` are all that remain."""
    lost = set(gone)
    kept = {edge for edge in graph.edges if not lost & {edge.src.node, edge.dst.node}}
    index = min(list(graph.nodes).index(one) for one in gone)
    steps: list[Edit] = [RemoveNode(one) for one in gone]
    steps += [AddNode(node, index + at) for at, node in enumerate(new)]
    steps += [Link(edge, at) for at, edge in enumerate(links) if edge not in kept]
    return tuple(steps)


def ungroup(graph: Graph, card_id: str) -> Edit:
    """Give the edit that puts the inside of a block in the place of its card, copies and all.

    Raises:
        StudioError: That is no block, or a port of it leads to nothing.
    """
    card = graph.nodes.get(card_id)
    if card is None or card.block is None:
        raise StudioError("That card is no block; only blocks can be taken apart.")
    block, inner = card.block, apply_values(card.block)
    taken = set(graph.nodes) - {card_id}
    copies = [_renamed(inner, taken) for _ in range(block.repeat)]
    nodes = [node for at, ids in enumerate(copies) for node in _placed(inner, ids, card, at)]
    links = list(_outer_links(graph, card_id, block, copies))
    for ids in copies:
        links += [_mapped(edge, ids) for edge in inner.edges]
    for before, after in pairwise(copies):
        for ref, entries in zip(block.outputs.values(), block.inputs.values(), strict=True):
            links += [Edge(_ref(ref, before), _ref(entry, after)) for entry in entries]
    steps = _exchange(graph, [card_id], nodes, links)
    return Group(f"Ungroup {card.label}", steps)


def _renamed(inner: Graph, taken: set[str]) -> dict[str, str]:
    """Give each inner node an id that is free outside; all of them are then taken."""
    ids: dict[str, str] = {}
    for one in inner.nodes:
        free, number = one, 2
        while free in taken:
            free, number = f"{one}_{number}", number + 1
        taken.add(free)
        ids[one] = free
    return ids


def _placed(inner: Graph, ids: dict[str, str], card: Node, copy: int) -> list[Node]:
    """Give the inner nodes with their new ids, the first where the card stood."""
    left = min((node.pos[0] for node in inner.nodes.values()), default=0.0)
    top = min((node.pos[1] for node in inner.nodes.values()), default=0.0)
    bottom = max((node.pos[1] for node in inner.nodes.values()), default=0.0)
    down = copy * (bottom - top + _STEP[1])
    return [
        replace(
            node,
            id=ids[node.id],
            name=ids[node.id] if node.name == node.id else node.name,
            pos=(node.pos[0] - left + card.pos[0], node.pos[1] - top + card.pos[1] + down),
        )
        for node in inner.nodes.values()
    ]


def _outer_links(
    graph: Graph, card: str, block: Block, copies: list[dict[str, str]]
) -> Iterable[Edge]:
    """Give the links outside of the card, in their order, led to what was inside."""
    for edge in graph.edges:
        src = edge.src
        if src.node == card:
            if src.port not in block.outputs:
                continue
            src = _ref(block.outputs[src.port], copies[-1])
        if edge.dst.node == card:
            yield from (
                Edge(src, _ref(one, copies[0])) for one in block.inputs.get(edge.dst.port, ())
            )
        else:
            yield Edge(src, edge.dst)


def _ref(ref: PortRef, ids: dict[str, str]) -> PortRef:
    if ref.node not in ids:
        raise StudioError(f"The block leads to the missing '{ref}'; mend it before.")
    return PortRef(ids[ref.node], ref.port)


def _mapped(edge: Edge, ids: dict[str, str]) -> Edge:
    return Edge(_ref(edge.src, ids), _ref(edge.dst, ids))
