"""Focal loss: cross-entropy that spends little on samples that are already right."""

from __future__ import annotations

import math

import numpy as np
from pydantic import Field

from nnstudio.graph.layer import Cost, Example, LayerDoc, LayerParams
from nnstudio.graph.registry import register
from nnstudio.graph.types import ClassTarget, Target, TensorType, flat, maps
from nnstudio.kernels.kernel import In1, In3, InIndex1, Out1, Out3, kernel
from nnstudio.kernels.maths import exp, log, share
from nnstudio.layers import targets
from nnstudio.layers.contract import Emit, RunnableLayer

_TINY = 1e-30  # below this the others' share is 0, and the gradient takes its limit


@kernel
def focal_loss(
    x: In3,
    target: InIndex1,
    probabilities: Out3,
    loss: Out1,
    factor: Out1,
    height: int,
    width: int,
    classes: int,
    gamma: float,
    alpha: float,
    tid: int,
    threads: int,
) -> None:
    """Give −alpha qᵞ log p summed over places, p the right class's share, q = 1 − p the others'.

    `factor` becomes alpha (γ qᵞ⁻¹ p log p − qᵞ), what the gradient by the scores of a place has in
    common. Places without a class are charged nothing.
    """
    first, last = share(x.shape[0], tid, threads)
    for n in range(first, last):
        charged = np.float64(0.0)
        for h in range(height):
            for w in range(width):
                at = w * classes
                place = (n * height + h) * width + w
                t = at + target[place]
                factor[place] = 0.0
                if t < at:
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
                others = 0.0  # summed, since 1 − p would lose digits near p = 1
                for j in range(at, at + classes):
                    probabilities[n, h, j] = probabilities[n, h, j] / total
                    others += probabilities[n, h, j] if j != t else 0.0
                log_p = x[n, h, t] - top - log(total)
                weight = alpha
                if gamma > 0.0:
                    weight = alpha * exp(gamma * log(others)) if others > _TINY else 0.0 * others
                charged += -weight * log_p
                ratio = exp(log_p) * log_p / others if others > _TINY else -1.0
                factor[place] = weight * (gamma * ratio - 1.0)
        loss[n] = charged


@kernel
def focal_loss_gradient(
    probabilities: In3,
    target: InIndex1,
    factor: In1,
    dx: Out3,
    height: int,
    width: int,
    classes: int,
    scale: float,
    tid: int,
    threads: int,
) -> None:
    """Give factor (onehot − p) · scale; 0 at places without a class."""
    first, last = share(dx.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for w in range(width):
                at = w * classes
                place = (n * height + h) * width + w
                common = factor[place] * scale
                for j in range(at, at + classes):
                    dx[n, h, j] = -probabilities[n, h, j] * common
                t = at + target[place]
                if t >= at:
                    others = 0.0
                    for j in range(at, at + classes):
                        others += probabilities[n, h, j] if j != t else 0.0
                    dx[n, h, t] = others * common


class FocalParams(LayerParams):
    """Parameters of Focal loss."""

    gamma: float = Field(
        2.0,
        title="Gamma",
        description="How much less easy samples count; 0 is plain cross-entropy.",
        ge=0.0,
        le=10.0,
        json_schema_extra={"step": 0.5},
    )
    alpha: float = Field(
        1.0,
        title="Alpha",
        description="What the whole loss is multiplied with.",
        gt=0.0,
        le=100.0,
        json_schema_extra={"step": 0.05},
    )


@register
class FocalLoss(RunnableLayer):
    """Softmax and focal loss in one, on scores."""

    kind = "focal"
    title = "Focal loss"
    category = "loss"
    prefix = "loss"
    outputs = ()
    params = FocalParams
    doc = LayerDoc(
        summary="Turns scores into probabilities and charges −log of the right one's, less for"
        " samples that are already right.",
        use="For data in which most samples are easy or of one class, and the rare hard ones"
        " should count; also with a class for each step or pixel, where most are background.",
        pitfalls="It applies softmax itself: no Softmax layer before it. Wrong labels are hard"
        " samples too, and a large gamma chases them.",
        formula=r"L = -\alpha\,(1 - p_t)^\gamma \log p_t,\quad"
        r" p_t = \frac{e^{s_t}}{\sum_j e^{s_j}}",
        source="Lin, Goyal, Girshick, He & Dollár 2017, Focal Loss for Dense Object Detection,"
        " section 3; here over softmax, with one alpha for all classes",
    )
    examples = (
        Example({}, (flat(10),), ClassTarget(tuple("0123456789"))),
        Example({"gamma": 0.5, "alpha": 0.25}, (flat(3),), ClassTarget(("a", "b", "c"))),
        Example({"gamma": 0.0}, (flat(2),), ClassTarget(("no", "yes"))),
        Example({}, (TensorType((5, 3), "f4", "TF"),), ClassTarget(("a", "b", "c"), (5,))),
        Example({"alpha": 0.5}, (maps(4, 3, 2),), ClassTarget(("no", "yes"), (4, 3))),
    )

    def essentials(self, p: FocalParams) -> str:
        return f"gamma {p.gamma:g}" + ("" if p.alpha == 1.0 else f" · alpha {p.alpha:g}")

    def infer(self, p: FocalParams, inputs: tuple[TensorType, ...]) -> TensorType:
        return targets.scalar_of_grid(self.title, inputs[0])

    def check_target(self, p: FocalParams, inputs: tuple[TensorType, ...], target: Target) -> None:
        targets.check_grid(self.title, inputs[0], target)

    def cost(self, p: FocalParams, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        exponentials, logarithms = targets.counts(inputs[0])
        powers = logarithms.replace("logarithm", "power")
        return Cost(arithmetic=(f"{exponentials}, {logarithms} and {powers}",))

    def shape_lines(
        self, p: FocalParams, inputs: tuple[TensorType, ...], output: TensorType
    ) -> tuple[str, ...]:
        return targets.to_one(inputs[0])

    def forward(self, e: Emit) -> None:
        x = e.x[0]
        assert e.target is not None
        assert e.loss is not None
        probabilities = e.program.buffer(f"{x.name}.probabilities", x.shape)
        factor = e.program.buffer(f"{x.name}.factor", e.target.shape)
        e.saved.update(probabilities=probabilities, factor=factor)
        views = x.rows(), e.target.vector(), probabilities.rows(), e.loss.vector(), factor.vector()
        e.program.call(focal_loss, *views, *targets.grid(x), e.p.gamma, e.p.alpha)

    def backward(self, e: Emit) -> None:
        dx = e.dx[0]
        if dx is None:
            return
        assert e.target is not None
        views = e.saved["probabilities"].rows(), e.target.vector(), e.saved["factor"].vector()
        sizes = targets.grid(dx)
        e.program.call(focal_loss_gradient, *views, dx.rows(), *sizes, e.gradient_scale)
