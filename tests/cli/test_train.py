"""`nnstudio train`: JSON lines, values set for one run, what is written, Ctrl+C."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nnstudio.core.errors import StudioError
from nnstudio.data.sources import BuiltIn, Drawn
from nnstudio.project.file import open_project, save_project
from nnstudio.project.model import Project
from nnstudio.project.templates import make_template
from nnstudio.project.training import job_of, read_data, run_of
from nnstudio.train.events import Finished
from nnstudio.train.live import Change
from nnstudio.train.trainer import Trainer
from tests.cli.answers import Command

ROOT = Path(__file__).resolve().parents[2]
LONG = "run.epochs=1000000"


def test_the_last_line_says_what_was_reached(command: Command, spirals: Path) -> None:
    answer = command("train", spirals, "--json")
    assert answer.code == 0
    assert answer.err == ""
    events = [line["event"] for line in answer.lines]
    assert events == ["started", "epoch", "epoch", "epoch", "epoch", "saved", "finished"]
    last = answer.lines[-1]
    assert list(last) == ["event", "epochs", "train", "valid", "test", "seconds"]
    assert last["epochs"] == 4
    for part in ("train", "valid", "test"):
        assert set(last[part]) == {"loss", "accuracy"}
    assert last["seconds"] > 0


def test_the_run_is_kept_in_the_project(command: Command, spirals: Path) -> None:
    command("train", spirals)
    command("train", spirals)
    runs = open_project(spirals).runs
    assert [run.id for run in runs] == ["run1", "run2"]
    assert all(
        np.array_equal(runs[0].weights[key], runs[1].weights[key]) for key in runs[0].weights
    )
    assert len(runs[0].history.steps["loss"]) == 4 * 22


def test_the_same_command_twice_gives_the_same_weights(command: Command, tmp_path: Path) -> None:
    example = ROOT / "resources" / "examples" / "digits-lenet.nns"
    before = example.read_bytes()
    for name in ("one.nns", "two.nns"):
        answer = command("train", example, "--json", "--out", tmp_path / name)
        assert answer.lines[-1]["test"]["accuracy"] >= 0.98
    one, two = (open_project(tmp_path / name).runs[-1] for name in ("one.nns", "two.nns"))
    assert all(np.array_equal(one.weights[key], two.weights[key]) for key in one.weights)
    assert example.read_bytes() == before


def test_values_are_set_for_one_run_only(command: Command, spirals: Path) -> None:
    answer = command(
        "train", spirals, "--set", "run.epochs=2", "--set", "run.optimiser.kind=sgd",
        "--set", "hidden1.units=5", "--set", "split.test=0.3",
    )  # fmt: skip
    assert answer.code == 0
    project = open_project(spirals)
    run = project.runs[0]
    assert run.settings.epochs == 2
    assert run.settings.optimiser.kind == "sgd"
    assert run.weights["dense1/weight"].shape == (2, 5)
    assert run.info["data"]["samples"] == {"train": 600, "valid": 100, "test": 300}
    assert project.settings.epochs == 4
    assert project.split.test == 0.2


def test_another_file_gets_the_changed_project(
    command: Command, spirals: Path, tmp_path: Path
) -> None:
    before = spirals.read_bytes()
    out = tmp_path / "out.nns"
    assert command("train", spirals, "--set", "run.epochs=2", "--out", out).code == 0
    assert open_project(out).settings.epochs == 2
    assert spirals.read_bytes() == before


def test_a_dry_run_writes_nothing(command: Command, spirals: Path) -> None:
    before = spirals.read_bytes()
    answer = command("train", spirals, "--dry", "--json")
    assert [line["event"] for line in answer.lines][-2:] == ["epoch", "finished"]
    assert spirals.read_bytes() == before


def test_without_a_terminal_lines_tell_the_progress(command: Command, spirals: Path) -> None:
    out = command("train", spirals).out
    assert "Training on 700 samples, 4 epochs of 22 steps" in out
    assert "epoch 4/4 · loss" in out
    assert "samples/s" in out
    assert "Finished: 4 epochs, 88 steps" in out
    assert f"Run 1 is kept in {spirals}." in out


def test_other_data_may_be_set(command: Command, spirals: Path, tmp_path: Path) -> None:
    out = tmp_path / "moons.nns"
    answer = command(
        "train", spirals, "--set", "data=moons", "--set", "data.samples=200", "--out", out
    )
    assert answer.code == 0
    assert open_project(out).data == Drawn(shape="moons", samples=200)


@pytest.mark.parametrize(
    ("assignment", "said"),
    [
        ("epochs", "'epochs' sets nothing; write it as path=value."),
        ("run.epoch=3", "did you mean 'epochs'?"),
        ("run.epochs=0", "epochs of the run settings does not fit"),
        ("hidden9.units=3", "There is no node 'hidden9'"),
        ("hidden1.filters=3", "has no parameter 'filters'"),
        ("hidden1.units=-3", "units"),
        ("data=magic", "'magic' is no data set"),
        ("data.colour=3", "There is no 'data.colour'"),
        ("split.test=0.95", "split"),
        ("split.half=0.5", "There is no 'split.half'"),
        ("scaling=magic", "scaling"),
        ("run.batch=5000", "batch"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(
    command: Command, spirals: Path, assignment: str, said: str
) -> None:
    before = spirals.read_bytes()
    answer = command("train", spirals, "--set", assignment)
    assert answer.code == 2
    assert said in answer.err
    assert answer.err.count("\n") == 1
    assert spirals.read_bytes() == before


def assigned(*assignments: str) -> Project:
    from nnstudio.project.assign import assigned as apply

    return apply(make_template("digits-lenet"), assignments)


def test_every_part_of_a_project_can_be_set() -> None:
    project = assigned(
        "conv1.filters=8", "conv1.kernel=5x5", "run.schedule.kind=step", "run.schedule.every=2",
        "scaling=none", "scaling.kind=scale", "scaling.span=-1..1", "split.valid=0", "name=Two",
        "data=iris",
    )  # fmt: skip
    assert project.graph.nodes["conv1"].params.model_dump()["kernel"] == (5, 5)
    assert project.settings.schedule.model_dump()["every"] == 2
    assert (project.scaling.kind, project.scaling.span) == ("scale", "-1..1")
    assert project.split.train == pytest.approx(0.8)
    assert project.name == "Two"
    assert project.data == BuiltIn(name="iris")
    assert assigned("scaling=none").scaling.kind == "none"


def test_data_must_be_there_before_its_values_are_set() -> None:
    from nnstudio.project.assign import assigned as apply

    with pytest.raises(StudioError, match="has no data yet"):
        apply(make_template("empty"), ["data.seed=3"])


def test_a_network_that_cannot_run_says_its_first_obstacle(
    command: Command, tmp_path: Path
) -> None:
    path = tmp_path / "a.nns"
    command("new", path)
    assert "has no data yet" in command("train", path).err
    answer = command("train", path, "--set", "data=iris")
    assert answer.code == 2
    assert "The network is empty" in answer.err


def test_a_training_that_diverges_ends_with_3(command: Command, spirals: Path) -> None:
    answer = command(
        "train", spirals, "--json", "--set", "run.learning_rate=1e6",
        "--set", "run.optimiser.kind=sgd", "--set", "run.schedule.kind=constant",
    )  # fmt: skip
    assert answer.code == 3
    events = [line["event"] for line in answer.lines]
    assert "diverged" in events
    assert events[-1] == "finished"
    run = open_project(spirals).runs[0]
    assert run.info["reason"] == "diverged"
    assert all(np.isfinite(array).all() for array in run.weights.values())


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl+C cannot be sent to one process there")
def test_ctrl_c_stops_and_keeps_what_was_learned(spirals: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "nnstudio", "train", str(spirals), "--json", "--set", LONG],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ),
    )  # fmt: skip
    assert process.stdout is not None
    for line in process.stdout:
        if '"epoch"' in line:
            break
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 3, err
    assert err == ""
    assert '"event": "stopped"' in out
    assert '"event": "finished"' in out.splitlines()[-1]
    run = open_project(spirals).runs[0]
    assert run.info["reason"] == "stopped"
    assert run.weights


def test_a_place_that_cannot_be_written_is_refused_before_the_training(
    command: Command, spirals: Path, tmp_path: Path
) -> None:
    answer = command("train", spirals, "--out", tmp_path / "none" / "a.nns")
    assert answer.code == 2
    assert answer.out == ""
    assert "There is no folder" in answer.err


def test_what_was_learned_is_rescued_when_the_disk_is_full(
    command: Command, spirals: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = spirals.read_bytes()
    real = os.fsync

    def full_once(descriptor: int) -> None:
        monkeypatch.setattr(os, "fsync", real)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_once)
    answer = command("train", spirals, "--json")
    assert answer.code == 2
    assert "the disk is full" in answer.err
    assert answer.err.count("\n") == 1
    rescued = Path(answer.err.split("was kept as ")[1].removesuffix(".\n"))
    assert open_project(rescued).runs[0].weights
    assert spirals.read_bytes() == before


def test_a_run_with_live_changes_is_repeated_bit_for_bit(command: Command, spirals: Path) -> None:
    project = open_project(spirals)
    data = read_data(project)
    changes = (Change(5, "learning_rate", 0.05), Change(30, "l2", 1e-3))
    with Trainer(replace(job_of(project, data), changes=changes)) as trainer:
        end = list(trainer.train())[-1]
        assert isinstance(end, Finished)
        run = run_of(project, trainer, end, data)
    assert run.changes == changes
    save_project(replace(project, runs=(run,)), spirals)
    answer = command("train", spirals, "--replay", "run1")
    assert answer.code == 0
    assert "The weights equal those of Run 1: bit for bit." in answer.out + answer.err
    assert open_project(spirals).runs[1].changes == changes
    answer = command("train", spirals, "--replay", "run1", "--dry", "--json")
    assert answer.lines[-2] == {"event": "compared", "run": "run1", "same": True}
    assert command("train", spirals, "--replay", "run7").code == 2
    assert command("train", spirals, "--replay", "run1", "--set", "run.epochs=1").code == 2
