"""Fusion: which layers do the work of their followers, and that nothing else changes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from nnstudio.core.random import stream
from nnstudio.engine.fusion import fuse
from nnstudio.engine.gradient_check import check_gradients
from nnstudio.engine.optimisers import State
from nnstudio.engine.passes import Passes
from nnstudio.engine.plan import ScorePlan, TrainPlan
from nnstudio.graph.model import Edge, Graph, make_node
from nnstudio.graph.types import maps
from nnstudio.kernels.team import Team
from tests.nets import classes_signature, network

IMAGES = classes_signature(maps(6, 5, 2), 3)
SHORTCUTS = ("start", "norm", "same", "three")


def residual(shortcut: str = "start", *, relu: bool = True) -> Graph:
    """A residual block: batch norm, a shortcut of some kind is added, then ReLU."""
    nodes = [
        make_node("input", "input1"),
        make_node("conv2d", "conv1", filters=5, kernel=(3, 3), padding="same", activation="tanh"),
        make_node("conv2d", "conv2", filters=5, kernel=(3, 3), padding="same", activation="linear"),
        make_node("batch_norm", "bn1"),
        make_node("batch_norm", "bn2"),
        make_node("add", "add1"),
        *([make_node("relu", "relu1")] if relu else []),
        make_node("flatten", "flatten1"),
        make_node("dense", "dense1", units=3),
        make_node("softmax_cross_entropy", "loss1"),
    ]
    branches = {
        "start": [("bn1", "add1"), ("conv1", "add1"), ("conv1", "bn2")],
        "norm": [("bn2", "add1"), ("bn1", "add1"), ("conv1", "bn2")],
        "same": [("conv2", "add1"), ("bn1", "add1"), ("conv1", "bn2")],
        "three": [("conv1", "add1"), ("bn1", "add1"), ("conv2", "add1"), ("conv1", "bn2")],
    }[shortcut]
    links = [("input1", "conv1"), ("conv1", "conv2"), ("conv2", "bn1"), *branches]
    tail = ["add1", *(["relu1"] if relu else []), "flatten1", "dense1", "loss1"]
    links += list(itertools.pairwise(tail))
    table = {node.id: node for node in nodes}
    if shortcut != "norm":
        del table["bn2"]
        links.remove(("conv1", "bn2"))
    edges = [Edge.between(f"{a}.y", f"{b}.{table[b].layer.inputs[0].name}") for a, b in links]
    return Graph(table, tuple(edges))


def test_batch_norm_does_the_work_of_the_sum_and_relu_behind_it() -> None:
    found = fuse(residual())
    assert set(residual().nodes) - set(found.graph.nodes) == {"add1", "relu1"}
    assert found.giver("add1") == found.giver("relu1") == found.giver("bn1") == "bn1"
    sources = [edge.src.node for edge in found.graph.incoming("bn1")]
    assert sources == ["conv2", "conv1"]  # what is normalised comes first


def test_of_two_batch_norms_one_does_the_work() -> None:
    assert {"bn1", "bn2"} < set(fuse(residual("norm")).graph.nodes)
    assert "add1" not in fuse(residual("norm")).graph.nodes


def test_a_sum_of_three_only_absorbs_its_relu() -> None:
    found = fuse(residual("three"))
    assert "bn1" in found.graph.nodes
    assert found.alias == {"relu1": "add1"}


@pytest.mark.parametrize(
    ("watched", "gone"), [("bn1", {"relu1"}), ("add1", {"add1"}), ("relu1", {"add1", "relu1"})]
)
def test_what_somebody_watches_keeps_its_own_output(watched: str, gone: set[str]) -> None:
    found = fuse(residual(), frozenset({watched}))
    assert set(found.alias) == gone


def test_each_kind_of_fusion_can_be_switched_off() -> None:
    assert fuse(residual(), passes=Passes(norms=False)).alias == {"relu1": "add1"}
    assert fuse(residual(), passes=Passes(norms=False, sums=False)).alias == {}
    assert fuse(residual(), passes=Passes(fuse=False)).alias == {"add1": "bn1"}


@pytest.mark.parametrize("relu", [True, False])
@pytest.mark.parametrize("shortcut", SHORTCUTS)
def test_gradients_of_residual_blocks_equal_numeric_ones(shortcut: str, relu: bool) -> None:
    net = network(residual(shortcut, relu=relu), IMAGES, dtype="f8")
    draw = stream(6, "samples")
    report = check_gradients(net, draw.normal(0, 1, (4, 6, 5, 2)), draw.integers(0, 3, 4))
    assert report.good, report.worst


@pytest.mark.parametrize("shortcut", SHORTCUTS)
def test_scores_are_the_same_whoever_watches(shortcut: str) -> None:
    net = network(residual(shortcut), IMAGES)
    net.weights.state[:] = stream(7, "state").uniform(0.5, 1.5, len(net.weights.state))
    x = stream(6, "samples").normal(0, 1, (4, 6, 5, 2)).astype(np.float32)
    scores = []
    for keep in (frozenset[str](), frozenset({"bn1", "add1"})):
        plan = ScorePlan(net, 4, 1, 1, losses=False, keep=keep)
        plan.bind(x, None)
        with Team(1) as team:
            plan.run(team, np.arange(4))
        scores.append(plan.scores.copy())
    np.testing.assert_allclose(scores[0], scores[1], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("shortcut", ["start", "same"])
def test_a_bias_that_batch_norm_takes_away_gets_no_gradient(shortcut: str) -> None:
    x = stream(6, "samples").normal(0, 1, (4, 6, 5, 2)).astype(np.float32)
    found = []
    for passes in (Passes(), Passes(biases=False)):
        net = network(residual(shortcut), IMAGES)
        plan = TrainPlan(net, 4, 1, 1, [], State(0, "f4"), passes=passes)
        plan.bind(x, np.arange(4) % 3)
        with Team(1) as team:
            plan.run(team, np.arange(4))
        found.append(net.weights.gradient_arrays()["conv2/bias"])
    alone = shortcut == "start"  # else the sum reads it too, and the bias matters
    assert (np.abs(found[0]).max() == 0) == alone
    assert (np.abs(found[1]).max() < 1e-6) == alone
    assert np.abs(found[1]).max() > 0
