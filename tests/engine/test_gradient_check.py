"""Facts about the check of gradients."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.core.random import stream
from nnstudio.engine.gradient_check import check_gradients
from nnstudio.engine.weights import Weights
from nnstudio.graph.model import make_node
from nnstudio.graph.types import flat, maps
from tests.nets import chained, classes_signature, network

Y = np.array([0, 1, 2, 0])


def test_a_corner_of_the_loss_is_no_mistake() -> None:
    graph = chained(
        make_node("dense", "dense1", units=8, activation="relu"),
        make_node("dense", "dense2", units=3),
    )
    net = network(graph, classes_signature(flat(4), 3), dtype="f8")
    report = check_gradients(net, np.zeros((4, 4)), Y)  # each ReLU stands at its corner
    assert report.good, report.worst
    assert report.checked > 0


@pytest.mark.parametrize("factor", [-1.0, 1.001])
def test_a_wrong_gradient_is_found(factor: float) -> None:
    graph = chained(
        make_node("dense", "dense1", units=8, activation="relu"),
        make_node("dense", "dense2", units=3),
    )
    net = network(graph, classes_signature(flat(4), 3), dtype="f8")

    class Wrong(np.ndarray):
        def copy(self, order: str = "C") -> np.ndarray:
            return np.asarray(self) * factor

    weights: Weights = net.weights
    weights.gradients = weights.gradients.view(Wrong)
    x = stream(3, "x").normal(size=(4, 4))
    assert check_gradients(net, x, Y).worst[1] > 1e-4


@pytest.mark.parametrize("seed", [2, 3])
def test_a_slope_that_bends_at_the_weight_is_no_mistake(seed: int) -> None:
    """Windows over nothing but padding give 0, where ELU's second derivative jumps."""
    graph = chained(
        make_node("conv2d", "conv1", filters=3, kernel=(1, 1), padding=3, activation="elu"),
        make_node("flatten", "flatten1"),
        make_node("dense", "dense1", units=3),
    )
    net = network(graph, classes_signature(maps(2, 2, 1), 3), seed=seed, dtype="f8")
    draw = stream(seed, "samples")
    report = check_gradients(net, draw.normal(size=(3, 2, 2, 1)), draw.integers(0, 3, 3))
    assert report.good, report.worst
