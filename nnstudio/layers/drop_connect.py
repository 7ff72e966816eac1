"""DropConnect: a Dense whose weights, not outputs, are dropped at random while training."""

from __future__ import annotations

from pydantic import Field

from nnstudio.core import words
from nnstudio.graph.layer import (
    Cost,
    Example,
    InsertBefore,
    Layer,
    LayerDoc,
    LayerParams,
    Mismatch,
    WeightSpec,
)
from nnstudio.graph.registry import register
from nnstudio.graph.types import TensorType, flat
from nnstudio.kernels.dense import dense_forward, dense_input_gradient, dense_weight_gradient
from nnstudio.kernels.program import Buffer
from nnstudio.kernels.random import drop
from nnstudio.layers import weighted
from nnstudio.layers.contract import Emit, RunnableLayer


class DropConnectParams(LayerParams):
    """Parameters of DropConnect."""

    units: int = Field(
        10,
        title="Units",
        description="How many numbers come out.",
        ge=1,
        le=1_000_000,
        json_schema_extra={"step": 1},
    )
    rate: float = Field(
        0.5,
        title="Rate",
        description="Which part of the weights is set to 0 in a training step.",
        ge=0.0,
        le=0.95,
        json_schema_extra={"step": 0.05},
    )
    activation: weighted.ActivationField = "relu"
    initial: weighted.InitialField = "he"
    bias: weighted.BiasField = True
    bias_start: weighted.BiasStartField = 0.0
    l1: weighted.L1Field = 0.0
    l2: weighted.L2Field = 0.0


@register
class DropConnect(RunnableLayer):
    """A fully connected layer with a random part of its weights at work."""

    kind = "drop_connect"
    title = "DropConnect"
    category = "linear"
    prefix = "dropdense"
    params = DropConnectParams
    width_param = "units"
    doc = LayerDoc(
        summary="A Dense layer that leaves out a random part of its weights in every training"
        " step.",
        use="In place of a large Dense with Dropout behind it: single connections are dropped, not"
        " whole units.",
        pitfalls="It slows learning, so train longer. In evaluation all weights work, and training"
        " and validation loss are not measured alike.",
        formula=r"y = f\left(\frac{x\,(M \odot W)}{1 - r} + b\right),\quad"
        r" M \sim \text{Bernoulli}(1 - r)",
        source="Wan, Zeiler, Zhang, LeCun & Fergus 2013, Regularization of Neural Networks using"
        " DropConnect; here one mask a step for the whole batch, scaled while training, and plain"
        " weights in evaluation",
    )
    examples = (
        Example({"units": 5}, (flat(7),)),
        Example({"units": 17, "rate": 0.25, "activation": "tanh"}, (flat(12),)),
        Example({"units": 3, "rate": 0.0, "bias": False, "activation": "linear"}, (flat(4),)),
    )

    def headline(self, p: DropConnectParams) -> str:
        return f"DropConnect {p.units}"

    def essentials(self, p: DropConnectParams) -> str:
        return f"{p.rate:.0%} of weights · {weighted.activation_words(p)}"

    def infer(self, p: DropConnectParams, inputs: tuple[TensorType, ...]) -> TensorType:
        (x,) = inputs
        if not x.is_flat:
            raise Mismatch(
                f"DropConnect needs a flat input; {x} = {words.whole(x.size)} numbers arrive"
                f" as {'a map' if x.is_map else 'a block'}.",
                InsertBefore("flatten", "Insert Flatten"),
                port="x",
            )
        return flat(p.units)

    def weights(
        self, p: DropConnectParams, inputs: tuple[TensorType, ...]
    ) -> tuple[WeightSpec, ...]:
        features = inputs[0].size
        return weighted.weight_specs(p, (features, p.units), features, p.units)

    def cost(
        self, p: DropConnectParams, inputs: tuple[TensorType, ...], output: TensorType
    ) -> Cost:
        features, units = inputs[0].size, p.units
        parameters, macs = (features + p.bias) * units, features * units
        left = f"({features} + 1) · {units}" if p.bias else f"{features} · {units}"
        return Cost(
            parameters,
            macs,
            (
                f"{left} = {words.whole(parameters)} parameters",
                f"{features}·{units} = {words.whole(macs)} MACs",
            ),
        )

    def shape_lines(
        self, p: DropConnectParams, inputs: tuple[TensorType, ...], output: TensorType
    ) -> tuple[str, ...]:
        return (
            r"\text{inputs} \to \text{units}",
            rf"{inputs[0].size} \to \mathbf{{{p.units}}}",
        )

    def absorb(self, p: DropConnectParams, follower: Layer) -> LayerParams | None:
        return weighted.absorbed(p, p.activation, follower)

    def forward(self, e: Emit) -> None:
        p: DropConnectParams = e.p
        weight = e.weights["weight"]
        if _drops(e):
            kept = e.program.buffer(f"{e.out.name}.kept weights", weight.shape)
            _drop(e, weight, kept)
            weight = kept
        e.saved["weight"] = weight
        sums = weighted.sums_buffer(e, p)
        relu = p.activation == "relu"
        dense_forward(e.program, e.x[0], weight, e.weights.get("bias"), sums, relu=relu)
        weighted.apply_activation(e, p, sums)

    def backward(self, e: Emit) -> None:
        gradient = weighted.gradient_by_sums(e, e.p)
        if "weight" in e.dweights:
            dweight, dbias = e.dweights["weight"], e.dweights.get("bias")
            if _drops(e):
                whole = e.program.buffer(f"{e.grad.name}.weights", dweight.shape)
                dense_weight_gradient(e.program, e.x[0], gradient, whole, dbias)
                _drop(e, whole, dweight)
            else:
                dense_weight_gradient(e.program, e.x[0], gradient, dweight, dbias)
        if e.dx[0] is not None:
            dense_input_gradient(e.program, gradient, e.saved["weight"], e.dx[0])


def _drops(e: Emit) -> bool:
    return e.training and e.p.rate > 0.0


def _drop(e: Emit, source: Buffer, target: Buffer) -> None:
    """Drop weights, or their gradients: step and place give the same choice."""
    drop(e.program, source, target, e.step, e.seed, e.p.rate, 1.0 / (1.0 - e.p.rate))
