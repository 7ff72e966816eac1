"""Facts about full-batch training by L-BFGS."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from nnstudio.train.ask_tell import Iterated, LbfgsSearch, Question
from nnstudio.train.control import Control
from nnstudio.train.events import EpochDone, Finished
from nnstudio.train.trainer import Trainer
from tests.nets import blobs, job, mlp

LBFGS = {"kind": "lbfgs"}


def _rosenbrock(x: np.ndarray) -> tuple[float, np.ndarray]:
    a, b = 1 - x[0], x[1] - x[0] ** 2
    return a**2 + 100 * b**2, np.array([-2 * a - 400 * x[0] * b, 200 * b])


def test_the_search_finds_the_valley_of_rosenbrock() -> None:
    point = np.array([-1.2, 1.0])
    with LbfgsSearch(point) as search:
        for item in search:
            if isinstance(item, Question):
                search.tell(*_rosenbrock(item.point))
            else:
                point = item.point
    np.testing.assert_allclose(point, [1, 1], atol=1e-6)


def test_a_search_that_is_given_up_ends_its_thread() -> None:
    before = threading.active_count()
    with LbfgsSearch(np.array([-1.2, 1.0])) as search:
        for item in search:
            assert isinstance(item, Question | Iterated)
            break
    assert threading.active_count() == before


def test_a_small_network_is_trained_to_a_small_loss() -> None:
    with Trainer(job(mlp(activation="tanh"), blobs(), optimiser=LBFGS, epochs=40)) as trainer:
        events = list(trainer.train())
    end = events[-1]
    assert isinstance(end, Finished)
    assert end.test["accuracy"] == 1.0
    assert end.train["loss"] < 0.01
    losses = [event.train["loss"] for event in events if isinstance(event, EpochDone)]
    assert losses == sorted(losses, reverse=True)


def test_the_same_seed_gives_the_same_weights() -> None:
    found = []
    for _ in range(2):
        with Trainer(job(mlp(), blobs(), optimiser=LBFGS, epochs=5, batch=7)) as trainer:
            list(trainer.train())
            found.append(trainer.weights())
    assert all(np.array_equal(found[0][key], found[1][key]) for key in found[0])


def test_the_batch_size_changes_only_the_rounding() -> None:
    ends = []
    for batch in (7, 72):
        with Trainer(job(mlp(), blobs(), optimiser=LBFGS, epochs=3, batch=batch)) as trainer:
            ends.append(list(trainer.train())[-1])
    assert ends[0].train["loss"] == pytest.approx(ends[1].train["loss"], rel=1e-3)


def test_stop_ends_the_search() -> None:
    control = Control()
    with Trainer(job(mlp(), blobs(), optimiser=LBFGS, epochs=1000)) as trainer:
        events = []
        for event in trainer.train(control):
            events.append(event)
            if isinstance(event, EpochDone) and event.epoch == 2:
                control.stop()
    assert isinstance(events[-1], Finished)
    assert (events[-1].reason, events[-1].epochs) == ("stopped", 2)
