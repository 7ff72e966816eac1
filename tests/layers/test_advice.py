"""Nets that run but are unwise get advice, and each repair ends it."""

from __future__ import annotations

from typing import Any

import pytest

import nnstudio.layers  # noqa: F401 - registers all layers
from nnstudio.graph.infer import infer
from nnstudio.graph.model import Edge, Graph, make_node
from nnstudio.graph.types import ClassTarget, DataSignature, flat

DATA = DataSignature(flat(4), ClassTarget(("no", "yes")))


def _net(*layers: tuple[str, dict[str, Any]], loss: str = "softmax_cross_entropy") -> Graph:
    graph, before = Graph(), ""
    for kind, params in (("input", {}), *layers, (loss, {})):
        node = make_node(kind, graph.free_id(kind), **params)
        graph = graph.with_node(node)
        if before:
            graph = Graph(graph.nodes, (*graph.edges, Edge.between(f"{before}.y", f"{node.id}.x")))
        before = node.id
    return graph


TWO = {"units": 2}


@pytest.mark.parametrize(
    ("graph", "words"),
    [
        (_net(("dense", TWO), ("softmax", {})), "applies softmax itself"),
        (_net(("dense", TWO), ("softmax", {}), loss="focal"), "applies softmax itself"),
        (_net(("dense", TWO | {"activation": "relu"})), "sends them through ReLU"),
        (_net(("dense", TWO), ("leaky_relu", {}), loss="hinge"), "through leaky ReLU"),
        (
            _net(("dense", {"units": 1, "activation": "sigmoid"}), loss="binary_cross_entropy"),
            "applies sigmoid itself",
        ),
        (_net(("dense", {"units": 9}), ("dropout", {}), ("dense", TWO)), "No activation stands"),
    ],
)
def test_advice_is_given_and_its_repair_ends_it(graph: Graph, words: str) -> None:
    found = infer(graph, DATA)
    (problem,) = found.problems
    assert problem.severity == "advice"
    assert words in problem.message
    assert found.runnable
    repaired, inverse = problem.repairs[0].edit.apply(graph)
    assert infer(repaired, DATA).problems == ()
    assert inverse.apply(repaired)[0] == graph


def test_an_ordinary_net_gets_none() -> None:
    graph = _net(
        ("dense", {"units": 9}),
        ("batch_norm", {}),
        ("relu", {}),
        ("dense", {"units": 5, "activation": "tanh"}),
        ("dense", TWO),
    )
    assert infer(graph, DATA).problems == ()
