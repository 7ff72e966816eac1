"""What Dense and Conv2D have in common: activation, start, bias, own regularisation."""

from __future__ import annotations

from typing import Annotated, Literal, Protocol

from pydantic import Field

from nnstudio.graph.layer import Layer, LayerParams, WeightSpec
from nnstudio.kernels.activation import activate, activation_gradient
from nnstudio.kernels.moves import clear_halo
from nnstudio.kernels.program import NO_HALO, Buffer, Halo
from nnstudio.layers.contract import Emit

ActivationName = Literal["linear", "relu", "leaky relu", "sigmoid", "tanh", "elu"]
InitialName = Literal["he", "xavier", "orthogonal", "small normal", "large normal", "zeros"]

# Shown on cards and in sentences.
ACTIVATION_WORDS: dict[str, str] = {
    "linear": "linear",
    "relu": "ReLU",
    "leaky relu": "leaky ReLU",
    "sigmoid": "sigmoid",
    "tanh": "tanh",
    "elu": "ELU",
}
# The constants of the activations that have one; their own layers let a person choose.
ACTIVATION_CONSTANT = {"leaky relu": 0.01, "elu": 1.0}

ActivationField = Annotated[
    ActivationName,
    Field(title="Activation", description="The function each output number goes through."),
]
InitialField = Annotated[
    InitialName,
    Field(
        title="Weights start",
        description="How the weights are drawn: He for ReLU, Xavier for tanh and sigmoid;"
        " orthogonal keeps lengths, over many layers or steps.",
    ),
]
BiasField = Annotated[
    bool, Field(title="Bias", description="Add a trained number to every output.")
]
BiasStartField = Annotated[
    float,
    Field(
        title="Bias start",
        description="The value all biases start with.",
        ge=-100.0,
        le=100.0,
        allow_inf_nan=False,
        json_schema_extra={"step": 0.1},
    ),
]
L1Field = Annotated[
    float,
    Field(
        title="L1",
        description="L1 strength of this layer's weights, added to the run's.",
        ge=0.0,
        le=10.0,
        allow_inf_nan=False,
        json_schema_extra={"step": 1e-4},
    ),
]
L2Field = Annotated[
    float,
    Field(
        title="L2",
        description="L2 strength of this layer's weights, added to the run's.",
        ge=0.0,
        le=10.0,
        allow_inf_nan=False,
        json_schema_extra={"step": 1e-4},
    ),
]


class Weighted(Protocol):
    """The parameters that layers with weights share."""

    @property
    def activation(self) -> ActivationName: ...
    @property
    def initial(self) -> InitialName: ...
    @property
    def bias(self) -> bool: ...
    @property
    def bias_start(self) -> float: ...
    @property
    def l1(self) -> float: ...
    @property
    def l2(self) -> float: ...


def weight_specs(
    p: Weighted, shape: tuple[int, ...], fan_in: int, fan_out: int
) -> tuple[WeightSpec, ...]:
    """List the weight and, if wanted, the bias of a layer whose outputs lie last in `shape`."""
    weight = WeightSpec("weight", shape, p.initial, fan_in, fan_out, decay=True, l1=p.l1, l2=p.l2)
    if not p.bias:
        return (weight,)
    return weight, WeightSpec("bias", (shape[-1],), "bias", fan_in, fan_out, p.bias_start)


def activation_words(p: Weighted) -> str:
    """Say the activation, and that there is no bias where there is none."""
    words = ACTIVATION_WORDS[p.activation]
    return words if p.bias else f"{words} · no bias"


def is_fused(p: Weighted) -> bool:
    """Whether the product's own epilogue applies the activation."""
    return p.activation in {"linear", "relu"}


def sums_buffer(e: Emit, p: Weighted) -> Buffer:
    """Give the buffer that the product writes: scratch where an activation follows."""
    return e.out if is_fused(p) else e.program.buffer(f"{e.out.name}.sum", e.out.shape)


def apply_activation(e: Emit, p: Weighted, sums: Buffer) -> None:
    """Add the activation, unless the epilogue did it: y = f(sums)."""
    if not is_fused(p):
        activate(e.program, p.activation, sums, e.out, ACTIVATION_CONSTANT.get(p.activation, 0.0))


def gradient_by_sums(e: Emit, p: Weighted, halo: Halo = NO_HALO) -> Buffer:
    """Add what turns the gradient by the output into that by the sums before the activation.

    Args:
        e: The node's part of the plan.
        p: The node's parameters.
        halo: The border that saves the products after it a copy.

    Returns:
        The output's own gradient where the layer is linear, otherwise a new buffer.
    """
    if p.activation == "linear":
        return e.grad
    made = e.program.buffer(f"{e.grad.name}.sum", e.grad.shape, halo=halo)
    clear_halo(e.program, made)
    constant = ACTIVATION_CONSTANT.get(p.activation, 0.0)
    activation_gradient(e.program, p.activation, e.out, e.grad, made, constant)
    return made


def absorbed(p: LayerParams, activation: str, follower: Layer) -> LayerParams | None:
    """Give the parameters with an activation layer taken in; None where that changes the result."""
    if activation != "linear" or follower.kind not in {"relu", "sigmoid", "tanh"}:
        return None
    return p.model_copy(update={"activation": follower.kind})
