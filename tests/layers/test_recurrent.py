"""Recurrent layers: torch's numbers on drawn sizes, how they start, and what does not fit."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

import nnstudio.layers  # noqa: F401 - registers all layers
from nnstudio.core.random import stream
from nnstudio.engine.weights import Weights
from nnstudio.graph.infer import infer
from nnstudio.graph.layer import InsertBefore, Mismatch, ReplaceWith
from nnstudio.graph.model import make_node
from nnstudio.graph.registry import layer_of, make_params
from nnstudio.graph.types import TensorType, flat, maps
from nnstudio.train.events import Finished
from nnstudio.train.trainer import Trainer
from tests.layers.harness import make_case, run
from tests.nets import chained, classes_signature, job, prepared
from tests.references.twins import answers

KINDS = ["rnn", "lstm", "gru"]


def sequence(steps: int, features: int) -> TensorType:
    return TensorType((steps, features), "f4", "TF")


@pytest.mark.parametrize("number", range(6))
@pytest.mark.parametrize("kind", KINDS)
def test_drawn_sizes_equal_torch(kind: str, number: int, torch: ModuleType) -> None:
    draw = stream(number, "drawn", kind)
    steps, features, units, batch = (int(one) for one in draw.integers(1, [9, 40, 70, 20]))
    params: dict[str, Any] = {
        "units": units,
        "direction": ["forward", "backward", "both"][number % 3],
        "output": ["all steps", "last step"][number % 2],
        "bias": number != 4,
    }
    if kind == "rnn":
        params["activation"] = ["tanh", "relu"][number // 3]
    case = make_case(kind, params, [sequence(steps, features)], batch=batch, seed=number)
    for name in case.weights:
        case.weights[name] *= 0.4  # far from where gates are all open or all shut
    dy = draw.standard_normal((batch, *case.output_shape))
    wanted = answers(torch, case, dy)
    for dtype, threads in (("f8", 1), ("f8", 2), ("f4", 2)):
        found = run(case, dy, dtype=dtype, threads=threads).arrays()
        assert found.keys() == wanted.keys()
        for name, exact in wanted.items():
            scale = max(1.0, float(np.abs(exact).max()))
            error = float(np.abs(found[name] - exact).max()) / scale
            assert error < (1e-11 if dtype == "f8" else 3e-5), (name, dtype, threads)


@pytest.mark.parametrize("kind", KINDS)
def test_the_number_of_threads_changes_no_bit(kind: str) -> None:
    case = make_case(kind, {"units": 24}, [sequence(7, 9)], batch=13)
    one, two = (run(case, dtype="f4", threads=threads).y for threads in (1, 2))
    np.testing.assert_array_equal(one, two)


def test_lstm_of_one_unit_by_hand() -> None:
    case = make_case("lstm", {"units": 1}, [sequence(2, 1)], batch=1)
    case.x[0][...] = [[[1.0], [0.0]]]
    case.weights["input_weight"][...] = [[1.0, 2.0, 3.0, 4.0]]
    case.weights["recurrent_weight"][...] = 0.5
    case.weights["bias"][...] = [0.0, 1.0, 0.0, 0.0]

    def sigmoid(x: float) -> float:
        return float(1 / (1 + np.exp(-x)))

    c = sigmoid(1) * np.tanh(3)
    h = sigmoid(4) * np.tanh(c)
    c2 = sigmoid(0.5 * h + 1) * c + sigmoid(0.5 * h) * np.tanh(0.5 * h)
    h2 = sigmoid(0.5 * h) * np.tanh(c2)
    np.testing.assert_allclose(run(case).y[0, :, 0], [h, h2], rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_backwards_is_forwards_on_the_turned_sequence(kind: str) -> None:
    there = make_case(kind, {"units": 6}, [sequence(5, 3)])
    back = make_case(kind, {"units": 6, "direction": "backward"}, [sequence(5, 3)])
    back.weights = there.weights
    back.x[0] = there.x[0][:, ::-1].copy()
    np.testing.assert_array_equal(run(back).y, run(there).y[:, ::-1])


@pytest.mark.parametrize("kind", KINDS)
def test_the_last_step_is_the_last_of_all_steps(kind: str) -> None:
    every = make_case(kind, {"units": 6}, [sequence(5, 3)])
    last = make_case(kind, {"units": 6, "output": "last step"}, [sequence(5, 3)])
    last.weights, last.x = every.weights, every.x
    np.testing.assert_array_equal(run(last).y, run(every).y[:, -1])


def test_far_from_zero_nothing_overflows() -> None:
    for kind in KINDS:
        case = make_case(kind, {"units": 4}, [sequence(6, 3)])
        case.x[0] *= 1e6
        result = run(case, dtype="f4")
        assert np.isfinite(result.y).all()
        assert np.isfinite(result.dx[0]).all()


def test_forget_gates_start_open() -> None:
    graph = chained(make_node("lstm", "lstm1", units=3, output="last step"))
    weights = Weights(graph, infer(graph, classes_signature(sequence(4, 5), 3)))
    weights.initialise(1)
    bias = weights.arrays()["lstm1/bias"]
    np.testing.assert_array_equal(bias, np.repeat([0.0, 1.0, 0.0, 0.0], 3).astype("f4"))


def test_parameters_are_counted_as_in_keras() -> None:
    for kind, count in (("rnn", 24_832), ("lstm", 99_328), ("gru", 74_880)):
        layer, p = layer_of(kind), make_params(kind, {"units": 128})
        x = (sequence(64, 65),)
        assert layer.cost(p, x, layer.infer(p, x)).parameters == count


@pytest.mark.parametrize("kind", KINDS)
def test_a_map_is_read_row_by_row(kind: str) -> None:
    layer, p = layer_of(kind), make_params(kind, {})
    with pytest.raises(Mismatch) as caught:
        layer.infer(p, (maps(28, 20, 3),))
    found = caught.value
    name = layer.title
    assert found.message == (
        f"{name} needs a sequence (steps × features); 28×20×3 = 1,680 numbers arrive as a map."
    )
    (remedy,) = found.remedies
    assert isinstance(remedy, InsertBefore)
    reshape = layer_of("reshape")
    rows = reshape.infer(make_params("reshape", remedy.params), (maps(28, 20, 3),))
    assert layer.infer(p, (rows,)) == sequence(28, 64)


def test_flat_numbers_are_for_dense() -> None:
    with pytest.raises(Mismatch, match="1,000 numbers arrive flat") as caught:
        layer_of("lstm").infer(make_params("lstm", {}), (flat(1000),))
    (remedy,) = caught.value.remedies
    assert isinstance(remedy, ReplaceWith)
    assert remedy.kind == "dense"


def test_dense_works_on_each_step_with_the_same_weights() -> None:
    case = make_case("dense", {"units": 7}, [sequence(5, 3)], batch=4)
    w = case.weights
    np.testing.assert_allclose(run(case).y, case.x[0] @ w["weight"] + w["bias"], rtol=1e-12)


def test_two_layers_learn_what_the_first_step_said() -> None:
    draw = stream(3, "first step")
    y = draw.integers(0, 2, 300)
    x = draw.normal(0, 0.3, (300, 10, 2)).astype(np.float32)
    x[:, 0, 0] += 2 * y - 1
    graph = chained(
        make_node("gru", "gru1", units=8, direction="both"),
        make_node("lstm", "lstm1", units=8, output="last step"),
        make_node("dense", "dense1", units=2),
    )
    data = prepared(x, y, classes_signature(sequence(10, 2), 2))
    with Trainer(job(graph, data, epochs=30, batch=10)) as trainer:
        *_, end = trainer.train()
    assert isinstance(end, Finished)
    assert end.test["accuracy"] > 0.95
