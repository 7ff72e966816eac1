"""The pace of a machine: what lies between measured operations."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from nnstudio.engine.pace import measure
from nnstudio.engine.pace.measure import measure_pace
from nnstudio.engine.pace.model import Pace, Points
from nnstudio.engine.pace.suite import suite
from nnstudio.engine.pace.work import key_of, memory_of, traits
from nnstudio.graph.infer import infer
from nnstudio.kernels.activation import relu_backward
from nnstudio.kernels.dense import dense_forward
from nnstudio.kernels.program import Buffer, Op, Program


def product(rows: int, depth: int, columns: int) -> tuple[Op, int]:
    """A dense layer's product, and the memory of its step."""
    program = Program()
    x, w, y = (
        program.buffer(name, shape)
        for name, shape in (("x", (rows, depth)), ("w", (depth, columns)), ("y", (rows, columns)))
    )
    dense_forward(program, x, w, None, y)
    return program.ops[-1], memory_of(program)


def known(*sizes: tuple[int, int, int], rate: float = 1e-11) -> Pace:
    """A machine that multiplies and adds once in `rate` seconds, measured at some sizes."""
    shapes = [traits(*product(*size)) for size in sizes]
    logs = np.full(len(sizes), math.log(rate))
    return Pace({"product": Points(np.array(shapes), logs)})


def test_a_measured_operation_takes_what_it_took() -> None:
    pace = known((64, 128, 64), (64, 256, 256))
    op, memory = product(64, 128, 64)
    assert pace.seconds(op, memory) == pytest.approx(64 * 128 * 64 * 1e-11, rel=1e-6)


def test_time_grows_with_the_work() -> None:
    pace = known((64, 128, 64), (64, 256, 256))
    sizes = [(16, 64, 64), (32, 64, 64), (64, 300, 128), (128, 512, 512)]
    times = [pace.seconds(*product(*size)) for size in sizes]
    assert all(a < b for a, b in itertools.pairwise(times))


def test_an_unknown_kernel_takes_the_middle_of_the_known_ones() -> None:
    pace = known((64, 128, 64), rate=2e-11)
    x = Buffer("x", (32, 1, 64))
    op = Op(relu_backward, (x.rows(), x.rows(), x.rows(), 1, 64))
    assert 0 < pace.seconds(op, 100) < 1e-4
    nothing = Pace({})
    assert 0 < nothing.seconds(*product(64, 128, 64)) < 1


def test_a_team_gains_and_pays_for_its_barriers() -> None:
    op, memory = product(640, 256, 256)
    one = known((64, 128, 64))
    two = Pace(one.points, threads=2, gain_products=1.8, gain_moves=1.4, barrier_s=1e-6)
    alone = one.seconds(op, memory)
    assert two.seconds(op, memory, 2) == pytest.approx(alone / 1.8 + 1e-6)
    assert two.seconds(op, memory, 1) == alone
    serial = Op(op.kernel, op.args, serial=True)
    assert two.seconds(serial, memory, 2) == pytest.approx(alone + 1e-6)


def test_a_machine_measured_on_one_thread_promises_no_gain() -> None:
    op, memory = product(640, 256, 256)
    pace = known((64, 128, 64))
    assert pace.seconds(op, memory, 2) == pace.seconds(op, memory, 1)


def test_symbols_are_compared_with_symbols_only_where_kernels_see_them() -> None:
    op, _ = product(4, 4, 4)
    assert key_of(op, one_hot=True) == key_of(op, one_hot=False) == "product"


def test_every_network_of_the_suite_can_be_trained() -> None:
    for sample in suite():
        assert infer(sample.graph, sample.signature).first_obstacle() is None


def test_measuring_gives_a_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    first = list(itertools.islice(suite(), 2))
    monkeypatch.setattr(measure, "suite", lambda: iter(first))
    told: list[tuple[int, int]] = []
    pace = measure_pace(2, progress=lambda done, total: told.append((done, total)))
    assert pace is not None
    assert told == [(0, 2), (1, 2)]
    assert {"product", "adam_step", "sgd_step", "tanh_forward"} <= set(pace.points)
    assert min(pace.gain_products, pace.gain_moves) >= 1
    assert pace.barrier_s >= 0
    assert pace.copy_s > 0
    assert 0 < pace.seconds(*product(16, 8, 8)) < 1


@pytest.mark.parametrize("most", [1, 3, 80])
def test_measuring_ends_at_once_when_cancelled(most: int) -> None:
    asked: list[bool] = []

    def cancelled() -> bool:
        asked.append(True)
        return len(asked) >= most

    assert measure_pace(1, cancelled=cancelled) is None
    assert len(asked) == most
