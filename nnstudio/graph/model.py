"""The network as an immutable value: nodes, links, blocks; shared by threads without locks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

from nnstudio.core.errors import StudioError
from nnstudio.graph.layer import Layer, LayerDoc, LayerParams, Port
from nnstudio.graph.notes import Note
from nnstudio.graph.registry import is_known, layer_of, make_params, params_json

MAX_NODES = 20_000  # in a document, and after all blocks are expanded
MAX_DEPTH = 16
MAX_REPEAT = 1_000


@dataclass(frozen=True, slots=True, order=True)
class PortRef:
    """One port of one node."""

    node: str
    port: str

    def __str__(self) -> str:
        """Write it as node.port."""
        return f"{self.node}.{self.port}"


@dataclass(frozen=True, slots=True)
class Edge:
    """A link from an output to an input."""

    src: PortRef
    dst: PortRef

    @staticmethod
    def between(src: str, dst: str) -> Edge:
        """Make a link from text such as "conv1.y" to "pool1.x"."""
        return Edge(_port(src), _port(dst))


def _port(text: str) -> PortRef:
    node, _, port = text.rpartition(".")
    return PortRef(node, port)


@dataclass(frozen=True, slots=True)
class Block:
    """A named sub-graph behind one card.

    Attributes:
        graph: What is inside.
        inputs: For each input port of the card, the inner inputs it feeds.
        outputs: For each output port of the card, the inner output it stands for.
        parameters: For each parameter of the block, the inner (node, parameter) pairs it sets.
        values: The chosen values; where there is none, the inner nodes keep their own.
        repeat: How many copies follow each other, the first output feeding the first input.
        title: What kind of block it is, such as "Bottleneck"; "" for one without a name.
        times: For inner (node, parameter) pairs, what the block's value is multiplied with; those
            that are missing take it as it is.
    """

    graph: Graph
    inputs: Mapping[str, tuple[PortRef, ...]] = field(default_factory=dict)
    outputs: Mapping[str, PortRef] = field(default_factory=dict)
    parameters: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    repeat: int = 1
    title: str = ""
    times: Mapping[tuple[str, str], int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Node:
    """One card of the network.

    Attributes:
        id: Unique in its graph, never changed.
        kind: The layer's kind.
        params: The layer's parameters.
        name: What a person calls it.
        pos: (x, y) of the card's upper left corner on the canvas, in canvas units.
        block: What is inside, when this node is a block.
    """

    id: str
    kind: str
    params: LayerParams
    name: str = ""
    pos: tuple[float, float] = (0.0, 0.0)
    block: Block | None = None

    def __post_init__(self) -> None:
        """Call a node without a name by its id."""
        if not self.name:
            object.__setattr__(self, "name", self.id)

    @property
    def layer(self) -> Layer:
        """The layer this node is an instance of; a block's card behaves like a layer."""
        return layer_of(self.kind) if self.block is None else BlockLayer(self.block)

    @property
    def known(self) -> bool:
        """Whether the node is a block or its layer is installed here."""
        return self.block is not None or is_known(self.kind)

    @property
    def label(self) -> str:
        """The name a person reads."""
        return self.name or self.id


class BlockLayer(Layer):
    """What a block's card looks like from outside: its ports are those of the block."""

    kind = "block"
    title = "Block"
    category = "shape"
    prefix = "block"
    doc = LayerDoc(
        "A part of the network behind one card.", "Give a part a name, or repeat it without copies."
    )

    def __init__(self, block: Block) -> None:
        self.block = block
        # set past the class attributes, which are the same for all nodes of an ordinary layer
        self.__dict__["inputs"] = tuple(Port(name) for name in block.inputs)
        self.__dict__["outputs"] = tuple(Port(name) for name in block.outputs)
        self.__dict__["title"] = block.title or "Block"

    def headline(self, p: object) -> str:
        times = f" ×{self.block.repeat}" if self.block.repeat > 1 else ""
        return f"{self.block.title or f'Block of {len(self.block.graph.nodes)}'}{times}"

    def essentials(self, p: object) -> str:
        return " · ".join(
            f"{name.replace('_', ' ')} {_short(value)}" for name, value in self.block.values.items()
        )

    def is_loss(self) -> bool:
        return any(node.layer.is_loss() for node in self.block.graph.nodes.values())

    def is_source(self) -> bool:
        return any(node.layer.is_source() for node in self.block.graph.nodes.values())


def _short(value: object) -> str:
    """Write a chosen value as it stands on a card: sizes as 3×3, or as 3 where they are equal."""
    if isinstance(value, list | tuple):
        same = len(set(map(str, value))) == 1
        return _short(value[0]) if same else "×".join(map(_short, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def setting_values(node: Node) -> dict[str, Any]:
    """Give a node's parameters as they stand in a file; those of the block for a block."""
    if node.block is None:
        return params_json(node.params)
    return {**node.block.values, "repeat": node.block.repeat}


def current_value(node: Node, name: str) -> Any:
    """Give what a parameter is now; of a block without a choice what the first inner node has."""
    chosen = setting_values(node).get(name)
    if node.block is None or chosen is not None:
        return chosen
    return own_value(node.block, name)


def own_value(block: Block, name: str) -> Any:
    """Give what a block's parameter is while nothing is chosen: that of the first inner node."""
    for inner, param in block.parameters.get(name, ()):
        if inner in block.graph.nodes:
            value = current_value(block.graph.nodes[inner], param)
            times = block.times.get((inner, param), 1)
            return value if times == 1 or not isinstance(value, int) else value // times
    return None


def setting_names(node: Node) -> list[str]:
    """Name what `with_setting` can change."""
    if node.block is None:
        return list(setting_values(node))
    return [*node.block.parameters, "repeat"]


def with_setting(node: Node, name: str, value: Any) -> Node:
    """Give the node with another value (as in a file) of one parameter.

    Raises:
        StudioError: There is no such parameter, or the value does not fit.
    """
    if name not in setting_names(node):
        title = node.layer.title
        raise StudioError(f"'{node.label}' ({title}) has no parameter '{name}'.")
    if node.block is None:
        return replace(node, params=make_params(node.kind, {**setting_values(node), name: value}))
    return replace(node, block=_with_value(node.block, name, value))


def _with_value(block: Block, name: str, value: Any) -> Block:
    if name == "repeat":
        if type(value) is not int or not 1 <= value <= MAX_REPEAT:
            raise StudioError(
                f"A block is repeated 1 to {MAX_REPEAT} times, a whole number. Got {value!r:.40}."
            )
        return replace(block, repeat=value)
    if value is None:
        return replace(block, values={k: v for k, v in block.values.items() if k != name})
    apply_values(replace(block, values={name: value}))
    return replace(block, values={**block.values, name: value})


def apply_values(block: Block) -> Graph:
    """Give what is inside a block, with the chosen values of its parameters set.

    Raises:
        StudioError: A value does not fit, or a parameter stands for something that is not there.
    """
    nodes = dict(block.graph.nodes)
    for name, value in block.values.items():
        for inner, param in block.parameters.get(name, ()):
            if inner not in nodes:
                raise StudioError(f"The block's parameter '{name}' sets the missing '{inner}'.")
            times = block.times.get((inner, param), 1)
            chosen = value if times == 1 else _multiple(name, value, times)
            changed = with_setting(nodes[inner], param, chosen)
            if changed != nodes[inner]:  # else what is known of the very same parameters holds
                nodes[inner] = changed
    return Graph(nodes, block.graph.edges)


def _multiple(name: str, value: Any, times: int) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise StudioError(f"The block's parameter '{name}' must be a number. Got {value!r:.40}.")
    return times * value


def make_node(
    kind: str, node_id: str, name: str = "", pos: tuple[float, float] = (0.0, 0.0), **params: Any
) -> Node:
    """Make a node from a kind and its parameters.

    Raises:
        StudioError: A parameter does not fit; the sentence names it.
    """
    return Node(node_id, kind, make_params(kind, params), name or node_id, pos)


@dataclass(frozen=True)
class Graph:
    """Nodes and links; every change makes a new graph.

    Attributes:
        nodes: Nodes by id, in the order in which they were added.
        edges: Links; their order is the order of inputs at ports that take many.
        notes: Texts and frames on the canvas, the lowest first.
    """

    nodes: Mapping[str, Node] = field(default_factory=lambda: MappingProxyType({}))
    edges: tuple[Edge, ...] = ()
    notes: tuple[Note, ...] = ()

    def __post_init__(self) -> None:
        """Seal the mapping, so that a graph can be shared."""
        if not isinstance(self.nodes, MappingProxyType):
            object.__setattr__(self, "nodes", MappingProxyType(dict(self.nodes)))

    def __eq__(self, other: object) -> bool:
        """Compare nodes (in order), links and notes."""
        if not isinstance(other, Graph):
            return NotImplemented
        if self.edges != other.edges or self.notes != other.notes:
            return False
        return list(self.nodes.items()) == list(other.nodes.items())

    __hash__ = None  # type: ignore[assignment]  # mappings have no hash; compare by value

    @cached_property
    def _links(self) -> tuple[dict[str, list[Edge]], dict[str, list[Edge]]]:
        incoming: dict[str, list[Edge]] = {node: [] for node in self.nodes}
        outgoing: dict[str, list[Edge]] = {node: [] for node in self.nodes}
        for edge in self.edges:
            incoming.setdefault(edge.dst.node, []).append(edge)
            outgoing.setdefault(edge.src.node, []).append(edge)
        for node, edges in incoming.items():
            if len(edges) > 1 and node in self.nodes:
                ports = [port.name for port in self.nodes[node].layer.inputs]
                if len(ports) > 1:
                    _sort_by_port(edges, ports)
        return incoming, outgoing

    def incoming(self, node: str) -> list[Edge]:
        """Links into a node, in the order of its input ports, then of the links."""
        return self._links[0].get(node, [])

    def outgoing(self, node: str) -> list[Edge]:
        """Links out of a node."""
        return self._links[1].get(node, [])

    def by_name(self, name: str) -> Node | None:
        """Give the first node that a person calls `name`, or None."""
        return next((node for node in self.nodes.values() if node.label == name), None)

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Node ids, each behind its inputs; nodes in or behind a loop are left out."""
        incoming, outgoing = self._links
        waiting = {node: len(incoming[node]) for node in self.nodes}
        done = [node for node, count in waiting.items() if count == 0]
        for node in done:  # grows while it is walked through
            for edge in outgoing[node]:
                taker = edge.dst.node
                if taker in waiting:
                    waiting[taker] -= 1
                    if waiting[taker] == 0:
                        done.append(taker)
        return tuple(done)

    def downstream(self, node: str) -> set[str]:
        """Ids of all nodes that depend on `node`, itself included."""
        return self._reach(node, lambda at: (edge.dst.node for edge in self.outgoing(at)))

    def upstream(self, node: str) -> set[str]:
        """Ids of all nodes that `node` depends on, itself included."""
        return self._reach(node, lambda at: (edge.src.node for edge in self.incoming(at)))

    def _reach(self, node: str, step: Callable[[str], Iterable[str]]) -> set[str]:
        seen = {node}
        stack = [node]
        while stack:
            for other in step(stack.pop()):
                if other not in seen:
                    seen.add(other)
                    stack.append(other)
        return seen

    def with_node(self, node: Node) -> Graph:
        """Give a graph in which `node` is added, or replaces the node with its id."""
        made = Graph({**self.nodes, node.id: node}, self.edges, self.notes)
        old = self.nodes.get(node.id)
        if old is not None and old.kind == node.kind and old.block is node.block is None:
            made.__dict__.update(self._known_ways)
        return made

    @property
    def _known_ways(self) -> dict[str, Any]:
        """What was worked out from links and ports alone; as true of a graph that keeps both."""
        return {name: self.__dict__[name] for name in ("_links", "order") if name in self.__dict__}

    def moved(self, places: Mapping[str, tuple[float, float]]) -> Graph:
        """Give the graph with some cards elsewhere."""
        shifted = {key: replace(self.nodes[key], pos=pos) for key, pos in places.items()}
        made = Graph({**self.nodes, **shifted}, self.edges, self.notes)
        made.__dict__.update(self._known_ways)
        return made

    def free_id(self, kind: str) -> str:
        """Give an id (and name) that no node has: conv1, conv2 and so on."""
        prefix = layer_of(kind).prefix or kind
        taken = set(self.nodes) | {node.name for node in self.nodes.values()}
        number = 1
        while f"{prefix}{number}" in taken:
            number += 1
        return f"{prefix}{number}"

    def losses(self) -> list[Node]:
        """Nodes that training makes small."""
        return [node for node in self.nodes.values() if node.layer.is_loss()]

    def sources(self) -> list[Node]:
        """Nodes where data enters."""
        return [node for node in self.nodes.values() if node.layer.is_source()]


def _sort_by_port(edges: list[Edge], ports: list[str]) -> None:
    order = {name: place for place, name in enumerate(ports)}
    edges.sort(key=lambda edge: order.get(edge.dst.port, len(order)))
