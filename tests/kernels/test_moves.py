"""Copies, sums and halos."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.core.random import stream
from nnstudio.kernels import moves
from tests.kernels.machine import Machine


@pytest.fixture(params=[(1, 2, 3, 2), (40, 9, 7, 5)], ids=["tiny", "large"])
def x(request):
    return stream(6, "moves").normal(size=request.param).astype("f4")


def test_with_halo_copies_only_when_needed(x):
    run = Machine("f4", 2)
    wide = run.given("wide", x, (1, 1, 1, 1))
    assert moves.with_halo(run.program, wide, (1, 0, 1, 1)) is wide
    assert run.program.ops == []
    made = moves.with_halo(run.program, wide, (2, 0, 1, 3))
    run.run()
    want = np.pad(x, ((0, 0), (2, 0), (1, 3), (0, 0)))
    assert (run.arrays[made] == want).all()


def test_clear_halo_touches_only_the_halo(x):
    run = Machine("f4", 2)
    target = run.empty("target", x.shape, (1, 2, 0, 3))
    run.inside(target)[...] = x
    moves.clear_halo(run.program, target)
    run.run()
    assert (run.arrays[target] == np.pad(x, ((0, 0), (1, 2), (0, 3), (0, 0)))).all()


def test_copy_add_and_fill_work_inside_the_halo(x):
    run = Machine("f4", 2)
    source = run.given("source", x, (0, 1, 2, 0))
    copied, summed = run.empty("copied", x.shape, (1, 1, 1, 1)), run.given("summed", x)
    filled = run.empty("filled", x.shape, (1, 0, 0, 0))
    moves.copy(run.program, source, copied)
    moves.add_into(run.program, source, summed)
    moves.fill(run.program, filled, 2.5)
    run.run()
    assert (run.inside(copied) == x).all()
    assert np.isnan(run.arrays[copied]).sum() == run.arrays[copied].size - x.size
    assert (run.arrays[summed] == x + x).all()
    assert (run.inside(filled) == 2.5).all()


def test_parts_are_summed():
    run = Machine("f4", 2)
    parts = run.given("parts", np.arange(12.0).reshape(3, 4))
    total = run.empty("total", (2, 2))
    moves.reduce_parts(run.program, parts, total, 3)
    run.run()
    assert run.arrays[total].ravel().tolist() == [12, 15, 18, 21]
