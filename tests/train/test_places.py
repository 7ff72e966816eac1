"""Networks that give a class to each step of a sequence or pixel of a map, masks included."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from nnstudio.core.random import stream
from nnstudio.data.prepare import Prepared
from nnstudio.engine.gradient_check import check_gradients
from nnstudio.engine.optimisers import State
from nnstudio.engine.plan import Network, TrainPlan
from nnstudio.graph.model import Graph, make_node
from nnstudio.graph.types import ClassTarget, DataSignature, TensorType, maps
from nnstudio.kernels.team import Team
from nnstudio.train.evaluate import Predictor
from nnstudio.train.events import EpochDone, Finished
from nnstudio.train.trainer import Trainer
from tests.nets import chained, job, network, prepared

SEQUENCE = TensorType((7, 2), "f4", "TF")


def tagger() -> Graph:
    """A network that reads a sequence and gives three scores a step."""
    return chained(
        make_node("rnn", "rnn1", units=16, output="all steps"),
        make_node("dense", "dense1", units=3),
    )


def painter(loss: str = "softmax_cross_entropy") -> Graph:
    """A network that gives three scores a pixel."""
    return chained(
        make_node("conv2d", "conv1", filters=9, kernel=(3, 3), padding="same", activation="relu"),
        make_node("conv2d", "conv2", filters=3, kernel=(3, 3), padding="same", activation="linear"),
        loss=loss,
    )


def steps(samples: int = 1200) -> Prepared:
    """Classes of the sum of a step's first number and the one before; a tenth is masked."""
    draw = stream(3, "steps")
    x = draw.normal(0, 1, (samples, 7, 2)).astype(np.float32)
    total = x[:, :, 0] + np.pad(x[:, :-1, 0], ((0, 0), (1, 0)))
    y = (total > -0.7).astype(np.int64) + (total > 0.7)
    y[draw.random(y.shape) < 0.1] = -1
    return prepared(x, y, DataSignature(SEQUENCE, ClassTarget(tuple("abc"), (7,))))


def pixels(samples: int = 600) -> Prepared:
    """Classes of a pixel's brightness beside its right neighbour; a tenth is masked."""
    draw = stream(3, "pixels")
    x = draw.normal(0, 1, (samples, 6, 5, 1)).astype(np.float32)
    edge = x[..., 0] - np.pad(x[:, :, 1:, 0], ((0, 0), (0, 0), (0, 1)))
    y = (edge > -0.7).astype(np.int64) + (edge > 0.7)
    y[draw.random(y.shape) < 0.1] = -1
    return prepared(x, y, DataSignature(maps(6, 5, 1), ClassTarget(tuple("abc"), (6, 5))))


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(
    ("graph", "data"),
    [(tagger(), steps()), (painter(), pixels()), (painter("focal"), pixels())],
    ids=["steps", "pixels", "focal"],
)
def test_places_are_learned(graph: Graph, data: Prepared, threads: int) -> None:
    wanted = job(graph, data, epochs=30, batch=16, learning_rate=0.02, threads=threads)
    with Trainer(wanted) as trainer:
        assert isinstance(list(trainer.train())[-1], Finished)
        weights = trainer.weights()
        valid = dict(trainer.scorer.measure(data.valid))
        row = trainer.history.epochs
        assert row["train accuracy"].values()[-1] > 0.95
    assert valid["accuracy"] > 0.95
    x, y = np.asarray(data.valid.x), data.valid.y
    with Predictor(graph, data.signature, weights) as predictor:
        scores = predictor.scores(x)
        assert scores.shape == (*y.shape, 3)
        np.testing.assert_allclose(predictor.probabilities(x).sum(-1), 1.0, rtol=1e-5)
        seen = y >= 0
        right = (scores.argmax(-1) == y)[seen]
        assert valid["accuracy"] == pytest.approx(right.mean())
        assert predictor.measure(x, y) == pytest.approx(valid)
        table = predictor.confusion(x, y)
        assert table.sum() == seen.sum()
        assert np.trace(table) == right.sum()


def _step(net: Network, x: np.ndarray, y: np.ndarray, threads: int) -> TrainPlan:
    """Run one step that moves no weight."""
    plan = TrainPlan(net, len(x), 1, threads, [], State(len(net.weights.values), "f4"))
    plan.bind(np.ascontiguousarray(x, net.weights.dtype), y)
    with Team(threads) as team:
        assert plan.run(team, np.arange(len(x))) == 1
    return plan


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_loss_and_gradient_of_a_batch_equal_torch(
    dtype: str, threads: int, torch: ModuleType
) -> None:
    data = pixels(20)
    net = network(painter(), data.signature, dtype=dtype)
    x, y = np.asarray(data.train.x), data.train.y.copy()
    y[3] = -1  # nothing of this sample counts
    plan = _step(net, x, y, threads)
    own = {key: torch.tensor(one.astype(np.float64)) for key, one in net.weights.arrays().items()}
    for one in own.values():
        one.requires_grad = True
    z = torch.tensor(x.astype(np.float64)).permute(0, 3, 1, 2)
    for name in ("conv1", "conv2"):
        kernel = own[f"{name}/weight"].permute(3, 2, 0, 1)
        z = torch.nn.functional.conv2d(z, kernel, own[f"{name}/bias"], padding=1)
        z = torch.relu(z) if name == "conv1" else z
    loss = torch.nn.CrossEntropyLoss(ignore_index=-1, reduction="mean")(z, torch.tensor(y))
    loss.backward()
    tolerance = 1e-9 if dtype == "f8" else 1e-5
    assert plan.tables.losses[0] == pytest.approx(loss.item(), rel=tolerance)
    assert plan.tables.counted[0] == (y >= 0).sum()
    assert plan.tables.hits[0] == (z.argmax(1).numpy() == y).sum()
    for place in net.weights.trained:
        found = net.weights.gradients[place.offset : place.offset + place.size]
        exact = own[place.key].grad.numpy().reshape(-1)
        np.testing.assert_allclose(found, exact, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("graph", [painter(), painter("focal")], ids=["softmax", "focal"])
def test_gradients_equal_numeric_ones(graph: Graph) -> None:
    data = pixels(20)
    net = network(graph, data.signature, dtype="f8")
    report = check_gradients(net, np.asarray(data.train.x[:4], np.float64), data.train.y[:4])
    assert report.good, report.worst


@pytest.mark.parametrize("loss", ["softmax_cross_entropy", "focal"])
def test_a_batch_in_which_nothing_counts_gives_zeros(loss: str) -> None:
    data = pixels(20)
    net = network(painter(loss), data.signature)
    plan = _step(net, np.asarray(data.train.x), np.full_like(data.train.y, -1), 1)
    assert plan.tables.losses[0] == 0.0
    assert plan.tables.hits[0] == plan.tables.counted[0] == 0.0
    assert not net.weights.gradients.any()


def test_measures_do_not_depend_on_the_batches_places_came_in() -> None:
    data = steps(900)
    y = data.train.y.copy()
    y[:300] = -1
    net = network(tagger(), data.signature)
    x = np.asarray(data.train.x)
    with Predictor(net.graph, net.signature, net.weights.arrays()) as predictor:
        whole = predictor.measure(x, y)
        assert whole == pytest.approx(predictor.measure(x[300:], y[300:]))
        assert predictor.measure(x[:300], y[:300]) == {}
        logs = -np.log(predictor.probabilities(x))[y >= 0]
        assert whole["loss"] == pytest.approx(logs[np.arange(len(logs)), y[y >= 0]].mean(), 1e-4)


def test_a_full_batch_search_weighs_batches_by_what_counts() -> None:
    data = steps(100)
    data.train.y[:30] = -1
    wanted = job(tagger(), data, epochs=15, batch=32, optimiser={"kind": "lbfgs"})
    with Trainer(wanted) as trainer:
        for event in trainer.train():
            if isinstance(event, EpochDone):
                assert event.train == pytest.approx(trainer.scorer.measure(data.train))
        losses = trainer.history.epochs["train loss"].values()
    assert losses[-1] < losses[0] / 10
