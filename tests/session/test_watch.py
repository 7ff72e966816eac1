"""Facts about viewers: what they are told, when, and that a training never notices them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from nnstudio.data.load import load
from nnstudio.data.prepare import Prepared
from nnstudio.data.sources import Drawn
from nnstudio.graph.edits import Move, RemoveNode, SetParam
from nnstudio.graph.model import Graph, make_node
from nnstudio.project.model import Project
from nnstudio.session.news import Poll
from nnstudio.session.studio import Studio
from nnstudio.train.evaluate import Predictor
from nnstudio.train.observer import Observer
from nnstudio.train.settings import RunSettings
from nnstudio.train.watch import Watch, Watched
from tests.nets import chained

MOONS = Drawn(shape="moons", samples=200, seed=3)
LAYERS = ("input1", "dense1", "bn1", "relu1", "drop1", "dense2")


def net(units: int = 16) -> Graph:
    """A network with all that training and evaluation do otherwise: batch norm and dropout."""
    return chained(
        make_node("dense", "dense1", units=units),
        make_node("batch_norm", "bn1"),
        make_node("relu", "relu1"),
        make_node("dropout", "drop1", rate=0.25),
        make_node("dense", "dense2", units=2),
    )


def project(**settings: object) -> Project:
    """Moons, to be trained for a while."""
    chosen = {"epochs": 3, "batch": 16, "learning_rate": 0.01} | settings
    made = RunSettings.model_validate(chosen)
    return Project("moons", net(), MOONS, load(MOONS).signature, settings=made)


@pytest.fixture
def studio() -> Iterator[Studio]:
    made = Studio(project())
    yield made
    made.close()


@pytest.fixture
def endless() -> Iterator[Studio]:
    made = Studio(project(epochs=1_000_000))
    yield made
    made.close()


def _until(studio: Studio, ready: Callable[[Poll], bool], timeout_s: float = 60) -> Poll:
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        poll = studio.poll()
        if ready(poll):
            return poll
        time.sleep(0.005)
    raise AssertionError(f"nothing came; state {studio.run_state}")


def _answer(
    studio: Studio, viewer: str = "", ready: Callable[[Watched], bool] = lambda _: True
) -> Watched:
    """Wait for an answer that is as wanted."""
    found: list[Watched] = []

    def look(poll: Poll) -> bool:
        answer = poll.watched.get(viewer)
        if answer is not None and ready(answer):
            found.append(answer)
        return bool(found)

    _until(studio, look)
    return found[0]


def _over(poll: Poll) -> bool:
    return poll.state in {"finished", "stopped", "diverged", "failed"}


def _data(studio: Studio) -> Prepared:
    return studio._desk.prepared(studio.project)[0]


def _belongs_together(studio: Studio, answer: Watched) -> None:
    """Insist that the outputs are those of the very weights in the same answer."""
    data = _data(studio)
    part = getattr(data, answer.watch.part)
    x = part.samples(np.array(answer.watch.samples))
    with Predictor(answer.graph, data.signature, answer.weights, threads=1) as predictor:
        exact = predictor.activations(x, answer.watch.outputs)
    for node, array in exact.items():
        np.testing.assert_allclose(answer.outputs[node], array, atol=1e-5, err_msg=node)


EVERYTHING = Watch(
    outputs=LAYERS, gradients=LAYERS, weights=LAYERS, weight_gradients=LAYERS,
    samples=tuple(range(0, 100, 7)), rate=30,
)  # fmt: skip


def test_without_a_training_the_weights_of_the_start_answer(studio: Studio) -> None:
    studio.watch(EVERYTHING)
    answer = _answer(studio)
    assert (answer.problem, answer.origin, answer.step) == ("", "start", 0)
    assert set(answer.outputs) == set(answer.gradients) == set(LAYERS)
    _belongs_together(studio, answer)
    studio.watch(None)
    studio.train()
    _until(studio, _over)
    studio.poll()
    initial = studio.project.runs[0].initial
    assert all(np.array_equal(answer.weights[key], initial[key]) for key in initial)


def test_a_wish_is_answered_once_until_something_changes(studio: Studio) -> None:
    studio.watch(EVERYTHING, "maps")
    _answer(studio, "maps")
    end = time.monotonic() + 0.5
    while time.monotonic() < end:
        assert not studio.poll().watched
        time.sleep(0.02)
    studio.apply(Move({"dense1": (5.0, 5.0)}))
    time.sleep(0.2)
    assert not studio.poll().watched  # where a card stands is no matter
    studio.apply(SetParam("dense1", "units", 5))
    answer = _answer(studio, "maps")
    assert answer.outputs["dense1"].shape[1] == 5
    assert answer.graph == studio.graph


def test_a_running_training_answers_again_and_again(endless: Studio) -> None:
    endless.watch(EVERYTHING)
    endless.train()
    steps = []
    for _ in range(4):
        answer = _answer(endless, ready=lambda one: one.origin == "training")
        assert answer.problem == ""
        _belongs_together(endless, answer)
        steps.append(answer.step)
    assert steps == sorted(set(steps))


def test_when_a_training_has_ended_its_run_answers(studio: Studio) -> None:
    studio.train()
    studio.watch(EVERYTHING)
    _until(studio, _over)
    answer = _answer(studio, ready=lambda one: one.origin == "run")
    run = studio.project.runs[0]
    assert answer.step == run.info["steps"]
    assert all(np.array_equal(answer.weights[key], run.weights[key]) for key in run.weights)
    studio.watch(Watch(weights=LAYERS, at="start"))
    start = _answer(studio, ready=lambda one: one.origin == "start")
    assert all(np.array_equal(start.weights[key], run.initial[key]) for key in run.initial)
    studio.rewind()
    studio.watch(Watch(weights=LAYERS))
    again = _answer(studio, ready=lambda one: one.origin == "start")
    assert all(np.array_equal(again.weights[key], run.initial[key]) for key in run.initial)


def test_a_paused_training_answers_at_once_and_after_each_step(endless: Studio) -> None:
    endless.step()
    _until(endless, lambda poll: poll.state == "paused")
    watch = Watch(outputs=LAYERS, weights=LAYERS, samples=(0, 1), rate=0.1)
    endless.watch(watch)
    first = _answer(endless)
    assert (first.origin, first.step) == ("training", 1)
    endless.watch(Watch(gradients=("input1",), samples=(3,)))  # another wish, still paused
    assert _answer(endless).gradients["input1"].shape == (1, 2)
    endless.watch(watch)
    _answer(endless)
    endless.step()
    second = _answer(endless, ready=lambda one: one.step == 2)
    _belongs_together(endless, second)
    assert not np.array_equal(second.weights["dense1/weight"], first.weights["dense1/weight"])


def test_each_viewer_has_a_wish_of_its_own_and_the_latest_wins(endless: Studio) -> None:
    endless.train()
    for sample in range(20):
        endless.watch(Watch(outputs=("dense1",), samples=(sample,)), "maps")
    endless.watch(Watch(weights=("dense2",)), "filters")
    maps = _answer(endless, "maps", lambda one: one.watch.samples == (19,))
    filters = _answer(endless, "filters")
    assert set(maps.outputs) == {"dense1"}
    assert set(filters.weights) == {"dense2/weight", "dense2/bias"}
    endless.watch(None, "maps")
    endless.poll()
    time.sleep(0.3)
    assert "maps" not in endless.poll().watched


def test_edits_during_a_training_leave_its_answers_alone(endless: Studio) -> None:
    endless.train()
    _until(endless, lambda poll: poll.state == "running")
    endless.apply(SetParam("dense1", "units", 5))
    endless.apply(RemoveNode("drop1"))
    endless.watch(Watch(outputs=("dense1", "drop1", "new1"), samples=(0,)))
    answer = _answer(endless)
    assert answer.outputs["dense1"].shape == (1, 16)
    assert answer.graph != endless.graph
    assert answer.missing == {"new1": "There is no node 'new1' in this network."}


def test_a_broken_network_and_missing_data_are_told_in_a_sentence(studio: Studio) -> None:
    studio.apply(RemoveNode("dense2"))
    studio.watch(EVERYTHING)
    assert "loss1" in _answer(studio).problem
    empty = Studio(Project("empty", net()))
    try:
        empty.watch(EVERYTHING)
        assert "no data set yet" in _answer(empty).problem
    finally:
        empty.close()


def test_wrong_samples_are_told_and_the_training_goes_on(endless: Studio) -> None:
    endless.train()
    endless.watch(Watch(outputs=("dense1",), samples=(100_000,)))
    answer = _answer(endless, ready=lambda one: one.origin == "training")
    assert "no sample 100,000 in the training part" in answer.problem
    endless.watch(Watch(outputs=("dense1",), samples=(0,)))
    assert _answer(endless, ready=lambda one: not one.problem).outputs["dense1"].shape == (1, 16)
    assert endless.run_state == "running"


def test_a_viewer_that_fails_does_not_end_the_training(
    endless: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Observer, "_find", broken)
    endless.watch(EVERYTHING)
    endless.train()
    answer = _answer(endless, ready=lambda one: one.origin == "training")
    assert "unexpected" in answer.problem
    monkeypatch.undo()
    endless.watch(Watch(weights=("dense1",)))
    assert _answer(endless, ready=lambda one: not one.problem).origin == "training"


def test_updates_come_from_steps_of_the_training(endless: Studio) -> None:
    endless.watch(Watch(updates=True, rate=30))
    endless.train()
    seen = []
    for _ in range(3):
        answer = _answer(endless, ready=lambda one: one.updates is not None)
        assert answer.updates is not None
        seen.append(answer.updates.step)
        assert set(answer.updates.layer_norms) == {"dense1", "bn1", "dense2"}
        assert 0 < answer.updates.ratios["dense1/weight"] < 1
    assert seen == sorted(set(seen))


def test_a_stop_does_not_wait_for_a_long_answer(endless: Studio) -> None:
    samples = tuple(i % 100 for i in range(200_000))
    endless.train()
    endless.watch(Watch(outputs=LAYERS, gradients=LAYERS, samples=samples))
    _until(endless, lambda poll: poll.state == "running")
    time.sleep(0.3)
    began = time.monotonic()
    endless.stop()
    _until(endless, lambda poll: poll.state == "stopped")
    assert time.monotonic() - began < 2


def test_closing_with_open_wishes_ends_all_threads() -> None:
    import threading

    before = set(threading.enumerate())
    for training in (False, True):
        made = Studio(project(epochs=1_000_000))
        if training:
            made.train()
        samples = tuple(i % 100 for i in range(200_000))
        made.watch(Watch(outputs=LAYERS, gradients=LAYERS, samples=samples))
        time.sleep(0.3)
        made.close()
        assert set(threading.enumerate()) <= before
