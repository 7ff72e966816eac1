"""The layers beyond the first set work inside whole networks: halos, views, fusion and sums."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nnstudio.core.random import stream
from nnstudio.engine.gradient_check import check_gradients
from nnstudio.engine.look import LookPlan
from nnstudio.engine.rules import Sgd
from nnstudio.graph.infer import infer
from nnstudio.graph.model import Edge, Graph, Node, PortRef, make_node
from nnstudio.graph.types import DataSignature, TensorType, ValueTarget, flat, maps
from nnstudio.kernels.team import Team
from nnstudio.train.trainer import Trainer
from tests.nets import chained, classes_signature, job, network, prepared

IMAGES = classes_signature(maps(9, 8, 2), 3)
TABLE = classes_signature(flat(12), 3)


def _numbered(*layers: tuple[str, dict[str, Any]]) -> list[Node]:
    return [make_node(kind, f"{kind}{i}", **params) for i, (kind, params) in enumerate(layers)]


def _conv(**params: Any) -> tuple[str, dict[str, Any]]:
    return "conv2d", {"filters": 4, "kernel": (3, 3), "activation": "linear", **params}


END = (("flatten", {}), ("dense", {"units": 3}))
CHAINS: dict[str, tuple[DataSignature, list[tuple[str, dict[str, Any]]]]] = {
    "prelu between convolutions": (IMAGES, [_conv(), ("prelu", {}), _conv(), *END]),
    "smooth activations": (
        TABLE,
        [
            ("dense", {"units": 8}), ("gelu", {}), ("dense", {"units": 7}), ("silu", {}),
            ("dense", {"units": 6}), ("selu", {}), ("softplus", {}), ("dense", {"units": 3}),
        ],
    ),
    "maxout": (IMAGES, [_conv(), ("maxout", {}), ("flatten", {}), ("dense", {"units": 6}),
                        ("maxout", {})]),
    "layer norm": (IMAGES, [_conv(), ("layer_norm", {}), _conv(),
                            ("layer_norm", {"over": "sample"}), *END]),
    "local norm": (IMAGES, [_conv(), ("local_norm", {"alpha": 0.3}), _conv(), *END]),
    "noise": (TABLE, [("gaussian_noise", {}), ("drop_connect", {"units": 9, "activation": "tanh"}),
                      ("stochastic_depth", {}), ("dense", {"units": 3})]),
    "autoencoder's shapes": (
        TABLE,
        [
            ("dense", {"units": 24}), ("reshape", {"shape": (3, 4, 2)}), ("upsample", {}), _conv(),
            ("crop", {"top": 1, "right": 2}), ("permute", {}), _conv(filters=2), ("zero_pad",
             {"left": 1, "channels_after": 1}), *END,
        ],
    ),
    "transposed and depthwise": (
        IMAGES,
        [
            ("depthwise_conv2d", {"multiplier": 2, "activation": "tanh"}), _conv(),
            ("conv2d_transposed", {"filters": 3, "activation": "linear"}),
            ("depthwise_conv2d", {"stride": (2, 2), "activation": "linear"}), *END,
        ],
    ),
    "gaps and borders": (
        IMAGES,
        [
            _conv(dilation=(2, 1), padding_mode="reflect"), _conv(padding_mode="replicate"),
            _conv(activation="tanh", padding_mode="reflect"), _conv(dilation=(2, 2)),
            ("depthwise_conv2d", {"padding_mode": "replicate", "activation": "tanh"}),
            ("conv2d_transposed", {"filters": 2, "dilation": (2, 2), "activation": "linear"}), *END,
        ],
    ),
    "sequences": (
        TABLE,
        [
            ("reshape", {"shape": (6, 2)}), ("conv1d", {"filters": 4, "activation": "tanh"}),
            ("layer_norm", {}), ("prelu", {}), ("conv1d", {"filters": 2, "activation": "linear"}),
            *END,
        ],
    ),
    "filter and fractional pooling": (
        IMAGES, [_conv(), ("filter", {}), _conv(), ("fractional_max_pool", {}), *END],
    ),
    "arithmetic": (
        TABLE,
        [
            ("dense", {"units": 5}), ("scalar", {"operation": "power", "value": 2}),
            ("scalar", {"operation": "add", "value": 0.5}), ("scalar", {"operation": "log"}),
            ("dense", {"units": 3}),
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", list(CHAINS))
def test_gradients_of_a_chain_are_right(name: str) -> None:
    signature, layers = CHAINS[name]
    _check(chained(*_numbered(*layers)), signature)


def _check(graph: Graph, signature: DataSignature) -> None:
    found = infer(graph, signature)
    assert found.runnable, found.problems
    random = stream(3, "net")
    x = random.standard_normal((4, *signature.input.shape))
    size = signature.target.size
    values = isinstance(signature.target, ValueTarget)
    y = random.standard_normal((4, size)) if values else random.integers(0, size, 4)
    report = check_gradients(network(graph, signature, dtype="f8"), x, y)
    assert report.checked
    assert report.good, report.worst


@pytest.mark.parametrize("loss", ["mae", "huber"])
def test_losses_on_values(loss: str) -> None:
    target = ValueTarget(("a", "b"))
    graph = chained(make_node("dense", "dense1", units=2), loss=loss)
    _check(graph, DataSignature(flat(5), target))


def test_focal_loss_in_a_net() -> None:
    graph = chained(make_node("dense", "dense1", units=3), loss="focal")
    _check(graph, TABLE)


def _linked(*edges: tuple[str, str], nodes: list[Node]) -> Graph:
    return Graph({one.id: one for one in nodes}, tuple(Edge.between(a, b) for a, b in edges))


def test_a_gate_times_a_branch_minus_its_input() -> None:
    """y = sigmoid(a) · b − a: one output feeds three layers, and Subtract minds the order."""
    nodes = [
        make_node("input", "in"),
        make_node("dense", "a", units=3),
        make_node("sigmoid", "gate"),
        make_node("dense", "b", units=3),
        make_node("multiply", "mul"),
        make_node("subtract", "sub"),
        make_node("softmax_cross_entropy", "loss"),
    ]
    graph = _linked(
        ("in.y", "a.x"), ("a.y", "gate.x"), ("a.y", "b.x"), ("gate.y", "mul.x"), ("b.y", "mul.x"),
        ("mul.y", "sub.a"), ("a.y", "sub.b"), ("sub.y", "loss.x"), nodes=nodes,
    )  # fmt: skip
    _check(graph, TABLE)


def test_residual_block_with_a_shortcut_of_zeros_and_stochastic_depth() -> None:
    nodes = [
        make_node("input", "in"),
        make_node("conv2d", "first", filters=3, kernel=(3, 3)),
        make_node("conv2d", "branch", filters=5, kernel=(3, 3), activation="linear"),
        make_node("stochastic_depth", "depth", rate=0.5),
        make_node("zero_pad", "pad", channels_before=1, channels_after=1),
        make_node("add", "add"),
        make_node("global_avg_pool", "gap"),
        make_node("dense", "dense", units=3),
        make_node("softmax_cross_entropy", "loss"),
    ]
    graph = _linked(
        ("in.y", "first.x"), ("first.y", "branch.x"), ("branch.y", "depth.x"), ("first.y", "pad.x"),
        ("depth.y", "add.x"), ("pad.y", "add.x"), ("add.y", "gap.x"), ("gap.y", "dense.x"),
        ("dense.y", "loss.x"), nodes=nodes,
    )  # fmt: skip
    _check(graph, IMAGES)


def test_zeros_and_reflections_around_one_map_do_not_mix() -> None:
    """Both read the same buffer: the halo of zeros that one asks for is not the other's border."""
    nodes = [
        make_node("input", "in"),
        make_node("conv2d", "first", filters=3, kernel=(3, 3), activation="tanh"),
        make_node("conv2d", "zeros", filters=3, kernel=(5, 5), activation="linear"),
        make_node("conv2d", "mirror", filters=3, padding_mode="reflect", activation="linear"),
        make_node("add", "add"),
        make_node("global_avg_pool", "gap"),
        make_node("dense", "dense", units=3),
        make_node("softmax_cross_entropy", "loss"),
    ]
    graph = _linked(
        ("in.y", "first.x"), ("first.y", "zeros.x"), ("first.y", "mirror.x"), ("zeros.y", "add.x"),
        ("mirror.y", "add.x"), ("add.y", "gap.x"), ("gap.y", "dense.x"), ("dense.y", "loss.x"),
        nodes=nodes,
    )  # fmt: skip
    _check(graph, IMAGES)


def test_slices_of_a_table_make_a_computational_graph() -> None:
    """f = (x + y) · z from the three columns of a table, then one trained factor."""
    nodes = [
        make_node("input", "in"),
        *(make_node("slice", name, first=at) for at, name in enumerate("xyz")),
        make_node("add", "sum"),
        make_node("multiply", "f"),
        make_node("dense", "dense", units=1),
        make_node("mae", "loss"),
    ]
    graph = _linked(
        ("in.y", "x.x"), ("in.y", "y.x"), ("in.y", "z.x"), ("x.y", "sum.x"), ("y.y", "sum.x"),
        ("sum.y", "f.x"), ("z.y", "f.x"), ("f.y", "dense.x"), ("dense.y", "loss.x"), nodes=nodes,
    )  # fmt: skip
    signature = DataSignature(flat(3), ValueTarget(("t",)))
    assert infer(graph, signature).types[PortRef("f", "y")] == TensorType((1,), "f4", "F")
    _check(graph, signature)


def test_values_and_gradients_stand_on_the_nodes_of_x_plus_y_times_z() -> None:
    """f = (x + y) z at x = −2, y = 5, z = −4, as in the notes of CS231n."""
    nodes = [
        make_node("input", "in"),
        *(make_node("slice", name, first=at) for at, name in enumerate("xyz")),
        make_node("add", "q"),
        make_node("multiply", "f"),
        make_node("mae", "loss"),
    ]
    graph = _linked(
        ("in.y", "x.x"), ("in.y", "y.x"), ("in.y", "z.x"), ("x.y", "q.x"), ("y.y", "q.x"),
        ("q.y", "f.x"), ("z.y", "f.x"), ("f.y", "loss.x"), nodes=nodes,
    )  # fmt: skip
    net = network(graph, DataSignature(flat(3), ValueTarget(("t",))), dtype="f8")
    names = frozenset("xyzqf")
    plan = LookPlan(net, 1, 1, names, names, of="scores", targets=False)
    plan.seeds[...] = 1.0
    with Team(1) as team:
        plan.look(team, np.array([[-2.0, 5.0, -4.0]]))
    assert {name: plan.read(name).item() for name in names} == {
        "x": -2.0, "y": 5.0, "z": -4.0, "q": 3.0, "f": -12.0,
    }  # fmt: skip
    gradients = {name: plan.gradient(name) for name in names}
    assert {name: one.item() for name, one in gradients.items() if one is not None} == {
        "x": -4.0, "y": -4.0, "z": 3.0, "q": -4.0, "f": 1.0,
    }  # fmt: skip


def test_the_perceptron_rule_learns_a_line() -> None:
    """Dense, Step with the gradient passed straight through, squared error: Rosenblatt's rule."""
    x = stream(5, "points").standard_normal((200, 2))
    side = x[:, 0] - 2.0 * x[:, 1] + 0.5
    x, y = x[np.abs(side) > 0.2], (side[np.abs(side) > 0.2] > 0)[:, None]
    data = prepared(
        x.astype(np.float32), y.astype(np.float32), DataSignature(flat(2), ValueTarget(("on",)))
    )
    graph = chained(
        make_node("dense", "dense1", units=1),
        make_node("step", "step1", gradient="perceptron rule"),
        loss="mse",
    )
    one = job(graph, data, epochs=60, batch=1, optimiser=Sgd(), learning_rate=0.1)
    with Trainer(one) as trainer:
        *_, end = trainer.train()
    assert end.train["loss"] == 0.0
    assert end.test["loss"] < 0.06
