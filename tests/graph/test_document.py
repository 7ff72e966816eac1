"""Graphs come back from JSON as they were; damaged documents are refused in one sentence."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnstudio.core.errors import StudioError
from nnstudio.graph.document import (
    block_from_json,
    block_json,
    edge_from_json,
    edge_json,
    graph_from_json,
    graph_json,
    node_from_json,
    node_json,
)
from nnstudio.graph.model import MAX_NODES, Edge
from tests.graph.small import blocks, chain, graphs, nodes

NODE = {"id": "a", "kind": "t.relu", "params": {}, "pos": [0, 0]}
BLOCK = {
    "graph": {"nodes": [NODE], "edges": []},
    "inputs": {"x": [["a", "x"]]},
    "outputs": {"y": ["a", "y"]},
    "parameters": {},
    "values": {},
    "repeat": 1,
}


def through_text(document):
    return json.loads(json.dumps(document, allow_nan=False))


@settings(max_examples=120, deadline=None)
@given(graphs(depth=2))
def test_graphs_survive_json(graph):
    assert graph_from_json(through_text(graph_json(graph))) == graph


@settings(max_examples=60, deadline=None)
@given(nodes(), blocks())
def test_nodes_and_blocks_survive_json(node, block):
    assert node_from_json(through_text(node_json(node))) == node
    assert block_from_json(through_text(block_json(block))) == block


def test_links_survive_json():
    edge = Edge.between("block1.2/conv1.y", "ä b.x")
    assert edge_from_json(through_text(edge_json(edge))) == edge
    assert (edge.src.node, edge.src.port) == ("block1.2/conv1", "y")


def test_unknown_layers_keep_what_they_came_with():
    foreign = {"id": "a", "kind": "their.layer", "name": "theirs", "pos": [1.0, 2.0]}
    foreign["params"] = {"size": [1, {"deep": None}], "text": "ü", "x": 0.5}
    assert node_json(node_from_json(foreign)) == foreign


def _deep(levels):
    block = BLOCK
    for _ in range(levels):
        inner = {**NODE, "kind": "block", "block": block}
        block = {**BLOCK, "graph": {"nodes": [inner], "edges": []}}
    return {"nodes": [{**NODE, "kind": "block", "block": block}], "edges": []}


def _nested(levels):
    value = 1
    for _ in range(levels):
        value = [value]
    return value


def _with(**changes):
    return {"nodes": [{**NODE, **changes}], "edges": []}


def _block(**changes):
    return _with(kind="block", block={**BLOCK, **changes})


DAMAGED = {
    "nothing": None,
    "a list": [],
    "a text": "nodes",
    "no edges": {"nodes": []},
    "nodes are an object": {"nodes": {}, "edges": []},
    "a node is a number": {"nodes": [1], "edges": []},
    "no id": _with(id=""),
    "id is a number": _with(id=3),
    "id with a line break": _with(id="a\nb"),
    "id with NUL": _with(id="\x00outside"),
    "no kind": _with(kind=None),
    "name is a list": _with(name=["a"]),
    "name is too long": _with(name="x" * 300),
    "half a character": _with(name="\ud800"),
    "params are a list": _with(params=[1]),
    "a parameter out of range": _with(kind="t.dense", params={"units": 0}),
    "a parameter too many": _with(kind="t.dense", params={"unit": 3}),
    "NaN for a parameter": _with(kind="t.dense", params={"rate": float("nan")}),
    "NaN in an unknown layer": _with(kind="foreign", params={"a": [float("inf")]}),
    "deep values in an unknown layer": _with(kind="foreign", params={"a": _nested(500)}),
    "NaN position": _with(pos=[float("nan"), 0]),
    "infinite position": _with(pos=[0, float("inf")]),
    "gigantic position": _with(pos=[0, 10**400]),
    "position of texts": _with(pos=["1", "2"]),
    "position of three": _with(pos=[1, 2, 3]),
    "the same id twice": {"nodes": [NODE, NODE], "edges": []},
    "a link to nowhere": {"nodes": [NODE], "edges": [["a", "y", "b", "x"]]},
    "a link of three": {"nodes": [NODE], "edges": [["a", "y", "a"]]},
    "a link of numbers": {"nodes": [NODE], "edges": [[1, 2, 3, 4]]},
    "the same link twice": {"nodes": [NODE], "edges": [["a", "y", "a", "x"]] * 2},
    "too many nodes": {"nodes": [None] * (MAX_NODES + 1), "edges": []},
    "too many links": {"nodes": [], "edges": [None] * (8 * MAX_NODES + 1)},
    "blocks too deep": _deep(40),
    "blocks far too deep": _deep(400),
    "block is a list": _with(block=[1]),
    "block without outputs": _with(block={"graph": BLOCK["graph"]}),
    "block repeated too often": _block(repeat=10**9),
    "block repeated never": _block(repeat=0),
    "block repeated by text": _block(repeat="2"),
    "block repeated truly": _block(repeat=True),
    "block input is a text": _block(inputs={"x": "ab"}),
    "block inputs are a list": _block(inputs=["x"]),
    "block output of three": _block(outputs={"y": ["a", "y", "z"]}),
    "block parameter is a number": _block(parameters={"k": 1}),
    "block value is NaN": _block(values={"k": float("nan")}),
    "block values are a list": _block(values=[1]),
    "block title of two lines": _block(title="a\nb"),
    "block multiples are a number": _block(times=3),
    "a block multiple of two": _block(times=[["a", "k"]]),
    "a block multiple of zero": _block(times=[["a", "k", 0]]),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_documents_are_refused_in_a_sentence(name):
    with pytest.raises(StudioError) as caught:
        graph_from_json(DAMAGED[name])
    sentence = caught.value.sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert len(sentence) < 250


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_change_of_a_document_is_read_or_refused(data):
    document = through_text(graph_json(chain(("t.conv", {}), ("foreign", {"a": [1]}))))
    spot = document
    while isinstance(spot, list | dict) and spot:
        keys = range(len(spot)) if isinstance(spot, list) else sorted(spot)
        key = data.draw(st.sampled_from(keys))
        if data.draw(st.booleans()) or not isinstance(spot[key], list | dict):
            spot[key] = data.draw(
                st.sampled_from([None, True, -1, 10**30, float("nan"), "", "x", [], {}, [1], [[]]])
            )
            break
        spot = spot[key]
    try:
        graph = graph_from_json(document)
    except StudioError as error:
        assert "\n" not in error.sentence  # noqa: PT017 - both ends are fine
    else:
        assert graph_from_json(through_text(graph_json(graph))) == graph
