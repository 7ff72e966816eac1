"""Mean absolute error and Huber loss: losses of predicting numbers that forgive outliers."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from nnstudio.graph.layer import Cost, Example, LayerDoc, LayerParams
from nnstudio.graph.registry import register
from nnstudio.graph.types import Target, TensorType, ValueTarget, flat
from nnstudio.kernels.kernel import In2, Kernel, Out1, Out2, kernel
from nnstudio.kernels.maths import share
from nnstudio.layers import targets
from nnstudio.layers.contract import Emit, RunnableLayer

_EXAMPLES = (
    Example({}, (flat(1),), ValueTarget(("price",))),
    Example({}, (flat(5),), ValueTarget(tuple("abcde"))),
)


@kernel
def absolute_error(x: In2, target: In2, loss: Out1, values: int, tid: int, threads: int) -> None:
    """Give the mean of |x − t| of each row."""
    first, last = share(x.shape[0], tid, threads)
    for n in range(first, last):
        total = 0.0
        for j in range(values):
            total += abs(x[n, j] - target[n, j])
        loss[n] = total / float(values)


@kernel
def absolute_error_gradient(
    x: In2, target: In2, dx: Out2, values: int, scale: float, tid: int, threads: int
) -> None:
    """Give sign(x − t) · scale; 0 where both are equal."""
    first, last = share(dx.shape[0], tid, threads)
    for n in range(first, last):
        for j in range(values):
            d = x[n, j] - target[n, j]
            up = scale if d > 0.0 else 0.0 * d
            dx[n, j] = -scale if d < 0.0 else up


@kernel
def huber_error(
    x: In2, target: In2, loss: Out1, values: int, delta: float, tid: int, threads: int
) -> None:
    """Give the mean over each row: (x − t)² / 2 up to delta, a straight line beyond."""
    first, last = share(x.shape[0], tid, threads)
    for n in range(first, last):
        total = 0.0
        for j in range(values):
            d = abs(x[n, j] - target[n, j])
            total += delta * (d - 0.5 * delta) if d > delta else 0.5 * d * d
        loss[n] = total / float(values)


@kernel
def huber_error_gradient(
    x: In2, target: In2, dx: Out2, values: int, scale: float, delta: float, tid: int, threads: int
) -> None:
    """Give the difference, cut at delta on both sides, times the scale."""
    first, last = share(dx.shape[0], tid, threads)
    for n in range(first, last):
        for j in range(values):
            d = x[n, j] - target[n, j]
            d = delta if d > delta else d
            d = -delta if d < -delta else d
            dx[n, j] = d * scale


class _OnValues(RunnableLayer):
    """A loss that is a mean over the numbers of a sample."""

    category = "loss"
    prefix = "loss"
    outputs = ()
    word = ""

    def kernels(self) -> tuple[Kernel, Kernel]:
        """Give the kernels of the loss and of its gradient."""
        raise NotImplementedError

    def constants(self, p: Any) -> tuple[float, ...]:
        """Give the constants that both kernels take last."""
        return ()

    def infer(self, p: Any, inputs: tuple[TensorType, ...]) -> TensorType:
        return targets.scalar_of_flat(self.title, inputs[0])

    def check_target(self, p: Any, inputs: tuple[TensorType, ...], target: Target) -> None:
        targets.check_values(self.title, inputs[0], target)

    def cost(self, p: Any, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost(arithmetic=(f"{targets.counted(inputs[0].size, self.word)}, averaged",))

    def shape_lines(
        self, p: Any, inputs: tuple[TensorType, ...], output: TensorType
    ) -> tuple[str, ...]:
        return targets.to_one(inputs[0])

    def forward(self, e: Emit) -> None:
        assert e.target is not None
        assert e.loss is not None
        views = e.x[0].flat(), e.target.flat(), e.loss.vector()
        e.program.call(self.kernels()[0], *views, e.x[0].shape[1], *self.constants(e.p))

    def backward(self, e: Emit) -> None:
        if e.dx[0] is None:
            return
        assert e.target is not None
        values = e.x[0].shape[1]
        views = e.x[0].flat(), e.target.flat(), e.dx[0].flat()
        scale = e.gradient_scale / values
        e.program.call(self.kernels()[1], *views, values, scale, *self.constants(e.p))


@register
class MeanAbsoluteError(_OnValues):
    """Mean absolute error over the numbers of a sample."""

    kind = "mae"
    title = "Absolute error"
    word = "distance"
    doc = LayerDoc(
        summary="Charges the distance between prediction and target, averaged over the numbers of"
        " a sample.",
        use="For data whose target is a number, when a few samples are far off: it aims at the"
        " median, not the mean.",
        pitfalls="Its gradient is as large near the target as far away, so the end of training"
        " trembles: let the learning rate fall.",
        formula=r"L = \frac{1}{V} \sum_v |y_v - t_v|",
    )
    examples = _EXAMPLES

    def essentials(self, p: Any) -> str:
        return "mean of distances"

    def kernels(self) -> tuple[Kernel, Kernel]:
        return absolute_error, absolute_error_gradient


class HuberParams(LayerParams):
    """Parameters of Huber loss."""

    delta: float = Field(
        1.0,
        title="Delta",
        description="The distance up to which errors count squared; beyond, they count as a"
        " straight line.",
        ge=1e-3,
        le=1e6,
        json_schema_extra={"step": 0.1},
    )


@register
class Huber(_OnValues):
    """Squared near the target, straight far away."""

    kind = "huber"
    title = "Huber loss"
    params = HuberParams
    word = "distance"
    doc = LayerDoc(
        summary="Charges half the square of small errors, and large ones in a straight line.",
        use="For data whose target is a number: smooth like the squared error, and forgiving to"
        " outliers like the absolute error.",
        pitfalls="Delta is in the target's own unit: scale the targets, or choose delta near the"
        " size of a usual error.",
        formula=r"L = \frac{1}{V} \sum_v \begin{cases} \frac{1}{2} d_v^2 & d_v \le \delta \\"
        r" \delta\,(d_v - \frac{1}{2} \delta) & d_v > \delta \end{cases},\quad d_v = |y_v - t_v|",
        source="Huber 1964, Robust Estimation of a Location Parameter",
    )
    examples = (
        *_EXAMPLES,
        Example({"delta": 0.3}, (flat(7),), ValueTarget(tuple("abcdefg"))),
    )

    def essentials(self, p: HuberParams) -> str:
        return f"delta {p.delta:g}"

    def constants(self, p: HuberParams) -> tuple[float, ...]:
        return (p.delta,)

    def kernels(self) -> tuple[Kernel, Kernel]:
        return huber_error, huber_error_gradient
