"""Linking rules: which ports may be joined, and why not."""

from __future__ import annotations

from nnstudio.core.errors import StudioError
from nnstudio.graph.edits import Edit, Group, Link, Unlink
from nnstudio.graph.model import Edge, Graph, PortRef


def refusal(graph: Graph, src: PortRef, dst: PortRef) -> str:
    """Say why two ports cannot be linked; "" where they can.

    Shapes do not matter here: a link that brings the wrong shape may be made, and is then
    explained and repaired at its place.
    """
    giver, taker = graph.nodes.get(src.node), graph.nodes.get(dst.node)
    if giver is None or taker is None:
        return "One of the nodes is gone."
    if src.port not in {port.name for port in giver.layer.outputs}:
        return f"'{giver.label}' has no output to link from."
    if dst.port not in {port.name for port in taker.layer.inputs}:
        return f"'{taker.label}' takes no input."
    if src.node == dst.node:
        return "A layer cannot feed itself."
    if Edge(src, dst) in graph.edges:
        return "These two are already linked."
    if src.node in graph.downstream(dst.node):
        return f"That would close a loop: '{giver.label}' depends on '{taker.label}'."
    return ""


def link(graph: Graph, src: PortRef, dst: PortRef) -> Edit:
    """Give the edit that joins two ports; an input for one link lets go of its old one.

    Raises:
        StudioError: The ports cannot be linked; the sentence is that of `refusal`.
    """
    why_not = refusal(graph, src, dst)
    if why_not:
        raise StudioError(why_not)
    edge = Edge(src, dst)
    many = any(port.many for port in graph.nodes[dst.node].layer.inputs if port.name == dst.port)
    old = [one for one in graph.edges if one.dst == dst]
    if many or not old:
        return Link(edge)
    name = Link(edge).title(graph)
    return Group(name, (*(Unlink(one) for one in old), Link(edge)))
