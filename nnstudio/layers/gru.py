"""GRU: a state that one gate renews and another lets forget."""

from __future__ import annotations

from nnstudio.graph.layer import Example, LayerDoc
from nnstudio.graph.registry import register
from nnstudio.graph.types import TensorType
from nnstudio.kernels.gru_cell import gru_backward, gru_forward
from nnstudio.kernels.program import Buffer
from nnstudio.kernels.recurrent import sum_rows
from nnstudio.layers.recurrent import RecurrentLayer, RecurrentParams, Way


@register
class Gru(RecurrentLayer):
    """Gated recurrent unit in the form of torch, cuDNN and Keras, with two biases a gate."""

    kind = "gru"
    title = "GRU"
    prefix = "gru"
    params = RecurrentParams
    gates = 3
    biases = 2
    doc = LayerDoc(
        summary="Reads a sequence step by step; gates say how much of its state is renewed.",
        use="Where an LSTM would do, for three quarters of the cost.",
        pitfalls="It has no memory apart from its output, so it counts and keeps less well than an"
        " LSTM. The candidate is reset behind the recurrent product, as in PyTorch.",
        formula=r"r, u = \sigma(x_t W + h_{t-1} U + b) \quad"
        r" n = \tanh(x_t W + b + r (h_{t-1} U + d)) \quad h_t = (1 - u) n + u h_{t-1}",
        source="Cho et al. 2014, Learning Phrase Representations using RNN Encoder-Decoder",
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
    )

    def walk(self, way: Way, sums: Buffer) -> None:
        weight, bias = way.weight("recurrent_weight"), way.bias("recurrent_bias")
        kept = way.kept(weight.shape[0])
        hidden, memory = gru_forward(way.e.program, sums, weight, bias, way.outlet, kept)
        way.save(gates=sums, hidden=hidden, memory=memory)

    def walk_back(self, way: Way) -> tuple[Buffer, Buffer]:
        gates, hidden, memory = (way.saved(one) for one in ("gates", "hidden", "memory"))
        weight = way.weight("recurrent_weight")
        recurrent = gru_backward(way.e.program, gates, hidden, memory, weight, way.inlet)
        dbias = way.gradient("recurrent_bias")
        if dbias is not None:
            sum_rows(way.e.program, recurrent, dbias)
        return recurrent, gates
