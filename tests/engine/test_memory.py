"""Facts about the arena."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnstudio.core.errors import StudioError
from nnstudio.engine import memory
from nnstudio.engine.memory import ALIGNMENT, Life, aligned, lives, pack
from nnstudio.engine.optimisers import State
from nnstudio.engine.plan import TrainPlan
from nnstudio.kernels.moves import add_into
from nnstudio.kernels.program import Buffer, Program
from tests.nets import network
from tests.perf.workloads import workload

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


@pytest.mark.parametrize("name", ["mlp", "digits lenet", "resnet20", "lstm2"])
def test_the_batch_that_is_said_to_fit_fits_and_not_many_more(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = workload(name)
    net = network(work.graph, work.signature)
    monkeypatch.setattr(Program, "link", lambda self, progress: None)

    def bytes_of(batch: int) -> int:
        return TrainPlan(net, batch, 1, 2, [], State(0, "f4")).arena.size

    room = bytes_of(37)
    monkeypatch.setattr(memory, "available_bytes", lambda: room)
    with pytest.raises(StudioError, match="choose a batch of at most") as refused:
        bytes_of(96)
    largest = int(re.findall(r"\d+", str(refused.value))[-1])
    assert 29 <= largest <= 37
    assert bytes_of(largest) <= room


def test_where_not_even_one_sample_fits_the_network_is_too_large(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memory, "available_bytes", lambda: 1000)
    with pytest.raises(
        StudioError, match=r"needs about 4 kB; 1000 bytes .* make the network smaller"
    ):
        memory.require_room(4096, 1024, 8)
