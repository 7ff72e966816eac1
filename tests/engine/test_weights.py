"""Facts about the flat weights and how they start."""

from typing import Any

import numpy as np
import pytest

from nnstudio.core.errors import StudioError
from nnstudio.engine.weights import Weights, initial_values
from nnstudio.graph.infer import infer
from nnstudio.graph.layer import WeightSpec
from nnstudio.graph.model import make_node
from nnstudio.graph.types import TensorType, flat, maps
from tests.nets import chained, classes_signature, lenet, mlp, network


@pytest.mark.parametrize(
    ("initial", "deviation"), [("he", (2 / 50) ** 0.5), ("xavier", (2 / 150) ** 0.5)]
)
def test_spread_of_the_start_follows_the_fans(initial: str, deviation: float) -> None:
    spec = WeightSpec("weight", (50, 100), initial, fan_in=50, fan_out=100)
    values = initial_values(spec, 3, "dense1")
    assert np.std(values) == pytest.approx(deviation, rel=0.05)
    assert abs(np.mean(values)) < deviation / 20


def test_zeros_and_a_constant_start() -> None:
    assert not initial_values(WeightSpec("weight", (3, 3), "zeros"), 1, "a").any()
    assert np.all(initial_values(WeightSpec("bias", (3,), "bias", value=0.01), 1, "a") == 0.01)


def test_a_new_node_does_not_change_the_start_of_others() -> None:
    signature = classes_signature(flat(4), 3)
    small = network(mlp(), signature).weights.arrays()
    longer = chained(
        make_node("dense", "dense0", units=4),
        make_node("dense", "dense1", units=16),
        make_node("dense", "dense2", units=3),
    )
    assert np.array_equal(
        network(longer, signature).weights.arrays()["dense2/weight"], small["dense2/weight"]
    )


def test_decayed_arrays_come_first_and_each_begins_on_a_cache_line() -> None:
    weights = network(lenet(), classes_signature(maps(8, 8, 1), 10)).weights
    assert {place.spec.name for place in weights.decayed} == {"weight"}
    assert {place.spec.name for place in weights.undecayed} == {"bias"}
    assert all(place.offset % 16 == 0 for place in weights.trained)
    assert max(place.offset for place in weights.decayed) < weights.decayed_size
    assert min(place.offset for place in weights.undecayed) >= weights.decayed_size


def test_weights_that_do_not_fit_are_refused_in_words_and_nothing_changes() -> None:
    signature = classes_signature(flat(4), 3)
    weights = network(mlp(), signature).weights
    before = weights.arrays()
    other = Weights(mlp(hidden=8), infer(mlp(hidden=8), signature)).arrays()
    with pytest.raises(StudioError, match="4×8, but the network needs 4×16"):
        weights.load(other)
    with pytest.raises(StudioError, match="'dense1/weight' are missing"):
        weights.load({})
    assert all(np.array_equal(before[key], value) for key, value in weights.arrays().items())


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (17, 3), (3, 17), (64, 64), (130, 65)])
def test_an_orthogonal_start_keeps_lengths(rows: int, columns: int) -> None:
    q = initial_values(WeightSpec("weight", (rows, columns), "orthogonal"), 3, "dense1")
    product = q.T @ q if rows >= columns else q @ q.T
    np.testing.assert_allclose(product, np.eye(min(rows, columns)), rtol=0, atol=1e-6)
    again = initial_values(WeightSpec("weight", (rows, columns), "orthogonal"), 3, "dense1")
    np.testing.assert_array_equal(q, again)


def test_filters_start_orthogonal_to_each_other() -> None:
    q = initial_values(WeightSpec("weight", (3, 3, 5, 7), "orthogonal"), 3, "conv1")
    filters = q.reshape(45, 7)
    np.testing.assert_allclose(filters.T @ filters, np.eye(7), rtol=0, atol=1e-6)


@pytest.mark.parametrize(("kind", "gates"), [("rnn", 1), ("gru", 3), ("lstm", 4)])
def test_each_gate_of_a_recurrent_layer_starts_orthogonal(kind: str, gates: int) -> None:
    how: dict[str, Any] = {"direction": "both", "output": "last step"}
    node = make_node(kind, "cell", units=17, recurrent_initial="orthogonal", **how)
    graph = chained(node, make_node("dense", "dense1", units=2))
    weights = Weights(graph, infer(graph, classes_signature(TensorType((4, 3), "f4", "TF"), 2)))
    weights.initialise(5)
    for prefix in ("", "backward_"):
        u = weights.arrays()[f"cell/{prefix}recurrent_weight"].astype(np.float64)
        for q in np.split(u, gates, axis=1):
            np.testing.assert_allclose(q.T @ q, np.eye(17), rtol=0, atol=1e-6)
