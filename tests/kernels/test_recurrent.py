"""Recurrent walks against numpy in float64: odd sizes, every vector width, both real types."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.core.random import stream
from nnstudio.kernels import gru_cell, lstm_cell, recurrent, rnn_cell
from nnstudio.kernels.gates import gate_tanh
from nnstudio.kernels.recurrent import blocks_of, outlet
from tests.kernels.machine import Machine

# batch, steps, features, units
SIZES = [(1, 1, 1, 1), (3, 2, 17, 5), (17, 3, 3, 33), (13, 4, 65, 16), (2, 5, 9, 65)]
GATES = {"rnn": 1, "lstm": 4, "gru": 3}


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


def _walked(kind, sums, u):
    """Give the states of all steps; sums (batch, steps, columns) float64."""
    batch, steps, _ = sums.shape
    units = len(u)
    h, c = np.zeros((batch, units)), np.zeros((batch, units))
    states = []
    for t in range(steps):
        z, s = np.split(sums[:, t], GATES[kind], 1), np.split(h @ u, GATES[kind], 1)
        if kind == "rnn":
            h = np.tanh(z[0] + s[0])
        elif kind == "lstm":
            i, f, o = (_sigmoid(z[k] + s[k]) for k in (0, 1, 3))
            c = f * c + i * np.tanh(z[2] + s[2])
            h = o * np.tanh(c)
        else:
            r, k = (_sigmoid(z[j] + s[j]) for j in (0, 1))
            n = np.tanh(z[2] + r * s[2])
            h = (1 - k) * n + k * h
        states.append(h)
    return np.stack(states, 1)


def _differences(kind, sums, u, dy):
    """Give the gradient by u in a drawn direction as a central difference."""
    direction = stream(5, "direction").normal(size=u.shape)
    step = 1e-6 * direction
    ends = [(_walked(kind, sums, u + sign * step) * dy).sum() for sign in (1, -1)]
    return direction, (ends[0] - ends[1]) / 2e-6


def _emit(kind, program, sums, u, y, dy):
    """Add both walks; give the states and the gradients by recurrent and input sums."""
    if kind == "rnn":
        hidden = rnn_cell.rnn_forward(program, sums, u, y, relu=False)
        dsums = program.buffer("dsums", sums.shape)
        rnn_cell.rnn_backward(program, dsums, hidden, u, dy, relu=False)
        return hidden, dsums, dsums
    if kind == "lstm":
        hidden, cells = lstm_cell.lstm_forward(program, sums, u, y)
        lstm_cell.lstm_backward(program, sums, cells, u, dy)
        return hidden, sums, sums
    hidden, memory = gru_cell.gru_forward(program, sums, u, None, y)
    return hidden, gru_cell.gru_backward(program, sums, hidden, memory, u, dy), sums


@pytest.mark.parametrize("lanes", ["16", "8", "4"])
@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", GATES)
def test_walks_agree_with_numpy(kind, size, dtype, lanes, monkeypatch):
    monkeypatch.setenv("NNSTUDIO_LANES", lanes)
    monkeypatch.setattr(recurrent, "SMALL", 0)
    batch, steps, features, units = size
    draw = stream(1, kind, *size)
    columns = units * GATES[kind]
    x, w = draw.normal(size=(batch, steps, features)), draw.normal(0, 0.3, (features, columns))
    u, dy = draw.normal(0, 0.3, (units, columns)), draw.normal(size=(batch, steps, units))
    x, w, u, dy = (v.astype(dtype).astype("f8") for v in (x, w, u, dy))
    tolerance = 2e-5 if dtype == "f4" else 1e-12
    for threads, reverse in ((1, False), (2, True)):
        run = Machine(dtype, threads)
        bx, bw, bu, bdy = (
            run.given(name, v) for name, v in (("x", x), ("w", w), ("u", u), ("dy", dy))
        )
        y, dx = run.empty("y", (batch, steps, units)), run.empty("dx", x.shape)
        dw, du = run.empty("dw", w.shape), run.empty("du", u.shape)
        inputs = recurrent.inputs_of(run.program, bx, bw, reverse=reverse)
        ways = (outlet(one, steps, 0, reverse=reverse) for one in (y, bdy))
        hidden, outer, inner = _emit(kind, run.program, inputs.sums(None), bu, *ways)
        recurrent.recurrent_gradient(run.program, hidden, outer, du)
        inputs.weight_gradient(inner, dw, None)
        inputs.input_gradient(inner, dx, add=False)
        assert run.run() == 1
        order = slice(None, None, -1 if reverse else 1)
        sums = (x @ w)[:, order]
        np.testing.assert_allclose(run.arrays[y][:, order], _walked(kind, sums, u), atol=tolerance)
        direction, slope = _differences(kind, sums, u, dy[:, order])
        found = (run.arrays[du] * direction).sum()
        assert abs(found - slope) < max(abs(slope), 1.0) * (1e-6 if dtype == "f8" else 1e-4)
        inside = (run.arrays[dx] * x).sum()  # both are Σ dsums · sums
        np.testing.assert_allclose((run.arrays[dw] * w).sum(), inside, atol=100 * tolerance)


def test_gate_tanh_is_right_everywhere(monkeypatch):
    x = np.concatenate([np.linspace(-12, 12, 4001), 10.0 ** np.arange(-30, 0), [0.0]])
    single = np.array([gate_tanh.single(np.float32(v)) for v in x])
    exact = np.tanh(x.astype("f4").astype("f8"))
    assert np.abs(single - exact).max() < 3e-7
    small = np.abs(x) < 1
    assert (np.abs(single - exact)[small] <= 3e-7 * np.abs(exact)[small]).all()
    assert np.isnan(gate_tanh.single(np.nan))


@pytest.mark.parametrize("threads", [1, 2])
def test_blocks_cover_the_batch_and_share_it_evenly(threads):
    for batch in (1, 2, 7, 32, 33, 100):
        for columns in (1, 12, 128, 512):
            blocks = blocks_of(batch, columns, threads, "f4")
            assert blocks.columns >= columns
            count = -(-batch // blocks.rows)
            assert count * blocks.rows >= batch
            assert batch < threads or count % threads == 0
