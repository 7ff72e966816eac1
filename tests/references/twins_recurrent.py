"""The same cases in torch for the recurrent layers, and for symbols."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from tests.layers.harness import Case


def _read(torch: ModuleType, case: Case, x: Any, w: Any, prefix: str, *, reverse: bool) -> Any:
    """Give what torch's module makes of one direction, in the order of the input's steps."""
    p: Any = case.p
    kinds = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}
    more = {"nonlinearity": p.activation} if case.layer.kind == "rnn" else {}
    made = kinds[case.layer.kind](
        x.shape[2], p.units, batch_first=True, bias=p.bias, dtype=x.dtype, **more
    )
    given = {
        "weight_ih_l0": w[f"{prefix}input_weight"].T,
        "weight_hh_l0": w[f"{prefix}recurrent_weight"].T,
    }
    if p.bias:
        bias = w[f"{prefix}bias"]
        given["bias_ih_l0"] = bias
        given["bias_hh_l0"] = w.get(f"{prefix}recurrent_bias", torch.zeros_like(bias))
    x = x.flip(1) if reverse else x
    y, _ = torch.func.functional_call(made, given, (x,))
    if p.output == "last step":
        return y[:, -1]
    return y.flip(1) if reverse else y


def _recurrent(torch: ModuleType, case: Case, x: Any, w: Any, _: Any) -> Any:
    p: Any = case.p
    if p.direction != "both":
        return _read(torch, case, x[0], w, "", reverse=p.direction == "backward")
    there = _read(torch, case, x[0], w, "", reverse=False)
    back = _read(torch, case, x[0], w, "backward_", reverse=True)
    return torch.cat((there, back), -1)


def _embedding(torch: ModuleType, case: Case, x: Any, w: Any, _: Any) -> Any:
    return torch.nn.functional.embedding(x[0], w["weight"])


TWINS: dict[str, Callable[[ModuleType, Case, Any, Any, Any], Any]] = {
    **dict.fromkeys(("rnn", "lstm", "gru"), _recurrent),
    "embedding": _embedding,
}
