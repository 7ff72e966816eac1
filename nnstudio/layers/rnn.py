"""SimpleRNN: the state is a plain layer of the input and of the state before."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nnstudio.graph.layer import Example, LayerDoc
from nnstudio.graph.registry import register
from nnstudio.graph.types import TensorType
from nnstudio.kernels.program import Buffer
from nnstudio.kernels.rnn_cell import rnn_backward, rnn_forward
from nnstudio.layers.contract import Emit
from nnstudio.layers.recurrent import RecurrentLayer, RecurrentParams, Way


class RnnParams(RecurrentParams):
    """Parameters of SimpleRNN."""

    activation: Literal["tanh", "relu"] = Field(
        "tanh", title="Activation", description="The function each unit's sum goes through."
    )


@register
class SimpleRnn(RecurrentLayer):
    """The recurrent layer that Keras calls SimpleRNN and torch RNN."""

    kind = "rnn"
    title = "RNN"
    prefix = "rnn"
    params = RnnParams
    gates = 1
    doc = LayerDoc(
        summary="Reads a sequence step by step; its state is a function of the step's input and of"
        " the state before.",
        use="To see how recurrence works, and for short sequences.",
        pitfalls="Gradients vanish or explode over more than some ten steps: take an LSTM or a GRU"
        " for longer ones, and clip gradients with ReLU.",
        formula=r"h_t = f(x_t W + h_{t-1} U + b)",
        source="Elman 1990, Finding Structure in Time",
    )
    examples = (
        Example({"units": 5}, (TensorType((4, 3), "f4", "TF"),)),
        Example(
            {"units": 4, "carry": True, "recurrent_initial": "orthogonal"},
            (TensorType((3, 5), "f4", "TF"),),
        ),
        Example(
            {"units": 17, "direction": "both", "activation": "relu"},
            (TensorType((3, 2), "f4", "TF"),),
        ),
        Example(
            {"units": 3, "direction": "backward", "output": "last step", "bias": False},
            (TensorType((5, 4), "f4", "TF"),),
        ),
    )

    def essentials(self, p: RecurrentParams) -> str:
        assert isinstance(p, RnnParams)
        activation = "ReLU" if p.activation == "relu" else p.activation
        return f"{activation} · {super().essentials(p)}"

    def walk(self, way: Way, sums: Buffer) -> None:
        e, relu = way.e, _is_relu(way.e)
        weight = way.weight("recurrent_weight")
        hidden = rnn_forward(
            e.program, sums, weight, way.outlet, relu=relu, kept=way.kept(weight.shape[0])
        )
        way.save(hidden=hidden)

    def walk_back(self, way: Way) -> tuple[Buffer, Buffer]:
        e, hidden = way.e, way.saved("hidden")
        steps, batch, units = hidden.shape
        dsums = e.program.buffer(f"{e.grad.name} sums", (steps - 1, batch, units))
        weight = way.weight("recurrent_weight")
        rnn_backward(e.program, dsums, hidden, weight, way.inlet, relu=_is_relu(e))
        return dsums, dsums


def _is_relu(e: Emit) -> bool:
    p: RnnParams = e.p
    return p.activation == "relu"
