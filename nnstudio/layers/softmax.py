"""Softmax: scores become probabilities that add up to 1."""

from __future__ import annotations

import math

from nnstudio.core import words
from nnstudio.graph.layer import Cost, Example, LayerDoc, NoParams
from nnstudio.graph.registry import register
from nnstudio.graph.types import TensorType, flat, maps
from nnstudio.kernels.activation import is_small
from nnstudio.kernels.kernel import In4, Out4, kernel
from nnstudio.kernels.maths import exp, share
from nnstudio.kernels.program import Buffer, View
from nnstudio.layers.contract import Emit, RunnableLayer


@kernel
def softmax_forward(
    x: In4, y: Out4, height: int, width: int, channels: int, tid: int, threads: int
) -> None:
    """Give exp(x) / Σ exp(x) over the channels of each pixel, shifted by the largest."""
    first, last = share(y.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for w in range(width):
                top = -math.inf
                for c in range(channels):
                    top = x[n, h, w, c] if x[n, h, w, c] > top else top
                total = 0.0
                for c in range(channels):
                    value = exp(x[n, h, w, c] - top)
                    y[n, h, w, c] = value
                    total += value
                scale = 1.0 / total
                for c in range(channels):
                    y[n, h, w, c] = y[n, h, w, c] * scale


@kernel
def softmax_backward(
    y: In4, dy: In4, dx: Out4, height: int, width: int, channels: int, tid: int, threads: int
) -> None:
    """Give y (dy − Σ y dy) for each pixel."""
    first, last = share(dx.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for w in range(width):
                total = 0.0
                for c in range(channels):
                    total += y[n, h, w, c] * dy[n, h, w, c]
                for c in range(channels):
                    dx[n, h, w, c] = y[n, h, w, c] * (dy[n, h, w, c] - total)


@register
class Softmax(RunnableLayer):
    """Probabilities over features, or over the channels of each pixel."""

    kind = "softmax"
    title = "Softmax"
    category = "non-linear"
    prefix = "softmax"
    doc = LayerDoc(
        summary="Turns scores into probabilities: positive, and 1 in total.",
        use="To show probabilities at the end, or to weigh things against each other inside a"
        " network.",
        pitfalls="Not before the softmax loss, which applies it itself: twice makes learning slow.",
        formula=r"y_j = \frac{e^{x_j}}{\sum_k e^{x_k}}",
        source="Goodfellow, Bengio & Courville, Deep Learning, section 6.2.2.3; shifted by the"
        " largest score so that nothing overflows",
    )
    examples = (Example({}, (flat(10),)), Example({}, (maps(3, 2, 5),)))

    def cost(self, p: NoParams, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost(arithmetic=(f"0 parameters, {words.whole(output.size)} exponentials",))

    def forward(self, e: Emit) -> None:
        views, sizes, serial = (_pixels(e.x[0]), _pixels(e.out)), _sizes(e.out), is_small(e.out)
        e.program.call(softmax_forward, *views, *sizes, label="softmax", serial=serial)

    def backward(self, e: Emit) -> None:
        dx = e.dx[0]
        if dx is None:
            return
        views, serial = (_pixels(e.out), _pixels(e.grad), _pixels(dx)), is_small(dx)
        label = "softmax gradient"
        e.program.call(softmax_backward, *views, *_sizes(dx), label=label, serial=serial)


def _sizes(buffer: Buffer) -> tuple[int, ...]:
    return buffer.shape[1:] if len(buffer.shape) == 4 else (1, 1, buffer.shape[1])


def _pixels(buffer: Buffer) -> View:
    """See a map as it is, and a flat buffer as a map of one pixel."""
    if len(buffer.shape) == 4:
        return buffer.maps()
    batch, features = buffer.shape
    return View(buffer, (batch, 1, 1, features))
