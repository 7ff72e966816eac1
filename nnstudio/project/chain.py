"""Networks without branches, written as a list of layers."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from nnstudio.graph.model import Edge, Graph, Node, PortRef, make_node

ACROSS, DOWN = 184.0, 190.0  # from card to card, and from row to row, on the canvas
IN_A_ROW = 5


def chain(*layers: str | tuple[str, Mapping[str, Any]]) -> Graph:
    """Make a network in which each layer feeds the next.

    Args:
        layers: Kinds of layers, each alone or with its parameters; "name" among the parameters
            is what a person calls it.

    Returns:
        The network, its cards in rows.

    Raises:
        StudioError: A parameter does not fit; the sentence names it.

    >>> chain("input", "flatten", ("dense", {"units": 10})).order
    ('input1', 'flatten1', 'dense1')
    """
    graph = Graph()
    for place, layer in enumerate(layers):
        kind, params = (layer, {}) if isinstance(layer, str) else layer
        node = _node(graph, kind, dict(params), place)
        graph = graph.with_node(node)
    edges = tuple(_edge(before, after) for before, after in pairwise(graph.nodes.values()))
    return Graph(graph.nodes, edges)


def _node(graph: Graph, kind: str, params: dict[str, Any], place: int) -> Node:
    name = params.pop("name", "")
    row, column = divmod(place, IN_A_ROW)
    return make_node(kind, graph.free_id(kind), name, (ACROSS * column, DOWN * row), **params)


def _edge(before: Node, after: Node) -> Edge:
    out = before.layer.outputs[0].name if before.layer.outputs else "y"
    into = after.layer.inputs[0].name if after.layer.inputs else "x"
    return Edge(PortRef(before.id, out), PortRef(after.id, into))
