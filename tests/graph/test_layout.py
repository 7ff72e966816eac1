"""The tidy layout: along the flow, nothing on top of anything, the same twice."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from nnstudio.graph.layout import CARD, tidy
from nnstudio.graph.loops import find_loops
from nnstudio.graph.model import Graph
from tests.graph.small import chain, graph_of, graphs

SIZE = st.tuples(st.floats(40, 300), st.floats(30, 200))


def placed(graph, **how):
    changed, inverse = tidy(graph, **how).apply(graph)
    assert inverse.apply(changed)[0] == graph
    return changed


def apart(a, b):
    return any(low[1] <= high[0] or high[1] <= low[0] for low, high in zip(a, b, strict=True))


def box(node, sizes):
    width, height = sizes.get(node.id, CARD)
    return (node.pos[0], node.pos[0] + width), (node.pos[1], node.pos[1] + height)


@settings(max_examples=120, deadline=None)
@given(graphs(size=10), st.data())
def test_cards_do_not_overlap_and_tidying_twice_moves_nothing(graph, data):
    sizes = {key: data.draw(SIZE) for key in graph.nodes if data.draw(st.booleans())}
    once = placed(graph, sizes=sizes)
    assert tidy(once, sizes=sizes).places == {}
    boxes = [box(node, sizes) for node in once.nodes.values()]
    for at, one in enumerate(boxes):
        assert all(apart(one, other) for other in boxes[at + 1 :])


@settings(max_examples=60, deadline=None)
@given(graphs(size=8))
def test_data_flows_to_the_right_where_there_is_room(graph):
    once = placed(graph, width=1e9)
    closing = {edge for _, edges in find_loops(graph) for edge in edges}
    for edge in set(graph.edges) - closing:
        assert once.nodes[edge.src.node].pos[0] < once.nodes[edge.dst.node].pos[0]


def test_a_long_chain_is_wrapped_into_rows():
    graph = placed(chain(*[("t.relu", {})] * 8), width=700)
    rows = {}
    for node in graph.nodes.values():
        rows.setdefault(node.pos[1], []).append(node.pos[0])
    assert [len(row) for row in rows.values()] == [4, 4, 1]
    assert all(row == sorted(row) and row[0] == 0 for row in rows.values())
    assert list(rows) == sorted(rows)


def test_crossings_are_sorted_out():
    graph = graph_of(
        {"in": ("input", {}), **{key: ("t.relu", {}) for key in "abcd"}, "add": ("t.add", {})},
        "in-a in-b b-c a-d c-add d-add",
    )
    at = {key: node.pos[1] for key, node in placed(graph).nodes.items()}
    assert (at["a"] < at["b"]) == (at["d"] < at["c"])


def test_a_shortcut_passes_beside_the_cards():
    graph = placed(
        graph_of(
            {"in": ("input", {}), "a": ("t.relu", {}), "b": ("t.relu", {}), "add": ("t.add", {})},
            "in-a a-b b-add in-add",
        )
    )
    assert graph.nodes["a"].pos[1] == graph.nodes["b"].pos[1]
    assert graph.nodes["in"].pos[1] == graph.nodes["add"].pos[1] > graph.nodes["a"].pos[1]


def test_the_corner_stays_and_an_empty_net_is_fine():
    graph = chain(("t.relu", {}))
    moved, _ = tidy(graph).apply(graph)
    assert moved.nodes["in"].pos == (0.0, 0.0)
    assert tidy(Graph()).places == {}
