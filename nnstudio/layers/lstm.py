"""LSTM: a state with a memory that gates let in, keep and let out."""

from __future__ import annotations

from pydantic import Field

from nnstudio.graph.layer import Example, LayerDoc, WeightSpec
from nnstudio.graph.registry import register
from nnstudio.graph.types import TensorType
from nnstudio.kernels.lstm_cell import lstm_backward, lstm_forward
from nnstudio.kernels.program import Buffer
from nnstudio.layers.recurrent import RecurrentLayer, RecurrentParams, Way


class LstmParams(RecurrentParams):
    """Parameters of LSTM."""

    forget_start: float = Field(
        1.0,
        title="Forget bias start",
        description="What the forget gates' biases start with: 1 lets memory last at first.",
        ge=-100.0,
        le=100.0,
        allow_inf_nan=False,
        json_schema_extra={"step": 0.1},
    )


@register
class Lstm(RecurrentLayer):
    """Long short-term memory; one bias a gate, as in Keras (torch's two biases added)."""

    kind = "lstm"
    title = "LSTM"
    prefix = "lstm"
    params = LstmParams
    gates = 4
    doc = LayerDoc(
        summary="Reads a sequence step by step and keeps a memory that it can hold for many steps.",
        use="For text, series and signals where something matters long after it was seen.",
        pitfalls="It costs four times a SimpleRNN. To stack two, the first must give all steps; to"
        " classify whole sequences, the last one gives only the last step.",
        formula=r"i, f, o = \sigma(x_t W + h_{t-1} U + b) \quad g = \tanh(\ldots) \quad"
        r" c_t = f c_{t-1} + i g \quad h_t = o \tanh(c_t)",
        source="Hochreiter & Schmidhuber 1997; Gers, Schmidhuber & Cummins 2000 (forget gate)",
    )
    examples = (
        Example({"units": 5}, (TensorType((4, 3), "f4", "TF"),)),
        Example(
            {"units": 4, "carry": True, "recurrent_initial": "orthogonal"},
            (TensorType((3, 5), "f4", "TF"),),
        ),
        Example({"units": 17, "direction": "both"}, (TensorType((3, 2), "f4", "TF"),)),
        Example(
            {"units": 3, "direction": "backward", "output": "last step", "bias": False},
            (TensorType((5, 4), "f4", "TF"),),
        ),
        Example(
            {"units": 4, "direction": "both", "output": "last step", "forget_start": 0.0},
            (TensorType((1, 6), "f4", "TF"),),
        ),
    )

    def _bias(self, p: RecurrentParams, name: str, columns: int) -> WeightSpec:
        assert isinstance(p, LstmParams)
        return WeightSpec(name, (columns,), "bias", parts=(0.0, p.forget_start, 0.0, 0.0))

    def walk(self, way: Way, sums: Buffer) -> None:
        weight = way.weight("recurrent_weight")
        kept = way.kept(2 * weight.shape[0])
        hidden, cells = lstm_forward(way.e.program, sums, weight, way.outlet, kept)
        way.save(gates=sums, hidden=hidden, cells=cells)

    def walk_back(self, way: Way) -> tuple[Buffer, Buffer]:
        gates, weight = way.saved("gates"), way.weight("recurrent_weight")
        lstm_backward(way.e.program, gates, way.saved("cells"), weight, way.inlet)
        return gates, gates
