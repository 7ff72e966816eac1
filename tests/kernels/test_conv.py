"""Convolutions against plain sums in float64: strides, padding, groups, dilation, halos, widths."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.core.random import stream
from nnstudio.kernels.conv import (
    Geometry,
    conv_forward,
    conv_input_gradient,
    conv_weight_gradient,
    gradient_halo,
    input_halo,
)
from tests.kernels.machine import Machine

G = Geometry
# images, height, width, inputs, outputs, geometry
CASES = {
    "one pixel": (1, 1, 1, 1, 1, G((1, 1))),
    "pointwise": (3, 4, 5, 17, 33, G((1, 1))),
    "padded 3×3": (2, 8, 8, 3, 16, G((3, 3), pad=(1, 1, 1, 1))),
    "unpadded 5×5": (5, 13, 14, 1, 6, G((5, 5))),
    "uneven padding": (2, 7, 9, 5, 20, G((3, 2), pad=(0, 2, 1, 0))),
    "stride 2": (3, 9, 10, 4, 7, G((3, 3), (2, 2), (1, 1, 1, 1))),
    "stride 3 and 2, rows left over": (2, 12, 11, 3, 5, G((2, 3), (3, 2), (0, 1, 1, 0))),
    "pointwise, stride 2": (2, 5, 6, 8, 40, G((1, 1), (2, 2))),
    "groups": (2, 6, 5, 6, 9, G((3, 3), (1, 1), (1, 1, 1, 1), groups=3)),
    "depthwise": (3, 6, 7, 19, 19, G((3, 3), (1, 1), (1, 1, 1, 1), groups=19)),
    "depthwise, stride 2, 5×4": (2, 9, 9, 6, 6, G((5, 4), (2, 2), (2, 2, 1, 2), groups=6)),
    "depthwise, many channels, stride 2": (
        *(2, 7, 8, 35, 35),
        G((3, 3), (2, 2), (1, 1, 1, 1), groups=35),
    ),
    "depthwise, whole vectors": (2, 5, 6, 64, 64, G((3, 3), (1, 1), (1, 1, 1, 1), groups=64)),
    "depthwise, two vectors": (9, 3, 3, 35, 35, G((3, 3), (2, 2), (1, 1, 1, 1), groups=35)),
    "depthwise, dilated": (2, 8, 7, 5, 5, G((3, 2), (1, 1), (2, 2, 1, 1), 5, (2, 3))),
    "depthwise, dilated, stride 2": (2, 9, 9, 18, 18, G((2, 3), (2, 2), (1, 1, 2, 2), 18, (3, 2))),
    "depth multiplier": (2, 5, 5, 3, 6, G((3, 3), (1, 1), (1, 1, 1, 1), groups=3)),
    "dilated": (2, 9, 8, 3, 5, G((3, 3), (1, 1), (2, 2, 2, 2), dilation=(2, 2))),
    "dilated, stride 2": (2, 11, 12, 4, 6, G((3, 2), (2, 2), (1, 2, 1, 1), dilation=(2, 3))),
    "small maps": (16, 2, 2, 12, 10, G((3, 3), pad=(1, 1, 1, 1))),
    "wide padding": (2, 3, 3, 2, 4, G((2, 2), pad=(2, 2, 2, 2))),
    "many channels": (2, 4, 4, 65, 47, G((3, 3), pad=(1, 1, 1, 1))),
}


def _patches(x, geometry):
    """Give (N, Ho, Wo, KH, KW, C) and where each came from in the padded map."""
    top, bottom, left, right = geometry.pad
    padded = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)))
    high, wide = geometry.output(*x.shape[1:3])
    (kh, kw), (sh, sw), (dh, dw) = geometry.kernel, geometry.stride, geometry.dilation
    down = np.arange(high)[:, None] * sh + np.arange(kh) * dh
    across = np.arange(wide)[:, None] * sw + np.arange(kw) * dw
    index = (slice(None), down[:, None, :, None], across[None, :, None, :])
    return padded, index


def _expected(x, w, dy, geometry):
    """Give y, dx, dw by plain sums."""
    padded, index = _patches(x, geometry)
    n, high, wide, _ = dy.shape
    g = geometry.groups
    patches = padded[index].reshape(n, high, wide, *geometry.kernel, g, -1)
    window = w.reshape(*geometry.kernel, w.shape[2], g, -1)
    gradient = dy.reshape(n, high, wide, g, -1)
    y = np.einsum("nhwijgc,ijcgo->nhwgo", patches, window).reshape(dy.shape)
    dw = np.einsum("nhwijgc,nhwgo->ijcgo", patches, gradient).reshape(w.shape)
    back = np.einsum("nhwgo,ijcgo->nhwijgc", gradient, window)
    dx = np.zeros_like(padded)
    np.add.at(dx, index, back.reshape(*back.shape[:5], -1))
    top, _, left, _ = geometry.pad
    return y, dx[:, top : top + x.shape[1], left : left + x.shape[2]], dw


def _close(got, want, dtype):
    tolerance = 4e-6 if dtype == "f4" else 1e-13
    assert np.abs(got - want).max() <= tolerance * (np.abs(want).max() + 1e-30) * 4


def _check(case, dtype, threads, *, halos):
    n, h, w_, c, o, geometry = case
    draw = stream(2, "conv", h, w_, c, o)
    high, wide = geometry.output(h, w_)
    x, dy = draw.normal(size=(n, h, w_, c)), draw.normal(size=(n, high, wide, o))
    w, bias = draw.normal(size=(*geometry.kernel, c // geometry.groups, o)), draw.normal(size=o)
    x, dy, w, bias = (v.astype(dtype).astype("f8") for v in (x, dy, w, bias))
    none = (0, 0, 0, 0)
    run = Machine(dtype, threads)
    bx = run.given("x", x, input_halo(geometry) if halos else none)
    bdy = run.given("dy", dy, gradient_halo(geometry) if halos else none)
    bw, bb = run.given("w", w), run.given("b", bias)
    y = run.empty("y", dy.shape, (1, 0, 2, 1) if halos else none)
    dx = run.empty("dx", x.shape, (0, 1, 1, 0) if halos else none)
    dw, db = run.empty("dw", w.shape), run.empty("db", (o,))
    conv_forward(run.program, bx, bw, bb, y, geometry, relu=True)
    conv_input_gradient(run.program, bdy, bw, dx, geometry)
    conv_weight_gradient(run.program, bx, bdy, dw, db, geometry)
    run.run()
    want_y, want_dx, want_dw = _expected(x, w, dy, geometry)
    _close(run.inside(y), np.maximum(want_y + bias, 0), dtype)
    _close(run.inside(dx), want_dx, dtype)
    _close(run.arrays[dw], want_dw, dtype)
    _close(run.arrays[db], dy.sum((0, 1, 2)), dtype)
    if halos:
        assert np.isnan(run.arrays[y]).sum() == run.arrays[y].size - y.size  # the halo is untouched


@pytest.mark.parametrize("lanes", ["16", "8", "4"])
@pytest.mark.parametrize("name", CASES)
def test_convolution_agrees_with_plain_sums(name, lanes, monkeypatch):
    monkeypatch.setenv("NNSTUDIO_LANES", lanes)
    _check(CASES[name], "f4", 1, halos=False)
    _check(CASES[name], "f4", 2, halos=True)


@pytest.mark.parametrize("name", CASES)
def test_convolution_in_float64(name):
    _check(CASES[name], "f8", 2, halos=True)
