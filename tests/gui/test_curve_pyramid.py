"""Bins of long series are exact at every zoom, also while the series grows."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.core.random import stream
from nnstudio.gui.curve_pyramid import Pyramid
from nnstudio.train.history import Series


def series(values: np.ndarray) -> Series:
    made = Series()
    made.extend(values)
    return made


def grown(values: np.ndarray, pieces: int) -> Pyramid:
    """Give a pyramid that took its numbers in piece by piece."""
    made = Series()
    pyramid = Pyramid(made)
    for part in np.array_split(values, pieces):
        made.extend(part)
        pyramid.update()
    return pyramid


@pytest.mark.parametrize("pieces", [1, 7, 311])
@pytest.mark.parametrize(
    ("first", "last"), [(0, 100_003), (5, 6), (17, 99), (4_000, 41_234), (99_990, 100_003)]
)
def test_bins_equal_numpy_over_the_same_stretch(pieces: int, first: int, last: int) -> None:
    values = stream(3, "bins").standard_normal(100_003)
    values[50_000] = 90.0
    values[20_001] = -90.0
    pyramid = grown(values, pieces)
    for most in (1, 3, 100, 900):
        found = pyramid.fitting(first, last, most)
        start = first // found.width * found.width
        begins = np.append(start, found.ends[:-1] + 1).astype(int)
        stop = int(found.ends[-1]) + 1
        assert len(found.ends) <= most + 1
        assert start <= first < last <= stop
        parts = [values[a : b + 1] for a, b in zip(begins, found.ends.astype(int), strict=True)]
        assert found.low.tolist() == [part.min() for part in parts]
        assert found.high.tolist() == [part.max() for part in parts]
        np.testing.assert_allclose(found.mean, [part.mean() for part in parts], atol=1e-12)
        assert found.missing.sum() == 0


def test_bins_stay_the_same_while_one_pans() -> None:
    pyramid = grown(stream(4, "pan").standard_normal(50_000), 3)
    one, other = pyramid.bins(1_000, 9_000, 64), pyramid.bins(1_037, 9_101, 64)
    kept = dict(zip(one.ends, one.high, strict=True))
    shared = [end for end in other.ends if end in kept]
    assert len(shared) > 100
    assert all(kept[end] == other.high[list(other.ends).index(end)] for end in shared)


def test_what_is_not_finite_is_counted_and_passed_over() -> None:
    values = np.ones(1_000)
    values[100:164] = np.nan
    values[500] = np.inf
    values[501] = 7.0
    pyramid = grown(values, 4)
    found = pyramid.bins(0, 1_000, 32)
    assert found.missing.sum() == 65
    assert np.isnan(found.low[4])
    assert found.missing[4] == 32
    assert found.high[15] == 7.0
    assert not pyramid.sparse


def test_a_series_measured_now_and_then_is_sparse() -> None:
    values = np.full(1_000, np.nan)
    values[::50] = 1.0
    assert grown(values, 1).sparse
    assert not grown(np.full(9, np.nan), 1).sparse


def test_no_numbers_give_no_bins() -> None:
    pyramid = Pyramid(series(np.empty(0)))
    assert pyramid.update() == 0
    assert len(pyramid.fitting(0, 0, 100).ends) == 0
    assert len(grown(np.array([2.0]), 1).fitting(0, 1, 100).ends) == 1
