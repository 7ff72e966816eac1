"""Binary cross-entropy on scores: two classes, or several yes-or-no numbers."""

from __future__ import annotations

from nnstudio.graph.layer import (
    Cost,
    Example,
    LayerDoc,
    Mismatch,
    NoParams,
    SetWidth,
)
from nnstudio.graph.registry import register
from nnstudio.graph.types import ClassTarget, Target, TensorType, ValueTarget, flat
from nnstudio.kernels.activation import is_small
from nnstudio.kernels.kernel import In2, InIndex1, Out1, Out2, kernel
from nnstudio.kernels.maths import exp, log, share, sigmoid
from nnstudio.layers import targets
from nnstudio.layers.contract import Emit, RunnableLayer


@kernel
def binary_loss_of_values(
    x: In2, target: In2, loss: Out1, values: int, tid: int, threads: int
) -> None:
    """Give the mean of max(s, 0) − s t + log(1 + exp(−|s|)) of each row."""
    first, last = share(x.shape[0], tid, threads)
    for n in range(first, last):
        total = 0.0
        for j in range(values):
            score = x[n, j]
            above = 0.0 if score < 0.0 else score
            total += above - score * target[n, j] + log(1.0 + exp(-abs(score)))
        loss[n] = total / float(values)


@kernel
def binary_loss_of_classes(x: In2, target: InIndex1, loss: Out1, tid: int, threads: int) -> None:
    """The same for one score and a class of 0 or 1."""
    first, last = share(x.shape[0], tid, threads)
    for n in range(first, last):
        score = x[n, 0]
        above = 0.0 if score < 0.0 else score
        loss[n] = above - score * float(target[n]) + log(1.0 + exp(-abs(score)))


@kernel
def binary_gradient_of_values(
    x: In2, target: In2, dx: Out2, values: int, scale: float, tid: int, threads: int
) -> None:
    """Give (sigmoid(s) − t) · scale."""
    first, last = share(dx.shape[0], tid, threads)
    for n in range(first, last):
        for j in range(values):
            dx[n, j] = (sigmoid(x[n, j]) - target[n, j]) * scale


@kernel
def binary_gradient_of_classes(
    x: In2, target: InIndex1, dx: Out2, scale: float, tid: int, threads: int
) -> None:
    """The same for one score and a class of 0 or 1."""
    first, last = share(dx.shape[0], tid, threads)
    for n in range(first, last):
        dx[n, 0] = (sigmoid(x[n, 0]) - float(target[n])) * scale


@register
class BinaryCrossEntropy(RunnableLayer):
    """Sigmoid and cross-entropy in one, on scores."""

    kind = "binary_cross_entropy"
    title = "Binary cross-entropy"
    category = "loss"
    prefix = "loss"
    outputs = ()
    doc = LayerDoc(
        summary="Turns each score into a probability of “yes” and charges −log of the right"
        " answer's.",
        use="For data with two classes and one score (above 0 means the second class), or for"
        " several yes-or-no numbers at once.",
        pitfalls="It applies the sigmoid itself: no Sigmoid layer and no sigmoid activation before"
        " it. Targets that are numbers must lie between 0 and 1.",
        formula=r"L = \frac{1}{V} \sum_v \left( \max(s_v, 0) - s_v t_v +"
        r" \log(1 + e^{-|s_v|}) \right)",
        source="The stable form on scores, as in torch's BCEWithLogitsLoss",
    )
    examples = (
        Example({}, (flat(1),), ClassTarget(("no", "yes"))),
        Example({}, (flat(4),), ValueTarget(tuple("abcd"))),
    )

    def essentials(self, p: NoParams) -> str:
        return "yes or no"

    def infer(self, p: NoParams, inputs: tuple[TensorType, ...]) -> TensorType:
        return targets.scalar_of_flat(self.title, inputs[0])

    def check_target(self, p: NoParams, inputs: tuple[TensorType, ...], target: Target) -> None:
        x = inputs[0]
        if isinstance(target, ValueTarget):
            targets.check_values(self.title, x, target)
            return
        targets.check_single(self.title, target)
        if target.size != 2:
            raise Mismatch(
                f"{self.title} tells two classes apart; the data set has"
                f" {targets.counted(target.size, 'class')}.",
                targets.SOFTMAX_LOSS,
            )
        if x.size != 1:
            raise Mismatch(
                f"{self.title} needs one score for two classes; {targets.counted(x.size, 'score')}"
                " arrive.",
                SetWidth(1, "Set units to 1"),
                targets.SOFTMAX_LOSS,
                port="x",
            )

    def cost(self, p: NoParams, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost(arithmetic=(f"{targets.counted(inputs[0].size, 'exponential')}",))

    def shape_lines(
        self, p: NoParams, inputs: tuple[TensorType, ...], output: TensorType
    ) -> tuple[str, ...]:
        return targets.to_one(inputs[0])

    def forward(self, e: Emit) -> None:
        assert e.target is not None
        assert e.loss is not None
        x, loss, serial = e.x[0].flat(), e.loss.vector(), is_small(e.x[0])
        if e.target.dtype == "i8":
            e.program.call(binary_loss_of_classes, x, e.target.vector(), loss, serial=serial)
        else:
            args = x, e.target.flat(), loss, e.x[0].shape[1]
            e.program.call(binary_loss_of_values, *args, serial=serial)

    def backward(self, e: Emit) -> None:
        if e.dx[0] is None:
            return
        assert e.target is not None
        x, dx, scale = e.x[0].flat(), e.dx[0].flat(), e.gradient_scale
        values, serial = e.x[0].shape[1], is_small(e.x[0])
        if e.target.dtype == "i8":
            args = x, e.target.vector(), dx, scale
            e.program.call(binary_gradient_of_classes, *args, serial=serial)
        else:
            views = x, e.target.flat(), dx
            args_of_values = *views, values, scale / values
            e.program.call(binary_gradient_of_values, *args_of_values, serial=serial)
