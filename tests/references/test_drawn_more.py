"""Convolutions of other kinds, norms and pooling equal PyTorch on drawn shapes and odd sizes."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

import nnstudio.layers  # noqa: F401 - registers all layers
from nnstudio.core.random import stream
from nnstudio.graph.types import TensorType, maps
from tests.layers.harness import make_case, run
from tests.references.twins import answers

ACTIVATIONS = ["linear", "relu", "tanh", "elu"]


def _drawn(kind: str, random: np.random.Generator) -> tuple[dict[str, Any], TensorType]:
    """Draw parameters and an input of a kind."""
    height, width = (int(one) for one in random.integers(5, 18, 2))
    channels = int(random.choice([1, 3, 8, 17, 33, 65]))
    window = [int(one) for one in random.integers(1, 6, 2)]
    stride = [int(one) for one in random.integers(1, 4, 2)]
    common = {
        "activation": str(random.choice(ACTIVATIONS)),
        "bias": bool(random.random() < 0.7),
        "padding": [1, "valid", "same"][int(random.integers(3))],
    }
    x = maps(height, width, channels)
    if kind == "depthwise_conv2d":
        more = {"kernel": window, "stride": stride, "floor": True}
        return common | more | {"multiplier": int(random.integers(1, 4))}, x
    if kind == "conv2d_transposed":
        filters = int(random.integers(1, 40))
        kernel = [one + 1 for one in window]
        return common | {"kernel": kernel, "stride": stride, "filters": filters}, x
    if kind == "conv1d":
        more = {"kernel": window[0], "stride": stride[0], "floor": True}
        sequence = TensorType((height + width, channels), "f4", "TF")
        return common | more | {"filters": int(random.integers(1, 70))}, sequence
    if kind == "layer_norm":
        return {"over": str(random.choice(["channels", "sample"]))}, x
    if kind == "filter":
        edge = str(random.choice(["zero", "nearest", "reflect"]))
        return {"filter": "box blur", "side": 5, "edge": edge}, x
    return {}, x


@pytest.mark.parametrize("number", range(5))
@pytest.mark.parametrize(
    "kind",
    ["depthwise_conv2d", "conv2d_transposed", "conv1d", "layer_norm", "local_norm", "prelu",
     "filter"],
)  # fmt: skip
def test_drawn_shape_equals_torch(kind: str, number: int, torch: ModuleType) -> None:
    random = stream(number, "drawn", kind)
    params, x = _drawn(kind, random)
    case = make_case(kind, params, [x], batch=int(random.integers(1, 6)), seed=number)
    case.x[0] = random.standard_normal(case.x[0].shape)
    dy = random.standard_normal((case.x[0].shape[0], *case.output_shape))
    wanted = answers(torch, case, dy)
    for dtype, tolerance in (("f4", 3e-5), ("f8", 1e-10)):
        found = run(case, dy, dtype=dtype, threads=1 + number % 2).arrays()
        assert found.keys() == wanted.keys()
        for name, exact in wanted.items():
            scale = max(1.0, float(np.abs(exact).max()))
            assert np.abs(found[name] - exact).max() / scale < tolerance, (name, params, x)
