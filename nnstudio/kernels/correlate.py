"""Slides a window of weights over maps: the loop behind convolution forward and input gradient."""

from __future__ import annotations

from dataclasses import dataclass

from nnstudio.kernels.blocks import Columns, parts_of, row_block
from nnstudio.kernels.geometry import Geometry
from nnstudio.kernels.kernel import InAddress, OutAddress, TileAddress, kernel
from nnstudio.kernels.maths import share
from nnstudio.kernels.narrow import emit_widening, pixels_together
from nnstudio.kernels.program import Buffer, Program, View
from nnstudio.kernels.supplied import moved, tile_call
from nnstudio.kernels.tile import BIAS, RELU, Tile

SMALL = 40_000  # multiplications below which one thread is faster than a barrier and two


@kernel
def slide(
    x: InAddress, w: InAddress, y: OutAddress, bias: InAddress, full: TileAddress,
    full_rest: TileAddress, last: TileAddress, last_rest: TileAddress, outer: int, x_outer: int,
    y_outer: int, lines: int, x_line: int, y_line: int, rows: int, block: int, x_row: int,
    y_row: int, columns: int, panel: int, tail: int, groups: int, x_group: int, y_group: int,
    t2: int, x_t2: int, w_t2: int, t1: int, x_t1: int, w_t1: int, k: int, x_k: int, w_k: int,
    flags: int, tid: int, threads: int,
) -> None:  # fmt: skip
    """For every (outer, line): a block of `rows` output pixels, from windows that begin in x."""
    u0, u1 = share(outer * lines, tid, threads)
    panels = (columns + panel - 1) // panel
    whole = rows // block
    x_block = block * x_row
    y_block = block * y_row
    for o in range(u0 // lines, (u1 + lines - 1) // lines):
        l0 = max(0, u0 - o * lines)
        l1 = min(lines, u1 - o * lines)
        for part in range(groups * panels):
            g = part // panels
            p = part % panels
            tile, tile_rest = full, full_rest
            if p == panels - 1:
                tile, tile_rest = last, last_rest
            column = g * y_group + p * panel
            wp = moved(w, column)
            vp = moved(bias, column)
            for line in range(l0, l1):
                xp = moved(x, o * x_outer + line * x_line + g * x_group)
                yp = moved(y, o * y_outer + line * y_line + column)
                tile_call(
                    tile, xp, wp, yp, vp, flags, tail, whole, x_block, y_block,
                    t2, x_t2, w_t2, t1, x_t1, w_t1, k, x_k, w_k, x_row, y_row,
                )  # fmt: skip
                if rows > whole * block:
                    tile_call(
                        tile_rest, moved(xp, whole * x_block), wp, moved(yp, whole * y_block),
                        vp, flags, tail, 1, 0, 0,
                        t2, x_t2, w_t2, t1, x_t1, w_t1, k, x_k, w_k, x_row, y_row,
                    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lattice:
    """Which pixels of a map are written: every `step`-th, `count` of them, from `first` on.

    Attributes:
        first: First line and first pixel of a line.
        step: Distance of lines and of pixels.
        count: Number of lines and of pixels of a line.
    """

    first: tuple[int, int]
    step: tuple[int, int]
    count: tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Walk:
    """The order in which output pixels are visited: (outer, line) and then rows of a block."""

    outer: int
    x_outer: int
    y_outer: int
    lines: int
    x_line: int
    y_line: int
    rows: int
    x_row: int
    y_row: int
    block: int

    @property
    def words(self) -> tuple[int, ...]:
        """The walk as `slide` takes it."""
        outer = (self.outer, self.x_outer, self.y_outer)
        lines = (self.lines, self.x_line, self.y_line)
        return (*outer, *lines, self.rows, self.block, self.x_row, self.y_row)


def _walk(
    x: Buffer, y: Buffer, lattice: Lattice, stride: tuple[int, int], pixels: int, part: Columns
) -> _Walk:
    """Choose what the rows of a register block are: (groups of) pixels of a line, or images."""
    images, outputs = y.shape[0], y.shape[3]
    height, width = lattice.count
    _, x_high, x_wide, inputs = x.pitch
    _, y_high, y_wide, _ = y.pitch
    x_image, y_image = x_high * x_wide * inputs, y_high * y_wide * outputs
    x_down, y_down = stride[0] * x_wide * inputs, lattice.step[0] * y_wide * outputs
    x_right, y_right = stride[1] * inputs * pixels, lattice.step[1] * outputs * pixels
    width //= pixels
    block = row_block(width, part.row_limit)
    over_images = row_block(images, part.row_limit)
    if block * part.vectors < 8 and over_images > block:
        places = (height, x_down, y_down, width, x_right, y_right)
        return _Walk(*places, images, x_image, y_image, over_images)
    if images == 1:
        return _Walk(height, x_down, y_down, 1, 0, 0, width, x_right, y_right, block)
    lines = (images, x_image, y_image, height, x_down, y_down)
    return _Walk(*lines, width, x_right, y_right, block)


def emit_slide(
    program: Program,
    x: Buffer,
    w: Buffer,
    bias: View | None,
    y: Buffer,
    geometry: Geometry,
    *,
    lattice: Lattice | None = None,
    relu: bool = False,
    label: str,
) -> None:
    """Add y = the window `w` slid over x.

    Args:
        program: Where the calls are added.
        x: (N, H, W, C) with a halo of at least the geometry's padding (negative padding cuts).
        w: (KH, KW, C / groups, O).
        bias: (O,) or None.
        y: (N, Ho, Wo, O).
        geometry: The window.
        lattice: The pixels of y that are written; all if None.
        relu: Cut y at zero.
        label: For profiles.
    """
    lattice = lattice or Lattice((0, 0), (1, 1), (y.shape[1], y.shape[2]))
    work = y.shape[0] * lattice.count[0] * lattice.count[1] * w.size
    pixels = 1
    if lattice.step[1] == 1:  # the line is written in one piece
        pixels = pixels_together(lattice.count[1], y.shape[3], geometry, program.dtype)
    if pixels > 1:
        w, bias = emit_widening(program, w, bias, geometry, pixels)
    _, _, x_wide, inputs = x.pitch
    groups = geometry.groups
    top, _, left, _ = geometry.pad
    start = x.maps().shifted(-(top * x_wide + left) * inputs)
    outputs = w.shape[3]
    window = w.maps()
    target = y.maps().shifted((lattice.first[0] * y.pitch[2] + lattice.first[1]) * y.shape[3])
    sums = _sums(x, w, geometry, paired=groups > 1 and groups == inputs == outputs)
    for part in parts_of(inputs, outputs, groups, program.dtype):
        columns = part.columns
        walk = _walk(x, y, lattice, geometry.stride, pixels, columns)
        program.call(
            slide, start.shifted(part.x_start), window.shifted(columns.start),
            target.shifted(columns.start), (bias or window).shifted(columns.start),
            *_tiles(columns, walk), *walk.words, columns.count, columns.panel, columns.tail,
            part.groups, part.x_group, part.y_group, *sums, outputs,
            (BIAS if bias else 0) | (RELU if relu else 0), label=label, serial=work < SMALL,
        )  # fmt: skip


def _sums(x: Buffer, w: Buffer, geometry: Geometry, *, paired: bool) -> tuple[int, ...]:
    """Give t2, x_t2, w_t2, t1, x_t1, w_t1, k, x_k; a window's line in one piece is one sum."""
    kh, kw, depth, outputs = w.shape
    _, _, x_wide, inputs = x.pitch
    dh, dw = geometry.dilation
    x_down, w_down = dh * x_wide * inputs, kw * depth * outputs
    if paired:
        return 1, 0, 0, kh, x_down, w_down, kw, dw * inputs
    if geometry.groups == 1 and dw == 1:
        return 1, 0, 0, kh, x_down, w_down, kw * depth, 1
    return kh, x_down, w_down, kw, dw * inputs, depth * outputs, depth, 1


def _tiles(part: Columns, walk: _Walk) -> tuple[Tile, Tile, Tile, Tile]:
    full, last = part.tiles(walk.block)
    full_rest, last_rest = part.tiles(walk.rows % walk.block or walk.block)
    return full, full_rest, last, last_rest
