"""What comes from elsewhere is refused in plain words, or kept as it came."""

from __future__ import annotations

import json

import pytest

from nnstudio.core.errors import StudioError
from nnstudio.graph import compose
from nnstudio.graph.document import graph_from_json, graph_json
from nnstudio.graph.edits import Rename, SetParam
from nnstudio.graph.infer import infer
from nnstudio.graph.model import Graph, make_node
from tests.graph.small import DATA, chain

EMOJI = "🧠🔥 fully connected 👩🏽‍🔬"


def small() -> Graph:
    return chain(("t.dense", {"units": 3}), ("t.loss", {}))


def copied() -> str:
    return compose.copy_nodes(small(), small().nodes)


def changed(change) -> str:
    document = json.loads(copied())
    change(document)
    return json.dumps(document)


def said(text: str) -> str:
    with pytest.raises(StudioError) as caught:
        compose.paste(text, small())
    return caught.value.sentence


FOREIGN = ["", "hello", "{", "[1, 2]", '{"nodes": []}', "{" * 100_000, "null", '{"format": 3}']


@pytest.mark.parametrize("text", [*FOREIGN, "half of one"])
def test_foreign_and_damaged_text_is_no_part_of_a_network(text):
    if text == "half of one":
        text = copied()[: len(copied()) // 2]
    assert said(text) == "The clipboard holds no part of a network; copy some cards first."


def test_damaged_parts_are_named():
    def no_id(document):
        del document["nodes"][1]["id"]

    def missing_end(document):
        document["edges"][0][0] = "gone"

    def infinite(document):
        document["nodes"][1]["pos"] = [1e400, 0]

    assert said(changed(no_id)) == "The network is damaged: expected a text, got NoneType."
    assert "missing node 'gone'" in said(changed(missing_end))
    assert said(changed(infinite)) == (
        "The network is damaged: the place of 'n1' is not a pair of numbers."
    )


def test_parameters_out_of_range_and_numbers_as_words_are_plain_sentences():
    def setting(name, value):
        return lambda document: document["nodes"][1]["params"].update({name: value})

    assert said(changed(setting("units", "twelve"))) == (
        "The units of Dense does not fit: it should be a whole number, such as 10. Got 'twelve'."
    )
    assert said(changed(setting("rate", 7))).startswith("The rate of Dense does not fit: ")
    assert said(changed(setting("colour", "red"))) == "Dense has no parameter 'colour'."


def test_a_newer_clipboard_asks_for_an_update():
    text = changed(lambda document: document.update(version=2))
    assert said(text) == "The copied cards come from a newer studio; update this one to paste."


@pytest.mark.parametrize("frame", ["Look:\n```json\n{}\n```\nNice, isn't it?", "> {}", "  {}\n"])
def test_words_and_fences_of_a_chat_around_the_cards_do_not_matter(frame):
    edit = compose.paste(frame.replace("{}", copied()), Graph())
    assert edit.apply(Graph())[0].edges == small().edges


def test_layers_of_another_version_are_kept_shown_and_saved_unchanged():
    params = {"heads": 8, "mask": None, "more": {"deep": [1, 2.5, "x"]}}
    graph = chain(("attention.v9", params), ("t.loss", {}))
    assert infer(graph, DATA).problems[0].message == "This studio has no layer 'attention.v9'."
    assert infer(graph, DATA).problems[0].repairs[0].label == "Delete n1"
    document = json.loads(json.dumps(graph_json(graph)))
    assert graph_json(graph_from_json(document)) == document
    pasted, _ = compose.paste(compose.copy_nodes(graph, ["n1"]), Graph()).apply(Graph())
    assert graph_json(pasted)["nodes"][0]["params"] == params
    other, _ = SetParam("n1", "heads", 4).apply(graph)
    assert graph_json(other)["nodes"][1]["params"] == {**params, "heads": 4}


def test_names_with_emoji_are_names_and_long_ones_are_counted():
    graph, _ = Rename("n1", EMOJI).apply(small())
    assert graph.nodes["n1"].label == EMOJI
    assert graph_from_json(json.loads(json.dumps(graph_json(graph)))) == graph
    with pytest.raises(StudioError) as caught:
        Rename("n1", "x" * 500).apply(small())
    assert caught.value.sentence == (
        "A name must be one line of 1 to 200 characters; 'xxxxxxxxxxxxxxxxxxxx…' has 500."
    )
    two = graph.with_node(make_node("t.relu", "r", EMOJI))
    assert f"Two nodes are called '{EMOJI}'." in [one.message for one in infer(two, DATA).problems]
