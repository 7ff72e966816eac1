"""Layers with several inputs: Add sums them, Concat sets their channels side by side."""

from __future__ import annotations

from nnstudio.core import words
from nnstudio.graph.layer import (
    Cost,
    Example,
    Layer,
    LayerDoc,
    LayerParams,
    NoParams,
    Port,
)
from nnstudio.graph.registry import register
from nnstudio.graph.types import TensorType, flat, maps
from nnstudio.kernels.activation import activate, activation_gradient, is_small, row_sizes
from nnstudio.kernels.kernel import In3, Kernel, Out3, kernel
from nnstudio.kernels.maths import share
from nnstudio.kernels.moves import add_into, copy
from nnstudio.kernels.program import Buffer, Program
from nnstudio.layers.branches import require_equal, require_same_places
from nnstudio.layers.contract import Emit, RunnableLayer


@kernel
def add_two(a: In3, b: In3, y: Out3, height: int, length: int, tid: int, threads: int) -> None:
    """Give a + b."""
    first, last = share(y.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                y[n, h, i] = a[n, h, i] + b[n, h, i]


@kernel
def add_two_relu(a: In3, b: In3, y: Out3, height: int, length: int, tid: int, threads: int) -> None:
    """Give the positive part of a + b; NaN stays NaN."""
    first, last = share(y.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                value = a[n, h, i] + b[n, h, i]
                y[n, h, i] = 0.0 if value < 0.0 else value


@kernel
def add_two_relu_backward(
    y: In3, dy: In3, da: Out3, db: Out3, height: int, length: int, tid: int, threads: int
) -> None:
    """Pass the gradient to both sides where the output is above 0."""
    first, last = share(dy.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                value = dy[n, h, i] if y[n, h, i] > 0.0 else 0.0
                da[n, h, i] = value
                db[n, h, i] = value


@kernel
def copy_channels(
    source: In3,
    target: Out3,
    height: int,
    width: int,
    channels: int,
    source_step: int,
    source_first: int,
    target_step: int,
    target_first: int,
    tid: int,
    threads: int,
) -> None:
    """Copy some channels of every pixel; a step is the number of channels of a pixel's memory."""
    first, last = share(target.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for w in range(width):
                a, b = w * source_step + source_first, w * target_step + target_first
                for c in range(channels):
                    target[n, h, b + c] = source[n, h, a + c]


class _Merge(RunnableLayer):
    """What both share: one port that takes many links."""

    category = "merge"
    inputs = (Port("x", many=True),)


@register
class Add(_Merge):
    """The sum of all inputs."""

    kind = "add"
    title = "Add (shortcut)"
    shortcut = "A"
    prefix = "add"
    doc = LayerDoc(
        summary="Adds its inputs, number by number.",
        use="For shortcuts around a few layers, as in residual networks: gradients pass.",
        pitfalls="All inputs need the same shape; where a stride or a new number of filters changed"
        " it, put a 1×1 Conv into the shortcut.",
        formula=r"y = \sum_i x_i",
        source="He, Zhang, Ren & Sun 2016, Deep Residual Learning for Image Recognition",
    )
    examples = (
        Example({}, (maps(3, 4, 5), maps(3, 4, 5))),
        Example({}, (flat(7), flat(7), flat(7))),
        Example({}, (flat(4),)),
    )

    def headline(self, p: NoParams) -> str:
        return "Add"

    def infer(self, p: NoParams, inputs: tuple[TensorType, ...]) -> TensorType:
        return require_equal("Add", inputs)

    def cost(self, p: NoParams, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        sums = (len(inputs) - 1) * output.size
        line = f"{len(inputs) - 1}·{output.size} = {words.whole(sums)} additions"
        return Cost(arithmetic=(line,))

    def absorb(self, p: NoParams, follower: Layer) -> LayerParams | None:
        return _Rectified() if follower.kind == "relu" else None

    def forward(self, e: Emit) -> None:
        if isinstance(e.p, _Rectified):
            _rectified_sum(e)
        elif len(e.x) == 1:
            copy(e.program, e.x[0], e.out)
        else:
            _over_rows(e.program, add_two, e.x[0], e.x[1], e.out)
            for other in e.x[2:]:
                add_into(e.program, other, e.out)

    def backward(self, e: Emit) -> None:
        wanted = [dx for dx in e.dx if dx is not None]
        if not isinstance(e.p, _Rectified):
            for dx in wanted:
                copy(e.program, e.grad, dx)
        elif len(wanted) == 2:
            _over_rows(e.program, add_two_relu_backward, e.out, e.grad, *wanted)
        else:
            for dx in wanted:
                activation_gradient(e.program, "relu", e.out, e.grad, dx)


class _Rectified(NoParams):
    """Marks, in plans only, an Add that does the work of the ReLU behind it."""


def _rectified_sum(e: Emit) -> None:
    """Add up all inputs; ReLU comes in the same pass as the last of them."""
    total = e.x[0]
    if len(e.x) == 1:
        activate(e.program, "relu", total, e.out)
        return
    if len(e.x) > 2:
        total = e.program.buffer(f"{e.out.name} sum", e.out.shape)
        _over_rows(e.program, add_two, e.x[0], e.x[1], total)
        for other in e.x[2:-1]:
            add_into(e.program, other, total)
    _over_rows(e.program, add_two_relu, total, e.x[-1], e.out)


def _over_rows(program: Program, kernel: Kernel, *buffers: Buffer) -> None:
    """Call a kernel that goes number by number through buffers of one shape."""
    views = [one.rows() for one in buffers]
    small = is_small(buffers[0])
    program.call(kernel, *views, *row_sizes(buffers[0]), label="add", serial=small)


@register
class Concat(_Merge):
    """All channels of all inputs."""

    kind = "concat"
    title = "Concat"
    prefix = "concat"
    doc = LayerDoc(
        summary="Sets the channels (or features) of its inputs side by side.",
        use="To join branches that looked at different things, as in Inception and U-shaped nets.",
        pitfalls="Maps need the same height and width; the channels add up and so does the cost of"
        " the next layer.",
        formula=r"y = [x_1, x_2, \ldots]",
        source="Szegedy et al. 2015, Going Deeper with Convolutions",
    )
    examples = (
        Example({}, (maps(3, 4, 5), maps(3, 4, 2))),
        Example({}, (flat(7), flat(1), flat(12))),
        Example({}, (maps(2, 2, 1),)),
    )

    def essentials(self, p: NoParams) -> str:
        return "channels"

    def infer(self, p: NoParams, inputs: tuple[TensorType, ...]) -> TensorType:
        first = inputs[0]
        require_same_places("Concat", inputs)
        channels = sum(one.shape[-1] for one in inputs)
        return TensorType((*first.shape[:-1], channels), first.dtype, first.layout)

    def cost(self, p: NoParams, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        total = " + ".join(str(one.shape[-1]) for one in inputs)
        what = "channels" if output.is_map else "features"
        return Cost(arithmetic=(f"{total} = {words.whole(output.shape[-1])} {what}",))

    def shape_lines(
        self, p: NoParams, inputs: tuple[TensorType, ...], output: TensorType
    ) -> tuple[str, ...]:
        total = " + ".join(str(one.shape[-1]) for one in inputs)
        return r"C = C_1 + C_2 + \ldots", rf"= {total} = \mathbf{{{output.shape[-1]}}}"

    def forward(self, e: Emit) -> None:
        first = 0
        for x in e.x:
            _copy_channels(e, x, 0, e.out, first, x.shape[-1])
            first += x.shape[-1]

    def backward(self, e: Emit) -> None:
        first = 0
        for x, dx in zip(e.x, e.dx, strict=True):
            if dx is not None:
                _copy_channels(e, e.grad, first, dx, 0, x.shape[-1])
            first += x.shape[-1]


def _copy_channels(
    e: Emit, source: Buffer, source_first: int, target: Buffer, target_first: int, channels: int
) -> None:
    """Copy some channels (or features) of one buffer to another place in another one."""
    height, width = target.shape[1:3] if len(target.shape) == 4 else (1, 1)
    args = height, width, channels, source.shape[-1], source_first, target.shape[-1], target_first
    e.program.call(
        copy_channels, source.rows(), target.rows(), *args, label="concat", serial=is_small(target)
    )
