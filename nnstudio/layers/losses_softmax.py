"""Softmax cross-entropy: the loss of choosing one of several classes."""

from __future__ import annotations

import math

import numpy as np

from nnstudio.graph.layer import Cost, Example, LayerDoc, NoParams
from nnstudio.graph.registry import register
from nnstudio.graph.types import ClassTarget, Target, TensorType, flat, maps
from nnstudio.kernels.activation import is_small
from nnstudio.kernels.kernel import In3, InIndex1, Out1, Out3, kernel
from nnstudio.kernels.maths import exp, log, share
from nnstudio.layers import targets
from nnstudio.layers.contract import Emit, RunnableLayer


@kernel
def softmax_loss(
    x: In3,
    target: InIndex1,
    probabilities: Out3,
    loss: Out1,
    height: int,
    width: int,
    classes: int,
    tid: int,
    threads: int,
) -> None:
    """Give each place's probabilities, and −log of the right class's summed over the places.

    Scores are shifted by the highest; places without a class are charged nothing.
    """
    first, last = share(x.shape[0], tid, threads)
    for n in range(first, last):
        charged = np.float64(0.0)
        for h in range(height):
            for w in range(width):
                at = w * classes
                t = target[(n * height + h) * width + w]
                if t < 0:
                    for j in range(at, at + classes):
                        probabilities[n, h, j] = 0.0
                    continue
                top = -math.inf
                for j in range(at, at + classes):
                    top = x[n, h, j] if x[n, h, j] > top else top
                total = 0.0
                for j in range(at, at + classes):
                    value = exp(x[n, h, j] - top)
                    probabilities[n, h, j] = value
                    total += value
                charged += log(total) + top - x[n, h, at + t]
                scale = 1.0 / total
                for j in range(at, at + classes):
                    probabilities[n, h, j] = probabilities[n, h, j] * scale
        loss[n] = charged


@kernel
def softmax_loss_gradient(
    probabilities: In3,
    target: InIndex1,
    dx: Out3,
    height: int,
    width: int,
    classes: int,
    scale: float,
    tid: int,
    threads: int,
) -> None:
    """Give (p − onehot) · scale; 0 at places without a class, whose p are 0."""
    first, last = share(dx.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for w in range(width):
                at = w * classes
                for j in range(at, at + classes):
                    dx[n, h, j] = probabilities[n, h, j] * scale
                t = target[(n * height + h) * width + w]
                if t >= 0:
                    dx[n, h, at + t] = (probabilities[n, h, at + t] - 1.0) * scale


@register
class SoftmaxCrossEntropy(RunnableLayer):
    """Softmax and cross-entropy in one, on scores."""

    kind = "softmax_cross_entropy"
    title = "Softmax loss"
    category = "loss"
    shortcut = "S"
    prefix = "loss"
    outputs = ()
    doc = LayerDoc(
        summary="Turns scores into probabilities and charges −log of the right one's.",
        use="For data with classes; the layer before it gives one score a class, without an"
        " activation. Where the data has a class for each step of a sequence or pixel of a map,"
        " it takes the scores of each, and the mean leaves masked places out.",
        pitfalls="It applies softmax itself: no Softmax layer before it. An untrained network with"
        " K classes should lose about log K.",
        formula=r"L = -\log \frac{e^{s_t}}{\sum_j e^{s_j}},\quad"
        r" \frac{\partial L}{\partial s_j} = p_j - 1_{j = t}",
        source="Goodfellow, Bengio & Courville, Deep Learning, section 6.2.2.3; scores are shifted"
        " by the highest one so that no exponential overflows",
    )
    examples = (
        Example({}, (flat(10),), ClassTarget(tuple("0123456789"))),
        Example({}, (flat(3),), ClassTarget(("a", "b", "c"))),
        Example({}, (TensorType((5, 3), "f4", "TF"),), ClassTarget(("a", "b", "c"), (5,))),
        Example({}, (maps(4, 3, 2),), ClassTarget(("no", "yes"), (4, 3))),
    )

    def essentials(self, p: NoParams) -> str:
        return "cross-entropy"

    def infer(self, p: NoParams, inputs: tuple[TensorType, ...]) -> TensorType:
        return targets.scalar_of_grid(self.title, inputs[0])

    def check_target(self, p: NoParams, inputs: tuple[TensorType, ...], target: Target) -> None:
        targets.check_grid(self.title, inputs[0], target)

    def cost(self, p: NoParams, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        exponentials, logarithms = targets.counts(inputs[0])
        return Cost(arithmetic=(f"{exponentials} and {logarithms}",))

    def shape_lines(
        self, p: NoParams, inputs: tuple[TensorType, ...], output: TensorType
    ) -> tuple[str, ...]:
        return targets.to_one(inputs[0])

    def forward(self, e: Emit) -> None:
        x = e.x[0]
        assert e.target is not None
        assert e.loss is not None
        probabilities = e.program.buffer(f"{x.name}.probabilities", x.shape)
        e.saved["probabilities"] = probabilities
        views = x.rows(), e.target.vector(), probabilities.rows(), e.loss.vector()
        e.program.call(
            softmax_loss, *views, *targets.grid(x), label="softmax loss", serial=is_small(x)
        )

    def backward(self, e: Emit) -> None:
        dx = e.dx[0]
        if dx is None:
            return
        assert e.target is not None
        views = e.saved["probabilities"].rows(), e.target.vector(), dx.rows()
        e.program.call(
            softmax_loss_gradient,
            *views,
            *targets.grid(dx),
            e.gradient_scale,
            label="softmax loss gradient",
            serial=is_small(dx),
        )
