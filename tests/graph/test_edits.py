"""Every edit can be taken back exactly, written as JSON, and refuses what does not fit."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnstudio.core.errors import StudioError
from nnstudio.graph.edits import (
    AddNode,
    Group,
    Link,
    Move,
    RemoveNode,
    Rename,
    SetParam,
    Unlink,
    edit_from_json,
)
from nnstudio.graph.model import Edge, Graph, Node, make_node
from tests.graph.small import chain, edits, graph_of, graphs


def net():
    return chain(("t.conv", {}), ("t.flatten", {}), ("t.dense", {}), ("t.loss", {}))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_an_edit_and_its_inverse_change_nothing(data):
    graph = data.draw(graphs())
    edit = data.draw(edits(graph))
    try:
        changed, inverse = edit.apply(graph)
    except StudioError:
        return
    assert inverse.apply(changed)[0] == graph
    again, _ = inverse.apply(changed)[1].apply(graph)
    assert again == changed


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_merged_edits_do_what_both_do(data):
    graph = data.draw(graphs())
    first, second = data.draw(edits(graph)), data.draw(edits(graph))
    merged = first.merged(second)
    try:
        both = second.apply(first.apply(graph)[0])[0]
    except StudioError:
        return
    if merged is not None:
        changed, inverse = merged.apply(graph)
        assert changed == both
        assert inverse.apply(changed)[0] == graph


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_edits_survive_json(data):
    graph = data.draw(graphs())
    edit = data.draw(edits(graph))
    text = json.dumps(edit.to_json(), allow_nan=False)
    back = edit_from_json(json.loads(text))
    assert back.to_json() == edit.to_json()
    assert back.title(graph) == edit.title(graph)
    try:
        changed, inverse = edit.apply(graph)
    except StudioError:
        return
    assert back.apply(graph)[0] == changed
    undone = edit_from_json(json.loads(json.dumps(inverse.to_json()))).apply(changed)[0]
    assert undone == graph


def test_slider_drag_is_one_step():
    drag = SetParam("n1", "kernel", 4).merged(SetParam("n1", "kernel", 5))
    assert drag == SetParam("n1", "kernel", 5)
    assert drag.title(net()) == "n1 kernel 3 → 5"
    assert drag.merged(SetParam("n1", "stride", 2)) is None
    assert drag.merged(SetParam("n3", "kernel", 2)) is None


def test_undo_of_delete_restores_links_in_their_order():
    graph = graph_of(
        {"in": ("input", {}), "a": ("t.relu", {}), "b": ("t.relu", {}), "add": ("t.add", {})},
        "in-a in-b a-add b-add",
    )
    changed, inverse = RemoveNode("a").apply(graph)
    assert [str(edge.src) for edge in changed.edges] == ["in.y", "b.y"]
    assert inverse.apply(changed)[0] == graph


def test_group_makes_all_or_nothing():
    graph = net()
    before = graph.nodes["n1"]
    group = Group("both", (SetParam("n1", "kernel", 5), SetParam("n1", "kernel", 99)))
    with pytest.raises(StudioError, match="kernel of Conv does not fit"):
        group.apply(graph)
    assert graph.nodes["n1"] is before


def test_a_node_without_a_name_goes_by_its_id():
    graph = Graph({"a": Node("a", "t.relu", make_node("t.relu", "a").params)})
    changed, inverse = Rename("a", "b").apply(graph)
    assert changed.nodes["a"].label == "b"
    assert inverse.apply(changed)[0] == graph


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (AddNode(make_node("t.relu", "n1")), "already has a node 'n1'"),
        (RemoveNode("nobody"), "no node 'nobody'"),
        (Link(Edge.between("n1.y", "n2.x")), "already linked"),
        (Link(Edge.between("n1.y", "nobody.x")), "no node 'nobody'"),
        (Unlink(Edge.between("n1.y", "n4.x")), "not linked"),
        (SetParam("n1", "filtres", 3), "no parameter 'filtres'"),
        (SetParam("n1", "filters", 0), "The filters of Conv does not fit"),
        (SetParam("n3", "rate", float("nan")), "The rate of Dense does not fit"),
        (Rename("n1", " "), "one line of 1 to 200"),
        (Rename("n1", "two\nlines"), "one line of 1 to 200"),
        (Rename("n1", "x" * 201), "one line of 1 to 200"),
        (Move({"n1": (float("nan"), 0.0)}), "cannot be moved there"),
        (Move({"n1": (0.0, 10**400)}), "cannot be moved there"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(edit, said):
    with pytest.raises(StudioError, match=said):
        edit.apply(net())


DEEP: dict = {"op": "group", "name": "g", "edits": []}
for _ in range(5000):
    DEEP = {"op": "group", "name": "g", "edits": [DEEP]}


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        {"op": "explode"},
        {"op": ["set"]},
        {"op": "set", "node": "n1", "param": "kernel"},
        {"op": "set", "node": 7, "param": "kernel", "value": 1},
        {"op": "link", "edge": ["a", "y", "b"], "index": None},
        {"op": "link", "edge": ["a", "y", "b", "x"], "index": -1},
        {"op": "link", "edge": ["a", "y", "b", "x"], "index": True},
        {"op": "move", "places": {"a": [float("nan"), 0]}},
        {"op": "move", "places": [1]},
        {"op": "rename", "node": "a", "name": "\ud800"},
        {"op": "add node", "node": {"id": "a"}, "index": 0},
        {"op": "group", "name": "g", "edits": [{"op": "set"}]},
        DEEP,
    ],
    ids=range(16),
)
def test_damaged_records_are_refused(document):
    with pytest.raises(StudioError) as caught:
        edit_from_json(document)
    assert caught.value.sentence.count(".") == 1


def test_titles_speak_of_names():
    assert RemoveNode("n1").title(net()) == "Delete n1"
    assert Unlink(net().edges[0]).title(net()) == "Unlink in from n1"
    assert Move({"n1": (0, 0), "n2": (1, 1)}).title(net()) == "Move 2 cards"
