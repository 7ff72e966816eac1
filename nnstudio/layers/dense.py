"""Dense: every output number is a weighted sum of all input numbers, step by step on sequences."""

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
from nnstudio.layers import weighted
from nnstudio.layers.contract import Emit, RunnableLayer


class DenseParams(LayerParams):
    """Parameters of Dense."""

    units: int = Field(
        10,
        title="Units",
        description="How many numbers come out.",
        ge=1,
        le=1_000_000,
        json_schema_extra={"step": 1},
    )
    activation: weighted.ActivationField = "linear"
    initial: weighted.InitialField = "he"
    bias: weighted.BiasField = True
    bias_start: weighted.BiasStartField = 0.0
    l1: weighted.L1Field = 0.0
    l2: weighted.L2Field = 0.0


@register
class Dense(RunnableLayer):
    """A fully connected layer, its activation included."""

    kind = "dense"
    title = "Dense"
    category = "linear"
    shortcut = "D"
    prefix = "dense"
    params = DenseParams
    width_param = "units"
    doc = LayerDoc(
        summary="Connects every input number with every output number by a weight of its own.",
        use="For tables, and at the end of an image network. The last Dense before a loss has one"
        " unit a class and no activation. On a sequence it works on each step, with the same"
        " weights.",
        pitfalls="It needs a flat input or a sequence, and its weights grow as inputs · units:"
        " flattened maps make most of a network's parameters. Two Dense in a row without an"
        " activation are no more than one.",
        formula=r"y = f(x W + b)",
        source="Rosenblatt 1958; Goodfellow, Bengio & Courville, Deep Learning, chapter 6",
    )
    examples = (
        Example({"units": 5}, (flat(7),)),
        Example({"units": 1, "activation": "sigmoid", "initial": "xavier"}, (flat(17),)),
        Example({"units": 33, "activation": "relu", "bias_start": 0.1}, (flat(12),)),
        Example({"units": 6, "activation": "tanh", "bias": False, "l2": 1e-3}, (flat(3),)),
        Example({"units": 4, "activation": "elu", "initial": "small normal"}, (flat(9),)),
        Example({"units": 4, "activation": "leaky relu", "l1": 1e-4}, (flat(9),)),
        Example({"units": 5, "activation": "tanh"}, (TensorType((4, 3), "f4", "TF"),)),
    )

    def headline(self, p: DenseParams) -> str:
        return f"Dense {p.units}"

    def essentials(self, p: DenseParams) -> str:
        return weighted.activation_words(p)

    def infer(self, p: DenseParams, inputs: tuple[TensorType, ...]) -> TensorType:
        (x,) = inputs
        if x.layout == "TF":
            return TensorType((x.shape[0], p.units), x.dtype, x.layout)
        if not x.is_flat:
            raise Mismatch(
                f"Dense needs a flat input; {x} = {words.whole(x.size)} numbers arrive"
                f" as {'a map' if x.is_map else 'a block'}.",
                InsertBefore("flatten", "Insert Flatten"),
                port="x",
            )
        return flat(p.units)

    def weights(self, p: DenseParams, inputs: tuple[TensorType, ...]) -> tuple[WeightSpec, ...]:
        features = inputs[0].shape[-1]
        return weighted.weight_specs(p, (features, p.units), features, p.units)

    def cost(self, p: DenseParams, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        (*steps, features), units = inputs[0].shape, p.units
        parameters, macs = (features + p.bias) * units, features * output.size
        factors = "·".join(map(str, (*steps, features, units)))
        left = f"({features} + 1) · {units}" if p.bias else f"{features} · {units}"
        return Cost(
            parameters,
            macs,
            (
                f"{left} = {words.whole(parameters)} parameters",
                f"{factors} = {words.whole(macs)} MACs",
            ),
        )

    def shape_lines(
        self, p: DenseParams, inputs: tuple[TensorType, ...], output: TensorType
    ) -> tuple[str, ...]:
        if inputs[0].layout == "TF":
            steps, features = inputs[0].shape
            return (
                r"T \times F \to T \times \text{units}",
                rf"{steps} \times {features} \to \mathbf{{{steps} \times {p.units}}}",
            )
        return (
            r"\text{inputs} \to \text{units}",
            rf"{inputs[0].size} \to \mathbf{{{p.units}}}",
        )

    def absorb(self, p: DenseParams, follower: Layer) -> LayerParams | None:
        return weighted.absorbed(p, p.activation, follower)

    def shift(self, p: DenseParams) -> str:
        return "bias" if p.activation == "linear" else ""

    def forward(self, e: Emit) -> None:
        p: DenseParams = e.p
        sums = weighted.sums_buffer(e, p)
        dense_forward(
            e.program,
            _rows(e.x[0]),
            e.weights["weight"],
            e.weights.get("bias"),
            _rows(sums),
            relu=p.activation == "relu",
        )
        weighted.apply_activation(e, p, sums)

    def backward(self, e: Emit) -> None:
        p: DenseParams = e.p
        gradient = _rows(weighted.gradient_by_sums(e, p))
        if "weight" in e.dweights:
            dweight, dbias = e.dweights["weight"], e.dweights.get("bias")
            dense_weight_gradient(e.program, _rows(e.x[0]), gradient, dweight, dbias)
        if e.dx[0] is not None:
            dense_input_gradient(e.program, gradient, e.weights["weight"], _rows(e.dx[0]))


def _rows(buffer: Buffer) -> Buffer:
    """See each step of a sequence as a sample of its own; other buffers stay as they are."""
    if len(buffer.shape) != 3:
        return buffer
    batch, steps, features = buffer.shape
    return Buffer(buffer.name, (batch * steps, features), base=buffer)
