"""Winograd's convolution for 3×3 windows: fewer multiplications for a little accuracy.

Lavin & Gray 2016, "Fast algorithms for convolutional neural networks": F(4×4, 3×3) makes 16 output
pixels of 36 multiplications instead of 144. Errors relative to the largest result, in float32:
at most 1e-5 forward and for the input's gradient, 5e-5 for the window's gradient (F(4×4));
2e-6 and 5e-6 (F(2×2)). `algorithm` says where it is used.
"""

from __future__ import annotations

from dataclasses import dataclass

from nnstudio.kernels.blocks import Columns, columns_of, row_block
from nnstudio.kernels.cpu import cpu
from nnstudio.kernels.program import Buffer, Program, View
from nnstudio.kernels.tile import BIAS, RELU, Transform
from nnstudio.kernels.winograd_kernels import (
    transform_back,
    transform_window,
    winograd_forward,
    winograd_gradient,
)

_CACHE = 384 << 10  # bytes of one thread's transformed tiles, which should stay in its cache
_LINE = 16  # numbers of a cache line; keeps planes from falling on the same cache sets


@dataclass(frozen=True, slots=True)
class _Grid:
    """How output pixels are cut into tiles and tiles into blocks.

    Attributes:
        size: Output pixels of a tile, down and to the right.
        down: Tiles below each other on a map.
        across: Tiles beside each other on a map.
        tiles: Tiles of all images.
        block: Tiles that are worked on together.
        rows: Rows of the tile that multiplies; divides `block`.
    """

    size: int
    down: int
    across: int
    tiles: int
    block: int
    rows: int

    @property
    def side(self) -> int:
        """Pixels of a transformed tile, down and to the right."""
        return self.size + 2

    @property
    def words(self) -> tuple[int, ...]:
        """The grid as the kernels take it."""
        return self.tiles, self.block, self.down, self.across, self.size


def _grid(y: Buffer, inputs: int, size: int, threads: int, columns: Columns) -> _Grid:
    """Cut a map; the blocks are even for the threads and fit the cache."""
    images, height, width, outputs = y.shape
    down, across = -(-height // size), -(-width // size)
    tiles = images * down * across
    most = _CACHE // (4 * (size + 2) ** 2 * (inputs + outputs))
    most = max(8, min(96, most, -(-tiles // threads)))

    def cost(choice: tuple[int, int]) -> tuple[float, int]:
        block, rows = choice
        blocks = -(-tiles // block)
        rounds = -(-blocks // threads)
        return rounds * (block // rows) * (rows + 1.0), -block

    limit = columns.row_limit
    choices = [
        (block, rows)
        for rows in range(max(1, limit // 2), limit + 1)
        for block in range(rows, most + rows, rows)
    ]
    block, rows = min(choices, key=cost)
    return _Grid(size, down, across, tiles, block, rows)


def _lanes(channels: int) -> int:
    """Give the widest vector that divides the channels."""
    lanes = cpu().lanes
    while channels % lanes:
        lanes //= 2
    return lanes


def _columns(channels: int) -> Columns:
    """Give the panels of the products: one part, for the channels are whole vectors."""
    (columns,) = columns_of(channels, "f4")
    return columns


@dataclass(frozen=True, slots=True)
class _Scratch:
    """A thread's transformed tiles of input and output, and the patch for tiles at the border."""

    v: View
    m: View
    patch: View
    x_plane: int
    y_plane: int
    patch_size: int


def _scratch(program: Program, name: str, grid: _Grid, inputs: int, outputs: int) -> _Scratch:
    """Make the scratch of all threads."""
    side, threads = grid.side, program.threads
    x_plane, y_plane = grid.block * inputs + _LINE, grid.block * outputs + _LINE
    patch_size = side * side * max(inputs, outputs)
    sizes = {"tiles": side * side * x_plane, "products": side * side * y_plane, "patch": patch_size}
    v, m, patch = (
        program.buffer(f"{name} {kind}", (threads * size,)).vector() for kind, size in sizes.items()
    )
    return _Scratch(v, m, patch, x_plane, y_plane, patch_size)


def _source(x: Buffer, pad: tuple[int, int]) -> tuple[View, tuple[int, ...]]:
    """Give where the first tile of x begins, and image, line, lines and pixels from there on."""
    _, high, wide, channels = x.pitch
    top, left = pad
    start = x.maps().shifted(-(top * wide + left) * channels)
    above, beside = x.halo[0] - top, x.halo[2] - left
    return start, (high * wide * channels, wide * channels, high - above, wide - beside, channels)


def emit_winograd(
    program: Program,
    x: Buffer,
    w: Buffer,
    bias: View | None,
    y: Buffer,
    pad: tuple[int, int],
    size: int,
    *,
    relu: bool = False,
    label: str,
) -> None:
    """Add y = the 3×3 window w slid over x by 1.

    Args:
        program: Where the calls are added; of float32.
        x: (N, H, W, C) with a halo of at least the padding; C a multiple of 4.
        w: (3, 3, C, O); O a multiple of 4.
        bias: (O,) or None.
        y: (N, Ho, Wo, O); its halo stays as it is.
        pad: Zeros before the first line and the first pixel.
        size: Output pixels of a tile: 2 or 4.
        relu: Cut y at zero.
        label: For profiles.
    """
    inputs, outputs = w.shape[2:]
    columns = _columns(outputs)
    grid = _grid(y, inputs, size, program.threads, columns)
    u = _transformed_window(program, w, size, label)
    full, last = columns.tiles(grid.rows)
    scratch = _scratch(program, y.name, grid, inputs, outputs)
    start, x_words = _source(x, pad)
    x_lanes, y_lanes = _lanes(inputs), _lanes(outputs)
    _, y_words = _source(y, (0, 0))
    program.call(
        winograd_forward, start, u.vector(), y.maps(), bias or u.vector(),
        scratch.v, scratch.m, scratch.patch, Transform("input", size, x_lanes), full, last,
        Transform("output", size, y_lanes), *grid.words, *x_words, x_lanes, scratch.x_plane,
        *y_words[:2], *y.shape[1:], y_lanes, scratch.y_plane, grid.rows, u.shape[1], columns.panel,
        columns.tail, scratch.patch_size, (BIAS if bias else 0) | (RELU if relu else 0),
        label=label,
    )  # fmt: skip


def _transformed_window(program: Program, w: Buffer, size: int, label: str) -> Buffer:
    """Add the transform of a window; give (side², C·O and a gap)."""
    inputs, outputs = w.shape[2:]
    u = program.buffer(f"{w.name} transformed", ((size + 2) ** 2, inputs * outputs + _LINE))
    lanes = _lanes(outputs)
    program.call(
        transform_window, w.maps(), u.vector(), Transform("window", size, lanes),
        inputs, outputs, lanes, size + 2, u.shape[1], label=f"{label} window", serial=u.size < 4096,
    )  # fmt: skip
    return u


def emit_winograd_gradient(
    program: Program, x: Buffer, dy: Buffer, dw: Buffer, pad: tuple[int, int], size: int
) -> None:
    """Add dw, the gradient of the 3×3 window.

    Args:
        program: Where the calls are added; of float32.
        x: (N, H, W, C) with a halo of at least the padding; C a multiple of 4.
        dy: (N, Ho, Wo, O); O a multiple of 4.
        dw: (3, 3, C, O).
        pad: Zeros before the first line and the first pixel.
        size: Output pixels of a tile: 2 or 4.
    """
    inputs, outputs = dw.shape[2:]
    columns = _columns(outputs)
    grid = _grid(dy, inputs, size, program.threads, columns)
    rows = row_block(inputs, columns.row_limit)
    full, last = columns.tiles(rows)
    full_rest, last_rest = columns.tiles(inputs % rows or rows)
    scratch = _scratch(program, dw.name, grid, inputs, outputs)
    parts, plane = program.threads, inputs * outputs + _LINE
    du = program.buffer(f"{dw.name} parts", (parts, grid.side**2, plane))
    start, x_words = _source(x, pad)
    x_lanes, y_lanes = _lanes(inputs), _lanes(outputs)
    _, y_words = _source(dy, (0, 0))
    program.call(
        winograd_gradient, start, dy.maps(), du.vector(), scratch.v, scratch.m, scratch.patch,
        Transform("input", size, x_lanes), Transform("gradient", size, y_lanes),
        full, full_rest, last, last_rest, *grid.words, *x_words, x_lanes, scratch.x_plane,
        *y_words[:2], *dy.shape[1:], y_lanes, scratch.y_plane, rows, plane, columns.panel,
        columns.tail, scratch.patch_size, label="conv dw",
    )  # fmt: skip
    program.call(
        transform_back, du.vector(), dw.maps(), Transform("back", size, y_lanes),
        inputs, outputs, y_lanes, size + 2, plane, parts, label="conv dw window",
    )  # fmt: skip
