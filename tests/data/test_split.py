"""Splits partition the rows, keep classes in proportion and depend on the seed alone."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from nnstudio.core.errors import StudioError
from nnstudio.data.dataset import build
from nnstudio.data.split import Split, folds, part_sizes, split_rows
from nnstudio.graph.types import ClassTarget, ValueTarget


def labelled(labels, own_test=None):
    labels = np.asarray(labels, np.int64)
    x = np.arange(len(labels), dtype=np.float32)[:, None]
    names = tuple(str(k) for k in range(int(labels.max()) + 1))
    return build("set", x, labels, ClassTarget(names), test_rows=own_test)


def check_partition(rows, size):
    joined = np.concatenate([rows.train, rows.valid, rows.test])
    np.testing.assert_array_equal(np.sort(joined), np.arange(size))
    for part in (rows.train, rows.valid, rows.test):
        assert part.dtype == np.int64
        assert (np.diff(part) > 0).all()


@settings(max_examples=60, deadline=None)
@given(
    counts=st.lists(st.integers(3, 60), min_size=2, max_size=5),
    valid=st.floats(0.0, 0.4),
    test=st.floats(0.0, 0.4),
    seed=st.integers(0, 1000),
)
def test_parts_partition_the_rows_and_classes_are_spread_within_one(counts, valid, test, seed):
    data = labelled(np.repeat(np.arange(len(counts)), counts))
    split = Split(train=1.0 - valid - test, valid=valid, test=test)
    rows = split_rows(data, split, seed)
    check_partition(rows, data.size)
    assert abs(len(rows.test) - data.size * test) <= 1
    per_class = np.bincount(data.y[rows.test], minlength=len(counts))
    share = len(rows.test) / data.size
    assert (np.abs(per_class - np.array(counts) * share) <= 1 + 1e-9).all()


def test_default_shares_of_a_thousand():
    rows = split_rows(labelled(np.arange(1000) % 2), Split(), 0)
    assert [len(rows.train), len(rows.valid), len(rows.test)] == [700, 100, 200]


def test_same_seed_same_rows_and_the_splits_own_seed_wins():
    data = labelled(np.arange(200) % 3)
    first, again, other = (split_rows(data, Split(), seed) for seed in (4, 4, 5))
    np.testing.assert_array_equal(first.train, again.train)
    assert not np.array_equal(first.train, other.train)
    fixed = split_rows(data, Split(seed=4), 99)
    np.testing.assert_array_equal(first.train, fixed.train)


def test_without_stratifying_rows_are_drawn_freely():
    data = labelled(np.repeat([0, 1], [180, 20]))
    counts = {
        int(data.y[split_rows(data, Split(stratify=False), seed).test].sum()) for seed in range(12)
    }
    assert len(counts) > 1
    strict = {int(data.y[split_rows(data, Split(), seed).test].sum()) for seed in range(12)}
    assert strict == {4}


def test_values_are_split_without_classes():
    x = np.arange(50, dtype=np.float32)[:, None]
    data = build("set", x, x.copy(), ValueTarget(("v",)))
    check_partition(split_rows(data, Split(), 1), 50)


def test_samples_with_many_classes_are_shuffled_without_looking_at_them():
    y = np.repeat([[0, 1], [1, -1]], 25, axis=0)
    data = build("set", np.zeros((50, 2, 1), np.float32), y, ClassTarget(("a", "b"), (2,)))
    check_partition(split_rows(data, Split(), 1), 50)
    free = split_rows(data, Split(stratify=False), 1)
    np.testing.assert_array_equal(split_rows(data, Split(), 1).train, free.train)


def test_own_test_part_is_kept():
    own = np.arange(80, 100)
    data = labelled(np.arange(100) % 2, own)
    rows = split_rows(data, Split(), 3)
    np.testing.assert_array_equal(rows.test, own)
    assert (len(rows.train), len(rows.valid)) == (70, 10)
    check_partition(rows, 100)


def test_parts_asked_for_are_never_empty():
    rows = split_rows(labelled([0, 1, 0, 1]), Split(train=0.9, valid=0.05, test=0.05), 0)
    assert (len(rows.train), len(rows.valid), len(rows.test)) == (2, 1, 1)


def test_too_few_samples_say_what_to_do():
    with pytest.raises(StudioError, match=r"set has only 2 samples.*set the validation"):
        split_rows(labelled([0, 1]), Split(), 0)


def test_shares_must_add_up():
    with pytest.raises(ValidationError, match=r"add up to 1, they give 0.9"):
        Split(train=0.6, valid=0.1, test=0.2)


def test_folds_validate_every_row_once_and_are_stratified():
    data = labelled(np.repeat([0, 1, 2], [40, 30, 33]), np.arange(100, 103))
    parts = folds(data, 5, 7)
    validated = np.sort(np.concatenate([rows.valid for rows in parts]))
    np.testing.assert_array_equal(validated, np.arange(100))
    for rows in parts:
        check_partition(rows, 103)
        assert (np.abs(np.bincount(data.y[rows.valid]) - [8, 6, 6]) <= 1).all()
        np.testing.assert_array_equal(rows.test, [100, 101, 102])


@pytest.mark.parametrize("count", [0, 1, 11])
def test_impossible_folds_are_refused(count):
    with pytest.raises(StudioError, match="from 2 to 10"):
        folds(labelled(np.arange(10) % 2), count, 0)


def test_rows_cannot_be_reassigned():
    rows = split_rows(labelled(np.arange(20) % 2), Split(), 0)
    with pytest.raises(dataclasses.FrozenInstanceError):
        rows.train = rows.test


def test_rows_that_are_not_mixed_stay_in_order():
    rows = split_rows(_series(20), Split(train=0.7, valid=0.1, test=0.2, mix=False), 3)
    assert [list(part) for part in (rows.train, rows.valid, rows.test)] == [
        list(range(14)),
        [14, 15],
        [16, 17, 18, 19],
    ]


def test_rows_that_are_not_mixed_spare_the_own_test_part():
    own = np.array([0, 7])
    rows = split_rows(_series(12, own), Split(train=0.8, valid=0.2, test=0.0, mix=False), 3)
    assert list(rows.train) == [1, 2, 3, 4, 5, 6, 8, 9]
    assert list(rows.valid) == [10, 11]
    assert list(rows.test) == [0, 7]


def _series(count, test_rows=None):
    target = ClassTarget(("a", "b"))
    y = np.arange(count, dtype=np.int64) % 2
    x = np.zeros((count, 3), np.float32)
    return build("series", x, y, target, test_rows=test_rows)


@pytest.mark.parametrize("own_test", [None, np.arange(7)])
@pytest.mark.parametrize("shares", [(0.7, 0.1, 0.2), (1.0, 0.0, 0.0), (0.34, 0.33, 0.33)])
def test_sizes_of_parts_are_known_without_splitting(own_test, shares):
    train, valid, test = shares
    split = Split(train=train, valid=valid, test=test)
    data = labelled(np.repeat(np.arange(3), 33), own_test)
    rows = split_rows(data, split, 5)
    assert part_sizes(data, split) == (len(rows.train), len(rows.valid))
