"""Checks of a graph's wiring that no single layer can make: loops, missing links, losses, islands."""

from __future__ import annotations

from collections.abc import Iterator

from nnstudio.core import words
from nnstudio.graph.edits import AddNode, Edit, Group, Link, RemoveNode, Unlink
from nnstudio.graph.model import Edge, Graph, Node, PortRef, make_node
from nnstudio.graph.problems import Problem, Repair
from nnstudio.graph.types import ClassTarget, DataSignature


def loops(graph: Graph) -> Iterator[Problem]:
    """Report each loop once, with cutting its closing link as the repair."""
    waiting = set(graph.nodes) - set(graph.order)
    reported: set[str] = set()
    for node in graph.nodes:
        if node not in waiting or node in reported:
            continue
        circle = graph.downstream(node) & graph.upstream(node) & waiting
        if len(circle) < 2 and not any(edge.src.node == node for edge in graph.incoming(node)):
            continue
        reported |= circle
        closing = next(edge for edge in graph.incoming(node) if edge.src.node in circle)
        names = words.listed([graph.nodes[one].label for one in graph.nodes if one in circle])
        source = graph.nodes[closing.src.node].label
        cut = f"Cut the link from {source} to {graph.nodes[node].label}"
        yield Problem(
            node,
            "error",
            f"The links run in a loop through {names}; data must flow one way.",
            repairs=(Repair(cut, Group(cut, (Unlink(closing),))),),
            edge=closing,
        )


def missing_inputs(graph: Graph, node: Node) -> Problem | None:
    """Report an input without a link, or too many links at an input for one."""
    linked = graph.incoming(node.id)
    names = {port.name for port in node.layer.inputs}
    for edge in linked:
        if names and edge.dst.port not in names:
            return _cut(graph, edge, f"'{node.label}' has no input '{edge.dst.port}'.")
    for port in node.layer.inputs:
        here = [edge for edge in linked if edge.dst.port == port.name]
        if not here:
            return _unlinked(graph, node, port.name)
        if len(here) > 1 and not port.many:
            message = f"'{node.label}' takes one input; {len(here)} links arrive."
            return _cut(graph, here[-1], message)
    return None


def _cut(graph: Graph, edge: Edge, message: str) -> Problem:
    label = f"Cut the link from {graph.nodes[edge.src.node].label}"
    repair = Repair(label, Group(label, (Unlink(edge),)))
    return Problem(edge.dst.node, "error", message, repairs=(repair,), edge=edge)


def _unlinked(graph: Graph, node: Node, port: str) -> Problem:
    """An input without a link; offer the loose end that stands nearest before it."""
    repairs: list[Repair] = []
    for other in _loose_ends(graph, node):
        label = f"Link {other.label} to {node.label}"
        edge = Edge(PortRef(other.id, other.layer.outputs[0].name), PortRef(node.id, port))
        repairs.append(Repair(label, Group(label, (Link(edge),))))
    return Problem(
        node.id,
        "unfinished",
        f"'{node.label}' has no input yet.",
        "Drag a link to it.",
        tuple(repairs[:2]),
    )


def _loose_ends(graph: Graph, node: Node) -> list[Node]:
    """Nodes whose output goes nowhere and that do not depend on `node`, the nearest first."""
    behind = graph.downstream(node.id)
    loose = [
        other
        for other in graph.nodes.values()
        if other.id not in behind and other.layer.outputs and not graph.outgoing(other.id)
    ]

    def distance(other: Node) -> float:
        return abs(other.pos[0] - node.pos[0]) + abs(other.pos[1] - node.pos[1])

    return sorted(loose, key=distance)


def whole_graph(graph: Graph, data: DataSignature | None) -> Iterator[Problem]:
    """Report what the graph as a whole lacks or has too much of."""
    if not graph.nodes:
        yield Problem("", "unfinished", "The network is empty.", "Drag layers from the left.")
        return
    yield from _sources(graph)
    yield from _losses(graph, data)
    yield from _islands(graph)
    yield from _names(graph)


def _sources(graph: Graph) -> Iterator[Problem]:
    sources = graph.sources()
    if not sources:
        yield Problem(
            "", "unfinished", "The network has no Input.", "Add an Input node.", _add_input(graph)
        )
    for extra in sources[1:]:
        label = f"Delete {extra.label}"
        yield Problem(
            extra.id,
            "error",
            f"The data set feeds one input; this network has {len(sources)}.",
            repairs=(Repair(label, Group(label, (RemoveNode(extra.id),))),),
        )


def _add_input(graph: Graph) -> tuple[Repair, ...]:
    first = next((node for node in graph.nodes.values() if not graph.incoming(node.id)), None)
    if first is None or not first.layer.inputs:
        return ()
    node_id = graph.free_id("input")
    node = make_node("input", node_id, node_id, (first.pos[0] - 180, first.pos[1]))
    edge = Edge(PortRef(node_id, "y"), PortRef(first.id, first.layer.inputs[0].name))
    steps: tuple[Edit, ...] = (AddNode(node, 0), Link(edge))
    return (Repair("Add an Input", Group("Add an Input", steps)),)


def _losses(graph: Graph, data: DataSignature | None) -> Iterator[Problem]:
    losses = graph.losses()
    if not losses:
        yield Problem(
            "", "unfinished", "The network has no loss, so there is nothing to train.",
            "Add a loss behind the last layer.", _add_loss(graph, data),
        )  # fmt: skip
    for extra in losses[1:]:
        label = f"Delete {extra.label}"
        yield Problem(
            extra.id,
            "error",
            f"The data set has one target; this network has {len(losses)} losses.",
            repairs=(Repair(label, Group(label, (RemoveNode(extra.id),))),),
        )


def _add_loss(graph: Graph, data: DataSignature | None) -> tuple[Repair, ...]:
    ends = [
        node for node in graph.nodes.values() if node.layer.outputs and not graph.outgoing(node.id)
    ]
    if not ends or ends[-1].layer.is_source():
        return ()
    end = ends[-1]
    classes = data is None or isinstance(data.target, ClassTarget)
    kind, title = ("softmax_cross_entropy", "softmax loss") if classes else ("mse", "squared error")
    node_id = graph.free_id(kind)
    node = make_node(kind, node_id, node_id, (end.pos[0] + 180, end.pos[1]))
    edge = Edge(
        PortRef(end.id, end.layer.outputs[0].name), PortRef(node_id, node.layer.inputs[0].name)
    )
    label = f"Add a {title} behind {end.label}"
    return (Repair(label, Group(label, (AddNode(node), Link(edge)))),)


def _islands(graph: Graph) -> Iterator[Problem]:
    """Report nodes that no loss depends on."""
    losses = graph.losses()
    if not losses:
        return
    used = set().union(*(graph.upstream(loss.id) for loss in losses))
    idle = [
        node for node in graph.nodes.values() if node.id not in used and graph.incoming(node.id)
    ]
    for node in idle:
        if not any(edge.dst.node in used for edge in graph.outgoing(node.id)):
            yield Problem(
                node.id,
                "advice",
                f"'{node.label}' does not lead to the loss, so it is not trained.",
            )


def _names(graph: Graph) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for node in graph.nodes.values():
        if node.label in seen:
            yield Problem(
                node.id, "advice", f"Two nodes are called '{node.label}'.", "Rename one (F2)."
            )
        seen[node.label] = node.id
