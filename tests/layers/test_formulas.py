"""Every formula that a layer shows can be drawn, at a sensible height."""

from __future__ import annotations

import pytest

import nnstudio.layers  # noqa: F401 - registers all layers
from nnstudio.graph.layer import Layer
from nnstudio.graph.registry import all_layers, make_params

pytestmark = pytest.mark.filterwarnings(
    "ignore:path is deprecated:DeprecationWarning"
)  # ziamath 0.12
LAYERS = [pytest.param(layer, id=kind) for kind, layer in all_layers().items()]


@pytest.mark.parametrize("layer", LAYERS)
def test_formula_of_the_help_page_can_be_drawn(layer: Layer) -> None:
    assert _height(layer.doc.formula) < 80


@pytest.mark.parametrize("layer", LAYERS)
def test_shape_rules_can_be_drawn(layer: Layer) -> None:
    for example in layer.examples:
        if layer.is_source():
            continue
        p = make_params(layer.kind, example.params)
        output = layer.infer(p, example.inputs)
        for line in layer.shape_lines(p, example.inputs, output):
            assert _height(line) < 40


def _height(formula: str) -> float:
    """Draw a formula at 16 px and give its height."""
    import ziamath

    drawn = ziamath.Latex(formula, size=16)
    assert "<svg" in drawn.svg()
    return float(drawn.getsize()[1])
