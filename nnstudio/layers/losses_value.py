"""Mean squared error: the loss of predicting numbers."""

from __future__ import annotations

from nnstudio.graph.layer import Cost, Example, LayerDoc, NoParams
from nnstudio.graph.registry import register
from nnstudio.graph.types import Target, TensorType, ValueTarget, flat
from nnstudio.kernels.activation import is_small
from nnstudio.kernels.kernel import In2, Out1, Out2, kernel
from nnstudio.kernels.maths import share
from nnstudio.layers import targets
from nnstudio.layers.contract import Emit, RunnableLayer


@kernel
def squared_error(x: In2, target: In2, loss: Out1, values: int, tid: int, threads: int) -> None:
    """Give the mean of (x − t)² of each row."""
    first, last = share(x.shape[0], tid, threads)
    for n in range(first, last):
        total = 0.0
        for j in range(values):
            value = x[n, j] - target[n, j]
            total += value * value
        loss[n] = total / float(values)


@kernel
def squared_error_gradient(
    x: In2, target: In2, dx: Out2, values: int, scale: float, tid: int, threads: int
) -> None:
    """Give 2 (x − t) · scale."""
    first, last = share(dx.shape[0], tid, threads)
    for n in range(first, last):
        for j in range(values):
            dx[n, j] = 2.0 * scale * (x[n, j] - target[n, j])


@register
class MeanSquaredError(RunnableLayer):
    """Mean squared error over the numbers of a sample."""

    kind = "mse"
    title = "Squared error"
    category = "loss"
    prefix = "loss"
    outputs = ()
    doc = LayerDoc(
        summary="Charges the squared distance between prediction and target, averaged over the"
        " numbers of a sample.",
        use="For data whose target is a number: prices, ages, temperatures.",
        pitfalls="One far-off sample weighs a lot. Scale the targets, or the loss and its gradients"
        " become huge.",
        formula=r"L = \frac{1}{V} \sum_v (y_v - t_v)^2",
    )
    examples = (
        Example({}, (flat(1),), ValueTarget(("price",))),
        Example({}, (flat(5),), ValueTarget(tuple("abcde"))),
    )

    def essentials(self, p: NoParams) -> str:
        return "mean of squares"

    def infer(self, p: NoParams, inputs: tuple[TensorType, ...]) -> TensorType:
        return targets.scalar_of_flat(self.title, inputs[0])

    def check_target(self, p: NoParams, inputs: tuple[TensorType, ...], target: Target) -> None:
        targets.check_values(self.title, inputs[0], target)

    def cost(self, p: NoParams, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost(arithmetic=(f"{targets.counted(inputs[0].size, 'square')}, averaged",))

    def shape_lines(
        self, p: NoParams, inputs: tuple[TensorType, ...], output: TensorType
    ) -> tuple[str, ...]:
        return targets.to_one(inputs[0])

    def forward(self, e: Emit) -> None:
        assert e.target is not None
        assert e.loss is not None
        views = e.x[0].flat(), e.target.flat(), e.loss.vector()
        values, serial = e.x[0].shape[1], is_small(e.x[0])
        e.program.call(squared_error, *views, values, label="squared error", serial=serial)

    def backward(self, e: Emit) -> None:
        if e.dx[0] is None:
            return
        assert e.target is not None
        values = e.x[0].shape[1]
        views = e.x[0].flat(), e.target.flat(), e.dx[0].flat()
        args = *views, values, e.gradient_scale / values
        label = "squared error gradient"
        e.program.call(squared_error_gradient, *args, label=label, serial=is_small(e.x[0]))
