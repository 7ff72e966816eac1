"""Facts about the flat weights and how they start."""

import numpy as np
import pytest

from nnstudio.core.errors import StudioError
from nnstudio.engine.weights import Weights, initial_values
from nnstudio.graph.infer import infer
from nnstudio.graph.layer import WeightSpec
from nnstudio.graph.model import make_node
from nnstudio.graph.types import flat, maps
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
