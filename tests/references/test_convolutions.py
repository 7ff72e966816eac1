"""Convolutions give what PyTorch gives, over drawn windows, strides, gaps, groups and borders."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

import nnstudio.layers  # noqa: F401 - registers all layers
from nnstudio.core.random import stream
from nnstudio.graph.layer import Mismatch
from nnstudio.graph.registry import layer_of, make_params
from nnstudio.graph.types import TensorType, maps
from nnstudio.kernels import activation, correlate, input_gradient, moves, window_gradient
from tests.layers.harness import Array, Case, Rig, make_case
from tests.references.twins import answers

SIZES, CHANNELS = (1, 3, 17), (1, 3, 5, 16, 17, 33, 65)
KINDS = ("conv2d", "depthwise_conv2d", "conv1d", "conv2d_transposed")
NUMBERS = range(12)
LANES = ("16", "8", "4")
TOLERANCE = {"f8": 1e-9, "f4": 1e-5}


def _drawn(kind: str, number: int) -> tuple[dict[str, Any], TensorType]:
    """Draw parameters and an input that they fit."""
    draw = stream(number, "convolutions", kind)
    while True:
        params, x = _tried(kind, draw)
        try:
            layer_of(kind).infer(make_params(kind, params), (x,))
        except Mismatch:
            continue
        return params, x


def _tried(kind: str, draw: np.random.Generator) -> tuple[dict[str, Any], TensorType]:
    def pick(*values: Any) -> Any:
        return values[int(draw.integers(len(values)))]

    def pair(most: int) -> Any:
        both = [int(one) for one in draw.integers(1, most + 1, 2)]
        return both[0] if kind == "conv1d" else both

    params = {
        "kernel": pair(7),
        "stride": pair(3),
        "dilation": pair(3),
        "padding": pick("valid", "same", "same", 1, 2, 5),
        "bias": pick(True, True, False),
        "activation": "linear",
    }
    channels, groups = pick(*CHANNELS), 1
    if kind != "conv2d_transposed":
        params |= {"padding_mode": pick("zero", "reflect", "replicate"), "floor": True}
    if kind == "conv2d":
        groups = params["groups"] = pick(1, *(n for n in (3, 5, 11) if channels % n == 0))
    if kind == "depthwise_conv2d":
        params["multiplier"] = pick(1, 1, 2)
    else:
        params["filters"] = pick(*CHANNELS) if groups == 1 else groups * pick(1, 3, 5)
    if kind == "conv1d":
        return params, TensorType((pick(*SIZES), channels), "f4", "TF")
    return params, maps(pick(*SIZES), pick(*SIZES), channels)


def _case(kind: str, number: int) -> tuple[Case, Array]:
    params, x = _drawn(kind, number)
    case = make_case(kind, params, [x], batch=2 + number % 2, seed=number)
    draw = stream(number, "convolutions", kind, "dy")
    return case, draw.standard_normal((case.x[0].shape[0], *case.output_shape))


@pytest.fixture
def divided(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let threads divide work of any size, and no Winograd: it has bounds of its own."""
    monkeypatch.setenv("NNSTUDIO_CONVOLUTION", "direct")
    for module in (activation, moves):
        monkeypatch.setattr(module, "_SMALL", 0)
    for kernels in (correlate, input_gradient, window_gradient):
        monkeypatch.setattr(kernels, "SMALL", 0)


def _twice(case: Case, dy: Array, dtype: str, threads: int) -> dict[str, Array]:
    """Give what a run leaves behind, after a second run left the same bits."""
    rig = Rig(case, dtype=dtype, threads=threads)
    runs = []
    for _ in range(2):
        rig.load(dy)
        rig.run()
        names = ["y", "dx0", *(f"g.{name}" for name in rig.emit.dweights)]
        runs.append({name.replace("g.", "d"): rig.inner(name).copy() for name in names})
    for name, array in runs[0].items():
        np.testing.assert_array_equal(runs[1][name], array, err_msg=name)
    return runs[0]


@pytest.mark.usefixtures("divided")
@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("kind", KINDS)
def test_drawn_convolution_equals_torch(
    kind: str, number: int, torch: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, dy = _case(kind, number)
    wanted = answers(torch, case, dy)
    monkeypatch.setenv("NNSTUDIO_LANES", LANES[number % 3])
    for dtype, tolerance in TOLERANCE.items():
        one, two = (_twice(case, dy, dtype, threads) for threads in (1, 2))
        assert one.keys() == wanted.keys()
        for name, exact in wanted.items():
            scale = max(1.0, float(np.abs(exact).max()))
            for found in (one, two):
                assert np.abs(found[name] - exact).max() / scale < tolerance, (name, dtype)
        for name in ("y", "dx0"):  # threads share places, not sums; only dw has parts to add
            np.testing.assert_array_equal(one[name], two[name], err_msg=name)


def test_the_draw_covers_all_that_is_asked() -> None:
    drawn = [_drawn(kind, number) for kind in KINDS for number in NUMBERS]
    seen: dict[str, set[Any]] = {"size": set(), "channels": set(), "rectangular": set()}
    for params, x in drawn:
        seen["size"].update(x.shape[:-1])
        seen["channels"].add(x.shape[-1])
        for name in ("kernel", "stride", "dilation"):
            one = params[name] if isinstance(params[name], list) else [params[name]]
            seen.setdefault(name, set()).update(one)
        seen["rectangular"].add(isinstance(params["kernel"], list) and len({*params["kernel"]}) > 1)
        for name in ("padding", "padding_mode"):
            seen.setdefault(name, set()).add(params.get(name, "zero"))
        seen.setdefault("grouped", set()).add(params.get("groups", 1) > 1)
    assert seen == {
        "size": set(SIZES),
        "channels": set(CHANNELS),
        "rectangular": {True, False},
        "kernel": {1, 2, 3, 4, 5, 6, 7},
        "stride": {1, 2, 3},
        "dilation": {1, 2, 3},
        "padding": {"valid", "same", 1, 2, 5},
        "padding_mode": {"zero", "reflect", "replicate"},
        "grouped": {True, False},
    }
