"""Many edits at once change a graph exactly as they do one by one."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from nnstudio.core.errors import StudioError
from nnstudio.graph import compose
from nnstudio.graph.edits import Edit, Group, Move
from nnstudio.graph.model import Graph
from tests.graph.small import chain, edits, graphs

NOTHING = Move({})


def one_by_one(graph: Graph, steps: list[Edit]) -> tuple[Graph, list[Edit]] | None:
    inverses = []
    for step in steps:
        try:
            graph, inverse = step.apply(graph)
        except StudioError:
            return None
        inverses.append(inverse)
    return graph, inverses


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_large_group_is_its_edits_one_by_one(data):
    graph = data.draw(graphs(depth=0))
    steps = data.draw(st.lists(edits(graph, depth=1), min_size=1, max_size=6))
    fitting: list[Edit] = []
    for step in steps:
        if one_by_one(graph, [*fitting, step]) is not None:
            fitting.append(step)
    expected = one_by_one(graph, fitting)
    assert expected is not None
    for many in (fitting + [NOTHING] * 20, [*fitting, *fitting, *[NOTHING] * 20]):
        try:
            made, inverse = Group("Many", tuple(many)).apply(graph)
        except StudioError:
            assert one_by_one(graph, many) is None
            continue
        alone = one_by_one(graph, many)
        assert alone is not None
        assert made == alone[0]
        assert isinstance(inverse, Group)
        assert list(inverse.edits) == alone[1][::-1]
        assert inverse.apply(made)[0] == graph


def test_a_paste_its_undo_and_redo_are_exact():
    graph = chain(*[("t.relu", {})] * 40)
    paste = compose.paste(compose.copy_nodes(graph, graph.nodes), graph)
    assert isinstance(paste, Group)
    pasted, undo = paste.apply(graph)
    alone = one_by_one(graph, list(paste.edits))
    assert alone is not None
    assert pasted == alone[0]
    assert len(pasted.nodes) == 2 * len(graph.nodes)
    back, redo = undo.apply(pasted)
    assert back == graph
    assert redo.apply(back)[0] == pasted
    assert list(redo.apply(back)[0].nodes) == list(pasted.nodes)


def test_links_of_what_was_there_are_taken_back_too():
    graph = chain(*[("t.relu", {})] * 20)
    gone = compose.delete_nodes(graph, [f"n{i}" for i in range(1, 20)], bridge=True)
    left, inverse = gone.apply(graph)
    assert len(left.nodes) == 2
    assert inverse.apply(left)[0] == graph
