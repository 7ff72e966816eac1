"""Arithmetic with one number: x + a, a · x, x to the power a, exp, log, 1 / x."""

from __future__ import annotations

import math
from typing import Literal

from pydantic import Field

from nnstudio.core import words
from nnstudio.graph.layer import Cost, Example, LayerDoc, LayerParams
from nnstudio.graph.registry import register
from nnstudio.graph.types import TensorType, flat, maps
from nnstudio.kernels.activation import is_small, row_sizes
from nnstudio.kernels.kernel import In3, Kernel, Out3, device, kernel
from nnstudio.kernels.maths import exp, log, share
from nnstudio.kernels.moves import copy
from nnstudio.layers.contract import Emit, RunnableLayer

_WHOLE = 64  # whole powers up to this are worked out by multiplying, so negative numbers are right


@device
def whole_power(x: float, count: int) -> float:
    """Give x · x · … with `count` factors, or one divided by that where it is negative."""
    y = 1.0
    for _ in range(abs(count)):
        y = y * x
    return 1.0 / y if count < 0 else y


@device
def real_power(x: float, power: float) -> float:
    """Give exp(power · log x); NaN below 0."""
    return exp(power * log(x))


@kernel
def line(
    x: In3, y: Out3, height: int, length: int, a: float, b: float, tid: int, threads: int
) -> None:
    """Give a · x + b."""
    first, last = share(y.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                y[n, h, i] = a * x[n, h, i] + b


@kernel
def raise_whole(
    x: In3, y: Out3, height: int, length: int, count: int, tid: int, threads: int
) -> None:
    """Give x to a whole power."""
    first, last = share(y.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                y[n, h, i] = whole_power(x[n, h, i], count)


@kernel
def raise_whole_gradient(
    x: In3, dy: In3, dx: Out3, height: int, length: int, count: int, tid: int, threads: int
) -> None:
    """Multiply the gradient with count · x to one power less."""
    first, last = share(dx.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                slope = float(count) * whole_power(x[n, h, i], count - 1)
                dx[n, h, i] = dy[n, h, i] * slope if count != 0 else 0.0


@kernel
def raise_real(
    x: In3, y: Out3, height: int, length: int, power: float, tid: int, threads: int
) -> None:
    """Give x to any power; NaN below 0."""
    first, last = share(y.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                y[n, h, i] = real_power(x[n, h, i], power)


@kernel
def raise_real_gradient(
    x: In3, dy: In3, dx: Out3, height: int, length: int, power: float, tid: int, threads: int
) -> None:
    """Multiply the gradient with power · x to one power less."""
    first, last = share(dx.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                dx[n, h, i] = dy[n, h, i] * power * real_power(x[n, h, i], power - 1.0)


@kernel
def exponential(x: In3, y: Out3, height: int, length: int, tid: int, threads: int) -> None:
    """Give exp(x)."""
    first, last = share(y.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                y[n, h, i] = exp(x[n, h, i])


@kernel
def exponential_gradient(
    x: In3, dy: In3, dx: Out3, height: int, length: int, tid: int, threads: int
) -> None:
    """Multiply the gradient with exp(x)."""
    first, last = share(dx.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                dx[n, h, i] = dy[n, h, i] * exp(x[n, h, i])


@kernel
def logarithm(x: In3, y: Out3, height: int, length: int, tid: int, threads: int) -> None:
    """Give the natural logarithm; NaN below 0."""
    first, last = share(y.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                y[n, h, i] = log(x[n, h, i])


@kernel
def logarithm_gradient(
    x: In3, dy: In3, dx: Out3, height: int, length: int, tid: int, threads: int
) -> None:
    """Divide the gradient by x."""
    first, last = share(dx.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                dx[n, h, i] = dy[n, h, i] / x[n, h, i]


Operation = Literal["add", "multiply", "power", "exp", "log", "1 / x"]
_FUNCTIONS: dict[str, tuple[Kernel, Kernel]] = {
    "exp": (exponential, exponential_gradient),
    "log": (logarithm, logarithm_gradient),
}


class ScalarParams(LayerParams):
    """Parameters of Arithmetic."""

    operation: Operation = Field(
        "multiply",
        title="Operation",
        description="What happens to each number.",
    )
    value: float = Field(
        2.0,
        title="Value",
        description="The number that is added, multiplied with, or the power; exp, log and 1 / x"
        " need none.",
        ge=-1e6,
        le=1e6,
        json_schema_extra={"step": 0.5},
    )


@register
class Scalar(RunnableLayer):
    """One operation with one number, on each number."""

    kind = "scalar"
    title = "Arithmetic"
    category = "non-linear"
    prefix = "calc"
    params = ScalarParams
    doc = LayerDoc(
        summary="Does one sum with every number: adds or multiplies a value, takes a power, exp,"
        " log or 1 / x.",
        use="To build computational graphs by hand, such as 1 / (1 + exp(−x)), and watch the"
        " gradients flow back through them.",
        pitfalls="log and fractional powers of negative numbers are not a number, and 1 / x near 0"
        " is huge: training then stops and names this layer. Nothing here is learned.",
        formula=r"y = x + a,\; a x,\; x^a,\; e^x,\; \ln x \text{ or } \frac{1}{x}",
    )
    examples = (
        Example({"operation": "add", "value": -1.5}, (maps(3, 4, 2),)),
        Example({"operation": "multiply", "value": 3.0}, (flat(7),)),
        Example({"operation": "power", "value": 2.0}, (maps(2, 3, 4),)),
        Example({"operation": "power", "value": 3.0}, (flat(9),)),
        Example({"operation": "exp"}, (flat(17),)),
        Example({"operation": "1 / x"}, (flat(5),)),
    )

    def headline(self, p: ScalarParams) -> str:
        value = f"{p.value:g}".replace("-", "−")
        if p.operation == "add":
            return f"x + {value}" if p.value >= 0 else f"x − {value[1:]}"
        return {
            "multiply": f"{value} · x",
            "power": f"x ^ {value}",
            "exp": "exp(x)",
            "log": "log(x)",
            "1 / x": "1 / x",
        }[p.operation]

    def cost(self, p: ScalarParams, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost(arithmetic=(f"0 parameters, {words.whole(output.size)} numbers",))

    def forward(self, e: Emit) -> None:
        function, numbers = _forward_of(e.p)
        views = e.x[0].rows(), e.out.rows()
        e.program.call(function, *views, *row_sizes(e.out), *numbers, serial=is_small(e.out))

    def backward(self, e: Emit) -> None:
        p, dx = e.p, e.dx[0]
        if dx is None:
            return
        small = is_small(dx)
        if p.operation == "add":
            copy(e.program, e.grad, dx)
        elif p.operation == "multiply":
            views = e.grad.rows(), dx.rows()
            e.program.call(line, *views, *row_sizes(dx), p.value, 0.0, serial=small)
        else:
            function, numbers = _gradient_of(p)
            rows = e.x[0].rows(), e.grad.rows(), dx.rows()
            e.program.call(function, *rows, *row_sizes(dx), *numbers, serial=small)


def _power(p: ScalarParams) -> float:
    return -1.0 if p.operation == "1 / x" else p.value


def _is_whole(p: ScalarParams) -> bool:
    return math.floor(_power(p)) == _power(p) and abs(_power(p)) <= _WHOLE


def _forward_of(p: ScalarParams) -> tuple[Kernel, tuple[float, ...]]:
    """Give the kernel of an operation, and its numbers."""
    if p.operation == "add":
        return line, (1.0, p.value)
    if p.operation == "multiply":
        return line, (p.value, 0.0)
    if p.operation in _FUNCTIONS:
        return _FUNCTIONS[p.operation][0], ()
    return (raise_whole, (int(_power(p)),)) if _is_whole(p) else (raise_real, (p.value,))


def _gradient_of(p: ScalarParams) -> tuple[Kernel, tuple[float, ...]]:
    """Give the kernel of an operation's gradient by the input, and its numbers."""
    if p.operation in _FUNCTIONS:
        return _FUNCTIONS[p.operation][1], ()
    if _is_whole(p):
        return raise_whole_gradient, (int(_power(p)),)
    return raise_real_gradient, (p.value,)
