"""Checks of the wiring that no single layer can make: loops, missing links, losses, islands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nnstudio.core import words
from nnstudio.graph.advice import advice
from nnstudio.graph.edits import AddNode, Edit, Group, Link, RemoveNode, Rename, Unlink
from nnstudio.graph.loops import find_loops
from nnstudio.graph.model import Edge, Graph, Node, PortRef, make_node
from nnstudio.graph.problems import Problem, Repair
from nnstudio.graph.registry import is_known
from nnstudio.graph.types import ClassTarget, DataSignature, TensorType


def loops(graph: Graph) -> Iterator[Problem]:
    """Report each loop once, with cutting the links that close it as the repair."""
    for circle, closing in find_loops(graph):
        labels = [graph.nodes[node].label for node in circle]
        names = labels if len(labels) <= 5 else [*labels[:4], f"{len(labels) - 4} more"]
        edge = closing[0]
        ends = f"{graph.nodes[edge.src.node].label} to {graph.nodes[edge.dst.node].label}"
        cut = f"Cut the link from {ends}" if len(closing) == 1 else f"Cut {len(closing)} links"
        yield Problem(
            edge.dst.node,
            "error",
            f"The links run in a loop through {words.listed(names)}; data must flow one way.",
            repairs=(Repair(cut, Group(cut, tuple(Unlink(one) for one in closing))),),
            edge=edge,
        )


def well_linked(node: Node, edges: list[Edge]) -> bool:
    """Say at a glance that a node's links are in order; False means: look closer.

    Args:
        node: The node.
        edges: The links into it, all of them from outputs whose types are known.
    """
    ports = node.layer.inputs
    if len(ports) != 1:
        return not ports and not edges
    name = ports[0].name
    return (len(edges) == 1 or (len(edges) > 1 and ports[0].many)) and all(
        edge.dst.port == name for edge in edges
    )


def missing_inputs(graph: Graph, node: Node) -> Problem | None:
    """Report an input without a link, too many links at one, or links to ports that are not there.

    A node whose layer is not installed is left alone: its ports are unknown.
    """
    if not node.known:
        return None
    linked = graph.incoming(node.id)
    ports = node.layer.inputs
    names = [port.name for port in ports]
    for edge in linked:
        if edge.dst.port not in names:
            wrong = [one for one in linked if one.dst.port == edge.dst.port]
            return _cut(graph, wrong, f"'{node.label}' has no input '{edge.dst.port}'.")
        giver = graph.nodes[edge.src.node]
        if giver.known and edge.src.port not in [port.name for port in giver.layer.outputs]:
            wrong = [one for one in linked if one.src == edge.src]
            return _cut(graph, wrong, f"'{giver.label}' has no output '{edge.src.port}'.")
    if len(linked) == len(ports) == 1:
        return None
    for port in ports:
        here = [edge for edge in linked if edge.dst.port == port.name]
        if not here:
            return _unlinked(graph, node, port.name)
        if len(here) > 1 and not port.many:
            message = f"'{node.label}' takes one link at '{port.name}'; {len(here)} arrive."
            return _cut(graph, here[-1:], message)
    return None


def _cut(graph: Graph, edges: list[Edge], message: str) -> Problem:
    """Tell of links into one node that cannot be, with cutting them as the repair."""
    edge = edges[0]
    label = f"Cut the link from {graph.nodes[edge.src.node].label}"
    if len(edges) > 1:
        label = f"Cut {len(edges)} links"
    repair = Repair(label, Group(label, tuple(Unlink(one) for one in edges)))
    return Problem(edge.dst.node, "error", message, repairs=(repair,), edge=edge)


def _unlinked(graph: Graph, node: Node, port: str) -> Problem:
    """An input without a link; offer the loose ends nearest to it, or to delete an island."""
    repairs: list[Repair] = []
    for other in _loose_ends(graph, node)[:2]:
        label = f"Link {other.label} to {node.label}"
        edge = Edge(PortRef(other.id, other.layer.outputs[0].name), PortRef(node.id, port))
        repairs.append(Repair(label, Group(label, (Link(edge),))))
    if len(node.layer.inputs) == 1:
        repairs.extend(_deletion(graph, graph.downstream(node.id)))
    which = "no input yet" if len(node.layer.inputs) == 1 else f"nothing at its input '{port}' yet"
    return Problem(
        node.id,
        "unfinished",
        f"'{node.label}' has {which}.",
        "Drag a link to it.",
        tuple(repairs),
    )


def _deletion(graph: Graph, idle: set[str]) -> Iterator[Repair]:
    """Offer to delete nodes that nothing else is linked to, the loss not among them."""
    ends = [end for node in idle for edge in graph.outgoing(node) for end in (edge.dst.node,)]
    starts = [edge.src.node for node in idle for edge in graph.incoming(node)]
    whole = idle.issuperset(ends) and idle.issuperset(starts)
    if whole and not any(graph.nodes[node].layer.is_loss() for node in idle):
        yield _delete(graph, [node for node in graph.nodes if node in idle])


def _delete(graph: Graph, nodes: list[str]) -> Repair:
    labels = [graph.nodes[node].label for node in nodes]
    label = f"Delete {words.listed(labels) if len(labels) <= 3 else f'{len(labels)} cards'}"
    return Repair(label, Group(label, tuple(RemoveNode(node) for node in nodes)))


def _loose_ends(graph: Graph, node: Node) -> list[Node]:
    """Nodes whose output goes nowhere and that do not depend on `node`, the nearest first."""
    behind = graph.downstream(node.id)
    loose = [other for other in _ends(graph) if other.id not in behind]

    def distance(other: Node) -> float:
        return abs(other.pos[0] - node.pos[0]) + abs(other.pos[1] - node.pos[1])

    return sorted(loose, key=distance)


def _ends(graph: Graph) -> list[Node]:
    """Nodes whose output goes nowhere."""
    return [
        node
        for node in graph.nodes.values()
        if node.known and not graph.outgoing(node.id) and node.layer.outputs
    ]


def whole_graph(
    graph: Graph, data: DataSignature | None, types: Mapping[PortRef, TensorType]
) -> Iterator[Problem]:
    """Report what the graph as a whole lacks or has too much of.

    Args:
        graph: The graph.
        data: What the data set offers.
        types: The types that could be worked out; where there are none, something is wrong before.
    """
    if not graph.nodes:
        yield Problem("", "unfinished", "The network is empty.", "Drag layers from the left.")
        return
    if all_known(graph):  # else one of the unknown layers may be what is missed
        yield from _sources(graph)
        yield from _losses(graph, data)
    yield from _islands(graph, types)
    yield from _names(graph)
    yield from advice(graph)


def all_known(graph: Graph) -> bool:
    """Whether all layers of a graph are installed."""
    return all(node.known for node in graph.nodes.values())


def _sources(graph: Graph) -> Iterator[Problem]:
    sources = graph.sources()
    if not sources:
        yield Problem(
            "", "unfinished", "The network has no Input.", "Add an Input node.", _add_input(graph)
        )
    for extra in sources[1:]:
        yield Problem(
            extra.id,
            "error",
            f"The data set feeds one input; this network has {len(sources)}.",
            repairs=(_delete(graph, [extra.id]),),
        )


def _add_input(graph: Graph) -> tuple[Repair, ...]:
    waiting = (
        node for node in graph.nodes.values() if node.layer.inputs and not graph.incoming(node.id)
    )
    first = next(waiting, None)
    if first is None or not is_known("input"):
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
        repairs: tuple[Repair, ...]
        twin = _same_output(graph, losses, extra)
        if twin is None:
            doubled = f"The data set has one target; this network has {len(losses)} losses."
            repairs = (_delete(graph, _only_for(graph, losses, extra)),)
        else:
            giver = graph.nodes[graph.incoming(extra.id)[0].src.node]
            both = f"'{twin.label}' and '{extra.label}'"
            doubled = f"Two losses judge '{giver.label}': {both}; one is enough."
            repairs = (_delete(graph, [extra.id]), _delete(graph, [twin.id]))
        yield Problem(extra.id, "error", doubled, repairs=repairs)


def _only_for(graph: Graph, losses: list[Node], loss: Node) -> list[str]:
    """Give a loss and the branch that leads to it alone, the Input not among them."""
    others = set().union(*(graph.upstream(one.id) for one in losses if one is not loss))
    branch = graph.upstream(loss.id) - others
    branch = branch - {source.id for source in graph.sources()} | {loss.id}
    return [node for node in graph.nodes if node in branch]


def _same_output(graph: Graph, losses: list[Node], extra: Node) -> Node | None:
    """Give an earlier loss that judges the same output as `extra`."""
    judged = [edge.src for edge in graph.incoming(extra.id)]
    earlier = losses[: losses.index(extra)]
    return next(
        (
            one
            for one in earlier
            if judged and [edge.src for edge in graph.incoming(one.id)] == judged
        ),
        None,
    )


def _add_loss(graph: Graph, data: DataSignature | None) -> tuple[Repair, ...]:
    ends = [node for node in _ends(graph) if not node.layer.is_source()]
    classes = data is None or isinstance(data.target, ClassTarget)
    kind, title = ("softmax_cross_entropy", "softmax loss") if classes else ("mse", "squared error")
    if not ends or not is_known(kind):
        return ()
    end = ends[-1]
    node_id = graph.free_id(kind)
    node = make_node(kind, node_id, node_id, (end.pos[0] + 180, end.pos[1]))
    edge = Edge(
        PortRef(end.id, end.layer.outputs[0].name), PortRef(node_id, node.layer.inputs[0].name)
    )
    label = f"Add a {title} behind {end.label}"
    return (Repair(label, Group(label, (AddNode(node), Link(edge)))),)


def _islands(graph: Graph, types: Mapping[PortRef, TensorType]) -> Iterator[Problem]:
    """Report branches that no loss depends on, each at its end."""
    losses = graph.losses()
    if not losses:
        return
    used = set().union(*(graph.upstream(loss.id) for loss in losses))
    if not any(source.id in used for source in graph.sources()):
        return  # a link is missing on the way to the loss, which is told at its place
    for node in _ends(graph):
        fed = graph.incoming(node.id) and PortRef(node.id, node.layer.outputs[0].name) in types
        if fed and node.id not in used:
            branch = [one for one in graph.nodes if one in graph.upstream(node.id) - used]
            ends = {edge.dst.node for one in branch for edge in graph.outgoing(one)}
            yield Problem(
                node.id,
                "advice",
                f"'{node.label}' does not lead to the loss, so it is not trained.",
                "Link it to what leads there.",
                (_delete(graph, branch if ends <= {*branch} else [node.id]),),
            )


def _names(graph: Graph) -> Iterator[Problem]:
    seen: set[str] = set()
    for node in graph.nodes.values():
        if node.label in seen:
            name = graph.free_id(node.kind)
            label = f"Rename it {name}"
            yield Problem(
                node.id,
                "advice",
                f"Two nodes are called '{node.label}'.",
                "Rename one (F2).",
                (Repair(label, Group(label, (Rename(node.id, name),))),),
            )
        seen.add(node.label)
