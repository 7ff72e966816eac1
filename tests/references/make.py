"""Writes layers.npz: what PyTorch gives for every example of every layer.

Run it after a layer's examples changed, with torch 2.13.0 installed:
``python -m tests.references.make``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

import nnstudio.layers  # noqa: F401 - registers all layers
from nnstudio.core.random import stream
from nnstudio.graph.registry import all_layers
from tests.layers.harness import Array, Case, make_case
from tests.references.twins import WITHOUT_TWIN, answers

FILE = Path(__file__).with_name("layers.npz")


def main() -> None:
    """Write the file anew."""
    import torch

    arrays: dict[str, Array] = {}
    for kind, layer in all_layers().items():
        for number, example in enumerate(() if kind in WITHOUT_TWIN else layer.examples):
            case = make_case(kind, example.params, example.inputs, example.target, batch=2)
            name = f"{kind}-{number}"
            arrays |= {f"{name}/{key}": one for key, one in _record(torch, case).items()}
            about: dict[str, Any] = {
                "kind": kind,
                "params": dict(example.params),
                "shapes": [one.shape for one in example.inputs],
                "symbols": [one.symbols for one in example.inputs],
            }
            arrays[f"{name}/about"] = np.array(json.dumps(about))
    np.savez_compressed(FILE, **arrays)  # type: ignore[arg-type]


def _record(torch: Any, case: Case) -> dict[str, Array]:
    """Give the arrays that go in and those that torch makes of them."""
    dy = None
    if case.target is None:
        dy = stream(1, "reference").standard_normal((case.x[0].shape[0], *case.output_shape))
    given = {f"in x{i}": one for i, one in enumerate(case.x)}
    given |= {f"in w.{name}": one for name, one in case.weights.items()}
    if dy is not None:
        given["in dy"] = dy
    if case.target is not None:
        given["in target"] = case.target
    rounded = {name: _short(one) for name, one in given.items()}
    for i in range(len(case.x)):
        case.x[i] = rounded[f"in x{i}"]
    case.target = rounded.get("in target")
    case.weights = {name: rounded[f"in w.{name}"] for name in case.weights}
    return rounded | answers(torch, case, rounded.get("in dy"))


def _short(array: Array) -> Array:
    """Round to multiples of 1/1024, which compress well and are exact in float32 too."""
    return array if array.dtype == np.int64 else np.round(array * 1024) / 1024


if __name__ == "__main__":
    main()
