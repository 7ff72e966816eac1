"""Facts about moments: what is kept, at what cost, and that going on from one changes no bit."""

from __future__ import annotations

import dataclasses
import itertools
import math
from typing import Any

import numpy as np
import pytest

from nnstudio.graph.model import make_node
from nnstudio.train.control import Control
from nnstudio.train.events import EpochDone, Finished, Steps
from nnstudio.train.job import Job
from nnstudio.train.moments import Held, Mark, Moment, Moments, Place
from nnstudio.train.reporting import Progress
from nnstudio.train.settings import RunSettings
from nnstudio.train.trainer import Trainer
from tests.nets import blobs, chained, job, mlp
from tests.train.test_live import norm_net

SGD = {"kind": "sgd", "momentum": 0.9}


def _whole(one: Job, moments: Moments) -> Trainer:
    """Train with a report after each step, so that there are many moments to choose from."""
    control = Control()
    control.steps_wanted = 1
    with Trainer(one, moments=moments) as trainer:
        list(trainer.train(control))
    return trainer


class Keen(Moments):
    """Keeps a moment wherever it is asked, whatever that costs."""

    def due(self, size: int, seconds: float, *, wanted: bool = False) -> bool:
        return True


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("rule", [SGD, {"kind": "adam"}, {"kind": "rmsprop"}])
def test_a_branch_without_a_change_equals_the_original(rule: dict[str, Any], threads: int) -> None:
    settings = {"epochs": 3, "optimiser": rule, "threads": threads, "batch": 7, "l2": 1e-3}
    schedule = {"kind": "plateau", "patience": 1}
    one = job(norm_net(), blobs(), schedule=schedule, **settings)
    moments = Keen()
    trainer = _whole(one, moments)
    end = _end(one, None)
    for step in (0, 1, 5, 11, 17):
        moment = moments.at(step)
        assert moment is not None
        history = trainer.history.until(step, moment.progress.epochs)
        branch = dataclasses.replace(one, start=moment, weights=trainer.initial)
        with Trainer(branch, history=history) as again:
            other = list(again.train())[-1]
        assert isinstance(other, Finished)
        assert (other.steps, other.valid, other.best_epoch) == (
            end.steps,
            end.valid,
            end.best_epoch,
        )
        assert _same(trainer.weights(), again.weights()), step
        for kind in ("steps", "epochs"):
            for name, series in getattr(trainer.history, kind).items():
                assert np.array_equal(series.values(), getattr(history, kind)[name].values()), name
        assert _same(trainer.initial, again.initial)


def _end(one: Job, control: Control | None) -> Finished:
    with Trainer(one) as trainer:
        event = list(trainer.train(control))[-1]
    assert isinstance(event, Finished)
    return event


def _same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> bool:
    return all(np.array_equal(one[key], other[key]) for key in one | other)


def test_a_branch_across_live_changes_equals_the_original() -> None:
    one = job(norm_net(), blobs(), epochs=4, optimiser=SGD)
    control, moments = Control(), Keen()
    control.steps_wanted = 1
    with Trainer(one, moments=moments) as trainer:
        for event in trainer.train(control):
            if isinstance(event, Steps) and event.first == 4:
                control.change("batch", 12)
            if isinstance(event, Steps) and event.first == 12:
                control.change("learning_rate", 0.03)
    assert [change.step for change in trainer.changes] == [9, 13]
    for step in (3, 9, 11, 13, 16):
        branch = dataclasses.replace(
            one, start=moments.at(step), weights=trainer.initial, changes=tuple(trainer.changes)
        )
        with Trainer(branch) as again:
            list(again.train())
        assert again.changes == trainer.changes
        assert _same(trainer.weights(), again.weights()), step


def test_a_carried_state_goes_on_from_a_moment() -> None:
    net = chained(
        make_node("reshape", "r1", shape=(2, 2)),
        make_node("rnn", "rnn1", units=4, carry=True, output="last step"),
        make_node("dense", "dense1", units=3),
    )
    one = job(net, blobs(), order="streams", epochs=2)
    moments = Keen()
    trainer = _whole(one, moments)
    with Trainer(dataclasses.replace(one, start=moments.at(5), weights=trainer.initial)) as again:
        list(again.train())
    assert _same(trainer.weights(), again.weights())


def test_moments_change_no_bit_and_cost_little() -> None:
    one = job(mlp(64), blobs(1200), epochs=60, restore_best=False)
    moments = Moments()
    with Trainer(one) as plain, Trainer(one, moments=moments) as other:
        list(plain.train())
        end = list(other.train())[-1]
    assert isinstance(end, Finished)
    assert _same(plain.weights(), other.weights())
    assert len(moments.marks) > 10
    assert moments.cost_s <= 0.02 * end.seconds + 0.006


def test_the_marks_say_where_and_how_good() -> None:
    one = job(mlp(), blobs(), epochs=6)
    moments = Keen()
    with Trainer(one, moments=moments) as trainer:
        events = list(trainer.train())
    best = [e.step for e in events if isinstance(e, EpochDone) and e.best]
    assert moments.marks[0].step == 0
    assert math.isnan(moments.marks[0].loss)
    assert [mark.step for mark in moments.marks] == sorted({m.step for m in moments.marks})
    assert [mark.step for mark in moments.marks if mark.best] == best
    last = moments.marks[-1]
    assert (last.step, last.epoch) == (54, 6.0)
    moment = moments.nearest(53)
    assert moment is not None
    assert moment.mark is last
    assert moment.arrays.keys() == trainer.weights().keys()


def test_a_budget_is_kept_and_the_first_last_and_best_stay() -> None:
    one = _moment(0, 1000)
    moments = Moments(20 * one.size)
    for step in range(0, 400, 4):
        moments.note(np.full(4, 1.0), 400)
        moments.add(_moment(step, 1000, best=step == 120), 0.0)
        assert moments.size <= 20 * one.size
    steps = [mark.step for mark in moments.marks]
    assert {0, 120, 396} <= set(steps)
    assert 15 <= len(steps) <= 20
    assert np.diff(steps).max() <= 40


def test_moments_stand_closer_where_the_loss_moves() -> None:
    moments = Moments()
    losses = np.concatenate([np.geomspace(4.0, 0.1, 500), np.full(9500, 0.1)])
    for step in range(0, 10_000, 10):
        moments.note(losses[step : step + 10], 10_000)
        if moments.due(100, 1e6):
            moments.add(_moment(step, 10), 0.0)
    steps = np.array([mark.step for mark in moments.marks])
    assert (steps < 600).sum() / 600 > 3 * (steps >= 600).sum() / 9400
    assert np.diff(steps[steps >= 600]).max() <= 60


def test_nothing_is_kept_that_is_larger_than_the_budget() -> None:
    moments = Moments(100)
    assert not moments.due(101, 1e9, wanted=True)
    assert moments.due(100, 1e9, wanted=True)


def test_a_dear_moment_is_taken_rarely() -> None:
    moments = Moments()
    moments.add(_moment(0, 10), 0.1)
    moments.note(np.ones(900), 1000)
    assert not moments.due(10, 1.0)
    assert moments.due(10, 15.0)


def test_a_long_run_of_a_small_net_keeps_few_moments() -> None:
    moments = Moments()
    for step in itertools.islice(itertools.count(), 3000):
        moments.add(_moment(step, 4), 0.0)
    assert len(moments.marks) <= 512


def test_memory_is_flat_over_ten_thousand_epochs() -> None:
    data = blobs(20)
    moments = Moments()
    with Trainer(job(mlp(4), data, epochs=10_000, batch=12), moments=moments) as trainer:
        events = iter(trainer.train())
        sizes = [moments.size for event in events if isinstance(event, EpochDone)]
    assert max(sizes) <= 512 * moments.nearest(10_000).size  # type: ignore[union-attr]
    assert sizes[-1] <= 1.4 * sizes[5_000] + 100_000
    assert {0, 10_000} <= {mark.step for mark in moments.marks}


def _moment(step: int, numbers: int, *, best: bool = False) -> Moment:
    held = Held(np.zeros(numbers, np.float32), np.zeros(0, np.float32), {}, {})
    mark = Mark(step, step / 100, 1.0, best)
    return Moment(mark, Place(), RunSettings(), held, None, Progress(), ())
