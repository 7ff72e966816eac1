"""Plans: fusing, packing, threads and chunks change nothing but speed; gradients are right."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from nnstudio.core.random import stream
from nnstudio.engine.fusion import fuse
from nnstudio.engine.gradient_check import check_gradients
from nnstudio.engine.optimisers import State, chain
from nnstudio.engine.plan import Network, Plan, ScorePlan, TrainPlan, choose_threads
from nnstudio.engine.rules import Adam
from nnstudio.graph.model import Edge, Graph, make_node
from nnstudio.graph.types import DataSignature, flat, maps
from nnstudio.kernels.team import Team
from tests.nets import chained, classes_signature, lenet, mlp, network

IMAGES = classes_signature(maps(8, 8, 1), 10)


def _samples(
    signature: DataSignature, count: int, dtype: str = "f4"
) -> tuple[np.ndarray, np.ndarray]:
    draw = stream(5, "samples")
    x = draw.normal(0, 1, (count, *signature.input.shape)).astype(dtype)
    return x, draw.integers(0, signature.target.size, count)


def branching() -> Graph:
    """A network in which outputs feed several layers: add, concat, pooling, batch norm, dropout."""
    nodes = [
        make_node("input", "input1"),
        make_node("conv2d", "conv1", filters=5, kernel=(3, 3), activation="linear"),
        make_node("batch_norm", "bn1"),
        make_node("tanh", "tanh1"),
        make_node("conv2d", "conv2", filters=5, kernel=(3, 3), activation="sigmoid"),
        make_node("add", "add1"),
        make_node("avg_pool", "pool1"),
        make_node("conv2d", "conv3", filters=3, kernel=(1, 1), activation="elu"),
        make_node("concat", "concat1"),
        make_node("flatten", "flatten1"),
        make_node("dropout", "drop1", rate=0.25),
        make_node("dense", "dense1", units=10),
        make_node("softmax_cross_entropy", "loss1"),
    ]
    links = [
        ("input1", "conv1"), ("conv1", "bn1"), ("bn1", "tanh1"), ("tanh1", "conv2"),
        ("conv2", "add1"), ("tanh1", "add1"), ("add1", "pool1"), ("pool1", "conv3"),
        ("conv3", "concat1"), ("pool1", "concat1"), ("concat1", "flatten1"),
        ("flatten1", "drop1"), ("drop1", "dense1"), ("dense1", "loss1"),
    ]  # fmt: skip
    table = {node.id: node for node in nodes}
    edges = tuple(Edge.between(f"{a}.y", f"{b}.{table[b].layer.inputs[0].name}") for a, b in links)
    return Graph(table, edges)


@pytest.mark.parametrize("build", [lenet, branching])
def test_gradients_of_whole_networks_equal_numeric_ones(build: type) -> None:
    net = network(build(), IMAGES, dtype="f8")
    report = check_gradients(net, *_samples(IMAGES, 4, "f8"))
    assert report.checked > 100
    assert report.good, report.worst


def test_a_wrong_gradient_is_noticed() -> None:
    net = network(mlp(), classes_signature(flat(4), 3), dtype="f8")
    x, y = _samples(net.signature, 4, "f8")
    report = check_gradients(net, x, y)
    assert report.good
    assert set(report.errors) == {f"dense{i}/{name}" for i in (1, 2) for name in ("weight", "bias")}
    assert set(check_gradients(net, x, y, "dense1").errors) == {"dense1/weight", "dense1/bias"}


def _trained(net: Network, steps: int, threads: int, chunk: int) -> dict[str, np.ndarray]:
    """Train for some steps, so many a call."""
    net.weights.initialise(7)
    net.weights.state[...] = 0
    x, y = _samples(net.signature, 48)
    state = State(len(net.weights.values), "f4")
    plan = TrainPlan(net, 16, 32, threads, chain(Adam()), state)
    plan.bind(x, y)
    plan.tables.rates[:] = 0.01
    rows = stream(1, "rows").integers(0, 48, steps * 16)
    with Team(threads) as team:
        for first in range(0, steps, chunk):
            last = min(first + chunk, steps)
            assert plan.run(team, rows[first * 16 : last * 16], first) == last - first
    return net.weights.arrays()


@pytest.mark.parametrize("threads", [1, 2])
def test_same_seed_gives_the_same_weights_bit_for_bit_however_steps_are_divided(
    threads: int,
) -> None:
    net = network(branching(), IMAGES)
    whole = _trained(net, 12, threads, 12)
    parts = _trained(net, 12, threads, 5)
    assert all(np.array_equal(whole[key], parts[key]) for key in whole)


def test_two_threads_give_the_weights_of_one_but_for_rounding() -> None:
    net = network(lenet(), IMAGES)
    one, two = _trained(net, 5, 1, 5), _trained(net, 5, 2, 5)
    for key, array in one.items():
        np.testing.assert_allclose(two[key], array, rtol=1e-3, atol=1e-5)


def test_fusing_an_activation_changes_nothing() -> None:
    graph = chained(
        make_node("dense", "dense1", units=9, activation="linear"),
        make_node("relu", "relu1"),
        make_node("dense", "dense2", units=3),
    )
    assert set(fuse(graph).graph.nodes) == set(graph.nodes) - {"relu1"}
    assert fuse(graph).giver("relu1") == "dense1"
    assert fuse(graph, frozenset({"dense1"})).graph == graph
    net = network(graph, classes_signature(flat(4), 3))
    x, y = _samples(net.signature, 8)
    scores = []
    for keep in (frozenset[str](), frozenset({"dense1"})):
        plan = ScorePlan(net, 8, 1, 1, keep=keep)
        plan.bind(x, y)
        with Team(1) as team:
            plan.run(team, np.arange(8))
        scores.append(plan.scores.copy())
    assert np.array_equal(scores[0], scores[1])


def test_kept_outputs_equal_numpy() -> None:
    net = network(mlp(), classes_signature(flat(4), 3))
    x, y = _samples(net.signature, 8)
    plan = ScorePlan(net, 8, 1, 1, keep=frozenset({"dense1"}))
    plan.bind(x, y)
    with Team(1) as team:
        plan.run(team, np.arange(8))
    w = net.weights.arrays()
    hidden = np.maximum(x @ w["dense1/weight"] + w["dense1/bias"], 0)
    np.testing.assert_allclose(plan.read("dense1"), hidden, rtol=1e-5, atol=1e-6)
    scores = hidden @ w["dense2/weight"] + w["dense2/bias"]
    np.testing.assert_allclose(plan.scores, scores, rtol=1e-5, atol=1e-6)
    shifted = scores - scores.max(1, keepdims=True)
    losses = np.log(np.exp(shifted).sum(1)) - shifted[np.arange(8), y]
    np.testing.assert_allclose(plan.losses[:, 0], losses, rtol=1e-5, atol=1e-6)


def test_packing_lets_buffers_share_memory() -> None:
    plan = TrainPlan(network(lenet(), IMAGES), 16, 4, 1, [], State(0, "f4"))
    apart = sum(one.memory_size * one.item_size("f4") for one in plan.program.buffers)
    assert plan.arena.size < 0.8 * apart


def test_a_loss_that_is_not_finite_halts_and_keeps_the_weights() -> None:
    signature = classes_signature(flat(4), 3)
    kept = []
    for steps, done in ((4, 3), (2, 2)):  # the third of four steps overflows
        net = network(mlp(), signature)
        x, y = _samples(signature, 32)
        x[20] = np.inf
        plan = TrainPlan(net, 8, 8, 1, chain(Adam()), State(len(net.weights.values), "f4"))
        plan.bind(x, y)
        plan.tables.rates[:] = 0.01
        with Team(1) as team:
            assert plan.run(team, np.arange(8 * steps)) == done
        assert plan.linked.halted == (done < steps)
        kept.append(net.weights.values.copy())
    assert np.array_equal(*kept)


def test_small_networks_run_on_one_thread() -> None:
    assert choose_threads(0, 1_000, 32, 2) == 1
    assert choose_threads(0, 1_000_000, 32, 2) == 2
    assert choose_threads(2, 1_000, 32, 2) == 2
    assert choose_threads(64, 1_000, 32, 2) == 2


def test_every_plan_begins_with_its_samples() -> None:
    plan: Plan = ScorePlan(network(mlp(), classes_signature(flat(4), 3)), 2, 1, 1)
    assert plan.program.ops[0].label == "gather_samples"


def test_precise_convolutions_avoid_the_detour_and_differ_only_in_rounding() -> None:
    graph = chained(
        make_node("conv2d", "conv1", filters=16, kernel=(3, 3), activation="relu"),
        make_node("conv2d", "conv2", filters=16, kernel=(3, 3), activation="relu"),
        make_node("global_avg_pool", "gap"),
        make_node("dense", "dense1", units=10),
    )
    quick = network(graph, classes_signature(maps(12, 12, 8), 10))
    scores, homes = [], []
    for net in (quick, dataclasses.replace(quick, precise=True)):
        x, y = _samples(net.signature, 8)
        plan = ScorePlan(net, 8, 1, 1)
        plan.bind(x, y)
        with Team(1) as team:
            plan.run(team, np.arange(8))
        scores.append(plan.scores.copy())
        homes.append({op.kernel.function.__module__ for op in plan.program.ops})
    assert any("winograd" in home for home in homes[0])
    assert not any("winograd" in home for home in homes[1])
    np.testing.assert_allclose(scores[0], scores[1], rtol=1e-3, atol=1e-5)
