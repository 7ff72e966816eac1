"""Networks on symbols, from the file to the trained network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnstudio.core.errors import StudioError
from nnstudio.core.random import stream
from nnstudio.data.load import load
from nnstudio.data.loader import Loader
from nnstudio.data.prepare import Prepared, prepare
from nnstudio.data.sources import Npz
from nnstudio.data.split import Split
from nnstudio.data.transform import Scaling
from nnstudio.engine.gradient_check import check_gradients
from nnstudio.engine.look import LookPlan
from nnstudio.graph.model import Graph, make_node
from nnstudio.graph.types import DataSignature, TensorType, named
from nnstudio.kernels.team import Team
from nnstudio.train.evaluate import Predictor
from nnstudio.train.events import Finished
from nnstudio.train.trainer import Trainer
from tests.nets import chained, classes_signature, job, network, prepared

STEPS, SYMBOLS = 7, 5


def _letters(count: int = 240) -> tuple[np.ndarray, np.ndarray]:
    """Rows of symbols; the class says whether symbol 3 comes before symbol 1."""
    draw = stream(4, "letters")
    x = draw.choice([0, 2, 4], (count, STEPS))
    places = np.sort(np.stack([draw.permutation(STEPS)[:2] for _ in range(count)]), axis=1)
    y = draw.integers(0, 2, count)
    rows = np.arange(count)
    x[rows, places[:, 0]] = np.where(y, 3, 1)
    x[rows, places[:, 1]] = np.where(y, 1, 3)
    return x, y


def _prepared(folder: Path, **scaling: Any) -> Prepared:
    x, y = _letters()
    np.savez(folder / "letters.npz", x=x.astype(np.uint8), y=y)
    data = load(Npz(path=folder / "letters.npz", inputs="symbols"))
    return prepare(data, Split(), Scaling(**scaling), 1)


def _reader(kind: str = "gru") -> Graph:
    return chained(
        make_node("embedding", "embed1", width=8),
        make_node(kind, "cell1", units=12, output="last step"),
        make_node("dense", "dense1", units=2),
    )


def test_a_file_of_symbols_trains_and_predicts(tmp_path: Path) -> None:
    data = _prepared(tmp_path)
    assert data.signature.input == named((STEPS,), SYMBOLS)
    settings = {"epochs": 40, "batch": 16, "learning_rate": 0.02}
    with Trainer(job(_reader(), data, **settings)) as trainer:
        *_, end = trainer.train()
        arrays = trainer.weights()
    assert isinstance(end, Finished)
    assert end.test["accuracy"] > 0.95
    with Predictor(_reader(), data.signature, arrays) as predictor:
        found = predictor.scores(data.test.x).argmax(1)
        assert (found == data.test.y).mean() == pytest.approx(end.test["accuracy"])
        seen = predictor.activations(data.test.x[:3], ["input1", "embed1"])
        np.testing.assert_array_equal(seen["input1"], data.test.x[:3])
        np.testing.assert_array_equal(
            seen["embed1"], arrays["embed1/weight"][data.test.x[:3].astype(int)]
        )


def test_the_number_of_threads_changes_no_bit_of_what_the_rows_learn(tmp_path: Path) -> None:
    data = _prepared(tmp_path)
    found = []
    for threads in (1, 2, 1):
        with Trainer(job(_reader(), data, threads=threads, epochs=2, batch=17)) as trainer:
            list(trainer.train())
            found.append(trainer.weights()["embed1/weight"])
    np.testing.assert_array_equal(found[0], found[2])
    np.testing.assert_allclose(found[0], found[1], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("kind", ["none", "standardise", "scale", "mean_image"])
def test_no_scaling_touches_symbols(kind: str, tmp_path: Path) -> None:
    data = _prepared(tmp_path, kind=kind)
    x, _ = _letters()
    for part in (data.train, data.valid, data.test):
        assert part.x.dtype == np.int64
        np.testing.assert_array_equal(part.x, x[part.rows])
        np.testing.assert_array_equal(part.samples(slice(0, 4)), x[part.rows[:4]])


def test_symbols_that_are_gathered_ahead_are_the_same(tmp_path: Path) -> None:
    x, y = _letters()
    np.savez(tmp_path / "letters.npz", x=x, y=y)
    data = load(Npz(path=tmp_path / "letters.npz", inputs="symbols"))
    whole, ahead = (
        prepare(data, Split(), Scaling(), 1, in_memory_bytes=size).train for size in (1 << 30, 0)
    )
    assert ahead.staged
    with Loader(whole, 9, 1) as first, Loader(ahead, 9, 1) as second:
        for step in range(0, first.steps_per_epoch, 3):
            a, b = first.chunk(0, step, 3), second.chunk(0, step, 3)
            assert b.x.dtype == np.int64
            np.testing.assert_array_equal(a.x[a.rows], b.x[b.rows])


def test_symbols_themselves_have_no_gradient() -> None:
    x, y = _letters(4)
    net = network(_reader(), classes_signature(named((STEPS,), SYMBOLS), 2))
    watched = frozenset({"input1", "embed1"})
    plan = LookPlan(net, 4, 1, watched, watched, of="loss")
    with Team(1) as team:
        plan.look(team, net.samples(x), y)
    assert plan.gradient("input1") is None
    found = plan.gradient("embed1")
    assert found is not None
    assert found.shape == (4, STEPS, 8)
    assert found.any()


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
def test_gradients_behind_an_embedding_equal_differences(kind: str) -> None:
    x, y = _letters(5)
    signature = classes_signature(named((STEPS,), SYMBOLS), 2)
    report = check_gradients(network(_reader(kind), signature, dtype="f8"), x, y)
    assert report.good, report.worst
    assert "embed1/weight" in report.errors


def test_one_hot_rows_train_to_the_same_network_as_symbols() -> None:
    x, y = _letters(120)
    hot = np.eye(SYMBOLS, dtype=np.float32)[x]
    first = make_node("dense", "embed1", units=8, bias=False)
    dense = chained(first, *list(_reader().nodes.values())[2:-1])
    signature = classes_signature(named((STEPS,), SYMBOLS), 2)
    start = network(_reader(), signature).weights.arrays()
    found = []
    for graph, samples in ((_reader(), x), (dense, hot)):
        kind = signature if samples is x else _hot_signature()
        one = job(graph, prepared(samples, y, kind), epochs=2)
        with Trainer(type(one)(one.graph, one.data, one.settings, start)) as trainer:
            list(trainer.train())
            found.append(trainer.weights()["embed1/weight"])
    np.testing.assert_allclose(found[0], found[1], rtol=1e-4, atol=1e-5)


def _hot_signature() -> DataSignature:
    return classes_signature(TensorType((STEPS, SYMBOLS), "f4", "TF"), 2)


def test_a_predictor_refuses_symbols_it_does_not_know() -> None:
    signature = classes_signature(named((STEPS,), SYMBOLS), 2)
    arrays = network(_reader(), signature).weights.arrays()
    with Predictor(_reader(), signature, arrays) as predictor:
        for bad in (-1, SYMBOLS):
            x = np.zeros((3, STEPS), np.int64)
            x[1, 2] = bad
            with pytest.raises(StudioError, match=f"the symbols 0 to 4; these samples hold {bad}"):
                predictor.scores(x)
        with pytest.raises(StudioError, match="takes symbols, whole numbers"):
            predictor.scores(np.zeros((3, STEPS), np.float32))


@pytest.mark.parametrize(
    ("x", "said"),
    [
        (np.array([[0, 1], [2, -3]]), "holds -3 in sample 2 where symbols, numbers from 0"),
        (np.array([[0, 1], [2, 0.5]]), "holds 0.5 in sample 2 where symbols, whole numbers"),
        (np.array([[0, np.nan], [2, 1]]), "holds nan in sample 1"),
        (np.array([[0, 10**7], [2, 1]]), "below 1,000,000, are needed"),
        (np.array([["a", "b"], ["c", "d"]]), "holds words where symbols are needed"),
        (np.zeros((2, 3, 4, 5), int), "holds samples of 3×4×5 as symbols"),
    ],
)
def test_what_is_no_symbol_is_told_before_training(
    x: np.ndarray, said: str, tmp_path: Path
) -> None:
    np.savez(tmp_path / "bad.npz", x=x, y=np.array([0, 1]))
    with pytest.raises(StudioError, match=said):
        load(Npz(path=tmp_path / "bad.npz", inputs="symbols"))


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.float32, np.bool_])
def test_whole_numbers_of_any_type_are_symbols(dtype: type, tmp_path: Path) -> None:
    x = np.array([[0, 1], [1, 0], [1, 1]]).astype(dtype)
    np.savez(tmp_path / "good.npz", x=x, y=[0, 1, 0], tx=x[:1], ty=[1])
    source = Npz(path=tmp_path / "good.npz", test_x="tx", test_y="ty", inputs="symbols")
    data = load(source)
    assert data.signature.input == named((2,), 2)
    assert data.x.dtype == np.int64
    assert data.test_rows is not None
    assert list(data.test_rows) == [3]


def test_single_symbols_and_boards_are_taken(tmp_path: Path) -> None:
    for shape, kind in (((6,), named((1,), 3)), ((6, 2, 4), named((2, 4), 3))):
        x: np.ndarray = np.arange(int(np.prod(shape))).reshape(shape) % 3
        np.savez(tmp_path / "some.npz", x=x, y=np.arange(6) % 2)
        found = load(Npz(path=tmp_path / "some.npz", inputs="symbols"))
        assert found.signature.input == kind
