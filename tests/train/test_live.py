"""Facts about settings that change while a training runs, and about repeating it exactly."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from nnstudio.core.errors import StudioError
from nnstudio.graph.model import Block, Graph, Node, PortRef, make_node
from nnstudio.train.control import Control
from nnstudio.train.events import Changed, EpochDone, Event, Finished, Refused, Steps
from nnstudio.train.job import Job
from nnstudio.train.live import Change, changed, differences
from nnstudio.train.settings import RunSettings
from nnstudio.train.trainer import Trainer
from tests.nets import blobs, chained, job, mlp

Weights = dict[str, np.ndarray]


def norm_net() -> Graph:
    """Batch norm and dropout, which keep averages and draw numbers."""
    return chained(
        make_node("dense", "dense1", units=16),
        make_node("batch_norm", "bn1"),
        make_node("relu", "relu1"),
        make_node("dropout", "drop1", rate=0.25),
        make_node("dense", "dense2", units=3),
    )


def _run(one: Job, wishes: dict[int, list[tuple[str, Any]]]) -> tuple[Trainer, list[Event]]:
    """Train step by step, and wish for something behind some steps."""
    control, events = Control(), []
    control.steps_wanted = 1
    with Trainer(one) as trainer:
        for event in trainer.train(control):
            events.append(event)
            if isinstance(event, Steps):
                for wish in wishes.pop(event.first + 1, []):
                    control.change(*wish)
    return trainer, events


def _same(one: Weights, other: Weights) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[key], other[key]) for key in one)


WISHES: dict[int, list[tuple[str, Any]]] = {
    3: [("learning_rate", 0.05)],
    7: [("l2", 0.01), ("clip_norm", 0.5)],
    11: [("batch", 12)],
    20: [("frozen", ["dense1", "bn1"]), ("l1", 1e-3)],
    26: [("frozen", []), ("schedule", {"kind": "cosine"})],
}


@pytest.mark.parametrize(
    "rule", [{"kind": "sgd", "momentum": 0.9}, {"kind": "adam"}, {"kind": "adamw"}]
)
def test_a_run_with_recorded_changes_is_repeated_bit_for_bit(rule: dict[str, Any]) -> None:
    one = job(norm_net(), blobs(), epochs=5, optimiser=rule, restore_best=False)
    first, events = _run(one, dict(WISHES))
    made = [event for event in events if isinstance(event, Changed)]
    assert [(event.step, event.path) for event in made[:3]] == [
        (3, "learning_rate"), (7, "l2"), (7, "clip_norm"),
    ]  # fmt: skip
    again = dataclasses.replace(one, changes=tuple(first.changes))
    with Trainer(again) as second:
        events = list(second.train())
    assert [event.step for event in events if isinstance(event, Changed)] == [
        event.step for event in made
    ]
    assert second.changes == first.changes
    assert _same(first.weights(), second.weights())
    for name, series in first.history.steps.items():
        assert np.array_equal(series.values(), second.history.steps[name].values())
    plain, _ = _run(one, {})
    assert not _same(first.weights(), plain.weights())


def test_a_change_takes_effect_at_the_next_step() -> None:
    trainer, events = _run(job(mlp(), blobs()), {5: [("learning_rate", 0.5)]})
    rates = trainer.history.steps["rate"].values()
    assert rates[:5].tolist() == pytest.approx([0.01] * 5)
    assert set(rates[5:].tolist()) == {0.5}
    assert trainer.changes == [Change(5, "learning_rate", 0.5)]
    event = next(event for event in events if isinstance(event, Changed))
    assert (event.before, event.value, event.epoch) == (0.01, 0.5, pytest.approx(5 / 9))
    assert trainer.job.settings.learning_rate == 0.01


def test_another_batch_waits_for_the_next_epoch() -> None:
    trainer, events = _run(job(mlp(), blobs(), epochs=3), {2: [("batch", 24)]})
    assert trainer.changes == [Change(9, "batch", 24)]
    ends = [event.step for event in events if isinstance(event, EpochDone)]
    assert ends == [9, 12, 15]
    event = next(event for event in events if isinstance(event, Changed))
    assert (event.steps_per_epoch, event.epoch) == (3, 1.0)


def test_a_batch_larger_than_the_data_is_refused_and_training_goes_on() -> None:
    trainer, events = _run(job(mlp(), blobs(), epochs=2), {2: [("batch", 5000)]})
    refused = next(event for event in events if isinstance(event, Refused))
    assert refused.path == "batch"
    assert "72" in refused.sentence
    assert trainer.changes == []
    assert isinstance(events[-1], Finished)
    assert events[-1].epochs == 2


@pytest.mark.parametrize(
    "rule",
    [
        {"kind": "sgd", "momentum": 0.9},
        {"kind": "adagrad"},
        {"kind": "rmsprop", "momentum": 0.5},
        {"kind": "adam"},
        {"kind": "adamw"},
    ],
)
def test_frozen_layers_do_not_move_by_a_bit(rule: dict[str, Any]) -> None:
    settings = {"l2": 0.1, "clip_norm": 0.3, "max_norm": 0.2, "restore_best": False}
    one = job(norm_net(), blobs(), epochs=4, optimiser=rule, **settings)
    control = Control()
    with Trainer(one) as trainer:
        events = trainer.train(control)
        for event in events:
            if isinstance(event, EpochDone) and event.epoch == 1:
                control.change("frozen", ["dense1", "bn1"])
                still = trainer.weights()
            if isinstance(event, EpochDone) and event.epoch == 3:
                later = trainer.weights()
                control.change("frozen", [])
        last = trainer.weights()
    own = [key for key in still if key.startswith(("dense1/", "bn1/"))]
    assert len(own) == 6
    for key in still:
        assert np.array_equal(still[key], later[key]) == (key in own), key
        if key != "dense1/bias":  # batch norm takes every bias away again
            assert not np.array_equal(later[key], last[key]), key


def test_a_frozen_block_is_frozen_in_all_its_copies() -> None:
    inside = Graph({"dense1": make_node("dense", "dense1", units=4)}, ())
    ports = {"x": (PortRef("dense1", "x"),)}, {"y": PortRef("dense1", "y")}
    block = Block(inside, *ports, repeat=3)
    card = Node("block1", "block", make_node("block", "block1").params, block=block)
    graph = chained(card, make_node("dense", "dense2", units=3))
    with Trainer(job(graph, blobs(), frozen=["block1"], restore_best=False)) as trainer:
        list(trainer.train())
        last = trainer.weights()
        for key, start in trainer.initial.items():
            assert np.array_equal(start, last[key]) == key.startswith("block1"), key
    assert len(last) == 8


def test_a_search_over_all_samples_leaves_frozen_layers_as_they_are() -> None:
    settings = {"optimiser": {"kind": "lbfgs"}, "l2": 0.1, "frozen": ["dense1", "bn1"]}
    with Trainer(job(norm_net(), blobs(), epochs=4, restore_best=False, **settings)) as trainer:
        events = list(trainer.train())
        last = trainer.weights()
        for key, start in trainer.initial.items():
            assert np.array_equal(start, last[key]) == key.startswith(("dense1/", "bn1/")), key
    losses = [event.train["loss"] for event in events if isinstance(event, EpochDone)]
    assert losses[-1] < losses[0]


def test_what_is_frozen_does_not_count_in_the_clipped_norm() -> None:
    """With the first layer frozen the second learns as if it stood alone behind it."""
    frozen = {"frozen": ["dense1"], "optimiser": {"kind": "sgd"}, "restore_best": False}
    one = job(mlp(), blobs(), epochs=1, clip_norm=1e-3, learning_rate=1.0, **frozen)
    with Trainer(one) as trainer:
        start = trainer.weights()
        next(iter(trainer.train()))
        control = Control()
        control.steps_wanted = 1
        for event in trainer.train(control):
            if isinstance(event, Steps):
                break
        end = trainer.weights()
    moved = sum(float(((end[k] - start[k]) ** 2).sum()) for k in ("dense2/weight", "dense2/bias"))
    assert moved**0.5 == pytest.approx(1e-3, rel=1e-2)


def test_no_wish_changes_no_bit_of_the_run() -> None:
    one = job(norm_net(), blobs(), epochs=3)
    control = Control()
    with Trainer(one) as plain, Trainer(one) as other:
        list(plain.train())
        for event in other.train(control):
            if isinstance(event, Steps):
                control.change("learning_rate", one.settings.learning_rate)
        assert other.changes == []
        assert _same(plain.weights(), other.weights())


def test_a_stopped_run_is_repeated_up_to_its_stop() -> None:
    one = job(mlp(), blobs(), epochs=50)
    control = Control()
    with Trainer(one) as first:
        for event in first.train(control):
            if isinstance(event, Steps) and event.first > 30:
                control.stop()
    end = event
    assert isinstance(end, Finished)
    with Trainer(dataclasses.replace(one, until=(end.steps, end.epochs))) as second:
        other = list(second.train())[-1]
    assert isinstance(other, Finished)
    assert (other.reason, other.steps) == ("stopped", end.steps)
    assert _same(first.weights(), second.weights())


def test_epochs_can_be_added_and_taken_away() -> None:
    _, events = _run(job(mlp(), blobs(), epochs=2), {4: [("epochs", 4)]})
    assert events[-1].epochs == 4  # type: ignore[union-attr]
    _, events = _run(job(mlp(), blobs(), epochs=9), {12: [("epochs", 2)]})
    assert events[-1].epochs == 2  # type: ignore[union-attr]


def test_a_second_stop_leaves_the_measuring_out() -> None:
    control = Control()
    with Trainer(job(mlp(), blobs(), epochs=1000)) as trainer:
        for event in trainer.train(control):
            if isinstance(event, Steps):
                control.stop()
                control.stop()
    assert isinstance(event, Finished)
    assert (event.reason, event.train, event.test) == ("stopped", {}, {})


def test_lbfgs_says_why_it_cannot_change_on_the_way() -> None:
    settings = RunSettings.model_validate({"optimiser": {"kind": "lbfgs"}})
    with pytest.raises(StudioError, match="L-BFGS compares"):
        changed(settings, "l2", 0.1)


def test_only_what_can_change_differs() -> None:
    old = RunSettings.model_validate({"optimiser": {"kind": "sgd"}})
    new = RunSettings.model_validate(
        {"optimiser": {"kind": "sgd", "momentum": 0.5}, "seed": 9, "l1": 0.5}
    )
    assert differences(old, new) == [("l1", 0.5), ("optimiser.momentum", 0.5)]
    assert differences(old, RunSettings()) == []
    with pytest.raises(StudioError, match="'seed' cannot change during a training"):
        changed(old, "seed", 3)
    with pytest.raises(StudioError, match=r"Learning rate|learning_rate"):
        changed(old, "learning_rate", -1)
