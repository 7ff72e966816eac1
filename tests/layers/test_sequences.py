"""Sequences in and out: one to many, many to one, many to many, both directions; Dense on steps."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

import nnstudio.layers  # noqa: F401 - registers all layers
from nnstudio.core.random import stream
from nnstudio.graph.model import Graph, Node, make_node
from nnstudio.graph.types import ClassTarget, DataSignature, TensorType
from nnstudio.train.events import Finished
from nnstudio.train.trainer import Trainer
from tests.layers.harness import make_case, run
from tests.nets import chained, job, prepared
from tests.references.twins import answers

NAMES, STEPS = ("a", "b", "c"), 6


@pytest.mark.parametrize("steps", [1, 3, 17])
@pytest.mark.parametrize("features", [1, 3, 17])
@pytest.mark.parametrize("units", [1, 3, 17])
def test_dense_on_steps_equals_torch(
    steps: int, features: int, units: int, torch: ModuleType
) -> None:
    params: dict[str, Any] = {"units": units, "activation": "tanh", "initial": "orthogonal"}
    case = make_case("dense", params, [TensorType((steps, features), "f4", "TF")], batch=3)
    dy = stream(1, "dy").standard_normal((3, steps, units))
    wanted = answers(torch, case, dy)
    for dtype, threads, close in (("f8", 1, 1e-9), ("f8", 2, 1e-9), ("f4", 2, 1e-5)):
        found = run(case, dy, dtype=dtype, threads=threads).arrays()
        for name, exact in wanted.items():
            scale = max(1.0, float(np.abs(exact).max()))
            assert np.abs(found[name] - exact).max() / scale < close, (name, dtype, threads)


def _signs(count: int = 200) -> tuple[np.ndarray, np.ndarray]:
    """Sequences of -1, 0 and 1 with a little noise, and which of the three each step is."""
    kinds = stream(5, "signs").integers(0, 3, (count, STEPS))
    x = (kinds - 1)[:, :, None] + stream(6, "noise").normal(0, 0.1, (count, STEPS, 2))
    return x.astype(np.float32), kinds


def _accuracy(graph: Graph, x: np.ndarray, y: np.ndarray, epochs: int) -> float:
    """Train and give the share of the test part's steps that are right."""
    layout = "TF" if x.ndim == 3 else "F"
    kind = TensorType(x.shape[1:], "f4", layout)
    data = prepared(x, y, DataSignature(kind, ClassTarget(NAMES, y.shape[1:])))
    how = {"epochs": epochs, "batch": 10, "learning_rate": 0.02, "clip_norm": 1.0}
    with Trainer(job(graph, data, **how)) as trainer:
        *_, end = trainer.train()
    assert isinstance(end, Finished)
    return end.test["accuracy"]


def _scores() -> Node:
    return make_node("dense", "scores", units=3)


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
def test_many_to_many_tells_the_step_before(kind: str) -> None:
    x, kinds = _signs()
    y = np.concatenate([np.ones((len(x), 1), np.int64), kinds[:, :-1]], axis=1)
    assert _accuracy(chained(make_node(kind, "cell", units=12), _scores()), x, y, 30) > 0.95


def test_both_directions_tell_the_step_behind_too() -> None:
    x, kinds = _signs()
    y = np.concatenate([kinds[:, 1:], np.ones((len(x), 1), np.int64)], axis=1)
    both = make_node("gru", "cell", units=12, direction="both")
    assert _accuracy(chained(both, _scores()), x, y, 30) > 0.95
    forwards = chained(make_node("gru", "cell", units=12), _scores())
    assert _accuracy(forwards, x, y, 10) < 0.7


def test_many_to_one_tells_the_first_step() -> None:
    x, kinds = _signs()
    cell = make_node("lstm", "cell", units=12, output="last step")
    assert _accuracy(chained(cell, _scores()), x, kinds[:, 0], 40) > 0.95


def test_one_to_many_counts_on_from_where_it_is_told() -> None:
    start = stream(7, "start").integers(0, 3, 150)
    y = (start[:, None] + np.arange(STEPS)) % 3
    x = np.eye(3, dtype=np.float32)[start]
    graph = chained(
        make_node("dense", "spread", units=STEPS * 4, activation="tanh"),
        make_node("reshape", "steps", shape=(STEPS, 4)),
        make_node("gru", "cell", units=12),
        _scores(),
    )
    assert _accuracy(graph, x, y, 40) > 0.95


def test_one_sequence_to_another_says_it_in_two_halves() -> None:
    """An encoder's last state feeds a decoder that writes the first two symbols in turn."""
    x, kinds = _signs(300)
    y = np.stack([kinds[:, 0], kinds[:, 1], kinds[:, 0]], axis=1)
    graph = chained(
        make_node("gru", "encoder", units=24, output="last step"),
        make_node("dense", "spread", units=3 * 12, activation="tanh"),
        make_node("reshape", "steps", shape=(3, 12)),
        make_node("gru", "decoder", units=16),
        _scores(),
    )
    assert _accuracy(graph, x[:, :3], y, 60) > 0.9
