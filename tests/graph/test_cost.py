"""Costs add up, and receptive fields are what one finds by changing pixels one by one."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from nnstudio.graph.cost import node_cost, receptive_fields, total_cost
from nnstudio.graph.infer import infer
from nnstudio.graph.model import Edge, Graph, PortRef, make_node
from nnstudio.graph.types import ClassTarget, DataSignature, maps
from tests.graph.small import DATA, chain

SIZE = 64
LARGE = DataSignature(maps(SIZE, SIZE, 1), ClassTarget(("a", "b")))


def seen_by_brute_force(graph, inference):
    """Along one axis, carry along which pixels each output sees; give the widest span a node."""
    seen = {}
    for key in graph.order:
        node = graph.nodes[key]
        before = [seen[edge.src.node] for edge in graph.incoming(key)]
        if node.kind == "input":
            seen[key] = np.eye(SIZE, dtype=bool)
        elif node.kind == "t.conv":
            seen[key] = _through(before[0], node.params, inference.output(node).shape[0])
        else:
            seen[key] = np.logical_or.reduce(before)
    return {key: int(_extent(one)) for key, one in seen.items()}


def _through(before, p, length):
    reach = (p.kernel - 1) * p.dilation + 1
    total = max(0, (length - 1) * p.stride + reach - len(before))
    left = total // 2 if p.padding in ("same", "valid") else p.padding
    out = np.zeros((length, SIZE), dtype=bool)
    for o in range(length):
        for k in range(p.kernel):
            at = o * p.stride + k * p.dilation - left
            if 0 <= at < len(before):
                out[o] |= before[at]
    return out


def _extent(rows):
    """The widest span from the first to the last pixel that an output sees."""
    spans = [np.flatnonzero(row) for row in rows]
    return max(span[-1] - span[0] + 1 for span in spans if len(span))


@st.composite
def nets(draw):
    """Give chains and branches of windows."""
    graph = Graph({"in": make_node("input", "in")})
    ends = ["in"]
    for number in range(draw(st.integers(1, 5))):
        key = f"n{number}"
        if len(ends) > 2 and draw(st.booleans()):
            pair = draw(st.lists(st.sampled_from(ends), min_size=2, max_size=3, unique=True))
            node, sources = make_node("t.add", key), pair
        else:
            padding = draw(st.sampled_from(["same", "same", 0, 1, 2]))
            node = make_node(
                "t.conv",
                key,
                filters=1,
                kernel=draw(st.integers(1, 4)),
                stride=draw(st.sampled_from([1, 1, 2])),
                dilation=draw(st.integers(1, 2)),
                padding=padding,
            )
            sources = [draw(st.sampled_from(ends))]
        edges = tuple(Edge(PortRef(one, "y"), PortRef(key, "x")) for one in sources)
        graph = Graph({**graph.nodes, key: node}, (*graph.edges, *edges))
        ends.append(key)
    return graph


@settings(max_examples=200, deadline=None)
@given(nets())
def test_receptive_fields_match_brute_force(graph):
    inference = infer(graph, LARGE)
    known = set(inference.inputs) & {ref.node for ref in inference.types}
    keep = {key: node for key, node in graph.nodes.items() if key in known}
    graph = Graph(keep, tuple(e for e in graph.edges if e.dst.node in keep))
    inference = infer(graph, LARGE)
    brute = seen_by_brute_force(graph, inference)
    fields = receptive_fields(graph, inference)
    assume(brute)
    for key, extent in brute.items():
        height, width = fields[key]
        assert height == width
        whole = inference.output(graph.nodes[key]).shape[0]
        # on a small map no output stands far enough from both edges to see its whole field
        assert extent == height or (extent < height and _cramped(height, whole))


def _cramped(field, outputs):
    return field > SIZE // 3 or outputs < 12


def test_deep_chains_follow_the_formula():
    for layers in range(1, 4):
        graph = chain(*[("t.conv", {"kernel": 3})] * layers)
        assert receptive_fields(graph, infer(graph, DATA))[f"n{layers}"] == (1 + 2 * layers,) * 2


def test_dense_sees_everything_and_flatten_does_not():
    graph = chain(("t.conv", {}), ("t.flatten", {}), ("t.dense", {}), ("t.relu", {}))
    fields = receptive_fields(graph, infer(graph, DATA))
    assert fields == {"in": (1, 1), "n1": (3, 3), "n2": (3, 3), "n3": (8, 8), "n4": (8, 8)}


def test_costs_add_up_and_unknown_ones_are_left_out():
    graph = chain(("t.conv", {"filters": 6, "kernel": 5}), ("t.flatten", {}), ("t.dense", {}))
    inference = infer(graph, DATA)
    conv, dense = (node_cost(graph.nodes[key], inference) for key in ("n1", "n3"))
    assert (conv.parameters, conv.macs) == (156, 25 * 384)
    assert dense.parameters == 385 * 4
    total = total_cost(graph, inference)
    assert (total.parameters, total.macs) == (156 + 1540, 25 * 384 + 1536)
    assert total.activations == 64 + 384 + 384 + 4
    assert total.training_bytes(2, states=1) == 4 * (4 * total.activations + 3 * total.parameters)
    broken = chain(("t.conv", {"filters": 6, "kernel": 5}), ("t.dense", {}))
    inference = infer(broken, DATA)
    assert node_cost(broken.nodes["n2"], inference) is None
    assert total_cost(broken, inference).parameters == 156
