"""Facts about a session: trainings, pauses, data, files, errors; all without a window."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from nnstudio.core.errors import StudioError
from nnstudio.core.paths import resources_folder
from nnstudio.data.dataset import DataSet
from nnstudio.data.load import load
from nnstudio.data.sources import Csv, Drawn
from nnstudio.graph.edits import RemoveNode, SetParam
from nnstudio.project.edits import SetSetting
from nnstudio.project.model import Project
from nnstudio.session.news import (
    DataFailed,
    DataLoaded,
    Failed,
    GradientsChecked,
    News,
    Poll,
    RunEnded,
    Said,
)
from nnstudio.session.studio import Studio
from nnstudio.session.training import Training
from nnstudio.train.events import EpochDone, Finished
from nnstudio.train.settings import RunSettings
from tests.nets import mlp

MOONS = Drawn(shape="moons", samples=200, seed=3)


def _project(**settings: object) -> Project:
    chosen = RunSettings.model_validate({"epochs": 3, "learning_rate": 0.01} | settings)
    return Project("moons", mlp(classes=2), MOONS, load(MOONS).signature, settings=chosen)


@pytest.fixture
def studio() -> Iterator[Studio]:
    made = Studio(_project())
    yield made
    made.close()


def _until(studio: Studio, ready: Callable[[Poll], bool], timeout_s: float = 60) -> list[News]:
    """Poll until something is so; give all news on the way."""
    news: list[News] = []
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        poll = studio.poll()
        news += poll.events
        if ready(poll):
            return news
        time.sleep(0.005)
    raise AssertionError(f"nothing came; state {studio.run_state}, news {news}")


def _over(poll: Poll) -> bool:
    return poll.state in {"finished", "stopped", "diverged", "failed"}


def _trained(studio: Studio) -> list[News]:
    studio.train()
    news = _until(studio, _over)
    return news + studio.poll().events


def test_a_training_becomes_a_run_of_the_project(studio: Studio) -> None:
    news = _trained(studio)
    assert [event.epoch for event in news if isinstance(event, EpochDone)] == [1, 2, 3]
    run = studio.project.runs[0]
    assert any(isinstance(event, RunEnded) for event in news)
    assert run.info["reason"] == "finished"
    assert len(run.info["data_fingerprint"]) == 64
    assert set(run.weights) == {f"dense{i}/{name}" for i in (1, 2) for name in ("weight", "bias")}
    assert len(run.history.steps["loss"]) == run.info["steps"]
    assert studio.dirty


def test_the_same_project_gives_the_same_run(studio: Studio) -> None:
    _trained(studio)
    _trained(studio)
    first, second = studio.project.runs
    assert (first.id, second.id) == ("run1", "run2")
    assert all(np.array_equal(first.weights[key], second.weights[key]) for key in first.weights)


def test_single_steps_and_epochs_pause_behind_them() -> None:
    studio = Studio(_project(epochs=50))
    try:
        studio.step()
        _until(studio, lambda poll: poll.state == "paused")
        assert studio.history is not None
        assert len(studio.history.steps["loss"]) == 1
        studio.step()
        _until(studio, lambda _: len(studio.history.steps["loss"]) == 2)
        _until(studio, lambda poll: poll.state == "paused")
        studio.step_epoch()
        _until(studio, lambda _: "step" in studio.history.epochs)
        _until(studio, lambda poll: poll.state == "paused")
        assert len(studio.history.epochs["step"]) == 1
        studio.train()
        _until(studio, _over)
        assert len(studio.history.epochs["step"]) == 50
    finally:
        studio.close()


def test_pausing_and_going_on_changes_nothing() -> None:
    plain, paused = Studio(_project(epochs=400)), Studio(_project(epochs=400))
    try:
        _trained(plain)
        paused.train()
        _until(paused, lambda poll: poll.state == "running")
        paused.pause()
        _until(paused, lambda poll: poll.state in {"paused", "finished"})
        paused.train()
        _until(paused, _over)
        paused.poll()
        one, two = plain.project.runs[0], paused.project.runs[0]
        assert all(np.array_equal(one.weights[key], two.weights[key]) for key in one.weights)
    finally:
        plain.close()
        paused.close()


def test_stop_keeps_what_was_learned() -> None:
    studio = Studio(_project(epochs=1_000_000))
    try:
        studio.train()
        _until(studio, lambda poll: any(isinstance(event, EpochDone) for event in poll.events))
        studio.stop()
        news = _until(studio, lambda poll: poll.state == "stopped") + studio.poll().events
        end = next(event for event in news if isinstance(event, Finished))
        assert end.reason == "stopped"
        assert studio.project.runs[0].info["epochs"] == end.epochs
    finally:
        studio.close()


def test_rewind_forgets_the_curves_and_the_next_training_begins_anew(studio: Studio) -> None:
    _trained(studio)
    studio.rewind()
    assert studio.run_state == "idle"
    _trained(studio)
    assert np.array_equal(
        studio.project.runs[0].history.steps["loss"].values(),
        studio.project.runs[1].history.steps["loss"].values(),
    )


def test_edits_while_training_do_not_touch_the_training() -> None:
    studio = Studio(_project(epochs=300))
    try:
        studio.train()
        _until(studio, lambda poll: poll.state == "running")
        studio.apply(SetParam("dense1", "units", 3))
        _until(studio, _over)
        studio.poll()
        assert studio.project.runs[0].weights["dense1/weight"].shape == (2, 16)
    finally:
        studio.close()


def test_apply_gives_the_inverse_and_tells_listeners(studio: Studio) -> None:
    told: list[int] = []
    studio.subscribe(lambda: told.append(1))
    graph = studio.graph
    inverse = studio.apply(SetParam("dense1", "units", 5))
    assert studio.graph.nodes["dense1"].params.units == 5
    assert studio.dirty
    studio.apply(inverse)
    assert studio.graph == graph
    assert not studio.dirty
    assert len(told) == 2
    back = studio.apply(SetSetting("epochs", 9))
    assert studio.project.settings.epochs == 9
    studio.apply(back)
    assert studio.project.settings.epochs == 3


def test_titles_are_named_steps(studio: Studio) -> None:
    assert studio.title_of(SetParam("dense1", "units", 5)) == "dense1 units 16 → 5"


def test_a_broken_network_is_not_trained_and_says_why(studio: Studio) -> None:
    studio.apply(RemoveNode("loss1"))
    assert studio.can_train is not None
    with pytest.raises(StudioError, match="no loss"):
        studio.train()
    assert studio.run_state == "idle"


def test_an_error_on_the_lane_is_told_and_the_lane_lives_on(tmp_path: Path) -> None:
    missing = Csv(path=tmp_path / "gone.csv", columns=({"name": "a", "role": "class"},))
    project = _project()
    studio = Studio(Project("x", project.graph, missing, project.signature))
    try:
        news = _trained(studio)
        failed = next(event for event in news if isinstance(event, Failed))
        assert "gone.csv" in failed.sentence
        assert studio.run_state == "failed"
    finally:
        studio.close()


def test_data_is_read_in_the_background() -> None:
    studio = Studio(_project())
    try:
        studio.load_data(Drawn(shape="spirals", samples=100, seed=1))
        news = _until(studio, lambda poll: any(isinstance(e, DataLoaded) for e in poll.events))
        loaded = next(event for event in news if isinstance(event, DataLoaded))
        assert loaded.signature.input.shape == (2,)
        assert loaded.summary.startswith("100 samples of 2")
        studio.load_data(Csv(path=Path("nowhere.csv"), columns=({"name": "a", "role": "class"},)))
        _until(studio, lambda poll: any(isinstance(e, DataFailed) for e in poll.events))
    finally:
        studio.close()


def test_gradients_are_checked_on_the_lane(studio: Studio) -> None:
    studio.check_gradients()
    news = _until(studio, lambda poll: any(isinstance(e, GradientsChecked) for e in poll.events))
    report = next(event for event in news if isinstance(event, GradientsChecked)).report
    assert report.good, report.worst


def test_save_and_open_bring_everything_back(studio: Studio, tmp_path: Path) -> None:
    _trained(studio)
    studio.save(tmp_path / "moons.nns")
    assert not studio.dirty
    again = Studio.open(tmp_path / "moons.nns")
    try:
        assert again.graph == studio.graph
        assert again.project.settings == studio.project.settings
        one, two = studio.project.runs[0], again.project.runs[0]
        assert all(np.array_equal(one.weights[key], two.weights[key]) for key in one.weights)
        np.testing.assert_array_equal(
            one.history.steps["loss"].values(), two.history.steps["loss"].values()
        )
        assert again.history is two.history
    finally:
        again.close()


def test_a_new_project_needs_a_name_to_be_saved(studio: Studio) -> None:
    with pytest.raises(StudioError, match="Save As"):
        studio.save()


def test_closing_ends_all_threads() -> None:
    before = set(threading.enumerate())
    studio = Studio(_project(epochs=1_000_000))
    studio.train()
    _until(studio, lambda poll: poll.state == "running")
    studio.close()
    assert set(threading.enumerate()) <= before


def _slow_to_prepare(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Make the preparation of kernels last until the event is set."""
    go_on = threading.Event()
    kernels = Training._kernels

    def held(self: Training, done: int, total: int) -> None:
        go_on.wait(20)
        kernels(self, done, total)

    monkeypatch.setattr(Training, "_kernels", held)
    return go_on


def test_a_stop_while_preparing_is_no_failure(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = _slow_to_prepare(monkeypatch)
    studio.train()
    _until(studio, lambda poll: poll.state == "preparing")
    studio.stop()
    go_on.set()
    news = _until(studio, _over) + studio.poll().events
    assert studio.run_state == "stopped"
    assert not [event for event in news if isinstance(event, Failed)]
    assert studio.project.runs == ()


def test_closing_while_preparing_ends_all_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    before = set(threading.enumerate())
    go_on = _slow_to_prepare(monkeypatch)
    studio = Studio(_project())
    studio.train()
    threading.Timer(0.1, go_on.set).start()
    studio.close()
    time.sleep(0.2)
    assert set(threading.enumerate()) <= before


def test_closing_a_paused_training_ends_all_threads() -> None:
    before = set(threading.enumerate())
    studio = Studio(_project(epochs=1_000_000))
    studio.step()
    _until(studio, lambda poll: poll.state == "paused")
    studio.close()
    assert set(threading.enumerate()) <= before
    assert studio.poll().events == []


def test_a_rewound_training_tells_nothing_more() -> None:
    studio = Studio(_project(epochs=1_000_000))
    try:
        studio.train()
        _until(studio, lambda poll: poll.state == "running")
        studio.rewind()
        studio.apply(SetSetting("epochs", 2))
        news = _trained(studio)
        assert len([event for event in news if isinstance(event, Finished)]) == 1
        assert [run.info["epochs"] for run in studio.project.runs] == [2]
    finally:
        studio.close()


def test_runs_begun_before_the_last_was_taken_get_ids_of_their_own(studio: Studio) -> None:
    for _ in range(2):
        studio.train()
        while studio.run_state != "finished":
            time.sleep(0.005)
    told = [event.run.id for event in studio.poll().events if isinstance(event, RunEnded)]
    assert told == [run.id for run in studio.project.runs] == ["run1", "run2"]


def test_a_later_reading_takes_the_place_of_an_earlier_one(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    def slow(source: Drawn, **how: object) -> DataSet:
        if source.shape == "moons":
            go_on.wait(20)
        return load(source)

    monkeypatch.setattr("nnstudio.session.data_desk.load", slow)
    studio.load_data(MOONS)
    began = time.monotonic()
    studio.load_data(Drawn(shape="spirals", samples=100, seed=1))
    assert time.monotonic() - began < 1  # the window does not wait for the first
    news = _until(studio, lambda poll: any(isinstance(e, DataLoaded) for e in poll.events))
    go_on.set()
    time.sleep(0.1)
    news += studio.poll().events
    assert [e.source.shape for e in news if isinstance(e, DataLoaded)] == ["spirals"]


def test_a_run_knows_its_data_even_when_other_data_was_read_since(studio: Studio) -> None:
    _trained(studio)
    studio.load_data(Drawn(shape="spirals", samples=100, seed=1))
    _until(studio, lambda poll: any(isinstance(e, DataLoaded) for e in poll.events))
    _trained(studio)
    prints = [run.info["data_fingerprint"] for run in studio.project.runs]
    assert prints[0] == prints[1] != ""


def test_reading_again_sees_a_file_that_was_mended(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    rows = [f"{i},{i * i},{'ab'[i % 2]}" for i in range(60)]
    path.write_text("\n".join(["u,v,class", *rows]))
    names, roles = ("u", "v", "class"), ("number", "number", "class")
    columns = [{"name": n, "role": r} for n, r in zip(names, roles, strict=True)]
    source = Csv.model_validate({"path": path, "columns": columns})
    studio = Studio(Project("points", mlp(classes=2), source, load(source).signature))
    try:
        _trained(studio)
        path.write_text("\n".join(["u,v,class", *rows, "60,3600,a"]))
        studio.load_data(source)
        news = _until(studio, lambda poll: any(isinstance(e, DataLoaded) for e in poll.events))
        assert any(isinstance(e, DataLoaded) and e.summary.startswith("61 ") for e in news)
        _trained(studio)
        first, second = (run.info["data_fingerprint"] for run in studio.project.runs)
        assert first != second
    finally:
        studio.close()


def test_gradients_are_not_checked_beside_a_training() -> None:
    studio = Studio(_project(epochs=1_000_000))
    try:
        studio.train()
        _until(studio, lambda poll: poll.state == "running")
        with pytest.raises(StudioError, match="stop it, then check"):
            studio.check_gradients()
    finally:
        studio.close()


def test_a_core_is_spared_while_a_person_acts_and_nothing_changes() -> None:
    plain, touched = Studio(_project(epochs=300)), Studio(_project(epochs=300))
    try:
        _trained(plain)
        touched.person_acts()
        touched.train()
        while touched.poll().state not in {"finished", "failed"}:
            touched.person_acts()
        touched.poll()
        one, two = plain.project.runs[0], touched.project.runs[0]
        assert all(np.array_equal(one.weights[key], two.weights[key]) for key in one.weights)
    finally:
        plain.close()
        touched.close()


def test_an_example_opens_as_a_new_project_and_stays_as_it_came() -> None:
    path = resources_folder() / "examples" / "digits-lenet.nns"
    before = path.read_bytes()
    studio = Studio.open(path)
    try:
        assert studio.title
        assert studio.path is None
        with pytest.raises(StudioError, match="Save As"):
            studio.save()
        assert path.read_bytes() == before
    finally:
        studio.close()


def test_only_runs_that_are_not_saved_count_as_unsaved(studio: Studio, tmp_path: Path) -> None:
    assert not studio.unsaved_runs
    _trained(studio)
    assert studio.unsaved_runs
    studio.save(tmp_path / "moons.nns")
    studio.apply(SetParam("dense1", "units", 5))
    assert studio.dirty
    assert not studio.unsaved_runs


def test_other_work_is_done_on_the_lane_and_told(studio: Studio) -> None:
    studio.do(lambda: f"Done on {threading.current_thread().name}.", "do it")
    news = _until(studio, lambda poll: any(isinstance(e, Said) for e in poll.events))
    assert "nnstudio-lane" in next(e for e in news if isinstance(e, Said)).sentence
