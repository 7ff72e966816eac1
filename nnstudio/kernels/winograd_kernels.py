"""The loops of Winograd's convolution around its transforms and the matrix tile; `winograd` calls.

Output pixels are cut into square tiles, numbered through all images. A block of tiles is
transformed, multiplied by the transformed window (one product per element of a tile) and
transformed back while it is in the cache. Tiles at the border go through a patch of their own.
"""

from __future__ import annotations

from nnstudio.kernels.kernel import (
    InAddress,
    ModAddress,
    OutAddress,
    TileAddress,
    device,
    kernel,
)
from nnstudio.kernels.maths import share
from nnstudio.kernels.supplied import moved, real_array, tile_call
from nnstudio.kernels.tile import ACCUMULATE


@device
def cut_patch(
    source: int, patch: int, high: int, wide: int, line: int, side: int, channels: int
) -> None:
    """Copy the `high` × `wide` pixels of a tile that exist; the rest of the patch becomes zero."""
    there, here = real_array(source, 1), real_array(patch, 1)
    for h in range(side):
        for w in range(side):
            to = (h * side + w) * channels
            if h < high and w < wide:
                at = h * line + w * channels
                for c in range(channels):
                    here[to + c] = there[at + c]
            else:
                for c in range(channels):
                    here[to + c] = 0.0


@device
def put_patch(
    patch: int, target: int, high: int, wide: int, line: int, side: int, channels: int
) -> None:
    """Copy the `high` × `wide` pixels of a patch that exist in the target."""
    here, there = real_array(patch, 1), real_array(target, 1)
    for h in range(min(high, side)):
        for w in range(min(wide, side)):
            at = (h * side + w) * channels
            to = h * line + w * channels
            for c in range(channels):
                there[to + c] = here[at + c]


@device
def read_tile(
    change: int, source: int, patch: int, target: int, high: int, wide: int, line: int, side: int,
    channels: int, lanes: int, plane: int, results: int,
) -> None:  # fmt: skip
    """Transform one tile of maps into element by element of `target`, `plane` numbers apart."""
    a, row = source, line
    if high < side or wide < side:
        cut_patch(source, patch, high, wide, line, side, channels)
        a, row = patch, side * channels
    tile_call(
        change, a, 0, target, 0, 0, 0, channels // lanes, lanes, lanes, 1, 0, 0, 1, 0, 0,
        1, channels, plane, row, results * plane,
    )  # fmt: skip


@kernel
def transform_window(
    w: InAddress, u: OutAddress, change: TileAddress, inputs: int, outputs: int, lanes: int,
    side: int, u_plane: int, tid: int, threads: int,
) -> None:  # fmt: skip
    """Write U = G w Gᵀ, (side², C, O), for every input and output channel; planes are padded."""
    first, last = share(inputs, tid, threads)
    plane = inputs * outputs
    for c in range(first, last):
        tile_call(
            change, moved(w, c * outputs), 0, moved(u, c * outputs), 0, 0, 0, outputs // lanes,
            lanes, lanes, 1, 0, 0, 1, 0, 0, 1, plane, u_plane, 3 * plane, side * u_plane,
        )  # fmt: skip


@kernel
def winograd_forward(
    x: InAddress, u: InAddress, y: OutAddress, bias: InAddress, v: OutAddress, m: OutAddress,
    patch: OutAddress, read: TileAddress, full: TileAddress, last_panel: TileAddress,
    write: TileAddress, tiles: int, block: int, down: int, across: int, size: int, x_image: int,
    x_line: int, x_high: int, x_wide: int, inputs: int, x_lanes: int, x_plane: int, y_image: int,
    y_line: int, y_high: int, y_wide: int, outputs: int, y_lanes: int, y_plane: int, rows: int,
    u_plane: int, panel: int, tail: int, patch_size: int, flags: int, tid: int, threads: int,
) -> None:  # fmt: skip
    """Give y = Aᵀ [Σ_c (Bᵀ x B) ⊙ U] A for every tile of this thread's blocks."""
    first, last = share((tiles + block - 1) // block, tid, threads)
    side = size + 2
    panels = (outputs + panel - 1) // panel
    mine = moved(patch, tid * patch_size)
    vs, ms = moved(v, tid * side * side * x_plane), moved(m, tid * side * side * y_plane)
    for b in range(first, last):
        start = b * block
        count = min(block, tiles - start)
        for t in range(count):
            n = (start + t) // (down * across)
            i = (start + t) // across % down
            j = (start + t) % across
            source = moved(x, n * x_image + i * size * x_line + j * size * inputs)
            read_tile(
                read, source, mine, moved(vs, t * inputs), x_high - i * size, x_wide - j * size,
                x_line, side, inputs, x_lanes, x_plane, side,
            )  # fmt: skip
        for q in range(side * side):
            for p in range(panels):
                tile = last_panel if p == panels - 1 else full
                tile_call(
                    tile, moved(vs, q * x_plane), moved(u, q * u_plane + p * panel),
                    moved(ms, q * y_plane + p * panel), 0, 0, tail, (count + rows - 1) // rows,
                    rows * inputs, rows * outputs, 1, 0, 0, 1, 0, 0,
                    inputs, 1, outputs, inputs, outputs,
                )  # fmt: skip
        for t in range(count):
            n = (start + t) // (down * across)
            i = (start + t) // across % down
            j = (start + t) % across
            target = moved(y, n * y_image + i * size * y_line + j * size * outputs)
            high, wide = y_high - i * size, y_wide - j * size
            c, row = target, y_line
            if high < size or wide < size:
                c, row = mine, size * outputs
            tile_call(
                write, moved(ms, t * outputs), 0, c, bias, flags, 0, outputs // y_lanes,
                y_lanes, y_lanes, 1, 0, 0, 1, 0, 0, 1, y_plane, outputs, side * y_plane, row,
            )  # fmt: skip
            if high < size or wide < size:
                put_patch(mine, target, high, wide, y_line, size, outputs)


@kernel
def winograd_gradient(
    x: InAddress, dy: InAddress, du: OutAddress, v: OutAddress, m: OutAddress, patch: OutAddress,
    read: TileAddress, read_dy: TileAddress, full: TileAddress, full_rest: TileAddress,
    last_panel: TileAddress, last_rest: TileAddress, tiles: int, block: int, down: int,
    across: int, size: int, x_image: int, x_line: int, x_high: int, x_wide: int, inputs: int,
    x_lanes: int, x_plane: int, y_image: int, y_line: int, y_high: int, y_wide: int, outputs: int,
    y_lanes: int, y_plane: int, rows: int, u_plane: int, panel: int, tail: int, patch_size: int,
    tid: int, threads: int,
) -> None:  # fmt: skip
    """Give dU = Σ (Bᵀ x B) ⊙ (A dy Aᵀ) over the tiles of this thread's blocks."""
    first, last = share((tiles + block - 1) // block, tid, threads)
    side = size + 2
    panels = (outputs + panel - 1) // panel
    mine = moved(patch, tid * patch_size)
    vs, ms = moved(v, tid * side * side * x_plane), moved(m, tid * side * side * y_plane)
    sums = moved(du, tid * side * side * u_plane)
    whole = inputs // rows
    if first == last:
        nothing = real_array(sums, 1)
        for k in range(side * side * u_plane):
            nothing[k] = 0.0
    for b in range(first, last):
        start = b * block
        count = min(block, tiles - start)
        for t in range(count):
            n = (start + t) // (down * across)
            i = (start + t) // across % down
            j = (start + t) % across
            source = moved(x, n * x_image + i * size * x_line + j * size * inputs)
            read_tile(
                read, source, mine, moved(vs, t * inputs), x_high - i * size, x_wide - j * size,
                x_line, side, inputs, x_lanes, x_plane, side,
            )  # fmt: skip
            source = moved(dy, n * y_image + i * size * y_line + j * size * outputs)
            read_tile(
                read_dy, source, mine, moved(ms, t * outputs), y_high - i * size,
                y_wide - j * size, y_line, size, outputs, y_lanes, y_plane, side,
            )  # fmt: skip
        mode = 0 if b == first else ACCUMULATE
        for q in range(side * side):
            for p in range(panels):
                tile, rest = full, full_rest
                if p == panels - 1:
                    tile, rest = last_panel, last_rest
                a = moved(vs, q * x_plane)
                b_at = moved(ms, q * y_plane + p * panel)
                c = moved(sums, q * u_plane + p * panel)
                tile_call(
                    tile, a, b_at, c, 0, mode, tail, whole, rows, rows * outputs,
                    1, 0, 0, 1, 0, 0, count, inputs, outputs, 1, outputs,
                )  # fmt: skip
                if inputs > whole * rows:
                    tile_call(
                        rest, moved(a, whole * rows), b_at, moved(c, whole * rows * outputs), 0,
                        mode, tail, 1, 0, 0, 1, 0, 0, 1, 0, 0, count, inputs, outputs, 1, outputs,
                    )  # fmt: skip


@kernel
def transform_back(
    du: ModAddress, dw: OutAddress, change: TileAddress, inputs: int, outputs: int, lanes: int,
    side: int, u_plane: int, parts: int, tid: int, threads: int,
) -> None:  # fmt: skip
    """Give dw = Gᵀ (sum of the threads' dU) G for every input and output channel."""
    first, last = share(inputs, tid, threads)
    plane = inputs * outputs
    for c in range(first, last):
        for q in range(side * side):
            total = real_array(moved(du, q * u_plane + c * outputs), 1)
            for part in range(1, parts):
                more = real_array(moved(du, (part * side * side + q) * u_plane + c * outputs), 1)
                for o in range(outputs):
                    total[o] += more[o]
        tile_call(
            change, moved(du, c * outputs), 0, moved(dw, c * outputs), 0, 0, 0, outputs // lanes,
            lanes, lanes, 1, 0, 0, 1, 0, 0, 1, u_plane, plane, side * u_plane, 3 * plane,
        )  # fmt: skip
