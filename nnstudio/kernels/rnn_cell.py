"""The simple recurrent layer's walk through time (Elman 1990), with tanh or ReLU."""

from __future__ import annotations

from nnstudio.kernels.gates import gate_tanh
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
def rnn_step(z: Array, s: Array, hidden: Array, units: int, relu: int) -> None:
    """Give the state of one sample; NaN stays NaN."""
    if relu:
        for j in range(units):
            value = z[j] + s[j]
            hidden[j] = 0.0 if value < 0.0 else value
    else:
        for j in range(units):
            hidden[j] = gate_tanh(z[j] + s[j])


@device
def rnn_step_back(z: Array, dhidden: Array, hidden: Array, units: int, relu: int) -> None:
    """Give the gradient by the sums of one sample."""
    if relu:
        for j in range(units):
            z[j] = dhidden[j] if hidden[j] > 0.0 else 0.0
    else:
        for j in range(units):
            z[j] = dhidden[j] * (1.0 - hidden[j] * hidden[j])


@kernel
def rnn_walk(
    inputs: InAddress, hidden: ModAddress, sums: ModAddress, weight: InAddress, kept: ModAddress,
    carried: int, y: OutAddress, y_sample: int, y_step: int, y_first: int, tile: TileAddress,
    tile_rest: TileAddress, block: int, panel: int, panels: int, steps: int, batch: int,
    units: int, relu: int, tid: int, threads: int,
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
            new = real_array(moved(hidden, (at + batch) * units), units)
            rnn_step(
                real_array(moved(inputs, at * units), units),
                real_array(moved(sums, n * panel * panels), units),
                new,
                units,
                relu,
            )
            if t >= y_first:
                seen = moved(y, n * y_sample + (t - y_first) * y_step)
                assign(real_array(seen, units), new, units)
    if carried:
        for n in range(n0, n1):
            state = real_array(moved(hidden, (steps * batch + n) * units), units)
            assign(real_array(moved(kept, n * units), units), state, units)


@kernel
def rnn_walk_back(
    dsums: OutAddress, hidden: InAddress, sums: ModAddress, weight: InAddress, dy: InAddress,
    y_sample: int, y_step: int, y_first: int, tile: TileAddress, tile_rest: TileAddress,
    block: int, panel: int, panels: int, steps: int, batch: int, units: int, relu: int,
    tid: int, threads: int,
) -> None:  # fmt: skip
    """Walk backwards."""
    first, last = share((batch + block - 1) // block, tid, threads)
    n0, n1 = first * block, min(last * block, batch)
    columns = panel * panels
    for n in range(n0, n1):
        clear(real_array(moved(sums, n * columns), units), units)
    for back in range(steps):
        t = steps - 1 - back
        for n in range(n0, n1):
            at = t * batch + n
            dhidden = real_array(moved(sums, n * columns), units)
            if t >= y_first:
                seen = moved(dy, n * y_sample + (t - y_first) * y_step)
                add_to(dhidden, real_array(seen, units), units)
            rnn_step_back(
                real_array(moved(dsums, at * units), units),
                dhidden,
                real_array(moved(hidden, (at + batch) * units), units),
                units,
                relu,
            )
        if t > 0:
            step_product(
                tile, tile_rest, moved(dsums, t * batch * units), weight, sums,
                first, last, batch, block, units, panel, panels,
            )  # fmt: skip


def rnn_forward(
    program: Program,
    sums: Buffer,
    weight: Buffer,
    y: Outlet,
    *,
    relu: bool,
    kept: Buffer | None = None,
) -> Buffer:
    """Add the walk through all steps.

    Args:
        program: Where the calls are added.
        sums: Input times input weights plus bias, (steps, batch, units).
        weight: Recurrent weights, (units, units).
        y: Where the states go.
        relu: ReLU instead of tanh.
        kept: The state before the first step, (batch, units), which the last one replaces; None
            begins with zero.

    Returns:
        The states, (steps + 1, batch, units), the one before the first step included.
    """
    steps, batch, units = sums.shape
    blocks = blocks_of(batch, units, program.threads, program.dtype)
    panels = packed(program, weight, blocks)
    hidden = program.buffer(f"{sums.name} hidden", (steps + 1, batch, units))
    scratch = program.buffer(f"{sums.name} recurrent", (batch, blocks.columns))
    program.call(
        rnn_walk, sums.vector(), hidden.vector(), scratch.vector(), panels,
        (kept or hidden).vector(), int(kept is not None), *y.words, *blocks.tiles(batch),
        blocks.rows, blocks.panel, blocks.panels, steps, batch, units,
        int(relu), label="rnn", serial=sums.size * units < SMALL,
    )  # fmt: skip
    return hidden


def rnn_backward(
    program: Program, dsums: Buffer, hidden: Buffer, weight: Buffer, dy: Outlet, *, relu: bool
) -> None:
    """Add the walk back.

    Args:
        program: Where the calls are added.
        dsums: Where the gradient by the sums goes, (steps, batch, units).
        hidden: As `rnn_forward` gave it.
        weight: Recurrent weights, (units, units).
        dy: Where the gradient by the states comes from.
        relu: As in `rnn_forward`.
    """
    steps, batch, units = dsums.shape
    blocks = blocks_of(batch, units, program.threads, program.dtype)
    panels = packed_turned(program, weight, blocks)
    scratch = program.buffer(f"{dsums.name} gradient", (batch, blocks.columns))
    program.call(
        rnn_walk_back, dsums.vector(), hidden.vector(), scratch.vector(), panels, *dy.words,
        *blocks.tiles(batch), blocks.rows, blocks.panel, blocks.panels, steps, batch, units,
        int(relu), label="rnn back", serial=dsums.size * units < SMALL,
    )  # fmt: skip
