"""Symbols from the command line: what is told of them, and how they are asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nnstudio.cli.data_words import aim_text
from nnstudio.core.errors import StudioError
from nnstudio.data.load import load
from nnstudio.data.sources import Npz
from nnstudio.graph.model import make_node
from nnstudio.project.assign import assigned
from nnstudio.project.model import Project
from nnstudio.project.training import job_of, read_data
from nnstudio.session.data_desk import summary
from nnstudio.train.trainer import Trainer
from tests.nets import chained


def _project(folder: Path) -> Project:
    np.savez(folder / "text.npz", x=np.arange(60).reshape(10, 6) % 5, y=np.arange(10) % 2)
    graph = chained(
        make_node("embedding", "embed1", width=3),
        make_node("gru", "gru1", units=4, output="last step", carry=True),
        make_node("dense", "dense1", units=2),
    )
    return Project(name="text", graph=graph, data=Npz(path=folder / "text.npz"))


def test_symbols_are_told_apart_from_numbers(tmp_path: Path) -> None:
    source = Npz(path=tmp_path / "text.npz", inputs="symbols")
    _project(tmp_path)
    data = load(source)
    assert aim_text(source, data.signature) == "predicts 2 classes from 6 symbols"
    assert summary(data) == "10 samples of 6 symbols, 2 classes"


def test_a_data_set_is_made_symbols_by_one_setting(tmp_path: Path) -> None:
    project = assigned(
        _project(tmp_path),
        ["data.inputs=symbols", "run.order=streams", "split.mix=false", "run.batch=2"],
    )
    with Trainer(job_of(project, read_data(project))) as trainer:
        list(trainer.train())
        assert np.isfinite(trainer.history.steps["loss"].values()).all()


def test_numbers_into_an_embedding_are_refused_with_what_to_do(tmp_path: Path) -> None:
    project = _project(tmp_path)
    with pytest.raises(StudioError, match="Embedding 'embed1' needs symbols, whole numbers"):
        Trainer(job_of(project, read_data(project)))
