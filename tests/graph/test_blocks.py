"""A block is its inside: expanded, inferred, counted, repeated, and written down."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings

from nnstudio.core.errors import StudioError
from nnstudio.graph import infer as infer_module
from nnstudio.graph.blocks import expand, expanded_size, inner_parameter, stands_for
from nnstudio.graph.cost import node_cost, receptive_fields, total_cost
from nnstudio.graph.document import graph_from_json, graph_json
from nnstudio.graph.edits import Move, Rename, SetParam
from nnstudio.graph.infer import infer
from nnstudio.graph.model import (
    MAX_DEPTH,
    Block,
    Edge,
    Graph,
    Node,
    PortRef,
    apply_values,
    make_node,
)
from nnstudio.graph.paths import get_value, set_edit
from tests.graph.small import DATA, chain, graph_of, graphs


def residual(repeat=1, **values):
    """A block of two convolutions around which the input is added."""
    inside = graph_of(
        {"conv1": ("t.conv", {"filters": 1}), "conv2": ("t.conv", {"filters": 1})}
        | {"add": ("t.add", {})},
        "conv1-conv2 conv2-add",
    )
    return Block(
        inside,
        {"x": (PortRef("conv1", "x"), PortRef("add", "x"))},
        {"y": PortRef("add", "y")},
        {"kernel": (("conv1", "kernel"), ("conv2", "kernel"))},
        values,
        repeat,
    )


def card(block, node_id="block1"):
    return Node(node_id, "block", make_node("block", node_id).params, block=block)


def around(block):
    """Input, the block, Flatten, Dense, loss."""
    plain = chain(
        ("t.relu", {}), ("t.flatten", {}), ("t.dense", {"units": 3}), ("t.loss", {})
    )  # fmt: skip
    return Graph({**plain.nodes, "n1": replace(card(block), id="n1", name="block1")}, plain.edges)


def links(graph):
    return [f"{edge.src}>{edge.dst}" for edge in graph.edges]


def test_expansion_puts_the_inside_in_the_place_of_the_card():
    flat = expand(around(residual()))
    assert list(flat.nodes) == ["in", "n1/conv1", "n1/conv2", "n1/add", "n2", "n3", "n4"]
    assert flat.nodes["n1/conv1"].label == "block1/conv1"
    assert links(flat)[:3] == ["in.y>n1/conv1.x", "in.y>n1/add.x", "n1/add.y>n2.x"]
    assert links(flat)[-2:] == ["n1/conv1.y>n1/conv2.x", "n1/conv2.y>n1/add.x"]


def test_copies_are_chained():
    flat = expand(around(residual(repeat=3)))
    assert {"n1/add", "n1.2/add", "n1.3/add"} <= set(flat.nodes)
    assert "n1/add.y>n1.2/conv1.x" in links(flat)
    assert "n1.2/add.y>n1.3/add.x" in links(flat)
    assert "n1.3/add.y>n2.x" in links(flat)
    assert len(flat.order) == len(flat.nodes) == 13
    assert expanded_size(around(residual(repeat=3))) == 13


def test_values_of_the_block_reach_the_inner_nodes():
    graph = around(residual(repeat=2))
    changed, inverse = SetParam("n1", "kernel", 5).apply(graph)
    kernels = {n.params.kernel for n in expand(changed).nodes.values() if n.kind == "t.conv"}
    assert kernels == {5}
    assert inverse.apply(changed)[0] == graph
    more, back = SetParam("n1", "repeat", 4).apply(changed)
    assert "n1.4/add" in expand(more).nodes
    assert back.apply(more)[0] == changed
    with pytest.raises(StudioError, match="kernel of Conv does not fit"):
        SetParam("n1", "kernel", 99).apply(graph)
    with pytest.raises(StudioError, match="1 to 1000 times"):
        SetParam("n1", "repeat", 0).apply(graph)
    with pytest.raises(StudioError, match="no parameter 'depth'"):
        SetParam("n1", "depth", 0).apply(graph)


def test_a_parameter_sets_inner_ones_to_its_multiples():
    block = replace(
        residual(filters=2),
        parameters={"filters": (("conv1", "filters"), ("conv2", "filters"))},
        times={("conv1", "filters"): 4},
        title="Bottleneck",
    )
    assert [apply_values(block).nodes[n].params.filters for n in ("conv1", "conv2")] == [8, 2]
    graph = around(replace(block, repeat=3))
    assert graph_from_json(json.loads(json.dumps(graph_json(graph)))) == graph
    layer = graph.nodes["n1"].layer
    assert (layer.headline(None), layer.essentials(None)) == ("Bottleneck ×3", "filters 2")
    changed, inverse = set_edit(graph, "block1.filters=3").apply(graph)
    assert expand(changed).nodes["n1.2/conv1"].params.filters == 12
    assert get_value(changed, "block1.filters") == 3
    with pytest.raises(StudioError, match=r"'block1' \(Bottleneck\) has no parameter 'filter'"):
        set_edit(graph, "block1.filter=3")
    assert inverse.apply(changed)[0] == graph
    with pytest.raises(StudioError, match="'filters' must be a number"):
        SetParam("n1", "filters", "many").apply(graph)


def test_a_parameter_of_a_block_is_described_by_that_of_a_layer_inside():
    inner = residual()
    outer = Block(
        Graph({"a": card(inner, "a")}),
        {"x": (PortRef("a", "x"),)},
        {"y": PortRef("a", "y")},
        {"size": (("gone", "k"), ("a", "kernel")), "count": (("a", "repeat"),)},
    )
    node, param = inner_parameter(outer, "size")
    assert (node.id, param) == ("conv1", "kernel")
    assert "kernel" in type(node.params).model_fields
    assert inner_parameter(outer, "count") is None
    assert inner_parameter(outer, "repeat") is None


def test_the_inside_of_a_block_is_looked_at_again_only_where_it_must(monkeypatch):
    graph = around(residual(repeat=2, kernel=3))
    before = infer(graph, DATA)
    expanded = []
    real = infer_module.expand_card
    monkeypatch.setattr(infer_module, "expand_card", lambda one: expanded.append(one) or real(one))
    moved, _ = Move({"n1": (5.0, 6.0)}).apply(graph)
    elsewhere, _ = SetParam("n3", "units", 5).apply(moved)
    assert infer(elsewhere, DATA, before).inside["n1"] is before.inside["n1"]
    assert not expanded
    for edit in (SetParam("n1", "kernel", 5), SetParam("n1", "repeat", 3), Rename("n1", "other")):
        changed, _ = edit.apply(graph)
        assert infer(changed, DATA, before) == infer(changed, DATA)
        assert len(expanded) == 2
        expanded.clear()


def test_blocks_of_older_files_open():
    document = graph_json(around(residual()))
    (block,) = [node["block"] for node in document["nodes"] if "block" in node]
    assert block.keys() == {"graph", "inputs", "outputs", "parameters", "values", "repeat"}
    assert graph_from_json(document) == around(residual())


def test_blocks_in_blocks_are_expanded():
    inner = Graph({"a": card(residual(repeat=2), "a"), "b": card(residual(), "b")})
    inner = Graph(inner.nodes, (Edge.between("a.y", "b.x"),))
    block = Block(
        inner,
        {"x": (PortRef("a", "x"),)},
        {"y": PortRef("b", "y")},
        {"kernel": (("a", "kernel"), ("b", "kernel"))},
        {"kernel": 1},
        2,
    )
    flat = expand(around(block))
    assert "n1.2/a.2/conv1" in flat.nodes
    assert "n1/a.2/add.y>n1/b/conv1.x" in links(flat)
    assert "n1/b/add.y>n1.2/a/add.x" in links(flat)
    assert {n.params.kernel for n in flat.nodes.values() if n.kind == "t.conv"} == {1}
    assert infer(around(block), DATA).runnable


def test_a_card_has_the_types_and_the_cost_of_its_inside():
    graph = around(residual(repeat=2))
    inference, flat = infer(graph, DATA), expand(graph)
    plain = infer(flat, DATA)
    assert inference.runnable
    assert plain.runnable
    assert inference.output(graph.nodes["n1"]) == plain.output(flat.nodes["n1.2/add"])
    assert total_cost(graph, inference) == total_cost(flat, plain)
    assert node_cost(graph.nodes["n1"], inference).parameters == 4 * 10
    assert receptive_fields(graph, inference)["n1"] == (8, 8)
    once = around(residual())
    assert receptive_fields(once, infer(once, DATA))["n1"] == (5, 5)


@settings(max_examples=120, deadline=None)
@given(graphs(depth=2))
def test_where_a_graph_with_blocks_runs_its_expansion_runs(graph):
    inference = infer(graph, DATA)
    if not inference.runnable:
        return
    flat = expand(graph)
    plain = infer(flat, DATA)
    assert plain.runnable
    assert total_cost(graph, inference) == total_cost(flat, plain)
    own = {ref: kind for ref, kind in inference.types.items() if ref.node in flat.nodes}
    assert own.items() <= plain.types.items()


def test_what_is_wrong_inside_is_said_at_the_card():
    block = residual(repeat=2)
    wrong = make_node("t.dense", "conv2")
    block = replace(block, graph=Graph({**block.graph.nodes, "conv2": wrong}, block.graph.edges))
    graph = around(block)
    problems = infer(graph, DATA).problems
    assert [p.node for p in problems] == ["n1"]
    said = problems[0].message
    assert said == "Dense 'block1/conv2' needs a flat input; 8×8×1 arrives."


def test_a_card_without_a_link_says_so_itself():
    graph = around(residual())
    graph = Graph(graph.nodes, graph.edges[1:])
    problem = infer(graph, DATA).problems[0]
    assert (problem.node, problem.message) == ("n1", "'block1' has no input yet.")
    assert problem.repairs[0].label == "Link in to block1"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"outputs": {"y": PortRef("gone", "y")}}, "leads to the missing 'gone.y'"),
        ({"outputs": {"y": PortRef("add", "z")}}, "The output 'y' of 'block1' leads to nothing"),
        ({"inputs": {"x": (PortRef("gone", "x"),)}}, "leads to the missing 'gone.x'"),
        ({"outputs": {}, "repeat": 2}, "cannot be repeated: it has 1 inputs and 0 outputs"),
        ({"parameters": {"k": (("gone", "k"),)}, "values": {"k": 1}}, "sets the missing 'gone'"),
    ],
)
def test_a_block_that_does_not_fit_together_is_a_problem(change, said):
    graph = around(replace(residual(), **change))
    assert said in " ".join(p.message for p in infer(graph, DATA).problems if p.node == "n1")


def test_too_many_copies_and_too_deep_nesting_are_refused_at_once():
    huge = residual(repeat=1000)
    for _ in range(5):
        inside = Graph({"a": card(huge, "a")})
        huge = Block(inside, {"x": (PortRef("a", "x"),)}, {"y": PortRef("a", "y")}, repeat=1000)
    with pytest.raises(StudioError, match="at most 20,000"):
        expand(around(huge))
    deep = residual()
    for _ in range(MAX_DEPTH + 1):
        inside = Graph({"a": card(deep, "a")})
        deep = Block(inside, {"x": (PortRef("a", "x"),)}, {"y": PortRef("a", "y")})
    with pytest.raises(StudioError, match="more than 16 deep"):
        expand(around(deep))
    assert infer(around(deep), DATA).problems[0].node == "n1"
    with pytest.raises(StudioError, match="more than 16 deep"):
        graph_from_json(graph_json(around(deep)))


def test_equal_names_after_expansion_are_refused():
    graph = around(residual())
    graph = Graph({**graph.nodes, "n1/add": make_node("t.relu", "n1/add")}, graph.edges)
    with pytest.raises(StudioError, match="Two nodes are called 'n1/add'"):
        expand(graph)
    assert any("stands outside of it too" in p.message for p in infer(graph, DATA).problems)


def test_all_copies_of_what_is_inside_stand_for_the_card():
    inside = [one for one in expand(around(residual(repeat=3))).nodes if stands_for(one, "n1")]
    assert len(inside) == 9
    assert stands_for("n1.2/conv1", "n1/conv1")
    assert stands_for("n1.2/inner.3/conv1", "n1/inner")
    assert stands_for("n1.2/conv1", "n1.2/conv1")
    assert not stands_for("n1/conv1", "n1.2/conv1")
    assert not stands_for("n10/conv1", "n1")
