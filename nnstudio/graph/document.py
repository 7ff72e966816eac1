"""Graphs and nodes as JSON documents, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nnstudio.core.errors import StudioError
from nnstudio.graph.model import MAX_DEPTH, MAX_NODES, MAX_REPEAT, Block, Edge, Graph, Node, PortRef
from nnstudio.graph.notes import note_json, notes_from_json
from nnstudio.graph.registry import check_plain, make_params, params_json

FAR = 1e9  # canvas units; farther out, screens cannot tell two places apart


def graph_json(graph: Graph) -> dict[str, Any]:
    """Give a graph as JSON values."""
    document: dict[str, Any] = {
        "nodes": [node_json(node) for node in graph.nodes.values()],
        "edges": [edge_json(edge) for edge in graph.edges],
    }
    if graph.notes:
        document["notes"] = [note_json(note) for note in graph.notes]
    return document


def graph_from_json(document: object) -> Graph:
    """Read a graph from JSON values; a graph with mistakes in its *network* is fine.

    Raises:
        StudioError: The document is not a graph.
    """
    return _graph(document, 0)


def _damaged(what: str, details: str = "") -> StudioError:
    return StudioError(f"The network is damaged: {what}.", details=details)


def _graph(document: object, depth: int) -> Graph:
    if depth > MAX_DEPTH:
        raise _damaged(f"its blocks are nested more than {MAX_DEPTH} deep")
    if not isinstance(document, Mapping):
        raise _damaged("expected an object with nodes and edges")
    nodes, edges = document.get("nodes"), document.get("edges")
    if not isinstance(nodes, list) or not isinstance(edges, list):
        raise _damaged("it has no list of nodes or no list of edges")
    if len(nodes) > MAX_NODES or len(edges) > 8 * MAX_NODES:
        raise StudioError(
            f"The network has {len(nodes):,} nodes and {len(edges):,} links; at most "
            f"{MAX_NODES:,} nodes and {8 * MAX_NODES:,} links can be read."
        )
    made: dict[str, Node] = {}
    for entry in nodes:
        node = _node(entry, depth)
        if node.id in made:
            raise _damaged(f"two nodes have the id '{node.id}'")
        made[node.id] = node
    links = tuple(edge_from_json(entry) for entry in edges)
    _check_links(links, made)
    return Graph(made, links, notes_from_json(document.get("notes", [])))


def _check_links(links: tuple[Edge, ...], nodes: Mapping[str, Node]) -> None:
    for edge in links:
        for end in (edge.src.node, edge.dst.node):
            if end not in nodes:
                raise _damaged(f"a link names the missing node '{end}'")
    if len(set(links)) < len(links):
        raise _damaged("it lists the same link twice")


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
    return _node(document, 0)


def _node(document: object, depth: int) -> Node:
    if not isinstance(document, Mapping):
        raise _damaged("a node is not an object")
    node_id, kind = text_from_json(document.get("id")), text_from_json(document.get("kind"))
    if not node_id or not kind:
        raise _damaged("a node has no id or no kind")
    if not node_id.isprintable() or len(node_id) > 1000:
        raise _damaged("the id of a node is not one line of text")
    params = document.get("params", {})
    if not isinstance(params, Mapping):
        raise _damaged(f"the parameters of '{node_id}' are not an object")
    block = document.get("block")
    return Node(
        node_id,
        kind,
        make_params(kind, params),
        check_name(document.get("name") or node_id),
        position_from_json(document.get("pos", (0, 0)), node_id),
        None if block is None else _block(block, depth + 1),
    )


def text_from_json(value: object) -> str:
    """Read a text that can be written again.

    Raises:
        StudioError: It is no text, or holds half a character (a lone surrogate).
    """
    if not isinstance(value, str):
        raise _damaged(f"expected a text, got {type(value).__name__}")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise _damaged("a text holds half a character", repr(error)) from error
    return value


def check_name(value: object) -> str:
    """Give a name that fits on a card.

    Raises:
        StudioError: It is empty, too long, or not one line of text.
    """
    name = text_from_json(value)
    if len(name) > 200:
        raise StudioError(
            f"A name must be one line of 1 to 200 characters; '{name[:20]}…' has {len(name):,}."
        )
    if not name.strip() or len(name.splitlines()) > 1 or "\n" in name:
        raise StudioError("A name must be one line of 1 to 200 characters.")
    return name


def position_from_json(value: object, node_id: str) -> tuple[float, float]:
    """Read a place on the canvas.

    Raises:
        StudioError: It is not a pair of finite numbers.
    """
    text_from_json(node_id)
    if isinstance(value, list | tuple) and len(value) == 2 and is_place(*value):
        return float(value[0]), float(value[1])
    raise _damaged(f"the place of '{node_id}' is not a pair of numbers")


def is_place(x: object, y: object) -> bool:
    """Say whether two values are a place on the canvas (neither NaN nor too far out)."""
    return all(isinstance(one, int | float) and -FAR < one < FAR for one in (x, y))


def edge_json(edge: Edge) -> list[str]:
    """Give a link as JSON values: [node, port, node, port]."""
    return [edge.src.node, edge.src.port, edge.dst.node, edge.dst.port]


def edge_from_json(document: object) -> Edge:
    """Read a link from JSON values.

    Raises:
        StudioError: It is not four texts.
    """
    if not isinstance(document, list | tuple) or len(document) != 4:
        raise _damaged("a link is not four texts")
    src, src_port, dst, dst_port = map(text_from_json, document)
    return Edge(PortRef(src, src_port), PortRef(dst, dst_port))


def block_json(block: Block) -> dict[str, Any]:
    """Give a block as JSON values; "title" and "times" only where there are any."""
    document: dict[str, Any] = {
        "graph": graph_json(block.graph),
        "inputs": {
            name: [[ref.node, ref.port] for ref in refs] for name, refs in block.inputs.items()
        },
        "outputs": {name: [ref.node, ref.port] for name, ref in block.outputs.items()},
        "parameters": {
            name: [list(pair) for pair in pairs] for name, pairs in block.parameters.items()
        },
        "values": dict(block.values),
        "repeat": block.repeat,
    }
    if block.title:
        document["title"] = block.title
    if block.times:
        document["times"] = [[*pair, times] for pair, times in block.times.items()]
    return document


def block_from_json(document: object) -> Block:
    """Read a block from JSON values.

    Raises:
        StudioError: Something is missing or of the wrong kind.
    """
    return _block(document, 1)


def _block(document: object, depth: int) -> Block:
    if not isinstance(document, Mapping):
        raise _damaged("a block is not an object")
    try:
        repeat = document["repeat"]
        parameters, values, times = outward_from_json(document)
        block = Block(
            _graph(document["graph"], depth),
            {
                text_from_json(name): tuple(_port(ref) for ref in refs)
                for name, refs in document["inputs"].items()
            },
            {text_from_json(name): _port(ref) for name, ref in document["outputs"].items()},
            parameters,
            values,
            repeat,
            check_name(document["title"]) if "title" in document else "",
            times,
        )
    except (TypeError, KeyError, ValueError, AttributeError, RecursionError) as error:
        raise _damaged("a block cannot be read", repr(error)) from error
    if type(repeat) is not int or not 1 <= repeat <= MAX_REPEAT:
        raise _damaged(f"a block is repeated {repeat!r:.40} times; 1 to {MAX_REPEAT} are possible")
    return block


def outward_from_json(
    document: Mapping[str, Any],
) -> tuple[dict[str, tuple[tuple[str, str], ...]], dict[str, Any], dict[tuple[str, str], int]]:
    """Read what a block shows on its card: its parameters, chosen values and multiples.

    Raises:
        StudioError: A name or a multiple is damaged.
        TypeError, KeyError, ValueError, AttributeError: Something else is.
    """
    values = {name: value for name, value in document["values"].items() if value is not None}
    check_plain(values)
    parameters = {
        text_from_json(name): tuple(_pair(pair) for pair in pairs)
        for name, pairs in document["parameters"].items()
    }
    return parameters, values, dict(_times(entry) for entry in document.get("times", ()))


def _times(entry: object) -> tuple[tuple[str, str], int]:
    if not isinstance(entry, list | tuple) or len(entry) != 3:
        raise _damaged("a block's multiples are not node, parameter and number")
    times = entry[2]
    if type(times) is not int or not 1 <= times <= MAX_REPEAT:
        raise _damaged(f"a block multiplies a value by {times!r:.40}; expected a whole number")
    return _pair(entry[:2]), times


def _pair(value: object) -> tuple[str, str]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise _damaged("a block names a port or parameter without its node")
    return text_from_json(value[0]), text_from_json(value[1])


def _port(value: object) -> PortRef:
    return PortRef(*_pair(value))
