"""Products of matrices: forward and backward passes of dense layers as loops around the tile."""

from __future__ import annotations

from nnstudio.kernels.blocks import Columns, columns_of, row_block
from nnstudio.kernels.kernel import (
    In2,
    InAddress,
    Out1,
    OutAddress,
    TileAddress,
    device,
    kernel,
)
from nnstudio.kernels.maths import share
from nnstudio.kernels.program import Buffer, Program, View
from nnstudio.kernels.supplied import moved, real_array, tile_call
from nnstudio.kernels.tile import ACCUMULATE, BIAS, RELU, Turn

DEPTH_BLOCK = 256  # rows of B that stay in the first cache while row blocks pass by
SMALL = 40_000  # multiplications below which one thread is faster than a barrier and two


@device
def multiply(
    a: int, b: int, c: int, bias: int, full: int, full_rest: int, last: int, last_rest: int,
    rows: int, block: int, columns: int, panel: int, tail: int, depth: int, depth_block: int,
    a_row: int, a_k: int, b_k: int, b_panel: int, c_row: int, flags: int,
    p0: int, p1: int, i0: int, i1: int,
) -> None:  # fmt: skip
    """Give the panels p0 to p1 and the row blocks i0 to i1 of C = A·B."""
    blocks = (rows + block - 1) // block
    panels = (columns + panel - 1) // panel
    rest = i1 == blocks and i0 < i1 and rows % block > 0
    whole = i1 - i0 - (1 if rest else 0)
    for p in range(p0, p1):
        tile, tile_rest = full, full_rest
        if (p + 1) * panel > columns or p == panels - 1:
            tile, tile_rest = last, last_rest
        for k0 in range(0, depth, depth_block):
            k = min(depth_block, depth - k0)
            mode = flags & BIAS if k0 == 0 else ACCUMULATE
            if k0 + k == depth:
                mode |= flags & RELU
            b0 = moved(b, p * b_panel + k0 * b_k)
            a0 = moved(a, i0 * block * a_row + k0 * a_k)
            c0 = moved(c, i0 * block * c_row + p * panel)
            v0 = moved(bias, p * panel)
            if whole > 0:
                tile_call(
                    tile, a0, b0, c0, v0, mode, tail, whole, block * a_row, block * c_row,
                    1, 0, 0, 1, 0, 0, k, a_k, b_k, a_row, c_row,
                )  # fmt: skip
            if rest:
                a0 = moved(a0, whole * block * a_row)
                c0 = moved(c0, whole * block * c_row)
                tile_call(
                    tile_rest, a0, b0, c0, v0, mode, tail, 1, 0, 0,
                    1, 0, 0, 1, 0, 0, k, a_k, b_k, a_row, c_row,
                )  # fmt: skip


@kernel
def product(
    a: InAddress, b: InAddress, c: OutAddress, bias: InAddress, full: TileAddress,
    full_rest: TileAddress, last: TileAddress, last_rest: TileAddress, rows: int, block: int,
    columns: int, panel: int, tail: int, depth: int, depth_block: int, a_row: int, a_k: int,
    b_k: int, b_panel: int, c_row: int, flags: int, by_columns: int, tid: int, threads: int,
) -> None:  # fmt: skip
    """C = A·B in panels of columns and blocks of rows, divided by panels or by blocks."""
    p0, p1 = 0, (columns + panel - 1) // panel
    i0, i1 = 0, (rows + block - 1) // block
    if by_columns:
        p0, p1 = share(p1, tid, threads)
    else:
        i0, i1 = share(i1, tid, threads)
    multiply(
        a, b, c, bias, full, full_rest, last, last_rest, rows, block, columns, panel, tail,
        depth, depth_block, a_row, a_k, b_k, b_panel, c_row, flags, p0, p1, i0, i1,
    )  # fmt: skip


@kernel
def transpose_panels(
    w: InAddress,
    out: OutAddress,
    turn: TileAddress,
    lanes: int,
    rows: int,
    columns: int,
    panel: int,
    tid: int,
    threads: int,
) -> None:
    """Write wᵀ in panels: row m of panel p holds w[p·panel + j, m] for j < panel."""
    first, last = share((rows + lanes - 1) // lanes, tid, threads)
    blocks = columns // lanes
    for block in range(first, last):
        row = block * lanes
        source = moved(w, row * columns)
        target = moved(out, row // panel * panel * columns + row % panel)
        done = 0
        if blocks > 0 and row + lanes <= rows:
            tile_call(
                turn, source, 0, target, 0, 0, 0, blocks, lanes, lanes * panel,
                0, 0, 0, 0, 0, 0, 0, 0, 0, columns, panel,
            )  # fmt: skip
            done = blocks * lanes
        count = min(lanes, rows - row)
        a = real_array(source, count * columns)
        c = real_array(target, columns * panel)
        for j in range(count):
            for m in range(done, columns):
                c[m * panel + j] = a[j * columns + m]


@kernel
def sum_columns(x: In2, total: Out1, tid: int, threads: int) -> None:
    """Sum the rows of x, divided by columns."""
    first, last = share(x.shape[1], tid, threads)
    for j in range(first, last):
        total[j] = 0.0
    for n in range(x.shape[0]):
        for j in range(first, last):
            total[j] += x[n, j]


def _matrix(buffer: Buffer) -> tuple[View, int, int]:
    """See a buffer as a matrix."""
    view = buffer.flat()
    return view, view.dims[0], view.dims[1]


def emit_product(
    program: Program,
    part: Columns,
    a: View,
    b: View,
    c: View,
    bias: View | None,
    *,
    rows: int,
    depth: int,
    a_strides: tuple[int, int],
    b_strides: tuple[int, int],
    c_row: int,
    relu: bool = False,
    label: str,
) -> None:
    """Add C = A·B for one part of the columns; the views begin at that part's first column.

    Args:
        program: Where the call is added.
        part: The columns.
        a: A; element (row, k) lies at row·a_strides[0] + k·a_strides[1].
        b: B; panel p, row k begins at p·b_strides[0] + k·b_strides[1].
        c: C; row r begins at r·c_row.
        bias: What each row begins with; None for zero.
        rows: Rows of A and C.
        depth: Columns of A, rows of B.
        a_strides: See `a`.
        b_strides: See `b`.
        c_row: See `c`.
        relu: Cut the result at zero.
        label: For profiles.
    """
    serial = rows * depth * part.count < SMALL
    threads = 1 if serial else program.threads
    by_columns = part.panels % threads == 0 or part.panels >= 4 * threads
    block = row_block(rows, part.row_limit, 1 if by_columns else threads)
    full, last = part.tiles(block)
    full_rest, last_rest = part.tiles(rows % block or block)
    program.call(
        product, a, b, c, bias or b, full, full_rest, last, last_rest,
        rows, block, part.count, part.panel, part.tail, depth, DEPTH_BLOCK,
        *a_strides, b_strides[1], b_strides[0], c_row,
        (BIAS if bias else 0) | (RELU if relu else 0), int(by_columns),
        label=label, serial=serial,
    )  # fmt: skip


def dense_forward(
    program: Program,
    x: Buffer,
    w: Buffer,
    bias: Buffer | None,
    y: Buffer,
    *,
    relu: bool = False,
) -> None:
    """Add y = x·w + bias, cut at zero if `relu`.

    Args:
        program: Where the calls are added.
        x: (N, K), without halo.
        w: (K, M).
        bias: (M,), or None.
        y: (N, M), without halo.
        relu: Cut y at zero; NaN stays NaN.
    """
    (a, rows, depth), (b, _, columns), (c, _, _) = _matrix(x), _matrix(w), _matrix(y)
    for part in columns_of(columns, program.dtype):
        emit_product(
            program, part, a, b.shifted(part.start), c.shifted(part.start),
            bias.vector().shifted(part.start) if bias else None,
            rows=rows, depth=depth, a_strides=(depth, 1), b_strides=(part.panel, columns),
            c_row=columns, relu=relu, label="dense",
        )  # fmt: skip


def dense_input_gradient(program: Program, dy: Buffer, w: Buffer, dx: Buffer) -> None:
    """Add dx = dy·wᵀ; dx is overwritten.

    Args:
        program: Where the calls are added.
        dy: (N, M), without halo.
        w: (K, M).
        dx: (N, K), without halo.
    """
    (a, rows, depth), (wv, columns, _), (c, _, _) = _matrix(dy), _matrix(w), _matrix(dx)
    for part in columns_of(columns, program.dtype):
        turned = program.buffer(f"{w.name} turned", (part.panels, depth, part.panel))
        out = View(turned, turned.shape)
        program.call(
            transpose_panels, wv.shifted(part.start * depth), out, Turn(part.lanes),
            part.lanes, part.count, depth, part.panel,
            label="turn", serial=part.count * depth < SMALL // 8,
        )  # fmt: skip
        emit_product(
            program, part, a, out, c.shifted(part.start), None,
            rows=rows, depth=depth, a_strides=(depth, 1),
            b_strides=(depth * part.panel, part.panel), c_row=columns, label="dense dx",
        )  # fmt: skip


def dense_weight_gradient(
    program: Program, x: Buffer, dy: Buffer, dw: Buffer, db: Buffer | None
) -> None:
    """Add dw = xᵀ·dy and db = the sum of dy over the batch; both are overwritten.

    Args:
        program: Where the calls are added.
        x: (N, K), without halo.
        dy: (N, M), without halo.
        dw: (K, M).
        db: (M,), or None.
    """
    (a, depth, rows), (b, _, columns), (c, _, _) = _matrix(x), _matrix(dy), _matrix(dw)
    if db is not None:
        tiny = dy.size < SMALL // 8
        program.call(sum_columns, b, db.vector(), label="dense db", serial=tiny)
    for part in columns_of(columns, program.dtype):
        emit_product(
            program, part, a, b.shifted(part.start), c.shifted(part.start), None,
            rows=rows, depth=depth, a_strides=(1, rows), b_strides=(part.panel, columns),
            c_row=columns, label="dense dw",
        )  # fmt: skip
