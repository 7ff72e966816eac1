"""Depthwise convolution: every channel has its own window; plain loops over channels."""

from __future__ import annotations

from nnstudio.kernels.geometry import Geometry
from nnstudio.kernels.kernel import In1, In3, In4, Out2, Out4, kernel
from nnstudio.kernels.maths import share
from nnstudio.kernels.moves import reduce_parts
from nnstudio.kernels.program import Buffer, Program, View

_SMALL = 10_000  # multiplications below which one thread is faster than a barrier and two


@kernel
def depthwise_forward(
    x: In4,
    w: In3,
    bias: In1,
    y: Out4,
    height: int,
    width: int,
    stride_h: int,
    stride_w: int,
    step_h: int,
    step_w: int,
    top: int,
    left: int,
    biased: int,
    relu: int,
    tid: int,
    threads: int,
) -> None:
    """y[n, h, w, c] = bias[c] + Σ x[n, h·stride + i·step - top, …, c]·w[i, j, c]."""
    channels = w.shape[2]
    wide = w.shape[1]
    u0, u1 = share(y.shape[0] * height, tid, threads)
    for u in range(u0, u1):
        n, h = u // height, u % height
        for v in range(width):
            for c in range(channels):
                y[n, h, v, c] = bias[c] if biased else 0.0
            for i in range(w.shape[0]):
                p = h * stride_h + i * step_h - top
                q = v * stride_w - left
                j = 0
                while j + 3 <= wide:
                    for c in range(channels):
                        y[n, h, v, c] += (
                            x[n, p, q + j * step_w, c] * w[i, j, c]
                            + x[n, p, q + (j + 1) * step_w, c] * w[i, j + 1, c]
                            + x[n, p, q + (j + 2) * step_w, c] * w[i, j + 2, c]
                        )
                    j += 3
                while j < wide:
                    for c in range(channels):
                        y[n, h, v, c] += x[n, p, q + j * step_w, c] * w[i, j, c]
                    j += 1
            if relu:
                for c in range(channels):
                    value = y[n, h, v, c]
                    y[n, h, v, c] = 0.0 if value < 0.0 else value


@kernel
def depthwise_window(
    x: In4,
    dy: In4,
    parts: Out2,
    height: int,
    width: int,
    taps_high: int,
    taps_wide: int,
    channels: int,
    stride_h: int,
    stride_w: int,
    step_h: int,
    step_w: int,
    top: int,
    left: int,
    tid: int,
    threads: int,
) -> None:
    """parts[tid] = the sum over this thread's images of x·dy for every tap and channel."""
    first, last = share(dy.shape[0], tid, threads)
    for i in range(parts.shape[1]):
        parts[tid, i] = 0.0
    for n in range(first, last):
        for h in range(height):
            for tap in range(taps_high * taps_wide):
                p = h * stride_h + tap // taps_wide * step_h - top
                q = tap % taps_wide * step_w - left
                for v in range(width):
                    for c in range(channels):
                        parts[tid, tap * channels + c] += (
                            x[n, p, v * stride_w + q, c] * dy[n, h, v, c]
                        )


def emit_forward(
    program: Program,
    x: Buffer,
    w: Buffer,
    bias: View | None,
    y: Buffer,
    geometry: Geometry,
    *,
    relu: bool,
) -> None:
    """Add y = depthwise convolution of x, which has a halo of at least the padding.

    Args:
        program: Where the call is added.
        x: (N, H, W, C).
        w: (KH, KW, 1, C).
        bias: (C,) or None.
        y: (N, Ho, Wo, C).
        geometry: The window; negative padding cuts.
        relu: Cut y at zero.
    """
    _, height, width, channels = y.shape
    kh, kw = geometry.kernel
    window = View(w, (kh, kw, channels))
    top, _, left, _ = geometry.pad
    program.call(
        depthwise_forward, x.maps(), window, bias or View(w, (channels,)), y.maps(),
        height, width, *geometry.stride, *geometry.dilation, top, left,
        int(bias is not None), int(relu),
        label="depthwise", serial=y.size * kh * kw < _SMALL,
    )  # fmt: skip


def emit_window_gradient(
    program: Program, x: Buffer, dy: Buffer, dw: Buffer, geometry: Geometry
) -> None:
    """Add dw of a depthwise convolution; x has a halo of at least the padding.

    Args:
        program: Where the calls are added.
        x: (N, H, W, C).
        dy: (N, Ho, Wo, C).
        dw: (KH, KW, 1, C).
        geometry: The window.
    """
    _, height, width, channels = dy.shape
    serial = dy.size * geometry.kernel[0] * geometry.kernel[1] < _SMALL
    count = 1 if serial else program.threads
    parts = program.buffer(f"{dw.name} parts", (count, dw.size))
    top, _, left, _ = geometry.pad
    program.call(
        depthwise_window, x.maps(), dy.maps(), View(parts, parts.shape), height, width,
        *geometry.kernel, channels, *geometry.stride, *geometry.dilation, top, left,
        label="depthwise dw", serial=serial,
    )  # fmt: skip
    reduce_parts(program, parts, dw, count)
