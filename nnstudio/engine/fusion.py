"""Fusion on the graph: an activation that follows a layer alone becomes part of that layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from nnstudio.graph.model import Edge, Graph, Node, PortRef
from nnstudio.layers.contract import RunnableLayer


@dataclass(frozen=True, slots=True)
class Fused:
    """A graph that computes the same with fewer nodes.

    Attributes:
        graph: The graph to be planned.
        alias: For each node that was absorbed, the node that now gives its output.
    """

    graph: Graph
    alias: Mapping[str, str]

    def giver(self, node: str) -> str:
        """Give the node whose output equals the output of `node`."""
        return self.alias.get(node, node)


def fuse(graph: Graph, keep: frozenset[str] = frozenset()) -> Fused:
    """Let layers absorb the activations that follow them.

    Args:
        graph: The network, without blocks.
        keep: Nodes whose own output somebody watches; they stay apart from their followers.
    """
    alias: dict[str, str] = {}
    for node_id in graph.order:
        before = _only_giver(graph, node_id)
        if before is None or before.id in keep:
            continue
        layer, node = before.layer, graph.nodes[node_id]
        if not isinstance(layer, RunnableLayer):
            continue
        absorbed = layer.absorb(before.params, node.layer)
        if absorbed is not None:
            graph = _absorbed(graph, replace(before, params=absorbed), node)
            alias[node_id] = before.id
    return Fused(graph, alias)


def _only_giver(graph: Graph, node_id: str) -> Node | None:
    """Give the node that alone feeds `node_id` and feeds nothing else."""
    incoming = graph.incoming(node_id)
    if len(incoming) != 1:
        return None
    before = graph.nodes[incoming[0].src.node]
    return before if len(graph.outgoing(before.id)) == 1 else None


def _absorbed(graph: Graph, before: Node, node: Node) -> Graph:
    """Give the graph without `node`; `before` feeds its followers."""
    nodes = {key: value for key, value in graph.nodes.items() if key != node.id}
    nodes[before.id] = before
    edges = []
    for edge in graph.edges:
        if edge.dst.node == node.id:
            continue
        if edge.src.node == node.id:
            port = before.layer.outputs[0].name
            edge = Edge(PortRef(before.id, port), edge.dst)  # noqa: PLW2901
        edges.append(edge)
    return Graph(nodes, tuple(edges))
