"""Large networks as they are published, flat, laid out as the tidy layout does."""

from __future__ import annotations

import nnstudio.layers
from nnstudio.graph.layout import tidy
from nnstudio.graph.model import Edge, Graph, Node, PortRef, make_node
from nnstudio.graph.types import ClassTarget, DataSignature, maps

assert nnstudio.layers
IMAGES = DataSignature(maps(224, 224, 3), ClassTarget(("cat", "dog", "bird")))


class _Sketch:
    """A graph that grows card by card."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.edges: list[Edge] = []

    def put(self, kind: str, *before: str, **params: object) -> str:
        """Add a node behind others and give its id."""
        node_id = f"{kind}{len(self.nodes) + 1}"
        node = make_node(kind, node_id, node_id, **params)
        self.nodes[node_id] = node
        takes = node.layer.inputs
        for other in before:
            self.edges.append(Edge(PortRef(other, "y"), PortRef(node_id, takes[0].name)))
        return node_id

    def conv(self, before: str, filters: int, kernel: int = 1, stride: int = 1) -> str:
        """Add a convolution that keeps the size but for its stride."""
        return self.put(
            "conv2d", before, filters=filters, kernel=[kernel, kernel], stride=[stride, stride],
            padding="same",
        )  # fmt: skip

    def graph(self) -> Graph:
        """Give the graph, tidy."""
        made = Graph(self.nodes, tuple(self.edges))
        return tidy(made, width=2400.0).apply(made)[0]


def googlenet() -> Graph:
    """Give GoogLeNet's nine inception modules, without the auxiliary heads."""
    net = _Sketch()
    last = net.conv(net.put("input"), 64, 7, 2)
    last = net.conv(net.put("max_pool", last), 192, 3)
    for module in range(9):
        if module in {2, 7}:
            last = net.put("max_pool", last)
        ends = [net.conv(last, 64)]
        ends += [net.conv(net.conv(last, 96), 128, 3), net.conv(net.conv(last, 16), 32, 5)]
        pooled = net.put("max_pool", last, window=[3, 3], stride=[1, 1], padding="same")
        ends.append(net.conv(pooled, 32))
        last = net.put("concat", *ends)
    last = net.put("dense", net.put("global_avg_pool", last), units=3, activation="linear")
    net.put("softmax_cross_entropy", last)
    return net.graph()


def resnet152() -> Graph:
    """Give ResNet-152 with its 50 bottlenecks taken apart."""
    net = _Sketch()
    last = net.put("max_pool", net.conv(net.put("input"), 64, 7, 2))
    for stage, (count, width) in enumerate(((3, 64), (8, 128), (36, 256), (3, 512))):
        for block in range(count):
            stride = 2 if stage and not block else 1
            inner = net.put("batch_norm", net.conv(last, width, 1, stride))
            inner = net.put("batch_norm", net.conv(net.put("relu", inner), width, 3))
            inner = net.put("batch_norm", net.conv(net.put("relu", inner), 4 * width))
            short = last if block else net.conv(last, 4 * width, 1, stride)
            last = net.put("relu", net.put("add", inner, short))
    last = net.put("dense", net.put("global_avg_pool", last), units=3, activation="linear")
    net.put("softmax_cross_entropy", last)
    return net.graph()


def known() -> dict[str, tuple[Graph, DataSignature]]:
    """Give the networks with the data they are made for."""
    return {"googlenet": (googlenet(), IMAGES), "resnet152": (resnet152(), IMAGES)}
