"""Random layers draw what they promise: rate, mean, spread, and the same again backwards."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nnstudio.layers  # noqa: F401 - registers all layers
from nnstudio.graph.types import flat, maps
from tests.layers.harness import Case, make_case, run


def _case(kind: str, batch: int, shape: Any, **params: Any) -> Case:
    case = make_case(kind, params, [shape], batch=batch)
    case.x[0][...] = 1.0
    return case


def test_noise_is_normal_with_its_spread() -> None:
    stats = pytest.importorskip("scipy.stats")
    noise = run(_case("gaussian_noise", 5, maps(30, 20, 7), spread=0.25)).y.ravel() - 1.0
    assert noise.mean() == pytest.approx(0.0, abs=0.006)
    assert noise.std() == pytest.approx(0.25, abs=0.005)
    assert stats.kstest(noise / 0.25, "norm").pvalue > 0.01
    assert abs(np.corrcoef(noise[:-1], noise[1:])[0, 1]) < 0.03


def test_noise_differs_from_step_to_step_and_from_sample_to_sample() -> None:
    case = _case("gaussian_noise", 2, flat(100))
    first, again, second = (run(case, step=step).y for step in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != second).all()
    assert (first[0] != first[1]).all()


def test_noise_in_evaluation_changes_nothing() -> None:
    case = _case("gaussian_noise", 3, flat(50))
    np.testing.assert_array_equal(run(case, training=False).y, case.x[0])


def test_stochastic_depth_drops_whole_samples_at_its_rate() -> None:
    result = run(_case("stochastic_depth", 4000, flat(3), rate=0.3))
    assert (result.y == result.y[:, :1]).all()
    assert (result.y == 0.0).mean() == pytest.approx(0.3, abs=0.03)
    assert set(np.unique(result.y)) == {0.0, 1.0 / 0.7}
    np.testing.assert_array_equal(result.dx[0], result.y)


def test_stochastic_depth_keeps_the_same_samples_in_single_precision_with_halos() -> None:
    case = _case("stochastic_depth", 16, maps(3, 2, 5), rate=0.5)
    single, double = run(case, dtype="f4", threads=2, halo=(1, 1, 1, 1)), run(case)
    np.testing.assert_array_equal(single.y, double.y)


def test_stochastic_depth_in_evaluation_changes_nothing() -> None:
    case = _case("stochastic_depth", 3, flat(5))
    np.testing.assert_array_equal(run(case, training=False).y, case.x[0])


def test_drop_connect_drops_weights_not_units() -> None:
    case = _case("drop_connect", 1, flat(200), units=100, rate=0.3, activation="linear")
    case.weights["weight"][...], case.weights["bias"][...] = 1.0, 0.0
    result = run(case)
    kept = result.y * 0.7
    np.testing.assert_allclose(kept, np.round(kept), atol=1e-9)
    assert kept.mean() == pytest.approx(140.0, abs=1.5)
    assert kept.std() == pytest.approx(np.sqrt(200 * 0.3 * 0.7), abs=1.5)
    mask = result.dweights["weight"] != 0.0
    np.testing.assert_allclose(mask.sum(0), kept[0])


def test_drop_connect_in_evaluation_is_dense() -> None:
    params = {"units": 4, "activation": "tanh"}
    case = make_case("drop_connect", params, [flat(6)])
    dense = make_case("dense", params, [flat(6)])
    dense.x, dense.weights = case.x, case.weights
    np.testing.assert_array_equal(run(case, training=False).y, run(dense).y)


def test_noise_is_the_same_in_single_precision() -> None:
    case = _case("gaussian_noise", 4, maps(9, 7, 5), spread=1.0)
    np.testing.assert_allclose(run(case, dtype="f4").y, run(case).y, atol=2e-5)
