"""Templates: each can run, offers what its data has, and reaches what it promises."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from nnstudio.core.errors import StudioError
from nnstudio.data.load import load
from nnstudio.data.sources import Public
from nnstudio.graph.cost import total_cost
from nnstudio.graph.infer import infer
from nnstudio.graph.types import ClassTarget, DataSignature, ValueTarget, flat, maps
from nnstudio.project.choose import source_of
from nnstudio.project.document import project_json
from nnstudio.project.file import open_project, save_project
from nnstudio.project.model import Project, Run
from nnstudio.project.templates import TEMPLATES, make_template, template_for
from nnstudio.project.training import job_of, read_data, run_of
from nnstudio.train.events import Finished
from nnstudio.train.trainer import Trainer

EXAMPLES = Path(__file__).resolve().parents[2] / "resources" / "examples"


def trained(project: Project) -> Run:
    data = read_data(project)
    with Trainer(job_of(project, data)) as trainer:
        last = list(trainer.train())[-1]
        assert isinstance(last, Finished)
        return run_of(project, trainer, last, data)


@pytest.mark.parametrize("name", sorted(set(TEMPLATES) - {"empty"}))
def test_a_template_is_a_network_that_can_run(name: str) -> None:
    project = make_template(name)
    inference = infer(project.graph, project.signature)
    assert inference.problems == ()
    assert total_cost(project.graph, inference).parameters > 0


@pytest.mark.parametrize("name", sorted(set(TEMPLATES) - {"empty"}))
def test_a_template_knows_what_its_data_offers(name: str) -> None:
    project = make_template(name)
    if project.data is None:
        assert project.signature is None
    elif not isinstance(project.data, Public):
        assert load(project.data).signature == project.signature


def test_the_empty_template_is_empty() -> None:
    project = make_template()
    assert not project.graph.nodes
    assert project.data is None


def test_an_unknown_template_is_said_so() -> None:
    with pytest.raises(StudioError, match="There is no template 'digits-net'; did you mean"):
        make_template("digits-net")


@pytest.mark.parametrize(
    ("name", "signature"),
    [
        ("mlp", DataSignature(flat(7), ValueTarget(("a", "b")))),
        ("mlp", DataSignature(maps(6, 5, 3), ClassTarget(("a", "b", "c")))),
        ("softmax-classifier", DataSignature(maps(28, 28, 1), ClassTarget(("a", "b")))),
        ("digits-lenet", DataSignature(maps(16, 16, 3), ClassTarget(("a", "b")))),
        ("lenet-28", DataSignature(maps(28, 28, 3), ClassTarget(tuple("abcde")))),
    ],
)
def test_a_template_fits_itself_to_other_data(name: str, signature: DataSignature) -> None:
    project = template_for(name, source_of("digits"), signature)
    assert infer(project.graph, signature).problems == ()


def test_digits_are_read_with_98_per_cent() -> None:
    project = make_template("digits-lenet")
    assert project.split.test >= 0.2
    run = trained(project)
    assert run.metrics["test"]["accuracy"] >= 0.98
    assert run.info["data"]["samples"]["test"] >= 359


def test_the_same_training_gives_the_same_weights_bit_for_bit() -> None:
    project = make_template("digits-lenet")
    short = replace(project, settings=project.settings.model_copy(update={"epochs": 3}))
    one, two = trained(short), trained(short)
    assert one.weights.keys() == two.weights.keys()
    assert all(np.array_equal(one.weights[key], two.weights[key]) for key in one.weights)
    assert not np.array_equal(one.weights["conv1/weight"], one.initial["conv1/weight"])


def test_spirals_are_told_apart_with_97_per_cent() -> None:
    assert trained(make_template("spirals-mlp")).metrics["test"]["accuracy"] >= 0.97


def test_iris_and_linear_classifiers_learn() -> None:
    assert trained(make_template("mlp")).metrics["test"]["accuracy"] >= 0.9
    for name in ("softmax-classifier", "linear-svm"):
        assert trained(make_template(name)).metrics["test"]["accuracy"] >= 0.93


def test_the_regression_explains_a_good_part() -> None:
    run = trained(make_template("regression-mlp"))
    # The target is scaled to variance 1; the best linear fit leaves about 0.48 in training.
    assert run.metrics["test"]["loss"] < 0.76
    assert run.metrics["test"]["mae"] < 55


def test_penguins_are_told_apart_with_95_per_cent(shared_data: Path) -> None:
    table = shared_data / "palmerpenguins" / "penguins.csv"
    if not table.exists():
        pytest.skip("no penguins beside the checkout")
    source = source_of(str(table), "species")
    project = template_for("mlp", source, load(source).signature)
    run = trained(project)
    assert project.signature is not None
    assert project.signature.target.names == ("Adelie", "Chinstrap", "Gentoo")
    assert run.metrics["test"]["accuracy"] >= 0.95


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_fashion_is_recognised_with_90_per_cent_in_5_epochs(shared_data: Path) -> None:
    folder = shared_data / "fashion-mnist"
    if not folder.exists():
        pytest.skip("no Fashion-MNIST beside the checkout")
    source = source_of(str(folder))
    project = template_for("fashion-cnn", source, load(source).signature)
    assert project.settings.epochs <= 5
    run = trained(project)
    assert run.info["data"]["samples"]["test"] == 10_000
    assert run.metrics["test"]["accuracy"] >= 0.90


def test_a_trained_run_comes_back_from_the_file(tmp_path: Path) -> None:
    project = make_template("spirals-mlp")
    run = trained(project)
    save_project(replace(project, runs=(run,)), tmp_path / "a.nns")
    again = open_project(tmp_path / "a.nns").runs[0]
    assert all(np.array_equal(run.weights[key], again.weights[key]) for key in run.weights)
    assert again.metrics == run.metrics
    assert again.info == run.info
    steps = run.history.steps["loss"].values()
    assert np.array_equal(again.history.steps["loss"].values(), steps)


def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_examples", EXAMPLES / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def untrained(path: Path) -> Project:
    """Open a project without the runs that somebody may have added by training it."""
    return replace(open_project(path), runs=())


def test_the_examples_are_up_to_date(tmp_path: Path) -> None:
    for made in maker().make(tmp_path):
        kept = untrained(EXAMPLES / made.name)
        assert project_json(kept) == project_json(open_project(made)), (
            f"{made.name} is out of date; run resources/examples/make.py"
        )


def test_every_example_is_small_and_can_run(tmp_path: Path) -> None:
    files = sorted(EXAMPLES.glob("*.nns"))
    assert len(files) >= 3
    for file in files:
        project = untrained(file)
        assert infer(project.graph, project.signature).problems == ()
        save_project(project, tmp_path / file.name)
        assert (tmp_path / file.name).stat().st_size < 10_000
