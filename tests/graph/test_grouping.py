"""Grouping and ungrouping keep what the network computes; both are exact edits."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnstudio.core.errors import StudioError
from nnstudio.graph.blocks import expand
from nnstudio.graph.grouping import group, ungroup
from nnstudio.graph.infer import infer, infer_inside
from tests.graph.small import DATA, chain, graphs


def net():
    return chain(("t.conv", {}), ("t.flatten", {}), ("t.dense", {}), ("t.loss", {}))


def outcome(graph):
    """What comes out at each node by its own name, through all blocks."""
    known = infer(expand(graph), DATA)
    return {(ref.node.rsplit("/")[-1], ref.port): kind for ref, kind in known.types.items()}


def test_a_group_computes_the_same() -> None:
    graph = net()
    middle = list(graph.nodes)[1:3]
    edit = group(graph, middle, "features")
    grouped, inverse = edit.apply(graph)
    assert outcome(grouped) == outcome(graph)
    assert inverse.apply(grouped)[0] == graph
    assert edit.title(graph) == "Group 2 cards into features"
    (card,) = [node for node in grouped.nodes.values() if node.block is not None]
    again, back = ungroup(grouped, card.id).apply(grouped)
    assert set(again.nodes) == set(graph.nodes)
    assert set(again.edges) == set(graph.edges)
    assert back.apply(again)[0] == grouped


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_any_group_can_be_made_and_taken_apart(data) -> None:
    graph = data.draw(graphs(depth=1))
    if not graph.nodes:
        return
    chosen = data.draw(st.sets(st.sampled_from(list(graph.nodes)), min_size=1))
    try:
        grouped, inverse = group(graph, chosen).apply(graph)
    except StudioError:
        return  # a path leaves the chosen nodes and comes back
    assert inverse.apply(grouped)[0] == graph
    card = next(iter(set(grouped.nodes) - set(graph.nodes)))
    apart, back = ungroup(grouped, card).apply(grouped)
    assert set(apart.nodes) == set(graph.nodes)
    assert set(apart.edges) == set(graph.edges)
    assert back.apply(apart)[0] == grouped


def test_copies_are_taken_apart_one_by_one() -> None:
    graph = net()
    conv = list(graph.nodes)[1]
    grouped, _ = group(graph, [conv]).apply(graph)
    card = next(iter(set(grouped.nodes) - set(graph.nodes)))
    block = replace(grouped.nodes[card].block, repeat=3)
    thrice = grouped.with_node(replace(grouped.nodes[card], block=block))
    apart, _ = ungroup(thrice, card).apply(thrice)
    assert len(apart.nodes) == len(graph.nodes) + 2
    assert infer(apart, DATA).output(apart.nodes[list(graph.nodes)[-1]]) == infer(
        thrice, DATA
    ).output(thrice.nodes[list(graph.nodes)[-1]])


def test_the_inside_is_known_by_its_own_names() -> None:
    graph = net()
    middle = list(graph.nodes)[1:3]
    grouped, _ = group(graph, middle).apply(graph)
    card = next(iter(set(grouped.nodes) - set(graph.nodes)))
    around = infer(grouped, DATA)
    inside = infer_inside(grouped.nodes[card], around)
    flat = infer(graph, DATA)
    for one in middle:
        node = graph.nodes[one]
        assert inside.output(node) == flat.output(node)
        assert inside.inputs[one] == flat.inputs[one]
    assert inside.problems == ()


def test_nothing_and_a_plain_card_are_refused() -> None:
    with pytest.raises(StudioError, match="Nothing is selected"):
        group(net(), [])
    with pytest.raises(StudioError, match="no block"):
        ungroup(net(), next(iter(net().nodes)))
