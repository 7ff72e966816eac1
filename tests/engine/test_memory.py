"""Facts about the arena."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from nnstudio.engine.memory import ALIGNMENT, Life, aligned, lives, pack
from nnstudio.kernels.moves import add_into
from nnstudio.kernels.program import Buffer, Program

_LIVES = st.lists(
    st.tuples(st.integers(1, 5000), st.integers(0, 30), st.integers(0, 10)), max_size=40
)


@given(_LIVES)
def test_buffers_that_live_together_share_no_byte(items: list[tuple[int, int, int]]) -> None:
    sizes, life = {}, {}
    for size, first, length in items:
        buffer = Buffer("b", (size,))
        sizes[buffer], life[buffer] = size, Life(first, first + length)
    offsets, total = pack(sizes, life)
    for a in offsets:
        assert offsets[a] % ALIGNMENT == 0
        assert offsets[a] + sizes[a] <= total
        for b in offsets:
            if a is not b and life[a].overlaps(life[b]):
                assert offsets[a] + sizes[a] <= offsets[b] or offsets[b] + sizes[b] <= offsets[a]


def test_buffers_that_follow_each_other_share_memory() -> None:
    one, two = Buffer("one", (64,)), Buffer("two", (64,))
    _, total = pack({one: 256, two: 256}, {one: Life(0, 1), two: Life(2, 3)})
    assert total == 256


def test_memory_begins_on_a_cache_line() -> None:
    assert all(aligned(n, "f4").ctypes.data % ALIGNMENT == 0 for n in (1, 17, 4096))


def test_lives_come_in_the_order_of_the_operations() -> None:
    program = Program()
    buffers = [program.buffer(f"b{i}", (4, 8)) for i in range(40)]
    for source, goal in pairwise(buffers):
        add_into(program, source, goal)
    found = lives(program.ops)
    assert list(found) == buffers  # so that the arena looks alike in every run
    assert found[buffers[1]] == Life(0, 1)
