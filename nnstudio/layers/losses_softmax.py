"""Softmax cross-entropy: the loss of choosing one of several classes."""

from __future__ import annotations

import math

from nnstudio.graph.layer import Cost, Example, LayerDoc, NoParams
from nnstudio.graph.registry import register
from nnstudio.graph.types import ClassTarget, Target, TensorType, flat
from nnstudio.kernels.activation import is_small
from nnstudio.kernels.kernel import In2, InIndex1, Out1, Out2, kernel
from nnstudio.kernels.maths import exp, log, share
from nnstudio.layers import targets
from nnstudio.layers.contract import Emit, RunnableLayer


@kernel
def softmax_loss(
    x: In2,
    target: InIndex1,
    probabilities: Out2,
    loss: Out1,
    classes: int,
    tid: int,
    threads: int,
) -> None:
    """Give each row's probabilities and −log of the right class's, shifted by the highest score."""
    first, last = share(x.shape[0], tid, threads)
    for n in range(first, last):
        top = -math.inf
        for j in range(classes):
            top = x[n, j] if x[n, j] > top else top
        total = 0.0
        for j in range(classes):
            value = exp(x[n, j] - top)
            probabilities[n, j] = value
            total += value
        loss[n] = log(total) + top - x[n, target[n]]
        scale = 1.0 / total
        for j in range(classes):
            probabilities[n, j] = probabilities[n, j] * scale


@kernel
def softmax_loss_gradient(
    probabilities: In2,
    target: InIndex1,
    dx: Out2,
    classes: int,
    scale: float,
    tid: int,
    threads: int,
) -> None:
    """Give (p − onehot) · scale."""
    first, last = share(dx.shape[0], tid, threads)
    for n in range(first, last):
        for j in range(classes):
            dx[n, j] = probabilities[n, j] * scale
        dx[n, target[n]] = (probabilities[n, target[n]] - 1.0) * scale


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
        " activation.",
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
    )

    def essentials(self, p: NoParams) -> str:
        return "cross-entropy"

    def infer(self, p: NoParams, inputs: tuple[TensorType, ...]) -> TensorType:
        return targets.scalar_of_flat(self.title, inputs[0])

    def check_target(self, p: NoParams, inputs: tuple[TensorType, ...], target: Target) -> None:
        targets.check_classes(self.title, inputs[0], target)

    def cost(self, p: NoParams, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost(
            arithmetic=(f"{targets.counted(inputs[0].size, 'exponential')} and one logarithm",)
        )

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
        e.program.call(
            softmax_loss,
            x.flat(),
            e.target.vector(),
            probabilities.flat(),
            e.loss.vector(),
            x.shape[1],
            label="softmax loss",
            serial=is_small(x),
        )

    def backward(self, e: Emit) -> None:
        if e.dx[0] is None:
            return
        assert e.target is not None
        e.program.call(
            softmax_loss_gradient,
            e.saved["probabilities"].flat(),
            e.target.vector(),
            e.dx[0].flat(),
            e.x[0].shape[1],
            e.gradient_scale,
            label="softmax loss gradient",
            serial=is_small(e.x[0]),
        )
