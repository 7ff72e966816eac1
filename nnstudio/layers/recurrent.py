"""What SimpleRNN, LSTM and GRU have in common: parameters, shapes, weights, cost, directions."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from nnstudio.core import words
from nnstudio.graph.layer import (
    Cost,
    Initial,
    InsertBefore,
    LayerParams,
    Mismatch,
    ReplaceWith,
    SetOwn,
    WeightSpec,
)
from nnstudio.graph.types import TensorType, flat
from nnstudio.kernels.program import Buffer
from nnstudio.kernels.recurrent import Inputs, Outlet, inputs_of, outlet, recurrent_gradient
from nnstudio.layers import weighted
from nnstudio.layers.contract import Emit, RunnableLayer

Direction = Literal["forward", "backward", "both"]
Output = Literal["all steps", "last step"]


class RecurrentParams(LayerParams):
    """Parameters that all recurrent layers share."""

    units: int = Field(
        64,
        title="Units",
        description="How many numbers the state holds, for each direction.",
        ge=1,
        le=65_536,
        json_schema_extra={"step": 1},
    )
    direction: Direction = Field(
        "forward",
        title="Direction",
        description="Which way the steps are read; with both, the two states stand side by side.",
    )
    output: Output = Field(
        "all steps",
        title="Output",
        description="The state at every step, or only the one when all steps have been read.",
    )
    carry: bool = Field(
        False,
        title="Carry the state",
        description="In training each batch begins with the states in which the one before ended,"
        " and an epoch with zero; measuring begins each sample with zero. Needs ordered samples.",
    )
    initial: weighted.InitialField = "xavier"
    recurrent_initial: weighted.InitialName = Field(
        "xavier",
        title="Recurrent start",
        description="How the weights from state to state are drawn; orthogonal ones let the state"
        " neither fade nor grow at first.",
    )
    bias: weighted.BiasField = True
    l1: weighted.L1Field = 0.0
    l2: weighted.L2Field = 0.0

    @property
    def directions(self) -> tuple[str, ...]:
        """What the weights' names begin with, for each direction."""
        return ("", "backward_") if self.direction == "both" else ("",)

    @property
    def width(self) -> int:
        """Numbers that come out for each step."""
        return self.units * len(self.directions)


@dataclass(frozen=True, slots=True)
class Way:
    """One direction of a layer while its part of the plan is written.

    Attributes:
        e: The node's part of the plan.
        prefix: What the names of this direction's arrays begin with.
        reverse: It begins with the last step.
        start: Its first column in the output.
    """

    e: Emit
    prefix: str
    reverse: bool
    start: int

    @property
    def steps(self) -> int:
        """Steps of the sequence."""
        return self.e.x[0].shape[1]

    def weight(self, name: str) -> Buffer:
        """Give one of this direction's trained arrays."""
        return self.e.weights[self.prefix + name]

    def bias(self, name: str = "bias") -> Buffer | None:
        """Give one of this direction's biases, if there are any."""
        return self.e.weights.get(self.prefix + name)

    def gradient(self, name: str) -> Buffer | None:
        """Give where the gradient by one of this direction's arrays goes."""
        return self.e.dweights.get(self.prefix + name)

    @property
    def outlet(self) -> Outlet:
        """Where the states go."""
        return outlet(self.e.out, self.steps, self.start, reverse=self.reverse)

    @property
    def inlet(self) -> Outlet:
        """Where the gradient by the states comes from."""
        return outlet(self.e.grad, self.steps, self.start, reverse=self.reverse)

    def kept(self, width: int) -> Buffer | None:
        """Give where the states of the last batch are, (batch, width); None to begin with zero."""
        if not self.e.p.carry or self.e.carried is None:
            return None
        return self.e.carried("state", width)

    def save(self, **buffers: Buffer) -> None:
        """Keep what backward needs."""
        self.e.saved.update({self.prefix + name: one for name, one in buffers.items()})

    def saved(self, name: str) -> Buffer:
        """Give what forward kept."""
        return self.e.saved[self.prefix + name]


class RecurrentLayer(RunnableLayer):
    """A layer that reads a sequence step by step; subclasses write the cell."""

    category = "recurrent"
    width_param = "units"
    gates: int  # how many sums each unit has
    biases = 1  # how many bias vectors each direction has

    def essentials(self, p: RecurrentParams) -> str:
        parts = [] if p.direction == "forward" else [_DIRECTION_WORDS[p.direction]]
        parts.append(p.output)
        parts += ["carried"] if p.carry else []
        return " · ".join(parts if p.bias else [*parts, "no bias"])

    def headline(self, p: RecurrentParams) -> str:
        return f"{self.title} {p.units}"

    def infer(self, p: RecurrentParams, inputs: tuple[TensorType, ...]) -> TensorType:
        (x,) = inputs
        if x.layout != "TF":
            raise self._mismatch(p, x)
        if p.carry and p.direction != "forward":
            raise Mismatch(
                f"{self.title} cannot carry its state on while it reads"
                f" {_READING[p.direction]}: the next batch follows the last step.",
                SetOwn("carry", False, "Begin each batch with zero"),
                SetOwn("direction", "forward", "Read forwards"),
            )
        if p.output == "last step":
            return flat(p.width)
        return TensorType((x.shape[0], p.width), x.dtype, "TF")

    def _mismatch(self, p: RecurrentParams, x: TensorType) -> Mismatch:
        """Say what arrives instead of a sequence."""
        needs = f"{self.title} needs a sequence (steps × features); "
        if not x.is_map:
            return Mismatch(
                f"{needs}{words.whole(x.size)} numbers arrive flat.",
                ReplaceWith(
                    "dense", f"Make it Dense {p.units}", {"units": p.units, "activation": "tanh"}
                ),
                hint="Put it where steps arrive, or use a data set of sequences.",
                port="x",
            )
        steps, features = x.shape[0], x.shape[1] * x.shape[2]
        return Mismatch(
            f"{needs}{x} = {words.whole(x.size)} numbers arrive as a map.",
            InsertBefore(
                "reshape",
                f"Read the {steps} rows as steps",
                {"shape": [steps, features]},
            ),
            hint="Let each row of the map be one step, or use a data set of sequences.",
            port="x",
        )

    def weights(self, p: RecurrentParams, inputs: tuple[TensorType, ...]) -> tuple[WeightSpec, ...]:
        features, columns = inputs[0].shape[1], self.gates * p.units
        return tuple(
            spec
            for prefix in p.directions
            for spec in (
                self._matrix(p, f"{prefix}input_weight", p.initial, features),
                self._matrix(p, f"{prefix}recurrent_weight", p.recurrent_initial, p.units),
                *(self._bias(p, f"{prefix}{name}", columns) for name in self._bias_names(p)),
            )
        )

    def _matrix(self, p: RecurrentParams, name: str, initial: Initial, rows: int) -> WeightSpec:
        """Describe a matrix whose every gate starts as if it stood alone."""
        shape, gates = (rows, self.gates * p.units), self.gates
        return WeightSpec(
            name, shape, initial, rows, p.units, blocks=gates, decay=True, l1=p.l1, l2=p.l2
        )

    def _bias_names(self, p: RecurrentParams) -> tuple[str, ...]:
        return ("bias", "recurrent_bias")[: self.biases] if p.bias else ()

    def _bias(self, p: RecurrentParams, name: str, columns: int) -> WeightSpec:
        return WeightSpec(name, (columns,))

    def cost(self, p: RecurrentParams, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        (steps, features), units, biases = inputs[0].shape, p.units, self.biases * p.bias
        parameters = (features + units + biases) * self.gates * p.width
        macs = steps * (features + units) * self.gates * p.width
        inner = f"{features} + {units}"
        left = f"{inner} + {biases}" if biases else inner
        times = f"{self.gates}·{units}" if self.gates > 1 else f"{units}"
        times = times if p.direction != "both" else f"2·{times}"
        return Cost(
            parameters,
            macs,
            (
                f"({left}) · {times} = {words.whole(parameters)} parameters",
                f"{steps}·({inner})·{times} = {words.whole(macs)} MACs",
            ),
        )

    def shape_lines(
        self, p: RecurrentParams, inputs: tuple[TensorType, ...], output: TensorType
    ) -> tuple[str, ...]:
        steps, features = inputs[0].shape
        width = r"2 \cdot \text{units}" if p.direction == "both" else r"\text{units}"
        rule = rf"T \times F \to T \times {width}"
        if p.output == "last step":
            return (
                rf"T \times F \to {width}",
                rf"{steps} \times {features} \to \mathbf{{{p.width}}}",
            )
        return rule, rf"{steps} \times {features} \to \mathbf{{{steps} \times {p.width}}}"

    def forward(self, e: Emit) -> None:
        for way in _ways(e):
            x = inputs_of(e.program, e.x[0], way.weight("input_weight"), reverse=way.reverse)
            way.save(steps=x.steps, places=x.places)
            self.walk(way, x.sums(way.bias()))

    def backward(self, e: Emit) -> None:
        for way in _ways(e):
            recurrent, inner = self.walk_back(way)
            steps, places = way.saved("steps"), way.saved("places")
            x = Inputs(e.program, steps, places, way.weight("input_weight"), way.reverse)
            dweight, drecurrent = way.gradient("input_weight"), way.gradient("recurrent_weight")
            if dweight is not None and drecurrent is not None:
                x.weight_gradient(inner, dweight, way.gradient("bias"))
                recurrent_gradient(e.program, way.saved("hidden"), recurrent, drecurrent)
            if e.dx[0] is not None:
                x.input_gradient(inner, e.dx[0], add=way.start > 0)

    @abstractmethod
    def walk(self, way: Way, sums: Buffer) -> None:
        """Add the walk through all steps; keep what backward needs, the states as "hidden".

        Args:
            way: The direction.
            sums: Input times input weights plus bias, (steps, batch, gates · units).
        """

    @abstractmethod
    def walk_back(self, way: Way) -> tuple[Buffer, Buffer]:
        """Add the walk back.

        Returns:
            The gradients by the recurrent sums and by the input's sums.
        """


_READING: Mapping[Direction, str] = {"backward": "backwards", "both": "in both directions"}
_DIRECTION_WORDS: Mapping[Direction, str] = {
    "forward": "forwards",
    "backward": "backwards",
    "both": "both directions",
}


def _ways(e: Emit) -> tuple[Way, ...]:
    """Give the directions of a node."""
    p: RecurrentParams = e.p
    if p.direction != "both":
        return (Way(e, "", p.direction == "backward", 0),)
    return Way(e, "", False, 0), Way(e, "backward_", True, p.units)
