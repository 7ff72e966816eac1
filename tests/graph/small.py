"""Tiny layers, graphs and hypothesis strategies for the tests of the graph."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

from hypothesis import strategies as st
from pydantic import Field

from nnstudio.graph.edits import (
    AddNode,
    Group,
    Link,
    Move,
    RemoveNode,
    Rename,
    ReplaceNode,
    SetParam,
    Unlink,
)
from nnstudio.graph.layer import (
    Cost,
    InsertBefore,
    Layer,
    LayerDoc,
    LayerParams,
    Mismatch,
    Port,
    ReplaceWith,
    SetOwn,
    SetWidth,
    Window,
)
from nnstudio.graph.model import Block, Edge, Graph, Node, PortRef, make_node
from nnstudio.graph.types import SCALAR, ClassTarget, DataSignature, flat, maps

DOC = LayerDoc("A layer of the tests.", "In tests.")
DATA = DataSignature(maps(8, 8, 1), ClassTarget(("a", "b", "c")))


class Input(Layer):
    kind, title, category, prefix, doc = "input", "Input", "data", "input", DOC
    inputs = ()

    def infer_source(self, p, data):
        if data is None:
            raise Mismatch("There is no data set yet.")
        return data.input


class DenseParams(LayerParams):
    units: int = Field(4, ge=1, le=1000)
    rate: float = Field(0.5, ge=0, le=1)


class Dense(Layer):
    kind, title, category, prefix, doc = "t.dense", "Dense", "linear", "dense", DOC
    params = DenseParams
    width_param = "units"

    def infer(self, p, inputs):
        if not inputs[0].is_flat:
            raise Mismatch(
                f"Dense needs a flat input; {inputs[0]} arrives.",
                InsertBefore("t.flatten", "Insert Flatten"),
                InsertBefore("t.nowhere", "Insert what there is not"),
                ReplaceWith("t.conv", "Make it Conv", {"filters": p.units}),
                SetOwn("units", p.units + 1, "Does not help"),
                port="x",
            )
        return flat(p.units)

    def cost(self, p, inputs, output):
        return Cost((inputs[0].size + 1) * p.units, inputs[0].size * p.units)


class ConvParams(LayerParams):
    filters: int = Field(2, ge=1, le=1000)
    kernel: int = Field(3, ge=1, le=9)
    stride: int = Field(1, ge=1, le=4)
    dilation: int = Field(1, ge=1, le=3)
    padding: Literal["valid", "same"] | int = "same"


class Conv(Layer):
    kind, title, category, prefix, doc = "t.conv", "Conv", "linear", "conv", DOC
    params = ConvParams
    width_param = "filters"

    def infer(self, p, inputs):
        x = inputs[0]
        if not x.is_map:
            raise Mismatch(f"Conv needs a map; {x} arrives.", port="x")
        return maps(self.size(p, x.shape[0]), self.size(p, x.shape[1]), p.filters)

    def size(self, p, length):
        if p.padding == "same":
            return -(-length // p.stride)
        reach = (p.kernel - 1) * p.dilation + 1
        span = length + 2 * (0 if p.padding == "valid" else p.padding) - reach
        if span < 0 or span % p.stride:
            raise Mismatch(
                f"The stride does not fit: {span} / {p.stride}.",
                SetOwn("padding", "same", "Set padding to same"),
                SetOwn("stride", 1, "Set stride to 1"),
                SetOwn("stride", 99, "Out of range"),
            )
        return span // p.stride + 1

    def cost(self, p, inputs, output):
        fan_in = p.kernel**2 * inputs[0].shape[2]
        return Cost((fan_in + 1) * p.filters, fan_in * output.size)

    def window(self, p):
        return Window((p.kernel,) * 2, (p.stride,) * 2, (p.dilation,) * 2)


class Flatten(Layer):
    kind, title, category, prefix, doc = "t.flatten", "Flatten", "shape", "flatten", DOC

    def infer(self, p, inputs):
        return flat(inputs[0].size)


class Relu(Layer):
    kind, title, category, prefix, doc = "t.relu", "ReLU", "non-linear", "relu", DOC


class Add(Layer):
    kind, title, category, prefix, doc = "t.add", "Add", "merge", "add", DOC
    inputs = (Port("x", many=True),)

    def infer(self, p, inputs):
        for index, one in enumerate(inputs):
            if one.shape != inputs[0].shape:
                raise Mismatch(
                    f"Add needs equal shapes: {inputs[0]} and {one}.",
                    SetWidth(inputs[0].shape[-1], "Set width"),
                    port="x",
                    index=index,
                )
        return inputs[0]


class Mix(Layer):
    """Two inputs of one link each."""

    kind, title, category, prefix, doc = "t.mix", "Mix", "merge", "mix", DOC
    inputs = (Port("a"), Port("b"))

    def infer(self, p, inputs):
        if inputs[0] != inputs[1]:
            raise Mismatch(f"Mix needs equal types: {inputs[0]} and {inputs[1]}.", port="b")
        return inputs[0]


class Broken(Layer):
    """A layer with a mistake in it."""

    kind, title, category, prefix, doc = "t.broken", "Broken", "shape", "broken", DOC

    def infer(self, p, inputs):
        return flat(inputs[7].size // 0)


class Loss(Layer):
    kind, title, category, prefix, doc = "t.loss", "Loss", "loss", "loss", DOC
    outputs = ()

    def infer(self, p, inputs):
        if not inputs[0].is_flat:
            raise Mismatch(f"Loss needs scores; {inputs[0]} arrives.", port="x")
        return SCALAR

    def check_target(self, p, inputs, target):
        if inputs[0].size != target.size:
            raise Mismatch(
                f"{inputs[0].size} scores arrive; the data set has {target.size} classes.",
                SetWidth(target.size, f"Set units to {target.size}"),
                port="x",
            )


class SoftmaxLoss(Loss):
    """Stands for the loss that repairs add."""

    kind = "softmax_cross_entropy"


LAYERS = (Input, Dense, Conv, Flatten, Relu, Add, Mix, Broken, Loss, SoftmaxLoss)
KINDS = tuple(layer.kind for layer in LAYERS)


def graph_of(nodes: dict[str, tuple[str, dict]], links: str) -> Graph:
    """Make a graph from nodes and links such as "in-conv conv-mix.b"."""
    made = {key: make_node(kind, key, **params) for key, (kind, params) in nodes.items()}
    edges = []
    for text in links.split():
        src, dst = text.split("-")
        node, _, port = dst.partition(".")
        edges.append(Edge(PortRef(src, "y"), PortRef(node, port or "x")))
    return Graph(made, tuple(edges))


def chain(*steps: tuple[str, dict]) -> Graph:
    """Make a chain of an Input and then kinds with parameters: n1, n2 and so on."""
    nodes = {"in": ("input", {})} | {f"n{i}": step for i, step in enumerate(steps, 1)}
    names = list(nodes)
    return graph_of(nodes, " ".join(f"{a}-{b}" for a, b in pairwise(names)))


# strategies

ids = st.sampled_from([f"n{i}" for i in range(8)] + ["block.2/conv", "ä b"])
ports = st.sampled_from(["x", "x", "x", "y", "a", "b", "gone"])
outs = st.sampled_from(["y", "y", "y", "y", "gone"])
kinds = st.sampled_from([*KINDS, "foreign"])
names = st.text(min_size=1, max_size=6).filter(
    lambda t: t.strip() and len(t.splitlines()) == 1 and t.isprintable()
)
places = st.tuples(*[st.floats(-1e4, 1e4, allow_nan=False)] * 2)
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@st.composite
def params(draw, kind):
    """Give parameters that fit."""
    if kind == "t.dense":
        return {"units": draw(st.integers(1, 6)), "rate": draw(st.floats(0, 1))}
    if kind == "t.conv":
        padding = draw(st.sampled_from(["valid", "same", 0, 1, 2]))
        sizes = {
            "kernel": draw(st.integers(1, 5)),
            "stride": draw(st.integers(1, 3)),
            "dilation": draw(st.integers(1, 2)),
        }
        return {"filters": draw(st.integers(1, 3)), "padding": padding, **sizes}
    if kind == "foreign":
        keys = st.text("abc", min_size=1, max_size=3)
        return draw(st.dictionaries(keys, plain, max_size=3))
    return {}


@st.composite
def nodes(draw, node_id=ids, depth=1):
    key = draw(node_id)
    pos, name = draw(places), draw(names)
    if depth > 0 and draw(st.integers(0, 9)) == 0:
        return Node(key, "block", make_node("block", key).params, name, pos, draw(blocks(depth)))
    kind = draw(kinds)
    return make_node(kind, key, name, pos, **draw(params(kind)))


@st.composite
def graphs(draw, depth=1, size=8):
    """Give any graph: loops, islands, unknown layers, ports that are not there."""
    found = {node.id: node for node in draw(st.lists(nodes(depth=depth), max_size=size))}
    if not found:
        return Graph()
    keys = st.sampled_from(list(found))
    link = st.builds(lambda a, b, c, d: Edge(PortRef(a, b), PortRef(c, d)), keys, outs, keys, ports)
    return Graph(found, tuple(draw(st.lists(link, max_size=2 * size, unique=True))))


@st.composite
def blocks(draw, depth=1):
    """Give any block, whole or broken."""
    inner = draw(graphs(depth=depth - 1, size=4))
    ends = st.builds(PortRef, st.sampled_from([*inner.nodes, "gone"]), st.just("x"))
    starts = st.builds(PortRef, st.sampled_from([*inner.nodes, "gone"]), st.just("y"))
    refs = st.lists(ends, min_size=1, max_size=2).map(tuple)
    parameters = {"width": tuple((n.id, "units") for n in inner.nodes.values())[:1]}
    return Block(
        inner,
        draw(st.dictionaries(st.sampled_from(["x", "z"]), refs, max_size=2)),
        draw(st.dictionaries(st.sampled_from(["y", "q"]), starts, max_size=2)),
        parameters,
        draw(st.sampled_from([{}, {"width": 3}])),
        draw(st.sampled_from([1, 1, 2, 3])),
    )


@st.composite
def edits(draw, graph, depth=2):
    """Give an edit that often fits `graph`."""
    any_id = st.sampled_from([*graph.nodes, "n0", "none"])
    near = st.builds(lambda a, c, d: Edge(PortRef(a, "y"), PortRef(c, d)), any_id, any_id, ports)
    edge = st.sampled_from(graph.edges) | near if graph.edges else near
    index = st.none() | st.integers(0, 9)
    options = [
        st.builds(AddNode, nodes(), index),
        st.builds(RemoveNode, any_id),
        st.builds(Link, near, index),
        st.builds(Unlink, edge),
        st.builds(
            SetParam,
            any_id,
            st.sampled_from(["units", "padding", "stride", "rate", "repeat", "width", "none"]),
            st.sampled_from([1, 2, 3, "same", 0.25, None]),
        ),
        st.builds(Rename, any_id, names),
        st.builds(Move, st.dictionaries(any_id, places, max_size=3)),
        st.builds(ReplaceNode, nodes(any_id)),
    ]
    if depth:
        inner = st.lists(edits(graph, depth - 1), max_size=3).map(tuple)
        options.append(st.builds(Group, names, inner))
    return draw(st.one_of(options))
