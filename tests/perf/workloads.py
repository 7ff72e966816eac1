"""The networks whose speed is measured, and the samples they are measured on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnstudio.core.random import stream
from nnstudio.engine.rules import Adam, Rule, Sgd
from nnstudio.graph.compose import delete_nodes
from nnstudio.graph.model import Edge, Graph, Node, make_node
from nnstudio.graph.types import DataSignature, TensorType, flat, maps
from tests.nets import chained, classes_signature

SAMPLES = 2048


@dataclass(frozen=True)
class Workload:
    """One network with its batch.

    Attributes:
        name: As printed.
        graph: The network.
        signature: What its data looks like.
        batch: Samples per step.
        steps: Steps of one round.
        rule: The optimiser.
        rate: Its learning rate.
        trains: Whether steps are trained, or only scored.
    """

    name: str
    graph: Graph
    signature: DataSignature
    batch: int
    steps: int
    rule: Rule
    rate: float = 1e-3
    trains: bool = True


def _conv(
    name: str, filters: int, kernel: int = 3, padding: str | int = "same", **more: object
) -> Node:
    """Give a convolution; "same" here is symmetric also at stride 2, as PyTorch pads."""
    chosen = {"activation": "relu"} | more
    padding = kernel // 2 if padding == "same" else padding
    return make_node(
        "conv2d", name, filters=filters, kernel=(kernel, kernel), padding=padding, **chosen
    )


def _dense(name: str, units: int, activation: str = "relu") -> Node:
    return make_node("dense", name, units=units, activation=activation)


def _digits_lenet() -> Graph:
    """Give the example's network without dropout, whose masks differ between the two sides."""
    from nnstudio.project.templates import make_template

    graph = make_template("digits-lenet").graph
    drops = [node.id for node in graph.nodes.values() if node.kind == "dropout"]
    return delete_nodes(graph, drops, bridge=True).apply(graph)[0] if drops else graph


def _lenet() -> Graph:
    return chained(
        _conv("conv1", 6, 5),
        make_node("max_pool", "pool1"),
        _conv("conv2", 16, 5, "valid"),
        make_node("max_pool", "pool2"),
        make_node("flatten", "flatten1"),
        _dense("dense1", 120),
        _dense("dense2", 84),
        _dense("dense3", 10, "linear"),
    )


def _vgg() -> Graph:
    row: list[Node] = []
    for i, filters in enumerate((32, 32, 0, 64, 64, 0, 128, 0)):
        if filters:
            row += [
                _conv(f"conv{i}", filters, activation="linear"),
                make_node("batch_norm", f"bn{i}"),
                make_node("relu", f"relu{i}"),
            ]
        else:
            row.append(make_node("max_pool", f"pool{i}"))
    return chained(*row, make_node("flatten", "flatten1"), _dense("dense1", 10, "linear"))


class _Drawing:
    """A network under construction."""

    def __init__(self) -> None:
        self.nodes = {"input1": make_node("input", "input1")}
        self.edges: list[Edge] = []

    def add(self, node: Node, *sources: str) -> str:
        """Add a node behind others; give its id."""
        self.nodes[node.id] = node
        port = node.layer.inputs[0].name
        self.edges += [Edge.between(f"{source}.y", f"{node.id}.{port}") for source in sources]
        return node.id

    def conv_norm(self, name: str, source: str, relu: bool = True, **conv: object) -> str:
        """Add convolution, batch norm and perhaps ReLU."""
        at = self.add(_conv(f"{name}conv", activation="linear", **conv), source)
        at = self.add(make_node("batch_norm", f"{name}bn"), at)
        return self.add(make_node("relu", f"{name}relu"), at) if relu else at

    def finish(self, at: str) -> Graph:
        """Add the head."""
        at = self.add(make_node("global_avg_pool", "gap"), at)
        at = self.add(_dense("dense1", 10, "linear"), at)
        self.add(make_node("softmax_cross_entropy", "loss1"), at)
        return Graph(self.nodes, tuple(self.edges))


def _resnet20() -> Graph:
    """He et al. 2016, section 4.2, n = 3; projections by 1 x 1 convolutions."""
    net = _Drawing()
    at = net.conv_norm("stem", "input1", filters=16)
    for stage, filters in enumerate((16, 32, 64)):
        for block in range(3):
            name = f"s{stage}b{block}"
            stride = 2 if stage and not block else 1
            options = {"stride": (stride, stride), "floor": True}
            short = at
            first = net.conv_norm(f"{name}a", at, filters=filters, **options)
            second = net.conv_norm(f"{name}b", first, relu=False, filters=filters)
            if stride == 2:
                short = net.conv_norm(
                    f"{name}p", at, relu=False, filters=filters, kernel=1, **options
                )
            at = net.add(make_node("add", f"{name}add"), second, short)
            at = net.add(make_node("relu", f"{name}relu"), at)
    return net.finish(at)


def _mobile() -> Graph:
    """Depthwise-separable blocks (Howard et al. 2017, table 1, shortened for 32 x 32)."""
    net = _Drawing()
    at = net.conv_norm("stem", "input1", filters=32)
    channels = 32
    for i, (filters, stride) in enumerate(((64, 1), (128, 2), (128, 1), (256, 2), (256, 1))):
        options = {"stride": (stride, stride), "floor": True}
        at = net.conv_norm(f"d{i}", at, filters=channels, groups=channels, **options)
        at = net.conv_norm(f"p{i}", at, filters=filters, kernel=1)
        channels = filters
    return net.finish(at)


def _characters(layers: int) -> Graph:
    """Read 64 characters, guess the next one (many to one)."""
    row = [
        make_node(
            "lstm",
            f"lstm{i}",
            units=128,
            output="last step" if i == layers - 1 else "all steps",
        )
        for i in range(layers)
    ]
    return chained(*row, _dense("dense1", 65, "linear"))


def workloads() -> list[Workload]:
    """Give all workloads."""
    mlp = chained(_dense("dense1", 256), _dense("dense2", 128), _dense("dense3", 10, "linear"))
    toy = chained(
        _dense("dense1", 8, "tanh"),
        _dense("dense2", 8, "tanh"),
        _dense("dense3", 1, "linear"),
        loss="binary_cross_entropy",
    )
    colour, momentum = classes_signature(maps(32, 32, 3), 10), Sgd(momentum=0.9)
    digits, mnist = classes_signature(maps(8, 8, 1), 10), classes_signature(maps(28, 28, 1), 10)
    text = classes_signature(TensorType((64, 65), "f4", "TF"), 65)
    return [
        Workload("toy", toy, classes_signature(flat(2), 2), 10, 2000, Sgd(), 0.03),
        Workload("mlp", mlp, classes_signature(flat(784), 10), 64, 200, Adam()),
        Workload("digits lenet", _digits_lenet(), digits, 64, 100, Adam()),
        Workload("lenet", _lenet(), mnist, 64, 60, Adam()),
        Workload("vgg", _vgg(), colour, 64, 6, momentum, 0.001),
        Workload("resnet20", _resnet20(), colour, 64, 4, momentum, 0.001),
        Workload("mobile", _mobile(), colour, 64, 4, momentum, 0.001),
        Workload("lstm1", _characters(1), text, 32, 20, Adam()),
        Workload("lstm2", _characters(2), text, 32, 10, Adam()),
        Workload("lenet inference", _lenet(), mnist, 1, 1000, Adam(), trains=False),
        Workload("vgg inference", _vgg(), colour, 1, 100, Adam(), trains=False),
    ]


def workload(name: str) -> Workload:
    """Give the workload of a name."""
    return next(one for one in workloads() if one.name == name)


def samples(workload: Workload) -> tuple[np.ndarray, np.ndarray]:
    """Give (n, *shape) float32 and (n,) int64, the same in every process."""
    draw = stream(11, "perf", workload.name)
    shape = workload.signature.input.shape
    if workload.signature.input.layout == "TF":  # one-hot characters
        x = np.eye(shape[1], dtype=np.float32)[draw.integers(0, shape[1], (SAMPLES, shape[0]))]
    else:
        x = draw.normal(0, 1, (SAMPLES, *shape)).astype(np.float32)
    return x, draw.integers(0, workload.signature.target.size, SAMPLES)


def batches(workload: Workload, steps: int) -> np.ndarray:
    """Give (steps, batch) int64 rows, the same in every process."""
    draw = stream(12, "perf", workload.name)
    return draw.integers(0, SAMPLES, (steps, workload.batch))
