"""The built-in blocks: shapes, costs, files, parameters by path, and gradients that are right."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from nnstudio.core.errors import StudioError
from nnstudio.core.random import stream
from nnstudio.engine.gradient_check import check_gradients
from nnstudio.graph.blocks import expand
from nnstudio.graph.cost import node_cost, total_cost
from nnstudio.graph.document import block_from_json, block_json
from nnstudio.graph.infer import infer
from nnstudio.graph.model import Block, Edge, Graph, make_node, setting_names
from nnstudio.graph.paths import get_value, set_edit
from nnstudio.graph.types import ClassTarget, DataSignature, TensorType, flat, maps
from nnstudio.project.file import open_project, save_project
from nnstudio.project.library.catalogue import BLOCKS, built_in, library_node
from nnstudio.project.library.inception import inception, inception_naive
from nnstudio.project.library.lean import depthwise_separable, fire, inverted_residual
from nnstudio.project.library.paths import dense_block, fractal, highway, transition
from nnstudio.project.library.plain import conv_bn_relu
from nnstudio.project.library.residual import (
    bottleneck,
    bottleneck_projection,
    preactivated,
    preactivated_projection,
    residual_identity,
    residual_projection,
    residual_zero_pad,
)
from nnstudio.project.library.sketch import block_node
from nnstudio.project.model import Project
from tests.nets import network

# name: what comes in, what comes out, trained numbers
SHAPES = {
    "conv-norm-relu": (maps(8, 8, 64), 9 * 3 * 64 + 128),
    "residual": (maps(8, 8, 64), 2 * (9 * 64 * 64 + 128)),
    "residual-projection": (maps(4, 4, 64), 9 * 32 * 64 + 9 * 64 * 64 + 32 * 64 + 3 * 128),
    "residual-zero-pad": (maps(4, 4, 32), 9 * 16 * 32 + 9 * 32 * 32 + 2 * 64),
    "bottleneck": (maps(8, 8, 256), 2 * 64 * 256 + 9 * 64 * 64 + 2 * 128 + 512),
    "bottleneck-projection": (
        maps(4, 4, 256), 128 * 64 + 9 * 64 * 64 + 64 * 256 + 128 * 256 + 2 * 128 + 2 * 512,
    ),
    "wide-residual": (maps(8, 8, 160), 2 * (9 * 160 * 160 + 320)),
    "wide-residual-projection": (
        maps(4, 4, 160), 9 * 80 * 160 + 9 * 160 * 160 + 80 * 160 + 160 + 320,
    ),
    "inception-naive": (maps(28, 28, 128 + 192 + 96 + 256), 1_089_536 + 416),
    "inception": (maps(28, 28, 128 + 192 + 96 + 64), 346_112 + 608),
    "depthwise-separable": (maps(8, 8, 64), 9 * 32 + 64 + 32 * 64 + 128),
    "inverted-residual": (maps(8, 8, 32), 2 * 32 * 192 + 9 * 192 + 2 * 384 + 64),
    "inverted-step": (maps(4, 4, 32), 24 * 144 + 9 * 144 + 144 * 32 + 2 * 288 + 64),
    "fire": (maps(8, 8, 128), 96 * 16 + 16 + 10 * 16 * 64 + 128),
    "dense-block": (
        maps(8, 8, 64 + 6 * 32),
        sum(2 * c + 128 * c + 256 + 9 * 128 * 32 for c in range(64, 256, 32)),
    ),
    "transition": (maps(4, 4, 128), 512 + 256 * 128),
    "highway": (flat(64), 2 * (64 * 64 + 64)),
    "fractal": (maps(8, 8, 64), 3 * 9 * 32 * 64 + 4 * 9 * 64 * 64 + 7 * 128),
}  # fmt: skip


def standing(name: str) -> Graph:
    """An input that suits the block, and the block."""
    built = built_in(name)
    node = library_node(name, Graph())
    source = make_node("input", "input1", shape=list(built.sample.shape))
    return Graph({"input1": source, node.id: node}, (Edge.between("input1.y", f"{node.id}.x"),))


def test_every_block_is_in_the_table() -> None:
    assert SHAPES.keys() == BLOCKS.keys()


@pytest.mark.parametrize("name", SHAPES)
def test_a_block_has_the_shape_and_weights_of_its_paper(name: str) -> None:
    graph = standing(name)
    inference, card = infer(graph), list(graph.nodes.values())[-1]
    assert all(problem.severity != "error" for problem in inference.problems)
    cost = node_cost(card, inference)
    assert cost is not None
    assert (inference.output(card), cost.parameters) == SHAPES[name]


@pytest.mark.parametrize("name", SHAPES)
def test_a_block_can_follow_itself_where_it_says_so(name: str) -> None:
    graph = standing(name)
    card = list(graph.nodes)[-1]
    graph, _ = set_edit(graph, f"{card}.repeat=2").apply(graph)
    fits = not any(one.severity == "error" for one in infer(graph).problems)
    assert fits or not BLOCKS[name].repeats


@pytest.mark.parametrize("name", SHAPES)
def test_each_outward_parameter_is_reached_by_path_and_survives_a_file(
    name: str, tmp_path: Path
) -> None:
    graph = standing(name)
    card = list(graph.nodes)[-1]
    for param in setting_names(graph.nodes[card]):
        value = get_value(graph, f"{card}.{param}")
        assert value is not None
        new = "valid" if param == "padding" else value / 2 if param == "dropout" else value + 1
        changed, inverse = set_edit(graph, f"{card}.{param}={new}").apply(graph)
        assert get_value(changed, f"{card}.{param}") == new
        assert inverse.apply(changed)[0] == graph
        save_project(Project("p", changed), tmp_path / "a.nns")
        assert open_project(tmp_path / "a.nns").graph == changed


def test_blocks_are_the_same_after_json() -> None:
    for built in BLOCKS.values():
        block = built.make()
        assert block_from_json(json.loads(json.dumps(block_json(block)))) == block
        assert block.title
        assert built.about.endswith(".")


def test_a_multiple_follows_its_parameter() -> None:
    graph = standing("bottleneck-projection")
    changed, _ = set_edit(graph, "bottleneck_projection1.filters=8").apply(graph)
    flat_graph = expand(changed)
    widths = {
        node.id.split("/")[1]: node.params.filters
        for node in flat_graph.nodes.values()
        if node.kind == "conv2d"
    }
    assert widths == {"conv1": 8, "conv2": 8, "conv3": 32, "shortcut": 32}
    assert infer(changed).output(changed.nodes["bottleneck_projection1"]) == maps(4, 4, 32)


def test_inception_costs_what_the_notes_say() -> None:
    """854 M and, with reductions, 358 M: CS231n 2017, lecture 9, on 28×28×256.

    The lecture's own seven lines add up to 271,351,808. Its 358 M are these and the 3×3
    convolution's 28·28·192·3·3·64 = 86,704,128 once more.
    """
    naive, lean = standing("inception-naive"), standing("inception")
    assert total_cost(naive, infer(naive)).macs == 854_196_224
    assert total_cost(lean, infer(lean)).macs == 271_351_808
    assert round((271_351_808 + 28 * 28 * 192 * 3 * 3 * 64) / 1e6) == 358


def test_a_depthwise_separable_convolution_costs_the_share_the_paper_says() -> None:
    """D_K·D_K·M·D_F·D_F + M·N·D_F·D_F, Howard et al. 2017, equation 5; norms not counted."""
    graph = standing("depthwise-separable")
    inside = infer(graph).inside["depthwise_separable1"]
    macs = {
        node.kind: node_cost(node, inside.inference).macs
        for node in inside.graph.nodes.values()
        if "conv" in node.kind
    }
    assert macs == {"depthwise_conv2d": 9 * 32 * 64, "conv2d": 32 * 64 * 64}
    assert sum(macs.values()) / (9 * 32 * 64 * 64) == pytest.approx(1 / 64 + 1 / 9)


SMALL: dict[str, tuple[Block, TensorType]] = {
    "conv-norm-relu": (conv_bn_relu(3), maps(4, 5, 2)),
    "residual": (residual_identity(3, repeat=2), maps(4, 4, 3)),
    "residual-projection": (residual_projection(4), maps(5, 4, 3)),
    "residual-zero-pad": (residual_zero_pad(4, 2), maps(5, 6, 2)),
    "bottleneck": (bottleneck(2), maps(4, 4, 8)),
    "bottleneck-projection": (bottleneck_projection(2), maps(4, 4, 3)),
    "wide-residual": (preactivated(3, dropout=0.0), maps(4, 4, 3)),
    "wide-residual-projection": (preactivated_projection(4, dropout=0.0), maps(4, 4, 3)),
    "inception-naive": (inception_naive(2, 3, 2), maps(5, 5, 3)),
    "inception": (inception(2, 2, 3, 1, 2, 2), maps(5, 5, 3)),
    "depthwise-separable": (depthwise_separable(4, 2), maps(5, 5, 3)),
    "inverted-residual": (inverted_residual(2, 3), maps(4, 4, 2)),
    "inverted-step": (BLOCKS["inverted-step"].make(), maps(2, 2, 2)),
    "fire": (fire(2, 3), maps(4, 4, 3)),
    "dense-block": (dense_block(2, 2), maps(4, 4, 3)),
    "transition": (transition(2), maps(4, 4, 4)),
    "highway": (highway(5, repeat=2), flat(5)),
    "fractal": (fractal(2), maps(4, 4, 2)),
}


@pytest.mark.parametrize("name", SMALL)
def test_the_gradients_of_a_block_are_right(name: str) -> None:
    block, sample = SMALL[name]
    graph = Graph()
    for node in (
        make_node("input", "input1"),
        block_node(block, "block1"),
        make_node("dense" if sample.is_flat else "global_avg_pool", "end"),
        make_node("dense", "scores", units=3),
        make_node("softmax_cross_entropy", "loss"),
    ):
        graph = graph.with_node(node)
    ids = list(graph.nodes)
    edges = (
        Edge.between(f"{a}.y", f"{b}.{graph.nodes[b].layer.inputs[0].name}")
        for a, b in pairwise(ids)
    )
    whole = expand(Graph(graph.nodes, tuple(edges)))
    net = network(whole, DataSignature(sample, ClassTarget(("a", "b", "c"))), dtype="f8")
    x = stream(5, name).normal(size=(4, *sample.shape))
    report = check_gradients(net, x, np.array([0, 1, 2, 0]))
    assert report.good, report.worst
    assert report.checked > 0


def test_every_block_has_its_gradients_checked() -> None:
    assert SMALL.keys() == BLOCKS.keys()


def test_cards_get_free_names() -> None:
    first = library_node("fire", Graph(), (40.0, 80.0))
    second = library_node("fire", Graph({first.id: first}))
    assert (first.id, first.pos, second.id) == ("fire1", (40.0, 80.0), "fire2")
    with pytest.raises(StudioError, match="There is no block 'fires'; did you mean 'fire'"):
        built_in("fires")
