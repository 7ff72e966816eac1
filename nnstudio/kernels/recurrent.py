"""What recurrent layers share: time-major copies, packed weights, and the product of one step.

A recurrent layer first multiplies its input with the input weights for all steps at once. Then each
thread walks through time with its own samples, so that no barrier stands between two steps: the
previous state times the recurrent weights by the tile, then the cell's own arithmetic, which
`rnn_cell`, `lstm_cell` and `gru_cell` write. Inside a layer the arrays are (steps, batch, …) in the
order in which the steps are taken: a step's rows lie together, while rows a power of two apart
would throw each other out of the cache.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from nnstudio.kernels.cpu import cpu
from nnstudio.kernels.dense import (
    dense_input_gradient,
    dense_weight_gradient,
    sum_columns,
    transpose_panels,
)
from nnstudio.kernels.kernel import In2, In3, Mod3, Out3, device, kernel
from nnstudio.kernels.maths import share
from nnstudio.kernels.one_hot import picked_forward, picked_weight_gradient, places_of
from nnstudio.kernels.program import Buffer, Program, View
from nnstudio.kernels.supplied import moved, tile_call
from nnstudio.kernels.tile import Tile, Turn

Array = NDArray[Any]
SMALL = 40_000  # multiplications of a whole pass below which one thread is faster than two
_TINY = 4096  # elements of a copy below which one thread is faster than two


@device
def clear(row: Array, size: int) -> None:
    """Set the first `size` elements to zero."""
    for j in range(size):
        row[j] = 0.0


@device
def assign(target: Array, source: Array, size: int) -> None:
    """Copy the first `size` elements."""
    for j in range(size):
        target[j] = source[j]


@device
def begin(state: Array, kept: Array, size: int, carried: int) -> None:
    """Give the state before the first step: what was kept of the last batch, or zero."""
    if carried:
        assign(state, kept, size)
    else:
        clear(state, size)


@device
def add_to(target: Array, source: Array, size: int) -> None:
    """Add the first `size` elements."""
    for j in range(size):
        target[j] += source[j]


@device
def step_product(
    tile: int, tile_rest: int, a: int, b: int, c: int, first: int, last: int, batch: int,
    block: int, depth: int, panel: int, panels: int,
) -> None:  # fmt: skip
    """Give C = A·B for the row blocks from `first` to `last`; B lies in panels."""
    rest = 1 if first < last and last * block > batch else 0
    whole = last - first - rest
    columns = panel * panels
    for p in range(panels):
        a0 = moved(a, first * block * depth)
        b0 = moved(b, p * depth * panel)
        c0 = moved(c, first * block * columns + p * panel)
        if whole > 0:
            tile_call(
                tile, a0, b0, c0, 0, 0, 0, whole, block * depth, block * columns,
                1, 0, 0, 1, 0, 0, depth, 1, panel, depth, columns,
            )  # fmt: skip
        if rest > 0:
            a0 = moved(a0, whole * block * depth)
            c0 = moved(c0, whole * block * columns)
            tile_call(
                tile_rest, a0, b0, c0, 0, 0, 0, 1, 0, 0,
                1, 0, 0, 1, 0, 0, depth, 1, panel, depth, columns,
            )  # fmt: skip


@kernel
def to_steps(x: In3, steps: Out3, features: int, reverse: int, tid: int, threads: int) -> None:
    """Copy (batch, 1, steps·features) to (steps, batch, features), the last step first if asked."""
    count, batch = steps.shape[0], steps.shape[1]
    first, last = share(count, tid, threads)
    for t in range(first, last):
        start = (count - 1 - t if reverse else t) * features
        for n in range(batch):
            for i in range(features):
                steps[t, n, i] = x[n, 0, start + i]


@kernel
def from_steps(steps: In3, x: Out3, features: int, reverse: int, tid: int, threads: int) -> None:
    """Copy back what `to_steps` copied."""
    count = steps.shape[0]
    first, last = share(x.shape[0], tid, threads)
    for n in range(first, last):
        for t in range(count):
            start = (count - 1 - t if reverse else t) * features
            for i in range(features):
                x[n, 0, start + i] = steps[t, n, i]


@kernel
def add_from_steps(
    steps: In3, x: Mod3, features: int, reverse: int, tid: int, threads: int
) -> None:
    """Add to what is there instead of copying."""
    count = steps.shape[0]
    first, last = share(x.shape[0], tid, threads)
    for n in range(first, last):
        for t in range(count):
            start = (count - 1 - t if reverse else t) * features
            for i in range(features):
                x[n, 0, start + i] += steps[t, n, i]


@kernel
def pack_panels(w: In2, out: Out3, tid: int, threads: int) -> None:
    """Write w in panels of columns (panels, depth, panel), zeros beyond the last column."""
    columns, depth, panel = w.shape[1], w.shape[0], out.shape[2]
    first, last = share(out.shape[0], tid, threads)
    for p in range(first, last):
        count = min(panel, columns - p * panel)
        for k in range(depth):
            for j in range(count):
                out[p, k, j] = w[k, p * panel + j]
            for j in range(count, panel):
                out[p, k, j] = 0.0


@kernel
def clear_rest(out: Out3, columns: int, tid: int, threads: int) -> None:
    """Set the columns of the last panel that no weight fills to zero."""
    p, panel = out.shape[0] - 1, out.shape[2]
    first, last = share(out.shape[1], tid, threads)
    for k in range(first, last):
        for j in range(columns - p * panel, panel):
            out[p, k, j] = 0.0


@dataclass(frozen=True, slots=True)
class Blocks:
    """How one step's product is cut into register blocks.

    Attributes:
        rows: Samples of a block.
        vectors: Vectors of a panel's row.
        lanes: Elements of a vector.
        panels: Panels that cover the columns; the last may reach beyond them.
    """

    rows: int
    vectors: int
    lanes: int
    panels: int

    @property
    def panel(self) -> int:
        """Columns of a panel."""
        return self.vectors * self.lanes

    @property
    def columns(self) -> int:
        """Columns that all panels cover."""
        return self.panels * self.panel

    def tiles(self, batch: int) -> tuple[Tile, Tile]:
        """Give the tile of a whole block and that of the last one."""
        rest = batch % self.rows or self.rows
        return Tile(self.rows, self.vectors, self.lanes), Tile(rest, self.vectors, self.lanes)


def blocks_of(batch: int, columns: int, threads: int, dtype: str) -> Blocks:
    """Choose the register block with which the busiest thread has least to do.

    Args:
        batch: Samples.
        columns: Columns of the product.
        threads: Threads that divide the samples.
        dtype: "f4" or "f8".
    """
    lanes = cpu().vector_lanes(dtype)
    while lanes > 2 and columns <= lanes // 2:
        lanes //= 2
    total = -(-columns // lanes)
    best: tuple[float, Blocks] | None = None
    for vectors, limit in cpu().row_limits.items():
        count = -(-batch // limit)
        if batch >= threads:
            count = -(-count // threads) * threads
        rows = -(-batch // count)
        found = Blocks(rows, vectors, lanes, -(-total // vectors))
        busiest = math.ceil(math.ceil(batch / rows) / threads)
        cost = busiest * found.panels * _cycles(rows, vectors)
        if best is None or cost < best[0]:
            best = cost, found
    assert best is not None
    return best[1]


def _cycles(rows: int, vectors: int) -> float:
    """Estimate a block's cycles for one row of B: two products and two loads a cycle.

    With fewer than eight sums each product waits for the one before it.
    """
    return max(rows * vectors / 2, (rows + vectors) / 2, 4.0)


@dataclass(frozen=True, slots=True)
class Outlet:
    """Where one direction of a layer writes its states, or reads their gradients.

    Attributes:
        view: The first unit of the first sample at the first step that is seen.
        sample: Elements from one sample to the next.
        step: Elements from one step to the next in the order in which they are taken.
        first: The first step that is seen.
    """

    view: View
    sample: int
    step: int
    first: int

    @property
    def words(self) -> tuple[View, int, int, int]:
        """The arguments of a kernel."""
        return self.view, self.sample, self.step, self.first


def outlet(buffer: Buffer, steps: int, start: int, *, reverse: bool) -> Outlet:
    """Describe the layer's output for one direction.

    Args:
        buffer: (batch, steps, width), or (batch, width) where only the last state goes out.
        steps: Steps of the sequence.
        start: This direction's first column.
        reverse: The direction begins with the last step.
    """
    width, view = buffer.shape[-1], buffer.flat()
    if len(buffer.shape) == 2:
        return Outlet(view.shifted(start), width, 0, steps - 1)
    if reverse:
        return Outlet(view.shifted(start + (steps - 1) * width), steps * width, -width, 0)
    return Outlet(view.shifted(start), steps * width, width, 0)


def as_rows(buffer: Buffer, rows: int, first: int = 0) -> Buffer:
    """See `rows` rows of a (steps, batch, …) buffer, from row `first` on, as (rows, …)."""
    width = buffer.shape[-1]
    return Buffer(buffer.name, (rows, width), base=buffer, offset=first * width)


def packed(program: Program, w: Buffer, blocks: Blocks) -> View:
    """Add the packing of a matrix for `step_product`.

    Args:
        program: Where the call is added.
        w: (depth, columns).
        blocks: For `columns`.
    """
    out = program.buffer(f"{w.name} packed", (blocks.panels, w.shape[0], blocks.panel))
    view = View(out, out.shape)
    program.call(pack_panels, w.flat(), view, label="pack", serial=w.size < _TINY)
    return view


def packed_turned(program: Program, w: Buffer, blocks: Blocks) -> View:
    """Add the packing of a transposed matrix for `step_product`.

    Args:
        program: Where the calls are added.
        w: (columns, depth).
        blocks: For `columns`.
    """
    columns, depth = w.shape
    out = program.buffer(f"{w.name} turned", (blocks.panels, depth, blocks.panel))
    view = View(out, out.shape)
    program.call(
        transpose_panels, w.flat(), view, Turn(blocks.lanes),
        blocks.lanes, columns, depth, blocks.panel, label="turn", serial=w.size < _TINY,
    )  # fmt: skip
    if blocks.columns > columns:
        program.call(clear_rest, view, columns, label="turn", serial=True)
    return view


@dataclass(frozen=True, slots=True)
class Inputs:
    """The input side of one direction of a recurrent layer.

    Attributes:
        program: Where operations are added.
        steps: The input in the order of the steps, (steps, batch, features).
        places: Where its rows hold their only number, (steps · batch,) int64; see `one_hot`.
        weight: Input weights, (features, columns).
        reverse: The direction begins with the last step.
    """

    program: Program
    steps: Buffer
    places: Buffer
    weight: Buffer
    reverse: bool

    @property
    def _rows(self) -> int:
        return self.steps.shape[0] * self.steps.shape[1]

    def sums(self, bias: Buffer | None) -> Buffer:
        """Add the product with the input weights over all steps; (steps, batch, columns)."""
        columns = self.weight.shape[1]
        made = self.program.buffer(f"{self.steps.name} sums", (*self.steps.shape[:2], columns))
        x, y = as_rows(self.steps, self._rows), as_rows(made, self._rows)
        picked_forward(self.program, x, self.places, self.weight, bias, y)
        return made

    def weight_gradient(self, dsums: Buffer, dweight: Buffer, dbias: Buffer | None) -> None:
        """Add the gradients by input weights and bias, from that by the sums."""
        x, dy = as_rows(self.steps, self._rows), as_rows(dsums, self._rows)
        picked_weight_gradient(self.program, x, self.places, dy, dweight, dbias)

    def input_gradient(self, dsums: Buffer, dx: Buffer, *, add: bool) -> None:
        """Add the gradient by the input, (batch, steps, features), to what is there or not."""
        program, shape = self.program, self.steps.shape
        made = program.buffer(f"{dx.name} steps", shape)
        rows = self._rows
        dense_input_gradient(program, as_rows(dsums, rows), self.weight, as_rows(made, rows))
        program.call(
            add_from_steps if add else from_steps,
            View(made, shape), dx.rows(), shape[2], int(self.reverse),
            label="from steps", serial=dx.size < _TINY,
        )  # fmt: skip


def inputs_of(program: Program, x: Buffer, weight: Buffer, *, reverse: bool) -> Inputs:
    """Add the copy of (batch, steps, features) into the order of the steps."""
    batch, steps, features = x.shape
    made = program.buffer(f"{x.name} steps", (steps, batch, features))
    program.call(
        to_steps, x.rows(), View(made, made.shape), features, int(reverse),
        label="to steps", serial=x.size < _TINY,
    )  # fmt: skip
    places = places_of(program, as_rows(made, steps * batch))
    return Inputs(program, made, places, weight, reverse)


def recurrent_gradient(program: Program, hidden: Buffer, dsums: Buffer, dweight: Buffer) -> None:
    """Add the gradient by the recurrent weights as one product over all steps.

    Args:
        program: Where the calls are added.
        hidden: The states, the one before the first step included, (steps + 1, batch, units).
        dsums: Gradient by each step's recurrent sums, (steps, batch, columns).
        dweight: (units, columns); overwritten.
    """
    rows = dsums.shape[0] * dsums.shape[1]
    dense_weight_gradient(program, as_rows(hidden, rows), as_rows(dsums, rows), dweight, None)


def sum_rows(program: Program, dsums: Buffer, dbias: Buffer) -> None:
    """Add the gradient by a bias: the sum of (steps, batch, columns) over steps and batch."""
    rows = as_rows(dsums, dsums.shape[0] * dsums.shape[1])
    serial = dsums.size < _TINY
    program.call(sum_columns, rows.flat(), dbias.vector(), label="dense db", serial=serial)
