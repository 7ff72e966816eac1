"""Activations beyond the first set give the numbers of their papers, and stay finite far out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nnstudio.layers  # noqa: F401 - registers all layers
from nnstudio.graph.layer import Mismatch, SetOwn, SetWidth
from nnstudio.graph.registry import layer_of, make_params
from nnstudio.graph.types import flat, maps
from nnstudio.layers.activation_smooth import SELU
from tests.layers.harness import make_case, run


def _values(kind: str, x: list[float], dtype: str = "f8", **params: Any) -> Any:
    case = make_case(kind, params, [flat(len(x))], batch=1)
    case.x[0][...] = x
    return run(case, dtype=dtype)


def test_selu_keeps_mean_and_variance() -> None:
    case = make_case(SELU.kind, {}, [flat(20_000)], batch=1)
    case.x[0][...] = np.random.default_rng(0).standard_normal((1, 20_000))
    y = run(case).y
    assert y.mean() == pytest.approx(0.0, abs=0.03)
    assert y.var() == pytest.approx(1.0, abs=0.03)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize(
    ("kind", "params", "low", "high"),
    [
        ("selu", {}, -1.7580993, 105.0701),
        ("gelu", {"form": "tanh"}, 0.0, 100.0),
        ("gelu", {"form": "exact"}, 0.0, 100.0),
        ("silu", {}, 0.0, 100.0),
        ("softplus", {}, 0.0, 100.0),
    ],
)
def test_far_out_they_are_flat_and_straight(
    kind: str, params: dict[str, Any], low: float, high: float, dtype: str
) -> None:
    result = _values(kind, [-100.0, 100.0], dtype, **params)
    np.testing.assert_allclose(result.y, [[low, high]], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(result.dx[0][0, 0], 0.0, atol=1e-6)
    np.testing.assert_allclose(result.dx[0][0, 1], high / 100.0, rtol=1e-6)


def test_exact_gelu_is_the_share_of_the_normal_distribution() -> None:
    special = pytest.importorskip("scipy.special")
    x = np.linspace(-8.0, 8.0, 161)
    for dtype, tolerance in (("f8", 1e-14), ("f4", 2e-6)):
        y = _values("gelu", x.tolist(), dtype, form="exact").y[0]
        np.testing.assert_allclose(y, x * special.ndtr(x), atol=tolerance)


def test_softplus_at_zero_is_the_logarithm_of_two() -> None:
    assert _values("softplus", [0.0]).y[0, 0] == pytest.approx(np.log(2.0))
    assert _values("softplus", [0.0], sharpness=4.0).y[0, 0] == pytest.approx(np.log(2.0) / 4)


def test_silu_at_one_is_its_sigmoid() -> None:
    assert _values("silu", [1.0]).y[0, 0] == pytest.approx(0.7310585786300049)


def test_prelu_starts_at_a_quarter_without_decay() -> None:
    layer = layer_of("prelu")
    (spec,) = layer.weights(make_params("prelu", {}), (maps(8, 8, 6),))
    assert (spec.shape, spec.value, spec.decay) == ((6,), 0.25, False)
    (spec,) = layer.weights(make_params("prelu", {"shared": True}), (maps(8, 8, 6),))
    assert spec.shape == (1,)


def test_prelu_of_slope_zero_is_relu() -> None:
    case = make_case("prelu", {}, [maps(3, 4, 5)])
    case.weights["slope"][...] = 0.0
    np.testing.assert_array_equal(run(case).y, np.maximum(case.x[0], 0.0))


def test_maxout_keeps_the_largest_of_each_group() -> None:
    result = _values("maxout", [1.0, 3.0, -2.0, 5.0, 5.0, 4.0], pieces=3)
    np.testing.assert_array_equal(result.y, [[3.0, 5.0]])
    np.testing.assert_array_equal(result.dx[0], [[0, 1, 0, 1, 0, 0]])


def test_maxout_that_does_not_divide_offers_what_does() -> None:
    layer = layer_of("maxout")
    with pytest.raises(Mismatch, match="cannot divide 10 features into groups of 4") as found:
        layer.infer(make_params("maxout", {"pieces": 4}), (flat(10),))
    own, width = found.value.remedies
    assert isinstance(own, SetOwn)
    assert own.value == 5
    assert isinstance(width, SetWidth)
    assert width.width == 12


def test_step_gives_its_two_values() -> None:
    x = [-2.0, 0.0, 3.0]
    np.testing.assert_array_equal(_values("step", x).y, [[0, 0, 1]])
    signed = _values("step", x, values="−1 and 1")
    np.testing.assert_array_equal(signed.y, [[-1, -1, 1]])
    np.testing.assert_array_equal(signed.dx[0], [[0, 0, 0]])


def test_perceptron_rule_passes_the_gradient_through() -> None:
    case = make_case("step", {"gradient": "perceptron rule"}, [flat(4)], batch=2)
    dy = np.arange(8.0).reshape(2, 4)
    np.testing.assert_array_equal(run(case, dy).dx[0], dy)
