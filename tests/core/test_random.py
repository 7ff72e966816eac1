"""Named streams: the same again, apart from each other, the same on every machine."""

from __future__ import annotations

import numpy as np

from nnstudio.core.random import stream, stream_key


def test_the_same_name_gives_the_same_numbers():
    first, again = (stream(7, "weights", "conv1").random(100) for _ in range(2))
    assert np.array_equal(first, again)


def test_keys_never_change_between_versions():
    assert stream_key(7, "weights", "conv1", 3) == 268603079656961485441658841040282693679


def test_other_names_and_seeds_give_other_keys():
    names = [("a",), ("b",), ("a", "b"), ("ab",), ("a", 1), ("a1",), (1, "a"), ()]
    keys = {stream_key(seed, *path) for seed in (0, 1, -1, 2**70) for path in names}
    assert len(keys) == 4 * len(names)


def test_numbers_and_their_texts_name_the_same_stream():
    assert stream_key(7, "epoch", 3) == stream_key(7, "epoch", "3")


def test_neighbouring_streams_do_not_resemble_each_other():
    draws = np.stack(
        [stream(seed, "shuffle", step).random(4000) for seed in (0, 1) for step in (0, 1)]
    )
    correlations = np.corrcoef(draws) - np.eye(4)
    assert np.abs(correlations).max() < 0.06
    assert np.abs(draws.mean(axis=1) - 0.5).max() < 0.02
