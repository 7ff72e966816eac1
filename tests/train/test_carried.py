"""States that go on from batch to batch: as torch with detached states, in streams, and resets."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from nnstudio.core.errors import StudioError
from nnstudio.core.random import stream
from nnstudio.engine.carried import Carried
from nnstudio.engine.optimisers import State
from nnstudio.engine.plan import TrainPlan
from nnstudio.graph.infer import infer
from nnstudio.graph.model import Graph, make_node
from nnstudio.graph.types import TensorType
from nnstudio.kernels.team import Team
from nnstudio.train.control import Control
from nnstudio.train.events import EpochDone
from nnstudio.train.trainer import Trainer
from tests.nets import chained, classes_signature, job, network, prepared

KINDS = ["rnn", "lstm", "gru"]
BATCH, STEPS, FEATURES, UNITS, CLASSES = 5, 3, 4, 17, 3


def _net(kind: str, carry: bool = True, **more: Any) -> Graph:
    how: dict[str, Any] = {"output": "last step", "carry": carry, "units": UNITS, **more}
    return chained(make_node(kind, "cell", **how), make_node("dense", "dense1", units=CLASSES))


def _signature(steps: int = STEPS) -> Any:
    return classes_signature(TensorType((steps, FEATURES), "f4", "TF"), CLASSES)


def _data(count: int) -> tuple[np.ndarray, np.ndarray]:
    draw = stream(6, "carried")
    return draw.standard_normal((count, STEPS, FEATURES)), draw.integers(0, CLASSES, count)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(("dtype", "close"), [("f8", 1e-9), ("f4", 1e-5)])
@pytest.mark.parametrize("kind", KINDS)
def test_three_batches_equal_torch_with_detached_states(
    kind: str, dtype: str, close: float, threads: int, torch: ModuleType
) -> None:
    net = network(_net(kind), _signature(), dtype=dtype)
    weights, carried = net.weights, Carried(dtype)
    state = State(len(weights.values), dtype)
    plan = TrainPlan(net, BATCH, 1, threads, [], state, carried=carried)
    x, y = _data(3 * BATCH)
    bound = net.samples(x), y.astype(np.int64)
    plan.bind(*bound)
    twin = _Twin(torch, kind, weights.arrays())
    with Team(threads) as team:
        for epoch in range(2):
            carried.clear()
            twin.memory = None
            for batch in range(3):
                rows = np.arange(batch * BATCH, (batch + 1) * BATCH)
                plan.run(team, rows, 3 * epoch + batch)
                loss, gradients = twin.step(bound[0][rows], bound[1][rows])
                assert abs(plan.tables.losses[0] - loss) < close
                for key, found in weights.gradient_arrays().items():
                    exact = gradients[key]
                    scale = max(1.0, float(np.abs(exact).max()))
                    assert np.abs(found - exact).max() / scale < close, (epoch, batch, key)


class _Twin:
    """The same network in torch, float64, whose states are detached and passed on."""

    def __init__(self, torch: ModuleType, kind: str, arrays: dict[str, np.ndarray]) -> None:
        self.torch, self.memory = torch, None
        made = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[kind]
        self.cell = made(FEATURES, UNITS, batch_first=True, dtype=torch.float64)
        self.w = {
            key: torch.tensor(one.astype(np.float64), requires_grad=True)
            for key, one in arrays.items()
        }

    def step(self, x: np.ndarray, y: np.ndarray) -> tuple[float, dict[str, np.ndarray]]:
        torch, w = self.torch, self.w
        given = {
            "weight_ih_l0": w["cell/input_weight"].T,
            "weight_hh_l0": w["cell/recurrent_weight"].T,
            "bias_ih_l0": w["cell/bias"],
            "bias_hh_l0": w.get("cell/recurrent_bias", torch.zeros_like(w["cell/bias"])),
        }
        inputs = torch.tensor(x.astype(np.float64)), self.memory
        states, after = torch.func.functional_call(self.cell, given, inputs)
        self.memory = (
            tuple(one.detach() for one in after) if isinstance(after, tuple) else after.detach()
        )
        scores = states[:, -1] @ w["dense1/weight"] + w["dense1/bias"]
        loss = torch.nn.functional.cross_entropy(scores, torch.tensor(y))
        for one in w.values():
            one.grad = None
        loss.backward()
        return float(loss.detach()), {key: one.grad.numpy() for key, one in w.items()}


def _losses(graph: Graph, x: np.ndarray, y: np.ndarray, **settings: Any) -> list[np.ndarray]:
    """Give each epoch's losses of the steps, the weights held still."""
    data = prepared(x.astype(np.float32), y, _signature(x.shape[1]))
    how = {"epochs": 2, "learning_rate": 0.0, "order": "streams", "batch": 4, **settings}
    with Trainer(job(graph, data, **how)) as trainer:
        list(trainer.train())
        return np.split(np.array(trainer.history.steps["loss"].values()), how["epochs"])


@pytest.mark.parametrize("kind", KINDS)
def test_each_epoch_begins_with_zero_and_later_batches_go_on(kind: str) -> None:
    x, y = _data(30)  # 18 of them train: four full batches and one of two
    first, second = _losses(_net(kind), x, y)
    assert len(first) == 5
    np.testing.assert_array_equal(first, second)
    alone, _ = _losses(_net(kind, carry=False), x, y)
    assert alone[0] == first[0]
    assert (abs(alone[1:] - first[1:]) > 1e-6).all()


def test_streams_read_on_as_one_long_sequence() -> None:
    x, y = _data(40)  # 24 train: six batches of four streams
    carried, _ = _losses(_net("lstm"), x, y)
    for step in range(6):
        rows = np.arange(4)[:, None] * 6 + np.arange(step + 1)
        longer = x[rows].reshape(4, (step + 1) * STEPS, FEATURES)
        ends = y[np.arange(4) * 6 + step]
        doubled = np.concatenate([longer] * 2), np.concatenate([ends] * 2)  # the first four train
        (whole,) = _losses(_net("lstm", carry=False), *doubled, epochs=1)
        assert carried[step] == pytest.approx(whole[0], rel=1e-5)


def test_a_smaller_last_batch_goes_on_with_the_first_streams() -> None:
    x, y = _data(30)  # 18 train: four streams, of 5, 5, 4 and 4 samples
    carried, _ = _losses(_net("gru"), x, y)
    longer = np.stack([x[:5], x[5:10]]).reshape(2, 5 * STEPS, FEATURES)
    doubled = np.concatenate([longer] * 2), np.concatenate([y[[4, 9]]] * 2)
    (whole,) = _losses(_net("gru", carry=False), *doubled, epochs=1, batch=2)
    assert carried[-1] == pytest.approx(whole[0], rel=1e-5)


@pytest.mark.parametrize("threads", [1, 2])
def test_interrupted_chunks_change_no_bit(threads: int) -> None:
    x, y = _data(60)
    data = prepared(x.astype(np.float32), y, _signature())
    found = []
    for at_once in (0, 1, 3):
        control = Control()
        control.steps_wanted = at_once
        how: dict[str, Any] = {"order": "streams", "threads": threads, "epochs": 3}
        with Trainer(job(_net("lstm"), data, **how)) as trainer:
            list(trainer.train(control))
            found.append(trainer.weights())
    for other in found[1:]:
        for key, array in found[0].items():
            np.testing.assert_array_equal(other[key], array)


def test_measuring_begins_each_sample_with_zero() -> None:
    x, y = _data(40)
    data = prepared(x.astype(np.float32), y, _signature())
    epochs = []
    for carry in (True, False):
        one = job(_net("rnn", carry=carry), data, learning_rate=0.0, order="streams", epochs=1)
        with Trainer(one) as trainer:
            epochs += [e.valid for e in trainer.train() if isinstance(e, EpochDone)]
    assert epochs[0] == epochs[1]


def test_shuffled_samples_are_refused_in_words() -> None:
    x, y = _data(40)
    data = prepared(x.astype(np.float32), y, _signature())
    with pytest.raises(StudioError, match="RNN 'cell' carries its state from batch to batch, but"):
        Trainer(job(_net("rnn"), data))


@pytest.mark.parametrize("direction", ["backward", "both"])
def test_only_what_reads_forwards_can_carry(direction: str) -> None:
    graph = _net("gru", direction=direction)
    obstacle = infer(graph, _signature()).first_obstacle()
    assert obstacle is not None
    assert obstacle.message.startswith("GRU 'cell' cannot carry its state on while it reads")
    assert len(obstacle.repairs) == 2
    for repair in obstacle.repairs:
        assert infer(repair.edit.apply(graph)[0], _signature()).runnable


def test_a_carried_state_learns_what_was_said_batches_ago() -> None:
    """Streams that say one thing at their start and are asked for it long after."""
    draw = stream(8, "said")
    said, length = draw.integers(0, 2, 65), 6
    x = draw.normal(0, 0.1, (65, length, STEPS, FEATURES)).astype(np.float32)
    x[:, 0, 0, 0] += 4.0 * said - 2.0
    y = np.repeat(said, length)
    data = prepared(x.reshape(-1, STEPS, FEATURES), y, _signature())
    accuracy = {}
    for carry in (True, False):
        how = {"order": "streams", "batch": 39, "epochs": 60, "learning_rate": 0.02}
        with Trainer(job(_net("gru", carry=carry), data, **how)) as trainer:
            *_, last = (e for e in trainer.train() if isinstance(e, EpochDone))
        accuracy[carry] = last.train["accuracy"]
    assert accuracy[True] > 0.95
    assert accuracy[False] < 0.85
