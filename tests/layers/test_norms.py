"""Layer norm and local response norm do to plain arrays what their papers say."""

from __future__ import annotations

import numpy as np
import pytest

import nnstudio.layers  # noqa: F401 - registers all layers
from nnstudio.graph.layer import Mismatch, ReplaceWith
from nnstudio.graph.registry import layer_of, make_params
from nnstudio.graph.types import TensorType, flat, maps
from tests.layers.harness import make_case, run


@pytest.mark.parametrize(
    ("over", "shape", "axes"),
    [
        ("channels", maps(3, 4, 6), (3,)),
        ("sample", maps(3, 4, 6), (1, 2, 3)),
        ("channels", flat(9), (1,)),
    ],
)
def test_layer_norm_gives_mean_zero_and_variance_one(
    over: str, shape: TensorType, axes: tuple[int, ...]
) -> None:
    case = make_case("layer_norm", {"over": over}, [shape])
    case.weights["scale"][...], case.weights["shift"][...] = 1.0, 0.0
    y = run(case).y
    np.testing.assert_allclose(y.mean(axes), 0.0, atol=1e-12)
    np.testing.assert_allclose(y.var(axes), 1.0, rtol=1e-3)


def test_layer_norm_is_the_same_in_evaluation_and_for_any_batch() -> None:
    case = make_case("layer_norm", {}, [flat(9)], batch=4)
    whole = run(case).y
    np.testing.assert_array_equal(run(case, training=False).y, whole)
    case.x[0] = case.x[0][:1]
    np.testing.assert_array_equal(run(case).y, whole[:1])


def test_layer_norm_is_exact_far_from_zero() -> None:
    case = make_case("layer_norm", {}, [flat(500)])
    case.x[0][...] += 1000.0
    single, double = run(case, dtype="f4").y, run(case).y
    np.testing.assert_allclose(single, double, atol=2e-3)  # 1000 ± 1 has 6e-5 left in float32


def test_layer_norm_of_equal_numbers_is_the_shift() -> None:
    case = make_case("layer_norm", {}, [flat(5)], batch=2)
    case.x[0][...] = 3.0
    result = run(case)
    np.testing.assert_allclose(result.y, np.broadcast_to(case.weights["shift"], (2, 5)))
    assert np.isfinite(result.dx[0]).all()


def test_local_norm_is_the_formula_of_alexnet() -> None:
    case = make_case("local_norm", {}, [maps(2, 3, 9)])
    x = case.x[0]
    expected = np.empty_like(x)
    for c in range(9):
        near = x[..., max(0, c - 2) : min(9, c + 3)]
        expected[..., c] = x[..., c] / (2.0 + 1e-4 * (near**2).sum(-1)) ** 0.75
    np.testing.assert_allclose(run(case).y, expected, rtol=1e-12)


def test_local_norm_needs_a_map() -> None:
    with pytest.raises(Mismatch, match="9 numbers arrive flat") as found:
        layer_of("local_norm").infer(make_params("local_norm", {}), (flat(9),))
    assert isinstance(found.value.remedies[0], ReplaceWith)
