"""Networks that the canvas tests, measurements and pictures show."""

from __future__ import annotations

from typing import Any

import nnstudio.layers
from nnstudio.graph.infer import Inference, infer
from nnstudio.graph.model import Edge, Graph, make_node
from nnstudio.graph.types import ClassTarget, DataSignature, maps

assert nnstudio.layers
DIGITS = DataSignature(maps(28, 28, 1), ClassTarget(tuple("0123456789")))


def chain(*steps: tuple[str, str, dict[str, Any]], per_row: int = 4) -> Graph:
    """Give nodes in rows, each linked to the one before: (id, kind, parameters)."""
    nodes, edges = {}, []
    for i, (node_id, kind, params) in enumerate(steps):
        pos = (180.0 * (i % per_row), 190.0 * (i // per_row))
        nodes[node_id] = make_node(kind, node_id, node_id, pos, **params)
        if i:
            edges.append(Edge.between(f"{steps[i - 1][0]}.y", f"{node_id}.x"))
    return Graph(nodes, tuple(edges))


def lenet(classes: int = 10) -> Graph:
    """Give LeNet-5 in two rows, as in the design."""
    return chain(
        ("input", "input", {}),
        ("conv1", "conv2d", {"filters": 6, "kernel": [5, 5], "padding": 2}),
        ("pool1", "max_pool", {}),
        ("conv2", "conv2d", {"filters": 16, "kernel": [5, 5], "padding": "valid"}),
        ("pool2", "max_pool", {}),
        ("flatten", "flatten", {}),
        ("fc1", "dense", {"units": 120, "activation": "relu"}),
        ("fc2", "dense", {"units": 84, "activation": "relu"}),
        ("fc3", "dense", {"units": classes, "activation": "linear"}),
        ("loss", "softmax_cross_entropy", {}),
        per_row=5,
    )


def broken() -> Graph:
    """Give a LeNet with two mistakes: no Flatten before Dense, and a card without a link."""
    graph = chain(
        ("input", "input", {}),
        ("conv1", "conv2d", {"filters": 6, "kernel": [5, 5], "padding": 2}),
        ("pool1", "max_pool", {}),
        ("fc1", "dense", {"units": 120, "activation": "relu"}),
        ("fc2", "dense", {"units": 84, "activation": "relu"}),
        ("fc3", "dense", {"units": 12, "activation": "linear"}),
        ("loss", "softmax_cross_entropy", {}),
    )
    return graph.with_node(make_node("relu", "relu1", "relu1", (720.0, 190.0)))


def residual(blocks: int = 3) -> Graph:
    """Give a small residual network: each block's input is added to its output."""
    nodes = {"input": make_node("input", "input", "input", (0.0, 0.0))}
    nodes["stem"] = make_node("conv2d", "stem", "stem", (180.0, 0.0), filters=16)
    edges = [Edge.between("input.y", "stem.x")]
    last = "stem"
    for block in range(1, blocks + 1):
        y = 190.0 * (block - 1)
        start = 360.0 if block == 1 else 0.0
        first, second, total = f"conv{block}a", f"conv{block}b", f"sum{block}"
        linear = {"filters": 16, "activation": "linear"}
        nodes[first] = make_node("conv2d", first, first, (start, y), filters=16)
        nodes[second] = make_node("conv2d", second, second, (start + 180, y), **linear)
        nodes[total] = make_node("add", total, total, (start + 360, y))
        for src, dst in ((last, first), (first, second), (second, total), (last, total)):
            edges.append(Edge.between(f"{src}.y", f"{dst}.x"))
        last = total
    for i, (node_id, kind) in enumerate((("gap", "global_avg_pool"), ("fc", "dense"))):
        params = {"units": 10, "activation": "linear"} if kind == "dense" else {}
        nodes[node_id] = make_node(kind, node_id, node_id, (540.0 + 180 * i, y), **params)
        edges.append(Edge.between(f"{last}.y", f"{node_id}.x"))
        last = node_id
    nodes["loss"] = make_node("softmax_cross_entropy", "loss", "loss", (900.0, y))
    edges.append(Edge.between(f"{last}.y", "loss.x"))
    return Graph(nodes, tuple(edges))


def large(count: int = 1000, per_row: int = 40) -> Graph:
    """Give a long chain of many kinds of layers."""
    kinds = (("conv2d", {"filters": 8}), ("relu", {}), ("leaky_relu", {}))
    steps = [(f"n{i}", *kinds[i % len(kinds)]) for i in range(1, count)]
    return chain(("input", "input", {}), *steps, per_row=per_row)


def known(graph: Graph) -> Inference:
    """Give what is known about a net that is fed with digits."""
    return infer(graph, DIGITS)
