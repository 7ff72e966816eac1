"""Activation functions and their derivatives, which need only the function's value."""

from __future__ import annotations

from nnstudio.kernels.kernel import In3, Kernel, Out3, kernel
from nnstudio.kernels.maths import exp, share, sigmoid, tanh
from nnstudio.kernels.program import Buffer, Program

_SMALL = 4096  # elements


@kernel
def relu_forward(x: In3, y: Out3, height: int, length: int, tid: int, threads: int) -> None:
    """Give max(0, x); NaN stays NaN."""
    first, last = share(y.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                value = x[n, h, i]
                y[n, h, i] = 0.0 if value < 0.0 else value


@kernel
def relu_backward(
    y: In3, dy: In3, dx: Out3, height: int, length: int, tid: int, threads: int
) -> None:
    """Pass the gradient where the output is above 0."""
    first, last = share(dx.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                dx[n, h, i] = dy[n, h, i] if y[n, h, i] > 0.0 else 0.0


@kernel
def leaky_relu_forward(
    x: In3, y: Out3, height: int, length: int, slope: float, tid: int, threads: int
) -> None:
    """Give x above 0 and slope · x below."""
    first, last = share(y.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                value = x[n, h, i]
                y[n, h, i] = value * slope if value < 0.0 else value


@kernel
def leaky_relu_backward(
    y: In3, dy: In3, dx: Out3, height: int, length: int, slope: float, tid: int, threads: int
) -> None:
    """Pass the gradient whole above 0, times `slope` elsewhere (torch's choice at 0)."""
    first, last = share(dx.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                gradient = dy[n, h, i]
                dx[n, h, i] = gradient if y[n, h, i] > 0.0 else gradient * slope


@kernel
def sigmoid_forward(x: In3, y: Out3, height: int, length: int, tid: int, threads: int) -> None:
    """Give 1 / (1 + exp(−x))."""
    first, last = share(y.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                y[n, h, i] = sigmoid(x[n, h, i])


@kernel
def sigmoid_backward(
    y: In3, dy: In3, dx: Out3, height: int, length: int, tid: int, threads: int
) -> None:
    """Multiply the gradient with y (1 − y)."""
    first, last = share(dx.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                value = y[n, h, i]
                dx[n, h, i] = dy[n, h, i] * value * (1.0 - value)


@kernel
def tanh_forward(x: In3, y: Out3, height: int, length: int, tid: int, threads: int) -> None:
    """Give tanh(x)."""
    first, last = share(y.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                y[n, h, i] = tanh(x[n, h, i])


@kernel
def tanh_backward(
    y: In3, dy: In3, dx: Out3, height: int, length: int, tid: int, threads: int
) -> None:
    """Multiply the gradient with 1 − y²."""
    first, last = share(dx.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                value = y[n, h, i]
                dx[n, h, i] = dy[n, h, i] * (1.0 - value * value)


@kernel
def elu_forward(
    x: In3, y: Out3, height: int, length: int, alpha: float, tid: int, threads: int
) -> None:
    """Give x above 0 and alpha (exp(x) − 1) below."""
    first, last = share(y.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                value = x[n, h, i]
                y[n, h, i] = alpha * (exp(value) - 1.0) if value < 0.0 else value


@kernel
def elu_backward(
    y: In3, dy: In3, dx: Out3, height: int, length: int, alpha: float, tid: int, threads: int
) -> None:
    """Pass the gradient whole above 0, times y + alpha elsewhere."""
    first, last = share(dx.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                gradient = dy[n, h, i]
                value = y[n, h, i]
                dx[n, h, i] = gradient if value > 0.0 else gradient * (value + alpha)


_KERNELS: dict[str, tuple[Kernel, Kernel]] = {
    "relu": (relu_forward, relu_backward),
    "leaky relu": (leaky_relu_forward, leaky_relu_backward),
    "sigmoid": (sigmoid_forward, sigmoid_backward),
    "tanh": (tanh_forward, tanh_backward),
    "elu": (elu_forward, elu_backward),
}
_WITH_CONSTANT = {"leaky relu", "elu"}


def is_small(buffer: Buffer) -> bool:
    """Whether one thread is faster than a barrier and two."""
    return buffer.size < _SMALL


def row_sizes(buffer: Buffer) -> tuple[int, int]:
    """Give the logical (height, length) of a buffer's `rows()`."""
    if len(buffer.shape) != 4:
        return 1, buffer.size // buffer.shape[0]
    _, height, width, channels = buffer.shape
    return height, width * channels


def activate(program: Program, name: str, x: Buffer, y: Buffer, constant: float = 0.0) -> None:
    """Add y = f(x) for all elements.

    Args:
        program: Where the call is added.
        name: "relu", "leaky relu", "sigmoid", "tanh" or "elu".
        x: (batch, …), any halo.
        y: Shape of x, any halo; not the memory of x.
        constant: The slope of leaky ReLU, the alpha of ELU, otherwise 0.
    """
    constants = (constant,) if name in _WITH_CONSTANT else ()
    args = x.rows(), y.rows(), *row_sizes(y), *constants
    program.call(_KERNELS[name][0], *args, label=name, serial=is_small(y))


def activation_gradient(
    program: Program, name: str, y: Buffer, dy: Buffer, dx: Buffer, constant: float = 0.0
) -> None:
    """Add dx = dy · f′, with the derivative worked out from the output y.

    Args:
        program: Where the call is added.
        name: As for `activate`.
        y: Output of the function, (batch, …).
        dy: Gradient by the output.
        dx: Gradient by the input; overwritten, its halo left alone.
        constant: As for `activate`.
    """
    constants = (constant,) if name in _WITH_CONSTANT else ()
    args = y.rows(), dy.rows(), dx.rows(), *row_sizes(dx), *constants
    program.call(_KERNELS[name][1], *args, label=f"{name} gradient", serial=is_small(dx))
