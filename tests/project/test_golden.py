"""Files of every version that was ever written still open; they are never made again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nnstudio.data.sources import Drawn
from nnstudio.graph.infer import infer
from nnstudio.project import migrations
from nnstudio.project.file import open_project, save_project
from nnstudio.train.evaluate import Predictor

GOLDEN = Path(__file__).parent / "golden"


def test_there_is_a_file_of_every_version() -> None:
    assert [file.name for file in sorted(GOLDEN.glob("*.nns"))] == [
        f"v{version}.nns" for version in range(1, migrations.VERSION + 1)
    ]
    assert set(migrations.MIGRATIONS) == set(range(1, migrations.VERSION))


def test_version_1_opens() -> None:
    project = open_project(GOLDEN / "v1.nns")
    assert project.name == "Moons"
    assert project.notes == "Two half moons · Notizen"
    assert project.data == Drawn(shape="moons")
    assert [node.label for node in project.graph.nodes.values()] == [
        "input1",
        "hidden",
        "scores",
        "loss",
    ]
    assert infer(project.graph, project.signature).problems == ()
    assert project.settings.learning_rate == 0.1
    assert project.extra["future/note.bin"] == b"kept as it came"


def test_the_run_of_version_1_still_predicts() -> None:
    run = open_project(GOLDEN / "v1.nns").runs[0]
    assert run.metrics["test"] == {"loss": 0.25, "accuracy": 0.5}
    assert run.history.steps["loss"].values().tolist() == [0.9, 0.5, 0.3]
    assert run.signature is not None
    with Predictor(run.graph, run.signature, run.weights, threads=1) as predictor:
        scores = predictor.scores(np.array([[0.5, -0.25]], np.float32))
    hidden = np.tanh(
        np.array([0.5, -0.25]) @ run.weights["dense1/weight"] + run.weights["dense1/bias"]
    )
    expected = hidden @ run.weights["dense2/weight"] + run.weights["dense2/bias"]
    assert scores[0] == pytest.approx(expected, abs=1e-5)


def test_version_1_survives_a_round_trip(tmp_path: Path) -> None:
    project = open_project(GOLDEN / "v1.nns")
    save_project(project, tmp_path / "again.nns")
    again = open_project(tmp_path / "again.nns")
    assert dict(again.extra) == dict(project.extra)
    assert again.graph == project.graph
    assert again.runs[0].weights.keys() == project.runs[0].weights.keys()
