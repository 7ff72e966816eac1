"""The small networks whose operations are measured once on each machine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from nnstudio.engine.rules import Adam, RmsProp, Rule, Sgd
from nnstudio.graph.model import Edge, Graph, Node, make_node
from nnstudio.graph.types import ClassTarget, DataSignature, TensorType, flat, maps

SYMBOLS = 65  # of the characters that one net reads


@dataclass(frozen=True, slots=True)
class Sample:
    """One network of the suite.

    Attributes:
        graph: The network.
        signature: What it reads.
        batch: Samples of a step.
        rule: The optimiser.
        one_hot: Whether each step of its sequences is one symbol, a 1 among zeros.
    """

    graph: Graph
    signature: DataSignature
    batch: int
    rule: Rule
    one_hot: bool = False


def suite() -> Iterator[Sample]:
    """Give the networks, the most common layers first."""
    yield from _dense_nets()
    yield from _map_nets()
    yield from _sequence_nets()


def _classes(input_type: TensorType, count: int = 10) -> DataSignature:
    return DataSignature(input_type, ClassTarget(tuple(str(i) for i in range(count))))


def _chain(*nodes: Node) -> Graph:
    """Link an input, some nodes and a loss one behind the other."""
    row = [make_node("input", "in"), *nodes, make_node("softmax_cross_entropy", "loss")]
    edges = tuple(
        Edge.between(f"{a.id}.y", f"{b.id}.{b.layer.inputs[0].name}") for a, b in pairwise(row)
    )
    return Graph({node.id: node for node in row}, edges)


def _dense(*widths: int, activation: str = "relu") -> list[Node]:
    """Give dense layers; the last one is linear."""
    return [
        make_node(
            "dense",
            f"d{i}",
            units=units,
            activation=activation if i < len(widths) - 1 else "linear",
        )
        for i, units in enumerate(widths)
    ]


def _dense_nets() -> Iterator[Sample]:
    for inputs, widths, batch, activation, rule in (
        (2, (8, 8, 10), 16, "tanh", Adam()),
        (2, (32, 16, 10), 32, "relu", Sgd()),
        (16, (24, 10), 32, "relu", Adam()),
        (64, (64, 32, 10), 32, "tanh", Sgd(momentum=0.9)),
        (784, (100, 10), 32, "sigmoid", Adam()),
        (784, (256, 128, 10), 64, "relu", RmsProp()),
        (300, (500, 10), 128, "relu", Adam()),
        (2048, (1024, 1024, 10), 16, "relu", Adam()),
    ):
        yield Sample(
            _chain(*_dense(*widths, activation=activation)), _classes(flat(inputs)), batch, rule
        )


def _conv(name: str, filters: int, kernel: int = 3, stride: int = 1, **more: object) -> Node:
    chosen: dict[str, Any] = {
        "padding": kernel // 2,
        "floor": True,
        "activation": "linear",
        "stride": (stride, stride),
        "kernel": (kernel, kernel),
    }
    return make_node("conv2d", name, filters=filters, **(chosen | more))


def _head(units: int = 10) -> list[Node]:
    return [make_node("global_avg_pool", "gap"), *_dense(units)]


def _normed(name: str, *, relu: bool = True) -> list[Node]:
    norm = make_node("batch_norm", f"{name}bn")
    return [norm, make_node("relu", f"{name}relu")] if relu else [norm]


def _map_nets() -> Iterator[Sample]:
    relu: dict[str, Any] = {"activation": "relu"}
    pool = [make_node("max_pool", f"pool{i}") for i in range(4)]
    flatten = make_node("flatten", "flat")
    average = make_node("avg_pool", "mean")
    wide = make_node("max_pool", "wide", window=3, stride=2, floor=True)
    drop = make_node("dropout", "drop")
    nets: tuple[tuple[tuple[int, int, int], tuple[int, ...], list[Node]], ...] = (
        ((8, 8, 1), (32,), [_conv("a", 8, **relu), pool[0], _conv("b", 16, **relu), flatten, drop]),
        ((28, 28, 1), (32, 128), [
            _conv("a", 6, 5, **relu), pool[0], _conv("b", 16, 5, padding="valid", **relu), pool[1],
            flatten, *_dense(120, 84, 10)[:2],
        ]),
        ((28, 28, 1), (32,), [
            _conv("a", 32, **relu), pool[0], _conv("b", 64, **relu), pool[1], flatten, drop,
        ]),
        ((20, 20, 3), (16,), [
            _conv("a", 6, 5, activation="tanh"), average, _conv("b", 12, **relu), wide, flatten,
        ]),
        ((32, 32, 3), (8, 64), [
            _conv("a", 16), *_normed("a"), _conv("b", 16), *_normed("b"), _conv("c", 32, stride=2),
            *_normed("c"), _conv("d", 32), *_normed("d"), *_head()[:1],
        ]),
        ((16, 16, 32), (16, 96), [
            _conv("a", 64), *_normed("a"), pool[0], _conv("b", 128), *_normed("b"),
            _conv("c", 64, 1, **relu), *_head()[:1],
        ]),
        ((16, 16, 32), (16, 128), [
            _conv("a", 32, groups=32), *_normed("a"), _conv("b", 64, 1), *_normed("b"),
            _conv("c", 64, stride=2, groups=64), *_normed("c"), _conv("d", 128, 1),
            *_normed("d"), _conv("e", 128, groups=128), *_head()[:1],
        ]),
        ((8, 8, 256), (64,), [
            _conv("a", 256, groups=256), *_normed("a"), _conv("b", 256, 1), *_normed("b"),
            *_head()[:1],
        ]),
        ((32, 32, 32), (64,), [
            *_normed("a"), _conv("b", 32, **relu), pool[0], drop, _conv("c", 64, 1), *_normed("c"),
            average, *_head()[:1],
        ]),
        ((4, 4, 512), (8,), [
            _conv("a", 512), *_normed("a"), _conv("b", 512, **relu), *_head()[:1],
        ]),
        ((10, 10, 256), (8,), [
            _conv("a", 256), *_normed("a"), _conv("b", 512, stride=2, **relu), *_head()[:1],
        ]),
        ((16, 16, 96), (16,), [
            _conv("a", 192, 5, **relu), _conv("b", 160, 1, **relu), wide, _conv("c", 10, 1, **relu),
            *_head()[:1],
        ]),
        ((32, 32, 16), (16, 32), [
            _conv("a", 96, 1), *_normed("a"), _conv("b", 96, stride=2, groups=96), *_normed("b"),
            _conv("c", 24, 1), *_normed("c", relu=False), *_head()[:1],
        ]),
        ((47, 47, 32), (16,), [
            _conv("a", 64, 1, **relu), wide, _conv("b", 16, 1, **relu), flatten,
        ]),
        ((36, 36, 3), (16,), [
            _conv("a", 64, 7, stride=2, **relu), wide, make_node("local_norm", "lrn"),
            _conv("b", 96, 5, padding=2, **relu), *_head()[:1],
        ]),
    )  # fmt: skip
    for i, (size, batches, nodes) in enumerate(nets):
        rule: Rule = Sgd(momentum=0.9) if i % 2 else Adam()
        tail = make_node("dense", "scores", units=10, activation="linear")
        for batch in batches:
            yield Sample(_chain(*nodes, tail), _classes(maps(*size)), batch, rule)
    yield _residual(32, 16, 64)
    yield _residual(16, 32, 16)
    yield _residual(8, 64, 32)
    yield _branched(16, 32, 16)
    yield _branched(24, 128, 16)


def _residual(size: int, channels: int, batch: int) -> Sample:
    """Two blocks, one with a projection, and an addition each."""
    nodes = [
        make_node("input", "in"), _conv("stem", channels), *_normed("stem"),
        _conv("a", channels), *_normed("a"), _conv("b", channels), *_normed("b", relu=False),
        make_node("add", "sum"), make_node("relu", "after"),
        _conv("c", 2 * channels, stride=2), *_normed("c"), _conv("d", 2 * channels),
        *_normed("d", relu=False), make_node("add", "sum2"), make_node("relu", "after2"),
        *_head(), make_node("softmax_cross_entropy", "loss"),
    ]  # fmt: skip
    side = [_conv("p", 2 * channels, 1, stride=2), *_normed("p", relu=False)]
    edges = [
        Edge.between(f"{a.id}.y", f"{b.id}.{b.layer.inputs[0].name}") for a, b in pairwise(nodes)
    ]
    edges.append(Edge.between("stemrelu.y", "sum.x"))
    edges += [Edge.between("after.y", "p.x"), Edge.between("p.y", "pbn.x")]
    edges.append(Edge.between("pbn.y", "sum2.x"))
    whole = {node.id: node for node in (*nodes, *side)}
    return Sample(Graph(whole, tuple(edges)), _classes(maps(size, size, 16)), batch, Adam())


def _branched(size: int, channels: int, batch: int) -> Sample:
    """A fire module: two branches that are put side by side."""
    nodes = [
        make_node("input", "in"), _conv("s", 16, 1, activation="relu"),
        _conv("a", 64, 1, activation="relu"), _conv("b", 64, activation="relu"),
        make_node("concat", "cat"), make_node("max_pool", "pool"), make_node("flatten", "flat"),
        *_dense(10), make_node("softmax_cross_entropy", "loss"),
    ]  # fmt: skip
    links = (
        ("in", "s.x"), ("s", "a.x"), ("s", "b.x"), ("a", "cat.x"), ("b", "cat.x"),
        ("cat", "pool.x"), ("pool", "flat.x"), ("flat", "d0.x"), ("d0", "loss.x"),
    )  # fmt: skip
    edges = tuple(Edge.between(f"{a}.y", b) for a, b in links)
    net = Graph({node.id: node for node in nodes}, edges)
    return Sample(net, _classes(maps(size, size, channels)), batch, Sgd(momentum=0.9))


def _sequence_nets() -> Iterator[Sample]:
    for kind, steps, inputs, units, batch in (
        ("lstm", 8, 8, 32, 32),
        ("lstm", 24, SYMBOLS, 128, 32),
        ("lstm", 12, 20, 64, 32),
        ("gru", 12, 32, 64, 32),
        ("rnn", 8, 8, 32, 32),
        ("rnn", 16, 40, 100, 32),
    ):
        first = make_node(kind, "a", units=units, output="all steps")
        second = make_node(kind, "b", units=units, output="last step")
        signature = _classes(TensorType((steps, inputs), "f4", "TF"))
        net = _chain(first, second, *_dense(10))
        yield Sample(net, signature, batch, Adam(), one_hot=inputs == SYMBOLS)
