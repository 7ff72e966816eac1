"""Facts about the training loop."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from nnstudio.core.errors import StudioError
from nnstudio.data.prepare import Part
from nnstudio.train.control import Control
from nnstudio.train.events import Diverged, EpochDone, Event, Finished, Started, Steps
from nnstudio.train.job import Job
from nnstudio.train.trainer import Trainer
from tests.nets import blobs, chained, job, mlp


def _train(one: Job, control: Control | None = None) -> tuple[list[Event], dict[str, np.ndarray]]:
    with Trainer(one) as trainer:
        events = list(trainer.train(control))
        return events, trainer.weights()


def test_events_come_in_order_and_count_right() -> None:
    events, _ = _train(job(mlp(), blobs(), epochs=4))
    assert events[0] == Started(4, 9, 72, 1)
    assert isinstance(events[-1], Finished)
    steps = [event for event in events if isinstance(event, Steps)]
    assert sum(len(event.losses) for event in steps) == 36
    assert [event.first for event in steps] == sorted({event.first for event in steps})
    assert [event.epoch for event in events if isinstance(event, EpochDone)] == [1, 2, 3, 4]


def test_separable_blobs_are_learned() -> None:
    events, _ = _train(job(mlp(), blobs(), epochs=30))
    end = events[-1]
    assert isinstance(end, Finished)
    assert end.test["accuracy"] == 1.0
    assert end.train["loss"] < 0.1


def test_same_seed_gives_the_same_run_bit_for_bit() -> None:
    first, second = (_train(job(mlp(), blobs(), batch=7)) for _ in range(2))
    assert all(np.array_equal(first[1][key], second[1][key]) for key in first[1])
    other = _train(job(mlp(), blobs(), batch=7, seed=8))
    assert not np.array_equal(first[1]["dense1/weight"], other[1]["dense1/weight"])


def test_interrupting_after_every_step_changes_nothing() -> None:
    plain_events, plain = _train(job(mlp(), blobs(), batch=7))
    control = Control()
    control.steps_wanted = 1
    events, weights = _train(job(mlp(), blobs(), batch=7), control)
    assert all(len(event.losses) == 1 for event in events if isinstance(event, Steps))
    assert all(np.array_equal(plain[key], weights[key]) for key in plain)
    assert [e for e in events if isinstance(e, EpochDone)] == [
        e for e in plain_events if isinstance(e, EpochDone)
    ]


def test_a_smaller_last_batch_is_trained_too() -> None:
    one = job(mlp(), blobs(), batch=7, epochs=1)
    with Trainer(one) as trainer:
        list(trainer.train())
        assert len(trainer.history.steps["loss"]) == 11
        assert trainer.loader.last_batch == 2


def test_stop_ends_within_a_step_and_measures() -> None:
    control = Control()
    with Trainer(job(mlp(), blobs(), epochs=1000)) as trainer:
        events = []
        for event in trainer.train(control):
            events.append(event)
            if isinstance(event, EpochDone) and event.epoch == 2:
                control.stop()
    end = events[-1]
    assert isinstance(end, Finished)
    assert (end.reason, end.epochs) == ("stopped", 2)
    assert end.steps <= 2 * 9 + 1
    assert set(end.test) == {"loss", "accuracy"}


def test_early_stopping_restores_the_best_weights() -> None:
    one = job(mlp(64), blobs(40), epochs=200, learning_rate=0.05, patience=3)
    noisy = dataclasses.replace(one.data, valid=_shuffled(one.data.valid))
    with Trainer(dataclasses.replace(one, data=noisy)) as trainer:
        events = list(trainer.train())
        end = events[-1]
        assert isinstance(end, Finished)
        epochs = [event for event in events if isinstance(event, EpochDone)]
        best = min(epochs, key=lambda event: event.valid["loss"])
        assert end.reason == "early stopping"
        assert end.best_epoch == best.epoch == end.epochs - 3
        assert end.valid["loss"] == pytest.approx(best.valid["loss"], rel=1e-6)
        assert trainer.scorer.measure(noisy.valid) == end.valid


def _shuffled(part: Part) -> Part:
    """A part whose answers are wrong, so that learning makes its loss rise."""
    return dataclasses.replace(part, y=np.roll(part.y, 1))


def test_keeping_the_best_can_be_switched_off() -> None:
    one = job(mlp(), blobs(), epochs=2, restore_best=False)
    with Trainer(one) as trainer:
        for event in trainer.train():
            if isinstance(event, EpochDone) and event.epoch == 2:
                last = trainer.weights()
        assert all(np.array_equal(last[key], array) for key, array in trainer.weights().items())


def test_divergence_names_the_step_and_the_layer_and_keeps_finite_weights() -> None:
    data = blobs()
    x = data.train.x.copy() * np.float32(1e20)
    huge = dataclasses.replace(data, train=dataclasses.replace(data.train, x=x))
    one = job(mlp(), huge, optimiser={"kind": "sgd"}, learning_rate=1e6)
    with Trainer(one) as trainer:
        events = list(trainer.train())
        assert all(np.isfinite(array).all() for array in trainer.weights().values())
    diverged = next(event for event in events if isinstance(event, Diverged))
    assert diverged.node in {"dense1", "dense2", "loss1"}
    assert f"'{diverged.node}'" in diverged.sentence
    assert "learning rate" in diverged.sentence
    assert isinstance(events[-1], Finished)
    assert events[-1].reason == "diverged"


def test_the_schedule_is_followed_and_recorded() -> None:
    one = job(mlp(), blobs(), epochs=4, schedule={"kind": "step", "every": 2, "gamma": 0.1})
    with Trainer(one) as trainer:
        list(trainer.train())
        rates = trainer.history.steps["rate"].values()
    assert rates.tolist() == pytest.approx([0.01] * 18 + [0.001] * 18)


def test_a_batch_larger_than_the_data_is_refused_in_words() -> None:
    with pytest.raises(StudioError, match=r"larger than the data.*72"):
        Trainer(job(mlp(), blobs(), batch=100))


def test_a_network_that_cannot_run_is_refused_in_words() -> None:
    with pytest.raises(StudioError, match="nothing to train"):
        Trainer(job(_without_loss(), blobs()))


def _without_loss() -> object:
    from nnstudio.graph.edits import RemoveNode

    return RemoveNode("loss1").apply(mlp())[0]


def test_too_little_memory_is_said_before_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nnstudio.train.job.available_bytes", lambda: 4000)
    with pytest.raises(StudioError, match="choose a batch of at most"):
        Trainer(job(mlp(), blobs(), batch=72))


def test_training_goes_on_from_given_weights() -> None:
    with Trainer(job(mlp(), blobs())) as trainer:
        list(trainer.train())
        learned = trainer.weights()
    with Trainer(dataclasses.replace(job(mlp(), blobs()), weights=learned)) as again:
        assert all(np.array_equal(again.initial[key], learned[key]) for key in learned)


def test_a_network_without_anything_to_train_still_runs() -> None:
    graph = chained()
    data = blobs(features=3)
    events, weights = _train(job(graph, data, epochs=1))
    assert isinstance(events[-1], Finished)
    assert weights == {}
