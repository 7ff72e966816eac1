"""The layers that come with the studio, wired at random: repairs work, nothing raises."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nnstudio.layers  # noqa: F401 - makes the layers known
from nnstudio.core.errors import StudioError
from nnstudio.graph.compose import insert_after
from nnstudio.graph.cost import receptive_fields, total_cost
from nnstudio.graph.infer import infer
from nnstudio.graph.model import Edge, Graph, PortRef, make_node
from nnstudio.graph.registry import all_layers
from nnstudio.graph.types import ClassTarget, DataSignature, ValueTarget, flat, maps

REAL_LAYERS = True  # see conftest

THREE = ClassTarget(("a", "b", "c"))
SETS = [
    DataSignature(maps(8, 8, 1), THREE),
    DataSignature(maps(7, 5, 3), THREE),
    DataSignature(flat(4), THREE),
    DataSignature(flat(4), ClassTarget(("no", "yes"))),
    DataSignature(flat(2), ValueTarget(("price",))),
    None,
]


@st.composite
def nets(draw):
    """Give mostly chains of real layers, with some links across."""
    graph = Graph({"in": make_node("input", "in")})
    for number in range(draw(st.integers(1, 6))):
        layer = draw(st.sampled_from(list(all_layers().values())))
        key = f"n{number}"
        example = draw(st.sampled_from([{}, *(one.params for one in layer.examples)]))
        node = make_node(layer.kind, key, **example)
        edges = list(graph.edges)
        if layer.inputs:
            few = 2 if layer.inputs[0].many else 1
            near = list(graph.nodes)[-3:]
            others = draw(st.lists(st.sampled_from(near), max_size=few, unique=True))
            dst = PortRef(key, layer.inputs[0].name)
            edges += [Edge(PortRef(other, "y"), dst) for other in others]
        graph = Graph({**graph.nodes, key: node}, tuple(edges))
    return graph


@settings(max_examples=300, deadline=None)
@given(nets(), st.sampled_from(SETS))
def test_every_offered_repair_applies_settles_and_can_be_undone(graph, data):
    inference = infer(graph, data)
    total_cost(graph, inference)
    receptive_fields(graph, inference)
    for problem in inference.problems:
        for repair in problem.repairs:
            repaired, inverse = repair.edit.apply(graph)
            assert inverse.apply(repaired)[0] == graph
            left = infer(repaired, data).problems
            same = [p for p in left if (p.node, p.message) == (problem.node, problem.message)]
            assert not same, (repair.label, problem.message)


@pytest.mark.parametrize("data", SETS[:5])
def test_pressing_the_first_repair_again_and_again_makes_a_net_run(data):
    graph = Graph({"in": make_node("input", "in")})
    edges = []
    for before, (key, kind) in zip(
        ["in", "a", "b"], {"a": "dense", "b": "relu", "c": "dense"}.items(), strict=True
    ):
        graph = graph.with_node(make_node(kind, key))
        edges.append(Edge.between(f"{before}.y", f"{key}.x"))
    graph = Graph(graph.nodes, tuple(edges))
    for _ in range(6):
        obstacle = infer(graph, data).first_obstacle()
        if obstacle is None:
            break
        assert obstacle.repairs, obstacle
        graph, _ = obstacle.repairs[0].edit.apply(graph)
    assert infer(graph, data).runnable


def test_every_layer_can_be_added_behind_every_other():
    for first in all_layers():
        graph = Graph({"a": make_node(first, "a")})
        for second in all_layers():
            changed, inverse = insert_after(
                graph, "a", make_node(second, graph.free_id(second))
            ).apply(graph)
            assert len(changed.nodes) == 2
            assert inverse.apply(changed)[0] == graph


def test_unknown_parameters_are_named():
    with pytest.raises(StudioError, match="Conv has no parameter 'filtres'"):
        make_node("conv2d", "c", filtres=3)
