"""Arithmetic layers do plain sums, and their gradients flow as on the blackboard."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nnstudio.layers  # noqa: F401 - registers all layers
from nnstudio.graph.layer import Mismatch
from nnstudio.graph.registry import layer_of, make_params
from nnstudio.graph.types import flat
from tests.layers.harness import Result, make_case, run


def _run(kind: str, *inputs: float, dy: float = 1.0, **params: Any) -> Result:
    case = make_case(kind, params, [flat(1)] * len(inputs), batch=1)
    for x, value in zip(case.x, inputs, strict=True):
        x[...] = value
    return run(case, np.full((1, 1), dy))


def test_gradients_of_x_plus_y_times_z() -> None:
    """The first graph of every course: f = (x + y) z at x = −2, y = 5, z = −4."""
    total = _run("add", -2.0, 5.0)
    product = _run("multiply", float(total.y[0, 0]), -4.0)
    assert product.y[0, 0] == -12.0
    assert [float(one[0, 0]) for one in product.dx] == [-4.0, 3.0]
    back = _run("add", -2.0, 5.0, dy=float(product.dx[0][0, 0]))
    assert [float(one[0, 0]) for one in back.dx] == [-4.0, -4.0]


def test_sigmoid_out_of_single_steps() -> None:
    """1 / (1 + exp(−x)) at x = 1, backwards 0.73 · 0.27 ≈ 0.2, as in the notes of CS231n."""
    steps: list[dict[str, Any]] = [
        {"operation": "multiply", "value": -1.0},
        {"operation": "exp"},
        {"operation": "add", "value": 1.0},
        {"operation": "1 / x"},
    ]
    values, y = [], 1.0
    for step in steps:
        values.append(y)
        y = float(_run("scalar", y, **step).y[0, 0])
    assert y == pytest.approx(0.7310585786)
    gradient = 1.0
    for step, x in zip(reversed(steps), reversed(values), strict=True):
        gradient = float(_run("scalar", x, dy=gradient, **step).dx[0][0, 0])
    assert gradient == pytest.approx(y * (1 - y))


@pytest.mark.parametrize(
    ("params", "x", "y", "slope"),
    [
        ({"operation": "log"}, np.e, 1.0, 1 / np.e),
        ({"operation": "power", "value": 0.5}, 9.0, 3.0, 1 / 6),
        ({"operation": "power", "value": -2.0}, -2.0, 0.25, 0.25),
        ({"operation": "power", "value": 3.0}, -2.0, -8.0, 12.0),
        ({"operation": "power", "value": 2.0}, 0.0, 0.0, 0.0),
        ({"operation": "power", "value": 1.0}, 0.0, 0.0, 1.0),
        ({"operation": "power", "value": 0.0}, 0.0, 1.0, 0.0),
        ({"operation": "1 / x"}, -4.0, -0.25, -0.0625),
        ({"operation": "add", "value": -1.5}, 1.0, -0.5, 1.0),
    ],
)
def test_operation_and_its_slope(params: dict[str, Any], x: float, y: float, slope: float) -> None:
    result = _run("scalar", x, **params)
    assert result.y[0, 0] == pytest.approx(y)
    assert result.dx[0][0, 0] == pytest.approx(slope)


def test_logarithm_below_zero_is_not_a_number() -> None:
    assert np.isnan(_run("scalar", -1.0, operation="log").y).all()
    assert np.isnan(_run("scalar", -1.0, operation="power", value=0.5).y).all()


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"operation": "add", "value": 2.0}, "x + 2"),
        ({"operation": "add", "value": -2.0}, "x − 2"),
        ({"operation": "multiply", "value": -0.5}, "−0.5 · x"),
        ({"operation": "power", "value": 2.0}, "x ^ 2"),
        ({"operation": "exp"}, "exp(x)"),
    ],
)
def test_card_shows_the_sum(params: dict[str, Any], words: str) -> None:
    assert layer_of("scalar").headline(make_params("scalar", params)) == words


def test_unequal_shapes_name_the_port() -> None:
    layer = layer_of("subtract")
    with pytest.raises(Mismatch, match="7 and 8 arrive") as found:
        layer.infer(make_params("subtract", {}), (flat(7), flat(8)))
    assert (found.value.port, found.value.index) == ("b", 0)
    layer = layer_of("multiply")
    with pytest.raises(Mismatch, match="Multiply needs equal shapes") as found:
        layer.infer(make_params("multiply", {}), (flat(7), flat(7), flat(8)))
    assert (found.value.port, found.value.index) == ("x", 2)
