"""What a block shows on its card, and whether it can follow itself."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

import nnstudio.layers  # noqa: F401 - makes the layers known
from nnstudio.core.errors import StudioError
from nnstudio.graph.edits import SetParam, edit_from_json
from nnstudio.graph.grouping import group, ungroup
from nnstudio.graph.infer import infer
from nnstudio.graph.inside import Inside
from nnstudio.graph.model import Block, Edge, Graph, Node, current_value, make_node
from nnstudio.graph.outward import SetOutward, hide_outside, likely, named, show_outside
from nnstudio.graph.paths import set_edit
from nnstudio.graph.repeating import repeat_obstacle
from nnstudio.graph.types import ClassTarget, DataSignature, maps

REAL_LAYERS = True  # see conftest


def net() -> Graph:
    nodes = [
        make_node("input", "in"),
        make_node("conv2d", "c1", filters=4, padding="same"),
        make_node("conv2d", "c2", filters=3, padding="same"),
        make_node("max_pool", "p"),
    ]
    ways = (("in", "c1"), ("c1", "c2"), ("c2", "p"))
    edges = tuple(Edge.between(f"{a}.y", f"{b}.x") for a, b in ways)
    return Graph({node.id: node for node in nodes}, edges)


def grouped(*ids: str, parameters=None) -> Graph:
    return group(net(), ids, "", parameters or {}).apply(net())[0]


def block(graph: Graph) -> Block:
    made = graph.nodes["block1"].block
    assert made is not None
    return made


def there_and_back(edit, graph: Graph) -> Graph:
    """Apply an edit, see that its inverse and its JSON are exact, and give the new graph."""
    changed, inverse = edit.apply(graph)
    again = edit_from_json(json.loads(json.dumps(edit.to_json())))
    assert again.apply(graph)[0] == changed
    assert inverse.apply(changed)[0] == graph
    back = edit_from_json(json.loads(json.dumps(inverse.to_json())))
    assert back.apply(changed)[0] == graph
    return changed


def test_a_shown_parameter_is_set_on_the_card() -> None:
    graph = grouped("c1", "c2")
    edit = show_outside(graph, "block1", "c1", "filters")
    assert edit.title(graph) == "Show c1 filters on the card of block1"
    graph = there_and_back(edit, graph)
    assert block(graph).parameters == {"filters": (("c1", "filters"),)}
    assert current_value(graph.nodes["block1"], "filters") == 4
    assert set_edit(graph, "block1.filters=8").title(graph) == "block1 filters 4 → 8"
    changed = there_and_back(set_edit(graph, "block1.filters=8"), graph)
    assert current_value(changed.nodes["block1"], "filters") == 8


def test_two_of_one_name_are_told_apart() -> None:
    graph = grouped("c1", "c2")
    for node in ("c1", "c2"):
        graph = there_and_back(show_outside(graph, "block1", node, "filters"), graph)
    assert list(block(graph).parameters) == ["filters", "c2_filters"]
    with pytest.raises(StudioError, match="shows the filters of 'c1'"):
        show_outside(graph, "block1", "c1", "filters")
    with pytest.raises(StudioError, match="no 'c1' with a parameter 'units'"):
        show_outside(graph, "block1", "c1", "units")


def test_what_is_taken_off_keeps_its_present_value() -> None:
    graph = grouped("c1", "c2", parameters={"filters": (("c1", "filters"),)})
    graph = SetParam("block1", "filters", 9).apply(graph)[0]
    graph = there_and_back(hide_outside(graph, "block1", "c1", "filters"), graph)
    assert (block(graph).parameters, block(graph).values) == ({}, {})
    assert block(graph).graph.nodes["c1"].params.filters == 9  # type: ignore[attr-defined]
    with pytest.raises(StudioError, match="does not show"):
        hide_outside(graph, "block1", "c1", "filters")


def test_one_of_several_is_taken_off_alone() -> None:
    both = {"filters": (("c1", "filters"), ("c2", "filters"))}
    graph = grouped("c1", "c2", parameters=both)
    graph = SetParam("block1", "filters", 5).apply(graph)[0]
    graph = there_and_back(hide_outside(graph, "block1", "c2", "filters"), graph)
    assert block(graph).parameters == {"filters": (("c1", "filters"),)}
    assert block(graph).graph.nodes["c2"].params.filters == 5  # type: ignore[attr-defined]
    inner = Inside("block1", SetParam("c2", "filters", 6))
    assert there_and_back(inner, graph) != graph


def test_multiples_survive_the_way_through_json() -> None:
    graph = grouped("c1", "c2")
    pairs = (("c1", "filters"), ("c2", "filters"))
    edit = SetOutward("block1", {"width": pairs}, {"width": 3}, {pairs[1]: 4}, "Widen")
    graph = there_and_back(edit, graph)
    assert block(graph).times == {("c2", "filters"): 4}


def test_damaged_records_are_refused() -> None:
    good = show_outside(grouped("c1"), "block1", "c1", "filters").to_json()
    for spoilt in (
        {**good, "card": 3},
        {**good, "parameters": [1]},
        {**good, "parameters": {"filters": [["c1"]]}},
        {**good, "values": {"filters": float("nan")}},
        {"op": "set outward"},
    ):
        with pytest.raises(StudioError):
            edit_from_json(spoilt)


def test_what_people_change_first_is_named_by_its_node_where_it_comes_twice() -> None:
    nodes = {key: node for key, node in net().nodes.items() if key in ("c1", "c2", "p")}
    assert likely(nodes.values()) == [("c1", "filters"), ("c2", "filters")]
    assert named(nodes, likely(nodes.values())) == {
        "c1_filters": (("c1", "filters"),),
        "c2_filters": (("c2", "filters"),),
    }
    assert list(named(nodes, [("c1", "filters"), ("p", "window")])) == ["filters", "window"]


def card(*ids: str) -> Node:
    return grouped(*ids).nodes["block1"]


def test_copies_that_fit_can_follow_each_other() -> None:
    assert repeat_obstacle(card("c1", "c2"), 1000, (maps(12, 12, 3),)) == ""
    assert repeat_obstacle(card("c1", "c2"), 2, None) == ""


def test_a_copy_that_gets_too_little_is_named_in_numbers() -> None:
    assert repeat_obstacle(card("c2", "p"), 2, (maps(12, 12, 3),)) == ""
    sentence = repeat_obstacle(card("c2", "p"), 5, (maps(12, 12, 3),))
    assert sentence.startswith("'block1' cannot follow itself: copy 3 gets 3×3×3. ")


def test_other_ports_in_than_out_cannot_be_repeated() -> None:
    assert "1 inputs and 0 outputs" in repeat_obstacle(_without_output(), 2, None)
    assert "are more than 20,000 layers" in repeat_obstacle(card("c1", "c2"), 10_001, None)


def _without_output() -> Node:
    made = card("c1")
    assert made.block is not None
    return replace(made, block=replace(made.block, outputs={}))


def test_what_is_taken_off_inside_leaves_the_card_around_it_too() -> None:
    graph = grouped("c1", parameters={"filters": (("c1", "filters"),)})
    around = {"width": (("block1", "filters"),)}
    graph = group(graph, ["block1", "c2"], "", around).apply(graph)[0]
    (outer,) = [node for node in graph.nodes.values() if node.block is not None]
    assert outer.block is not None
    assert current_value(outer, "width") == 4
    off = Inside(outer.id, hide_outside(outer.block.graph, "block1", "c1", "filters"))
    changed = there_and_back(off, graph).nodes[outer.id].block
    assert changed is not None
    assert changed.parameters == {"width": ()}
    chosen = SetParam(outer.id, "width", 7).apply(graph)[0]
    with pytest.raises(StudioError, match="change it at the card of"):
        off.apply(chosen)


def test_ports_follow_cards_into_a_block_inside_and_out_again() -> None:
    graph = grouped("c1", "c2", "p")
    before = block(graph)
    for ids in (["c1"], ["p"], ["c1", "c2"], ["c1", "c2", "p"]):
        deeper = Inside("block1", group(before.graph, ids, "part", around=before))
        changed = there_and_back(deeper, graph)
        assert _shapes(changed) == _shapes(graph)
        (card,) = [one for one in block(changed).graph.nodes.values() if one.block is not None]
        apart = Inside("block1", ungroup(block(changed).graph, card.id))
        again = there_and_back(apart, changed)
        assert _shapes(again) == _shapes(graph)
        assert (block(again).inputs, block(again).outputs) == (before.inputs, before.outputs)


def _shapes(graph: Graph) -> tuple[str, list[str]]:
    known = infer(graph, DataSignature(maps(12, 12, 3), ClassTarget(("a", "b"))))
    wrong = [one.message for one in known.problems if one.node]
    return str(known.output(graph.nodes["block1"])), wrong
