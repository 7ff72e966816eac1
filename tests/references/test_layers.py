"""Layers give what PyTorch gives: on recorded examples, and live on drawn shapes."""

from __future__ import annotations

import json
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import nnstudio.layers  # noqa: F401 - registers all layers
from nnstudio.core.random import stream
from nnstudio.graph.registry import all_layers, layer_of, make_params
from nnstudio.graph.types import ClassTarget, Target, TensorType, ValueTarget, flat, maps, named
from nnstudio.layers.contract import RunnableLayer
from tests.layers.harness import Array, Case, make_case, run
from tests.references.make import FILE
from tests.references.twins import WITHOUT_TWIN, answers

with np.load(FILE, allow_pickle=False) as _file:
    RECORDS = {name: _file[name] for name in _file.files}
NAMES = sorted({name.partition("/")[0] for name in RECORDS})


def _recorded(name: str) -> tuple[Case, Array | None, dict[str, Array]]:
    """Give a case, the gradient by its output, and torch's answers."""
    record = {
        key.partition("/")[2]: one
        for key, one in RECORDS.items()
        if key[: len(name) + 1] == f"{name}/"
    }
    about = json.loads(str(record.pop("about")))
    layer = layer_of(about["kind"])
    assert isinstance(layer, RunnableLayer)
    given = zip(about["shapes"], about["symbols"], strict=True)
    types = tuple(_type(tuple(shape), symbols) for shape, symbols in given)
    arrays = {key[3:]: one for key, one in record.items() if key.startswith("in ")}
    case = Case(
        layer,
        make_params(about["kind"], about["params"]),
        types,
        [arrays[f"x{i}"] for i in range(len(types))],
        {key[2:]: one for key, one in arrays.items() if key.startswith("w.")},
        arrays.get("target"),
    )
    wanted = {key: one for key, one in record.items() if not key.startswith("in ")}
    return case, arrays.get("dy"), wanted


def _type(shape: tuple[int, ...], symbols: int) -> TensorType:
    if symbols:
        return named(shape, symbols)
    return TensorType(shape, "f4", {1: "F", 2: "TF", 3: "HWC"}[len(shape)])


def _compare(case: Case, dy: Array | None, wanted: dict[str, Array], dtype: str) -> None:
    found = run(case, dy, dtype=dtype).arrays()
    assert found.keys() == wanted.keys()
    tolerance = 1e-10 if dtype == "f8" else 3e-5
    for name, exact in wanted.items():
        scale = max(1.0, float(np.abs(exact).max()))
        assert np.abs(found[name] - exact).max() / scale < tolerance, name


def test_every_example_is_recorded() -> None:
    expected = {
        f"{kind}-{number}"
        for kind, layer in all_layers().items()
        if kind not in WITHOUT_TWIN
        for number in range(len(layer.examples))
    }
    assert set(NAMES) == expected, "run: python -m tests.references.make"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_recorded_example(name: str, dtype: str) -> None:
    case, dy, wanted = _recorded(name)
    _compare(case, dy, wanted, dtype)


def _drawn(kind: str, random: np.random.Generator) -> tuple[dict[str, Any], list[TensorType]]:
    """Draw parameters and an input of a kind."""
    size = [int(one) for one in random.integers(5, 13, 2)]
    channels = int(random.choice([1, 3, 8, 17, 32]))
    window = [int(one) for one in random.integers(1, 5, 2)]
    stride = [int(one) for one in random.integers(1, 4, 2)]
    padding = random.choice(["valid", "same", "1"])
    sliding: dict[str, Any] = {
        "stride": stride,
        "padding": 1 if padding == "1" else str(padding),
        "floor": True,
    }
    if kind == "conv2d":
        groups = int(random.choice([1, 1, 2, 4]))
        names = ["linear", "relu", "leaky relu", "sigmoid", "tanh", "elu"]
        params = sliding | {
            "kernel": window,
            "groups": groups,
            "filters": groups * int(random.integers(1, 20)),
            "activation": str(random.choice(names)),
            "bias": bool(random.random() < 0.7),
        }
        return params, [maps(*size, channels * groups)]
    if kind in {"max_pool", "avg_pool"}:
        return sliding | {"window": [one + 1 for one in window]}, [maps(*size, channels)]
    if kind == "dense":
        units, features = (int(one) for one in random.integers(1, 150, 2))
        return {"units": units, "activation": "relu"}, [flat(features)]
    return {}, [maps(*size, channels)]


@pytest.mark.parametrize("number", range(8))
@pytest.mark.parametrize("kind", ["dense", "conv2d", "max_pool", "avg_pool", "batch_norm"])
def test_drawn_shape_equals_torch(kind: str, number: int, torch: ModuleType) -> None:
    random = stream(number, "drawn", kind)
    params, types = _drawn(kind, random)
    case = make_case(kind, params, types, batch=int(random.integers(1, 6)), seed=number)
    if kind == "batch_norm" and case.x[0].size // case.x[0].shape[-1] < 2:
        pytest.skip("torch refuses a batch of one number a channel")
    dy = random.standard_normal((case.x[0].shape[0], *case.output_shape))
    for dtype in ("f4", "f8"):
        _compare(case, dy, answers(torch, case, dy), dtype)


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("softmax_cross_entropy", ClassTarget(tuple(map(str, range(37))))),
        ("hinge", ClassTarget(tuple(map(str, range(37))))),
        ("mse", ValueTarget(tuple(map(str, range(37))))),
        ("binary_cross_entropy", ValueTarget(tuple(map(str, range(37))))),
    ],
)
def test_losses_of_many_scores_equal_torch(kind: str, target: Target, torch: ModuleType) -> None:
    case = make_case(kind, {}, [flat(37)], target, batch=50)
    for dtype in ("f4", "f8"):
        _compare(case, None, answers(torch, case, None), dtype)


@pytest.mark.parametrize("shape", [(19,), (1,), (9, 13)])
@pytest.mark.parametrize("kind", ["softmax_cross_entropy", "focal"])
def test_losses_of_steps_and_pixels_equal_torch(
    kind: str, shape: tuple[int, ...], torch: ModuleType
) -> None:
    target = ClassTarget(tuple(map(str, range(7))), shape)
    case = make_case(kind, {}, [TensorType((*shape, 7))], target, batch=10)
    assert case.target is not None
    case.target[4] = -1  # a sample that does not count at all
    for dtype in ("f4", "f8"):
        _compare(case, None, answers(torch, case, None), dtype)
