"""Batch norm: each channel gets mean 0 and variance 1 over the batch, then a scale and a shift."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nnstudio.core import words
from nnstudio.graph.layer import Cost, Example, Layer, LayerDoc, LayerParams, Port, WeightSpec
from nnstudio.graph.registry import register
from nnstudio.graph.types import TensorType, flat, maps
from nnstudio.kernels import normalise
from nnstudio.kernels.moves import copy
from nnstudio.kernels.program import Buffer
from nnstudio.layers.contract import Emit, RunnableLayer


class BatchNormParams(LayerParams):
    """Parameters of Batch norm."""

    momentum: float = Field(
        0.1,
        title="Momentum",
        description="Weight of the newest batch in the running averages used in evaluation.",
        gt=0.0,
        le=1.0,
        json_schema_extra={"step": 0.01},
    )
    eps: float = Field(
        1e-5,
        title="Epsilon",
        description="Added to the variance, so that nothing is divided by 0.",
        ge=1e-12,
        le=0.1,
    )
    activation: Literal["linear", "relu"] = Field(
        "linear",
        title="Activation",
        description="The function each output number goes through.",
    )


@register
class BatchNorm(RunnableLayer):
    """Batch normalisation over maps or flat vectors."""

    kind = "batch_norm"
    title = "Batch norm"
    category = "pool & normalise"
    shortcut = "B"
    prefix = "bn"
    params = BatchNormParams
    doc = LayerDoc(
        summary="Gives each channel mean 0 and variance 1 over the batch, then a trained scale and"
        " shift.",
        use="Between a Conv or Dense (without bias) and its ReLU: larger learning rates work, and"
        " the start matters less.",
        pitfalls="It needs batches of more than a few samples. In evaluation it uses running"
        " averages, so the first epochs' validation may look odd.",
        formula=r"y = \gamma \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta",
        source="Ioffe & Szegedy 2015, Batch Normalization: Accelerating Deep Network Training;"
        " running averages as in torch: unbiased variance, momentum is the newest batch's weight",
    )
    examples = (
        Example({}, (maps(3, 4, 5),)),
        Example({"momentum": 0.3, "eps": 1e-3}, (flat(7),)),
        Example({"activation": "relu"}, (maps(5, 2, 3),)),
        Example({"activation": "relu"}, (flat(4),)),
    )

    def essentials(self, p: BatchNormParams) -> str:
        return "ReLU" if p.activation == "relu" else "per channel"

    def weights(self, p: BatchNormParams, inputs: tuple[TensorType, ...]) -> tuple[WeightSpec, ...]:
        shape = (inputs[0].shape[-1],)
        return (
            WeightSpec("scale", shape, "ones"),
            WeightSpec("shift", shape, "zeros"),
            WeightSpec("running_mean", shape, "zeros", trained=False),
            WeightSpec("running_var", shape, "ones", trained=False),
        )

    def cost(self, p: BatchNormParams, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        channels = inputs[0].shape[-1]
        return Cost(
            2 * channels,
            output.size,
            (
                f"2 · {channels} = {words.whole(2 * channels)} parameters",
                f"{'·'.join(map(str, output.shape))} = {words.whole(output.size)} MACs",
            ),
        )

    def absorb(self, p: BatchNormParams, follower: Layer) -> LayerParams | None:
        if p.activation != "linear" or follower.kind != "relu":
            return None
        return p.model_copy(update={"activation": "relu"})

    def takes_mean(self, p: BatchNormParams) -> bool:
        return True

    def with_summand(self, p: BatchNormParams) -> RunnableLayer | None:
        return BatchNormSum() if p.activation == "linear" else None

    def forward(self, e: Emit) -> None:
        program, x, p = e.program, e.x[0], e.p
        mean, inverse = (
            program.buffer(f"{e.out.name}.{name}", (x.shape[-1],)) for name in ("mean", "inverse")
        )
        e.saved.update(mean=mean, inverse=inverse)
        running = e.state["running_mean"], e.state["running_var"]
        if e.training:
            normalise.add_statistics(program, x, mean, inverse, *running, p.momentum, p.eps)
        else:
            normalise.add_running(program, *running, mean, inverse, p.eps)
        scale, shift, relu = e.weights["scale"], e.weights["shift"], p.activation == "relu"
        more = e.x[1] if len(e.x) > 1 else None
        normalise.add_normalise(
            program, x, mean, inverse, scale, shift, e.out, relu=relu, more=more
        )

    def backward(self, e: Emit) -> None:
        self._backward(e, e.grad, relu=e.p.activation == "relu")

    def _backward(
        self, e: Emit, dy: Buffer, *, relu: bool, behind: tuple[Buffer, Buffer] | None = None
    ) -> None:
        """Add the gradients from dy, which is worked out first where ReLU came `behind` a sum."""
        dscale, dshift = (_gradient(e, name) for name in ("scale", "shift"))
        normalise.add_normalise_gradient(
            e.program,
            e.x[0],
            dy,
            e.saved["mean"],
            e.saved["inverse"],
            e.weights["scale"],
            e.weights["shift"],
            dscale,
            dshift,
            e.dx[0],
            relu=relu,
            training=e.training,
            behind=behind,
        )


class BatchNormSum(BatchNorm):
    """Batch norm, an addition and perhaps ReLU in one pass: the end of a residual block.

    It stands in plans only, in the place of three layers: forward reads and writes 4 maps instead
    of 8, backward 7 instead of 12 (where both gradients are asked for).
    """

    inputs = (Port("x"), Port("more"))

    def backward(self, e: Emit) -> None:
        dy, dmore = e.grad, e.dx[1]
        if e.p.activation == "relu":
            part = dmore or e.program.buffer(f"{e.out.name} gradient", e.out.shape)
            self._backward(e, part, relu=False, behind=(e.out, dy))
            return
        self._backward(e, dy, relu=False)
        if dmore is not None:
            copy(e.program, dy, dmore)


def _gradient(e: Emit, name: str) -> Buffer:
    """Give where a gradient goes, or scratch where nobody asks for it."""
    return e.dweights.get(name) or e.program.buffer(f"{e.out.name}.d{name}", (e.x[0].shape[-1],))
