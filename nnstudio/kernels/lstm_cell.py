"""The LSTM's walk through time: each thread takes its own samples through all steps.

Gates lie in the order input, forget, candidate, output, as in torch and Keras. Source: Hochreiter &
Schmidhuber 1997; the forget gate is that of Gers, Schmidhuber & Cummins 2000.
"""

from __future__ import annotations

from nnstudio.kernels.gates import gate_sigmoid, gate_tanh
from nnstudio.kernels.kernel import InAddress, ModAddress, OutAddress, TileAddress, device, kernel
from nnstudio.kernels.maths import share
from nnstudio.kernels.program import Buffer, Program
from nnstudio.kernels.recurrent import (
    SMALL,
    Array,
    Outlet,
    add_to,
    assign,
    begin,
    blocks_of,
    clear,
    packed,
    packed_turned,
    step_product,
)
from nnstudio.kernels.supplied import moved, real_array


@device
def lstm_step(z: Array, s: Array, before: Array, cell: Array, hidden: Array, units: int) -> None:
    """Turn the sums of one sample into its gates, then give its cell and its state."""
    for j in range(2 * units):
        z[j] = gate_sigmoid(z[j] + s[j])
    for j in range(2 * units, 3 * units):
        z[j] = gate_tanh(z[j] + s[j])
    for j in range(3 * units, 4 * units):
        z[j] = gate_sigmoid(z[j] + s[j])
    for j in range(units):
        cell[j] = z[units + j] * before[j] + z[j] * z[2 * units + j]
    for j in range(units):
        hidden[j] = z[3 * units + j] * gate_tanh(cell[j])


@device
def lstm_step_back(
    z: Array, dhidden: Array, before: Array, cell: Array, dcell: Array, units: int
) -> None:
    """Turn the gates of one sample into the gradient by its sums; pass dcell to the step before."""
    for j in range(units):
        o = z[3 * units + j]
        c = gate_tanh(cell[j])
        dcell[j] += dhidden[j] * o * (1.0 - c * c)
        z[3 * units + j] = dhidden[j] * c * o * (1.0 - o)
    for j in range(units):
        i = z[j]
        g = z[2 * units + j]
        z[j] = dcell[j] * g * i * (1.0 - i)
        z[2 * units + j] = dcell[j] * i * (1.0 - g * g)
    for j in range(units):
        f = z[units + j]
        z[units + j] = dcell[j] * before[j] * f * (1.0 - f)
        dcell[j] *= f


@kernel
def lstm_walk(
    gates: ModAddress, cells: ModAddress, hidden: ModAddress, sums: ModAddress, weight: InAddress,
    kept: ModAddress, carried: int, y: OutAddress, y_sample: int, y_step: int, y_first: int,
    tile: TileAddress, tile_rest: TileAddress, block: int, panel: int, panels: int, steps: int,
    batch: int, units: int, tid: int, threads: int,
) -> None:  # fmt: skip
    """Walk forwards; `kept` holds each sample's state and then its cell."""
    first, last = share((batch + block - 1) // block, tid, threads)
    n0, n1 = first * block, min(last * block, batch)
    for n in range(n0, n1):
        state = real_array(moved(hidden, n * units), units)
        begin(state, real_array(moved(kept, 2 * n * units), units), units, carried)
        cell = real_array(moved(cells, n * units), units)
        begin(cell, real_array(moved(kept, (2 * n + 1) * units), units), units, carried)
    for t in range(steps):
        step_product(
            tile, tile_rest, moved(hidden, t * batch * units), weight, sums,
            first, last, batch, block, units, panel, panels,
        )  # fmt: skip
        for n in range(n0, n1):
            at = t * batch + n
            new = real_array(moved(hidden, (at + batch) * units), units)
            lstm_step(
                real_array(moved(gates, at * 4 * units), 4 * units),
                real_array(moved(sums, n * panel * panels), 4 * units),
                real_array(moved(cells, at * units), units),
                real_array(moved(cells, (at + batch) * units), units),
                new,
                units,
            )
            if t >= y_first:
                seen = moved(y, n * y_sample + (t - y_first) * y_step)
                assign(real_array(seen, units), new, units)
    if carried:
        for n in range(n0, n1):
            end = (steps * batch + n) * units
            state = real_array(moved(hidden, end), units)
            assign(real_array(moved(kept, 2 * n * units), units), state, units)
            cell = real_array(moved(cells, end), units)
            assign(real_array(moved(kept, (2 * n + 1) * units), units), cell, units)


@kernel
def lstm_walk_back(
    gates: ModAddress, cells: InAddress, sums: ModAddress, dcells: ModAddress, weight: InAddress,
    dy: InAddress, y_sample: int, y_step: int, y_first: int, tile: TileAddress,
    tile_rest: TileAddress, block: int, panel: int, panels: int, steps: int, batch: int,
    units: int, tid: int, threads: int,
) -> None:  # fmt: skip
    """Walk backwards; the gates become the gradient by the sums."""
    first, last = share((batch + block - 1) // block, tid, threads)
    n0, n1 = first * block, min(last * block, batch)
    columns = panel * panels
    for n in range(n0, n1):
        clear(real_array(moved(sums, n * columns), units), units)
        clear(real_array(moved(dcells, n * units), units), units)
    for back in range(steps):
        t = steps - 1 - back
        for n in range(n0, n1):
            at = t * batch + n
            dhidden = real_array(moved(sums, n * columns), units)
            if t >= y_first:
                seen = moved(dy, n * y_sample + (t - y_first) * y_step)
                add_to(dhidden, real_array(seen, units), units)
            lstm_step_back(
                real_array(moved(gates, at * 4 * units), 4 * units),
                dhidden,
                real_array(moved(cells, at * units), units),
                real_array(moved(cells, (at + batch) * units), units),
                real_array(moved(dcells, n * units), units),
                units,
            )
        if t > 0:
            step_product(
                tile, tile_rest, moved(gates, t * batch * 4 * units), weight, sums,
                first, last, batch, block, 4 * units, panel, panels,
            )  # fmt: skip


def lstm_forward(
    program: Program, sums: Buffer, weight: Buffer, y: Outlet, kept: Buffer | None = None
) -> tuple[Buffer, Buffer]:
    """Add the walk through all steps.

    Args:
        program: Where the calls are added.
        sums: Input times input weights plus bias, (steps, batch, 4·units); becomes the gates.
        weight: Recurrent weights, (units, 4·units).
        y: Where the states go.
        kept: State and cell before the first step, (batch, 2·units), which the last ones replace;
            None begins with zero.

    Returns:
        The states and the cells, both (steps + 1, batch, units), those before the first step
        included.
    """
    (steps, batch, columns), units = sums.shape, weight.shape[0]
    blocks = blocks_of(batch, columns, program.threads, program.dtype)
    panels = packed(program, weight, blocks)
    hidden = program.buffer(f"{sums.name} hidden", (steps + 1, batch, units))
    cells = program.buffer(f"{sums.name} cells", (steps + 1, batch, units))
    scratch = program.buffer(f"{sums.name} recurrent", (batch, blocks.columns))
    program.call(
        lstm_walk, sums.vector(), cells.vector(), hidden.vector(), scratch.vector(), panels,
        (kept or hidden).vector(), int(kept is not None), *y.words, *blocks.tiles(batch),
        blocks.rows, blocks.panel, blocks.panels,
        steps, batch, units, label="lstm", serial=sums.size * units < SMALL,
    )  # fmt: skip
    return hidden, cells


def lstm_backward(
    program: Program, gates: Buffer, cells: Buffer, weight: Buffer, dy: Outlet
) -> None:
    """Add the walk back; the gates become the gradient by the sums.

    Args:
        program: Where the calls are added.
        gates: What became of the sums, (steps, batch, 4·units).
        cells: As `lstm_forward` gave them.
        weight: Recurrent weights, (units, 4·units).
        dy: Where the gradient by the states comes from.
    """
    (steps, batch, _), units = gates.shape, weight.shape[0]
    blocks = blocks_of(batch, units, program.threads, program.dtype)
    panels = packed_turned(program, weight, blocks)
    scratch = program.buffer(f"{gates.name} gradient", (batch, blocks.columns))
    dcells = program.buffer(f"{gates.name} cell gradient", (batch, units))
    program.call(
        lstm_walk_back, gates.vector(), cells.vector(), scratch.vector(), dcells.vector(), panels,
        *dy.words, *blocks.tiles(batch), blocks.rows, blocks.panel, blocks.panels,
        steps, batch, units, label="lstm back", serial=gates.size * units < SMALL,
    )  # fmt: skip
