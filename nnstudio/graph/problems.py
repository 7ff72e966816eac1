"""Problems of a graph, each with its place, its cause in numbers, and repairs as ordinary edits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from nnstudio.core.errors import StudioError
from nnstudio.graph.compose import delete_nodes
from nnstudio.graph.edits import AddNode, Edit, Group, Link, ReplaceNode, SetParam, Unlink
from nnstudio.graph.layer import InsertBefore, Mismatch, Remedy, ReplaceWith, SetOwn, SetWidth
from nnstudio.graph.layout import make_room, right_of
from nnstudio.graph.model import Edge, Graph, Node, PortRef, make_node, with_setting
from nnstudio.graph.registry import is_known
from nnstudio.graph.shapes import complaint, output_type
from nnstudio.graph.types import DataSignature, TensorType

Severity = Literal["error", "unfinished", "advice"]


@dataclass(frozen=True, slots=True)
class Repair:
    """A likely repair: a button with an edit behind it."""

    label: str
    edit: Edit


@dataclass(frozen=True, slots=True)
class Problem:
    """One cause, shown at its place.

    Attributes:
        node: Id of the node it belongs to; "" for the graph as a whole.
        severity: "error" and "unfinished" keep the net from running, "advice" does not.
        message: What is wrong, in numbers.
        hint: What to do where no repair can be offered.
        repairs: Likely repairs, the likeliest first.
        edge: The link that brings the wrong tensor.
    """

    node: str
    severity: Severity
    message: str
    hint: str = ""
    repairs: tuple[Repair, ...] = ()
    edge: Edge | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a layer complained: what was known when it did.

    Attributes:
        graph: The graph.
        node: The complaining node.
        types: The types worked out so far.
        data: What the data set offers.
    """

    graph: Graph
    node: Node
    types: Mapping[PortRef, TensorType] = field(default_factory=dict)
    data: DataSignature | None = None

    def arriving(self, replaced: Mapping[Edge, TensorType]) -> tuple[TensorType, ...]:
        """Give what arrives at the node, with what some of its links bring replaced."""
        edges = self.graph.incoming(self.node.id)
        return tuple(replaced.get(edge) or self.types[edge.src] for edge in edges)


def problem_of(scene: Scene, mismatch: Mismatch) -> Problem:
    """Turn what a layer complains about into a problem with repairs that silence it."""
    edge = _link_at(scene, mismatch.port, mismatch.index)
    repairs = [] if scene.node.known else [_without(scene)]
    for remedy in mismatch.remedies:
        try:
            edit, node, arriving = _tried(scene, edge, remedy)
            works = complaint(node, arriving, scene.data) != mismatch.message
        except (StudioError, Mismatch, KeyError):  # the remedy does not fit this graph
            continue
        if works:
            repairs.append(Repair(remedy.label, _named(remedy.label, edit)))
    message = _with_name(scene.node, mismatch.message)
    return Problem(scene.node.id, "error", message, mismatch.hint, tuple(repairs), edge)


def _without(scene: Scene) -> Repair:
    """Offer to do without a layer that is not installed."""
    label = f"Delete {scene.node.label}"
    return Repair(label, delete_nodes(scene.graph, [scene.node.id], bridge=True))


def _with_name(node: Node, message: str) -> str:
    """Say which layer of its kind complains: "Dense 'fc1' needs …"."""
    title = node.layer.title.partition(" (")[0]
    if not message.startswith(title):
        return message
    rest = message[len(title) :]
    if rest.startswith("'s "):  # a possessive after a quoted name reads badly
        rest = f": its {rest[3:]}"
    return f"{title} '{node.label}'{rest}"


def _link_at(scene: Scene, port: str, index: int) -> Edge | None:
    incoming = scene.graph.incoming(scene.node.id)
    edges = [edge for edge in incoming if not port or edge.dst.port == port]
    return edges[index] if index < len(edges) else None


def _tried(
    scene: Scene, edge: Edge | None, remedy: Remedy
) -> tuple[Edit, Node, tuple[TensorType, ...]]:
    """Give a remedy's edit, and the node and what arrives at it once the edit is made."""
    node = scene.node
    match remedy:
        case SetOwn(param, value):
            changed = with_setting(node, param, value)
            return SetParam(node.id, param, value), changed, scene.arriving({})
        case ReplaceWith(kind, _, params):
            other = _made(kind, node.id, node.name, node.pos, dict(params))
            return ReplaceNode(other), other, scene.arriving({})
        case InsertBefore(kind, _, params, at):
            edge = _needed(_link_at(scene, *at) if at else edge)
            new, insertion = _insertion(scene.graph, edge, kind, dict(params))
            brought = output_type(new, (scene.types[edge.src],), scene.data)
            return insertion, node, scene.arriving({edge: brought})
        case SetWidth(width, _, at):
            edge = _needed(_link_at(scene, *at) if at else edge)
            edit, brought = _widened(scene, edge, width)
            return edit, node, scene.arriving({edge: brought})


def _needed(edge: Edge | None) -> Edge:
    if edge is None:
        raise StudioError("No link can be blamed.")
    return edge


def _made(
    kind: str, node_id: str, name: str, pos: tuple[float, float], params: dict[str, Any]
) -> Node:
    if not is_known(kind):
        raise StudioError(f"This studio has no layer '{kind}'.")
    return make_node(kind, node_id, name, pos, **params)


def _named(label: str, edit: Edit) -> Edit:
    return replace(edit, name=label) if isinstance(edit, Group) else Group(label, (edit,))


def insert_into(graph: Graph, edge: Edge, kind: str, params: Mapping[str, Any]) -> Edit:
    """Give the edit that splices a new node of `kind` into a link.

    Raises:
        StudioError: There is no such layer, or a parameter does not fit.
    """
    return _insertion(graph, edge, kind, params)[1]


def _insertion(
    graph: Graph, edge: Edge, kind: str, params: Mapping[str, Any]
) -> tuple[Node, Group]:
    before, after = graph.nodes[edge.src.node], graph.nodes[edge.dst.node]
    node_id = graph.free_id(kind)
    pos = _between(before.pos, after.pos)
    node = _made(kind, node_id, node_id, pos, dict(params))
    spliced = splice(graph, edge, node)
    return node, replace(spliced, edits=(*spliced.edits, *make_room(graph, pos)))


def _between(before: tuple[float, float], after: tuple[float, float]) -> tuple[float, float]:
    """Give the place of a card in a link: halfway, or where the next row begins."""
    if after[0] < before[0] and after[1] > before[1]:
        return after
    middle = ((before[0] + after[0]) / 2, (before[1] + after[1]) / 2)
    fits = middle[0] >= right_of(before)[0] and after[0] >= right_of(middle)[0]
    return middle if fits else right_of(before)


def splice(graph: Graph, edge: Edge, node: Node) -> Group:
    """Give the edit that adds `node` in the middle of a link.

    Raises:
        StudioError: The link is gone, or nothing can flow through the node.
    """
    if edge not in graph.edges or not node.layer.inputs or not node.layer.outputs:
        raise StudioError(f"'{node.label}' cannot be put into this link.")
    index = graph.edges.index(edge)
    first = Edge(edge.src, PortRef(node.id, node.layer.inputs[0].name))
    second = Edge(PortRef(node.id, node.layer.outputs[0].name), edge.dst)
    steps: tuple[Edit, ...] = (AddNode(node), Unlink(edge), Link(second, index), Link(first, index))
    return Group(f"Insert {node.label}", steps)


def _widened(scene: Scene, edge: Edge, width: int) -> tuple[Edit, TensorType]:
    """Set the width of the nearest node upstream that has one; give the type the link then brings.

    Raises:
        StudioError: No node on the single path upstream has a width.
    """
    path: list[Node] = []
    at = edge.src.node
    joins = len(scene.graph.incoming(scene.node.id)) > 1
    for _ in range(len(scene.graph.nodes)):
        node = scene.graph.nodes[at]
        incoming = scene.graph.incoming(at)
        forks = joins and len(scene.graph.outgoing(at)) > 1  # another branch may hang on it too
        if node.block is not None or len(incoming) != 1 or forks:
            break
        brought = scene.types[incoming[0].src]
        param = node.layer.width_param
        if param:
            for each in (with_setting(node, param, width), *reversed(path)):
                brought = output_type(each, (brought,), scene.data)
            if brought.shape[-1:] != (width,):
                break  # something on the way (flatten, concatenate) makes another width of it
            return SetParam(at, param, width), brought
        path.append(node)
        at = incoming[0].src.node
    raise StudioError("No node upstream has a width.")
