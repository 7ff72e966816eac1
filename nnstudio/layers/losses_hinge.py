"""Multiclass hinge: the loss of a linear support vector machine."""

from __future__ import annotations

from pydantic import Field

from nnstudio.graph.layer import Cost, Example, LayerDoc, LayerParams
from nnstudio.graph.registry import register
from nnstudio.graph.types import ClassTarget, Target, TensorType, flat
from nnstudio.kernels.activation import is_small
from nnstudio.kernels.kernel import In2, InIndex1, Out1, Out2, kernel
from nnstudio.kernels.maths import share
from nnstudio.layers import targets
from nnstudio.layers.contract import Emit, RunnableLayer


@kernel
def hinge_loss(
    x: In2,
    target: InIndex1,
    loss: Out1,
    classes: int,
    margin: float,
    squared: int,
    tid: int,
    threads: int,
) -> None:
    """Give Σ max(0, s_j − s_t + margin) over the wrong classes, or of its squares."""
    first, last = share(x.shape[0], tid, threads)
    for n in range(first, last):
        right = x[n, target[n]] - margin
        total = 0.0
        for j in range(classes):
            value = x[n, j] - right
            value = 0.0 if value < 0.0 or j == target[n] else value
            total += value * value if squared else value
        loss[n] = total


@kernel
def hinge_loss_gradient(
    x: In2,
    target: InIndex1,
    dx: Out2,
    classes: int,
    margin: float,
    squared: int,
    scale: float,
    tid: int,
    threads: int,
) -> None:
    """Push each violating class down and the right one up by the sum of their pushes."""
    first, last = share(dx.shape[0], tid, threads)
    for n in range(first, last):
        right = x[n, target[n]] - margin
        total = 0.0
        for j in range(classes):
            value = x[n, j] - right
            push = 2.0 * value if squared else 1.0
            push = push * scale if value > 0.0 and j != target[n] else 0.0
            total += push
            dx[n, j] = push
        dx[n, target[n]] = -total


class HingeParams(LayerParams):
    """Parameters of Hinge loss."""

    margin: float = Field(
        1.0,
        title="Margin",
        description="How far the right class's score must lie above every other.",
        gt=0.0,
        le=1000.0,
        json_schema_extra={"step": 0.1},
    )
    squared: bool = Field(
        False, title="Squared", description="Charge the square of each violation (L2-SVM)."
    )


@register
class Hinge(RunnableLayer):
    """Multiclass hinge on scores."""

    kind = "hinge"
    title = "Hinge loss"
    category = "loss"
    prefix = "loss"
    outputs = ()
    params = HingeParams
    doc = LayerDoc(
        summary="Charges every wrong class whose score comes within the margin of the right one's.",
        use="For data with classes when only the order of the scores matters: a linear classifier"
        " with it is a support vector machine.",
        pitfalls="The scores are not probabilities. An untrained network with K classes loses about"
        " K − 1 at margin 1. At the margin itself the gradient jumps; it is 0 there.",
        formula=r"L = \sum_{j \ne t} \max(0,\; s_j - s_t + \Delta)",
        source="Weston & Watkins 1999, Support Vector Machines for Multi-Class Pattern Recognition;"
        " torch divides by the number of classes, this does not",
    )
    examples = (
        Example({}, (flat(10),), ClassTarget(tuple("0123456789"))),
        Example({"margin": 0.5, "squared": True}, (flat(3),), ClassTarget(("a", "b", "c"))),
    )

    def essentials(self, p: HingeParams) -> str:
        return f"margin {p.margin:g}{' · squared' if p.squared else ''}"

    def infer(self, p: HingeParams, inputs: tuple[TensorType, ...]) -> TensorType:
        return targets.scalar_of_flat(self.title, inputs[0])

    def check_target(self, p: HingeParams, inputs: tuple[TensorType, ...], target: Target) -> None:
        targets.check_classes(self.title, inputs[0], target)

    def cost(self, p: HingeParams, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost(arithmetic=(f"{inputs[0].size} − 1 comparisons with the right class",))

    def shape_lines(
        self, p: HingeParams, inputs: tuple[TensorType, ...], output: TensorType
    ) -> tuple[str, ...]:
        return targets.to_one(inputs[0])

    def forward(self, e: Emit) -> None:
        assert e.target is not None
        assert e.loss is not None
        views = e.x[0].flat(), e.target.vector(), e.loss.vector()
        args = *views, e.x[0].shape[1], e.p.margin, int(e.p.squared)
        e.program.call(hinge_loss, *args, label="hinge loss", serial=is_small(e.x[0]))

    def backward(self, e: Emit) -> None:
        if e.dx[0] is None:
            return
        assert e.target is not None
        views = e.x[0].flat(), e.target.vector(), e.dx[0].flat()
        args = *views, e.x[0].shape[1], e.p.margin, int(e.p.squared), e.gradient_scale
        label = "hinge loss gradient"
        e.program.call(hinge_loss_gradient, *args, label=label, serial=is_small(e.x[0]))
