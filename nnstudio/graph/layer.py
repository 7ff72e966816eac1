"""The contract of a layer as the graph sees it: parameters, ports, shapes, weights, cost, words.

What runs (forward, backward) is added in `nnstudio.layers.contract`; nothing here needs an engine.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, JsonValue

from nnstudio.graph.types import DataSignature, Target, TensorType

Category = Literal[
    "data", "linear", "non-linear", "pool & normalise", "recurrent", "merge", "shape", "loss"
]
CATEGORIES: tuple[Category, ...] = (
    "data",
    "linear",
    "non-linear",
    "pool & normalise",
    "recurrent",
    "merge",
    "shape",
    "loss",
)
Initial = Literal[
    "zeros", "ones", "small normal", "large normal", "xavier", "he", "orthogonal", "bias"
]


class LayerParams(BaseModel):
    """The parameters of one layer: frozen, validated, JSON; the inspector's form is made from it.

    Fields carry `title`, `description`, bounds and, in `json_schema_extra`, `unit` and `step`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class NoParams(LayerParams):
    """For layers without parameters."""


@dataclass(frozen=True, slots=True)
class Port:
    """A place where links end or begin.

    Attributes:
        name: The port's name, unique among the inputs or outputs of its layer.
        many: Whether an input takes any number of links (add, concat).
    """

    name: str
    many: bool = False


@dataclass(frozen=True, slots=True)
class WeightSpec:
    """One array that belongs to a node.

    Attributes:
        name: "weight", "bias", "scale", "running_mean" …
        shape: Its sizes; dense (inputs, units), convolution (height, width, channels / groups,
            filters).
        initial: How it starts; "he", "xavier" use `fan_in` and `fan_out`; "bias" uses `value`.
        fan_in: Numbers that flow into one output.
        fan_out: Numbers that one input flows into.
        value: The constant of "bias".
        blocks: For "orthogonal": equal parts of the last axis, such as an LSTM's gates, each of
            which starts orthogonal by itself.
        parts: For "bias": constants of equal parts, such as an LSTM's gates, instead of `value`.
        trained: False for running averages: saved, but not touched by the optimiser.
        decay: Whether weight decay applies (never for biases and normalisation).
        l1: This array's own L1 strength, added to the run's.
        l2: This array's own L2 strength, added to the run's.
    """

    name: str
    shape: tuple[int, ...]
    initial: Initial = "zeros"
    fan_in: int = 1
    fan_out: int = 1
    value: float = 0.0
    blocks: int = 1
    parts: tuple[float, ...] = ()
    trained: bool = True
    decay: bool = False
    l1: float = 0.0
    l2: float = 0.0


@dataclass(frozen=True, slots=True)
class Cost:
    """What one sample costs in one layer, with the arithmetic in words.

    Attributes:
        parameters: Trained numbers.
        macs: Multiply-adds of the forward pass for one sample.
        arithmetic: Lines such as "(5·5·1 + 1) · 6 = 156 parameters".
    """

    parameters: int = 0
    macs: int = 0
    arithmetic: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """The window a layer slides over a map, for the receptive field; (height, width) each.

    Attributes:
        kernel: Numbers the window covers.
        stride: Numbers it moves on each time.
        dilation: Distance between neighbours in the window.
        everything: Whether every output sees the whole map, whatever the window.
        before: Padding above and left; None to work it out from the sizes of input and output,
            which is right unless a rest at the edge is left out.
    """

    kernel: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    everything: bool = False
    before: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class LayerDoc:
    """The help page of a layer.

    Attributes:
        summary: What it does, one sentence.
        use: When to use it.
        pitfalls: What goes wrong with it.
        formula: The formula as LaTeX mathematics.
        source: Paper and section, or "" for common knowledge.
    """

    summary: str
    use: str
    pitfalls: str = ""
    formula: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class SetOwn:
    """Remedy: give a parameter of the complaining node another value."""

    param: str
    value: JsonValue
    label: str


@dataclass(frozen=True, slots=True)
class InsertBefore:
    """Remedy: put a new node into a link.

    Attributes:
        kind: The new node's layer.
        label: What the button says.
        params: The new node's parameters.
        at: The input and which of its links; None for the one that brings the wrong tensor.
    """

    kind: str
    label: str
    params: Mapping[str, JsonValue] = field(default_factory=dict)
    at: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class SetWidth:
    """Remedy: set the width (units, filters) of the nearest node upstream that has one.

    Attributes:
        width: The width.
        label: What the button says.
        at: As in `InsertBefore`.
    """

    width: int
    label: str
    at: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class ReplaceWith:
    """Remedy: make the complaining node another kind of layer, links kept."""

    kind: str
    label: str
    params: Mapping[str, JsonValue] = field(default_factory=dict)


Remedy = SetOwn | InsertBefore | SetWidth | ReplaceWith


class Mismatch(Exception):  # noqa: N818 - a finding about a graph, not a failure of the program
    """A layer cannot take what arrives; turned into a Problem with repairs by `infer`.

    Args:
        message: What arrives and what is expected, in numbers.
        remedies: Likely repairs, the likeliest first.
        port: The input that the wrong tensor arrives at; "" for the layer itself.
        index: Which of the links of a port that takes many.
    """

    def __init__(
        self, message: str, *remedies: Remedy, hint: str = "", port: str = "", index: int = 0
    ) -> None:
        super().__init__(message)
        self.message = message
        self.remedies = remedies
        self.hint = hint
        self.port = port
        self.index = index


@dataclass(frozen=True, slots=True)
class Example:
    """A case on which the shared contract test runs a layer.

    Attributes:
        params: Parameters as in a file.
        inputs: The types of the inputs.
        target: What a loss is compared with; None for other layers.
    """

    params: Mapping[str, JsonValue]
    inputs: tuple[TensorType, ...]
    target: Target | None = None


class Layer(ABC):
    """A kind of node; stateless, one instance a kind, found through the registry."""

    kind: ClassVar[str]
    title: ClassVar[str]
    category: ClassVar[Category]
    shortcut: ClassVar[str] = ""
    prefix: ClassVar[str] = ""
    inputs: ClassVar[tuple[Port, ...]] = (Port("x"),)
    outputs: ClassVar[tuple[Port, ...]] = (Port("y"),)
    params: ClassVar[type[LayerParams]] = NoParams
    width_param: ClassVar[str] = ""
    takes_symbols: ClassVar[bool] = False
    doc: ClassVar[LayerDoc]
    examples: ClassVar[tuple[Example, ...]] = ()

    # In every method `p` is an instance of `params`; subclasses narrow it by annotation.

    def headline(self, p: Any) -> str:
        """Say in a few words what the node is: "Conv 6 @ 5×5"."""
        return self.title

    def essentials(self, p: Any) -> str:
        """Say the rest that matters on a card: "stride 1 · pad 2 · ReLU"."""
        return ""

    def infer(self, p: Any, inputs: tuple[TensorType, ...]) -> TensorType:
        """Give the type of the output.

        Args:
            p: The node's parameters.
            inputs: The type that each link brings, in the order of ports and links.

        Raises:
            Mismatch: These inputs do not fit.
        """
        return inputs[0]

    def check_target(self, p: Any, inputs: tuple[TensorType, ...], target: Target) -> None:
        """For losses: raise Mismatch where the data set's target does not fit."""

    def infer_source(self, p: Any, data: DataSignature | None) -> TensorType:
        """For layers without inputs: give the type that comes from the data set."""
        raise Mismatch(f"{self.title} needs an input.")

    def weights(self, p: Any, inputs: tuple[TensorType, ...]) -> tuple[WeightSpec, ...]:
        """List the arrays the node owns."""
        return ()

    def cost(self, p: Any, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        """Give parameters and multiply-adds for one sample."""
        return Cost()

    def shape_lines(
        self, p: Any, inputs: tuple[TensorType, ...], output: TensorType
    ) -> tuple[str, ...]:
        """Give the shape rule as LaTeX lines, the last with this node's own numbers."""
        return ()

    def window(self, p: Any) -> Window | None:
        """Give the sliding window, or None for layers that do not look around."""
        return None

    def is_loss(self) -> bool:
        """Whether this node is what training makes small."""
        return self.category == "loss"

    def is_source(self) -> bool:
        """Whether data enters the graph here."""
        return not self.inputs
