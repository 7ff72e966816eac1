"""Runs of a project: what they remember, and how they are measured again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nnstudio.core.errors import StudioError
from nnstudio.data.sources import Drawn
from nnstudio.project.measuring import measure_run
from nnstudio.project.model import Project
from nnstudio.project.templates import make_template
from nnstudio.project.training import chosen_run, job_of, part_of_run, read_data, run_of
from nnstudio.train.events import Finished
from nnstudio.train.trainer import Trainer


@pytest.fixture(scope="module")
def trained() -> Project:
    project = make_template("spirals-mlp")
    project = replace(project, settings=project.settings.model_copy(update={"epochs": 5}))
    data = read_data(project)
    with Trainer(job_of(project, data)) as trainer:
        last = list(trainer.train())[-1]
        assert isinstance(last, Finished)
        run = run_of(project, trainer, last, data)
    return replace(project, runs=(run,))


def test_a_run_is_measured_again_with_the_same_result(trained: Project) -> None:
    for part in ("train", "valid", "test"):
        measured = measure_run(trained, trained.runs[0], part)
        for name, value in trained.runs[0].metrics[part].items():
            assert measured.metrics[name] == pytest.approx(value, rel=1e-6)


def test_the_confusion_matrix_counts_every_sample(trained: Project) -> None:
    measured = measure_run(trained, trained.runs[0])
    assert measured.confusion is not None
    assert measured.confusion.sum() == measured.samples == 200
    right = np.trace(measured.confusion) / measured.samples
    assert right == pytest.approx(trained.runs[0].metrics["test"]["accuracy"])


def test_a_run_keeps_its_own_split(trained: Project) -> None:
    other = trained.split.model_copy(update={"train": 0.5, "test": 0.4})
    part, _ = part_of_run(replace(trained, split=other), trained.runs[0])
    assert part.size == 200


def test_data_that_has_changed_is_noticed(trained: Project) -> None:
    other = replace(trained, data=Drawn(shape="spirals", seed=5))
    with pytest.raises(StudioError, match="The data has changed since 'Run 1' was trained"):
        part_of_run(other, trained.runs[0])


def test_a_project_without_data_says_so(trained: Project) -> None:
    with pytest.raises(StudioError, match="has no data yet; choose a data set first"):
        read_data(replace(trained, data=None))


def test_a_run_is_found_by_id_and_name_or_is_the_latest(trained: Project) -> None:
    second = replace(trained.runs[0], id="run2", name="Wider")
    both = replace(trained, runs=(*trained.runs, second))
    assert chosen_run(both) is second
    assert chosen_run(both, "run1") is trained.runs[0]
    assert chosen_run(both, "Wider") is second
    with pytest.raises(StudioError, match=r"no trained run 'run9'.*choose one of 'run1', 'run2'"):
        chosen_run(both, "run9")
    with pytest.raises(StudioError, match="has not been trained yet; train it first"):
        chosen_run(replace(trained, runs=()))


def test_the_next_run_gets_a_free_name(trained: Project) -> None:
    data = read_data(trained)
    with Trainer(job_of(trained, data)) as trainer:
        run = run_of(trained, trainer, Finished("stopped", 0, 0, 0.0), data)
    assert (run.id, run.name) == ("run2", "Run 2")
    assert run.info["reason"] == "stopped"
    assert run.info["versions"]["numpy"]
    assert len(run.info["data_fingerprint"]) == 64


def test_weights_to_start_from_are_taken_over(trained: Project) -> None:
    data = read_data(trained)
    with Trainer(job_of(trained, data, trained.runs[0].weights)) as trainer:
        for key, array in trained.runs[0].weights.items():
            assert np.array_equal(trainer.initial[key], array)
