"""Loops in the links: each strongly connected part, with the links that close it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from nnstudio.graph.model import Edge, Graph


@dataclass(slots=True)
class _Search:
    """State of a depth-first search (Tarjan, "Depth-first search and linear graph algorithms")."""

    graph: Graph
    index: dict[str, int] = field(default_factory=dict)
    low: dict[str, int] = field(default_factory=dict)
    stack: list[str] = field(default_factory=list)
    open: set[str] = field(default_factory=set)
    path: list[tuple[str, Iterator[Edge]]] = field(default_factory=list)
    on_path: set[str] = field(default_factory=set)
    closing: list[Edge] = field(default_factory=list)

    def enter(self, node: str) -> None:
        self.index[node] = self.low[node] = len(self.index)
        self.stack.append(node)
        self.open.add(node)
        self.on_path.add(node)
        self.path.append((node, iter(self.graph.outgoing(node))))

    def leave(self) -> list[str] | None:
        """Go back one node; give the part it is the first of, once that is complete."""
        node, _ = self.path.pop()
        self.on_path.discard(node)
        if self.path:
            before = self.path[-1][0]
            self.low[before] = min(self.low[before], self.low[node])
        if self.low[node] != self.index[node]:
            return None
        cut = self.stack.index(node)
        part, self.stack = self.stack[cut:], self.stack[:cut]
        self.open.difference_update(part)
        return part

    def run(self, start: str) -> Iterator[list[str]]:
        self.enter(start)
        while self.path:
            node, edges = self.path[-1]
            edge = next(edges, None)
            if edge is None:
                part = self.leave()
                if part is not None:
                    yield part
                continue
            target = edge.dst.node
            if target not in self.index:
                self.enter(target)
            elif target in self.open:
                self.low[node] = min(self.low[node], self.index[target])
                if target in self.on_path:
                    self.closing.append(edge)


def find_loops(graph: Graph) -> list[tuple[list[str], list[Edge]]]:
    """Find the loops of a graph.

    Returns:
        For each loop (or knot of loops) its nodes in the order of the graph, and links whose
        cutting leaves no loop among them. Empty for a graph that can run.
    """
    order = set(graph.order)
    if len(order) == len(graph.nodes):
        return []
    search = _Search(graph)
    parts = [
        set(part)
        for node in graph.nodes
        if node not in order and node not in search.index
        for part in search.run(node)
    ]
    found = []
    for part in parts:
        closing = [edge for edge in search.closing if edge.src.node in part]
        if closing:
            found.append(([node for node in graph.nodes if node in part], closing))
    return found
