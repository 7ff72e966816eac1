"""Inference never raises, keeps all shapes before a bad link, and offers repairs that work."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnstudio.core.errors import StudioError
from nnstudio.graph import linking
from nnstudio.graph.edits import Move
from nnstudio.graph.infer import infer
from nnstudio.graph.loops import find_loops
from nnstudio.graph.model import Edge, Graph, PortRef, make_node
from nnstudio.graph.types import DataSignature, ValueTarget, flat
from tests.graph.small import DATA, chain, graph_of, graphs, ports

DATA_OR_NONE = st.sampled_from([DATA, DataSignature(flat(4), ValueTarget(("price",))), None])


def shapes(inference):
    return {str(ref): str(kind) for ref, kind in inference.types.items()}


@settings(max_examples=200, deadline=None)
@given(graphs(depth=2), DATA_OR_NONE)
def test_inference_never_raises_and_repairs_work(graph, data):
    inference = infer(graph, data)
    assert inference == infer(graph, data)
    for problem in inference.problems:
        assert problem.node in graph.nodes or problem.node == ""
        assert problem.edge is None or problem.edge in graph.edges
        assert problem.message.endswith(".")
        for repair in problem.repairs:
            repaired, inverse = repair.edit.apply(graph)
            assert inverse.apply(repaired)[0] == graph
            left = infer(repaired, data).problems
            same = [p for p in left if (p.node, p.message) == (problem.node, problem.message)]
            assert not same, (repair.label, problem.message)
            assert repair.edit.title(graph) == repair.label


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_cutting_the_closing_links_leaves_no_loop(graph):
    found = find_loops(graph)
    cut = {edge for _, edges in found for edge in edges}
    opened = Graph(graph.nodes, tuple(edge for edge in graph.edges if edge not in cut))
    assert len(opened.order) == len(graph.nodes)
    assert bool(found) == (len(graph.order) < len(graph.nodes))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_linking_never_makes_a_loop(data):
    graph = data.draw(graphs(depth=0))
    while find_loops(graph):
        closing = find_loops(graph)[0][1]
        graph = Graph(graph.nodes, tuple(e for e in graph.edges if e not in closing))
    if not graph.nodes:
        return
    keys = st.sampled_from(list(graph.nodes))
    for _ in range(4):
        src, dst = PortRef(data.draw(keys), "y"), PortRef(data.draw(keys), data.draw(ports))
        why_not = linking.refusal(graph, src, dst)
        if why_not:
            with pytest.raises(StudioError) as caught:
                linking.link(graph, src, dst)
            assert caught.value.sentence == why_not
            continue
        graph, _ = linking.link(graph, src, dst).apply(graph)
        assert not find_loops(graph)
        assert Edge(src, dst) in graph.edges
        port = next(p for p in graph.nodes[dst.node].layer.inputs if p.name == dst.port)
        assert port.many or sum(edge.dst == dst for edge in graph.edges) == 1


def test_refusals_say_why():
    graph = chain(("t.relu", {}), ("t.relu", {}), ("t.loss", {}))

    def said(src, dst):
        return linking.refusal(graph, PortRef(src, "y"), PortRef(dst, "x"))

    assert said("n2", "n1") == "That would close a loop: 'n2' depends on 'n1'."
    assert said("n1", "n1") == "A layer cannot feed itself."
    assert said("n1", "in") == "'in' takes no input."
    assert said("n3", "n1") == "'n3' has no output to link from."
    assert said("n1", "n2") == "These two are already linked."
    assert said("gone", "n2") == "One of the nodes is gone."
    assert said("in", "n2") == ""


def test_a_broken_net_keeps_all_shapes_before_the_bad_link():
    graph = chain(("t.conv", {"filters": 6}), ("t.dense", {"units": 3}), ("t.loss", {}))
    inference = infer(graph, DATA)
    assert shapes(inference) == {"in.y": "8×8×1", "n1.y": "8×8×6"}
    (problem,) = inference.problems
    assert problem.message == "Dense 'n2' needs a flat input; 8×8×6 arrives."
    assert problem.edge == graph.edges[1]
    assert [repair.label for repair in problem.repairs] == ["Insert Flatten", "Make it Conv"]
    repaired, _ = problem.repairs[0].edit.apply(graph)
    assert infer(repaired, DATA).runnable
    assert shapes(infer(repaired, DATA))["n2.y"] == "3"


def test_a_width_is_set_where_it_settles_the_problem_and_nowhere_else():
    graph = chain(("t.flatten", {}), ("t.dense", {"units": 12}), ("t.relu", {}), ("t.loss", {}))
    (problem,) = infer(graph, DATA).problems
    assert [repair.label for repair in problem.repairs] == ["Set units to 3"]
    repaired, _ = problem.repairs[0].edit.apply(graph)
    assert repaired.nodes["n2"].params.units == 3
    assert infer(repaired, DATA).runnable
    through = chain(("t.conv", {"filters": 2}), ("t.flatten", {}), ("t.loss", {}))
    (problem,) = infer(through, DATA).problems
    assert problem.repairs == ()  # 3 filters would flatten to 192 numbers


def test_a_loop_is_reported_once_with_its_names():
    graph = graph_of(
        {"in": ("input", {}), **{k: ("t.add", {}) for k in "abc"}, "loss": ("t.loss", {})},
        "in-a a-b b-c c-a c-loss",
    )
    first = infer(graph, DATA).problems[0]
    assert first.message == "The links run in a loop through a, b and c; data must flow one way."
    assert [repair.label for repair in first.repairs] == ["Cut the link from c to a"]


def test_a_long_loop_is_told_in_a_few_names():
    keys = [f"a{i}" for i in range(12)]
    graph = graph_of(
        {key: ("t.add", {}) for key in keys},
        " ".join(f"{a}-{b}" for a, b in zip(keys, [*keys[1:], keys[0]], strict=True)),
    )
    assert "a0, a1, a2, a3 and 8 more;" in infer(graph).problems[0].message


def test_an_unknown_layer_is_the_only_thing_said():
    graph = chain(("other.layer", {"size": [1, 2]}), ("t.dense", {}))
    graph = Graph(graph.nodes, (*graph.edges, Edge.between("in.y", "n1.second")))
    (problem,) = infer(graph, DATA).problems
    assert problem.message == "This studio has no layer 'other.layer'."


def test_a_layer_with_a_mistake_does_not_take_the_canvas_down():
    (problem, *_) = infer(chain(("t.broken", {})), DATA).problems
    assert problem.message.startswith("Broken 'n1' fails to work out its shape (IndexError")


def test_unfinished_nets_are_normal():
    empty = infer(Graph())
    assert [p.message for p in empty.problems] == ["The network is empty."]
    graph = graph_of({"a": ("t.dense", {}), "in": ("input", {})}, "")
    found = infer(graph, DATA).problems
    assert [(p.node, p.severity) for p in found] == [("a", "unfinished"), ("", "unfinished")]
    assert found[0].repairs[0].label == "Link in to a"
    assert found[1].repairs[0].label == "Add a softmax loss behind a"


def test_two_inputs_and_two_losses_are_problems():
    graph = graph_of(
        {"in": ("input", {}), "in2": ("input", {}), "m": ("t.mix", {}), "f": ("t.flatten", {})}
        | {"d": ("t.dense", {"units": 3}), "l1": ("t.loss", {}), "l2": ("t.loss", {})},
        "in-m.a in2-m.b m-f f-d d-l1 d-l2",
    )
    said = [p.message for p in infer(graph, DATA).problems]
    assert said == [
        "The data set feeds one input; this network has 2.",
        "Two losses judge 'd': 'l1' and 'l2'; one is enough.",
    ]


def test_wrong_ports_and_too_many_links_are_cut():
    graph = chain(("t.relu", {}), ("t.loss", {}))
    graph = Graph(graph.nodes, (*graph.edges, Edge.between("in.y", "n2.x")))
    problem = infer(graph, DATA).problems[0]
    assert problem.message == "'n2' takes one link at 'x'; 2 arrive."
    wrong = Graph(graph.nodes, (Edge.between("in.side", "n1.x"), Edge.between("n1.y", "n2.z")))
    assert [p.message for p in infer(wrong, DATA).problems] == [
        "'in' has no output 'side'.",
        "'n2' has no input 'z'.",
    ]


def test_islands_and_equal_names_are_advice():
    graph = chain(("t.flatten", {}), ("t.dense", {"units": 3}), ("t.loss", {}))
    idle = make_node("t.relu", "idle", name="n1")
    graph = Graph({**graph.nodes, "idle": idle}, (*graph.edges, Edge.between("n1.y", "idle.x")))
    inference = infer(graph, DATA)
    assert inference.runnable
    assert inference.first_obstacle() is None
    assert [p.message for p in inference.problems] == [
        "'n1' does not lead to the loss, so it is not trained.",
        "Two nodes are called 'n1'.",
    ]
    assert [p.repairs[0].label for p in inference.problems] == ["Delete n1", "Rename it relu1"]


def test_an_inserted_card_stands_on_no_other():
    graph = chain(("t.conv", {}), ("t.dense", {"units": 3}), ("t.loss", {}))
    graph, _ = Move({key: (178.0 * at, 0.0) for at, key in enumerate(graph.nodes)}).apply(graph)
    repaired, inverse = infer(graph, DATA).problems[0].repairs[0].edit.apply(graph)
    xs = sorted((node.pos[0], key) for key, node in repaired.nodes.items())
    assert xs == [(0, "in"), (178, "n1"), (356, "flatten1"), (534, "n2"), (712, "n3")]
    assert inverse.apply(repaired)[0] == graph


@settings(max_examples=150, deadline=None)
@given(graphs(depth=2), graphs(depth=2), DATA_OR_NONE, DATA_OR_NONE)
def test_what_was_known_before_changes_nothing(first, second, data, later):
    before = infer(first, data)
    assert infer(second, later, before) == infer(second, later)
    moved = Move(dict.fromkeys(list(first.nodes)[:1], (7.0, 8.0))).apply(first)[0]
    assert infer(moved, data, before) == infer(moved, data)
