"""Graphs and nodes as JSON documents, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nnstudio.core.errors import StudioError
from nnstudio.graph.model import Block, Edge, Graph, Node, PortRef
from nnstudio.graph.registry import make_params, params_json

MAX_NODES = 20_000


def graph_json(graph: Graph) -> dict[str, Any]:
    """Give a graph as JSON values."""
    return {
        "nodes": [node_json(node) for node in graph.nodes.values()],
        "edges": [edge_json(edge) for edge in graph.edges],
    }


def graph_from_json(document: object) -> Graph:
    """Read a graph from JSON values; a graph with mistakes in its *network* is fine.

    Raises:
        StudioError: The document is not a graph.
    """
    if not isinstance(document, Mapping):
        raise StudioError("The network is damaged: expected an object with nodes and edges.")
    nodes, edges = document.get("nodes"), document.get("edges")
    if not isinstance(nodes, list) or not isinstance(edges, list):
        raise StudioError("The network is damaged: it has no list of nodes or no list of edges.")
    if len(nodes) > MAX_NODES or len(edges) > 8 * MAX_NODES:
        raise StudioError(
            f"The network has {len(nodes):,} nodes; at most {MAX_NODES:,} can be read."
        )
    made: dict[str, Node] = {}
    for entry in nodes:
        node = node_from_json(entry)
        if node.id in made:
            raise StudioError(f"The network is damaged: two nodes have the id '{node.id}'.")
        made[node.id] = node
    links = tuple(edge_from_json(entry) for entry in edges)
    for edge in links:
        _check_ends(edge, made)
    return Graph(made, links)


def _check_ends(edge: Edge, nodes: Mapping[str, Node]) -> None:
    for end in (edge.src.node, edge.dst.node):
        if end not in nodes:
            raise StudioError(f"The network is damaged: a link names the missing node '{end}'.")


def node_json(node: Node) -> dict[str, Any]:
    """Give a node as JSON values."""
    document: dict[str, Any] = {
        "id": node.id,
        "kind": node.kind,
        "name": node.name,
        "pos": [node.pos[0], node.pos[1]],
        "params": params_json(node.params),
    }
    if node.block is not None:
        document["block"] = block_json(node.block)
    return document


def node_from_json(document: object) -> Node:
    """Read a node from JSON values.

    Raises:
        StudioError: Something is missing or of the wrong kind.
    """
    if not isinstance(document, Mapping):
        raise StudioError("The network is damaged: a node is not an object.")
    node_id, kind = document.get("id"), document.get("kind")
    if not isinstance(node_id, str) or not node_id or not isinstance(kind, str):
        raise StudioError("The network is damaged: a node has no id or no kind.")
    params = document.get("params", {})
    if not isinstance(params, Mapping):
        raise StudioError(
            f"The network is damaged: the parameters of '{node_id}' are not an object."
        )
    block = document.get("block")
    return Node(
        node_id,
        kind,
        make_params(kind, params),
        str(document.get("name") or node_id),
        _position(document.get("pos", (0, 0)), node_id),
        None if block is None else block_from_json(block),
    )


def _position(value: object, node_id: str) -> tuple[float, float]:
    if isinstance(value, list | tuple) and len(value) == 2:
        x, y = value
        if isinstance(x, int | float) and isinstance(y, int | float) and abs(x) + abs(y) < 1e9:
            return float(x), float(y)
    raise StudioError(f"The network is damaged: the place of '{node_id}' is not a pair of numbers.")


def edge_json(edge: Edge) -> list[str]:
    """Give a link as JSON values: [node, port, node, port]."""
    return [edge.src.node, edge.src.port, edge.dst.node, edge.dst.port]


def edge_from_json(document: object) -> Edge:
    """Read a link from JSON values.

    Raises:
        StudioError: It is not four texts.
    """
    if isinstance(document, list | tuple) and len(document) == 4:
        if all(isinstance(part, str) for part in document):
            return Edge(PortRef(document[0], document[1]), PortRef(document[2], document[3]))
    raise StudioError("The network is damaged: a link is not four texts.")


def block_json(block: Block) -> dict[str, Any]:
    """Give a block as JSON values."""
    return {
        "graph": graph_json(block.graph),
        "inputs": {name: [ref.node, ref.port] for name, ref in block.inputs.items()},
        "outputs": {name: [ref.node, ref.port] for name, ref in block.outputs.items()},
        "parameters": {
            name: [list(pair) for pair in pairs] for name, pairs in block.parameters.items()
        },
        "values": dict(block.values),
        "repeat": block.repeat,
    }


def block_from_json(document: object) -> Block:
    """Read a block from JSON values.

    Raises:
        StudioError: Something is missing or of the wrong kind.
    """
    try:
        if not isinstance(document, Mapping):
            raise TypeError
        return Block(
            graph_from_json(document["graph"]),
            {
                str(name): PortRef(str(ref[0]), str(ref[1]))
                for name, ref in document["inputs"].items()
            },
            {
                str(name): PortRef(str(ref[0]), str(ref[1]))
                for name, ref in document["outputs"].items()
            },
            {
                str(name): tuple((str(node), str(param)) for node, param in pairs)
                for name, pairs in document["parameters"].items()
            },
            dict(document["values"]),
            int(document["repeat"]),
        )
    except (TypeError, KeyError, ValueError, AttributeError, IndexError, RecursionError) as error:
        raise StudioError(
            "The network is damaged: a block cannot be read.", details=repr(error)
        ) from error
