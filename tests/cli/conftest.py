"""The command line as the tests of this folder call it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from nnstudio.cli.app import run
from nnstudio.project.file import save_project
from nnstudio.project.templates import make_template
from tests.cli.answers import Answer, Command


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    def call(*arguments: object) -> Answer:
        code = run([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return Answer(code, out, err)

    return call


@pytest.fixture
def spirals(tmp_path: Path) -> Path:
    """A project that is trained in a moment."""
    project = make_template("spirals-mlp")
    settings = project.settings.model_copy(update={"epochs": 4})
    path = tmp_path / "spirals.nns"
    save_project(replace(project, settings=settings), path)
    return path
