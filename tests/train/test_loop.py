"""Facts about the training loop."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest

from nnstudio.core.errors import StudioError
from nnstudio.core.random import stream
from nnstudio.data.prepare import Part
from nnstudio.graph.model import Edge, Graph, make_node
from nnstudio.graph.types import DataSignature, ValueTarget, flat
from nnstudio.train.control import Control
from nnstudio.train.events import Diverged, EpochDone, Event, Finished, Started, Steps
from nnstudio.train.job import Job
from nnstudio.train.trainer import Trainer
from tests.nets import blobs, chained, job, mlp, prepared


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
        seconds = trainer.history.seconds.values()
        assert len(seconds) == 11
        assert seconds[0] > 0
        assert (np.diff(seconds) > 0).all()
        assert trainer.history.epochs["samples"].values().tolist() == [72.0]
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
    assert f"step {diverged.step + 1:,}" in diverged.sentence
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
    monkeypatch.setattr("nnstudio.engine.memory.available_bytes", lambda: 4000)
    said = r"batch of 72 needs about .*; 3.91 kB are free: choose a batch of at most (\d+)"
    with pytest.raises(StudioError, match=said) as refused:
        Trainer(job(mlp(), blobs(), batch=72))
    largest = int(re.findall(r"\d+", str(refused.value))[-1])
    Trainer(job(mlp(), blobs(), batch=largest)).close()


def test_a_network_larger_than_the_memory_is_refused_in_words() -> None:
    graph = chained(
        make_node("dense", "dense1", units=1_000_000),
        make_node("dense", "dense2", units=1_000_000),
        make_node("dense", "dense3", units=3),
    )
    with pytest.raises(StudioError, match=r"1,000,00\d,\d{3},\d{3} parameters.*smaller"):
        Trainer(job(graph, blobs()))


@pytest.mark.parametrize("clip_norm", [0.0, 0.1])
def test_layers_that_lead_nowhere_neither_move_nor_disturb(clip_norm: float) -> None:
    plain = mlp()
    aside = make_node("dense", "aside", units=4)
    edge = Edge.between("dense1.y", "aside.x")
    graph = Graph(dict(plain.nodes) | {"aside": aside}, (*plain.edges, edge))
    how = {"l2": 0.1, "clip_norm": clip_norm, "optimiser": {"kind": "sgd"}, "epochs": 9}
    _, alone = _train(job(plain, blobs(), **how))
    with Trainer(job(graph, blobs(), **how)) as trainer:
        list(trainer.train())
        weights = trainer.weights()
        assert np.array_equal(weights["aside/weight"], trainer.initial["aside/weight"])
    for key, array in alone.items():
        np.testing.assert_allclose(weights[key], array, rtol=1e-4, atol=1e-6)


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


@pytest.mark.parametrize("restore_best", [True, False])
def test_after_divergence_the_kept_weights_give_a_finite_loss(restore_best: bool) -> None:
    x = stream(1, "x").normal(size=(100, 3)).astype(np.float32)
    data = prepared(x, x[:, :1] * 2, DataSignature(flat(3), ValueTarget(("a",))))
    graph = chained(
        make_node("dense", "dense1", units=16),
        make_node("batch_norm", "norm1"),
        make_node("dense", "dense2", units=1),
        loss="mse",
    )
    sgd = {"optimiser": {"kind": "sgd"}, "learning_rate": 1e4}
    with Trainer(job(graph, data, restore_best=restore_best, epochs=50, **sgd)) as trainer:
        events = list(trainer.train())
        losses = trainer.history.steps["loss"].values()
    end, diverged = events[-1], events[-2]
    assert isinstance(end, Finished)
    assert isinstance(diverged, Diverged)
    assert np.isfinite(end.train["loss"])
    assert len(losses) == end.steps == diverged.step + 1
    assert np.isfinite(losses[:-1]).all()
    assert not np.isfinite(losses[-1])  # curves mark where it happened


def test_weights_that_overflow_in_the_very_last_step_are_not_kept() -> None:
    data = blobs()
    one = job(mlp(), data, batch=72, epochs=1, optimiser={"kind": "sgd"}, l2=1e3)
    large = {"dense1/weight": np.full((4, 16), 1e36, np.float32)}
    with Trainer(one) as trainer:
        start = trainer.initial | large
    settings = one.settings.model_copy(update={"learning_rate": 1e6})
    x = np.zeros_like(data.train.x)
    still = dataclasses.replace(data, train=dataclasses.replace(data.train, x=x))
    with Trainer(dataclasses.replace(one, data=still, settings=settings, weights=start)) as trainer:
        events = list(trainer.train())
        assert trainer.finite
    assert isinstance(events[-2], Diverged)
    assert "the weights of 'dense1'" in events[-2].sentence


def test_averages_that_overflow_under_a_finite_loss_end_the_training_and_are_not_kept() -> None:
    data = blobs()
    far = dataclasses.replace(data.train, x=data.train.x * np.float32(1e25))
    graph = chained(make_node("batch_norm", "norm1"), make_node("dense", "dense1", units=3))
    control = Control()
    control.steps_wanted = 1
    with Trainer(job(graph, dataclasses.replace(data, train=far))) as trainer:
        events = list(trainer.train(control))
        losses = trainer.history.steps["loss"].values()
        assert trainer.finite
    assert isinstance(events[-2], Diverged)
    assert events[-2].step == 0
    assert "'norm1'" in events[-2].sentence
    assert np.isfinite(losses).all()


def test_the_one_bad_sample_of_a_large_batch_is_found_and_the_data_is_blamed() -> None:
    data = blobs()
    x = data.train.x.copy()
    x[-1, 2] = np.inf
    one = job(
        mlp(), dataclasses.replace(data, train=dataclasses.replace(data.train, x=x)), batch=50
    )
    events, weights = _train(one)
    assert isinstance(events[-2], Diverged)
    assert events[-2].node == "input1"
    assert "the outputs of 'input1' are no longer finite. Correct the data" in events[-2].sentence
    assert all(np.isfinite(array).all() for array in weights.values())


def test_a_stop_before_the_first_step_is_told_as_a_stop() -> None:
    control = Control()
    control.stop()
    with Trainer(job(mlp(), blobs())) as trainer:
        end = list(trainer.train(control))[-1]
    assert isinstance(end, Finished)
    assert (end.reason, end.steps) == ("stopped", 0)


def test_a_smaller_last_batch_does_not_look_like_a_disturbance() -> None:
    noted: list[int] = []
    with Trainer(job(mlp(), blobs(), batch=7, epochs=2)) as trainer:
        trainer.crew.note = lambda team, seconds: noted.append(team.threads)
        control = Control()
        control.steps_wanted = 1
        list(trainer.train(control))
        assert len(noted) == 2 * trainer.loader.full_steps


def test_the_rate_drops_on_a_plateau_and_only_there() -> None:
    schedule = {"kind": "plateau", "patience": 2, "gamma": 0.1}
    one = job(mlp(64), blobs(40), epochs=30, learning_rate=0.05, schedule=schedule)
    noisy = dataclasses.replace(one.data, valid=_shuffled(one.data.valid))
    with Trainer(dataclasses.replace(one, data=noisy)) as trainer:
        events = [event for event in trainer.train() if isinstance(event, EpochDone)]
        rates = trainer.history.steps["rate"].values()[:: trainer.loader.steps_per_epoch]
    waited, drops, wanted = 0, 0, []
    for event in events:
        wanted.append(0.05 * 0.1**drops)
        waited = 0 if event.best else waited + 1
        if waited == 2:
            waited, drops = 0, drops + 1
    assert drops > 2
    assert rates.tolist() == pytest.approx(wanted)
