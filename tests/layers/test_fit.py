"""What does not fit is said in numbers, and each remedy repairs it."""

from __future__ import annotations

from typing import Any

import pytest

import nnstudio.layers  # noqa: F401 - registers all layers
from nnstudio.core.errors import StudioError
from nnstudio.graph.infer import infer
from nnstudio.graph.layer import Mismatch, SetOwn
from nnstudio.graph.model import Edge, Graph, make_node
from nnstudio.graph.problems import Problem
from nnstudio.graph.registry import layer_of, make_params, params_json
from nnstudio.graph.types import (
    ClassTarget,
    DataSignature,
    TensorType,
    ValueTarget,
    flat,
    maps,
)

DIGITS = DataSignature(maps(8, 8, 1), ClassTarget(tuple("0123456789")))
YES_NO = DataSignature(flat(4), ClassTarget(("no", "yes")))
PRICES = DataSignature(flat(4), ValueTarget(("price",)))


def _chain(*kinds: tuple[str, dict[str, Any]]) -> Graph:
    graph = Graph()
    before = ""
    for kind, params in kinds:
        node_id = graph.free_id(kind)
        graph = graph.with_node(make_node(kind, node_id, **params))
        if before:
            edge = Edge.between(f"{before}.y", f"{node_id}.x")
            graph = Graph(graph.nodes, (*graph.edges, edge))
        before = node_id
    return graph


def _only_problem(graph: Graph, data: DataSignature) -> Problem:
    (problem,) = [one for one in infer(graph, data).problems if one.severity == "error"]
    return problem


def _repaired(graph: Graph, problem: Problem, label: str) -> Graph:
    (repair,) = [one for one in problem.repairs if one.label == label]
    return repair.edit.apply(graph)[0]


def _mismatch(kind: str, params: dict[str, Any], *inputs: TensorType) -> Mismatch:
    with pytest.raises(Mismatch) as caught:
        layer_of(kind).infer(make_params(kind, params), inputs)
    return caught.value


def test_dense_on_maps_offers_flatten() -> None:
    graph = _chain(("input", {}), ("dense", {"units": 10}), ("softmax_cross_entropy", {}))
    problem = _only_problem(graph, DIGITS)
    assert (
        problem.message == "Dense 'dense1' needs a flat input; 8×8×1 = 64 numbers arrive as a map."
    )
    assert infer(_repaired(graph, problem, "Insert Flatten"), DIGITS).runnable


def test_large_numbers_are_set_apart() -> None:
    assert "7×7×64 = 3,136 numbers" in _mismatch("dense", {}, maps(7, 7, 64)).message


@pytest.mark.parametrize("kind", ["softmax_cross_entropy", "hinge"])
def test_wrong_number_of_scores_offers_the_right_width(kind: str) -> None:
    graph = _chain(("input", {}), ("flatten", {}), ("dense", {"units": 12}), (kind, {}))
    problem = _only_problem(graph, DIGITS)
    assert problem.message == "12 scores arrive; the data set has 10 classes."
    assert infer(_repaired(graph, problem, "Set units to 10"), DIGITS).runnable


def test_loss_for_classes_on_numbers_is_replaced() -> None:
    graph = _chain(("input", {}), ("dense", {"units": 1}), ("softmax_cross_entropy", {}))
    problem = _only_problem(graph, PRICES)
    assert "target is 1 number" in problem.message
    assert infer(_repaired(graph, problem, "Make it a squared error"), PRICES).runnable


def test_loss_for_numbers_on_classes_is_replaced() -> None:
    graph = _chain(("input", {}), ("flatten", {}), ("dense", {"units": 10}), ("mse", {}))
    problem = _only_problem(graph, DIGITS)
    assert infer(_repaired(graph, problem, "Make it a softmax loss"), DIGITS).runnable


def test_one_score_for_two_classes_becomes_a_binary_loss() -> None:
    graph = _chain(("input", {}), ("dense", {"units": 1}), ("softmax_cross_entropy", {}))
    problem = _only_problem(graph, YES_NO)
    for label in ("Make it a binary cross-entropy", "Set units to 2"):
        assert infer(_repaired(graph, problem, label), YES_NO).runnable


def test_two_scores_for_a_binary_loss_become_one() -> None:
    graph = _chain(("input", {}), ("dense", {"units": 2}), ("binary_cross_entropy", {}))
    problem = _only_problem(graph, YES_NO)
    for label in ("Make it a softmax loss", "Set units to 1"):
        assert infer(_repaired(graph, problem, label), YES_NO).runnable


def test_binary_loss_refuses_ten_classes() -> None:
    graph = _chain(
        ("input", {}), ("flatten", {}), ("dense", {"units": 10}), ("binary_cross_entropy", {})
    )
    problem = _only_problem(graph, DIGITS)
    assert "the data set has 10 classes" in problem.message
    assert infer(_repaired(graph, problem, "Make it a softmax loss"), DIGITS).runnable


def test_loss_on_maps_offers_flatten() -> None:
    graph = _chain(("input", {}), ("conv2d", {}), ("softmax_cross_entropy", {}))
    problem = _only_problem(graph, DIGITS)
    assert [one.label for one in problem.repairs] == ["Insert Flatten"]


def test_stride_of_the_notes_does_not_fit() -> None:
    found = _mismatch("conv2d", {"kernel": 3, "stride": 3, "padding": "valid"}, maps(7, 7, 1))
    assert found.message == (
        "Conv's 3×3 window at stride 3 does not fit 7×7: (7 − 3) / 3 = 1.33 is not whole."
    )


@pytest.mark.parametrize(
    ("kind", "params", "x"),
    [
        ("conv2d", {"kernel": 3, "stride": 3, "padding": "valid"}, maps(7, 7, 1)),
        ("conv2d", {"kernel": [5, 3], "stride": [2, 3], "padding": 1}, maps(8, 12, 1)),
        ("conv2d", {"kernel": 7, "padding": "valid"}, maps(5, 9, 1)),
        ("conv2d", {"groups": 4, "filters": 8}, maps(5, 5, 6)),
        ("conv2d", {"groups": 3, "filters": 8}, maps(5, 5, 6)),
        ("max_pool", {}, maps(5, 5, 2)),
        ("max_pool", {"window": 3, "stride": 2}, maps(6, 5, 2)),
        ("avg_pool", {"window": 9, "stride": 2}, maps(6, 5, 2)),
    ],
)
def test_every_remedy_mends_what_does_not_fit(
    kind: str, params: dict[str, Any], x: TensorType
) -> None:
    found = _mismatch(kind, params, x)
    assert found.remedies
    for remedy in found.remedies:
        assert isinstance(remedy, SetOwn)
        mended = params_json(make_params(kind, {**params, remedy.param: remedy.value}))
        layer_of(kind).infer(make_params(kind, mended), (x,))


def test_strides_that_fit_both_sides_are_offered_nearest_first() -> None:
    found = _mismatch("conv2d", {"kernel": 3, "stride": 3, "padding": "valid"}, maps(7, 7, 1))
    labels = [remedy.label for remedy in found.remedies]
    assert labels == [
        "Set stride to 2",
        "Set stride to 4",
        "Set padding to 1",
        "Leave out the rest at the edge",
    ]


def test_leaving_out_the_rest_is_a_choice() -> None:
    layer, x = layer_of("max_pool"), (maps(5, 7, 2),)
    assert layer.infer(make_params("max_pool", {"floor": True}), x) == maps(2, 3, 2)
    assert "is not whole" in _mismatch("max_pool", {}, *x).message


def test_conv_on_a_flat_vector_becomes_dense() -> None:
    graph = _chain(("input", {}), ("conv2d", {"filters": 2}), ("softmax_cross_entropy", {}))
    problem = _only_problem(graph, YES_NO)
    assert "4 numbers arrive flat" in problem.message
    assert infer(_repaired(graph, problem, "Make it Dense 2"), YES_NO).runnable


def test_pooling_a_flat_vector_is_explained() -> None:
    for kind in ("max_pool", "avg_pool", "global_avg_pool"):
        assert "needs a map" in _mismatch(kind, {}, flat(9)).message


def test_window_may_not_see_padding_only() -> None:
    found = _mismatch("max_pool", {"window": 2, "padding": 2}, maps(8, 8, 1))
    assert "would see nothing" in found.message


def test_merging_unequal_shapes_names_both() -> None:
    found = _mismatch("add", {}, maps(4, 4, 2), maps(4, 4, 3))
    assert found.message == "Add needs equal shapes; 4×4×2 and 4×4×3 arrive."
    assert found.index == 1
    assert "8×8×1" in _mismatch("concat", {}, maps(4, 4, 2), maps(8, 8, 1)).message
    assert _mismatch("concat", {}, maps(1, 1, 2), flat(3)).index == 1


def test_input_without_data_asks_for_it() -> None:
    layer = layer_of("input")
    with pytest.raises(Mismatch, match="no data set yet"):
        layer.infer_source(make_params("input", {}), None)
    shaped = make_params("input", {"shape": [28, 28, 1]})
    assert layer.infer_source(shaped, None) == maps(28, 28, 1)


def test_input_of_another_shape_takes_that_of_the_data() -> None:
    graph = _chain(
        ("input", {"shape": [28, 28, 1]}),
        ("flatten", {}),
        ("dense", {"units": 10}),
        ("softmax_cross_entropy", {}),
    )
    problem = _only_problem(graph, DIGITS)
    assert problem.message == "This Input is set to 28×28×1; the samples are 8×8×1."
    assert infer(_repaired(graph, problem, "Take 8×8×1 from the data set"), DIGITS).runnable


def test_one_number_stands_for_both_sides() -> None:
    assert make_params("conv2d", {"kernel": 5}) == make_params("conv2d", {"kernel": [5, 5]})


@pytest.mark.parametrize("text", ["5", "5×5", "5x5", 5, [5, 5]])
def test_a_window_can_be_written_in_several_ways(text: Any) -> None:
    assert params_json(make_params("conv2d", {"kernel": text}))["kernel"] == [5, 5]


@pytest.mark.parametrize(
    ("kind", "values", "sentence"),
    [
        (
            "conv2d",
            {"padding": ["same"]},
            "padding of Conv does not fit: it must be valid, same, or a whole number from 0 to 32.",
        ),
        (
            "conv2d",
            {"kernel": [3]},
            "kernel of Conv does not fit: it must be one or two whole numbers from 1 to 64.",
        ),
        (
            "max_pool",
            {"stride": 0},
            "stride of Max pool does not fit: it must be one or two whole numbers from 1 to 64.",
        ),
        (
            "input",
            {"shape": [2, 3, 4, 5]},
            "or steps and features, or height, width and channels. Got [2, 3, 4, 5].",
        ),
    ],
)
def test_a_wrong_value_is_said_in_one_sentence(
    kind: str, values: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(StudioError) as caught:
        make_params(kind, values)
    assert sentence in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
