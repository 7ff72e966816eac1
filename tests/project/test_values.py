"""Values of any size are learned, told in the units of the data, and kept with the project."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import nnstudio as nn
from nnstudio.core.errors import StudioError
from nnstudio.core.random import stream
from nnstudio.data.sources import Column, Csv
from nnstudio.project.file import open_project, save_project
from nnstudio.project.measuring import measure_run
from nnstudio.project.weights import check_run

NET = ("input", nn.layer("dense", units=8, activation="relu"))


def table(folder: Path) -> Path:
    """Flippers, a mass of 4000 ± 700 and a share of 0.02 ± 0.004 that follow from them."""
    draw = stream(0, "penguins")
    flipper = draw.normal(200, 14, 300)
    mass = 4000 + 700 * (flipper - 200) / 14 + draw.normal(0, 70, 300)
    share = 0.02 - 0.004 * (flipper - 200) / 14
    rows = [f"{f:.2f},{m:.1f},{s:.6f}" for f, m, s in zip(flipper, mass, share, strict=True)]
    path = folder / "birds.csv"
    path.write_text("\n".join(["flipper,mass,share", *rows]), encoding="utf-8")
    return path


def source(path: Path, *values: str) -> Csv:
    roles = {name: "value" if name in values else "ignore" for name in ("mass", "share")}
    columns = [Column(name="flipper", role="number")]
    columns += [Column.model_validate({"name": name, "role": role}) for name, role in roles.items()]
    return Csv(path=path, columns=tuple(columns))


def test_a_target_in_the_thousands_is_learned_and_kept(tmp_path: Path) -> None:
    net = nn.chain(*NET, nn.layer("dense", units=1), "mse")
    model = nn.Model(net, source(table(tmp_path), "mass"), epochs=60, learning_rate=1e-2)
    model.train()
    x, y = model.samples("test")
    predicted = model.predict(x)
    assert isinstance(predicted, np.ndarray)
    error = float(np.abs(predicted - y).mean())
    assert error < 100  # the noise alone gives 56, the mean of all rows about 560
    assert model.run.metrics["test"]["mae"] == pytest.approx(error, rel=1e-3)
    assert measure_run(model.project, model.run).metrics["mae"] == pytest.approx(error, rel=1e-3)
    with model.predictor() as predictor:
        scaled = model._scaled(x)
        assert predictor.measure(scaled, y)["mae"] == pytest.approx(error, rel=1e-3)
    save_project(model.project, tmp_path / "birds.nns")
    (tmp_path / "birds.csv").unlink()
    again = nn.Model.of(open_project(tmp_path / "birds.nns"))
    np.testing.assert_array_equal(again.predict(x), predicted)


def test_two_values_of_very_different_sizes_are_both_learned(tmp_path: Path) -> None:
    net = nn.chain(*NET, nn.layer("dense", units=2), "mse")
    data = source(table(tmp_path), "mass", "share")
    model = nn.Model(net, data, epochs=60, learning_rate=1e-2)
    model.train()
    x, y = model.samples("test")
    errors = np.abs(np.asarray(model.predict(x)) - y).mean(axis=0)
    assert errors[0] < 120
    assert errors[1] < 0.001


def test_a_scaling_for_other_targets_is_refused(tmp_path: Path) -> None:
    net = nn.chain(*NET, nn.layer("dense", units=1), "mse")
    model = nn.Model(net, source(table(tmp_path), "mass"), epochs=1)
    model.train()
    two = {"target_offset": np.zeros(2, np.float32), "target_factor": np.ones(2, np.float32)}
    broken = replace(model.run, scaler={**model.run.scaler, **two})
    with pytest.raises(StudioError, match="holds 2 values, the data 1"):
        check_run(broken, None)
