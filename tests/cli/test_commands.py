"""The other commands: eval, info, new, report, doctor, showcase, download."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nnstudio.data.sources import Csv
from nnstudio.engine.pace.model import Pace, Points
from nnstudio.engine.pace.store import save_pace
from nnstudio.engine.pace.suite import suite
from nnstudio.project.file import open_project
from nnstudio.project.templates import TEMPLATES, families
from tests.cli.answers import Command


def test_eval_gives_the_measures_of_the_training(command: Command, spirals: Path) -> None:
    end = command("train", spirals, "--json").lines[-1]
    line = command("eval", spirals, "--json").lines[0]
    assert line["run"] == "run1"
    assert line["samples"] == 200
    assert line["metrics"]["accuracy"] == pytest.approx(end["test"]["accuracy"])
    assert line["metrics"]["loss"] == pytest.approx(end["test"]["loss"])
    assert np.trace(line["confusion"]) == pytest.approx(200 * end["test"]["accuracy"])


def test_eval_prints_the_confusion_matrix(command: Command, spirals: Path) -> None:
    command("train", spirals)
    answer = command("eval", spirals, "--run", "run1", "--part", "valid")
    assert "Run 1 on 100 samples of the valid part:" in answer.out
    assert "class 1  " in answer.out
    assert answer.out.count("%") == 3


def test_eval_of_an_untrained_project_says_so(command: Command, spirals: Path) -> None:
    answer = command("eval", spirals)
    assert answer.code == 2
    assert "has not been trained yet; train it first" in answer.err


def test_info_lists_layers_with_their_costs(command: Command, spirals: Path) -> None:
    lines = command("info", spirals, "--json").lines
    layers = {line["name"]: line for line in lines if line["event"] == "layer"}
    assert layers["hidden1"]["parameters"] == (2 + 1) * 32
    assert layers["hidden1"]["macs"] == 2 * 32
    assert layers["hidden1"]["output"] == [32]
    assert lines[-1]["event"] == "total"
    assert lines[-1]["parameters"] == 96 + 33 * 32 + 33 * 2
    assert lines[-1]["runnable"] is True


def test_info_shows_problems_and_runs(command: Command, spirals: Path, tmp_path: Path) -> None:
    command("train", spirals)
    assert "run1     Run 1            finished" in command("info", spirals).out
    command("new", tmp_path / "empty.nns")
    answer = command("info", tmp_path / "empty.nns")
    assert answer.code == 0
    assert "Unfinished: The network is empty." in answer.out


def test_new_lists_the_templates(command: Command) -> None:
    out = command("new").out
    assert all(f"\n{name} " in out for name in TEMPLATES)
    assert all(f"\n{family.upper()}\n" in out for family in families())


def test_new_makes_a_published_network_that_stands_without_data(
    command: Command, tmp_path: Path
) -> None:
    path = tmp_path / "x.nns"
    assert command("new", path, "--template", "resnet-50").code == 0
    last = command("info", path, "--json").lines[-1]
    assert (last["parameters"], last["runnable"]) == (25_557_032, True)
    assert "Bottleneck ×5" in command("info", path).out
    assert "choose a data set first" in command("train", path).err


def test_new_makes_a_project_and_adds_the_ending(command: Command, tmp_path: Path) -> None:
    assert command("new", tmp_path / "a", "--template", "digits-lenet").code == 0
    assert open_project(tmp_path / "a.nns").name == "Digits LeNet"


def test_new_replaces_nothing_unless_told(command: Command, spirals: Path) -> None:
    before = spirals.read_bytes()
    answer = command("new", spirals)
    assert answer.code == 2
    assert "is already there; choose another name or add --force" in answer.err
    assert spirals.read_bytes() == before
    assert command("new", spirals, "--force").code == 0
    assert open_project(spirals).graph.nodes == {}


def test_new_fits_the_network_to_a_table(command: Command, tmp_path: Path) -> None:
    table = tmp_path / "plants.csv"
    rows = [f"{i},{i % 7},{'abc'[i % 3]}" for i in range(60)]
    table.write_text("\n".join(["height,width,kind", *rows]) + "\n", encoding="utf-8")
    path = tmp_path / "plants.nns"
    assert command("new", path, "--data", table, "--target", "kind").code == 0
    project = open_project(path)
    assert project.name == "plants"
    assert isinstance(project.data, Csv)
    assert project.data.path == table
    assert command("train", path, "--set", "run.epochs=2", "--json").code == 0


def test_a_report_is_written(command: Command, spirals: Path, tmp_path: Path) -> None:
    command("train", spirals)
    answer = command("report", spirals, tmp_path / "r.html")
    assert answer.code == 0
    assert "Confusion matrix" in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_a_report_into_a_missing_folder_says_so(
    command: Command, spirals: Path, tmp_path: Path
) -> None:
    command("train", spirals)
    answer = command("report", spirals, tmp_path / "none" / "r.html")
    assert answer.code == 2
    assert "the folder does not exist; choose another folder" in answer.err


def test_the_doctor_finds_the_engine_right(command: Command) -> None:
    line = command("doctor", "--json").lines[0]
    assert line["engine"]["products"] == "right"
    assert line["versions"]["numpy"] == np.__version__
    assert "vector width" in command("doctor").out


def test_the_showcase_trains_and_writes_everything(command: Command, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    answer = command("showcase", "--out", folder)
    assert answer.code == 0
    accuracy = float(answer.out.split("Test accuracy: ")[1].split(" %")[0])
    assert accuracy >= 98
    assert "samples/s" in answer.out
    assert "left" in answer.out
    assert open_project(folder / "digits-lenet.nns").runs[-1].weights
    page = (folder / "digits-lenet.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 3
    assert str(folder / "digits-lenet.html") in answer.out


def test_a_showcase_where_nothing_can_be_written_says_so(command: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    answer = command("showcase", "--out", tmp_path / "file" / "folder")
    assert answer.code == 2
    assert "could not be made" in answer.err


def test_nothing_is_downloaded_without_being_asked(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    answer = command("download", "mnist")
    assert answer.code == 2
    assert "MNIST: 70,000 grey images of handwritten digits" in answer.out
    assert "11.1 MB to download" in answer.out
    assert "Add --yes to download without being asked." in answer.err


def test_info_foretells_an_epoch_on_a_measured_machine(
    command: Command, spirals: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nnstudio.engine.pace.store.cache_folder", lambda: tmp_path)
    assert "an epoch" not in command("info", spirals).out
    known = Points(np.zeros((1, 40)), np.full(1, -20.0))
    save_pace(Pace({"product": known}))
    assert "an epoch on this machine with 1 thread" in command("info", spirals).out
    lines = command("info", spirals, "--json").lines
    total = lines[-1]
    assert total["epoch_seconds"] > total["step_seconds"] > 0
    shares = [line["time_share"] or 0 for line in lines if line["event"] == "layer"]
    assert 0 < sum(shares) <= 1


def test_the_doctor_measures_the_machine_when_asked(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nnstudio.engine.pace.store.cache_folder", lambda: tmp_path)
    first = list(suite())[:1]
    monkeypatch.setattr("nnstudio.engine.pace.measure.suite", lambda: first)
    assert "not yet" in command("doctor").out
    assert "kernels" in command("doctor", "--pace", "--json").lines[0]["pace"]["measured"]
