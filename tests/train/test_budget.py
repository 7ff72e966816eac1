"""What an epoch is predicted to take."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nnstudio.engine.pace.model import Pace, Points
from nnstudio.engine.rules import Lbfgs
from nnstudio.graph.model import Graph, make_node
from nnstudio.graph.types import DataSignature, flat, maps
from nnstudio.project.templates import TEMPLATES
from nnstudio.train.budget import UPDATE, Budget, predict
from nnstudio.train.settings import RunSettings
from tests.nets import chained, classes_signature, lenet, mlp

FLAT = classes_signature(flat(20), 3)
IMAGES = classes_signature(maps(8, 8, 1), 10)
# a machine of which one kernel is known: all others take the middle of it
PACE = Pace({"product": Points(np.zeros((1, 40)), np.full(1, math.log(1e-10)))})


def budget(graph: Graph, signature: DataSignature, **settings: object) -> Budget:
    """The budget on one thread."""
    chosen = RunSettings.model_validate({"threads": 1} | settings)
    found = predict(graph, signature, chosen, PACE)
    assert found is not None
    return found


def test_time_grows_with_batch_and_width() -> None:
    small = budget(mlp(16), FLAT, batch=8)
    assert budget(mlp(16), FLAT, batch=64).step_s > small.step_s
    assert budget(mlp(256), FLAT, batch=8).step_s > small.step_s


def test_a_step_is_the_sum_of_its_layers() -> None:
    found = budget(lenet(), IMAGES)
    assert found.step_s == pytest.approx(sum(found.layers.values()))
    assert {"conv1", "conv2", "dense1", "dense2", "loss1", UPDATE} <= set(found.layers)


def test_an_epoch_adds_up_its_parts() -> None:
    found = budget(lenet(), IMAGES, batch=32)
    once, twice = found.epoch_s(320, 0), found.epoch_s(640, 0)
    assert twice - once == pytest.approx(10 * (found.step_s + found.loop_s))
    assert found.epoch_s(320, 100) - once == pytest.approx(found.score_s)
    assert found.epoch_s(320, 300) - once == pytest.approx(3 * found.score_s)


def test_shares_of_cards_and_of_the_rest_add_up_to_one() -> None:
    graph = lenet()
    found = budget(graph, IMAGES)
    shares = [found.share(node) for node in graph.nodes.values()]
    rest = found.layers[UPDATE] / found.step_s
    assert sum(one or 0 for one in shares) + rest == pytest.approx(1)


def test_a_block_takes_what_all_its_copies_take() -> None:
    found = Budget(
        1, 1, {"block1/a": 1.0, "block1.2/a": 2.0, "block1.2/b/c": 3.0, "block10/a": 4.0}
    )
    assert found.share(make_node("relu", "block1")) == pytest.approx(0.6)
    assert found.share(make_node("relu", "block10")) == pytest.approx(0.4)
    assert found.share(make_node("relu", "other")) is None


@pytest.mark.parametrize("graph", [Graph(), chained(), chained(make_node("conv2d", "conv1"))])
def test_what_cannot_be_trained_has_no_budget(graph: Graph) -> None:
    assert predict(graph, FLAT, RunSettings(), PACE) is None


def test_an_empty_budget_is_zero() -> None:
    assert Budget(32, 1).epoch_s(1000, 100) == 0.0


def test_any_optimiser_has_a_budget() -> None:
    whole = budget(mlp(), FLAT, optimiser=Lbfgs(), batch=8)
    assert 0 < whole.step_s < budget(mlp(), FLAT, batch=8, clip_norm=1.0, l2=1e-3).step_s


def test_a_network_larger_than_any_memory_is_predicted_without_it() -> None:
    wide = [make_node("dense", f"dense{i}", units=100_000) for i in range(3)]  # 80 GB of weights
    graph = chained(*wide, make_node("dense", "scores", units=3))
    assert budget(graph, FLAT).step_s > 0.1


@pytest.mark.parametrize("name", ["resnet-20", "lstm-characters", "rnn", "squeezenet-1.1"])
def test_templates_have_a_budget_and_every_card_a_share_or_a_giver(name: str) -> None:
    template = TEMPLATES[name]
    assert template.network is not None
    assert template.signature is not None
    graph = template.network(template.signature)
    found = budget(graph, template.signature, batch=4)
    shares = [found.share(node) for node in graph.nodes.values()]
    assert 0.3 < sum(one or 0 for one in shares) <= 1.0 + 1e-9


def test_frozen_layers_take_less() -> None:
    assert budget(lenet(), IMAGES, frozen=("conv1",)).step_s < budget(lenet(), IMAGES).step_s
