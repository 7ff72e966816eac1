"""The gradient of a convolution's window and bias: sums over all pixels of all images."""

from __future__ import annotations

import math

from nnstudio.kernels.blocks import parts_of, row_block
from nnstudio.kernels.correlate import SMALL
from nnstudio.kernels.geometry import Geometry
from nnstudio.kernels.kernel import (
    In2,
    In3,
    InAddress,
    Out1,
    Out2,
    OutAddress,
    TileAddress,
    kernel,
)
from nnstudio.kernels.maths import share
from nnstudio.kernels.moves import reduce_parts
from nnstudio.kernels.narrow import emit_fold, pixels_together, wide_shape
from nnstudio.kernels.program import Buffer, Program, View
from nnstudio.kernels.supplied import moved, tile_call
from nnstudio.kernels.tile import ACCUMULATE

_CACHE = 512 << 10  # bytes of images that stay in the second cache while window rows pass by


@kernel
def gather_window(
    x: InAddress, dy: InAddress, dw: OutAddress, full: TileAddress, full_rest: TileAddress,
    last: TileAddress, last_rest: TileAddress, images: int, together: int, x_image: int,
    y_image: int, height: int, x_line: int, y_line: int, width: int, x_pixel: int, y_pixel: int,
    taps_high: int, x_tap_down: int, taps_wide: int, x_tap_right: int, rows: int, block: int,
    columns: int, panel: int, tail: int, groups: int, x_group: int, y_group: int,
    x_row: int, outputs: int, by_images: int, tid: int,
    threads: int,
) -> None:  # fmt: skip
    """dw[tap, row, column] = Σ x[pixel + tap, row]·dy[pixel, column].

    Divided among threads by images, each with a dw of its own, or by (group, tap, panel).
    """
    panels = (columns + panel - 1) // panel
    taps = taps_high * taps_wide
    n0, n1, u0, u1 = 0, images, 0, groups * taps * panels
    target = dw
    if by_images:
        n0, n1 = share(images, tid, threads)
        target = moved(dw, tid * taps * rows * outputs)
    else:
        u0, u1 = share(u1, tid, threads)
    whole = rows // block
    for n in range(n0, n1, together):
        count = min(together, n1 - n)
        mode = 0 if n == n0 else ACCUMULATE
        for u in range(u0, u1):
            p = u % panels
            tap = u // panels % taps
            g = u // (panels * taps)
            tile, tile_rest = full, full_rest
            if p == panels - 1:
                tile, tile_rest = last, last_rest
            column = g * y_group + p * panel
            shift = tap // taps_wide * x_tap_down + tap % taps_wide * x_tap_right
            a = moved(x, n * x_image + shift + g * x_group)
            b = moved(dy, n * y_image + column)
            c = moved(target, tap * rows * outputs + column)
            tile_call(
                tile, a, b, c, b, mode, tail, whole, block * x_row, block * outputs,
                count, x_image, y_image, height, x_line, y_line,
                width, x_pixel, y_pixel, x_row, outputs,
            )  # fmt: skip
            if rows > whole * block:
                tile_call(
                    tile_rest, moved(a, whole * block * x_row), b,
                    moved(c, whole * block * outputs), b, mode, tail, 1, 0, 0,
                    count, x_image, y_image, height, x_line, y_line,
                    width, x_pixel, y_pixel, x_row, outputs,
                )  # fmt: skip


@kernel
def sum_lines(dy: In3, parts: Out2, height: int, tid: int, threads: int) -> None:
    """Sum the lines of this thread's images, element by element of a line."""
    length = parts.shape[1]
    first, last = share(dy.shape[0], tid, threads)
    for i in range(length):
        parts[tid, i] = 0.0
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                parts[tid, i] += dy[n, h, i]


@kernel
def fold_lines(parts: In2, total: Out1, count: int, tid: int, threads: int) -> None:
    """Sum the pixels of the summed lines: total[c] = Σ parts[part, w·C + c]."""
    channels = total.shape[0]
    first, last = share(channels, tid, threads)
    for c in range(first, last):
        total[c] = 0.0
    for part in range(count):
        for start in range(0, parts.shape[1], channels):
            for c in range(first, last):
                total[c] += parts[part, start + c]


def emit_bias_gradient(program: Program, dy: Buffer, db: Buffer) -> None:
    """Add db = the sum of dy over images, lines and pixels."""
    _, height, width, channels = dy.shape
    serial = dy.size < SMALL // 8
    count = 1 if serial else program.threads
    parts = program.buffer(f"{db.name} parts", (count, width * channels))
    view = View(parts, parts.shape)
    program.call(sum_lines, dy.rows(), view, height, label="conv db", serial=serial)
    program.call(fold_lines, view, db.vector(), count, label="conv db", serial=True)


def emit_window_gradient(
    program: Program, x: Buffer, dy: Buffer, dw: Buffer, geometry: Geometry
) -> None:
    """Add dw; x has a halo of at least the geometry's padding.

    Args:
        program: Where the calls are added.
        x: (N, H, W, C).
        dy: (N, Ho, Wo, O).
        dw: (KH, KW, C / groups, O).
        geometry: The window.
    """
    groups = geometry.groups
    pixels = pixels_together(dy.shape[2], dy.shape[3], geometry, program.dtype)
    shape = wide_shape(dw, geometry, pixels)
    places, taps, rows, x_row = _places(x, dy, shape, geometry, pixels)
    top, _, left, _ = geometry.pad
    start = x.maps().shifted(-(top * x.pitch[2] + left) * x.shape[3])
    serial = dy.size * dw.size // dy.shape[3] < SMALL
    threads = 1 if serial else program.threads
    outputs = shape[3]
    parts = parts_of(x.shape[3], outputs, groups, program.dtype)
    units = sum(part.groups * part.columns.panels for part in parts) * taps[0] * taps[2]
    by_images = _by_images(threads, dy.shape[0], units)
    target = dw
    if by_images or pixels > 1:
        count = threads if by_images else 1
        target = program.buffer(f"{dw.name} parts", (count, math.prod(shape)))
    for part in parts:
        columns = part.columns
        block = row_block(rows, columns.row_limit)
        full, last = columns.tiles(block)
        full_rest, last_rest = columns.tiles(rows % block or block)
        program.call(
            gather_window, start.shifted(part.x_start), dy.maps().shifted(columns.start),
            View(target, (), columns.start), full, full_rest, last, last_rest,
            *places, *taps, rows, block, columns.count, columns.panel, columns.tail,
            part.groups, part.x_group, part.y_group, x_row, outputs, int(by_images),
            label="conv dw", serial=serial,
        )  # fmt: skip
    if pixels > 1:
        emit_fold(program, target, dw, geometry, pixels)
    elif by_images:
        reduce_parts(program, target, dw, threads)


def _places(
    x: Buffer, dy: Buffer, shape: tuple[int, int, int, int], geometry: Geometry, pixels: int
) -> tuple[tuple[int, ...], tuple[int, int, int, int], int, int]:
    """Give the sums over images, lines and pixels, the taps, the rows of dw and their distance.

    A line of the window that lies in one piece counts as one tap; so does a line of channels'
    own windows, whose rows are its taps.
    """
    _, x_high, x_wide, inputs = x.pitch
    _, y_high, y_wide, outputs = dy.pitch
    images, height, width, _ = dy.shape
    (dh, dw), (sh, sw) = geometry.dilation, geometry.stride
    x_image, y_image = x_high * x_wide * inputs, y_high * y_wide * outputs
    together = max(1, min(images, _CACHE // (4 * (x_image + y_image))))
    places = (
        *(images, together, x_image, y_image),
        *(height, sh * x_wide * inputs, y_wide * outputs),
        *(width // pixels, sw * inputs * pixels, outputs * pixels),
    )
    down = dh * x_wide * inputs
    if geometry.groups > 1 and geometry.groups == inputs == outputs:
        return places, (shape[0], down, 1, 0), shape[1], dw * inputs
    if geometry.groups == 1 and dw == 1:
        return places, (shape[0], down, 1, 0), shape[1] * inputs, 1
    return places, (shape[0], down, shape[1], dw * inputs), inputs // geometry.groups, 1


def _by_images(threads: int, images: int, units: int) -> bool:
    """Say whether threads share the images, rather than the (group, tap, panel) units."""
    even = units % threads == 0 or units >= 6 * threads
    return threads > 1 and images >= threads and not even
