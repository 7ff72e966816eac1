"""Edits inside a block agree with the values that are chosen at its card."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nnstudio.core.errors import StudioError
from nnstudio.graph.edits import Group, Move, RemoveNode, SetParam
from nnstudio.graph.inside import Inside
from nnstudio.graph.model import Block, Edge, Graph, Node, PortRef, apply_values, make_node
from tests.graph.small import graph_of


def two_convs() -> Block:
    inside = graph_of(
        {"conv1": ("t.conv", {"filters": 2}), "conv2": ("t.conv", {"filters": 2})}, "conv1-conv2"
    )
    return Block(
        inside,
        {"x": (PortRef("conv1", "x"),)},
        {"y": PortRef("conv2", "y")},
        {"filters": (("conv1", "filters"), ("conv2", "filters")), "kernel": (("conv1", "kernel"),)},
        {"filters": 4},
    )


def around(block: Block) -> Graph:
    card = Node("block1", "block", make_node("block", "block1").params, block=block)
    source = make_node("input", "in")
    return Graph({"in": source, "block1": card}, (Edge.between("in.y", "block1.x"),))


@pytest.mark.parametrize("wrapped", [False, True])
def test_what_the_block_sets_is_not_changed_inside(wrapped: bool) -> None:
    edit = SetParam("conv2", "filters", 3)
    inner = Group("two", (Move({"conv1": (1.0, 2.0)}), edit)) if wrapped else edit
    with pytest.raises(StudioError) as caught:
        Inside("block1", inner).apply(around(two_convs()))
    assert caught.value.sentence == (
        "The filters of 'conv2' follows the block's own 'filters'; change it at the card of"
        " 'block1'."
    )


def test_what_the_block_does_not_set_is_changed_inside() -> None:
    graph = around(two_convs())
    for edit in (SetParam("conv1", "kernel", 5), SetParam("conv2", "kernel", 5)):
        changed, inverse = Inside("block1", edit).apply(graph)
        inner = apply_values(changed.nodes["block1"].block)
        assert inner.nodes[edit.node].params.kernel == 5
        assert inverse.apply(changed)[0] == graph


def test_a_parameter_forgets_a_node_that_is_deleted_and_undo_brings_it_back() -> None:
    graph = around(replace(two_convs(), times={("conv2", "filters"): 2}))
    changed, inverse = Inside("block1", RemoveNode("conv2")).apply(graph)
    block = changed.nodes["block1"].block
    assert block.parameters == {
        "filters": (("conv1", "filters"),),
        "kernel": (("conv1", "kernel"),),
    }
    assert apply_values(block).nodes["conv1"].params.filters == 4
    assert inverse.apply(changed)[0] == graph
    assert inverse.apply(changed)[1].apply(graph)[0] == changed
