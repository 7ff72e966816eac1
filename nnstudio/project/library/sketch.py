"""A network or the inside of a block, drawn layer by layer; for those that have branches."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from nnstudio.graph.layout import tidy
from nnstudio.graph.model import (
    Block,
    Edge,
    Graph,
    Node,
    PortRef,
    apply_values,
    make_node,
)
from nnstudio.graph.registry import layer_of

IN = ""  # as a source: what enters the block
WIDE = 1_400.0  # canvas units; a row of a large network


class Sketch:
    """A network in the making.

    >>> sketch = Sketch()
    >>> image = sketch.add("input")
    >>> sketch.add("conv2d", image, name="stem", filters=16)
    'stem'
    """

    def __init__(self) -> None:
        self._nodes: dict[str, Node] = {}
        self._edges: list[Edge] = []
        self._inputs: list[PortRef] = []
        self._parameters: dict[str, tuple[tuple[str, str], ...]] = {}
        self._values: dict[str, Any] = {}
        self._times: dict[tuple[str, str], int] = {}

    def add(self, kind: str, *sources: str, name: str = "", **params: Any) -> str:
        """Add a layer.

        Args:
            kind: Its kind.
            sources: The nodes that feed it, in the order of its inputs; `IN` is the block's input.
            name: Its id and name; "" for the next number of its kind.
            params: Its parameters.

        Returns:
            The new node's id.
        """
        node_id = name or self._free(layer_of(kind).prefix or kind)
        return self._put(make_node(kind, node_id, **params), sources)

    def card(self, block: Block, source: str, name: str) -> str:
        """Add a block with one input; give the new node's id."""
        return self._put(block_node(block, name), (source,))

    def _put(self, node: Node, sources: tuple[str, ...]) -> str:
        self._nodes[node.id] = node
        ports = [port.name for port in node.layer.inputs]
        for at, source in enumerate(sources):
            into = PortRef(node.id, ports[min(at, len(ports) - 1)])
            if source == IN:
                self._inputs.append(into)
            else:
                out = self._nodes[source].layer.outputs[0].name
                self._edges.append(Edge(PortRef(source, out), into))
        return node.id

    def _free(self, prefix: str) -> str:
        number = 1
        while f"{prefix}{number}" in self._nodes:
            number += 1
        return f"{prefix}{number}"

    def outward(self, name: str, value: Any, *targets: str | tuple[str, int]) -> None:
        """Let the block have a parameter.

        Args:
            name: What it is called.
            value: The chosen value, as in a file.
            targets: What it sets: "conv1.filters", or ("conv3.filters", 4) for four times it.
        """
        pairs = []
        for target in targets:
            path, times = (target, 1) if isinstance(target, str) else target
            node, _, param = path.rpartition(".")
            pairs.append((node, param))
            if times != 1:
                self._times[node, param] = times
        self._parameters[name] = tuple(pairs)
        self._values[name] = value

    def graph(self, width: float = WIDE) -> Graph:
        """Give the network, its cards in order, rows `width` wide."""
        graph = Graph(self._nodes, tuple(self._edges))
        return tidy(graph, width=width).apply(graph)[0]

    def block(self, title: str, output: str, repeat: int = 1) -> Block:
        """Give what was drawn as a block.

        Args:
            title: What it is called.
            output: The node whose output is the block's.
            repeat: How many copies follow each other.

        Raises:
            StudioError: A chosen value does not fit.
        """
        port = self._nodes[output].layer.outputs[0].name
        block = Block(
            self.graph(),
            {"x": tuple(self._inputs)},
            {"y": PortRef(output, port)},
            self._parameters,
            self._values,
            repeat,
            title,
            self._times,
        )
        return replace(block, graph=apply_values(block))


def block_node(block: Block, name: str, pos: tuple[float, float] = (0.0, 0.0)) -> Node:
    """Make the card of a block; its id is its name."""
    return replace(make_node("block", name, pos=pos), block=block)
