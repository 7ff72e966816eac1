"""Edits: the only way a graph changes; each is JSON, has a name, and gives back its exact inverse."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Protocol

from nnstudio.core.errors import StudioError
from nnstudio.graph.document import edge_from_json, edge_json, node_from_json, node_json
from nnstudio.graph.model import Edge, Graph, Node
from nnstudio.graph.registry import make_params, params_json


class Edit(Protocol):
    """A change of a graph."""

    op: ClassVar[str]

    def apply(self, graph: Graph) -> tuple[Graph, Edit]:
        """Give the changed graph and the edit that takes the change back.

        Raises:
            StudioError: The edit does not fit this graph, which stays as it was.
        """

    def title(self, graph: Graph) -> str:
        """Say what the edit does to `graph`, for the undo menu."""

    def to_json(self) -> dict[str, Any]:
        """Give the edit as JSON values."""

    def merged(self, later: Edit) -> Edit | None:
        """Give one edit for this one followed by `later`, or None where both are wanted."""


def _require(graph: Graph, node: str) -> Node:
    found = graph.nodes.get(node)
    if found is None:
        raise StudioError(f"There is no node '{node}' in this network.")
    return found


@dataclass(frozen=True, slots=True)
class AddNode:
    """Put a node into the graph.

    Attributes:
        node: The new node.
        index: Its place in the order of nodes; None for the end.
    """

    node: Node
    index: int | None = None
    op: ClassVar[str] = "add node"

    def apply(self, graph: Graph) -> tuple[Graph, Edit]:
        """See `Edit`."""
        if self.node.id in graph.nodes:
            raise StudioError(f"The network already has a node '{self.node.id}'.")
        items = list(graph.nodes.items())
        items.insert(len(items) if self.index is None else self.index, (self.node.id, self.node))
        return Graph(dict(items), graph.edges), RemoveNode(self.node.id)

    def title(self, graph: Graph) -> str:
        """See `Edit`."""
        return f"Add {self.node.label}"

    def to_json(self) -> dict[str, Any]:
        """See `Edit`."""
        return {"op": self.op, "node": node_json(self.node), "index": self.index}

    def merged(self, later: Edit) -> Edit | None:
        """See `Edit`."""
        return None


@dataclass(frozen=True, slots=True)
class RemoveNode:
    """Take a node and its links out of the graph."""

    node: str
    op: ClassVar[str] = "remove node"

    def apply(self, graph: Graph) -> tuple[Graph, Edit]:
        """See `Edit`."""
        node = _require(graph, self.node)
        index = list(graph.nodes).index(self.node)
        links = [
            (at, edge)
            for at, edge in enumerate(graph.edges)
            if self.node in (edge.src.node, edge.dst.node)
        ]
        kept = tuple(
            edge for edge in graph.edges if self.node not in (edge.src.node, edge.dst.node)
        )
        nodes = {key: value for key, value in graph.nodes.items() if key != self.node}
        back: list[Edit] = [AddNode(node, index), *(Link(edge, at) for at, edge in links)]
        return Graph(nodes, kept), Group(f"Bring back {node.label}", tuple(back))

    def title(self, graph: Graph) -> str:
        """See `Edit`."""
        return f"Delete {_label(graph, self.node)}"

    def to_json(self) -> dict[str, Any]:
        """See `Edit`."""
        return {"op": self.op, "node": self.node}

    def merged(self, later: Edit) -> Edit | None:
        """See `Edit`."""
        return None


@dataclass(frozen=True, slots=True)
class Link:
    """Make a link.

    Attributes:
        edge: The new link.
        index: Its place in the order of links; None for the end.
    """

    edge: Edge
    index: int | None = None
    op: ClassVar[str] = "link"

    def apply(self, graph: Graph) -> tuple[Graph, Edit]:
        """See `Edit`."""
        _require(graph, self.edge.src.node)
        _require(graph, self.edge.dst.node)
        if self.edge in graph.edges:
            raise StudioError(f"{self.edge.src} and {self.edge.dst} are already linked.")
        edges = list(graph.edges)
        edges.insert(len(edges) if self.index is None else self.index, self.edge)
        return Graph(graph.nodes, tuple(edges)), Unlink(self.edge)

    def title(self, graph: Graph) -> str:
        """See `Edit`."""
        return f"Link {_label(graph, self.edge.src.node)} to {_label(graph, self.edge.dst.node)}"

    def to_json(self) -> dict[str, Any]:
        """See `Edit`."""
        return {"op": self.op, "edge": edge_json(self.edge), "index": self.index}

    def merged(self, later: Edit) -> Edit | None:
        """See `Edit`."""
        return None


@dataclass(frozen=True, slots=True)
class Unlink:
    """Cut a link."""

    edge: Edge
    op: ClassVar[str] = "unlink"

    def apply(self, graph: Graph) -> tuple[Graph, Edit]:
        """See `Edit`."""
        if self.edge not in graph.edges:
            raise StudioError(f"{self.edge.src} and {self.edge.dst} are not linked.")
        index = graph.edges.index(self.edge)
        return Graph(graph.nodes, graph.edges[:index] + graph.edges[index + 1 :]), Link(
            self.edge, index
        )

    def title(self, graph: Graph) -> str:
        """See `Edit`."""
        return (
            f"Unlink {_label(graph, self.edge.src.node)} from {_label(graph, self.edge.dst.node)}"
        )

    def to_json(self) -> dict[str, Any]:
        """See `Edit`."""
        return {"op": self.op, "edge": edge_json(self.edge)}

    def merged(self, later: Edit) -> Edit | None:
        """See `Edit`."""
        return None


@dataclass(frozen=True, slots=True)
class SetParam:
    """Give one parameter of a node another value (as in a file)."""

    node: str
    param: str
    value: Any
    op: ClassVar[str] = "set"

    def apply(self, graph: Graph) -> tuple[Graph, Edit]:
        """See `Edit`."""
        node = _require(graph, self.node)
        before = params_json(node.params)
        if self.param not in before and self.param not in node.layer.params.model_fields:
            raise StudioError(
                f"'{node.label}' ({node.layer.title}) has no parameter '{self.param}'."
            )
        params = make_params(node.kind, {**before, self.param: self.value})
        inverse = SetParam(self.node, self.param, before.get(self.param))
        return graph.with_node(replace(node, params=params)), inverse

    def title(self, graph: Graph) -> str:
        """See `Edit`."""
        node = graph.nodes.get(self.node)
        if node is None:
            return f"Set {self.param}"
        old = params_json(node.params).get(self.param)
        name = self.param.replace("_", " ")
        return f"{node.label} {name} {_value_text(old)} → {_value_text(self.value)}"

    def to_json(self) -> dict[str, Any]:
        """See `Edit`."""
        return {"op": self.op, "node": self.node, "param": self.param, "value": self.value}

    def merged(self, later: Edit) -> Edit | None:
        """See `Edit`."""
        same = isinstance(later, SetParam) and (later.node, later.param) == (self.node, self.param)
        return later if same else None


@dataclass(frozen=True, slots=True)
class Rename:
    """Give a node another name."""

    node: str
    name: str
    op: ClassVar[str] = "rename"

    def apply(self, graph: Graph) -> tuple[Graph, Edit]:
        """See `Edit`."""
        node = _require(graph, self.node)
        if not self.name.strip() or len(self.name) > 200 or "\n" in self.name:
            raise StudioError("A name must be one line of 1 to 200 characters.")
        return graph.with_node(replace(node, name=self.name)), Rename(
            self.node, node.name or node.id
        )

    def title(self, graph: Graph) -> str:
        """See `Edit`."""
        return f"Rename {_label(graph, self.node)} to {self.name}"

    def to_json(self) -> dict[str, Any]:
        """See `Edit`."""
        return {"op": self.op, "node": self.node, "name": self.name}

    def merged(self, later: Edit) -> Edit | None:
        """See `Edit`."""
        return later if isinstance(later, Rename) and later.node == self.node else None


@dataclass(frozen=True, slots=True)
class Move:
    """Put cards somewhere else; positions in canvas units."""

    places: Mapping[str, tuple[float, float]]
    op: ClassVar[str] = "move"

    def apply(self, graph: Graph) -> tuple[Graph, Edit]:
        """See `Edit`."""
        nodes = dict(graph.nodes)
        before: dict[str, tuple[float, float]] = {}
        for key, pos in self.places.items():
            node = _require(graph, key)
            before[key] = node.pos
            nodes[key] = replace(node, pos=(float(pos[0]), float(pos[1])))
        return Graph(nodes, graph.edges), Move(before)

    def title(self, graph: Graph) -> str:
        """See `Edit`."""
        if len(self.places) == 1:
            return f"Move {_label(graph, next(iter(self.places)))}"
        return f"Move {len(self.places)} cards"

    def to_json(self) -> dict[str, Any]:
        """See `Edit`."""
        return {"op": self.op, "places": {key: list(pos) for key, pos in self.places.items()}}

    def merged(self, later: Edit) -> Edit | None:
        """See `Edit`."""
        if isinstance(later, Move) and set(later.places) == set(self.places):
            return later
        return None


@dataclass(frozen=True, slots=True)
class ReplaceNode:
    """Put another node in the place of one with the same id; links stay."""

    node: Node
    op: ClassVar[str] = "replace node"

    def apply(self, graph: Graph) -> tuple[Graph, Edit]:
        """See `Edit`."""
        old = _require(graph, self.node.id)
        return graph.with_node(self.node), ReplaceNode(old)

    def title(self, graph: Graph) -> str:
        """See `Edit`."""
        return f"Make {_label(graph, self.node.id)} a {self.node.layer.title}"

    def to_json(self) -> dict[str, Any]:
        """See `Edit`."""
        return {"op": self.op, "node": node_json(self.node)}

    def merged(self, later: Edit) -> Edit | None:
        """See `Edit`."""
        return None


@dataclass(frozen=True, slots=True)
class Group:
    """Several edits as one step, all or nothing."""

    name: str
    edits: tuple[Edit, ...]
    op: ClassVar[str] = "group"

    def apply(self, graph: Graph) -> tuple[Graph, Edit]:
        """See `Edit`."""
        inverses: list[Edit] = []
        for edit in self.edits:
            graph, inverse = edit.apply(graph)
            inverses.append(inverse)
        return graph, Group(f"Undo {self.name}", tuple(reversed(inverses)))

    def title(self, graph: Graph) -> str:
        """See `Edit`."""
        return self.name

    def to_json(self) -> dict[str, Any]:
        """See `Edit`."""
        return {"op": self.op, "name": self.name, "edits": [edit.to_json() for edit in self.edits]}

    def merged(self, later: Edit) -> Edit | None:
        """See `Edit`."""
        return None


def _label(graph: Graph, node: str) -> str:
    found = graph.nodes.get(node)
    return found.label if found else node


def _value_text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "×".join(_value_text(part) for part in value)
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)


_READERS: dict[str, Callable[[Mapping[str, Any]], Edit]] = {
    "add node": lambda doc: AddNode(node_from_json(doc["node"]), doc["index"]),
    "remove node": lambda doc: RemoveNode(str(doc["node"])),
    "link": lambda doc: Link(edge_from_json(doc["edge"]), doc["index"]),
    "unlink": lambda doc: Unlink(edge_from_json(doc["edge"])),
    "set": lambda doc: SetParam(str(doc["node"]), str(doc["param"]), doc["value"]),
    "rename": lambda doc: Rename(str(doc["node"]), str(doc["name"])),
    "move": lambda doc: Move(
        {str(k): (float(v[0]), float(v[1])) for k, v in doc["places"].items()}
    ),
    "replace node": lambda doc: ReplaceNode(node_from_json(doc["node"])),
    "group": lambda doc: Group(
        str(doc["name"]), tuple(edit_from_json(one) for one in doc["edits"])
    ),
}


def edit_from_json(document: object) -> Edit:
    """Read an edit from JSON values.

    Raises:
        StudioError: It is not an edit.
    """
    try:
        if not isinstance(document, Mapping):
            raise TypeError
        return _READERS[document["op"]](document)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise StudioError("The record of an edit is damaged.", details=repr(error)) from error
