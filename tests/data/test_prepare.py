"""Prepared parts: scaled by the training part, contiguous, or left on disk where they are large."""

import numpy as np
import pytest

from nnstudio.core.errors import Cancelled
from nnstudio.core.random import stream
from nnstudio.data.dataset import build
from nnstudio.data.load import load
from nnstudio.data.prepare import make_part, prepare, prepare_rows
from nnstudio.data.sources import BuiltIn
from nnstudio.data.split import Split, folds
from nnstudio.data.transform import Scaling
from nnstudio.graph.types import ClassTarget


def pictures(count=90):
    x = stream(0, "pictures").integers(0, 256, (count, 4, 3, 2), dtype=np.uint8)
    labels = np.arange(count, dtype=np.int64) % 3
    return build("pictures", x, labels, ClassTarget(("a", "b", "c")))


def test_parts_hold_scaled_contiguous_float32():
    data = load(BuiltIn())
    done = prepare(data, Split(), Scaling(), 0)
    assert done.signature == data.signature
    for part in (done.train, done.valid, done.test):
        assert part.x.dtype == np.float32
        assert part.x.flags.c_contiguous
        assert part.y.flags.c_contiguous
        assert len(part.x) == len(part.y) == part.size
        assert not part.staged
        np.testing.assert_array_equal(part.x, done.scaler.apply(data.x[part.rows]))
        np.testing.assert_array_equal(part.y, data.y[part.rows])  # classes are not scaled
    assert done.train.size + done.valid.size + done.test.size == 1797


def test_large_sets_stay_as_they_are_and_give_the_same_samples():
    data = pictures()
    small = prepare(data, Split(), Scaling(), 5)
    large = prepare(data, Split(), Scaling(), 5, in_memory_bytes=100)
    assert large.train.staged
    assert large.train.x is data.x
    np.testing.assert_array_equal(large.valid.y, small.valid.y)
    every = np.arange(small.train.size)
    np.testing.assert_array_equal(large.train.samples(every), small.train.samples(every))
    some = np.array([5, 0, 5])
    out = np.empty((3, 4, 3, 2), np.float32)
    assert large.test.samples(some, out=out) is out
    np.testing.assert_array_equal(out, small.test.samples(some))
    np.testing.assert_array_equal(small.test.samples(some, out=np.empty_like(out)), out)


def test_mapped_sets_stay_mapped(tmp_path):
    data = pictures()
    data.x.tofile(tmp_path / "x.bin")
    mapped = np.memmap(tmp_path / "x.bin", np.uint8, "r", shape=data.x.shape)
    same = build("pictures", mapped, data.y.copy(), data.signature.target)
    assert same.fingerprint == data.fingerprint
    part = prepare(same, Split(), Scaling(), 5).train
    assert isinstance(part.x, np.memmap)
    inside = prepare(data, Split(), Scaling(), 5).train
    np.testing.assert_array_equal(part.samples(slice(0, 7)), inside.samples(slice(0, 7)))


def test_folds_are_scaled_by_their_own_training_rows():
    data = pictures()
    means = [
        float(prepare_rows(data, rows, Scaling()).scaler.offset[0]) for rows in folds(data, 3, 0)
    ]
    assert len(set(means)) == 3


def test_other_rows_can_be_scaled_with_a_saved_scaler():
    data = pictures()
    scaler = prepare(data, Split(), Scaling(), 0).scaler
    part = make_part(data, np.array([3, 4]), scaler)
    np.testing.assert_array_equal(part.x, scaler.apply(data.x[3:5]))


def test_progress_is_told_and_cancel_is_honoured():
    told = []
    prepare(pictures(), Split(), Scaling(), 0, progress=lambda *step: told.append(step))
    assert [step for step in told if step[1] == 3] == [
        (0, 3, "scaling the training part"),
        (1, 3, "scaling the validation part"),
        (2, 3, "scaling the test part"),
    ]
    with pytest.raises(Cancelled, match="Preparing the data was cancelled"):
        prepare(pictures(), Split(), Scaling(), 0, cancel=lambda: True)
