"""Parameters are reached by dotted paths; a slip is answered with what was meant."""

from __future__ import annotations

import pytest

from nnstudio.core.errors import StudioError
from nnstudio.graph.model import Block, Graph, Node, PortRef, make_node
from nnstudio.graph.paths import get_value, set_edit
from tests.graph.small import graph_of


def net():
    graph = graph_of({"in": ("input", {}), "n1": ("t.conv", {}), "n2": ("t.dense", {})}, "in-n1")
    return graph.with_node(make_node("t.conv", "n1", name="conv 1.a"))


@pytest.mark.parametrize(
    ("assignment", "path", "value"),
    [
        ("n1.filters=8", "conv 1.a.filters", 8),
        ("conv 1.a.padding=valid", "n1.padding", "valid"),
        ('n1.padding="same"', "n1.padding", "same"),
        ("n1.padding = 2", "n1.padding", 2),
        ("n2.rate=1e-1", "n2.rate", 0.1),
    ],
)
def test_values_are_set_and_read_by_path(assignment, path, value):
    graph, _ = set_edit(net(), assignment).apply(net())
    assert get_value(graph, path) == value


@pytest.mark.parametrize(
    ("assignment", "said"),
    [
        ("n1.filtres=8", "'conv 1.a' (Conv) has no parameter 'filtres'. Did you mean 'filters'?"),
        ("conv1.a.units=8", "There is no node 'conv1.a'. Did you mean 'conv 1.a'?"),
        ("zz.units=8", "There is no node 'zz'. There are 'in', 'conv 1.a' and 'n2'."),
        ("n2.q=8", "'n2' (Dense) has no parameter 'q'. There are 'units' and 'rate'."),
        ("filters=8", "'filters' names no parameter; write it as node.parameter."),
        ("n1.filters", "'n1.filters' sets nothing; write it as node.parameter=value."),
        ("n1.filters=many", "The filters of Conv does not fit"),
        ("n1.filters=", "The filters of Conv does not fit"),
        ("n2.rate=NaN", "The rate of Dense does not fit"),
        ("=", "'' names no parameter"),
    ],
)
def test_what_cannot_be_meant_is_refused(assignment, said):
    with pytest.raises(StudioError) as caught:
        set_edit(net(), assignment)
    assert said in caught.value.sentence


def test_a_blocks_parameters_have_paths_too():
    inside = Graph({"c": make_node("t.conv", "c")})
    block = Block(
        inside,
        {"x": (PortRef("c", "x"),)},
        {"y": PortRef("c", "y")},
        {"kernel": (("c", "kernel"),)},
    )
    graph = Graph({"b": Node("b", "block", make_node("block", "b").params, block=block)})
    changed, _ = set_edit(graph, "b.kernel=5").apply(graph)
    assert get_value(changed, "b.kernel") == 5
    assert get_value(changed, "b.repeat") == 1
    assert get_value(graph, "b.kernel") is None
