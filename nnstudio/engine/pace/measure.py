"""Measures the pace of this machine: the operations of small networks, each within its step."""

from __future__ import annotations

import dataclasses
import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnstudio.core.errors import Cancelled
from nnstudio.core.random import stream
from nnstudio.engine.optimisers import State, chain
from nnstudio.engine.pace.model import Pace, Points
from nnstudio.engine.pace.suite import Sample, suite
from nnstudio.engine.pace.work import is_product, key_of, memory_of, traits
from nnstudio.engine.plan import Network, TrainPlan
from nnstudio.engine.weights import Weights
from nnstudio.graph.infer import infer
from nnstudio.graph.types import ClassTarget
from nnstudio.kernels.link import Linked
from nnstudio.kernels.program import Op
from nnstudio.kernels.team import Team

ROUNDS = 5  # steps of which the best time of each operation counts
IN_CACHE = 200_000  # numbers of a step that stay in the second cache
TINY_S = 2e-6
FINE_S = 1e-6
SHORT_S = 3e-5  # operations below are run many times in a row: a call costs microseconds
TOGETHER_S = 6e-5  # what such a row takes
DECAY = 1e-6  # of the weights, so that its pass is measured too
MOST_TIMES = 400  # in such a row
SAMPLES = 256
COPIED = 1 << 22  # more than the caches hold
LARGE_S = 1e-4  # operations above tell what a team gains
LARGE_STEP_S = 1e-3
TINY_STEP_S = 3e-5  # steps below tell what a call and a barrier cost
MOST_BARRIER_S = 1e-6  # usually 0.1 µs; more means that a thread was kept waiting by neighbours
STEPS_S = 2e-3  # what a row of whole steps takes


@dataclass(frozen=True, slots=True)
class Timed:
    """An operation and the seconds that it took on one thread, and perhaps on a team.

    Attributes:
        op: The operation.
        key: What it is compared with; see `work.key_of`.
        memory: Numbers that all buffers of its step hold.
        seconds: On one thread.
        team_s: On a team; None where that was not measured.
    """

    op: Op
    key: str
    memory: int
    seconds: float
    team_s: float | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A whole step of one network.

    Attributes:
        ops: Its operations.
        seconds: The whole step on one thread, many in a row.
        team_s: The same on a team.
    """

    ops: tuple[Timed, ...]
    seconds: float
    team_s: float


def measure_pace(
    threads: int,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Pace | None:
    """Measure this machine; takes some seconds. Only one thread may run kernels meanwhile.

    Args:
        threads: The largest team that will be asked for.
        progress: Told (done, total) networks.
        cancelled: Asked before each network, and each piece of code that must be compiled.

    Returns:
        The pace, or None where it was cancelled.
    """
    samples, steps = list(suite()), list[Step]()
    with Team(1) as single, Team(threads) as team:
        for done, sample in enumerate(samples):
            if progress is not None:
                progress(done, len(samples))
            try:
                steps.append(_measured(sample, single, team, cancelled))
            except Cancelled:
                return None
    return fitted(steps, threads)


def fitted(steps: Sequence[Step], threads: int) -> Pace:
    """Make a pace of what was measured on one thread and on a team of `threads`."""
    rows: dict[str, list[tuple[tuple[float, ...], float]]] = defaultdict(list)
    found = [one for step in steps for one in step.ops]
    for one in found:
        shape = traits(one.op, one.memory)
        rows[one.key].append((shape, math.log(max(one.seconds, 1e-9)) - shape[0]))
    points = {
        name: Points(np.array([shape for shape, _ in many]), np.array([log for _, log in many]))
        for name, many in rows.items()
    }
    tiny = [step for step in steps if step.seconds < TINY_STEP_S]
    call = _middle((one.seconds - sum(op.seconds for op in one.ops)) / len(one.ops) for one in tiny)
    copy = _copying()
    if threads == 1:
        return Pace(points, call, copy)
    losses = [(one.team_s - one.seconds) / len(one.ops) for one in tiny]
    barrier = min(max(min(losses, default=0.0), 0.0), MOST_BARRIER_S)
    return Pace(points, call, copy, threads, _gain(found, True), _gain(found, False), barrier)


def _gain(found: list[Timed], products: bool) -> float:
    """Give how many times faster the team was in large operations; neighbours only slow it."""
    ratios = [
        one.seconds / one.team_s
        for one in found
        if one.team_s and one.seconds > LARGE_S and is_product(one.key) == products
    ]
    return max(float(np.percentile(ratios, 70)), 1.0) if ratios else 1.0


def _copying() -> float:
    """Give the seconds that a float32 number takes to be copied to new memory."""
    whole = np.ones(COPIED, np.float32)
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.perf_counter()
        whole.copy()
        best = min(best, time.perf_counter() - began)
    return best / COPIED


def _middle(values: Iterable[float]) -> float:
    """Give the median, or 0 where it is negative or there is none."""
    known = list(values)
    return max(float(np.median(known)), 0.0) if known else 0.0


def _plan(sample: Sample, threads: int, cancelled: Callable[[], bool]) -> TrainPlan:
    def ask(_done: int, _total: int) -> None:
        if cancelled():
            raise Cancelled("Measuring this machine")

    weights = Weights(sample.graph, infer(sample.graph, sample.signature))
    weights.initialise(1)
    network = Network(sample.graph, sample.signature, weights, 1)
    state = State(len(weights.values), weights.dtype)
    plan = TrainPlan(
        network, sample.batch, MOST_TIMES, threads, chain(sample.rule, l2=DECAY), state, ask
    )
    draw = stream(1, "pace")
    shape = sample.signature.input.shape
    x = draw.normal(0, 1, (SAMPLES, *shape)).astype(np.float32)
    if sample.one_hot:
        symbols = draw.integers(0, shape[-1], (SAMPLES, *shape[:-1]))
        x = np.eye(shape[-1], dtype=np.float32)[symbols]
    assert isinstance(sample.signature.target, ClassTarget)
    plan.bind(x, draw.integers(0, sample.signature.target.size, SAMPLES))
    plan.tables.rates[:] = 1e-4
    return plan


def _measured(sample: Sample, single: Team, team: Team, cancelled: Callable[[], bool]) -> Step:
    """Time a network's step, as a whole and by its operations."""
    plan = _plan(sample, 1, cancelled)
    rows = np.zeros(sample.batch * MOST_TIMES, np.int64)
    plan.run(single, rows[: sample.batch])
    ops = plan.program.ops
    alone = _times(plan, single)
    times = max(1, min(MOST_TIMES, round(STEPS_S / sum(alone))))
    whole = whole_team = _step(plan, single, rows[: sample.batch * times])
    together: list[float | None] = [None] * len(ops)
    if team.threads > 1:
        shared = _plan(sample, team.threads, cancelled)
        whole_team = _step(shared, team, rows[: sample.batch * times])
        names = [op.kernel.name for op in shared.program.ops]
        if names == [op.kernel.name for op in ops] and sum(alone) > LARGE_STEP_S:
            together = list(_times(shared, team))
    first = sample.graph.outgoing(sample.graph.sources()[0].id)[0].dst.node
    memory = memory_of(plan.program)
    timed = (
        Timed(op, key_of(op, one_hot=sample.one_hot and op.owner == first), memory, one, both)
        for op, one, both in zip(ops, alone, together, strict=True)
    )
    return Step(tuple(timed), whole, whole_team)


def _step(plan: TrainPlan, team: Team, rows: NDArray[np.int64]) -> float:
    """Give the best time of a step among others."""
    times = len(rows) // plan.batch
    best = float("inf")
    clock = _clock(team)
    for _ in range(ROUNDS):
        began = clock()
        plan.run(team, rows)
        best = min(best, clock() - began)
    return best / times


def _times(plan: TrainPlan, team: Team) -> list[float]:
    """Give the best time of each operation, run one after the other as in a step."""
    ones = [_alone(plan, at) for at in range(len(plan.program.ops))]
    nothing = dataclasses.replace(plan.linked, table=plan.linked.table[:0].copy())
    call = min(_seconds(nothing, team) for _ in range(20))
    best, often = ([float("inf")] * len(ones) for _ in range(2))
    short = SHORT_S if memory_of(plan.program) < IN_CACHE else TINY_S
    for _ in range(ROUNDS):
        for at, one in enumerate(ones):
            best[at] = min(best[at], _seconds(one, team) - call)
            if best[at] < short:  # now, while what it reads is still in the arena
                often[at] = min(often[at], _repeated(one, team, best[at]))
    pairs = zip(best, often, strict=True)
    return [repeated if once < short else once for once, repeated in pairs]


def _alone(plan: TrainPlan, at: int) -> Linked:
    """Give one operation of a plan as a program of its own."""
    return dataclasses.replace(plan.linked, table=plan.linked.table[at : at + 1].copy())


def _repeated(one: Linked, team: Team, about: float) -> float:
    times = min(MOST_TIMES, max(2, round(TOGETHER_S / max(about, 1e-7))))
    return _seconds(one, team, times) / times


def _seconds(one: Linked, team: Team, times: int = 1) -> float:
    clock = _clock(team)
    began = clock()
    one.run(team, times)
    return clock() - began


def _clock(team: Team) -> Callable[[], float]:
    """Give the clock for a team: for a lone thread its processor's, which neighbours do not move.

    Windows counts a thread's time in steps of 16 ms, too coarse for this.
    """
    fine = time.get_clock_info("thread_time").resolution < FINE_S
    return time.thread_time if team.threads == 1 and fine else time.perf_counter
