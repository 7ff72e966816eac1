"""Edits that the canvas asks for, made from what a person pointed at; nothing here knows Qt."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from nnstudio.graph import compose, linking
from nnstudio.graph.edits import AddNode, Edit, Group, Link, Move, Unlink
from nnstudio.graph.infer import Inference
from nnstudio.graph.model import Edge, Graph, Node, PortRef
from nnstudio.graph.problems import splice
from nnstudio.graph.shapes import complaint
from nnstudio.graph.types import TensorType
from nnstudio.gui.canvas import metrics
from nnstudio.project.library.offers import Offer, Offers

Place = tuple[float, float]


def add(graph: Graph, offer: Offer, place: Place) -> Edit:
    """Give the edit that puts a new card at a place."""
    return AddNode(_new(graph, offer, place, None))


def _new(graph: Graph, offer: Offer, place: Place, arriving: TensorType | None) -> Node:
    return offer.make(graph, (round(place[0], 1), round(place[1], 1)), arriving)


def splice_new(graph: Graph, edge: Edge, offer: Offer, place: Place, inference: Inference) -> Edit:
    """Give the edit that puts a new card into a link."""
    return splice(graph, edge, _new(graph, offer, place, inference.types.get(edge.src)))


def splice_existing(graph: Graph, edge: Edge, node_id: str, move: Move) -> Edit:
    """Give the edit that moves a loose card onto a link and puts it into that."""
    node = graph.nodes[node_id]
    index = graph.edges.index(edge)
    first = Edge(edge.src, PortRef(node_id, node.layer.inputs[0].name))
    second = Edge(PortRef(node_id, node.layer.outputs[0].name), edge.dst)
    steps = (move, Unlink(edge), Link(second, index), Link(first, index))
    return Group(f"Insert {node.label}", steps)


def add_linked(
    graph: Graph, offer: Offer, place: Place, port: PortRef, gives: bool, inference: Inference
) -> Edit:
    """Give the edit that adds a card and links it to the loose end of a drawn link.

    Args:
        graph: The graph.
        offer: What to add.
        place: Where the link was dropped.
        port: Where the link begins.
        gives: Whether that port is an output.
        inference: What is known about the graph.
    """
    corner = (place[0] if gives else place[0] - metrics.CARD_WIDTH, place[1] - metrics.PORT_Y)
    node = _new(graph, offer, corner, inference.types.get(port) if gives else None)
    grown = graph.with_node(node)
    if gives:
        join = linking.link(grown, port, PortRef(node.id, node.layer.inputs[0].name))
    else:
        join = linking.link(grown, PortRef(node.id, node.layer.outputs[0].name), port)
    return Group(f"Add {node.label}", (AddNode(node), join))


def insert(
    graph: Graph, selection: tuple[str, ...], offer: Offer, free: Place, inference: Inference
) -> Edit:
    """Give the edit that adds a card behind the last selected one, or at a free place."""
    if not selection:
        return add(graph, offer, free)
    arriving = inference.output(graph.nodes[selection[-1]])
    return compose.insert_after(graph, selection[-1], _new(graph, offer, free, arriving))


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


def fitting(offers: Offers, inference: Inference, port: PortRef | None, gives: bool) -> list[Offer]:
    """List what can be linked to a port, or all where there is none.

    Something fits behind an output when it takes the shape that comes out; as long as that shape
    is unknown, everything with an input fits.
    """
    if port is None:
        return list(offers)
    if not gives:
        return [offer for offer in offers if offer.gives]
    return offers.fitting(inference.types.get(port))


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
