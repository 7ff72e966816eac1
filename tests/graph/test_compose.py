"""Copying, pasting, bridging and inserting leave graphs that can be taken back."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnstudio.core.errors import StudioError
from nnstudio.graph.compose import (
    copy_nodes,
    delete_nodes,
    duplicate,
    insert_after,
    link_to,
    paste,
)
from nnstudio.graph.infer import infer
from nnstudio.graph.model import Graph, make_node
from tests.graph.small import DATA, KINDS, chain, graph_of, graphs


def net():
    return chain(("t.flatten", {}), ("t.dense", {"units": 3}), ("t.loss", {}))


def branched():
    return graph_of(
        {"in": ("input", {}), "a": ("t.relu", {}), "b": ("t.relu", {}), "add": ("t.add", {})},
        "in-a in-b a-add b-add",
    )


def links(graph):
    return [f"{edge.src.node}>{edge.dst.node}" for edge in graph.edges]


def applied(edit, graph):
    changed, inverse = edit.apply(graph)
    assert inverse.apply(changed)[0] == graph
    return changed


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_every_composed_edit_can_be_taken_back(data):
    graph = data.draw(graphs(depth=1).filter(lambda g: g.nodes))
    some = data.draw(st.lists(st.sampled_from(list(graph.nodes)), min_size=1, unique=True))
    copied = copy_nodes(graph, some)
    assert len(applied(paste(copied, graph), graph).nodes) == len(graph.nodes) + len(some)
    fresh = applied(paste(copied, Graph(), (0.0, 0.0)), Graph())
    assert [n.kind for n in fresh.nodes.values()] == [
        n.kind for key, n in graph.nodes.items() if key in some
    ]
    assert len(applied(duplicate(graph, some), graph).nodes) == len(graph.nodes) + len(some)
    for bridge in (False, True):
        left = applied(delete_nodes(graph, some, bridge=bridge), graph)
        assert set(left.nodes) == set(graph.nodes) - set(some)
    kind = data.draw(st.sampled_from(KINDS))
    assert len(applied(behind(graph, some[0], kind), graph).nodes) == len(graph.nodes) + 1


def test_paste_gives_free_names_and_keeps_inner_links():
    graph = applied(paste(copy_nodes(net(), ["n1", "n2"]), net(), (10, 20)), net())
    assert list(graph.nodes)[-2:] == ["flatten1", "dense1"]
    assert links(graph)[-1] == "flatten1>dense1"
    assert graph.nodes["dense1"].params.units == 3
    assert graph.nodes["dense1"].pos == (10.0, 20.0)


def test_paste_into_another_window_keeps_names():
    empty = Graph()
    assert applied(paste(copy_nodes(net(), net().nodes), empty, (0, 0)), empty) == net()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "{}",
        "[" * 100_000,
        '{"format": "nnstudio nodes"}',
        '{"format": "nnstudio nodes", "version": 1, "nodes": [], "edges": []}',
        '{"format": "nnstudio nodes", "version": 99, "nodes": [], "edges": []}',
        '{"format": "nnstudio nodes", "version": 1, "nodes": [{"id": 1}], "edges": []}',
        json.dumps({"nodes": [], "edges": []}),
        "1" * 6000,
        " " * 20_000_001,
    ],
    ids=range(11),
)
def test_foreign_text_is_refused_in_a_sentence(text):
    with pytest.raises(StudioError) as caught:
        paste(text, net())
    assert "\n" not in caught.value.sentence


def test_positions_far_out_come_closer():
    far = Graph({"a": make_node("t.relu", "a", pos=(9e8, -9e8))})
    graph = applied(paste(copy_nodes(far, ["a"]), far, (1e9, -1e9)), far)
    assert graph.nodes["relu1"].pos == (5e8, -5e8)


def test_backspace_bridges_the_links():
    assert links(applied(delete_nodes(net(), ["n1"], bridge=True), net())) == ["in>n2", "n2>n3"]
    assert links(applied(delete_nodes(net(), ["n1", "n2"], bridge=True), net())) == ["in>n3"]
    assert links(applied(delete_nodes(net(), ["n2"]), net())) == ["in>n1"]


def test_a_bridge_keeps_the_order_of_inputs():
    graph = applied(delete_nodes(branched(), ["a"], bridge=True), branched())
    assert links(graph) == ["in>b", "in>add", "b>add"]
    both = applied(delete_nodes(branched(), ["a", "b"], bridge=True), branched())
    assert links(both) == ["in>add"]


def test_delete_is_named_after_what_goes():
    assert delete_nodes(net(), ["n1"]).title(net()) == "Delete n1"
    assert delete_nodes(net(), ["n1", "n2"]).title(net()) == "Delete 2 cards"
    with pytest.raises(StudioError, match="Nothing is selected"):
        delete_nodes(net(), [])
    with pytest.raises(StudioError, match="not in this network any more"):
        copy_nodes(net(), ["gone"])


def behind(graph: Graph, node: str, kind: str):
    return insert_after(graph, node, make_node(kind, graph.free_id(kind)))


def test_insert_after_takes_over_what_was_fed():
    graph = applied(behind(net(), "n2", "t.relu"), net())
    assert links(graph) == ["in>n1", "n1>n2", "relu1>n3", "n2>relu1"]
    assert infer(graph, DATA).runnable
    node = graph.nodes["relu1"]
    assert node.pos[0] > graph.nodes["n2"].pos[0]
    assert node.pos[1] == graph.nodes["n2"].pos[1]


def test_insert_after_a_branch_takes_over_all_its_links():
    graph = applied(behind(branched(), "in", "t.conv"), branched())
    assert links(graph) == ["conv1>a", "conv1>b", "a>add", "b>add", "in>conv1"]


def test_insert_after_what_gives_nothing_only_adds():
    graph = applied(behind(net(), "n3", "t.relu"), net())
    assert links(graph) == links(net())
    graph = applied(behind(net(), "n1", "input"), net())
    assert links(graph) == links(net())
    loss_in_the_middle = applied(behind(net(), "n1", "t.loss"), net())
    assert links(loss_in_the_middle) == [*links(net()), "n1>loss1"]


def test_insert_after_makes_room():
    graph = chain(("t.relu", {}), ("t.relu", {}))
    spaced = {key: make_node("t.relu", key, pos=(i * 178.0, 0)) for i, key in enumerate("abcd")}
    graph = Graph(spaced)
    changed = applied(behind(graph, "b", "t.relu"), graph)
    xs = sorted(node.pos[0] for node in changed.nodes.values())
    assert min(b - a for a, b in pairwise(xs)) >= 150
    assert changed.nodes["a"].pos == (0, 0)


def test_selection_is_linked_to_a_target():
    graph = graph_of({"in": ("input", {}), "a": ("t.relu", {}), "add": ("t.add", {})}, "in-a")
    assert links(applied(link_to(graph, ["in", "a"], "add"), graph)) == ["in>a", "in>add", "a>add"]
    with pytest.raises(StudioError, match="close a loop"):
        link_to(branched(), ["add"], "a")
