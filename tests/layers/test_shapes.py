"""Layers that only move numbers move each one to its place, and say what does not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nnstudio.layers  # noqa: F401 - registers all layers
from nnstudio.core.errors import StudioError
from nnstudio.graph.layer import Mismatch, SetOwn
from nnstudio.graph.registry import layer_of, make_params
from nnstudio.graph.types import TensorType, flat, maps
from tests.layers.harness import make_case, run


def _mismatch(kind: str, params: dict[str, Any], x: TensorType) -> Mismatch:
    with pytest.raises(Mismatch) as found:
        layer_of(kind).infer(make_params(kind, params), (x,))
    return found.value


def _fits_after(kind: str, params: dict[str, Any], x: TensorType) -> list[str]:
    """Apply each remedy; give their labels."""
    found = _mismatch(kind, params, x)
    for remedy in found.remedies:
        assert isinstance(remedy, SetOwn)
        mended = make_params(kind, {**params, remedy.param: remedy.value})
        layer_of(kind).infer(mended, (x,))
    return [remedy.label for remedy in found.remedies]


@pytest.mark.parametrize("halo", [(0, 0, 0, 0), (1, 2, 1, 1)])
def test_reshape_keeps_the_order(halo: Any) -> None:
    case = make_case("reshape", {"shape": [4, 2, 3]}, [maps(2, 3, 4)])
    dy = np.arange(72.0).reshape(3, 4, 2, 3)
    result = run(case, dy, halo=halo)
    np.testing.assert_array_equal(result.y, case.x[0].reshape(3, 4, 2, 3))
    np.testing.assert_array_equal(result.dx[0], dy.reshape(3, 2, 3, 4))


def test_reshape_offers_shapes_that_fit() -> None:
    found = _mismatch("reshape", {"shape": [28, 28, 2]}, flat(784))
    assert "28·28·2 = 1,568 numbers; 784 = 784 arrive" in found.message
    assert _fits_after("reshape", {"shape": [28, 28, 2]}, flat(784)) == [
        "Set shape to 28×28×1",
        "Set shape to 784",
    ]


def test_permute_swaps_rows_and_columns() -> None:
    case = make_case("permute", {}, [maps(3, 4, 2)])
    np.testing.assert_array_equal(run(case).y, case.x[0].transpose(0, 2, 1, 3))


def test_permute_refuses_an_axis_twice() -> None:
    with pytest.raises(StudioError, match=r"Got .2, 2, 3."):
        make_params("permute", {"order": (2, 2, 3)})


def test_crop_takes_the_middle() -> None:
    case = make_case("crop", {"top": 1, "bottom": 2, "left": 1, "right": 1}, [maps(6, 5, 3)])
    np.testing.assert_array_equal(run(case).y, case.x[0][:, 1:4, 1:4])


def test_crop_of_everything_is_refused() -> None:
    assert _fits_after("crop", {"top": 2, "bottom": 1}, maps(3, 5, 1)) == [
        "Set top to 0",
        "Set bottom to 0",
    ]


def test_slice_of_features_that_do_not_exist() -> None:
    found = _mismatch("slice", {"first": 2, "count": 3}, flat(4))
    assert found.message == "Slice wants features 2 to 4; there are 4, counted from 0."
    assert _fits_after("slice", {"first": 2, "count": 3}, flat(4)) == ["Keep 2"]
    assert _fits_after("slice", {"first": 7}, flat(4)) == ["Begin at 0"]


def test_shortcut_without_weights_grows_in_channels() -> None:
    """ResNet's option A: every second pixel, and zeros for the new channels."""
    case = make_case("zero_pad", {"channels_before": 8, "channels_after": 8}, [maps(4, 4, 16)])
    y = run(case).y
    assert y.shape == (3, 4, 4, 32)
    np.testing.assert_array_equal(y[..., 8:24], case.x[0])
    assert not y[..., :8].any()
    assert not y[..., 24:].any()


def test_zero_pad_then_crop_is_the_identity() -> None:
    edges = {"top": 2, "bottom": 1, "left": 3, "right": 1}
    wide = make_case("zero_pad", edges, [maps(3, 4, 2)])
    padded = run(wide).y
    assert padded.sum() == pytest.approx(wide.x[0].sum())
    back = make_case("crop", edges, [maps(6, 8, 2)])
    back.x[0] = padded
    np.testing.assert_array_equal(run(back).y, wide.x[0])


def test_nearest_repeats_pixels() -> None:
    case = make_case("upsample", {"factor": [2, 3]}, [maps(2, 2, 1)])
    expected = case.x[0].repeat(2, axis=1).repeat(3, axis=2)
    result = run(case)
    np.testing.assert_array_equal(result.y, expected)
    np.testing.assert_array_equal(result.dx[0], np.full((3, 2, 2, 1), 6.0))


def test_bilinear_keeps_a_ramp_straight_inside() -> None:
    case = make_case("upsample", {"method": "bilinear"}, [maps(1, 4, 1)], batch=1)
    case.x[0][...] = np.arange(4.0)[:, None]
    found = run(case).y[0, 0, :, 0]
    np.testing.assert_allclose(found, [0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3])


@pytest.mark.parametrize("kind", ["permute", "crop", "upsample"])
def test_flat_inputs_are_explained(kind: str) -> None:
    assert "9 numbers arrive flat" in _mismatch(kind, {}, flat(9)).message


def test_slice_of_a_sequence_keeps_its_steps() -> None:
    sequence = TensorType((4, 3), "f4", "TF")
    case = make_case("slice", {"first": 1, "count": 2}, [sequence])
    np.testing.assert_array_equal(run(case).y, case.x[0][:, :, 1:])
    p = make_params("zero_pad", {"channels_after": 2})
    assert layer_of("zero_pad").infer(p, (sequence,)) == TensorType((4, 5), "f4", "TF")


@pytest.mark.parametrize(("method", "mode"), [("nearest", "edge"), ("reflect", "reflect")])
def test_edge_pad_equals_numpy(method: str, mode: Any) -> None:
    case = make_case("edge_pad", {"edges": [2, 1, 3, 0], "method": method}, [maps(4, 5, 3)])
    expected = np.pad(case.x[0], ((0, 0), (2, 1), (3, 0), (0, 0)), mode)
    np.testing.assert_array_equal(run(case).y, expected)


def test_reflecting_more_than_there_is_can_be_mended() -> None:
    assert _fits_after("edge_pad", {"edges": [1, 4, 0, 2]}, maps(3, 2, 1)) == [
        "Repeat the nearest pixel",
        "Set edges to 1, 2, 0, 1",
    ]
