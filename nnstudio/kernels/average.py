"""Average pooling: the mean of each window of a map, or of whole channels."""

from __future__ import annotations

from nnstudio.kernels.activation import is_small
from nnstudio.kernels.kernel import In2, In4, Out2, Out4, kernel
from nnstudio.kernels.maths import share
from nnstudio.kernels.pool import Pair, window_sizes
from nnstudio.kernels.program import Buffer, Program


@kernel
def average_windows(
    x: In4,
    y: Out4,
    height: int,
    width: int,
    out_height: int,
    out_width: int,
    channels: int,
    window_h: int,
    window_w: int,
    stride_h: int,
    stride_w: int,
    top: int,
    left: int,
    tid: int,
    threads: int,
) -> None:
    """Give the average of the numbers of the map that each window sees."""
    first, last = share(y.shape[0], tid, threads)
    for n in range(first, last):
        for i in range(out_height):
            h0 = i * stride_h - top
            h1 = min(h0 + window_h, height)
            h0 = max(h0, 0)
            for j in range(out_width):
                w0 = j * stride_w - left
                w1 = min(w0 + window_w, width)
                w0 = max(w0, 0)
                for c in range(channels):
                    y[n, i, j, c] = 0.0
                for h in range(h0, h1):
                    for w in range(w0, w1):
                        for c in range(channels):
                            y[n, i, j, c] += x[n, h, w, c]
                part = 1.0 / float((h1 - h0) * (w1 - w0))
                for c in range(channels):
                    y[n, i, j, c] *= part


@kernel
def average_windows_gradient(
    dy: In4,
    dx: Out4,
    height: int,
    width: int,
    out_height: int,
    out_width: int,
    channels: int,
    window_h: int,
    window_w: int,
    stride_h: int,
    stride_w: int,
    top: int,
    left: int,
    tid: int,
    threads: int,
) -> None:
    """Hand each gradient in equal parts to the numbers its window sees; windows may overlap."""
    first, last = share(dx.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for w in range(width):
                for c in range(channels):
                    dx[n, h, w, c] = 0.0
        for i in range(out_height):
            h0 = i * stride_h - top
            h1 = min(h0 + window_h, height)
            h0 = max(h0, 0)
            for j in range(out_width):
                w0 = j * stride_w - left
                w1 = min(w0 + window_w, width)
                w0 = max(w0, 0)
                part = 1.0 / float((h1 - h0) * (w1 - w0))
                for h in range(h0, h1):
                    for w in range(w0, w1):
                        for c in range(channels):
                            dx[n, h, w, c] += dy[n, i, j, c] * part


@kernel
def average_all(
    x: In4, y: Out2, height: int, width: int, channels: int, tid: int, threads: int
) -> None:
    """Give the average of each channel."""
    first, last = share(y.shape[0], tid, threads)
    part = 1.0 / float(height * width)
    for n in range(first, last):
        for c in range(channels):
            y[n, c] = 0.0
        for h in range(height):
            for w in range(width):
                for c in range(channels):
                    y[n, c] += x[n, h, w, c]
        for c in range(channels):
            y[n, c] *= part


@kernel
def average_all_gradient(
    dy: In2, dx: Out4, height: int, width: int, channels: int, tid: int, threads: int
) -> None:
    """Hand each channel's gradient in equal parts to all its numbers."""
    first, last = share(dx.shape[0], tid, threads)
    part = 1.0 / float(height * width)
    for n in range(first, last):
        for h in range(height):
            for w in range(width):
                for c in range(channels):
                    dx[n, h, w, c] = dy[n, c] * part


def average_forward(
    program: Program, x: Buffer, y: Buffer, window: Pair, stride: Pair, before: Pair
) -> None:
    """Add y = the average of each window of each channel; arguments as for `pool.max_forward`."""
    sizes = window_sizes(x, y, window, stride, before)
    program.call(
        average_windows, x.maps(), y.maps(), *sizes, label="average pool", serial=is_small(x)
    )


def average_backward(
    program: Program, dy: Buffer, dx: Buffer, window: Pair, stride: Pair, before: Pair
) -> None:
    """Add the gradient of `average_forward`; dx is overwritten."""
    sizes = window_sizes(dx, dy, window, stride, before)
    views = dy.maps(), dx.maps()
    program.call(
        average_windows_gradient, *views, *sizes, label="average pool gradient", serial=is_small(dx)
    )


def global_average_forward(program: Program, x: Buffer, y: Buffer) -> None:
    """Add y (batch, channels) = the average of each channel of the maps x."""
    program.call(
        average_all, x.maps(), y.flat(), *x.shape[1:], label="global average", serial=is_small(x)
    )


def global_average_backward(program: Program, dy: Buffer, dx: Buffer) -> None:
    """Add the gradient of `global_average_forward`; dx is overwritten."""
    views = dy.flat(), dx.maps()
    program.call(
        average_all_gradient,
        *views,
        *dx.shape[1:],
        label="global average gradient",
        serial=is_small(dx),
    )
