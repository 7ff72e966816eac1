"""Edits: the only way a graph changes; each is JSON, has a name, and gives its exact inverse."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from nnstudio.core import words
from nnstudio.core.errors import StudioError
from nnstudio.graph.bulk import Tail, place_of
from nnstudio.graph.document import (
    check_name,
    edge_from_json,
    edge_json,
    is_place,
    node_from_json,
    node_json,
    position_from_json,
    text_from_json,
)
from nnstudio.graph.model import Edge, Graph, Node, current_value, setting_values, with_setting
from nnstudio.graph.notes import Note, note_json, notes_from_json

_MANY = 16  # edits; for fewer, copying the graph's end costs more than it saves


class Edit(ABC):
    """A change of a graph."""

    __slots__ = ()
    op: ClassVar[str]

    @abstractmethod
    def apply(self, graph: Graph) -> tuple[Graph, Edit]:
        """Give the changed graph and the edit that takes the change back.

        Raises:
            StudioError: The edit does not fit this graph, which stays as it was.
        """

    @abstractmethod
    def title(self, graph: Graph) -> str:
        """Say what the edit does to `graph`, for the undo menu."""

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """Give the edit as JSON values."""

    def at_tail(self, tail: Tail) -> Edit | None:
        """Make the edit at the end of a graph, where that is all it does, and give its inverse."""
        return None

    def merged(self, later: Edit) -> Edit | None:
        """Give one edit for this one followed by `later`, or None where both are wanted."""
        return None


def _require(graph: Graph, node: str) -> Node:
    found = graph.nodes.get(node)
    if found is None:
        raise StudioError(f"There is no node '{node}' in this network.")
    return found


@dataclass(frozen=True, slots=True)
class AddNode(Edit):
    """Put a node into the graph.

    Attributes:
        node: The new node.
        index: Its place in the order of nodes; None for the end.
    """

    node: Node
    index: int | None = None
    op: ClassVar[str] = "add node"

    def apply(self, graph: Graph) -> tuple[Graph, Edit]:
        if self.node.id in graph.nodes:
            raise StudioError(f"The network already has a node '{self.node.id}'.")
        items = list(graph.nodes.items())
        items.insert(len(items) if self.index is None else self.index, (self.node.id, self.node))
        return Graph(dict(items), graph.edges, graph.notes), RemoveNode(self.node.id)

    def at_tail(self, tail: Tail) -> Edit | None:
        return RemoveNode(self.node.id) if tail.add(self.node, self.index) else None

    def title(self, graph: Graph) -> str:
        return f"Add {self.node.label}"

    def to_json(self) -> dict[str, Any]:
        return {"op": self.op, "node": node_json(self.node), "index": self.index}


@dataclass(frozen=True, slots=True)
class RemoveNode(Edit):
    """Take a node and its links out of the graph."""

    node: str
    op: ClassVar[str] = "remove node"

    def apply(self, graph: Graph) -> tuple[Graph, Edit]:
        node = _require(graph, self.node)
        index = list(graph.nodes).index(self.node)
        nodes = {key: value for key, value in graph.nodes.items() if key != self.node}
        back: list[Edit] = [AddNode(node, index)]
        kept: list[Edge] = []
        for at, edge in enumerate(graph.edges):
            if self.node in (edge.src.node, edge.dst.node):
                back.append(Link(edge, at))
            else:
                kept.append(edge)
        made = Graph(nodes, tuple(kept), graph.notes)
        return made, Group(f"Bring back {node.label}", tuple(back))

    def at_tail(self, tail: Tail) -> Edit | None:
        node = tail.remove(self.node)
        if node is None:
            return None
        return Group(f"Bring back {node.label}", (AddNode(node, len(tail.nodes)),))

    def title(self, graph: Graph) -> str:
        return f"Delete {_label(graph, self.node)}"

    def to_json(self) -> dict[str, Any]:
        return {"op": self.op, "node": self.node}


@dataclass(frozen=True, slots=True)
class Link(Edit):
    """Make a link.

    Attributes:
        edge: The new link.
        index: Its place in the order of links; None for the end.
    """

    edge: Edge
    index: int | None = None
    op: ClassVar[str] = "link"

    def apply(self, graph: Graph) -> tuple[Graph, Edit]:
        _require(graph, self.edge.src.node)
        _require(graph, self.edge.dst.node)
        if place_of(self.edge, graph) is not None:
            raise StudioError(f"{self.edge.src} and {self.edge.dst} are already linked.")
        edges = list(graph.edges)
        edges.insert(len(edges) if self.index is None else self.index, self.edge)
        return Graph(graph.nodes, tuple(edges), graph.notes), Unlink(self.edge)

    def at_tail(self, tail: Tail) -> Edit | None:
        return Unlink(self.edge) if tail.link(self.edge, self.index) else None

    def title(self, graph: Graph) -> str:
        return f"Link {_label(graph, self.edge.src.node)} to {_label(graph, self.edge.dst.node)}"

    def to_json(self) -> dict[str, Any]:
        return {"op": self.op, "edge": edge_json(self.edge), "index": self.index}


@dataclass(frozen=True, slots=True)
class Unlink(Edit):
    """Cut a link."""

    edge: Edge
    op: ClassVar[str] = "unlink"

    def apply(self, graph: Graph) -> tuple[Graph, Edit]:
        index = place_of(self.edge, graph)
        if index is None:
            raise StudioError(f"{self.edge.src} and {self.edge.dst} are not linked.")
        kept = graph.edges[:index] + graph.edges[index + 1 :]
        return Graph(graph.nodes, kept, graph.notes), Link(self.edge, index)

    def at_tail(self, tail: Tail) -> Edit | None:
        return Link(self.edge, len(tail.edges)) if tail.unlink(self.edge) else None

    def title(self, graph: Graph) -> str:
        src, dst = self.edge.src.node, self.edge.dst.node
        return f"Unlink {_label(graph, src)} from {_label(graph, dst)}"

    def to_json(self) -> dict[str, Any]:
        return {"op": self.op, "edge": edge_json(self.edge)}


@dataclass(frozen=True, slots=True)
class SetParam(Edit):
    """Give one parameter of a node another value (as in a file).

    A block has the parameters it was given, and "repeat"; None takes a chosen value back.
    """

    node: str
    param: str
    value: Any
    op: ClassVar[str] = "set"

    def apply(self, graph: Graph) -> tuple[Graph, Edit]:
        node = _require(graph, self.node)
        inverse = SetParam(self.node, self.param, setting_values(node).get(self.param))
        return graph.with_node(with_setting(node, self.param, self.value)), inverse

    def title(self, graph: Graph) -> str:
        node = graph.nodes.get(self.node)
        name = self.param.replace("_", " ")
        if node is None:
            return f"Set {name}"
        old = current_value(node, self.param)
        return f"{node.label} {name} {words.value(old)} → {words.value(self.value)}"

    def to_json(self) -> dict[str, Any]:
        return {"op": self.op, "node": self.node, "param": self.param, "value": self.value}

    def merged(self, later: Edit) -> Edit | None:
        same = isinstance(later, SetParam) and (later.node, later.param) == (self.node, self.param)
        return later if same else None


@dataclass(frozen=True, slots=True)
class Rename(Edit):
    """Give a node another name."""

    node: str
    name: str
    op: ClassVar[str] = "rename"

    def apply(self, graph: Graph) -> tuple[Graph, Edit]:
        node = _require(graph, self.node)
        renamed = replace(node, name=check_name(self.name))
        return graph.with_node(renamed), Rename(self.node, node.name)

    def title(self, graph: Graph) -> str:
        return f"Rename {_label(graph, self.node)} to {self.name}"

    def to_json(self) -> dict[str, Any]:
        return {"op": self.op, "node": self.node, "name": self.name}

    def merged(self, later: Edit) -> Edit | None:
        return later if isinstance(later, Rename) and later.node == self.node else None


@dataclass(frozen=True, slots=True)
class Move(Edit):
    """Put cards somewhere else; positions in canvas units."""

    places: Mapping[str, tuple[float, float]]
    op: ClassVar[str] = "move"

    def apply(self, graph: Graph) -> tuple[Graph, Edit]:
        before: dict[str, tuple[float, float]] = {}
        for key, (x, y) in self.places.items():
            node = _require(graph, key)
            if not is_place(x, y):
                raise StudioError(f"'{node.label}' cannot be moved there; it is too far out.")
            before[key] = node.pos
        places = {key: (float(x), float(y)) for key, (x, y) in self.places.items()}
        return graph.moved(places), Move(before)

    def title(self, graph: Graph) -> str:
        if len(self.places) == 1:
            return f"Move {_label(graph, next(iter(self.places)))}"
        return f"Move {len(self.places)} cards"

    def to_json(self) -> dict[str, Any]:
        return {"op": self.op, "places": {key: list(pos) for key, pos in self.places.items()}}

    def merged(self, later: Edit) -> Edit | None:
        same = isinstance(later, Move) and set(later.places) == set(self.places)
        return later if same else None


@dataclass(frozen=True, slots=True)
class ReplaceNode(Edit):
    """Put another node in the place of one with the same id; links stay."""

    node: Node
    op: ClassVar[str] = "replace node"

    def apply(self, graph: Graph) -> tuple[Graph, Edit]:
        old = _require(graph, self.node.id)
        return graph.with_node(self.node), ReplaceNode(old)

    def title(self, graph: Graph) -> str:
        return f"Make {_label(graph, self.node.id)} a {self.node.layer.title}"

    def to_json(self) -> dict[str, Any]:
        return {"op": self.op, "node": node_json(self.node)}


@dataclass(frozen=True, slots=True)
class SetNotes(Edit):
    """Put other texts and frames on the canvas; `name` says what that does."""

    notes: tuple[Note, ...]
    name: str
    op: ClassVar[str] = "set notes"

    def apply(self, graph: Graph) -> tuple[Graph, Edit]:
        return replace(graph, notes=self.notes), SetNotes(graph.notes, self.name)

    def title(self, graph: Graph) -> str:
        return self.name

    def to_json(self) -> dict[str, Any]:
        return {"op": self.op, "name": self.name, "notes": [note_json(one) for one in self.notes]}


@dataclass(frozen=True, slots=True)
class Group(Edit):
    """Several edits as one step: where one of them does not fit, none is made."""

    name: str
    edits: tuple[Edit, ...]
    op: ClassVar[str] = "group"

    def apply(self, graph: Graph) -> tuple[Graph, Edit]:
        inverses: list[Edit] = []
        tail = Tail(graph) if len(self.edits) > _MANY else None
        for edit in self.edits:
            inverse = None if tail is None else edit.at_tail(tail)
            if inverse is None:
                graph, tail = (graph if tail is None else tail.graph()), None
                graph, inverse = edit.apply(graph)
            inverses.append(inverse)
        made = graph if tail is None else tail.graph()
        return made, Group(self.name, tuple(reversed(inverses)))

    def at_tail(self, tail: Tail) -> Edit | None:
        if len(self.edits) != 1:
            return None
        inverse = self.edits[0].at_tail(tail)
        return None if inverse is None else Group(self.name, (inverse,))

    def title(self, graph: Graph) -> str:
        return self.name

    def to_json(self) -> dict[str, Any]:
        return {"op": self.op, "name": self.name, "edits": [edit.to_json() for edit in self.edits]}


def _label(graph: Graph, node: str) -> str:
    found = graph.nodes.get(node)
    return found.label if found else node


def _index(value: object) -> int | None:
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
        raise TypeError
    return value


def _later(document: Mapping[str, Any]) -> Edit:
    from nnstudio.graph import inside, outward  # which need the edits themselves

    read = inside.inside_from_json if document["op"] == "inside" else outward.set_outward_from_json
    return read(document)


_READERS: dict[str, Callable[[Mapping[str, Any]], Edit]] = {
    "add node": lambda doc: AddNode(node_from_json(doc["node"]), _index(doc["index"])),
    "remove node": lambda doc: RemoveNode(text_from_json(doc["node"])),
    "link": lambda doc: Link(edge_from_json(doc["edge"]), _index(doc["index"])),
    "unlink": lambda doc: Unlink(edge_from_json(doc["edge"])),
    "set": lambda doc: SetParam(
        text_from_json(doc["node"]), text_from_json(doc["param"]), doc["value"]
    ),
    "rename": lambda doc: Rename(text_from_json(doc["node"]), check_name(doc["name"])),
    "move": lambda doc: Move(
        {key: position_from_json(pos, key) for key, pos in doc["places"].items()}
    ),
    "replace node": lambda doc: ReplaceNode(node_from_json(doc["node"])),
    "set notes": lambda doc: SetNotes(notes_from_json(doc["notes"]), text_from_json(doc["name"])),
    **dict.fromkeys(("inside", "set outward"), _later),
    "group": lambda doc: Group(
        text_from_json(doc["name"]), tuple(edit_from_json(one) for one in doc["edits"])
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
    except (
        KeyError,
        TypeError,
        ValueError,
        IndexError,
        AttributeError,
        RecursionError,
    ) as error:
        raise StudioError("The record of an edit is damaged.", details=repr(error)) from error
