"""Edits made of several: copy, paste, duplicate, delete with bridging, insert after a node."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace

from nnstudio.core.errors import StudioError
from nnstudio.graph.document import FAR, edge_json, graph_from_json, node_json
from nnstudio.graph.edits import AddNode, Edit, Group, Link, RemoveNode, Unlink
from nnstudio.graph.layout import make_room, right_of
from nnstudio.graph.linking import refusal
from nnstudio.graph.model import Edge, Graph, Node, PortRef
from nnstudio.graph.registry import layer_of

_FORMAT = "nnstudio nodes"
_VERSION = 1
_MOST_TEXT = 20_000_000  # characters; more is no copied network


def copy_nodes(graph: Graph, ids: Iterable[str]) -> str:
    """Give nodes and the links among them as JSON text for the clipboard.

    Raises:
        StudioError: A node is not there, or none is given.
    """
    chosen = _chosen(graph, ids)
    return json.dumps(
        {
            "format": _FORMAT,
            "version": _VERSION,
            "nodes": [node_json(node) for node in chosen.values()],
            "edges": [
                edge_json(edge)
                for edge in graph.edges
                if edge.src.node in chosen and edge.dst.node in chosen
            ],
        },
        ensure_ascii=False,
    )


def _chosen(graph: Graph, ids: Iterable[str]) -> dict[str, Node]:
    wanted = set(ids)
    chosen = {node_id: node for node_id, node in graph.nodes.items() if node_id in wanted}
    if len(chosen) < len(wanted):
        raise StudioError("A selected node is not in this network any more.")
    if not chosen:
        raise StudioError("Nothing is selected; select cards first.")
    return chosen


def paste(text: str, graph: Graph, offset: tuple[float, float] = (24.0, 24.0)) -> Edit:
    """Give the edit that adds copied nodes under free names.

    Args:
        text: What the clipboard holds; anything at all.
        graph: Where the nodes go.
        offset: How far from their old places, in canvas units.

    Raises:
        StudioError: The text is not a copied part of a network.
    """
    copied = read_copied(text)
    return _added(copied, graph, offset, f"Paste {_count(copied)}")


def read_copied(text: str) -> Graph:
    """Read nodes and links that `copy_nodes` wrote.

    Raises:
        StudioError: The text holds none.
    """
    strange = StudioError("The clipboard holds no part of a network; copy some cards first.")
    if len(text) > _MOST_TEXT:
        raise strange
    inner = text[text.find("{") : text.rfind("}") + 1]  # a chat may put words or a fence around
    try:
        document = json.loads(inner)
    except (ValueError, RecursionError) as error:
        raise strange from error
    if not isinstance(document, Mapping) or document.get("format") != _FORMAT:
        raise strange
    if document.get("version") != _VERSION:
        raise StudioError("The copied cards come from a newer studio; update this one to paste.")
    copied = graph_from_json(document)
    if not copied.nodes:
        raise strange
    return copied


def _count(graph: Graph) -> str:
    labels = [node.label for node in graph.nodes.values()]
    return labels[0] if len(labels) == 1 else f"{len(labels)} cards"


def _added(copied: Graph, graph: Graph, offset: tuple[float, float], name: str) -> Group:
    """Add all of `copied` to `graph` under free ids, in one step."""
    new_ids: dict[str, str] = {}
    steps: list[Edit] = []
    growing = set(graph.nodes) | {node.name for node in graph.nodes.values()}
    numbers: dict[str, int] = {}
    for node in copied.nodes.values():
        fresh = new_ids[node.id] = _free(node, growing, numbers)
        pos = (_near(node.pos[0] + offset[0]), _near(node.pos[1] + offset[1]))
        label = fresh if node.name in growing else node.name
        growing |= {fresh, label}
        steps.append(AddNode(replace(node, id=fresh, name=label, pos=pos)))
    for edge in copied.edges:
        src = PortRef(new_ids[edge.src.node], edge.src.port)
        dst = PortRef(new_ids[edge.dst.node], edge.dst.port)
        steps.append(Link(Edge(src, dst)))
    return Group(name, tuple(steps))


def _near(value: float) -> float:
    return max(-FAR / 2, min(FAR / 2, value))


def _free(node: Node, taken: set[str], numbers: dict[str, int]) -> str:
    """Give the node's own id where it is free, else the next number of its kind.

    Args:
        node: The node.
        taken: Ids and names that are not free.
        numbers: The last number of each kind that was given, so that none is tried again.
    """
    if node.id not in taken:
        return node.id
    prefix = layer_of(node.kind).prefix or node.kind
    number = numbers.get(prefix, 0) + 1
    while f"{prefix}{number}" in taken:
        number += 1
    numbers[prefix] = number
    return f"{prefix}{number}"


def duplicate(graph: Graph, ids: Iterable[str], offset: tuple[float, float] = (24.0, 24.0)) -> Edit:
    """Give the edit that adds copies of nodes, with the links among them.

    Raises:
        StudioError: A node is not there, or none is given.
    """
    chosen = _chosen(graph, ids)
    edges = tuple(e for e in graph.edges if e.src.node in chosen and e.dst.node in chosen)
    copied = Graph(chosen, edges)
    return _added(copied, graph, offset, f"Duplicate {_count(copied)}")


def delete_nodes(graph: Graph, ids: Iterable[str], bridge: bool = False) -> Edit:
    """Give the edit that removes nodes.

    Args:
        graph: The graph.
        ids: The nodes.
        bridge: Whether what fed a removed node then feeds what it fed.

    Raises:
        StudioError: A node is not there, or none is given.
    """
    chosen = _chosen(graph, ids)
    edges = list(graph.edges)
    steps: list[Edit] = []
    for node in chosen.values():
        new = _bridges(graph, edges, node.id) if bridge else {}
        for edge, replaced in new.items():
            # the bridge stands where the cut link stood, so the order of inputs is kept
            index = edges.index(replaced)
            steps.append(Link(edge, index))
            edges.insert(index, edge)
        steps.append(RemoveNode(node.id))
        edges = [edge for edge in edges if node.id not in (edge.src.node, edge.dst.node)]
    return Group(f"Delete {_count(Graph(chosen))}", tuple(steps))


def _bridges(graph: Graph, edges: list[Edge], node: str) -> dict[Edge, Edge]:
    """Give links from what feeds `node` to what it feeds, each with the link it stands for."""
    incoming = [edge for edge in edges if edge.dst.node == node != edge.src.node]
    outgoing = [edge for edge in edges if edge.src.node == node != edge.dst.node]
    found: dict[Edge, Edge] = {}
    for after in outgoing:
        layer = graph.nodes[after.dst.node].layer
        many = any(port.many for port in layer.inputs if port.name == after.dst.port)
        for before in incoming if many else incoming[:1]:
            edge = Edge(before.src, after.dst)
            if edge not in edges and edge not in found:
                found[edge] = after
    return found


def insert_after(graph: Graph, node_id: str, new: Node) -> Edit:
    """Give the edit that adds a new node right of a node, linked behind it.

    What the node fed is then fed by the new one. Where nothing can be linked (a loss gives
    nothing, an Input takes nothing) the new node stands beside it without a link.

    Raises:
        StudioError: There is no such node.
    """
    before = graph.nodes.get(node_id)
    if before is None:
        raise StudioError(f"There is no node '{node_id}' in this network.")
    place = right_of(before.pos)
    new = replace(new, pos=place)
    steps: list[Edit] = [AddNode(new)]
    outputs = before.layer.outputs
    if outputs and new.layer.inputs:
        src = PortRef(node_id, outputs[0].name)
        if new.layer.outputs:
            steps += _handed_over(graph, src, PortRef(new.id, new.layer.outputs[0].name))
        steps.append(Link(Edge(src, PortRef(new.id, new.layer.inputs[0].name))))
    steps += make_room(graph, place)
    return Group(f"Add {new.label}", tuple(steps))


def _handed_over(graph: Graph, old: PortRef, new: PortRef) -> list[Edit]:
    """Let all links from `old` start at `new`, each at its place in the order."""
    steps: list[Edit] = []
    for index, edge in enumerate(graph.edges):
        if edge.src == old:
            steps += [Unlink(edge), Link(Edge(new, edge.dst), index)]
    return steps


def link_to(graph: Graph, ids: Iterable[str], target: str) -> Edit:
    """Give the edit that links the first output of each node to the first input of `target`.

    Raises:
        StudioError: One of the links is refused; the sentence says why.
    """
    chosen = _chosen(graph, ids)
    taker = graph.nodes.get(target)
    if taker is None or not taker.layer.inputs:
        raise StudioError("Nothing can be linked to that card.")
    dst = PortRef(target, taker.layer.inputs[0].name)
    steps: list[Edit] = []
    for node in chosen.values():
        src = PortRef(node.id, node.layer.outputs[0].name if node.layer.outputs else "")
        why_not = refusal(graph, src, dst)
        if why_not:
            raise StudioError(why_not)
        steps.append(Link(Edge(src, dst)))
    return Group(f"Link {_count(Graph(chosen))} to {taker.label}", tuple(steps))
