"""Winograd's convolutions: error bounds, odd sizes, halos, widths; and the choice of algorithm."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.core.random import stream
from nnstudio.kernels import transform_code
from nnstudio.kernels.algorithm import choose, tile_size
from nnstudio.kernels.conv import (
    Geometry,
    conv_forward,
    conv_input_gradient,
    conv_weight_gradient,
    gradient_halo,
    input_halo,
)
from tests.kernels.machine import Machine
from tests.kernels.test_conv import _expected

SAME = Geometry((3, 3), pad=(1, 1, 1, 1))
# images, height, width, inputs, outputs, geometry
CASES = {
    "whole tiles": (2, 8, 8, 16, 32, SAME),
    "one pixel": (1, 1, 1, 8, 16, SAME),
    "odd map": (3, 7, 9, 24, 8, SAME),
    "17 lines of 3": (2, 17, 3, 16, 16, SAME),
    "unpadded": (2, 6, 10, 32, 48, Geometry((3, 3))),
    "uneven padding": (2, 9, 7, 8, 80, Geometry((3, 3), pad=(2, 0, 1, 2))),
    "more channels than a panel": (1, 5, 6, 104, 64, SAME),
}
BOUNDS = {"winograd2": (2e-6, 5e-6), "winograd4": (1e-5, 5e-5)}


def _error(got, want):
    return np.abs(got - want).max() / np.abs(want).max()


def _run(case, threads, convolution, *, halos=True, relu=True):
    """Give y, dx, dw and what they should be."""
    n, high, wide, c, o, geometry = case
    draw = stream(3, "winograd", high, wide, c, o)
    shape = (n, *geometry.output(high, wide), o)
    arrays = [draw.normal(size=s) for s in ((n, high, wide, c), (3, 3, c, o), (o,), shape)]
    x, w, bias, dy = (v.astype("f4").astype("f8") for v in arrays)
    none = (0, 0, 0, 0)
    run = Machine("f4", threads)
    run.program.convolution = convolution
    bx = run.given("x", x, input_halo(geometry) if halos else none)
    bdy = run.given("dy", dy, gradient_halo(geometry) if halos else none)
    bw, bb = run.given("w", w), run.given("b", bias)
    y = run.empty("y", shape, (1, 0, 2, 1) if halos else none)
    dx = run.empty("dx", x.shape, (0, 2, 1, 0) if halos else none)
    dw = run.empty("dw", w.shape)
    conv_forward(run.program, bx, bw, bb, y, geometry, relu=relu)
    conv_input_gradient(run.program, bdy, bw, dx, geometry)
    conv_weight_gradient(run.program, bx, bdy, dw, None, geometry)
    run.run()
    assert np.isnan(run.arrays[y]).sum() == run.arrays[y].size - y.size  # the halo is untouched
    assert np.isnan(run.arrays[dx]).sum() == run.arrays[dx].size - dx.size
    want_y, want_dx, want_dw = _expected(x, w, dy, geometry)
    want_y = np.maximum(want_y + bias, 0) if relu else want_y + bias
    got = run.inside(y).copy(), run.inside(dx).copy(), run.arrays[dw].copy()
    used = {op.kernel.name for op in run.program.ops}
    return got, (want_y, want_dx, want_dw), used


def _check(case, threads, convolution, **options):
    got, want, used = _run(case, threads, convolution, **options)
    assert {"winograd_forward", "winograd_gradient"} <= used
    bounds = BOUNDS[convolution]
    assert _error(got[0], want[0]) <= bounds[0]
    assert _error(got[1], want[1]) <= bounds[0]
    assert _error(got[2], want[2]) <= bounds[1]


@pytest.mark.parametrize("convolution", BOUNDS)
@pytest.mark.parametrize("name", CASES)
def test_errors_stay_within_the_stated_bounds(name, convolution):
    _check(CASES[name], 1, convolution, halos=False, relu=False)
    _check(CASES[name], 2, convolution)


@pytest.mark.parametrize("lanes", ["8", "4"])
@pytest.mark.parametrize("convolution", BOUNDS)
def test_narrower_processors_agree(lanes, convolution, monkeypatch):
    monkeypatch.setenv("NNSTUDIO_LANES", lanes)
    _check(CASES["odd map"], 2, convolution)
    _check(CASES["more channels than a panel"], 1, convolution)


@pytest.mark.parametrize("size", [2, 4])
def test_the_matrices_give_a_correlation(size):
    draw = stream(3, "matrices", size)
    x, w = draw.normal(size=size + 2), draw.normal(size=3)
    into, window, out = (
        np.array(transform_code.matrix(kind, size)) for kind in ("input", "window", "output")
    )
    found = out @ ((into @ x) * (window @ w))
    assert np.allclose(found, np.correlate(x, w, "valid"), atol=1e-13)


@pytest.mark.parametrize("threads", [1, 2])
def test_two_runs_give_the_same_bits(threads):
    first, _, _ = _run(CASES["odd map"], threads, "winograd4")
    second, _, _ = _run(CASES["odd map"], threads, "winograd4")
    assert all((a == b).all() for a, b in zip(first, second, strict=True))


def test_forward_bits_do_not_depend_on_the_number_of_threads():
    (one, _, _), _, _ = _run(CASES["whole tiles"], 1, "winograd4")
    (two, _, _), _, _ = _run(CASES["whole tiles"], 2, "winograd4")
    assert (one == two).all()


def test_nan_spreads_only_over_its_tile_and_is_not_cut():
    run = Machine("f4", 1)
    run.program.convolution = "winograd4"
    values = np.ones((2, 8, 8, 8))
    values[0, 1, 1, 3] = np.nan
    x, w = run.given("x", values, (1, 1, 1, 1)), run.given("w", np.ones((3, 3, 8, 8)))
    y = run.empty("y", (2, 8, 8, 8))
    conv_forward(run.program, x, w, None, y, SAME, relu=True)
    run.run()
    assert np.isnan(run.inside(y)[0, :3, :3]).all()
    assert np.isfinite(run.inside(y)[1]).all()


@pytest.mark.parametrize(
    ("shape", "inputs", "expected"),
    [
        ((64, 32, 32, 16), 16, "winograd4"),
        ((64, 8, 8, 128), 64, "winograd4"),
        ((64, 2, 2, 64), 64, "winograd2"),
        ((64, 32, 32, 16), 3, "direct"),
        ((64, 32, 32, 12), 16, "direct"),
        ((64, 32, 32, 8), 8, "direct"),
        ((1, 4, 4, 64), 64, "direct"),
    ],
)
def test_the_rule_goes_by_shape(shape, inputs, expected):
    assert choose(SAME, shape, inputs, "f4") == expected


@pytest.mark.parametrize(
    "geometry",
    [
        Geometry((5, 5), pad=(2, 2, 2, 2)),
        Geometry((3, 3), (2, 2), (1, 1, 1, 1)),
        Geometry((3, 3), pad=(1, 1, 1, 1), groups=2),
        Geometry((3, 3), pad=(2, 2, 2, 2), dilation=(2, 2)),
    ],
)
def test_other_windows_are_direct_whatever_is_wished(geometry):
    assert choose(geometry, (64, 16, 16, 32), 32, "f4") == "direct"
    assert tile_size(geometry, (64, 16, 16, 32), 32, "f4", "winograd4") == 0


def test_float64_is_direct():
    assert tile_size(SAME, (64, 16, 16, 32), 32, "f8", "winograd4") == 0


def test_a_wish_goes_before_the_rule_and_the_environment_before_both(monkeypatch):
    shape = (64, 16, 16, 32)
    assert tile_size(SAME, shape, 32, "f4", "") == 4
    assert tile_size(SAME, shape, 32, "f4", "direct") == 0
    assert tile_size(SAME, shape, 32, "f4", "winograd2") == 2
    monkeypatch.setenv("NNSTUDIO_CONVOLUTION", "winograd4")
    assert tile_size(SAME, shape, 32, "f4", "direct") == 4


def test_a_program_for_direct_convolution_uses_no_transforms():
    run = Machine("f4", 1)
    run.program.convolution = "direct"
    x, w = run.given("x", np.ones((64, 8, 8, 32))), run.given("w", np.ones((3, 3, 32, 32)))
    y = run.empty("y", (64, 8, 8, 32))
    conv_forward(run.program, x, w, None, y, SAME)
    assert "winograd_forward" not in {op.kernel.name for op in run.program.ops}
