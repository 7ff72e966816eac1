"""The GRU's walk through time, in the form that resets behind the recurrent product.

Gates lie in the order reset, update, candidate, as in torch. Source: Cho et al. 2014, eq. 5–8.
Departs: the reset gate multiplies the finished recurrent sum (as torch, cuDNN and Keras do), not
the state before the product, so that one product serves all three gates.
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
def gru_step(z: Array, s: Array, memory: Array, before: Array, hidden: Array, units: int) -> None:
    """Turn the sums of one sample into its gates; keep the recurrent sum; give its state."""
    for j in range(2 * units):
        z[j] = gate_sigmoid(z[j] + s[j])
    for j in range(units):
        memory[j] = s[2 * units + j]
    for j in range(units):
        z[2 * units + j] = gate_tanh(z[2 * units + j] + z[j] * memory[j])
    for j in range(units):
        n = z[2 * units + j]
        hidden[j] = n + z[units + j] * (before[j] - n)


@device
def gru_step_back(
    z: Array, dhidden: Array, memory: Array, before: Array, carried: Array, dsums: Array, units: int
) -> None:
    """Turn the gates of one sample into the gradient by its input sums.

    `dsums` gets the gradient by the recurrent sums, `carried` what passes the update gate by.
    """
    for j in range(units):
        u = z[units + j]
        n = z[2 * units + j]
        dsums[2 * units + j] = dhidden[j] * (1.0 - u) * (1.0 - n * n)
    for j in range(units):
        u = z[units + j]
        dsums[units + j] = dhidden[j] * (before[j] - z[2 * units + j]) * u * (1.0 - u)
        carried[j] = dhidden[j] * u
    for j in range(units):
        r = z[j]
        z[2 * units + j] = dsums[2 * units + j]
        dsums[j] = z[2 * units + j] * memory[j] * r * (1.0 - r)
        dsums[2 * units + j] = z[2 * units + j] * r
    for j in range(2 * units):
        z[j] = dsums[j]


@kernel
def gru_walk(
    gates: ModAddress, memory: OutAddress, hidden: ModAddress, sums: ModAddress,
    weight: InAddress, bias: InAddress, biased: int, kept: ModAddress, carried: int,
    y: OutAddress, y_sample: int, y_step: int, y_first: int, tile: TileAddress,
    tile_rest: TileAddress, block: int, panel: int, panels: int, steps: int, batch: int,
    units: int, tid: int, threads: int,
) -> None:  # fmt: skip
    """Walk forwards."""
    first, last = share((batch + block - 1) // block, tid, threads)
    n0, n1 = first * block, min(last * block, batch)
    for n in range(n0, n1):
        state = real_array(moved(hidden, n * units), units)
        begin(state, real_array(moved(kept, n * units), units), units, carried)
    for t in range(steps):
        step_product(
            tile, tile_rest, moved(hidden, t * batch * units), weight, sums,
            first, last, batch, block, units, panel, panels,
        )  # fmt: skip
        for n in range(n0, n1):
            at = t * batch + n
            s = real_array(moved(sums, n * panel * panels), 3 * units)
            if biased:
                add_to(s, real_array(bias, 3 * units), 3 * units)
            new = real_array(moved(hidden, (at + batch) * units), units)
            gru_step(
                real_array(moved(gates, at * 3 * units), 3 * units),
                s,
                real_array(moved(memory, at * units), units),
                real_array(moved(hidden, at * units), units),
                new,
                units,
            )
            if t >= y_first:
                seen = moved(y, n * y_sample + (t - y_first) * y_step)
                assign(real_array(seen, units), new, units)
    if carried:
        for n in range(n0, n1):
            state = real_array(moved(hidden, (steps * batch + n) * units), units)
            assign(real_array(moved(kept, n * units), units), state, units)


@kernel
def gru_walk_back(
    gates: ModAddress, memory: InAddress, hidden: InAddress, dsums: ModAddress, sums: ModAddress,
    carried: ModAddress, weight: InAddress, dy: InAddress, y_sample: int, y_step: int,
    y_first: int, tile: TileAddress, tile_rest: TileAddress, block: int, panel: int, panels: int,
    steps: int, batch: int, units: int, tid: int, threads: int,
) -> None:  # fmt: skip
    """Walk backwards; the gates become the gradient by the input sums."""
    first, last = share((batch + block - 1) // block, tid, threads)
    n0, n1 = first * block, min(last * block, batch)
    columns = panel * panels
    for n in range(n0, n1):
        clear(real_array(moved(sums, n * columns), units), units)
        clear(real_array(moved(carried, n * units), units), units)
    for back in range(steps):
        t = steps - 1 - back
        for n in range(n0, n1):
            at = t * batch + n
            dhidden = real_array(moved(sums, n * columns), units)
            passed = real_array(moved(carried, n * units), units)
            add_to(dhidden, passed, units)
            if t >= y_first:
                seen = moved(dy, n * y_sample + (t - y_first) * y_step)
                add_to(dhidden, real_array(seen, units), units)
            gru_step_back(
                real_array(moved(gates, at * 3 * units), 3 * units),
                dhidden,
                real_array(moved(memory, at * units), units),
                real_array(moved(hidden, at * units), units),
                passed,
                real_array(moved(dsums, at * 3 * units), 3 * units),
                units,
            )
        if t > 0:
            step_product(
                tile, tile_rest, moved(dsums, t * batch * 3 * units), weight, sums,
                first, last, batch, block, 3 * units, panel, panels,
            )  # fmt: skip


def gru_forward(
    program: Program,
    sums: Buffer,
    weight: Buffer,
    bias: Buffer | None,
    y: Outlet,
    kept: Buffer | None = None,
) -> tuple[Buffer, Buffer]:
    """Add the walk through all steps.

    Args:
        program: Where the calls are added.
        sums: Input times input weights plus bias, (steps, batch, 3·units); becomes the gates.
        weight: Recurrent weights, (units, 3·units).
        bias: Added to the recurrent sums, (3·units,), or None.
        y: Where the states go.
        kept: The state before the first step, (batch, units), which the last one replaces; None
            begins with zero.

    Returns:
        The states, (steps + 1, batch, units), the one before the first step included; and the
        candidate's recurrent sums, (steps, batch, units).
    """
    (steps, batch, columns), units = sums.shape, weight.shape[0]
    blocks = blocks_of(batch, columns, program.threads, program.dtype)
    panels = packed(program, weight, blocks)
    hidden = program.buffer(f"{sums.name} hidden", (steps + 1, batch, units))
    memory = program.buffer(f"{sums.name} memory", (steps, batch, units))
    scratch = program.buffer(f"{sums.name} recurrent", (batch, blocks.columns))
    program.call(
        gru_walk, sums.vector(), memory.vector(), hidden.vector(), scratch.vector(), panels,
        (bias or weight).vector(), int(bias is not None),
        (kept or hidden).vector(), int(kept is not None), *y.words, *blocks.tiles(batch),
        blocks.rows, blocks.panel, blocks.panels, steps, batch, units,
        label="gru", serial=sums.size * units < SMALL,
    )  # fmt: skip
    return hidden, memory


def gru_backward(
    program: Program, gates: Buffer, hidden: Buffer, memory: Buffer, weight: Buffer, dy: Outlet
) -> Buffer:
    """Add the walk back; the gates become the gradient by the input sums.

    Args:
        program: Where the calls are added.
        gates: What became of the sums, (steps, batch, 3·units).
        hidden: As `gru_forward` gave it.
        memory: As `gru_forward` gave it.
        weight: Recurrent weights, (units, 3·units).
        dy: Where the gradient by the states comes from.

    Returns:
        The gradient by the recurrent sums, (steps, batch, 3·units).
    """
    (steps, batch, columns), units = gates.shape, weight.shape[0]
    blocks = blocks_of(batch, units, program.threads, program.dtype)
    panels = packed_turned(program, weight, blocks)
    dsums = program.buffer(f"{gates.name} recurrent gradient", (steps, batch, columns))
    scratch = program.buffer(f"{gates.name} gradient", (batch, blocks.columns))
    carried = program.buffer(f"{gates.name} carried", (batch, units))
    program.call(
        gru_walk_back, gates.vector(), memory.vector(), hidden.vector(), dsums.vector(),
        scratch.vector(), carried.vector(), panels, *dy.words, *blocks.tiles(batch), blocks.rows,
        blocks.panel, blocks.panels, steps, batch, units,
        label="gru back", serial=gates.size * units < SMALL,
    )  # fmt: skip
    return dsums
