"""Fusion on the graph: a layer also does the work of an activation or addition that follows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from nnstudio.engine.passes import ALL_PASSES, Passes
from nnstudio.graph.layer import Layer
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
    alias: Mapping[str, str] = field(default_factory=dict)

    def giver(self, node: str) -> str:
        """Give the node whose output equals the output of `node`."""
        return self.alias.get(node, node)


@dataclass(frozen=True, slots=True)
class _Joined(Node):
    """A node under which another layer runs than people see; it stands in plans only."""

    runs: Layer | None = None

    @property
    def layer(self) -> Layer:
        assert self.runs is not None
        return self.runs


def fuse(graph: Graph, keep: frozenset[str] = frozenset(), passes: Passes = ALL_PASSES) -> Fused:
    """Let layers absorb the activations and additions that follow them.

    Args:
        graph: The network, without blocks.
        keep: Nodes whose own output somebody watches; they stay apart from their followers.
        passes: Which kinds of fusion take place.
    """
    found = Fused(graph)
    for node_id in graph.order:
        found = _with_sum(found, node_id, keep) if passes.norms else found
        found = _with_activation(found, node_id, keep, passes)
    return found


def _with_activation(found: Fused, node_id: str, keep: frozenset[str], passes: Passes) -> Fused:
    """Let the layer before an activation do its work."""
    graph = found.graph
    edges = graph.incoming(node_id)
    before = _lone_giver(found, edges[0], keep) if len(edges) == 1 else None
    if before is None or not (passes.sums if before.kind == "add" else passes.fuse):
        return found
    layer, node = before.layer, graph.nodes[node_id]
    absorbed = layer.absorb(before.params, node.layer) if isinstance(layer, RunnableLayer) else None
    if absorbed is None:
        return found
    return _absorbed(found, replace(before, params=absorbed), node_id, ())


def _with_sum(found: Fused, node_id: str, keep: frozenset[str]) -> Fused:
    """Let one of the two layers before an addition do its work."""
    graph = found.graph
    edges = graph.incoming(node_id) if node_id in graph.nodes else []
    if len(edges) != 2 or graph.nodes[node_id].kind != "add":
        return found
    for edge, other in (edges, edges[::-1]):
        joined = _summing(_lone_giver(found, edge, keep))
        if joined is not None:
            summand = Edge(other.src, PortRef(joined.id, joined.layer.inputs[1].name))
            return _absorbed(found, joined, node_id, (summand,))
    return found


def _summing(before: Node | None) -> Node | None:
    """Give the node under a layer that adds a second input to its result, where there is one."""
    if before is None or not isinstance(before.layer, RunnableLayer):
        return None
    layer = before.layer.with_summand(before.params)
    if layer is None:
        return None
    return _Joined(before.id, before.kind, before.params, before.name, runs=layer)


def _lone_giver(found: Fused, edge: Edge, keep: frozenset[str]) -> Node | None:
    """Give the node before a link that feeds nothing else, and that nobody watches."""
    before = found.graph.nodes[edge.src.node]
    watched = any(found.giver(one) == before.id for one in keep)
    return None if watched or len(found.graph.outgoing(before.id)) > 1 else before


def _absorbed(found: Fused, before: Node, gone: str, more: tuple[Edge, ...]) -> Fused:
    """Drop the node `gone`; `before` feeds its followers and is fed by `more` links too."""
    graph = found.graph
    nodes = {key: value for key, value in graph.nodes.items() if key != gone}
    nodes[before.id] = before
    output = PortRef(before.id, before.layer.outputs[0].name)
    edges = [
        Edge(output, edge.dst) if edge.src.node == gone else edge
        for edge in graph.edges
        if edge.dst.node != gone
    ]
    alias = {node: before.id if giver == gone else giver for node, giver in found.alias.items()}
    return Fused(Graph(nodes, (*edges, *more)), {**alias, gone: before.id})
