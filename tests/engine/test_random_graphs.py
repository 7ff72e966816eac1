"""Two hundred random networks: the quick plan equals the plain one, and gradients are right."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from nnstudio.core.random import stream
from nnstudio.engine.gradient_check import check_gradients
from nnstudio.engine.optimisers import State
from nnstudio.engine.passes import Passes
from nnstudio.engine.plan import TrainPlan
from nnstudio.graph.infer import infer
from nnstudio.graph.model import Edge, Graph, Node, make_node
from nnstudio.graph.types import maps
from nnstudio.kernels.team import Team
from tests.nets import classes_signature, network

SMOOTH = ("linear", "sigmoid", "tanh", "elu")
NAMES = [one.name for one in dataclasses.fields(Passes)]
PLAIN = Passes(**dict.fromkeys(NAMES, False))


class _Grower:
    """Grows a random network from an image to three scores."""

    def __init__(self, seed: int, *, smooth: bool) -> None:
        self.draw = stream(seed, "graph")
        self.smooth = smooth
        channels = int(self.draw.integers(1, 4))
        sizes = self.draw.integers(4, 9, 2)
        self.signature = classes_signature(maps(int(sizes[0]), int(sizes[1]), channels), 3)
        self.nodes: dict[str, Node] = {}
        self.edges: list[Edge] = []
        self.tip = self.add("input")

    def add(self, kind: str, *sources: str, **params: object) -> str:
        """Add a node behind others; give its id."""
        node = make_node(kind, f"{kind}_{len(self.nodes)}", **params)
        self.nodes[node.id] = node
        for source in sources:
            self.edges.append(Edge.between(f"{source}.y", f"{node.id}.{node.layer.inputs[0].name}"))
        return node.id

    def activation(self) -> str:
        """Choose one; only smooth ones where slopes are measured."""
        names = SMOOTH if self.smooth else (*SMOOTH, "relu", "leaky relu")
        return str(self.draw.choice(names))

    def conv(self, source: str, filters: int | None = None) -> str:
        """Add a convolution that keeps the size."""
        kernel = int(self.draw.choice([1, 3, 5]))
        count = filters or int(self.draw.integers(1, 20))
        return self.add(
            "conv2d", source, filters=count, kernel=(kernel, kernel), padding="same",
            activation=self.activation(),
        )  # fmt: skip

    def grow(self) -> Graph:
        """Add a few map layers, then the head."""
        for _ in range(int(self.draw.integers(1, 5))):
            self.tip = getattr(self, f"_{self.draw.choice(self.choices())}")(self.tip)
        if self.draw.random() < 0.5:
            self.tip = self.add("flatten", self.tip)
        else:
            self.tip = self.add("global_avg_pool", self.tip)
        if self.draw.random() < 0.3:
            self.tip = self.add("dropout", self.tip, rate=0.25)
        self.tip = self.add("dense", self.tip, units=3, activation="linear")
        self.add("softmax_cross_entropy", self.tip)
        return Graph(self.nodes, tuple(self.edges))

    def choices(self) -> list[str]:
        """Kinds of steps."""
        return ["one", "norm", "lone_activation", "residual", "norm_residual", "fork", "pool"]

    def _one(self, at: str) -> str:
        return self.conv(at)

    def _norm(self, at: str) -> str:
        return self.add("batch_norm", at)

    def _lone_activation(self, at: str) -> str:
        return self.add("tanh" if self.smooth else "relu", self.conv(at))

    def _residual(self, at: str) -> str:
        filters = int(self.draw.integers(1, 9))
        start = self.conv(at, filters)
        return self.add("add", start, self.conv(self.conv(start), filters))

    def _norm_residual(self, at: str) -> str:
        """Add one, two or three branches, of which some end in batch norm; then perhaps ReLU."""
        filters = int(self.draw.integers(1, 9))
        start = self.conv(at, filters)
        branches = [start]
        for _ in range(int(self.draw.integers(0, 3))):
            branch = self.conv(start, filters)
            branches.append(self.add("batch_norm", branch) if self.draw.random() < 0.7 else branch)
        self.draw.shuffle(branches)
        total = self.add("add", *branches)
        return total if self.smooth or self.draw.random() < 0.3 else self.add("relu", total)

    def _fork(self, at: str) -> str:
        return self.add("concat", self.conv(at), self.conv(at), at)

    def _pool(self, at: str) -> str:
        kind = "avg_pool" if self.smooth else str(self.draw.choice(["avg_pool", "max_pool"]))
        sizes = self._size(at)
        if min(sizes) < 2 or sizes[0] % 2 or sizes[1] % 2:
            return self.conv(at)
        return self.add(kind, at, window=(2, 2), stride=(2, 2))

    def _size(self, at: str) -> tuple[int, int]:
        graph = Graph(self.nodes, tuple(self.edges))
        output = infer(graph, self.signature).output(graph.nodes[at])
        assert output is not None
        return output.shape[0], output.shape[1]


def _gradients(grower: _Grower, graph: Graph, passes: Passes, threads: int) -> np.ndarray:
    net = network(graph, grower.signature)
    draw = stream(3, "samples")
    x = draw.normal(0, 1, (12, *grower.signature.input.shape)).astype(np.float32)
    y = draw.integers(0, 3, 12)
    plan = TrainPlan(net, 6, 2, threads, [], State(0, "f4"), passes=passes)
    plan.bind(x, y)
    with Team(threads) as team:
        assert plan.run(team, np.arange(12)) == 2
    losses = plan.tables.losses.astype(np.float32)
    return np.concatenate([net.weights.gradients, net.weights.state, losses])


@pytest.mark.parametrize("block", range(8))
def test_the_quick_plan_equals_the_plain_one(block: int) -> None:
    for seed in range(block * 20, block * 20 + 20):
        grower = _Grower(seed, smooth=False)
        graph = grower.grow()
        plain = _gradients(grower, graph, PLAIN, 1)
        scale = np.abs(plain).max()
        for threads in (1, 2):
            quick = _gradients(grower, graph, Passes(), threads)
            np.testing.assert_allclose(
                quick / scale, plain / scale, atol=2e-5, err_msg=f"seed {seed}"
            )


@pytest.mark.parametrize("name", NAMES)
def test_each_pass_alone_changes_nothing(name: str) -> None:
    passes = dataclasses.replace(Passes(), **{name: False})
    for seed in range(200, 216):
        grower = _Grower(seed, smooth=False)
        graph = grower.grow()
        whole = _gradients(grower, graph, Passes(), 1)
        np.testing.assert_allclose(
            _gradients(grower, graph, passes, 1), whole, rtol=1e-4, atol=1e-5, err_msg=f"{seed}"
        )


@pytest.mark.parametrize("block", range(4))
def test_gradients_equal_numeric_ones(block: int) -> None:
    for seed in range(1000 + block * 10, 1010 + block * 10):
        grower = _Grower(seed, smooth=True)
        net = network(grower.grow(), grower.signature, dtype="f8")
        draw = stream(4, "samples")
        x = draw.normal(0, 1, (3, *grower.signature.input.shape))
        report = check_gradients(net, x, draw.integers(0, 3, 3))
        assert report.good, (seed, report.worst)
