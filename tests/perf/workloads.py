"""The networks whose speed is measured, and the samples they are measured on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnstudio.core.random import stream
from nnstudio.graph.model import Graph, make_node
from nnstudio.graph.types import DataSignature, flat, maps
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
    """

    name: str
    graph: Graph
    signature: DataSignature
    batch: int
    steps: int


def _conv(name: str, filters: int, kernel: int, padding: str) -> object:
    return make_node(
        "conv2d", name, filters=filters, kernel=(kernel, kernel), padding=padding, activation="relu"
    )


def _dense(name: str, units: int, activation: str = "relu") -> object:
    return make_node("dense", name, units=units, activation=activation)


def _digits_lenet() -> Graph:
    from nnstudio.project.templates import make_template

    return make_template("digits-lenet").graph


def workloads() -> list[Workload]:
    """Give all workloads; the rates of all are those of Adam, 0.001."""
    mlp = chained(_dense("dense1", 256), _dense("dense2", 128), _dense("dense3", 10, "linear"))
    lenet = chained(
        _conv("conv1", 6, 5, "same"),
        make_node("max_pool", "pool1"),
        _conv("conv2", 16, 5, "valid"),
        make_node("max_pool", "pool2"),
        make_node("flatten", "flatten1"),
        _dense("dense1", 120),
        _dense("dense2", 84),
        _dense("dense3", 10, "linear"),
    )
    return [
        Workload("mlp", mlp, classes_signature(flat(784), 10), 64, 200),
        Workload("digits lenet", _digits_lenet(), classes_signature(maps(8, 8, 1), 10), 32, 300),
        Workload("lenet", lenet, classes_signature(maps(28, 28, 1), 10), 64, 60),
    ]


def samples(workload: Workload) -> tuple[np.ndarray, np.ndarray]:
    """Give (n, *shape) float32 and (n,) int64, the same in every process."""
    draw = stream(11, "perf", workload.name)
    shape = workload.signature.input.shape
    x = draw.normal(0, 1, (SAMPLES, *shape)).astype(np.float32)
    return x, draw.integers(0, workload.signature.target.size, SAMPLES)


def batches(workload: Workload, steps: int) -> np.ndarray:
    """Give (steps, batch) int64 rows, the same in every process."""
    draw = stream(12, "perf", workload.name)
    return draw.integers(0, SAMPLES, (steps, workload.batch))
