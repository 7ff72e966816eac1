"""Buffers, views and ops."""

from __future__ import annotations

import pytest

from nnstudio.kernels.dense import dense_forward
from nnstudio.kernels.program import Buffer, Program


def test_a_halo_is_part_of_the_memory_and_not_of_the_shape():
    x = Buffer("x", (2, 3, 4, 5), halo=(1, 2, 3, 4), address=1000)
    assert x.pitch == (2, 6, 11, 5)
    assert (x.size, x.memory_size) == (120, 660)
    assert x.maps().address("f4") == 1000 + 4 * (11 + 3) * 5
    assert x.rows().dims == (2, 6, 55)
    with pytest.raises(ValueError, match="halo"):
        x.flat()


def test_only_maps_have_a_halo():
    with pytest.raises(ValueError, match="rank 2"):
        Buffer("x", (2, 3), halo=(1, 1, 1, 1))


def test_an_alias_follows_its_base():
    base = Buffer("flat", (100,), address=4096)
    part = Buffer("w", (4, 5), base=base, offset=20)
    inner = Buffer("row", (5,), base=part, offset=5)
    assert part.located("f4") == 4096 + 80
    assert inner.located("f8") == 4096 + 200
    assert inner.root is base


def test_a_buffer_without_a_place_says_so():
    with pytest.raises(ValueError, match="'x' has no address"):
        Buffer("x", (3,)).located("f4")


def test_an_op_knows_what_it_reads_and_writes():
    program = Program()
    x, y = program.buffer("x", (8, 3)), program.buffer("y", (8, 2))
    flat = program.buffer("parameters", (8,))
    w, bias = Buffer("w", (3, 2), base=flat), Buffer("b", (2,), base=flat, offset=6)
    dense_forward(program, x, w, bias, y)
    (op,) = program.ops
    assert op.reads == {x, flat}
    assert op.writes == {y}
    assert set(op.read_buffers) == {x, w, bias}


def test_a_program_has_one_of_two_real_types():
    with pytest.raises(ValueError, match="'f4' or 'f8'"):
        Program("f2")
