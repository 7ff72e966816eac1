"""The public Python API: build, train, predict, look inside, save, open."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import nnstudio as nn
from nnstudio.core.errors import StudioError
from nnstudio.data.sources import BuiltIn
from nnstudio.train.control import Control
from nnstudio.train.events import EpochDone, Event, Finished


def moons() -> nn.Model:
    net = nn.chain(
        "input",
        nn.layer("dense", units=16, activation="tanh", name="hidden"),
        nn.layer("dense", units=2),
        "softmax_cross_entropy",
    )
    return nn.Model(net, "moons", epochs=20, learning_rate=0.02)


@pytest.fixture(scope="module")
def trained() -> nn.Model:
    model = moons()
    model.train()
    return model


def test_importing_the_package_is_light() -> None:
    code = (
        "import sys, nnstudio; dir(nnstudio);"
        "sys.exit(str({'numpy', 'pydantic', 'nnstudio.api'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == "set()"


def test_the_package_offers_the_api_and_nothing_else() -> None:
    assert set(dir(nn)) == {"Model", "__version__", "chain", "layer", "open", "template"}
    with pytest.raises(AttributeError, match="has no attribute 'pickle'"):
        _ = nn.pickle


def test_a_model_learns_and_tells_its_events() -> None:
    events: list[Event] = []
    results = moons().train(events.append, epochs=15)
    assert results["test"]["accuracy"] > 0.85
    assert sum(isinstance(event, EpochDone) for event in events) == 15
    assert isinstance(events[-1], Finished)


def test_settings_go_by_name() -> None:
    model = nn.Model(moons().project.graph, "moons", optimiser="sgd", seed=3)
    assert model.project.settings.optimiser.kind == "sgd"
    assert model.project.settings.seed == 3
    with pytest.raises(StudioError, match="There is no run setting 'epoch'; did you mean"):
        model.train(epoch=3)


def test_predictions_take_samples_as_they_are_in_the_data(trained: nn.Model) -> None:
    x, y = trained.samples("test")
    names = trained.predict(x)
    right = np.mean([name == f"class {k + 1}" for name, k in zip(names, y, strict=True)])
    assert right == pytest.approx(trained.run.metrics["test"]["accuracy"])
    shares = trained.probabilities(x)
    assert shares.shape == (len(x), 2)
    assert shares.sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    scores = trained.scores(x).astype(np.float64)
    exps = np.exp(scores - scores.max(axis=1, keepdims=True))
    assert shares == pytest.approx(exps / exps.sum(axis=1, keepdims=True), abs=1e-5)


def test_activations_are_what_the_weights_give(trained: nn.Model) -> None:
    x, _ = trained.samples("valid")
    scaled = (x - trained.run.scaler["offset"]) * trained.run.scaler["factor"]
    weights = trained.weights
    expected = np.tanh(scaled @ weights["dense1/weight"] + weights["dense1/bias"])
    assert trained.activations(x, "hidden") == pytest.approx(expected, abs=1e-5)
    with pytest.raises(StudioError, match="There is no node 'hidden9'"):
        trained.activations(x, "hidden9")


def test_a_saved_model_predicts_the_same(trained: nn.Model, tmp_path: Path) -> None:
    trained.save(tmp_path / "a.nns")
    again = nn.open(tmp_path / "a.nns")
    x, _ = trained.samples("test")
    assert np.array_equal(again.scores(x), trained.scores(x))
    assert len(again.history.steps["loss"]) == len(trained.history.steps["loss"])


def test_a_regression_predicts_values() -> None:
    model = nn.template("regression-mlp")
    model.train(epochs=5)
    x, y = model.samples("test")
    predicted = model.predict(x)
    assert isinstance(predicted, np.ndarray)
    assert predicted.shape == y.shape
    error = np.abs(predicted - y).mean()
    assert error == pytest.approx(model.run.metrics["test"]["mae"], rel=1e-4)


def test_values_change_as_with_set() -> None:
    model = nn.template("digits-lenet")
    model.change("conv1.filters=8", "run.epochs=1")
    model.train()
    assert model.weights["conv1/weight"].shape == (3, 3, 1, 8)
    with pytest.raises(StudioError):
        model.change("conv1.filters=9", "conv1.colour=3")
    assert model.project.graph.nodes["conv1"].params.model_dump()["filters"] == 8


def test_what_is_wrong_is_said_in_words() -> None:
    net = nn.chain(
        "input", "conv2d", nn.layer("dense", units=10), "softmax_cross_entropy"
    )  # fmt: skip
    model = nn.Model(net, BuiltIn(name="digits"))
    assert any("needs a flat input" in problem for problem in model.problems)
    with pytest.raises(StudioError, match="Dense 'dense1' needs a flat input"):
        model.train()


def test_an_untrained_model_says_so() -> None:
    with pytest.raises(StudioError, match="has not been trained yet"):
        _ = moons().weights


def test_another_thread_may_stop_a_training() -> None:
    control = Control()

    def stop(event: Event) -> None:
        if isinstance(event, EpochDone) and event.epoch == 2:
            control.stop()

    model = moons()
    model.train(stop, control=control, epochs=1000)
    assert model.run.info["reason"] == "stopped"
    assert model.run.info["epochs"] == 2


def test_a_report_is_written(trained: nn.Model, tmp_path: Path) -> None:
    trained.report(tmp_path / "r.html")
    assert "</html>" in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_classes_of_pixels_go_from_file_to_names_and_back(tmp_path: Path) -> None:
    x = np.random.default_rng(1).normal(0, 1, (60, 4, 3, 1)).astype(np.float32)
    y = np.where(x[..., 0] > 0, 7, 2)
    y[:, 0, 0] = -1
    np.savez(tmp_path / "spots.npz", x=x, y=y)
    net = nn.chain(
        "input",
        nn.layer("conv2d", filters=2, kernel=(1, 1), activation="linear"),
        "softmax_cross_entropy",
    )
    model = nn.Model(net, tmp_path / "spots.npz", epochs=40, batch=4, learning_rate=0.05)
    assert model.train()["test"]["accuracy"] > 0.95
    model.save(tmp_path / "spots.nns")
    names = nn.open(tmp_path / "spots.nns").predict(x)
    assert isinstance(names, np.ndarray)
    assert names.shape == y.shape
    assert (names == y.astype(str))[y >= 0].mean() > 0.95
