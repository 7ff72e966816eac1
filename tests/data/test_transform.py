"""Scaling: fitted on the rows it is given and no others, saved and restored bit for bit."""

import numpy as np
import pytest

from nnstudio.core.errors import StudioError
from nnstudio.core.random import stream
from nnstudio.data.dataset import build
from nnstudio.data.transform import Scaler, Scaling, fit
from nnstudio.graph.types import ClassTarget

KINDS = ["none", "scale", "standardise", "mean_image", "mean_channel"]


def dataset(x, **more):
    labels = np.arange(len(x), dtype=np.int64) % 2
    return build("set", x, labels, ClassTarget(("a", "b")), **more)


def table(rows=400, features=3):
    x = stream(1, "table").normal([5.0, -2.0, 2007.0][:features], [1.0, 30.0, 0.5], (rows, 3))
    return dataset(x.astype(np.float32))


def images(dtype=np.uint8):
    x = stream(2, "images").integers(0, 256, (60, 6, 5, 3)) // np.array([1, 2, 4])
    return dataset(x.astype(dtype))


ALL = np.arange(40)


def scaled(data, rows=ALL, **choice):
    return fit(Scaling(**choice), data, rows).apply(data.x)


def test_standardised_features_have_mean_zero_and_spread_one():
    out = scaled(table(), kind="standardise").astype(np.float64)
    np.testing.assert_allclose(out[ALL].mean(axis=0), 0.0, atol=2e-4)
    np.testing.assert_allclose(out[ALL].std(axis=0), 1.0, atol=1e-4)


def test_standardised_images_share_one_mean_and_spread():
    data = images()
    out = scaled(data, kind="standardise")
    assert abs(out[ALL].mean()) < 1e-5
    assert abs(out[ALL].std() - 1) < 1e-5
    assert out[ALL].mean(axis=(0, 1, 2)).max() > 0.5


@pytest.mark.parametrize(("span", "low", "high"), [("0..1", 0.0, 1.0), ("-1..1", -1.0, 1.0)])
def test_scaled_numbers_fill_the_span(span, low, high):
    out = scaled(table(), kind="scale", span=span)
    np.testing.assert_allclose(out[ALL].min(axis=0), low, atol=1e-4)
    np.testing.assert_allclose(out[ALL].max(axis=0), high, atol=1e-4)
    pixels = scaled(images(), kind="scale", span=span)
    assert pixels[ALL].min() == pytest.approx(low)
    assert pixels[ALL].max() == pytest.approx(high)


def test_mean_image_subtracts_the_mean_of_every_pixel():
    data = images()
    out = scaled(data, kind="mean_image")
    np.testing.assert_allclose(out[ALL].mean(axis=0), 0.0, atol=1e-5)
    assert out[ALL].std() == pytest.approx(1.0, abs=1e-5)
    shown = fit(Scaling(kind="mean_image"), data, ALL).offset
    np.testing.assert_allclose(shown, data.x[ALL].mean(axis=0), rtol=1e-6)


def test_mean_channel_subtracts_the_mean_of_every_channel():
    data = images()
    scaler = fit(Scaling(kind="mean_channel"), data, ALL)
    assert scaler.offset.shape == (3,)
    np.testing.assert_allclose(scaler.offset, data.x[ALL].mean(axis=(0, 1, 2)), rtol=1e-6)
    np.testing.assert_allclose(scaler.apply(data.x)[ALL].mean(axis=(0, 1, 2)), 0.0, atol=1e-5)


def test_none_leaves_the_numbers():
    data = images()
    np.testing.assert_array_equal(scaled(data, kind="none"), data.x.astype(np.float32))


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_given_rows_are_looked_at(kind):
    x = np.array(images(np.float32).x)
    spoilt = x.copy()
    spoilt[40:] = 1e6
    one = fit(Scaling(kind=kind), dataset(x), ALL).arrays()
    two = fit(Scaling(kind=kind), dataset(spoilt), ALL).arrays()
    for name in one:
        np.testing.assert_array_equal(one[name], two[name])


@pytest.mark.parametrize("kind", KINDS)
def test_arrays_restore_the_scaler_bit_for_bit(kind):
    data = images()
    scaler = fit(Scaling(kind=kind), data, ALL)
    again = Scaler.from_arrays(scaler.arrays())
    np.testing.assert_array_equal(scaler.apply(data.x), again.apply(data.x))
    assert all(array.dtype == np.float32 for array in scaler.arrays().values())
    np.testing.assert_allclose(scaler.invert(scaler.apply(data.x)), data.x, atol=1e-3)


def test_constant_features_become_zero_not_nan():
    x = np.ones((50, 2), np.float32) * [0.1, 1e9]
    for kind in KINDS[1:]:
        out = scaled(dataset(x.astype(np.float32)), kind=kind)
        assert np.isfinite(out).all()
        np.testing.assert_allclose(out, 0.0, atol=1e-2 if kind != "scale" else 1e-6)


def test_moments_of_many_blocks_equal_those_of_one(monkeypatch):
    data = table(5000)
    rows = np.arange(0, 5000, 2)
    whole = fit(Scaling(), data, rows)
    monkeypatch.setattr("nnstudio.data.moments._BLOCK_NUMBERS", 100)
    pieces = fit(Scaling(), data, rows)
    np.testing.assert_allclose(whole.offset, pieces.offset, rtol=1e-6)
    np.testing.assert_allclose(whole.factor, pieces.factor, rtol=1e-6)


def gappy(fill):
    nan = np.nan
    x = np.array(
        [
            [1, 1, 0],
            [1, 1, 0],
            [4, nan, nan],
            [nan, 0, 1],
            [100, 0, 1],
            [100, 0, 1],
        ],
        np.float32,
    )
    return dataset(x, fill=fill, groups=((1, 3),))


@pytest.mark.parametrize(("fill", "number"), [("mean", 2.0), ("frequent", 1.0)])
def test_missing_cells_are_filled_from_the_training_rows(fill, number):
    scaler = fit(Scaling(kind="none"), gappy(fill), np.arange(4))
    np.testing.assert_array_equal(scaler.fill, [number, 1.0, 0.0])
    out = scaler.apply(gappy(fill).x)
    np.testing.assert_array_equal(out[2], [4.0, 1.0, 0.0])
    assert out[3, 0] == number


def test_a_feature_never_seen_in_training_is_filled_with_zero():
    x = np.array([[np.nan, 1], [np.nan, 2], [3, 4]], np.float32)
    scaler = fit(Scaling(), dataset(x, fill="frequent"), np.arange(2))
    assert np.isfinite(scaler.apply(x)).all()
    assert scaler.fill[0] == 0.0


@pytest.mark.parametrize(
    "arrays",
    [
        {},
        {"offset": np.zeros(1), "factor": np.ones(1)},
        {"offset": np.array([np.nan]), "factor": np.ones(1), "fill": np.zeros(0)},
    ],
)
def test_damaged_arrays_are_refused(arrays):
    with pytest.raises(StudioError, match="prepare the data again"):
        Scaler.from_arrays(arrays)
