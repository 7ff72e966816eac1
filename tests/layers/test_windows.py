"""Windows with gaps, and borders made of the map itself: sizes, words, remedies, composition."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nnstudio.layers  # noqa: F401 - registers all layers
from nnstudio.graph.cost import receptive_fields
from nnstudio.graph.infer import infer
from nnstudio.graph.layer import Mismatch, SetOwn
from nnstudio.graph.model import make_node
from nnstudio.graph.registry import layer_of, make_params, params_json
from nnstudio.graph.types import TensorType, maps
from nnstudio.layers.windows import axis
from tests.layers.harness import Case, make_case, run
from tests.nets import chained, classes_signature

NINE_STEPS = TensorType((9, 2), "f4", "TF")


def _lines(kind: str, params: dict[str, Any], x: TensorType) -> tuple[str, ...]:
    layer, p = layer_of(kind), make_params(kind, params)
    return layer.shape_lines(p, (x,), layer.infer(p, (x,)))


def _mismatch(kind: str, params: dict[str, Any], x: TensorType) -> Mismatch:
    with pytest.raises(Mismatch) as found:
        layer_of(kind).infer(make_params(kind, params), (x,))
    return found.value


def _mended(kind: str, params: dict[str, Any], x: TensorType) -> None:
    for remedy in _mismatch(kind, params, x).remedies:
        assert isinstance(remedy, SetOwn)
        mended = {**params, remedy.param: remedy.value}
        layer_of(kind).infer(make_params(kind, mended), (x,))


def test_gaps_make_a_window_larger() -> None:
    one = axis(17, 3, 2, "valid", 4)
    assert (one.covered, one.span, one.output) == (9, 8, 5)
    assert (axis(9, 1, 1, "same", 5).before, axis(9, 3, 1, "same", 5).before) == (0, 5)


def test_the_shape_rule_shows_the_gaps_with_this_nodes_numbers() -> None:
    assert _lines("conv2d", {"dilation": 2}, maps(32, 32, 3)) == (
        r"F = D (K - 1) + 1 = 2 \cdot (3 - 1) + 1 = 5",
        r"O = (N - F + 2P) / S + 1",
        r"= (32 - 5 + 2 \cdot 2) / 1 + 1 = \mathbf{32}",
    )
    params = {"kernel": [3, 5], "dilation": [2, 3], "padding": "valid"}
    assert _lines("conv2d", params, maps(10, 20, 3)) == (
        "F = D (K - 1) + 1",
        r"F_H = 2 \cdot (3 - 1) + 1 = 5",
        r"F_W = 3 \cdot (5 - 1) + 1 = 13",
        r"O = (N - F + 2P) / S + 1",
        r"H: (10 - 5 + 2 \cdot 0) / 1 + 1 = \mathbf{6}",
        r"W: (20 - 13 + 2 \cdot 0) / 1 + 1 = \mathbf{8}",
    )
    assert _lines("conv1d", {"dilation": 3}, NINE_STEPS) == (
        r"F = D (K - 1) + 1 = 3 \cdot (3 - 1) + 1 = 7",
        r"T' = \lfloor (T - F + P) / S \rfloor + 1",
        r"= \lfloor (9 - 7 + 6) / 1 \rfloor + 1 = \mathbf{9}",
    )
    assert _lines("conv2d_transposed", {"kernel": 3, "dilation": 2, "padding": 1}, maps(4, 4, 2))[
        -1
    ] == (r"W: (4 - 1) \cdot 2 + 5 - 2 = \mathbf{9}")


def test_without_gaps_the_shape_rule_is_the_plain_one() -> None:
    for params in ({}, {"kernel": 1, "dilation": 5}):
        assert _lines("conv2d", params, maps(8, 8, 1))[0] == "O = (N - F + 2P) / S + 1"


def test_gaps_cost_nothing() -> None:
    layer, x = layer_of("conv2d"), (maps(9, 9, 3),)
    plain, dilated = (make_params("conv2d", {"dilation": one}) for one in (1, 3))
    assert layer.cost(plain, x, maps(9, 9, 8)) == layer.cost(dilated, x, maps(9, 9, 8))


def test_gaps_widen_the_receptive_field() -> None:
    nodes = [
        make_node("conv2d", f"conv{gap}", dilation=(gap, 1), kernel=(3, 3)) for gap in (1, 2, 4)
    ]
    graph = chained(*nodes, make_node("flatten", "flat"), make_node("dense", "scores", units=3))
    inference = infer(graph, classes_signature(maps(32, 32, 1), 3))
    fields = receptive_fields(graph, inference)
    assert [fields[node.id] for node in nodes] == [(3, 3), (7, 5), (15, 7)]


def test_cards_name_gaps_and_borders_only_where_there_are_any() -> None:
    layer = layer_of("conv2d")
    for params, words in (
        ({}, "s1 · pad 1 · ReLU"),
        ({"dilation": 2}, "s1 · d2 · pad 2 · ReLU"),
        ({"dilation": [2, 1], "padding_mode": "reflect"}, "s1 · d2×1 · pad same reflect · ReLU"),
        ({"padding": "valid", "padding_mode": "replicate"}, "s1 · pad 0 · ReLU"),
    ):
        assert layer.essentials(make_params("conv2d", params)) == words


def test_a_window_that_its_gaps_make_too_large_is_explained() -> None:
    params = {"dilation": 4, "padding": "valid"}
    found = _mismatch("conv2d", params, maps(8, 8, 1))
    assert found.message == ("Conv's 3×3 window, dilated to 9×9, is larger than the map of 8×8.")
    assert found.remedies[0] == SetOwn("dilation", [1, 1], "Set dilation to 1")
    _mended("conv2d", params, maps(8, 8, 1))
    _mended("conv1d", {"kernel": 4, "dilation": 3, "padding": "valid"}, NINE_STEPS)


@pytest.mark.parametrize("kind", ["conv2d", "depthwise_conv2d"])
def test_reflecting_more_than_there_is_gets_explained(kind: str) -> None:
    params = {"kernel": 7, "padding_mode": "reflect"}
    found = _mismatch(kind, params, maps(9, 3, 4))
    assert "padding reflects 3; a map of 9×3 px has only 2 beside its edge." in found.message
    assert [one.label for one in found.remedies] == [
        "Repeat the edge instead",
        "Fill with zeros instead",
    ]
    _mended(kind, params, maps(9, 3, 4))
    layer_of(kind).infer(make_params(kind, params), (maps(9, 4, 4),))


def test_reflecting_more_steps_than_there_are_gets_explained() -> None:
    params = {"dilation": 9, "padding_mode": "reflect"}
    found = _mismatch("conv1d", params, NINE_STEPS)
    assert found.message == (
        "Conv 1D's padding reflects 9; a sequence of 9 steps has only 8 beside its edge."
    )
    _mended("conv1d", params, NINE_STEPS)


def _arrays(case: Case) -> dict[str, Any]:
    return run(case, dtype="f4", threads=2).arrays()


@pytest.mark.parametrize(("mode", "method"), [("reflect", "reflect"), ("replicate", "nearest")])
def test_a_padding_mode_is_edge_pad_before_a_conv_without_padding(mode: str, method: str) -> None:
    common = {"filters": 8, "kernel": 5, "activation": "linear"}
    x = maps(7, 9, 16)
    whole = make_case("conv2d", {**common, "padding_mode": mode}, [x])
    pad = make_case("edge_pad", {"edges": [2, 2, 2, 2], "method": method}, [x])
    conv = make_case("conv2d", {**common, "padding": "valid"}, [maps(11, 13, 16)])
    pad.x, conv.weights = whole.x, whole.weights
    conv.x = [_arrays(pad)["y"].astype("f8")]
    one, two = _arrays(whole), _arrays(conv)
    for name in ("y", "dweight", "dbias"):
        np.testing.assert_array_equal(one[name], two[name])
    folded = run(pad, two["dx0"].astype("f8"), dtype="f4").dx[0]
    np.testing.assert_allclose(one["dx0"], folded, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("kind", ["conv2d", "depthwise_conv2d", "conv1d", "conv2d_transposed"])
def test_files_from_before_gaps_and_borders_still_open(kind: str) -> None:
    written = params_json(make_params(kind, {}))
    for new in ("dilation", "padding_mode"):
        written.pop(new, None)
    assert make_params(kind, written) == make_params(kind, {})
