"""What authors may write in kernels, and what it means."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nnstudio.core.random import stream
from nnstudio.kernels.kernel import In1, In4, Out1, Out4, device, kernel
from nnstudio.kernels.maths import exp, log, share, sigmoid, tanh
from nnstudio.kernels.program import Program
from nnstudio.kernels.rewrite import rewrite_kernel
from tests.kernels.machine import Machine

_SLOPE = 0.1
_SHIFT = 2


@device
def _scaled(value: float, factor: float) -> float:
    return value * factor + 0.3


@kernel
def _mixed(x: In1, y: Out1, factor: float, count: int, tid: int, threads: int) -> None:
    """Use literals, globals, float(), a device function and a module's constant."""
    first, last = share(x.shape[0], tid, threads)
    for i in range(first, last):
        value: float = _scaled(x[i], factor) * _SLOPE + math.pi / float(count + _SHIFT)
        y[i] = value


@kernel
def _left_neighbour(x: In4, y: Out4, height: int, width: int, tid: int, threads: int) -> None:
    for n in range(x.shape[0]):
        for h in range(height):
            for w in range(width):
                for c in range(x.shape[3]):
                    y[n, h, w, c] = x[n, h - 1, w - 1, c]


@kernel
def _functions(x: In1, e: Out1, s: Out1, t: Out1, g: Out1, tid: int, threads: int) -> None:
    first, last = share(x.shape[0], tid, threads)
    for i in range(first, last):
        e[i] = exp(x[i])
        s[i] = sigmoid(x[i])
        t[i] = tanh(x[i])
        g[i] = log(x[i])


@pytest.mark.parametrize("threads", [1, 2])
def test_literals_and_globals_take_the_real_type(threads):
    x = stream(4, "mixed").normal(size=101)
    run = Machine("f4", threads)
    bx, y = run.given("x", x), run.empty("y", (101,))
    run.program.call(_mixed, bx.vector(), y.vector(), 1.7, 5)
    run.run()
    f = np.float32
    want = (x.astype(f) * f(1.7) + f(0.3)) * f(0.1) + f(math.pi) / f(7)
    np.testing.assert_allclose(run.arrays[y], want, rtol=3e-6, atol=1e-7)
    double = Machine("f8", threads)
    bx, y = double.given("x", x), double.empty("y", (101,))
    double.program.call(_mixed, bx.vector(), y.vector(), 1.7, 5)
    double.run()
    want8 = (x * 1.7 + 0.3) * 0.1 + math.pi / 7
    np.testing.assert_allclose(double.arrays[y], want8, rtol=1e-14)


def test_an_index_before_the_first_element_reads_the_halo():
    x = np.arange(2 * 3 * 4 * 2, dtype=float).reshape(2, 3, 4, 2) + 1
    run = Machine()
    bx, y = run.given("x", x, (1, 0, 1, 0)), run.empty("y", x.shape, (0, 1, 0, 2))
    run.program.call(_left_neighbour, bx.maps(), y.maps(), 3, 4)
    run.run()
    want = np.pad(x, ((0, 0), (1, 0), (1, 0), (0, 0)))[:, :3, :4]
    assert (run.inside(y) == want).all()


@pytest.mark.parametrize(("dtype", "tolerance"), [("f4", 3e-7), ("f8", 1e-15)])
def test_functions_are_accurate(dtype, tolerance):
    draw = stream(5, "functions")
    x = np.concatenate([draw.normal(size=500) * 20, draw.normal(size=500) * 0.01, [88.0, -80.0]])
    x = x.astype(dtype)
    run = Machine(dtype)
    outs = [run.empty(name, x.shape) for name in "estg"]
    run.program.call(_functions, run.given("x", x).vector(), *(out.vector() for out in outs))
    run.run()
    wide = x.astype("f8")
    with np.errstate(all="ignore"):
        want = [np.exp(wide), 1 / (1 + np.exp(-wide)), np.tanh(wide), np.log(wide)]
    for out, exact in zip(outs, want, strict=True):
        known = np.isfinite(exact)
        error = np.abs(run.arrays[out][known] - exact[known]) / np.abs(exact[known])
        assert error.max() <= tolerance
        assert np.isnan(run.arrays[out][np.isnan(exact)]).all()


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_functions_pass_nan_and_know_their_limits(dtype):
    x = np.array([np.nan, np.inf, -np.inf, 0.0])
    run = Machine(dtype)
    outs = [run.empty(name, x.shape) for name in "estg"]
    run.program.call(_functions, run.given("x", x).vector(), *(out.vector() for out in outs))
    run.run()
    e, s, t, g = (run.arrays[out] for out in outs)
    assert np.isnan([e[0], s[0], t[0], g[0], g[2]]).all()
    assert e[1] > 1e38
    assert e[2] < 1e-37
    assert (s[1], t[1], t[2]) == (1, 1, -1)
    assert g[1] == np.inf
    assert g[3] == -np.inf
    assert e[3] == 1


@kernel
def _unknown_name(x: Out1, tid: int, threads: int) -> None:
    x[0] = missing_name  # noqa: F821


def test_an_unknown_name_is_named():
    with pytest.raises(TypeError, match="missing_name"):
        rewrite_kernel(_unknown_name, "f4")


def test_a_kernel_must_end_in_tid_and_threads():
    @kernel
    def wrong(x: Out1) -> None:
        x[0] = 0.0

    with pytest.raises(TypeError, match="tid, threads"):
        _ = wrong.parameters


def test_arguments_that_do_not_fit_are_refused():
    program = Program()
    x, whole = program.buffer("x", (2, 3)), program.buffer("i", (6,), "i8")
    with pytest.raises(TypeError, match="4 arguments"):
        program.call(_mixed, x.vector())
    with pytest.raises(TypeError, match="rank 1"):
        program.call(_mixed, x.flat(), x.vector(), 1.0, 1)
    with pytest.raises(TypeError, match="'i8'"):
        program.call(_mixed, whole.vector(), x.vector(), 1.0, 1)
    with pytest.raises(TypeError, match="'count'"):
        program.call(_mixed, x.vector(), x.vector(), 1.0, 1.5)


def test_the_fingerprint_follows_devices_types_and_nothing_else():
    first = rewrite_kernel(_mixed, "f4").fingerprint
    assert first == rewrite_kernel(_mixed, "f4").fingerprint
    assert first != rewrite_kernel(_mixed, "f8").fingerprint
