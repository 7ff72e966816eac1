"""Facts about measuring and predicting."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.core.errors import StudioError
from nnstudio.graph.model import make_node
from nnstudio.graph.types import DataSignature, ValueTarget, flat
from nnstudio.train.evaluate import Predictor
from nnstudio.train.events import Metrics
from nnstudio.train.measures import Tally
from nnstudio.train.trainer import Trainer
from tests.nets import blobs, chained, job, mlp, network


@pytest.fixture
def trained() -> tuple[Predictor, np.ndarray, np.ndarray]:
    data = blobs(600)
    with Trainer(job(mlp(), data, epochs=20)) as trainer:
        list(trainer.train())
        weights = trainer.weights()
    predictor = Predictor(mlp(), data.signature, weights)
    yield predictor, np.asarray(data.test.x), data.test.y
    predictor.close()


def test_scores_of_many_samples_equal_those_of_single_ones(trained: tuple) -> None:
    predictor, x, _ = trained
    alone = np.concatenate([predictor.scores(x[i : i + 1]) for i in range(5)])
    np.testing.assert_allclose(predictor.scores(x)[:5], alone, rtol=1e-6)


def test_probabilities_add_up_to_one(trained: tuple) -> None:
    predictor, x, y = trained
    shares = predictor.probabilities(x)
    np.testing.assert_allclose(shares.sum(1), 1, rtol=1e-5)
    assert (shares.argmax(1) == y).mean() > 0.95


def test_confusion_counts_every_sample_once(trained: tuple) -> None:
    predictor, x, y = trained
    table = predictor.confusion(x, y)
    assert table.sum() == len(x)
    assert np.trace(table) / len(x) == predictor.measure(x, y)["accuracy"]


def test_an_end_that_comes_too_late_for_one_measuring_does_not_spoil_the_next() -> None:
    data = blobs(1500)
    with Trainer(job(mlp(), data, epochs=1)) as trainer:
        scorer, part, kept = trainer.scorer, data.train, trainer.snapshot()
        whole = scorer.measure(part)
        trainer.network.weights.values[...] = 0.0
        assert scorer.measure(part) != whole
        trainer.restore(kept)
        scorer.end_chunk()
        assert scorer.measure(part, lambda: True) == {}
        assert scorer.measure(part) == whole


def test_activations_have_the_shapes_of_the_nodes(trained: tuple) -> None:
    predictor, x, _ = trained
    found = predictor.activations(x[:7], ["dense1", "dense2"])
    assert {key: array.shape for key, array in found.items()} == {
        "dense1": (7, 16),
        "dense2": (7, 3),
    }
    assert (found["dense1"] >= 0).all()
    with pytest.raises(StudioError, match="no node 'dense9'"):
        predictor.activations(x, ["dense9"])


def test_samples_of_another_shape_are_refused_in_words(trained: tuple) -> None:
    predictor, x, _ = trained
    with pytest.raises(StudioError, match="samples of 4; these are 3"):
        predictor.scores(x[:, :3])


def metrics(scores: np.ndarray, losses: np.ndarray, y: np.ndarray, *, classes: bool) -> Metrics:
    tally = Tally(classes)
    for rows in (slice(0, 1), slice(1, None)):
        tally.add(scores[rows], losses[rows], y[rows])
    return tally.metrics()


def test_metrics_by_value() -> None:
    scores = np.array([[2, 1, 0, 0, 0, 0], [0, 0, 0, 0, 0, 1], [5, 4, 3, 2, 1, 0]], np.float32)
    y = np.array([0, 5, 5])
    found = metrics(scores, np.array([0.0, 0.0, 3.0]), y, classes=True)
    assert found == pytest.approx({"loss": 1.0, "accuracy": 2 / 3, "top5": 2 / 3})
    values = metrics(np.array([[1.0], [2.0]]), np.zeros(2), np.array([[2.0], [4.0]]), classes=False)
    assert values == {"loss": 0.0, "mae": 1.5}
    one = metrics(np.array([[-1.0], [2.0]]), np.zeros(2), np.array([0, 1]), classes=True)
    assert one["accuracy"] == 1.0


@pytest.mark.parametrize("wrong", [slice(0, 3), "far", "below", "float", "square"])
def test_targets_that_do_not_fit_are_refused_in_words(trained: tuple, wrong: object) -> None:
    predictor, x, y = trained
    bad = {"far": y + 7, "below": y - 1, "float": y.astype(np.float32), "square": y[:, None]}
    given = y[wrong] if isinstance(wrong, slice) else bad[str(wrong)]
    for ask in (predictor.measure, predictor.confusion):
        with pytest.raises(StudioError, match="target"):
            ask(x, given)


def test_values_that_do_not_fit_are_refused_in_words() -> None:
    signature = DataSignature(flat(2), ValueTarget(("a", "b")))
    graph = chained(make_node("dense", "dense1", units=2), loss="mse")
    weights = network(graph, signature).weights.arrays()
    x = np.zeros((5, 2), np.float32)
    with Predictor(graph, signature, weights) as predictor:
        assert predictor.measure(x, np.zeros((5, 2), np.float32))["loss"] >= 0
        with pytest.raises(StudioError, match="must be 2 numbers"):
            predictor.measure(x, np.zeros((5, 1), np.float32))


def test_no_samples_give_no_measures(trained: tuple) -> None:
    predictor, x, y = trained
    assert predictor.measure(x[:0], y[:0]) == {}
    assert predictor.scores(x[:0]).shape == (0, 3)
    assert predictor.confusion(x[:0], y[:0]).sum() == 0


def test_activations_are_refused_where_there_are_none(trained: tuple) -> None:
    predictor, x, _ = trained
    for samples, node, words in (
        (x[:, :2], "dense1", "takes samples of 4"),
        (x[:0], "dense1", "at least one"),
        (x, "loss1", "is a loss"),
    ):
        with pytest.raises(StudioError, match=words):
            predictor.activations(samples, [node])


def test_large_samples_are_measured_in_small_batches(
    trained: tuple, monkeypatch: pytest.MonkeyPatch
) -> None:
    predictor, x, y = trained
    whole = predictor.scores(x)
    monkeypatch.setattr("nnstudio.train.evaluate.MOST_NUMBERS", 100)
    with Predictor(mlp(), predictor.network.signature, predictor.network.weights.arrays()) as small:
        assert small.scorer.batch < 10
        assert small.scorer.chunk < 40
        np.testing.assert_allclose(small.scores(x), whole, rtol=1e-6)
        assert small.measure(x, y) == pytest.approx(predictor.measure(x, y))
