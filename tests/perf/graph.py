"""Prints how long inference and an edit take on nets of 1,000 nodes; run it with Python."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import nnstudio.layers  # noqa: F401 - makes the layers known
from nnstudio.graph.compose import copy_nodes, delete_nodes, paste
from nnstudio.graph.cost import receptive_fields, total_cost
from nnstudio.graph.edits import Move, SetParam
from nnstudio.graph.infer import infer
from nnstudio.graph.layout import tidy
from nnstudio.graph.model import Edge, Graph, Node, PortRef, make_node
from nnstudio.graph.types import ClassTarget, DataSignature, maps

DATA = DataSignature(maps(64, 64, 3), ClassTarget(tuple("0123456789")))
REPEATS = 15


def residual_net(count: int) -> Graph:
    """Give a net of about `count` nodes: convolutions with shortcuts, then Dense and a loss."""
    nodes = [make_node("input", "input"), make_node("conv2d", "stem", filters=8)]
    edges = [("input", "stem")]
    while len(nodes) < count - 3:
        last = nodes[-1].id
        at = len(nodes)
        conv = make_node("conv2d", f"conv{at}", filters=8, padding="same")
        relu, add = make_node("relu", f"relu{at}"), make_node("add", f"add{at}")
        nodes += [conv, relu, add]
        edges += [(last, conv.id), (conv.id, relu.id), (relu.id, add.id), (last, add.id)]
    tail = [("flatten", {}), ("dense", {"units": 10}), ("softmax_cross_entropy", {})]
    for kind, params in tail:
        node: Node = make_node(kind, kind, **params)
        edges.append((nodes[-1].id, node.id))
        nodes.append(node)
    made = {node.id: replace(node, pos=(180.0 * i, 0.0)) for i, node in enumerate(nodes)}
    port = {node.id: node.layer.inputs[0].name for node in nodes[1:]}
    return Graph(made, tuple(Edge(PortRef(a, "y"), PortRef(b, port[b])) for a, b in edges))


def measured(work: Callable[[], object]) -> float:
    """Give the median time in milliseconds."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        work()
        times.append(1e3 * (time.perf_counter() - start))
    return round(statistics.median(times), 2)


def fresh(graph: Graph) -> Graph:
    """Give an equal graph that remembers nothing."""
    return Graph(graph.nodes, graph.edges)


def main() -> None:
    """Measure and print."""
    graph = residual_net(1000)
    inference = infer(graph, DATA)
    assert inference.runnable, inference.problems[:3]
    broken, _ = SetParam("stem", "filters", 4).apply(graph)
    filters = iter(range(1, 10_000))

    def edited() -> None:
        infer(SetParam("conv500", "filters", next(filters) % 40 + 1).apply(graph)[0], DATA)

    text = copy_nodes(graph, graph.nodes)
    numbers = {
        "nodes": len(graph.nodes),
        "links": len(graph.edges),
        "infer_ms": measured(lambda: infer(fresh(graph), DATA)),
        "infer_broken_ms": measured(lambda: infer(fresh(broken), DATA)),
        "edit_and_infer_ms": measured(edited),
        "move_and_infer_ms": measured(lambda: infer(Move({"stem": (1, 1)}).apply(graph)[0], DATA)),
        "cost_ms": measured(lambda: total_cost(graph, inference)),
        "receptive_fields_ms": measured(lambda: receptive_fields(graph, inference)),
        "tidy_ms": measured(lambda: tidy(fresh(graph))),
        "paste_ms": measured(lambda: paste(text, graph).apply(graph)),
        "delete_100_ms": measured(
            lambda: delete_nodes(graph, list(graph.nodes)[300:400], bridge=True).apply(graph)
        ),
    }
    if "--json" in sys.argv:
        print(json.dumps(numbers))
        return
    for name, value in numbers.items():
        print(f"{name:22} {value}")


if __name__ == "__main__":
    main()
