"""Depthwise, transposed and 1D convolutions do what plain loops do, and say what does not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nnstudio.layers  # noqa: F401 - registers all layers
from nnstudio.graph.layer import InsertBefore, Mismatch, SetOwn
from nnstudio.graph.registry import layer_of, make_params
from nnstudio.graph.types import TensorType, flat, maps
from tests.layers.harness import make_case, run


def _sequence(*sizes: int) -> TensorType:
    return TensorType(sizes, "f4", "TF")


def _mismatch(kind: str, params: dict[str, Any], x: TensorType) -> Mismatch:
    with pytest.raises(Mismatch) as found:
        layer_of(kind).infer(make_params(kind, params), (x,))
    return found.value


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("padding", ["valid", "same", 1])
def test_depthwise_is_conv_with_a_group_a_channel(padding: Any, stride: int) -> None:
    common = {"stride": stride, "padding": padding, "floor": True, "activation": "linear"}
    one = make_case("depthwise_conv2d", {**common, "multiplier": 3}, [maps(6, 7, 5)])
    other = make_case("conv2d", {**common, "groups": 5, "filters": 15}, [maps(6, 7, 5)])
    other.x, other.weights = one.x, one.weights
    first, second = run(one).arrays(), run(other).arrays()
    for name in first:
        np.testing.assert_array_equal(first[name], second[name])


def test_a_depthwise_layer_of_mobilenet_counts_as_in_the_paper() -> None:
    layer, x = layer_of("depthwise_conv2d"), maps(14, 14, 512)
    p = make_params("depthwise_conv2d", {"bias": False})
    cost = layer.cost(p, (x,), layer.infer(p, (x,)))
    assert cost.macs == 3 * 3 * 512 * 14 * 14
    assert cost.parameters == 3 * 3 * 512


def test_transposed_is_the_transpose_of_conv() -> None:
    """⟨conv(a), b⟩ = ⟨a, transposed(b)⟩ for all a and b."""
    down = make_case(
        "conv2d",
        {"filters": 2, "kernel": 3, "stride": 2, "padding": 1, "activation": "linear",
         "bias": False},
        [maps(7, 9, 3)],
    )  # fmt: skip
    up = make_case(
        "conv2d_transposed",
        {"filters": 3, "kernel": 3, "padding": 1, "activation": "linear", "bias": False},
        [maps(4, 5, 2)],
    )
    up.weights = down.weights
    assert float((run(down).y * up.x[0]).sum()) == pytest.approx(
        float((down.x[0] * run(up).y).sum())
    )


@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5])
def test_transposed_same_doubles_height_and_width(kernel: int) -> None:
    layer = layer_of("conv2d_transposed")
    p = make_params("conv2d_transposed", {"kernel": kernel, "filters": 4})
    assert layer.infer(p, (maps(5, 3, 2),)) == maps(10, 6, 4)


def test_transposed_of_one_pixel_is_its_window() -> None:
    params = {"filters": 1, "kernel": 3, "padding": "valid", "activation": "linear"}
    case = make_case("conv2d_transposed", params, [maps(1, 1, 1)], batch=1)
    case.x[0][...], case.weights["bias"][...] = 2.0, 1.0
    expected = 2.0 * case.weights["weight"][..., 0] + 1.0
    np.testing.assert_allclose(run(case).y[0], expected)


def test_transposed_with_too_much_padding_is_explained() -> None:
    found = _mismatch("conv2d_transposed", {"kernel": 3, "padding": 3}, maps(4, 4, 1))
    assert "as large as its 3×3 window" in found.message
    found = _mismatch("conv2d_transposed", {"kernel": 3, "stride": 1, "padding": 2}, maps(2, 2, 1))
    assert "cuts off" in found.message


def test_difference_along_a_sequence() -> None:
    params = {"filters": 1, "kernel": 2, "padding": "valid", "activation": "linear", "bias": False}
    case = make_case("conv1d", params, [_sequence(6, 1)], batch=1)
    case.weights["weight"][:, 0, 0] = -1.0, 1.0
    np.testing.assert_allclose(run(case).y[0], np.diff(case.x[0][0], axis=0))


def test_sequence_windows_that_do_not_fit_are_mended() -> None:
    for params, steps in (
        ({"kernel": 5, "padding": "valid"}, 3),
        ({"kernel": 3, "stride": 2, "padding": "valid"}, 6),
    ):
        found = _mismatch("conv1d", params, _sequence(steps, 2))
        assert found.remedies
        for remedy in found.remedies:
            assert isinstance(remedy, SetOwn)
            mended = make_params("conv1d", {**params, remedy.param: remedy.value})
            layer_of("conv1d").infer(mended, (_sequence(steps, 2),))


def test_flat_data_becomes_a_sequence() -> None:
    found = _mismatch("conv1d", {}, flat(12))
    (remedy,) = found.remedies
    assert isinstance(remedy, InsertBefore)
    reshaped = layer_of(remedy.kind).infer(make_params(remedy.kind, remedy.params), (flat(12),))
    assert reshaped == _sequence(12, 1)
    assert "For images use Conv." in _mismatch("conv1d", {}, maps(3, 4, 2)).hint
