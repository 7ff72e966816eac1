"""Rows with one number give what the ordinary product gives; all others take the ordinary way."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.core.random import stream
from nnstudio.kernels import one_hot
from tests.kernels.machine import Machine


def _rows(kind, n, k):
    """Give (n, k) rows of a kind."""
    draw = stream(1, "rows", kind, n, k)
    if kind == "dense":
        return draw.normal(size=(n, k))
    x = np.zeros((n, k))
    x[np.arange(n), draw.integers(0, k, n)] = draw.normal(size=n)
    if kind == "padded":
        x[n // 2 :] = 0.0
    if kind == "mixed":
        x[-1] = 1.0
    return x


def _products(x, w, dy, bias, dtype, threads):
    """Give x·w + bias, x·w, xᵀ·dy, the sum of dy, and the places."""
    run = Machine(dtype, threads)
    bx, bw, bdy, bb = (
        run.given(name, v) for name, v in (("x", x), ("w", w), ("dy", dy), ("b", bias))
    )
    y, plain = run.empty("y", dy.shape), run.empty("plain", dy.shape)
    dw, db = run.empty("dw", w.shape), run.empty("db", bias.shape)
    places = one_hot.places_of(run.program, bx)
    one_hot.picked_forward(run.program, bx, places, bw, bb, y)
    one_hot.picked_forward(run.program, bx, places, bw, None, plain)
    one_hot.picked_weight_gradient(run.program, bx, places, bdy, dw, db)
    assert run.run() == 1
    return [run.arrays[one] for one in (y, plain, dw, db, places)]


@pytest.mark.parametrize("lanes", ["16", "8", "4"])
@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("kind", ["one", "padded", "mixed", "dense"])
@pytest.mark.parametrize("size", [(1, 1, 1), (17, 5, 3), (40, 65, 33), (13, 300, 70)])
def test_products_agree_with_numpy(size, kind, dtype, lanes, monkeypatch):
    monkeypatch.setenv("NNSTUDIO_LANES", lanes)
    monkeypatch.setattr(one_hot, "SMALL", 0)
    n, k, m = size
    draw = stream(2, "one hot", *size)
    given = _rows(kind, n, k), draw.normal(size=(k, m)), draw.normal(size=(n, m))
    x, w, dy, bias = (v.astype(dtype).astype("f8") for v in (*given, draw.normal(size=m)))
    for threads in (1, 2):
        y, plain, dw, db, _ = _products(x, w, dy, bias, dtype, threads)
        exact = x @ w + bias, x @ w, x.T @ dy, dy.sum(0)
        for found, wanted in zip((y, plain, dw, db), exact, strict=True):
            scale = np.abs(wanted).max() + 1.0
            assert np.abs(found - wanted).max() < (2e-6 if dtype == "f4" else 1e-13) * scale * 4


def test_places_are_found():
    x = np.zeros((4, 6))
    x[0, 5] = x[1, 0] = 2.0
    x[3, 1] = x[3, 4] = 1.0
    *_, places = _products(x, np.ones((6, 2)), np.ones((4, 2)), np.ones(2), "f4", 1)
    np.testing.assert_array_equal(places, [5, 0, 0, -1])


def test_nan_in_the_input_is_not_lost():
    x = np.zeros((4, 6))
    x[2, 3] = np.nan
    y, *_ = _products(x, np.ones((6, 2)), np.ones((4, 2)), np.ones(2), "f4", 1)
    assert np.isnan(y[2]).all()
    assert (y[[0, 1, 3]] == 1.0).all()
