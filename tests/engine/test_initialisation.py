"""What the start of the weights does to the signal in a network of ten layers.

The numbers are those of the notes: small weights let the signal vanish, large ones saturate tanh,
Xavier holds it for tanh, He for ReLU, and orthogonal weights hold it without a function.
"""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.core.random import stream
from nnstudio.engine.plan import ScorePlan
from nnstudio.graph.model import make_node
from nnstudio.graph.types import flat
from nnstudio.kernels.team import Team
from tests.nets import chained, classes_signature, network

WIDTH, DEPTH, SAMPLES = 256, 10, 128


def _deviations(initial: str, activation: str) -> list[float]:
    """Give the standard deviation of each hidden layer's outputs for normal samples."""
    names = [f"dense{i}" for i in range(DEPTH)]
    row = [
        make_node("dense", name, units=WIDTH, activation=activation, initial=initial)
        for name in names
    ]
    graph = chained(*row, make_node("dense", "scores", units=2))
    net = network(graph, classes_signature(flat(WIDTH), 2))
    plan = ScorePlan(net, SAMPLES, 1, 1, losses=False, keep=frozenset(names))
    x = stream(1, "signal").normal(0, 1, (SAMPLES, WIDTH)).astype(np.float32)
    plan.bind(x, None)
    with Team(1) as team:
        plan.run(team, np.arange(SAMPLES))
    return [float(plan.read(name).std()) for name in names]


def test_zeros_leave_no_signal() -> None:
    assert _deviations("zeros", "tanh") == [0.0] * DEPTH


def test_small_weights_let_the_signal_vanish() -> None:
    found = _deviations("small normal", "tanh")
    factor = 0.01 * WIDTH**0.5  # each layer multiplies the deviation by this
    assert found[0] == pytest.approx(factor, rel=0.1)
    assert found[-1] == pytest.approx(factor**DEPTH, rel=0.5)
    assert found[-1] < 1e-6


def test_large_weights_saturate_tanh() -> None:
    assert min(_deviations("large normal", "tanh")) > 0.9


def test_xavier_holds_the_signal_of_tanh() -> None:
    found = _deviations("xavier", "tanh")
    assert 0.2 < found[-1] < found[0] < 0.8


def test_relu_halves_the_variance_of_xavier_and_he_holds_it() -> None:
    xavier, he = _deviations("xavier", "relu"), _deviations("he", "relu")
    assert xavier[-1] / xavier[0] == pytest.approx(0.5 ** ((DEPTH - 1) / 2), rel=0.4)
    assert he[-1] / he[0] == pytest.approx(1.0, rel=0.4)


def test_orthogonal_weights_hold_the_signal_of_a_linear_network_exactly() -> None:
    found = _deviations("orthogonal", "linear")
    assert found[-1] == pytest.approx(found[0], rel=1e-4)


def test_a_bias_starts_where_it_is_told() -> None:
    graph = chained(make_node("dense", "dense1", units=3, bias_start=0.01))
    arrays = network(graph, classes_signature(flat(4), 3)).weights.arrays()
    assert np.all(arrays["dense1/bias"] == np.float32(0.01))
