"""Small projects that the window's tests open."""

from __future__ import annotations

from itertools import pairwise

import nnstudio.layers  # noqa: F401 - makes the layers known
from nnstudio.data.sources import BuiltIn
from nnstudio.graph.model import Edge, Graph, make_node
from nnstudio.graph.types import ClassTarget, DataSignature, maps
from nnstudio.project.model import Project
from nnstudio.train.settings import RunSettings

DIGITS = DataSignature(maps(8, 8, 1), ClassTarget(tuple("0123456789")))


def chain(*nodes: tuple[str, str, dict[str, object]]) -> Graph:
    """Give nodes one behind the other, five in a row."""
    made = [
        make_node(kind, name, name, (40 + 180 * (i % 5), 40 + 170 * (i // 5)), **params)
        for i, (kind, name, params) in enumerate(nodes)
    ]
    edges = [
        Edge.between(f"{a.id}.{a.layer.outputs[0].name}", f"{b.id}.{b.layer.inputs[0].name}")
        for a, b in pairwise(made)
    ]
    return Graph({node.id: node for node in made}, tuple(edges))


def lenet(units: int = 10, epochs: int = 3) -> Project:
    """Give a small convolutional network on the digits."""
    graph = chain(
        ("input", "input", {}),
        ("conv2d", "conv1", {"filters": 6, "kernel": [3, 3], "padding": "same"}),
        ("max_pool", "pool1", {"window": [2, 2], "stride": [2, 2]}),
        ("conv2d", "conv2", {"filters": 16, "kernel": [3, 3], "padding": "same"}),
        ("max_pool", "pool2", {"window": [2, 2], "stride": [2, 2]}),
        ("flatten", "flatten1", {}),
        ("dense", "fc1", {"units": 64, "activation": "relu"}),
        ("dense", "fc2", {"units": units}),
        ("softmax_cross_entropy", "loss", {}),
    )
    return Project(
        "digits-lenet", graph, BuiltIn(name="digits"), DIGITS, settings=RunSettings(epochs=epochs)
    )
