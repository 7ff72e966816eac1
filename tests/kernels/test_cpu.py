"""The processor as the tiles see it, and products on processors that are not this one."""

from __future__ import annotations

import re

import numpy as np
import pytest

from nnstudio.core.random import stream
from nnstudio.kernels import blocks, cpu, dense, library, native
from nnstudio.kernels.blocks import columns_of, row_block
from nnstudio.kernels.conv import Geometry, conv_forward, conv_weight_gradient
from tests.kernels.machine import Machine

SKYLAKE = "+avx512f,+avx512vl,+avx512dq,+avx512bw,+avx2,+fma"
KINDS = [
    (SKYLAKE, (16, True, True, 32)),
    ("+avx2,+fma,+sse2,-avx512f", (8, True, True, 16)),
    ("+sse2,+sse4.2", (4, False, False, 16)),
]


@pytest.mark.parametrize(("features", "expected"), KINDS)
def test_features_decide_the_vectors(features, expected, monkeypatch):
    monkeypatch.setattr(native, "host", lambda: ("somebody", features))
    monkeypatch.setattr(cpu, "is_arm", lambda: False)
    found = cpu._detected.__wrapped__()
    assert (found.lanes, found.masks, found.fused, found.registers) == expected


SAID = [
    ("generic", "", "features of this processor are unknown.*4 numbers at a time"),
    ("generic", SKYLAKE, "name of this processor is unknown.*16 numbers at a time"),
    ("core2", "+sse2,+sse4.2", "no AVX2.*4 numbers at a time"),
    ("skylake-avx512", SKYLAKE, "^$"),
]


@pytest.mark.parametrize(("name", "features", "sentence"), SAID)
def test_what_is_unknown_or_missing_is_said(name, features, sentence, monkeypatch):
    monkeypatch.setattr(native, "host", lambda: (name, features))
    monkeypatch.setattr(cpu, "is_arm", lambda: False)
    monkeypatch.setattr(cpu, "_detected", cpu._detected.__wrapped__)
    monkeypatch.delenv("NNSTUDIO_LANES", raising=False)
    assert re.search(sentence, cpu.reservation())


def test_arm_has_four_lanes_and_many_registers(monkeypatch):
    monkeypatch.setattr(native, "host", lambda: ("apple-m1", "+neon"))
    monkeypatch.setattr(cpu, "is_arm", lambda: True)
    found = cpu._detected.__wrapped__()
    assert (found.lanes, found.fused, found.registers) == (4, True, 32)


def test_a_forced_width_only_makes_vectors_narrower(monkeypatch):
    natural = cpu.cpu().lanes
    monkeypatch.setenv("NNSTUDIO_LANES", "4")
    assert cpu.cpu().lanes == 4
    monkeypatch.setenv("NNSTUDIO_LANES", "16")
    assert cpu.cpu().lanes == natural
    monkeypatch.setenv("NNSTUDIO_LANES", "7")
    assert cpu.cpu().lanes == natural


@pytest.mark.parametrize("lanes", [4, 8])
@pytest.mark.parametrize("fused", [True, False])
def test_products_are_right_with_few_registers_and_without_fused_arithmetic(
    lanes, fused, monkeypatch
):
    modest = cpu.Cpu("modest", min(lanes, cpu.cpu().lanes), lanes > 4, fused, 16)
    for module in (blocks, library):
        monkeypatch.setattr(module, "cpu", lambda: modest)
    draw = stream(8, "modest")
    x, w, dy = (draw.normal(size=size) for size in ((19, 33), (33, 45), (19, 45)))
    maps, window = draw.normal(size=(3, 6, 7, 5)), draw.normal(size=(3, 3, 5, 11))
    gradient = draw.normal(size=(3, 4, 5, 11))
    run = Machine("f4", 2)
    bx, bw, bdy, bm, bk, bg = (
        run.given(name, value)
        for name, value in zip("xwdmkg", (x, w, dy, maps, window, gradient), strict=True)
    )
    y, dx, dw = run.empty("y", (19, 45)), run.empty("dx", (19, 33)), run.empty("dw", (33, 45))
    z, dk = run.empty("z", (3, 4, 5, 11)), run.empty("dk", window.shape)
    dense.dense_forward(run.program, bx, bw, None, y)
    dense.dense_input_gradient(run.program, bdy, bw, dx)
    dense.dense_weight_gradient(run.program, bx, bdy, dw, None)
    conv_forward(run.program, bm, bk, None, z, Geometry((3, 3)))
    conv_weight_gradient(run.program, bm, bg, dk, None, Geometry((3, 3)))
    run.run()
    patches = np.lib.stride_tricks.sliding_window_view(maps, (3, 3), (1, 2))
    for got, want in (
        (y, x @ w),
        (dx, dy @ w.T),
        (dw, x.T @ dy),
        (z, np.einsum("nhwcij,ijco->nhwo", patches, window)),
        (dk, np.einsum("nhwcij,nhwo->ijco", patches, gradient)),
    ):
        np.testing.assert_allclose(run.arrays[got], want, rtol=0, atol=2e-5 * np.abs(want).max())


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("lanes", ["4", "8", "16"])
def test_panels_cover_every_column_once(lanes, dtype, monkeypatch):
    monkeypatch.setenv("NNSTUDIO_LANES", lanes)
    for count in range(1, 140):
        covered = 0
        for part in columns_of(count, dtype):
            assert part.start == covered
            covered += part.count
            full_panels = part.panels - (1 if part.last_vectors else 0)
            last = part.last_vectors * part.lanes - (part.lanes - part.tail if part.tail else 0)
            assert full_panels * part.panel + last == part.count
        assert covered == count


def test_row_blocks_are_nearly_equal_and_divide_among_threads():
    assert row_block(17, 14) == 9
    assert row_block(64, 14, 2) == 11
    assert row_block(3, 14, 2) == 3
    assert row_block(28, 14) == 14
