"""The perceptron rule converges where a line separates the samples, and says so where it cannot."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.core.random import stream
from nnstudio.engine.rules import Sgd
from nnstudio.graph.model import Graph, make_node
from nnstudio.graph.types import DataSignature, ValueTarget, flat
from nnstudio.train.events import Finished
from nnstudio.train.history import History
from nnstudio.train.perceptron import perceptron_note
from nnstudio.train.trainer import Trainer
from tests.nets import chained, job, mlp, prepared


def _perceptron(values: str = "0 and 1") -> Graph:
    return chained(
        make_node("dense", "dense1", units=1),
        make_node("step", "step1", gradient="perceptron rule", values=values),
        loss="mse",
    )


def _trained(x: np.ndarray, on: np.ndarray, values: str = "0 and 1", epochs: int = 60) -> Finished:
    low = 0.0 if values == "0 and 1" else -1.0
    y = np.where(on, 1.0, low)[:, None].astype(np.float32)
    data = prepared(x.astype(np.float32), y, DataSignature(flat(2), ValueTarget(("on",))))
    one = job(_perceptron(values), data, epochs=epochs, batch=1, optimiser=Sgd(), learning_rate=0.1)
    with Trainer(one) as trainer:
        *_, end = trainer.train()
    assert isinstance(end, Finished)
    return end


@pytest.mark.parametrize("values", ["0 and 1", "−1 and 1"])
def test_the_rule_settles_on_separable_samples(values: str) -> None:
    x = stream(5, "points").standard_normal((200, 2))
    side = x[:, 0] - 2.0 * x[:, 1] + 0.5
    apart = np.abs(side) > 0.2
    end = _trained(x[apart], side[apart] > 0, values)
    assert end.train["loss"] < 0.05
    assert end.note == "The perceptron rule has settled: no sample was wrong in the last epoch."


def test_the_rule_never_settles_on_exclusive_or_and_says_so() -> None:
    x = stream(6, "points").uniform(-1, 1, (200, 2))
    end = _trained(x, x[:, 0] * x[:, 1] > 0, epochs=20)
    assert end.train["loss"] > 0.1
    assert end.note.startswith("The perceptron rule has not settled after 20 epochs: it still gets")
    assert "only where one straight line (or plane) separates the two sides" in end.note


def test_other_networks_are_left_alone() -> None:
    history = History()
    assert perceptron_note(_perceptron(), history) == ""
    history.add_epoch({"train loss": 0.5})
    assert perceptron_note(mlp(), history) == ""
    assert "after 1 epoch:" in perceptron_note(_perceptron(), history)
