"""Problems of a graph, each with its place, its cause in numbers, and repairs as ordinary edits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from nnstudio.core.errors import StudioError
from nnstudio.graph.edits import AddNode, Edit, Group, Link, ReplaceNode, SetParam, Unlink
from nnstudio.graph.layer import InsertBefore, Mismatch, Remedy, ReplaceWith, SetOwn, SetWidth
from nnstudio.graph.model import Edge, Graph, Node, PortRef, make_node

Severity = Literal["error", "unfinished", "advice"]


@dataclass(frozen=True, slots=True)
class Repair:
    """A likely repair: a button with an edit behind it."""

    label: str
    edit: Edit


@dataclass(frozen=True, slots=True)
class Problem:
    """One cause, shown at its place.

    Attributes:
        node: Id of the node it belongs to; "" for the graph as a whole.
        severity: "error" and "unfinished" keep the net from running, "advice" does not.
        message: What is wrong, in numbers.
        hint: What to do where no repair can be offered.
        repairs: Likely repairs, the likeliest first.
        edge: The link that brings the wrong tensor.
    """

    node: str
    severity: Severity
    message: str
    hint: str = ""
    repairs: tuple[Repair, ...] = ()
    edge: Edge | None = None


def problem_of(
    graph: Graph, node: Node, mismatch: Mismatch, severity: Severity = "error"
) -> Problem:
    """Turn what a layer complains about into a problem with repairs for this graph."""
    edge = _blamed_edge(graph, node, mismatch)
    repairs = [_repair(graph, node, edge, remedy) for remedy in mismatch.remedies]
    working = tuple(repair for repair in repairs if repair is not None)
    return Problem(node.id, severity, mismatch.message, mismatch.hint, working, edge)


def _blamed_edge(graph: Graph, node: Node, mismatch: Mismatch) -> Edge | None:
    edges = [
        edge
        for edge in graph.incoming(node.id)
        if not mismatch.port or edge.dst.port == mismatch.port
    ]
    return edges[mismatch.index] if mismatch.index < len(edges) else None


def _repair(graph: Graph, node: Node, edge: Edge | None, remedy: Remedy) -> Repair | None:
    edit: Edit | None
    match remedy:
        case SetOwn(param, value, label):
            edit = SetParam(node.id, param, value)
        case InsertBefore(kind, label, params):
            edit = None if edge is None else insert_into(graph, edge, kind, dict(params))
        case SetWidth(width, label):
            edit = None if edge is None else _set_width(graph, edge.src.node, width)
        case ReplaceWith(kind, label, params):
            other = make_node(kind, node.id, node.name, node.pos, **dict(params))
            edit = ReplaceNode(other)
    return None if edit is None else Repair(label, _named(label, edit))


def _named(label: str, edit: Edit) -> Edit:
    return replace(edit, name=label) if isinstance(edit, Group) else Group(label, (edit,))


def insert_into(graph: Graph, edge: Edge, kind: str, params: dict[str, Any]) -> Edit:
    """Give the edit that splices a new node of `kind` into a link."""
    before, after = graph.nodes[edge.src.node], graph.nodes[edge.dst.node]
    node_id = graph.free_id(kind)
    pos = ((before.pos[0] + after.pos[0]) / 2, (before.pos[1] + after.pos[1]) / 2)
    node = make_node(kind, node_id, node_id, pos, **params)
    return splice(graph, edge, node)


def splice(graph: Graph, edge: Edge, node: Node) -> Group:
    """Give the edit that adds `node` in the middle of a link."""
    index = graph.edges.index(edge)
    first = Edge(edge.src, PortRef(node.id, node.layer.inputs[0].name))
    second = Edge(PortRef(node.id, node.layer.outputs[0].name), edge.dst)
    steps: tuple[Edit, ...] = (AddNode(node), Unlink(edge), Link(second, index), Link(first, index))
    return Group(f"Insert {node.label}", steps)


def _set_width(graph: Graph, start: str, width: int) -> Edit | None:
    """Set the width of the nearest node upstream that has one, along single inputs."""
    at = start
    for _ in range(len(graph.nodes)):
        node = graph.nodes[at]
        if node.layer.width_param:
            try:
                edit = SetParam(at, node.layer.width_param, width)
                edit.apply(graph)
            except StudioError:
                return None
            return edit
        incoming = graph.incoming(at)
        if len(incoming) != 1:
            return None
        at = incoming[0].src.node
    return None
