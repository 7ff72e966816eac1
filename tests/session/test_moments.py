"""Facts about live changes, moments, branches and replays in a session."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from nnstudio.core.errors import StudioError
from nnstudio.data.load import load
from nnstudio.graph.edits import SetParam
from nnstudio.project.edits import SetSetting
from nnstudio.project.model import Run
from nnstudio.project.run_edits import RemoveRun, restore
from nnstudio.session.news import News, Poll
from nnstudio.session.studio import Studio
from nnstudio.train.evaluate import Predictor
from nnstudio.train.events import Changed
from nnstudio.train.live import Change
from nnstudio.train.watch import Watch, Watched
from tests.session.test_watch import MOONS, project


@pytest.fixture
def studio() -> Iterator[Studio]:
    made = Studio(project(epochs=8))
    yield made
    made.close()


@pytest.fixture
def endless() -> Iterator[Studio]:
    made = Studio(project(epochs=1_000_000))
    yield made
    made.close()


def _until(studio: Studio, ready: Callable[[Poll], bool], timeout_s: float = 60) -> list[News]:
    news: list[News] = []
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        poll = studio.poll()
        news += poll.events
        if ready(poll):
            return news
        time.sleep(0.003)
    raise AssertionError(f"nothing came; state {studio.run_state}, news {news}")


def _over(poll: Poll) -> bool:
    return poll.state in {"finished", "stopped", "diverged", "failed"}


def _ended(studio: Studio) -> Run:
    _until(studio, _over)
    studio.poll()
    return studio.project.runs[-1]


def _steps(studio: Studio, count: int) -> None:
    """Train some single steps, then stand."""
    for _ in range(count):
        before = 0 if studio.history is None else len(studio.history.steps.get("loss", ()))
        studio.step()
        _until(studio, lambda _, n=before: len(studio.history.steps.get("loss", ())) > n)
        _until(studio, lambda poll: poll.state == "paused")


def _same(one: Run, other: Run) -> bool:
    keys = one.weights.keys()
    return keys == other.weights.keys() and all(
        np.array_equal(one.weights[key], other.weights[key]) for key in keys
    )


def test_a_setting_changed_while_paused_counts_from_the_next_step(studio: Studio) -> None:
    _steps(studio, 3)
    inverse = studio.apply(SetSetting("learning_rate", 0.03))
    _steps(studio, 2)
    studio.apply(inverse)
    studio.apply(SetSetting("frozen", ["dense1"]))
    studio.apply(SetSetting("seed", 99))
    studio.train()
    run = _ended(studio)
    assert run.changes == (
        Change(3, "learning_rate", 0.03),
        Change(5, "learning_rate", 0.01),
        Change(5, "frozen", ["dense1"]),
    )
    assert run.settings.learning_rate == 0.01
    assert run.settings.seed == 7
    assert run.settings_at_end.frozen == ("dense1",)


def test_a_change_of_a_running_training_is_told_with_its_step(endless: Studio) -> None:
    endless.train()
    _until(endless, lambda poll: poll.state == "running")
    endless.apply(SetSetting("l2", 0.02))
    news: list[News] = []
    _until(endless, lambda poll: bool(news.extend(poll.events)) or any(
        isinstance(event, Changed) for event in news
    ))  # fmt: skip
    event = next(event for event in news if isinstance(event, Changed))
    assert (event.path, event.before, event.value) == ("l2", 0.0, 0.02)
    endless.stop()
    assert _ended(endless).changes == (Change(event.step, "l2", 0.02),)


def test_a_replay_of_a_run_with_changes_gives_the_same_bits(studio: Studio, tmp_path: Path) -> None:
    _steps(studio, 2)
    studio.apply(SetSetting("learning_rate", 0.05))
    studio.apply(SetSetting("batch", 24))
    _steps(studio, 9)
    studio.stop()
    first = _ended(studio)
    assert first.info["reason"] == "stopped"
    studio.apply(SetSetting("epochs", 3))
    studio.save(tmp_path / "kept.nns")
    again = Studio.open(tmp_path / "kept.nns")
    try:
        again.replay("run1")
        second = _ended(again)
    finally:
        again.close()
    assert second.id == "run2"
    assert second.changes == first.changes
    assert _same(first, second)
    assert np.array_equal(
        first.history.steps["loss"].values(), second.history.steps["loss"].values()
    )


def test_rewinding_gives_the_same_curve_bit_for_bit(studio: Studio) -> None:
    studio.train()
    first = _ended(studio)
    studio.rewind()
    assert studio.snapshots == ()
    studio.train()
    second = _ended(studio)
    for kind in ("steps", "epochs"):
        for name, series in getattr(first.history, kind).items():
            other = getattr(second.history, kind)[name]
            assert np.array_equal(series.values(), other.values()), name
    assert _same(first, second)


def test_an_epoch_is_trained_to_its_end_from_the_middle(endless: Studio) -> None:
    _steps(endless, 3)
    endless.step_epoch()
    _until(endless, lambda _: "step" in endless.history.epochs)
    _until(endless, lambda poll: poll.state == "paused")
    assert endless.history.epochs["step"].values().tolist() == [len(endless.history.steps["loss"])]


def test_a_branch_without_a_change_equals_the_original(studio: Studio) -> None:
    studio.train()
    first = _ended(studio)
    marks = studio.snapshots
    assert marks[0].step == 0
    step = marks[len(marks) // 2].step
    assert 0 < step < first.info["steps"]
    studio.branch(step)
    second = _ended(studio)
    assert (second.id, second.parent) == ("run2", ("run1", step))
    assert _same(first, second)
    for name, series in first.history.epochs.items():
        assert np.array_equal(series.values(), second.history.epochs[name].values())
    assert np.array_equal(
        first.history.steps["loss"].values(), second.history.steps["loss"].values()
    )
    assert first.metrics == second.metrics


def test_a_branch_takes_over_what_was_changed_since(studio: Studio) -> None:
    studio.train()
    first = _ended(studio)
    step = studio.snapshots[-2].step
    studio.apply(SetSetting("learning_rate", 0.1))
    studio.branch(step)
    second = _ended(studio)
    assert second.changes == (Change(step, "learning_rate", 0.1),)
    assert not _same(first, second)
    rates = second.history.steps["rate"].values()
    assert set(rates[:step].tolist()) == {0.01}
    assert set(rates[step:].tolist()) == {0.1}
    studio.replay("run2")
    assert _same(_ended(studio), second)


def test_branching_from_a_running_training_keeps_it_and_resets_the_settings(
    endless: Studio,
) -> None:
    _steps(endless, 4)
    endless.apply(SetSetting("learning_rate", 0.5))
    endless.step_epoch()
    _until(endless, lambda _: "step" in endless.history.epochs)
    _until(endless, lambda poll: poll.state == "paused")
    step = next(mark.step for mark in endless.snapshots if mark.step <= 4)
    endless.branch(step, "one step")
    assert endless.project.settings.learning_rate == 0.01
    _until(endless, lambda poll: poll.state == "paused")
    endless.poll()
    (kept,) = endless.project.runs
    assert kept.changes == (Change(4, "learning_rate", 0.5),)
    assert len(endless.history.steps["loss"]) == step + 1
    assert all(mark.step <= step + 1 for mark in endless.snapshots)
    endless.stop()
    assert _ended(endless).parent == (kept.id, step)


def test_there_is_no_branch_where_nothing_was_kept(studio: Studio) -> None:
    with pytest.raises(StudioError, match="No moments of a training"):
        studio.branch(5)
    with pytest.raises(StudioError, match="train first"):
        studio.show_moment(12)


def _answer(studio: Studio, ready: Callable[[Watched], bool]) -> Watched:
    found: list[Watched] = []

    def look(poll: Poll) -> bool:
        answer = poll.watched.get("v")
        if answer is not None and ready(answer):
            found.append(answer)
        return bool(found)

    _until(studio, look)
    return found[0]


def test_viewers_see_the_moment_that_is_shown(studio: Studio) -> None:
    studio.train()
    run = _ended(studio)
    watch = Watch(outputs=("dense1",), weights=("dense1",), samples=(0, 1))
    studio.watch(watch, "v")
    assert _answer(studio, lambda _: True).origin == "run"
    for mark in (studio.snapshots[0], studio.snapshots[3], studio.snapshots[-1]):
        studio.show_moment(mark.step)
        answer = _answer(
            studio, lambda one, at=mark.step: one.origin == "moment" and one.step == at
        )
        assert answer.watch is watch
        assert studio.moment == mark.step
        if mark.step == 0:
            for key, array in answer.weights.items():
                assert np.array_equal(array, run.initial[key])
        weights = {**run.weights, **answer.weights}
        data = studio._desk.prepared(studio.project)[0]
        with Predictor(run.graph, data.signature, weights) as predictor:
            want = predictor.activations(data.train.samples(np.arange(2)), ["dense1"])["dense1"]
        assert np.allclose(answer.outputs["dense1"], want, atol=1e-5)
    studio.show_moment(None)
    assert _answer(studio, lambda one: one.origin == "run").step == run.info["steps"]


def test_whoever_scrubs_does_not_wait_for_a_rate(studio: Studio) -> None:
    studio.train()
    _ended(studio)
    studio.watch(Watch(weights=("dense1",), rate=0.1), "v")
    _answer(studio, lambda _: True)
    began = time.perf_counter()
    for mark in (studio.snapshots[0], studio.snapshots[1]):
        studio.show_moment(mark.step)
        _answer(studio, lambda one, at=mark.step: one.step == at)
    assert time.perf_counter() - began < 5


def test_a_moment_of_another_network_is_shown_as_it_was_trained(studio: Studio) -> None:
    studio.train()
    _ended(studio)
    studio.apply(SetParam("dense1", "units", 5))
    studio.watch(Watch(weights=("dense1",)), "v")
    studio.show_moment(studio.snapshots[-1].step)
    answer = _answer(studio, lambda one: one.origin == "moment")
    assert answer.weights["dense1/weight"].shape == (2, 16)
    assert answer.graph is not studio.graph


def test_a_moment_stands_still_while_the_training_goes_on(endless: Studio) -> None:
    endless.train()
    _until(endless, lambda _: len(endless.snapshots) > 1)
    endless.watch(Watch(weights=("dense1",), samples=(0,), outputs=("dense2",)), "v")
    step = endless.snapshots[1].step
    endless.show_moment(step)
    assert endless.moment is not None
    step = endless.moment
    first = _answer(endless, lambda one: one.origin == "moment")
    assert first.step == step
    assert endless.run_state == "running"
    endless.show_moment(None)
    later = _answer(endless, lambda one: one.origin == "training")
    assert later.step > step
    began = time.perf_counter()
    endless.show_moment(step)
    _answer(endless, lambda one: one.origin == "moment")
    assert time.perf_counter() - began < 5


def test_a_training_starts_from_restored_weights(studio: Studio) -> None:
    studio.train()
    first = _ended(studio)
    studio.apply(restore(studio.project, "run1", weights=True))
    studio.train()
    second = _ended(studio)
    assert all(np.array_equal(first.weights[key], second.initial[key]) for key in first.weights)
    studio.replay("run2")
    assert _same(_ended(studio), second)
    studio.apply(SetParam("dense1", "units", 5))
    with pytest.raises(StudioError, match="of another network"):
        studio.train()


def test_the_id_of_a_removed_run_is_not_given_again(studio: Studio) -> None:
    studio.train()
    _ended(studio)
    inverse = studio.apply(RemoveRun("run1"))
    studio.train()
    assert _ended(studio).id == "run2"
    studio.apply(inverse)
    assert {run.id for run in studio.project.runs} == {"run1", "run2"}


def test_a_second_stop_does_not_wait_for_the_measuring(endless: Studio) -> None:
    endless.train()
    _until(endless, lambda poll: poll.state == "running")
    endless.stop()
    endless.stop()
    run = _ended(endless)
    assert run.info["reason"] == "stopped"
    assert run.metrics == {}


def test_moons_are_what_these_tests_train_on() -> None:
    assert load(MOONS).size == 200
