"""Edits that the canvas asks for, made from what a person pointed at; nothing here knows Qt."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from nnstudio.core.errors import StudioError
from nnstudio.graph import compose, linking
from nnstudio.graph.edits import AddNode, Edit, Group, Link, Move, Unlink
from nnstudio.graph.infer import Inference
from nnstudio.graph.layer import Layer, Mismatch
from nnstudio.graph.model import Edge, Graph, Node, PortRef, make_node
from nnstudio.graph.problems import splice
from nnstudio.graph.registry import all_layers, make_params
from nnstudio.graph.shapes import complaint
from nnstudio.graph.types import TensorType
from nnstudio.gui.canvas import metrics

Place = tuple[float, float]


def add(graph: Graph, kind: str, place: Place) -> Edit:
    """Give the edit that puts a new node of a kind at a place."""
    return AddNode(_new(graph, kind, place))


def _new(graph: Graph, kind: str, place: Place) -> Node:
    node_id = graph.free_id(kind)
    return make_node(kind, node_id, node_id, (round(place[0], 1), round(place[1], 1)))


def splice_new(graph: Graph, edge: Edge, kind: str, place: Place) -> Edit:
    """Give the edit that puts a new node into a link."""
    return splice(graph, edge, _new(graph, kind, place))


def splice_existing(graph: Graph, edge: Edge, node_id: str, move: Move) -> Edit:
    """Give the edit that moves a loose card onto a link and puts it into that."""
    node = graph.nodes[node_id]
    index = graph.edges.index(edge)
    first = Edge(edge.src, PortRef(node_id, node.layer.inputs[0].name))
    second = Edge(PortRef(node_id, node.layer.outputs[0].name), edge.dst)
    steps = (move, Unlink(edge), Link(second, index), Link(first, index))
    return Group(f"Insert {node.label}", steps)


def add_linked(graph: Graph, kind: str, place: Place, port: PortRef, gives: bool) -> Edit:
    """Give the edit that adds a node and links it to the loose end of a drawn link.

    Args:
        graph: The graph.
        kind: The new node's kind.
        place: Where the link was dropped.
        port: Where the link begins.
        gives: Whether that port is an output.
    """
    corner = (place[0] if gives else place[0] - metrics.CARD_WIDTH, place[1] - metrics.PORT_Y)
    node = _new(graph, kind, corner)
    grown = graph.with_node(node)
    if gives:
        join = linking.link(grown, port, PortRef(node.id, node.layer.inputs[0].name))
    else:
        join = linking.link(grown, PortRef(node.id, node.layer.outputs[0].name), port)
    return Group(f"Add {node.label}", (AddNode(node), join))


def insert(graph: Graph, selection: tuple[str, ...], kind: str, free: Place) -> Edit:
    """Give the edit that adds a node behind the last selected card, or at a free place."""
    if not selection:
        return add(graph, kind, free)
    return compose.insert_after(graph, selection[-1], kind)


def delete(graph: Graph, ids: Collection[str], links: Collection[Edge], bridge: bool) -> Edit:
    """Give the edit that deletes cards and links; with `bridge`, their neighbours are joined."""
    cuts = [Unlink(edge) for edge in graph.edges if edge in links]
    if not ids:
        return cuts[0] if len(cuts) == 1 else Group(f"Cut {len(cuts)} links", tuple(cuts))
    gone = [cut for cut in cuts if not {cut.edge.src.node, cut.edge.dst.node} & set(ids)]
    nodes = compose.delete_nodes(graph, ids, bridge)
    return Group(nodes.title(graph), (*gone, nodes)) if gone else nodes


def new_nodes(edit: Edit) -> Iterator[str]:
    """Give the ids of the nodes that an edit adds."""
    if isinstance(edit, AddNode):
        yield edit.node.id
    elif isinstance(edit, Group):
        for step in edit.edits:
            yield from new_nodes(step)


def fitting(inference: Inference, port: PortRef | None, gives: bool) -> list[Layer]:
    """List the layers that can be linked to a port, or all where there is none.

    A layer fits behind an output when it takes the shape that comes out, with its usual
    parameters; as long as that shape is unknown, all layers with an input fit.
    """
    layers = list(all_layers().values())
    if port is None:
        return layers
    if not gives:
        return [layer for layer in layers if layer.outputs]
    kind = inference.types.get(port)
    behind = [layer for layer in layers if layer.inputs]
    if kind is None:
        return behind
    return [layer for layer in behind if _takes(layer, kind)]


def _takes(layer: Layer, kind: TensorType) -> bool:
    try:
        layer.infer(make_params(layer.kind, {}), (kind,))
    except (Mismatch, StudioError):
        return False
    return True


def takes(graph: Graph, inference: Inference, src: PortRef, dst: PortRef) -> bool:
    """Whether a node would be content with what a new link brings, as far as one can tell."""
    node, kind = graph.nodes[dst.node], inference.types.get(src)
    if kind is None or node.block is not None:
        return True
    arriving: list[TensorType | None] = []
    for port in node.layer.inputs:
        linked = [edge for edge in graph.incoming(node.id) if edge.dst.port == port.name]
        if port.name != dst.port or port.many:
            arriving += [inference.types.get(edge.src) for edge in linked]
        if port.name == dst.port:
            arriving.append(kind)
    known = tuple(one for one in arriving if one is not None)
    return len(known) < len(arriving) or not complaint(node, known, None)
