"""The gradient of a convolution's input: the turned window slid over the output's gradient.

With a stride, input pixels fall into phases: those of one phase meet the same taps of the window,
so each phase is a convolution of its own with a smaller window, and no zero is multiplied. With
stride S and dilation D, g their greatest common divisor, these are every (S / g)-th tap, and they
meet lines of the gradient that are D / g apart.
"""

from __future__ import annotations

import math

from nnstudio.kernels.correlate import SMALL, Lattice, emit_slide
from nnstudio.kernels.geometry import Geometry
from nnstudio.kernels.kernel import In4, Out4, kernel
from nnstudio.kernels.maths import share
from nnstudio.kernels.moves import fill
from nnstudio.kernels.program import Buffer, Program

_TILE = 16  # lines of the window turned together


@kernel
def turn_window(
    w: In4,
    turned: Out4,
    groups: int,
    first_i: int,
    first_j: int,
    step_i: int,
    step_j: int,
    tid: int,
    threads: int,
) -> None:
    """Write every step-th tap in opposite order, inputs and outputs exchanged within each group.

    ``turned[KH-1-i, KW-1-j, o, g·C + c] = w[first_i + i·step_i, first_j + j·step_j, c, g·O + o]``.
    """
    height, width = turned.shape[0], turned.shape[1]
    inputs, outputs = w.shape[2], turned.shape[2]
    stripes = (inputs + _TILE - 1) // _TILE
    first, last = share(height * width * groups * stripes, tid, threads)
    for piece in range(first, last):
        tap, part = piece // (groups * stripes), piece % (groups * stripes)
        i, j = tap // width, tap % width
        p, q = first_i + i * step_i, first_j + j * step_j
        g, c0 = part // stripes, part % stripes * _TILE
        c1 = min(c0 + _TILE, inputs)
        for o0 in range(0, outputs, _TILE):  # a square of both at a time, which the cache holds
            for o in range(o0, min(o0 + _TILE, outputs)):
                for c in range(c0, c1):
                    turned[height - 1 - i, width - 1 - j, o, g * inputs + c] = w[
                        p, q, c, g * outputs + o
                    ]


def turned_window(
    program: Program,
    w: Buffer,
    geometry: Geometry,
    first: tuple[int, int] = (0, 0),
    step: tuple[int, int] = (1, 1),
) -> Buffer:
    """Add the turning of some taps of a window; give the turned window (kh, kw, O / groups, C)."""
    kh, kw, inputs, outputs = w.shape
    groups = geometry.groups
    high, wide = -((first[0] - kh) // step[0]), -((first[1] - kw) // step[1])
    shape = (high, wide, outputs // groups, inputs * groups)
    turned = program.buffer(f"{w.name} turned", shape)
    program.call(
        turn_window, w.maps(), turned.maps(), groups, *first, *step,
        label="turn window", serial=turned.size < SMALL // 8,
    )  # fmt: skip
    return turned


def emit_phases(program: Program, dy: Buffer, w: Buffer, dx: Buffer, geometry: Geometry) -> None:
    """Add dx, phase by phase; dy has a halo of at least `gradient_halo(geometry)`.

    Args:
        program: Where the calls are added.
        dy: (N, Ho, Wo, O).
        w: (KH, KW, C / groups, O).
        dx: (N, H, W, C).
        geometry: The window of the forward pass.
    """
    (sh, sw), (kh, kw), (dh, dw) = geometry.stride, geometry.kernel, geometry.dilation
    top, _, left, _ = geometry.pad
    gap = math.gcd(sh, dh), math.gcd(sw, dw)
    step = sh // gap[0], sw // gap[1]  # every how many taps the same lines are met again
    phases = min(step[0], kh), min(step[1], kw)
    if phases != (sh, sw):
        fill(program, dx)  # some pixels meet no tap
    for i in range(phases[0]):
        for j in range(phases[1]):
            h, h0 = _phase(i * dh, top, sh)
            v, v0 = _phase(j * dw, left, sw)
            count = -((h - dx.shape[1]) // sh), -((v - dx.shape[2]) // sw)
            if min(count) < 1:
                continue
            turned = turned_window(program, w, geometry, (i, j), step)
            apart = dh // gap[0], dw // gap[1]
            pad = (
                apart[0] * (turned.shape[0] - 1) - h0,
                0,
                apart[1] * (turned.shape[1] - 1) - v0,
                0,
            )
            taps = turned.shape[0], turned.shape[1]
            window = Geometry(taps, (1, 1), pad, geometry.groups, apart)
            lattice = Lattice((h, v), (sh, sw), count)
            emit_slide(program, dy, turned, None, dx, window, lattice=lattice, label="conv dx")


def _phase(tap: int, pad: int, stride: int) -> tuple[int, int]:
    """Give the first input line that meets the tap at line `tap`, and the output line it is of."""
    line = (tap - pad) % stride
    return line, (line + pad - tap) // stride
