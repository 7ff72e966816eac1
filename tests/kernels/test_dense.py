"""Dense products against numpy in float64, on odd sizes, every vector width and both real types."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.core.random import stream
from nnstudio.kernels import dense
from tests.kernels.machine import Machine

SIZES = [(1, 1, 1), (3, 17, 5), (17, 3, 33), (13, 65, 10), (64, 300, 47), (5, 7, 96), (50, 20, 130)]


def _close(got, want, dtype):
    tolerance = 2e-6 if dtype == "f4" else 1e-13
    scale = np.abs(want).max() + 1e-30
    assert np.abs(got - want).max() <= tolerance * scale * 8


@pytest.mark.parametrize("lanes", ["16", "8", "4"])
@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("size", SIZES)
def test_products_agree_with_numpy(size, dtype, lanes, monkeypatch):
    monkeypatch.setenv("NNSTUDIO_LANES", lanes)
    n, k, m = size
    draw = stream(1, "dense", *size)
    x, w = draw.normal(size=(n, k)), draw.normal(size=(k, m))
    bias, dy = draw.normal(size=m), draw.normal(size=(n, m))
    x, w, bias, dy = (v.astype(dtype).astype("f8") for v in (x, w, bias, dy))
    for threads in (1, 2):
        run = Machine(dtype, threads)
        bx, bw, bb, bdy = (
            run.given(name, v) for name, v in (("x", x), ("w", w), ("b", bias), ("dy", dy))
        )
        y, z = run.empty("y", (n, m)), run.empty("z", (n, m))
        dx, dw, db = run.empty("dx", (n, k)), run.empty("dw", (k, m)), run.empty("db", (m,))
        dense.dense_forward(run.program, bx, bw, bb, y, relu=True)
        dense.dense_forward(run.program, bx, bw, None, z)
        dense.dense_input_gradient(run.program, bdy, bw, dx)
        dense.dense_weight_gradient(run.program, bx, bdy, dw, db)
        assert run.run() == 1
        _close(run.arrays[y], np.maximum(x @ w + bias, 0), dtype)
        _close(run.arrays[z], x @ w, dtype)
        _close(run.arrays[dx], dy @ w.T, dtype)
        _close(run.arrays[dw], x.T @ dy, dtype)
        _close(run.arrays[db], dy.sum(0), dtype)


def test_nan_passes_through_products_and_relu():
    x = np.ones((5, 4))
    x[2, 1] = np.nan
    run = Machine()
    y = run.empty("y", (5, 7))
    dense.dense_forward(
        run.program, run.given("x", x), run.given("w", -np.ones((4, 7))), None, y, relu=True
    )
    run.run()
    assert np.isnan(run.arrays[y][2]).all()
    assert (np.delete(run.arrays[y], 2, axis=0) == 0).all()
