"""Losses with a class for each step or pixel: what fits, what masks do, and what is offered."""

from __future__ import annotations

import numpy as np
import pytest

import nnstudio.layers  # noqa: F401 - registers all layers
from nnstudio.graph.infer import infer
from nnstudio.graph.layer import Mismatch
from nnstudio.graph.model import Graph, Node, make_node
from nnstudio.graph.registry import layer_of, make_params
from nnstudio.graph.types import ClassTarget, DataSignature, TensorType, flat, maps
from tests.layers.harness import make_case, run
from tests.nets import chained

STEPS = ClassTarget(("a", "b", "c"), (5,))
PIXELS = ClassTarget(("a", "b", "c"), (4, 6))
KINDS = ["softmax_cross_entropy", "focal"]


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(5,), (4, 6)])
def test_masked_places_charge_nothing_whatever_their_scores(
    kind: str, shape: tuple[int, ...], dtype: str
) -> None:
    case = make_case(kind, {}, [TensorType((*shape, 3))], ClassTarget(STEPS.names, shape), batch=4)
    assert case.target is not None
    case.target[1] = -1
    plain = run(case, dtype=dtype)
    masked = case.target < 0
    assert plain.y[1] == 0.0
    assert not plain.dx[0][masked].any()
    assert plain.dx[0][~masked].any(axis=-1).all()
    case.x[0][masked] = np.nan
    again = run(case, dtype=dtype)
    np.testing.assert_array_equal(again.y, plain.y)
    np.testing.assert_array_equal(again.dx[0], plain.dx[0])


@pytest.mark.parametrize("kind", KINDS)
def test_a_sample_loses_the_sum_of_its_places(kind: str) -> None:
    case = make_case(kind, {}, [maps(4, 6, 3)], PIXELS, batch=2)
    assert case.target is not None
    case.target[...] = abs(case.target)
    alone = make_case(kind, {}, [flat(3)], ClassTarget(PIXELS.names), batch=48)
    assert alone.target is not None
    alone.x[0][...] = case.x[0].reshape(48, 3)
    alone.target[...] = case.target.reshape(48)
    np.testing.assert_allclose(run(case).y, run(alone).y.reshape(2, 24).sum(1), rtol=1e-12)


def _net(data: DataSignature, *nodes: Node, loss: str = "softmax_cross_entropy") -> Graph:
    """Follow the first remedies until the network runs."""
    graph = chained(*nodes, loss=loss)
    for _ in range(4):
        obstacle = infer(graph, data).first_obstacle()
        if obstacle is None:
            return graph
        graph = obstacle.repairs[0].edit.apply(graph)[0]
    raise AssertionError(obstacle.message)


@pytest.mark.parametrize("kind", KINDS)
def test_first_remedies_lead_to_a_network_that_runs(kind: str) -> None:
    images, series = DataSignature(maps(4, 6, 1), PIXELS), DataSignature(flat(8), STEPS)
    conv = make_node("conv2d", "n1", filters=8, kernel=(3, 3), padding="same")
    assert _net(images, conv, loss=kind).nodes["n1"].params.filters == 3
    reshaped = _net(series, make_node("dense", "n1", units=7), loss=kind)
    assert reshaped.nodes["n1"].params.units == 15
    assert any(node.kind == "reshape" for node in reshaped.nodes.values())
    flattened = _net(DataSignature(flat(8), ClassTarget(("a", "b"))), make_node("dense", "n1"))
    assert flattened.nodes["n1"].params.units == 2


@pytest.mark.parametrize(
    ("kind", "x", "target", "said"),
    [
        ("softmax_cross_entropy", TensorType((5, 2)), STEPS, "2 scores arrive at each step"),
        ("focal", maps(4, 6, 1), PIXELS, "1 score arrives at each pixel"),
        ("softmax_cross_entropy", maps(4, 5, 3), PIXELS, "needs 4×6×3 scores.*4×5×3 arrive"),
        ("focal", flat(72), PIXELS, "each of 4×6 pixels; 72 arrive"),
        ("softmax_cross_entropy", maps(4, 6, 3), ClassTarget(("a", "b", "c")), "a flat vector"),
        ("hinge", flat(3), STEPS, "takes one class a sample.*each of 5 steps"),
        ("binary_cross_entropy", flat(1), PIXELS, "takes one class a sample"),
        ("mse", flat(3), STEPS, "the data set's target is one of 3 classes"),
    ],
)
def test_scores_that_do_not_fit_are_explained(
    kind: str, x: TensorType, target: ClassTarget, said: str
) -> None:
    layer = layer_of(kind)
    with pytest.raises(Mismatch, match=said):
        layer.check_target(make_params(kind, {}), (x,), target)
