"""The loader deals every sample once an epoch, in memory and staged alike, without waits."""

import threading
import time

import numpy as np
import pytest

from nnstudio.core.errors import StudioError
from nnstudio.core.random import stream
from nnstudio.data.loader import Loader
from nnstudio.data.prepare import Part
from nnstudio.data.transform import Scaler


class Slow(np.ndarray):
    """An array on a slow disk: every gathering takes a while."""

    delay_s = 0.0

    def __getitem__(self, key):
        if isinstance(key, np.ndarray):
            time.sleep(Slow.delay_s)
        return np.asarray(super().__getitem__(key))


def in_memory(count=103):
    x = stream(0, "loader").random((count, 3, 2), dtype=np.float32)
    return Part(x, np.arange(count, dtype=np.int64), np.arange(count))


def staged(count=103):
    """The same samples, every second row of a larger set, still to be scaled."""
    part = in_memory(count)
    whole = np.zeros((2 * count, 3, 2), np.float32)
    whole[::2] = part.x
    unit = Scaler(np.zeros(1, np.float32), np.ones(1, np.float32), np.empty(0, np.float32))
    return Part(whole.view(Slow), part.y, np.arange(count) * 2, unit)


def dealt(loader, epochs=3, steps=4):
    """Copies of all batches, as the engine would gather them."""
    batches = []
    for epoch in range(epochs):
        first = 0
        while first < loader.steps_per_epoch:
            chunk = loader.chunk(epoch, first, steps)
            for step in range(chunk.steps):
                rows = chunk.rows[step * chunk.batch : (step + 1) * chunk.batch]
                batches.append((chunk.x[rows].copy(), chunk.y[rows].copy()))
            first += chunk.steps
    return batches


def test_every_sample_comes_once_an_epoch():
    loader = Loader(in_memory(), 10, 7)
    assert (loader.steps_per_epoch, loader.full_steps, loader.last_batch) == (11, 10, 3)
    batches = dealt(loader, epochs=2)
    assert [len(y) for _, y in batches] == ([10] * 10 + [3]) * 2
    first = np.concatenate([y for _, y in batches[:11]])
    second = np.concatenate([y for _, y in batches[11:]])
    np.testing.assert_array_equal(np.sort(first), np.arange(103))
    np.testing.assert_array_equal(np.sort(second), np.arange(103))
    assert not np.array_equal(first, second)


def test_memory_is_handed_over_without_a_copy():
    part = in_memory()
    chunk = Loader(part, 8, 0).chunk(0, 2, 5)
    assert chunk.x is part.x
    assert chunk.y is part.y
    assert chunk.rows.dtype == np.int64
    assert chunk.rows.flags.c_contiguous
    expected = stream(0, "shuffle", 0).permutation(103)[16:56]
    np.testing.assert_array_equal(chunk.rows, expected)
    assert (chunk.steps, chunk.last_batch) == (5, 8)


def test_the_last_chunk_ends_with_the_epoch():
    chunk = Loader(in_memory(), 10, 0).chunk(4, 9, 50)
    assert (chunk.steps, chunk.last_batch, len(chunk.rows)) == (2, 3, 13)


def test_without_shuffling_samples_come_in_order():
    loader = Loader(in_memory(), 50, 0, order="as they come")
    np.testing.assert_array_equal(loader.chunk(3, 0, 3).rows, np.arange(103))


@pytest.mark.parametrize("order", ["shuffled", "as they come", "streams"])
def test_staged_batches_equal_those_in_memory(order):
    with Loader(staged(), 10, 7, order) as loader:
        theirs = dealt(loader)
    ours = dealt(Loader(in_memory(), 10, 7, order))
    assert len(ours) == len(theirs) == 33
    for (x, y), (x2, y2) in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(x, x2)
        np.testing.assert_array_equal(y, y2)


def test_jumps_and_changing_chunk_sizes_give_the_right_rows():
    memory = Loader(in_memory(), 10, 1)
    with Loader(staged(), 10, 1) as loader:
        for epoch, first, steps in [(0, 0, 2), (0, 5, 6), (0, 2, 1), (2, 0, 11), (1, 10, 3)]:
            ours = memory.chunk(epoch, first, steps)
            theirs = loader.chunk(epoch, first, steps)
            np.testing.assert_array_equal(ours.x[ours.rows], theirs.x[theirs.rows])
            np.testing.assert_array_equal(ours.y[ours.rows], theirs.y[theirs.rows])


def test_a_chunk_stays_whole_while_the_next_is_gathered():
    with Loader(staged(), 10, 1) as loader:
        chunk = loader.chunk(0, 0, 3)
        before = chunk.x.copy()
        time.sleep(0.05)
        np.testing.assert_array_equal(chunk.x, before)
        assert loader.chunk(0, 3, 3).x is not chunk.x


def test_the_engine_does_not_wait_for_a_slow_source(monkeypatch):
    monkeypatch.setattr(Slow, "delay_s", 0.04)
    waits = []
    with Loader(staged(), 10, 7) as loader:
        for first in range(0, 10, 2):
            start = time.perf_counter()
            loader.chunk(0, first, 2)
            waits.append(time.perf_counter() - start)
            time.sleep(0.08)  # the engine's work on the chunk
    assert waits[0] >= 0.04
    assert sorted(waits[1:])[-2] < 0.02


def test_chunks_of_changing_length_are_gathered_ahead_too(monkeypatch):
    monkeypatch.setattr(Slow, "delay_s", 0.04)
    waits, first = [], 0
    with Loader(staged(400), 10, 7) as loader:
        for steps in (2, 5, 3, 4, 2, 6, 5):  # as many as the engine manages in its time
            start = time.perf_counter()
            chunk = loader.chunk(0, first, steps)
            waits.append(time.perf_counter() - start)
            assert 1 <= chunk.steps <= steps
            rows = loader._rows(0, first * 10, (first + chunk.steps) * 10)
            np.testing.assert_array_equal(chunk.y, rows)
            first += chunk.steps
            time.sleep(0.08)
    assert sorted(waits[1:])[-2] < 0.02


def test_closing_ends_the_thread_and_can_be_done_twice():
    before = set(threading.enumerate())
    loader = Loader(staged(), 10, 7)
    loader.chunk(0, 0, 2)
    started = [t for t in threading.enumerate() if t not in before]
    assert [t.name.startswith("nnstudio-gather") for t in started] == [True]
    loader.close()
    loader.close()
    assert not started[0].is_alive()


def test_a_disk_that_fails_is_one_sentence():
    class Gone(np.ndarray):
        def __getitem__(self, key):
            raise OSError(5, "Input/output error")

    part = staged()
    broken = Part(part.x.view(Gone), part.y, part.rows, part.scaler)
    with (
        Loader(broken, 10, 0) as loader,
        pytest.raises(StudioError, match=r"^The data could not be read any more: .*\.$"),
    ):
        loader.chunk(0, 0, 1)


def test_values_are_staged_as_float32_columns():
    part = staged(40)
    values = np.arange(80, dtype=np.float32).reshape(40, 2)
    with Loader(Part(part.x, values, part.rows, part.scaler), 8, 0, "as they come") as loader:
        np.testing.assert_array_equal(loader.chunk(0, 1, 2).y, values[8:24])


@pytest.mark.parametrize(
    ("batch", "sentence"),
    [
        (104, "larger than the data: this part holds 103; choose a batch of at most 103"),
        (0, "choose at least 1"),
    ],
)
def test_impossible_batches_are_refused(batch, sentence):
    with pytest.raises(StudioError, match=sentence):
        Loader(in_memory(), batch, 0)


def test_steps_outside_the_epoch_are_refused():
    with pytest.raises(StudioError, match="not in an epoch of 11 steps"):
        Loader(in_memory(), 10, 0).chunk(0, 11, 1)


@pytest.mark.parametrize(("size", "batch"), [(12, 4), (14, 4), (103, 10), (7, 7), (5, 1), (3, 2)])
def test_in_streams_each_row_follows_its_row_of_the_batch_before(size, batch):
    loader = Loader(in_memory(size), batch, 7, "streams")
    rows = np.concatenate([loader.chunk(2, step, 1).rows for step in range(loader.steps_per_epoch)])
    np.testing.assert_array_equal(np.sort(rows), np.arange(size))
    np.testing.assert_array_equal(rows[batch:], rows[:-batch] + 1)
