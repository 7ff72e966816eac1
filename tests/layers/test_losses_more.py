"""Absolute, Huber and focal losses charge what their formulas say, also far from the target."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nnstudio.layers  # noqa: F401 - registers all layers
from nnstudio.graph.layer import Mismatch
from nnstudio.graph.registry import layer_of, make_params
from nnstudio.graph.types import ClassTarget, ValueTarget, flat
from tests.layers.harness import make_case, run

CLASSES = ClassTarget(("cat", "dog", "frog"))


def _loss(kind: str, scores: list[float], target: Any, dtype: str = "f8", **params: Any) -> Any:
    kinds = ValueTarget(tuple("ab")) if isinstance(target, list) else CLASSES
    case = make_case(kind, params, [flat(len(scores))], kinds, batch=1)
    case.x[0][...] = scores
    assert case.target is not None
    case.target[...] = target
    return run(case, dtype=dtype)


def test_absolute_error_is_the_mean_distance() -> None:
    result = _loss("mae", [1.0, 5.0], [3.0, 4.0])
    assert result.y[0] == pytest.approx(1.5)
    np.testing.assert_allclose(result.dx[0], [[-0.5, 0.5]])


def test_absolute_error_has_no_gradient_on_the_target() -> None:
    np.testing.assert_array_equal(_loss("mae", [1.0, 5.0], [1.0, 5.0]).dx[0], [[0.0, 0.0]])


def test_huber_is_half_the_square_near_and_a_line_far() -> None:
    result = _loss("huber", [0.5, 10.0], [0.0, 0.0], delta=2.0)
    assert result.y[0] == pytest.approx((0.125 + 2.0 * (10.0 - 1.0)) / 2)
    np.testing.assert_allclose(result.dx[0], [[0.25, 1.0]])


@pytest.mark.parametrize("target", [0, 1, 2])
def test_focal_of_gamma_zero_is_cross_entropy(target: int) -> None:
    scores = [0.3, -1.2, 2.0]
    focal = _loss("focal", scores, target, gamma=0.0)
    entropy = _loss("softmax_cross_entropy", scores, target)
    np.testing.assert_allclose(focal.y, entropy.y, rtol=1e-12)
    np.testing.assert_allclose(focal.dx[0], entropy.dx[0], rtol=1e-12)


def test_untrained_focal_loss_of_the_formula() -> None:
    found = _loss("focal", [1.0, 1.0, 1.0], 2, gamma=2.0, alpha=0.25).y[0]
    assert found == pytest.approx(0.25 * (2 / 3) ** 2 * np.log(3))


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_sure_scores_stay_finite(gamma: float, dtype: str) -> None:
    right = _loss("focal", [900.0, 0.0, 0.0], 0, dtype, gamma=gamma)
    assert right.y[0] == 0.0
    np.testing.assert_allclose(right.dx[0], 0.0, atol=1e-20)
    wrong = _loss("focal", [900.0, 0.0, 0.0], 1, dtype, gamma=gamma)
    assert wrong.y[0] == pytest.approx(900.0)
    np.testing.assert_allclose(wrong.dx[0], [[1.0, -1.0, 0.0]], atol=1e-6)


@pytest.mark.parametrize(
    ("kind", "wrong", "words"),
    [
        ("mae", CLASSES, "target is one of 3 classes"),
        ("huber", ValueTarget(("a",)), "the data set's target has 1 number"),
        ("focal", ValueTarget(("a",)), "target is 1 number"),
    ],
)
def test_targets_that_do_not_fit_are_explained(kind: str, wrong: Any, words: str) -> None:
    layer = layer_of(kind)
    with pytest.raises(Mismatch, match=words) as found:
        layer.check_target(make_params(kind, {}), (flat(3),), wrong)
    assert found.value.remedies
