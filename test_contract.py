"""What every layer keeps: walked over the examples of all that are registered."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import nnstudio.layers  # noqa: F401 - registers all layers
from nnstudio.core.errors import StudioError
from nnstudio.core.random import stream
from nnstudio.graph.layer import CATEGORIES, Example, Layer
from nnstudio.graph.registry import all_layers, make_params, params_json
from nnstudio.graph.types import SCALAR
from tests.layers.harness import Array, Case, Rig, make_case, run

LAYERS = [pytest.param(layer, id=kind) for kind, layer in all_layers().items()]
EXAMPLES = [
    pytest.param(kind, example, id=f"{kind}-{i}")
    for kind, layer in all_layers().items()
    for i, example in enumerate(layer.examples)
]
RUNNING = [
    param for param in EXAMPLES if not all_layers()[str(param.values[0])].is_source()
]  # fmt: skip
HALO = (2, 1, 1, 3)


def _case(kind: str, example: Example, batch: int = 3) -> Case:
    return make_case(kind, example.params, example.inputs, example.target, batch)


def _dy(case: Case) -> Array | None:
    if case.target is not None:
        return None
    return stream(1, "dy").standard_normal((case.x[0].shape[0], *case.output_shape))


@pytest.mark.parametrize("layer", LAYERS)
def test_description_is_complete(layer: Layer) -> None:
    assert layer.category in CATEGORIES
    assert layer.title
    assert layer.prefix
    assert layer.examples, "the contract test needs examples"
    doc = layer.doc
    assert doc.summary.endswith(".")
    assert doc.use.endswith(".")
    assert doc.pitfalls.endswith(".")
    assert doc.formula


@pytest.mark.parametrize("layer", LAYERS)
def test_parameters_describe_themselves(layer: Layer) -> None:
    for name, info in layer.params.model_fields.items():
        assert info.title, f"{layer.kind}.{name} has no title"
        assert info.description, f"{layer.kind}.{name} has no description"
        assert info.description.endswith("."), f"{layer.kind}.{name}"
    assert layer.params.model_json_schema()["type"] == "object"


@pytest.mark.parametrize("layer", LAYERS)
def test_unknown_parameter_is_refused(layer: Layer) -> None:
    with pytest.raises(StudioError, match="has no parameter 'colour'"):
        make_params(layer.kind, {"colour": 3})


def test_shortcuts_are_unique() -> None:
    letters = [layer.shortcut for layer in all_layers().values() if layer.shortcut]
    assert len(letters) == len(set(letters))


@pytest.mark.parametrize(("kind", "example"), EXAMPLES)
def test_parameters_survive_a_file(kind: str, example: Example) -> None:
    params = make_params(kind, example.params)
    again = make_params(kind, json.loads(json.dumps(params_json(params))))
    assert again == params
    assert hash(again) == hash(params)


@pytest.mark.parametrize(("kind", "example"), RUNNING)
def test_card_has_words_and_numbers(kind: str, example: Example) -> None:
    layer, p = all_layers()[kind], make_params(kind, example.params)
    output = layer.infer(p, example.inputs)
    assert layer.headline(p)
    assert layer.cost(p, example.inputs, output).arithmetic
    assert layer.shape_lines(p, example.inputs, output) or output == example.inputs[0]


@pytest.mark.parametrize(("kind", "example"), RUNNING)
def test_cost_counts_the_trained_numbers(kind: str, example: Example) -> None:
    layer, p = all_layers()[kind], make_params(kind, example.params)
    cost = layer.cost(p, example.inputs, layer.infer(p, example.inputs))
    trained = sum(
        int(np.prod(spec.shape)) for spec in layer.weights(p, example.inputs) if spec.trained
    )
    assert cost.parameters == trained
    said = [_number_after(line, "=") for line in cost.arithmetic if "=" in line]
    if trained:
        assert cost.parameters in said
    if cost.macs:
        assert cost.macs in said


def _number_after(line: str, mark: str) -> int:
    return int(line.rsplit(mark, 1)[1].split(maxsplit=1)[0].replace(",", ""))


@pytest.mark.parametrize(("kind", "example"), RUNNING)
def test_arithmetic_is_true(kind: str, example: Example) -> None:
    layer, p = all_layers()[kind], make_params(kind, example.params)
    for line in layer.cost(p, example.inputs, layer.infer(p, example.inputs)).arithmetic:
        if "=" in line:
            left = line.rsplit("=", 1)[0].replace("·", "*").replace(",", "")
            assert _product(left) == _number_after(line, "="), line


def _product(text: str) -> int:
    """Work out sums, products and brackets of whole numbers."""
    import ast

    def value(node: ast.expr) -> int:
        if isinstance(node, ast.BinOp):
            a, b = value(node.left), value(node.right)
            return a * b if isinstance(node.op, ast.Mult) else a + b
        assert isinstance(node, ast.Constant)
        return int(str(node.value))

    return value(ast.parse(text.strip(), mode="eval").body)


@pytest.mark.parametrize(("kind", "example"), RUNNING)
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_what_runs_fills_the_shape_that_was_promised(
    kind: str, example: Example, dtype: str
) -> None:
    case = _case(kind, example)
    result = run(case, _dy(case), dtype=dtype)
    expected = (3,) if case.target is not None else (3, *case.output_shape)
    if case.target is not None:
        assert case.layer.infer(case.p, case.types) == SCALAR
    assert result.y.shape == expected
    for name, array in result.arrays().items():
        assert np.isfinite(array).all(), f"{name} was not filled"


@pytest.mark.parametrize(("kind", "example"), RUNNING)
@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
def test_gradient_equals_differences(kind: str, example: Example, training: bool) -> None:
    case = _case(kind, example)
    rig = Rig(case, training=training)
    dy = _dy(case)
    rig.load(dy)
    rig.run()
    found = {f"x{i}": rig.inner(f"dx{i}").copy() for i in case.real}
    found |= {f"w.{name}": rig.inner(f"g.{name}").copy() for name in rig.emit.dweights}
    for name, gradient in found.items():
        places = stream(2, kind, name).permutation(gradient.size)[:40]
        for place in places:
            expected = _difference(rig, dy, name, int(place))
            got = float(gradient.reshape(-1)[place])
            scale = max(1.0, abs(expected), float(np.abs(gradient).max()))
            assert abs(got - expected) / scale < 1e-6, (name, int(place), got, expected)


def _difference(rig: Rig, dy: Array | None, name: str, place: int) -> float:
    """Give the central difference of the objective by one number."""
    values = []
    for sign in (1, -1):
        rig.load(dy)
        array = rig.inner(name)
        index = np.unravel_index(place, array.shape)
        array[index] += sign * 1e-5
        rig.run()
        values.append(_objective(rig, dy))
    return (values[0] - values[1]) / 2e-5


def _objective(rig: Rig, dy: Array | None) -> float:
    if rig.case.target is not None:
        return float(rig.inner("loss").sum())
    assert dy is not None
    return float((rig.inner("y") * dy).sum())


@pytest.mark.usefixtures("divided")
@pytest.mark.parametrize(("kind", "example"), RUNNING)
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_same_run_gives_the_same_bits(kind: str, example: Example, dtype: str) -> None:
    case = _case(kind, example, batch=5)
    for threads in (1, 2):
        first = run(case, _dy(case), dtype=dtype, threads=threads).arrays()
        second = run(case, _dy(case), dtype=dtype, threads=threads).arrays()
        for name in first:
            np.testing.assert_array_equal(first[name], second[name], err_msg=name)


@pytest.mark.usefixtures("divided")
@pytest.mark.parametrize(("kind", "example"), RUNNING)
@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
def test_threads_and_halos_change_nothing(kind: str, example: Example, training: bool) -> None:
    case = _case(kind, example, batch=5)
    plain = run(case, _dy(case), training=training).arrays()
    for threads, halo in ((2, (0, 0, 0, 0)), (1, HALO), (2, HALO)):
        other = run(case, _dy(case), threads=threads, halo=halo, training=training).arrays()
        for name in plain:
            np.testing.assert_allclose(other[name], plain[name], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("kind", "example"), RUNNING)
def test_single_precision_agrees_with_double(kind: str, example: Example) -> None:
    case = _case(kind, example)
    single, double = (run(case, _dy(case), dtype=dtype).arrays() for dtype in ("f4", "f8"))
    for name, exact in double.items():
        scale = max(1.0, float(np.abs(exact).max()))
        np.testing.assert_allclose(single[name], exact, rtol=1e-4, atol=2e-5 * scale, err_msg=name)


@pytest.mark.parametrize(("kind", "example"), RUNNING)
def test_only_the_gradients_that_are_wanted_are_written(kind: str, example: Example) -> None:
    case = _case(kind, example)
    everything = run(case, _dy(case)).arrays()
    for asks, learns in ((True, False), (False, True)):
        rig = Rig(case, asks=asks, learns=learns)
        rig.load(_dy(case))
        rig.run()
        for name, buffer in rig.buffers.items():
            wanted = {"dx": asks, "g.": learns}.get(name[:2])
            if wanted is None:
                continue
            found = rig.inner(name)
            assert np.isnan(found).all() != wanted or found.size == 0, (name, buffer.shape)
            if wanted:
                key = name if name[0] == "d" else f"d{name[2:]}"
                np.testing.assert_array_equal(found, everything[key])


@pytest.mark.parametrize(("kind", "example"), RUNNING)
def test_nan_is_not_swallowed(kind: str, example: Example) -> None:
    case = _case(kind, example)
    (case.x[0] if case.real else case.weights["weight"])[...] = np.nan
    y: Any = run(case, _dy(case)).y
    assert np.isnan(y).any()
