"""Fixed filters equal scipy.ndimage; fractional pooling keeps to Graham's sequences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nnstudio.layers  # noqa: F401 - registers all layers
from nnstudio.core.errors import StudioError
from nnstudio.graph.layer import Mismatch, SetOwn
from nnstudio.graph.registry import layer_of, make_params
from nnstudio.graph.types import maps
from tests.layers.harness import make_case, run

MODES = {"zero": "constant", "nearest": "nearest", "reflect": "reflect"}


def _filtered(shape: tuple[int, int, int], **params: Any) -> tuple[Any, Any]:
    case = make_case("filter", params, [maps(*shape)], batch=1)
    return case.x[0][0, :, :, 0], run(case).y[0, :, :, 0]


@pytest.mark.parametrize("edge", list(MODES))
@pytest.mark.parametrize("name", ["box", "gauss", "across", "down", "laplace", "custom"])
def test_filter_equals_scipy(name: str, edge: str) -> None:
    ndimage = pytest.importorskip("scipy.ndimage")
    numbers = [1.0, 2, -1, 0, 0.5, 0, 3, 0, -2]
    params, theirs = {
        "box": (
            {"filter": "box blur", "side": 5},
            lambda x, m: ndimage.uniform_filter(x, 5, mode=m),
        ),
        "gauss": (
            {"filter": "Gaussian blur", "side": 7, "spread": 1.3},
            lambda x, m: ndimage.gaussian_filter(x, 1.3, mode=m, radius=3),
        ),
        "across": ({"filter": "Sobel across"}, lambda x, m: ndimage.sobel(x, 1, mode=m)),
        "down": ({"filter": "Sobel down"}, lambda x, m: ndimage.sobel(x, 0, mode=m)),
        "laplace": ({"filter": "Laplace"}, lambda x, m: ndimage.laplace(x, mode=m)),
        "custom": (
            {"filter": "custom", "numbers": numbers},
            lambda x, m: ndimage.correlate(x, np.reshape(numbers, (3, 3)), mode=m),
        ),
    }[name]
    x, y = _filtered((7, 9, 1), edge=edge, **params)
    np.testing.assert_allclose(y, theirs(x, MODES[edge]), atol=1e-12)


def test_blurs_keep_a_flat_picture_flat() -> None:
    for name in ("box blur", "Gaussian blur", "sharpen"):
        case = make_case("filter", {"filter": name}, [maps(4, 5, 2)])
        case.x[0][...] = 3.0
        np.testing.assert_allclose(run(case).y, 3.0)


def test_windows_that_are_no_squares_are_refused() -> None:
    with pytest.raises(StudioError, match="1, 9, 25 or 49 numbers, not 4"):
        make_params("filter", {"filter": "custom", "numbers": [1, 2, 3, 4]})
    with pytest.raises(StudioError, match="must be odd"):
        make_params("filter", {"side": 4})


def test_reflecting_a_tiny_map_is_refused() -> None:
    params = {"filter": "box blur", "side": 7, "edge": "reflect"}
    with pytest.raises(Mismatch, match="has not so many to reflect") as found:
        layer_of("filter").infer(make_params("filter", params), (maps(2, 9, 1),))
    assert found.value.remedies == (SetOwn("edge", "nearest", "Repeat the nearest pixel"),)


def _windows(case: Any, step: int = 0) -> list[set[int]]:
    """Give the lengths of the windows along a ramp, for each sample."""
    case.x[0][...] = np.arange(case.x[0].shape[2], dtype=float)[None, None, :, None]
    ends = run(case, step=step).y[:, 0, :, 0]
    assert (ends[:, -1] == case.x[0].shape[2] - 1).all()
    return [set(np.diff(one, prepend=-1.0).astype(int).tolist()) for one in ends]


def test_windows_have_one_or_two_pixels_and_cover_the_map() -> None:
    params = {"ratio": 1.4, "overlapping": False}
    case = make_case("fractional_max_pool", params, [maps(3, 35, 1)], batch=20)
    assert case.output_shape == (2, 25, 1)
    assert all(lengths == {1, 2} for lengths in _windows(case))


def test_windows_are_laid_out_anew_for_each_sample_and_step() -> None:
    params = {"ratio": 1.5, "overlapping": False}
    case = make_case("fractional_max_pool", params, [maps(40, 40, 1)], batch=2)
    case.x[0][1] = case.x[0][0]
    first, again, second = (run(case, step=step).y for step in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != second).any()
    assert (first[0] != first[1]).any()


def test_evaluation_uses_fixed_windows() -> None:
    case = make_case("fractional_max_pool", {}, [maps(9, 9, 2)], batch=2)
    case.x[0][1] = case.x[0][0]
    first, second = (run(case, step=step, training=False).y for step in (0, 7))
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(first[0], first[1])


def test_single_precision_draws_the_same_windows() -> None:
    case = make_case("fractional_max_pool", {"ratio": 1.3}, [maps(11, 8, 3)], batch=4)
    single, double = run(case, dtype="f4", threads=2, halo=(1, 0, 2, 1)), run(case)
    np.testing.assert_allclose(single.y, double.y, rtol=1e-6)
    np.testing.assert_array_equal(single.dx[0], double.dx[0])
