"""Notes stand in the graph's document, and edits of the network leave them alone."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from nnstudio.core.errors import StudioError
from nnstudio.graph.document import graph_from_json, graph_json
from nnstudio.graph.edits import (
    AddNode,
    Move,
    RemoveNode,
    Rename,
    SetNotes,
    Unlink,
    edit_from_json,
)
from nnstudio.graph.inside import Inside
from nnstudio.graph.model import Block, Graph, make_node
from nnstudio.graph.notes import Note, free_note_id, notes_from_json
from tests.graph.small import chain

FRAME = Note("note1", "Encoder", (-20.0, -30.0, 400.0, 200.0), "blue", frame=True)
TEXT = Note("note2", "Why 5×5?\nTry 3×3.", (0.0, 300.0, 160.0, 80.0))


def plain() -> Graph:
    return chain(("t.conv", {}), ("t.flatten", {}), ("t.dense", {}), ("t.loss", {}))


def noted() -> Graph:
    return SetNotes((FRAME, TEXT), "Add a frame").apply(plain())[0]


def test_notes_are_written_and_read() -> None:
    graph = noted()
    assert graph_from_json(json.loads(json.dumps(graph_json(graph)))) == graph
    assert graph != plain()
    assert "notes" not in graph_json(plain())


def test_edits_of_the_network_keep_the_notes() -> None:
    graph = noted()
    first, second = list(graph.nodes)[:2]
    edits = (
        Move({first: (4.0, 5.0)}),
        Rename(first, "other"),
        Unlink(graph.edges[0]),
        RemoveNode(second),
        AddNode(make_node("t.dense", "fresh")),
    )
    for edit in edits:
        changed, inverse = edit.apply(graph)
        assert changed.notes == graph.notes
        back, _ = inverse.apply(changed)
        assert back == graph
        graph = changed


def test_setting_notes_is_json_and_can_be_taken_back() -> None:
    edit = SetNotes((TEXT,), "Add a note")
    assert edit_from_json(json.loads(json.dumps(edit.to_json()))) == edit
    changed, inverse = edit.apply(plain())
    assert inverse.apply(changed)[0] == plain()


@pytest.mark.parametrize(
    "damage",
    [
        {"area": [0, 0, 0, 5]},
        {"area": [0, 0, 1]},
        {"area": [float("nan"), 0, 1, 1]},
        {"text": 3},
        {"text": "\ud800"},
        {"id": ""},
        {"text": "x" * 5000},
    ],
)
def test_damaged_notes_are_refused_in_words(damage: dict[str, object]) -> None:
    entry = {"id": "note1", "text": "", "area": [0, 0, 5, 5], "colour": "blue", "frame": False}
    with pytest.raises(StudioError, match="note"):
        notes_from_json([{**entry, **damage}])
    with pytest.raises(StudioError, match="same id"):
        notes_from_json([entry, entry])


def test_unknown_colours_become_yellow_and_ids_are_free() -> None:
    (note,) = notes_from_json([{"id": "n", "text": "", "area": [0, 0, 5, 5], "colour": "plaid"}])
    assert note.colour == "yellow"
    assert free_note_id((FRAME, TEXT)) == "note3"
    assert FRAME.holds(0, 0, 100, 100)
    assert not FRAME.holds(350, 0, 100, 100)


def test_an_edit_reaches_into_a_block() -> None:
    card = replace(make_node("t.dense", "block1"), block=Block(plain()))
    graph = plain().with_node(card)
    inner = next(iter(card.block.graph.nodes))
    edit = Inside("block1", Rename(inner, "renamed"))
    assert edit_from_json(json.loads(json.dumps(edit.to_json()))) == edit
    changed, inverse = edit.apply(graph)
    assert changed.nodes["block1"].block.graph.nodes[inner].name == "renamed"
    assert inverse.apply(changed)[0] == graph
    assert edit.title(graph) == f"block1: Rename {inner} to renamed"
    assert edit.merged(Inside("block1", Rename(inner, "later"))) == Inside(
        "block1", Rename(inner, "later")
    )
    with pytest.raises(StudioError, match="no block 'nowhere'"):
        Inside("nowhere", Rename(inner, "x")).apply(graph)
