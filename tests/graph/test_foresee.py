"""What an edit would change is known before it is made, inside of blocks too."""

from __future__ import annotations

from dataclasses import replace

from nnstudio.graph.edits import SetParam
from nnstudio.graph.foresee import foresee
from nnstudio.graph.infer import infer
from nnstudio.graph.inside import Inside
from nnstudio.graph.model import Block, Graph, Node, PortRef, make_node
from nnstudio.graph.types import flat
from tests.graph.small import DATA, chain


def test_new_cards_links_and_shapes_are_told_and_the_graph_stays():
    graph = chain(("t.conv", {"filters": 6}), ("t.dense", {"units": 3}), ("t.loss", {}))
    known = infer(graph, DATA)
    seen = foresee(graph, known, known.problems[0].repairs[0].edit)
    assert seen.added == {"flatten1"}
    assert seen.reshaped["n2"] == (None, flat(3))
    assert len(seen.linked) == 2
    assert seen.altered == frozenset()
    assert seen.inference == infer(seen.graph, DATA)
    assert "flatten1" not in graph.nodes


def test_inside_a_block_the_inside_is_compared():
    inner = Graph({"d": make_node("t.dense", "d", units=4)})
    block = Block(inner, {"x": (PortRef("d", "x"),)}, {"y": PortRef("d", "y")})
    outer = chain(("t.flatten", {}), ("t.relu", {}), ("t.loss", {}))
    card = Node("n2", "block", make_node("block", "n2").params, "n2", (0.0, 0.0), block)
    graph = replace(outer, nodes={**outer.nodes, "n2": card})
    edit = Inside("n2", SetParam("d", "units", 3))
    seen = foresee(graph, infer(graph, DATA), edit, ("n2",))
    assert list(seen.graph.nodes) == ["d"]
    assert seen.altered == {"d"}
    assert seen.reshaped == {"d": (flat(4), flat(3))}
