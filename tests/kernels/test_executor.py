"""The native loop and the team: order, barriers, steps, stopping, and who may launch."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from nnstudio.core.errors import StudioError
from nnstudio.core.random import stream
from nnstudio.kernels import dense
from nnstudio.kernels.conv import Geometry, conv_weight_gradient
from nnstudio.kernels.kernel import In1, InIndex1, Mod1, Out1, OutDouble1, OutIndex1, kernel
from nnstudio.kernels.maths import share
from nnstudio.kernels.team import Team, usable_cores
from tests.kernels.machine import Machine


@kernel
def _note_step(step: InIndex1, seen: Out1, tid: int, threads: int) -> None:
    first, last = share(seen.shape[0], tid, threads)
    for i in range(first, last):
        if i == step[0]:
            seen[i] = float(step[0])


@kernel
def _count(total: OutDouble1, tid: int, threads: int) -> None:
    total[8 * tid] += 1.0


@kernel
def _halt_at(step: InIndex1, halt: OutIndex1, at: int, tid: int, threads: int) -> None:
    if step[0] == at and tid == threads - 1:
        halt[0] = 1


@kernel
def _reverse(source: In1, target: Out1, tid: int, threads: int) -> None:
    size = source.shape[0]
    first, last = share(size, tid, threads)
    for i in range(first, last):
        target[i] = source[size - 1 - i] + 1.0


@kernel
def _record(who: Mod1, tid: int, threads: int) -> None:
    who[tid] += float(threads)


@pytest.fixture(params=[1, 2])
def threads(request):
    return request.param


def test_kernels_see_the_number_of_the_step(threads):
    run = Machine("f4", threads)
    seen = run.given("seen", np.full(12, -1))
    run.program.call(_note_step, run.program.step, seen.vector())
    linked = run.link()
    with Team(threads) as team:
        assert linked.run(team, 4, first_step=5) == 4
    assert run.arrays[seen].tolist() == [-1] * 5 + [5, 6, 7, 8] + [-1] * 3


def test_barriers_keep_conflicting_ops_apart(threads):
    run = Machine("f4", threads)
    a, b = run.given("a", np.zeros(1001)), run.empty("b", (1001,))
    run.program.call(_reverse, a.vector(), b.vector())
    run.program.call(_reverse, b.vector(), a.vector())
    assert run.run(steps=2000) == 2000
    assert (run.arrays[a] == 4000).all()


def test_only_conflicting_ops_wait_for_each_other():
    run = Machine("f4", 2)
    a, b, c = (run.empty(name, (64,)) for name in "abc")
    run.program.call(_reverse, a.vector(), b.vector())
    run.program.call(_reverse, a.vector(), c.vector())
    run.program.call(_reverse, b.vector(), a.vector())
    modes = run.link().table[:, 2]
    assert modes.tolist() == [0, 0, 1]


def test_a_serial_op_runs_on_the_first_thread_alone(threads):
    run = Machine("f4", threads)
    alone, all_threads = run.given("alone", np.zeros(2)), run.given("all", np.zeros(2))
    run.program.call(_record, alone.vector(), serial=True)
    run.program.call(_record, all_threads.vector())
    run.run()
    assert run.arrays[alone].tolist() == [1, 0]
    assert run.arrays[all_threads].tolist() == ([1, 0] if threads == 1 else [2, 2])


def test_a_stop_from_another_thread_ends_the_run_for_all_threads(threads):
    run = Machine("f4", threads)
    total = run.given("total", np.zeros(16), dtype="f8")
    run.program.call(_count, total.vector())
    linked = run.link()
    with Team(threads) as team:
        timer = threading.Timer(0.05, linked.stop)
        timer.start()
        done = linked.run(team, 10**12)
        timer.join()
    assert 0 < done < 10**12
    assert linked.steps_done == done
    assert run.arrays[total][::8][:threads].tolist() == [done] * threads


def test_a_stop_between_two_runs_ends_the_next_after_one_step():
    run = Machine()
    total = run.given("total", np.zeros(8), dtype="f8")
    run.program.call(_count, total.vector())
    linked = run.link()
    with Team(1) as team:
        linked.stop()
        assert linked.run(team, 10) == 1
        assert linked.run(team, 10) == 10


def test_a_kernel_can_end_the_run(threads):
    run = Machine("f4", threads)
    run.program.call(_halt_at, run.program.step, run.program.halt, 6)
    linked = run.link()
    with Team(threads) as team:
        assert linked.run(team, 100) == 7
        assert linked.halted
        assert linked.run(team, 5, first_step=50) == 5
        assert not linked.halted


def test_the_same_work_gives_the_same_bits_every_time(threads):
    draw = stream(3, "bits")
    x, dy = draw.normal(size=(37, 129)), draw.normal(size=(37, 65))
    results = []
    for _ in range(3):
        run = Machine("f4", threads)
        bx, bdy = run.given("x", x), run.given("dy", dy)
        dw, db = run.empty("dw", (129, 65)), run.empty("db", (65,))
        dense.dense_weight_gradient(run.program, bx, bdy, dw, db)
        run.run()
        results.append(run.arrays[dw].tobytes() + run.arrays[db].tobytes())
    assert len(set(results)) == 1


def test_a_larger_team_is_refused():
    run = Machine("f4", 1)
    a = run.empty("a", (4,))
    run.program.call(_reverse, a.vector(), a.vector())
    linked = run.link()
    with Team(2) as team, pytest.raises(StudioError, match="1 threads"):
        linked.run(team, 1)


def test_a_smaller_team_gives_the_same_bits():
    draw = stream(7, "smaller team")
    x, dy = draw.normal(size=(37, 9, 9, 5)), draw.normal(size=(37, 7, 7, 6))
    results = []
    for size in (1, 2):
        run = Machine("f4", 2)
        dw, db = run.empty("dw", (3, 3, 5, 6)), run.empty("db", (6,))
        bx, bdy = run.given("x", x), run.given("dy", dy)
        conv_weight_gradient(run.program, bx, bdy, dw, db, Geometry((3, 3)))
        with Team(size) as team:
            run.run(team=team)
        results.append(run.arrays[dw].tobytes() + run.arrays[db].tobytes())
    assert results[0] == results[1]


def test_no_step_at_all_is_refused():
    linked = Machine().link()
    with Team(1) as team, pytest.raises(StudioError, match="at least one step"):
        linked.run(team, 0)


def test_a_busy_team_refuses_a_second_launcher():
    entered, leave = threading.Event(), threading.Event()

    def wait(_tid):
        entered.set()
        leave.wait(10)

    with Team(1) as team:
        launcher = threading.Thread(target=team.run, args=(wait,))
        launcher.start()
        entered.wait(10)
        with pytest.raises(StudioError, match="busy"):
            team.run(lambda _tid: None)
        leave.set()
        launcher.join()


def test_a_closed_team_refuses_work_and_leaves_no_thread():
    team = Team(2)
    before = threading.active_count()
    team.close()
    team.close()
    assert threading.active_count() == before - 1
    with pytest.raises(StudioError, match="closed"):
        team.run(lambda _tid: None)


def test_a_team_needs_a_thread():
    with pytest.raises(StudioError, match="at least one"):
        Team(0)
    assert usable_cores() >= 1


def test_what_fails_on_a_worker_is_raised_where_the_team_runs() -> None:
    def job(tid: int) -> None:
        if tid == 1:
            raise ValueError("worker 1")

    with Team(2) as team:
        with pytest.raises(ValueError, match="worker 1"):
            team.run(job)
        team.run(lambda tid: None)
