"""IDX files: plain and packed, with a test part, damaged and lying ones."""

import errno
import gzip
import struct

import numpy as np
import pytest

from nnstudio.core.errors import Cancelled, StudioError
from nnstudio.data import storage
from nnstudio.data.load import load
from nnstudio.data.sources import Idx
from nnstudio.graph.types import maps

CODES = {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}


def idx_bytes(array):
    kind = array.dtype.str[1:]
    head = bytes([0, 0, CODES[kind], array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return head + array.astype(f">{kind}").tobytes()


def write(path, array, packed=False):
    data = idx_bytes(np.asarray(array))
    path.write_bytes(gzip.compress(data) if packed else data)
    return path


@pytest.fixture
def images():
    return np.arange(6 * 4 * 3, dtype=np.uint8).reshape(6, 4, 3)


@pytest.fixture
def labels():
    return np.array([0, 1, 2, 0, 1, 2], np.uint8)


def refused(tmp_path, images, labels, **more):
    """The sentence load gives; it must be one line."""
    for name, content in (("images", images), ("labels", labels)):
        if isinstance(content, bytes):
            (tmp_path / name).write_bytes(content)
        elif content is not None:
            write(tmp_path / name, content)
    with pytest.raises(StudioError) as caught:
        load(Idx(images="images", labels="labels", **more), base=tmp_path)
    sentence = caught.value.sentence
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


@pytest.mark.parametrize("packed", [False, True])
def test_bytes_stay_bytes_and_get_a_channel(tmp_path, images, labels, packed):
    write(tmp_path / "x", images, packed)
    write(tmp_path / "y", labels, packed)
    data = load(Idx(images=tmp_path / "x", labels=tmp_path / "y"))
    assert data.x.dtype == np.uint8
    np.testing.assert_array_equal(data.x[..., 0], images)
    np.testing.assert_array_equal(data.y, labels)
    assert data.signature.input == maps(4, 3, 1)
    assert data.signature.target.names == ("0", "1", "2")
    assert data.test_rows is None


@pytest.mark.parametrize("kind", ["i1", "i2", "i4", "f4", "f8"])
def test_other_numbers_become_float32(tmp_path, images, labels, kind):
    write(tmp_path / "x", images.astype(kind))
    write(tmp_path / "y", labels.astype("i4"))
    data = load(Idx(images="x", labels="y"), base=tmp_path)
    assert data.x.dtype == np.float32
    np.testing.assert_array_equal(data.x[..., 0], images)


def test_a_second_pair_is_the_own_test_part(tmp_path, images, labels):
    write(tmp_path / "x", images)
    write(tmp_path / "y", labels)
    write(tmp_path / "tx", images[:2] + 1)
    write(tmp_path / "ty", labels[:2], packed=True)
    data = load(Idx(images="x", labels="y", test_images="tx", test_labels="ty"), base=tmp_path)
    assert data.size == 8
    np.testing.assert_array_equal(data.test_rows, [6, 7])
    np.testing.assert_array_equal(data.x[6:, ..., 0], images[:2] + 1)


def test_large_plain_files_are_mapped_not_read(tmp_path, images, labels, monkeypatch):
    write(tmp_path / "images", images)
    write(tmp_path / "labels", labels)
    source = Idx(images="images", labels="labels")
    inside = load(source, base=tmp_path)
    monkeypatch.setattr(storage, "IN_MEMORY_BYTES", 100)
    mapped = load(source, base=tmp_path)
    assert isinstance(mapped.x, np.memmap)
    assert not mapped.x.flags.writeable
    assert mapped.fingerprint == inside.fingerprint


def test_large_packed_files_are_unpacked_into_a_mapped_file(tmp_path, images, labels, monkeypatch):
    write(tmp_path / "images", images, packed=True)
    write(tmp_path / "labels", labels)
    monkeypatch.setattr(storage, "IN_MEMORY_BYTES", 100)
    data = load(Idx(images="images", labels="labels"), base=tmp_path)
    assert data.mapped
    np.testing.assert_array_equal(data.x[..., 0], images)


def test_a_full_disk_is_noticed_before_unpacking(tmp_path, images, labels, monkeypatch):
    write(tmp_path / "images", images, packed=True)
    monkeypatch.setattr(storage, "IN_MEMORY_BYTES", 10)
    monkeypatch.setattr(storage.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 5}))
    sentence = refused(tmp_path, None, labels)
    assert "needs 72 bytes on the disk, but only 5 bytes are free" in sentence
    assert "free some space" in sentence


def test_a_disk_that_fills_up_while_room_is_reserved(tmp_path, images, labels, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    write(tmp_path / "images", images, packed=True)
    monkeypatch.setattr(storage, "IN_MEMORY_BYTES", 10)
    monkeypatch.setattr(storage.os, "posix_fallocate", full, raising=False)
    assert "the disk is full; free some space" in refused(tmp_path, None, labels)


def test_a_disk_that_cannot_reserve_room_is_used_all_the_same(
    tmp_path, images, labels, monkeypatch
):
    def unable(*_):
        raise OSError(errno.EOPNOTSUPP, "Operation not supported")

    write(tmp_path / "images", images, packed=True)
    write(tmp_path / "labels", labels)
    monkeypatch.setattr(storage, "IN_MEMORY_BYTES", 10)
    monkeypatch.setattr(storage.os, "posix_fallocate", unable, raising=False)
    assert load(Idx(images="images", labels="labels"), base=tmp_path).mapped


def test_missing_empty_and_foreign_files(tmp_path, images, labels):
    assert "images' is missing; check the path" in refused(tmp_path, None, labels)
    assert "images' is empty (0 bytes)" in refused(tmp_path, b"", labels)
    assert "images' is not an IDX file; choose" in refused(tmp_path, b"\x89PNG....", labels)
    assert "is cut off within its header" in refused(tmp_path, idx_bytes(images)[:9], labels)
    assert "none at all" in refused(tmp_path, images[:0], labels)
    (tmp_path / "images").unlink()
    (tmp_path / "images").mkdir()
    assert "images' is not a file" in refused(tmp_path, None, labels)


def test_a_damaged_pack_and_a_cut_off_one(tmp_path, images, labels):
    packed = bytearray(gzip.compress(idx_bytes(images)))
    assert "images' is damaged or cut off" in refused(tmp_path, bytes(packed[:-12]), labels)
    packed[-6] ^= 0xFF
    assert "does not unpack" in refused(tmp_path, bytes(packed), labels)


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "packed"])
def test_files_that_lie_about_their_size(tmp_path, images, labels, pack):
    data = idx_bytes(images)
    assert "is cut off: it says it holds 6×4×3" in refused(tmp_path, pack(data[:-5]), labels)
    assert "goes on after its end" in refused(tmp_path, pack(data + b"xx"), labels)


def test_a_packed_file_that_claims_terabytes_is_refused_at_once(tmp_path, labels):
    huge = bytes([0, 0, 8, 4]) + struct.pack(">4I", 2**31, 1000, 1000, 100) + bytes(1000)
    sentence = refused(tmp_path, gzip.compress(huge), labels)
    assert "images' would unpack from" in sentence
    assert "from a source you trust" in sentence
    assert "is cut off" in refused(tmp_path, huge, labels)


def test_swapped_and_unequal_files(tmp_path, images, labels):
    assert "is it the file of labels?" in refused(tmp_path, labels, images)
    assert "choose the file of labels" in refused(tmp_path, images, images)
    sentence = refused(tmp_path, images, labels[:4])
    assert "holds 6 images but" in sentence
    assert "holds 4 labels" in sentence


def test_labels_that_are_no_class_numbers(tmp_path, images, labels):
    assert "labels from -1 to 2" in refused(tmp_path, images, labels.astype("i2") - (labels == 0))
    assert "at most 9,999" in refused(tmp_path, images, labels.astype("i4") * 9000)


def test_test_images_of_another_size(tmp_path, images, labels):
    write(tmp_path / "tx", images[:, 1:])
    write(tmp_path / "ty", labels)
    sentence = refused(tmp_path, images, labels, test_images="tx", test_labels="ty")
    assert "choose files of one set" in sentence


def test_one_class_nan_and_infinity(tmp_path, images, labels):
    assert "only one class, '0'" in refused(tmp_path, images, labels * 0)
    spoilt = images.astype("f4")
    spoilt[4, 1, 1] = np.nan
    assert "holds NaN (not a number) in sample 5" in refused(tmp_path, spoilt, labels)
    spoilt[2, 0, 0] = -np.inf
    assert "holds infinity in sample 3" in refused(tmp_path, spoilt, labels)


def test_progress_and_cancel(tmp_path, images, labels):
    write(tmp_path / "x", images)
    write(tmp_path / "y", labels)
    told = []
    source = Idx(images="x", labels="y")
    load(source, base=tmp_path, progress=lambda *step: told.append(step))
    assert (0, 72, "reading x") in told
    with pytest.raises(Cancelled):
        load(source, base=tmp_path, cancel=lambda: True)


def test_fashion_mnist_as_it_is(shared_data):
    folder = shared_data / "fashion-mnist"
    data = load(
        Idx(
            images=folder / "train-images-idx3-ubyte.gz",
            labels=folder / "train-labels-idx1-ubyte.gz",
            test_images=folder / "t10k-images-idx3-ubyte.gz",
            test_labels=folder / "t10k-labels-idx1-ubyte.gz",
        )
    )
    assert data.x.shape == (70000, 28, 28, 1)
    assert data.x.dtype == np.uint8
    np.testing.assert_array_equal(np.bincount(data.y), [7000] * 10)
    np.testing.assert_array_equal(data.test_rows, np.arange(60000, 70000))
    assert data.x[:60000].mean() == pytest.approx(72.94, abs=0.01)
