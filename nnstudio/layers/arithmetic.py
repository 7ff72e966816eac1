"""Multiply and Subtract: number by number, for gates and for graphs of plain arithmetic."""

from __future__ import annotations

from typing import Any

from nnstudio.core import words
from nnstudio.graph.layer import Cost, Example, LayerDoc, NoParams, Port
from nnstudio.graph.registry import register
from nnstudio.graph.types import TensorType, flat, maps
from nnstudio.kernels.activation import is_small, row_sizes
from nnstudio.kernels.kernel import In3, Mod3, Out3, kernel
from nnstudio.kernels.maths import share
from nnstudio.kernels.moves import copy
from nnstudio.kernels.program import Buffer
from nnstudio.layers.branches import require_equal
from nnstudio.layers.contract import Emit, RunnableLayer


@kernel
def multiply_two(a: In3, b: In3, y: Out3, height: int, length: int, tid: int, threads: int) -> None:
    """Give a · b."""
    first, last = share(y.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                y[n, h, i] = a[n, h, i] * b[n, h, i]


@kernel
def multiply_into(a: In3, y: Mod3, height: int, length: int, tid: int, threads: int) -> None:
    """Multiply y by a."""
    first, last = share(y.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                y[n, h, i] *= a[n, h, i]


@kernel
def subtract_two(a: In3, b: In3, y: Out3, height: int, length: int, tid: int, threads: int) -> None:
    """Give a − b."""
    first, last = share(y.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                y[n, h, i] = a[n, h, i] - b[n, h, i]


@kernel
def negate(x: In3, y: Out3, height: int, length: int, tid: int, threads: int) -> None:
    """Give −x."""
    first, last = share(y.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                y[n, h, i] = -x[n, h, i]


def _product(e: Emit, factors: tuple[Buffer, ...], y: Buffer) -> None:
    """Add y = the product of one or more factors."""
    if len(factors) == 1:
        copy(e.program, factors[0], y)
        return
    sizes = row_sizes(y)
    views = factors[0].rows(), factors[1].rows(), y.rows()
    e.program.call(multiply_two, *views, *sizes, label="multiply", serial=is_small(y))
    for other in factors[2:]:
        pair = other.rows(), y.rows()
        e.program.call(multiply_into, *pair, *sizes, label="multiply", serial=is_small(y))


@register
class Multiply(RunnableLayer):
    """The product of all inputs, number by number."""

    kind = "multiply"
    title = "Multiply"
    category = "merge"
    prefix = "mul"
    inputs = (Port("x", many=True),)
    doc = LayerDoc(
        summary="Multiplies its inputs, number by number.",
        use="For gates (a sigmoid branch times another one), and for graphs of plain arithmetic"
        " such as f = (x + y) · z.",
        pitfalls="All inputs need the same shape. Each input's gradient is multiplied with the"
        " others' values, so products of many branches explode or vanish.",
        formula=r"y = \prod_i x_i,\quad \frac{\partial L}{\partial x_i} ="
        r" \frac{\partial L}{\partial y} \prod_{j \ne i} x_j",
    )
    examples = (
        Example({}, (maps(3, 4, 5), maps(3, 4, 5))),
        Example({}, (flat(7), flat(7), flat(7))),
        Example({}, (flat(4),)),
    )

    def infer(self, p: NoParams, inputs: tuple[TensorType, ...]) -> TensorType:
        return require_equal("Multiply", inputs, ("x",))

    def cost(self, p: NoParams, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        count = (len(inputs) - 1) * output.size
        line = f"{len(inputs) - 1}·{output.size} = {words.whole(count)} MACs"
        return Cost(0, count, (line,))

    def forward(self, e: Emit) -> None:
        _product(e, e.x, e.out)

    def backward(self, e: Emit) -> None:
        for i, dx in enumerate(e.dx):
            if dx is not None:
                _product(e, (e.grad, *e.x[:i], *e.x[i + 1 :]), dx)


@register
class Subtract(RunnableLayer):
    """The difference of two inputs."""

    kind = "subtract"
    title = "Subtract"
    category = "merge"
    prefix = "sub"
    inputs = (Port("a"), Port("b"))
    doc = LayerDoc(
        summary="Subtracts the second input from the first, number by number.",
        use="To compare two branches, and for graphs of plain arithmetic.",
        pitfalls="Both inputs need the same shape, and their order matters.",
        formula=r"y = a - b",
    )
    examples = (
        Example({}, (maps(3, 4, 5), maps(3, 4, 5))),
        Example({}, (flat(7), flat(7))),
    )

    def essentials(self, p: Any) -> str:
        return "a − b"

    def infer(self, p: NoParams, inputs: tuple[TensorType, ...]) -> TensorType:
        return require_equal("Subtract", inputs, ("a", "b"))

    def cost(self, p: NoParams, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost(arithmetic=(f"{words.whole(output.size)} subtractions",))

    def forward(self, e: Emit) -> None:
        views = e.x[0].rows(), e.x[1].rows(), e.out.rows()
        sizes = row_sizes(e.out)
        e.program.call(subtract_two, *views, *sizes, label="subtract", serial=is_small(e.out))

    def backward(self, e: Emit) -> None:
        first, second = e.dx
        if first is not None:
            copy(e.program, e.grad, first)
        if second is not None:
            sizes = row_sizes(second)
            views = e.grad.rows(), second.rows()
            e.program.call(negate, *views, *sizes, label="negate", serial=is_small(second))
