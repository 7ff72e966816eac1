"""A table of a person's own: what is used, what is predicted, what does not suit it."""

from __future__ import annotations

from pathlib import Path

import pytest

from nnstudio.data.sources import Csv
from nnstudio.project.file import open_project
from tests.cli.answers import Command


@pytest.fixture
def plants(tmp_path: Path) -> Path:
    """A table of 60 rows, 6 of which have no width."""
    path = tmp_path / "plants.csv"
    rows = [f"{i % 11},{'' if i % 10 == 0 else i % 7},{'abc'[i % 3]}" for i in range(60)]
    path.write_text("\n".join(["height,width,kind", *rows]) + "\n", encoding="utf-8")
    return path


def test_rows_and_target_are_told_everywhere(
    command: Command, plants: Path, tmp_path: Path
) -> None:
    path = tmp_path / "p.nns"
    rows = "60 rows, 54 used: 6 have gaps in width; "
    made = command("new", path, "--data", plants)
    assert "plants.csv: predicts kind (3 classes) from 2 columns." in made.out
    assert f"{rows}--missing mean fills the gaps." in made.out
    fill = f"{rows}train --set data.missing=mean --out FILE fills the gaps."
    assert fill in command("info", path).out
    trained = command("train", path, "--set", "run.epochs=1")
    assert f"{rows}--set data.missing=mean --out FILE fills the gaps." in trained.out
    assert "test: loss" in command("info", path).out
    filled = ("train", path, "--set", "data.missing=mean", "--set", "run.epochs=1")
    answer = command(*filled, "--out", tmp_path / "filled.nns")
    assert "60 rows, all used: 6 have gaps in width, filled with the mean." in answer.out
    assert command("eval", tmp_path / "filled.nns", "--run", "2").code == 0


def test_gaps_can_be_filled_from_the_start(command: Command, plants: Path, tmp_path: Path) -> None:
    path = tmp_path / "p.nns"
    assert command("new", path, "--data", plants, "--missing", "frequent").code == 0
    data = open_project(path).data
    assert isinstance(data, Csv)
    assert data.missing == "frequent"
    refused = command("new", path, "--data", plants, "--missing", "no", "--force")
    assert (refused.code, "choose drop, mean or frequent" in refused.err) == (2, True)


def test_a_project_without_its_table_can_still_be_looked_at(
    command: Command, plants: Path, tmp_path: Path
) -> None:
    command("new", tmp_path / "p.nns", "--data", plants)
    plants.unlink()
    answer = command("info", tmp_path / "p.nns")
    assert answer.code == 0
    assert "plants.csv" in answer.out
    assert "hidden1" in answer.out


def test_a_template_that_does_not_suit_is_refused(
    command: Command, plants: Path, tmp_path: Path
) -> None:
    path = tmp_path / "p.nns"
    answer = command("new", path, "--data", plants, "--template", "digits-lenet")
    assert answer.code == 2
    assert "The template 'digits-lenet' does not suit plants.csv: Conv 'conv1'" in answer.err
    assert "mlp, " in answer.err
    assert not path.exists()
    number = command("new", path, "--data", "diabetes", "--template", "linear-svm")
    assert "does not suit diabetes: Hinge loss 'loss' compares scores with classes" in number.err
    assert command("new", path, "--data", plants, "--template", "empty", "--force").code == 0


@pytest.mark.parametrize("name", ["1", "run1", "Run 1", "run 1"])
def test_a_run_goes_by_its_number_too(command: Command, spirals: Path, name: str) -> None:
    command("train", spirals, "--set", "run.epochs=1")
    assert "Run 1 on 200 samples" in command("eval", spirals, "--run", name).out


def test_what_is_predicted_is_said_for_other_data(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "d.nns"
    out = command("new", path, "--template", "regression-mlp", "--data", "diabetes").out
    assert "diabetes: predicts progression (a number) from 10 numbers." in out
    command("train", path, "--set", "run.epochs=1")
    assert "mean error   " in command("eval", path).out


def test_a_share_that_leaves_nothing_to_train_on(command: Command, spirals: Path) -> None:
    answer = command("train", spirals, "--set", "split.test=1.3")
    assert answer.code == 2
    assert "split.test=1.3 leaves nothing to train on" in answer.err


def test_a_mistyped_command_ends_in_one_mark(command: Command) -> None:
    assert "Did you mean 'train'? See nnstudio --help." in command("trian").err
