"""NPZ files: arrays of numbers are read, everything else is refused without being run."""

import io
import os
import pickle
import struct
import zipfile

import numpy as np
import pytest

from nnstudio.core.errors import StudioError
from nnstudio.data import storage
from nnstudio.data.load import load
from nnstudio.data.sources import Npz
from nnstudio.graph.types import ClassTarget, TensorType, ValueTarget, flat, maps


def loaded(tmp_path, names=None, saver=np.savez, **arrays):
    saver(tmp_path / "set.npz", **arrays)
    return load(Npz(path="set.npz", **(names or {})), base=tmp_path)


def refused(tmp_path, content=None, names=None, **arrays):
    path = tmp_path / "set.npz"
    if content is None:
        np.savez(path, **arrays)
    else:
        path.write_bytes(content)
    with pytest.raises(StudioError) as caught:
        load(Npz(path=path, **(names or {})))
    sentence = caught.value.sentence
    assert "\n" not in sentence
    assert "set.npz'" in sentence
    return sentence


def zipped(members, compression=zipfile.ZIP_STORED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def npy(array, allow_pickle=False):
    file = io.BytesIO()
    np.save(file, array, allow_pickle=allow_pickle)
    return file.getvalue()


X = np.arange(12, dtype=np.float64).reshape(6, 2)
Y = np.array([5, 7, 5, 7, 9, 9])


@pytest.mark.parametrize("saver", [np.savez, np.savez_compressed])
def test_numbers_and_whole_targets_are_a_classification(tmp_path, saver):
    data = loaded(tmp_path, saver=saver, x=X, y=Y)
    assert data.x.dtype == np.float32
    np.testing.assert_array_equal(data.x, X)
    assert data.signature.input == flat(2)
    assert data.signature.target == ClassTarget(("5", "7", "9"))
    np.testing.assert_array_equal(data.y, [0, 1, 0, 1, 2, 2])


def test_float_targets_are_values_and_words_are_classes(tmp_path):
    assert loaded(tmp_path, x=X, y=Y / 2).signature.target == ValueTarget(("y",))
    two = loaded(tmp_path, x=X, y=X)
    assert two.signature.target == ValueTarget(("y 1", "y 2"))
    np.testing.assert_array_equal(two.y, X)
    words = loaded(tmp_path, x=X, y=np.array(list("abcabc")))
    assert words.signature.target == ClassTarget(("a", "b", "c"))


def test_whole_targets_of_several_places_are_classes_of_steps_or_pixels(tmp_path):
    steps = np.array([[4, 9, -1], [9, 9, 4], [-1, -1, -1]])
    data = loaded(tmp_path, x=np.zeros((3, 3, 2)), y=steps)
    assert data.signature.target == ClassTarget(("4", "9"), (3,))
    assert data.y.dtype == np.int64
    np.testing.assert_array_equal(data.y, [[0, 1, -1], [1, 1, 0], [-1, -1, -1]])
    pixels = np.arange(24).reshape(2, 3, 4) % 5
    for dtype in (np.uint8, np.int16):
        data = loaded(tmp_path, x=np.zeros((2, 3, 4, 1)), y=pixels.astype(dtype))
        assert data.signature.target == ClassTarget(tuple("01234"), (3, 4))
        np.testing.assert_array_equal(data.y, pixels)
    spots = loaded(tmp_path, x=np.zeros((2, 3, 4, 1)), y=pixels > 2)
    assert spots.signature.target == ClassTarget(("False", "True"), (3, 4))


def test_classes_of_places_that_cannot_be_are_refused(tmp_path):
    x, y = np.zeros((3, 2, 1)), np.array([[0, 1], [-1, 2], [0, -4]])
    sentence = refused(tmp_path, x=x, y=y)
    assert "holds the class -4 in 'y' of sample 3; classes count from 0" in sentence
    assert "only -1 masks a place" in sentence
    assert "no class at all, every target is -1" in refused(tmp_path, x=x, y=y * 0 - 1)
    assert "only one class, '0'" in refused(tmp_path, x=x, y=np.minimum(np.maximum(y, -1), 0))
    assert "one class or one row" in refused(tmp_path, x=x, y=np.zeros((3, 2, 2, 2), int))
    many = np.arange(20_000).reshape(10_000, 2)
    assert "too many for classes" in refused(tmp_path, x=np.zeros((10_000, 2, 1)), y=many)
    words = np.array([["a", "b"]] * 3)
    assert "several words a sample" in refused(tmp_path, x=x, y=words)


def test_shapes_of_samples(tmp_path):
    assert loaded(tmp_path, x=X[:, 0], y=Y).signature.input == flat(1)
    grey = np.zeros((6, 3, 4), np.uint8)
    assert loaded(tmp_path, x=grey, y=Y).signature.input == maps(3, 4, 1)
    steps = np.zeros((6, 3, 4))
    assert loaded(tmp_path, x=steps, y=Y).signature.input == TensorType((3, 4), "f4", "TF")
    colour = np.zeros((6, 3, 4, 3), np.uint8)
    data = loaded(tmp_path, x=colour, y=Y)
    assert (data.x.dtype, data.signature.input) == (np.uint8, maps(3, 4, 3))


def test_columns_first_order_big_endian_and_bool_are_understood(tmp_path):
    data = loaded(tmp_path, x=np.asfortranarray(X.astype(">f4")), y=Y > 6)
    np.testing.assert_array_equal(data.x, X)
    assert data.x.flags.c_contiguous
    assert data.signature.target.names == ("False", "True")
    pixels = np.asfortranarray(np.arange(24, dtype=np.uint8).reshape(6, 4))
    np.testing.assert_array_equal(loaded(tmp_path, x=pixels, y=Y).x, pixels)


def test_a_test_part_of_its_own(tmp_path):
    names = {"x": "x_train", "y": "y_train", "test_x": "x_test", "test_y": "y_test"}
    data = loaded(tmp_path, names, x_train=X, y_train=Y, x_test=X[:2] * 10, y_test=Y[:2])
    np.testing.assert_array_equal(data.test_rows, [6, 7])
    np.testing.assert_array_equal(data.x[6:], X[:2] * 10)


def test_large_arrays_are_mapped(tmp_path, monkeypatch):
    monkeypatch.setattr(storage, "IN_MEMORY_BYTES", 40)
    data = loaded(tmp_path, x=X.astype(np.float32), y=Y)
    assert data.mapped
    np.testing.assert_array_equal(data.x, X)


def test_objects_are_never_unpickled(tmp_path, monkeypatch):
    class Evil:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "harmed"),)

    monkeypatch.setattr(pickle, "load", lambda *_: pytest.fail("pickle was used"))
    objects = np.empty(6, object)
    objects[0] = Evil()
    sentence = refused(tmp_path, zipped({"x.npy": npy(objects, True), "y.npy": npy(Y)}))
    assert "holds Python objects in 'x'" in sentence
    assert "save it as an array of numbers" in sentence
    assert not (tmp_path / "harmed").exists()


def test_wrong_names_say_which_there_are(tmp_path):
    sentence = refused(tmp_path, a=X, b=Y)
    assert "has no array named 'x', it holds 'a' and 'b'; choose" in sentence


def test_missing_foreign_and_cut_off_files(tmp_path):
    with pytest.raises(StudioError, match=r"none\.npz' is missing; check the path"):
        load(Npz(path=tmp_path / "none.npz"))
    assert "is not an .npz file or is damaged" in refused(tmp_path, b"hello, this is no zip")
    whole = zipped({"x.npy": npy(X), "y.npy": npy(Y)})
    assert "is damaged; save the arrays again" in refused(tmp_path, whole[:-30])
    spoilt = whole.replace(npy(X)[-40:-30], b"?" * 10)
    assert "is damaged" in refused(tmp_path, spoilt)
    foreign = refused(tmp_path, zipped({"x.npy": b"no numpy here", "y.npy": npy(Y)}))
    assert "holds no NumPy array of numbers under 'x'" in foreign


def test_headers_that_lie(tmp_path):
    lying = npy(X).replace(b"(6, 2)", b"(9, 9)")
    sentence = refused(tmp_path, zipped({"x.npy": lying, "y.npy": npy(Y)}))
    assert "says that 'x' holds 9×9 numbers" in sentence
    code = npy(X).replace(b"(6, 2), }" + b" " * 16, b"__import__('os').x, }" + b" " * 4)
    assert code != npy(X)
    assert "save it with numpy.savez" in refused(tmp_path, zipped({"x.npy": code}))


def test_a_bomb_is_refused_before_it_unpacks(tmp_path):
    shape = b"(400000000,)"
    head = npy(np.zeros(1, np.uint8)).replace(b"(1,), }" + b" " * 10, shape + b", }" + b" " * 2)
    data = zipped({"x.npy": head}, zipfile.ZIP_DEFLATED)
    plain = len(head)
    size = struct.pack("<I", plain - 1 + 400_000_000)
    data = data.replace(struct.pack("<I", plain), size)
    assert "would unpack from" in refused(tmp_path, data)


def test_arrays_that_do_not_fit_together(tmp_path):
    assert "6 rows in 'x' but 5 rows in 'y'" in refused(tmp_path, x=X, y=Y[:5])
    assert "a single number in 'x'" in refused(tmp_path, x=np.float64(3), y=Y)
    assert "holds no samples" in refused(tmp_path, x=X[:0], y=Y[:0])
    assert "one class or one row" in refused(tmp_path, x=X, y=np.zeros((6, 2, 2)))
    assert "holds words where samples" in refused(tmp_path, x=np.array(list("abcdef")), y=Y)
    assert "complex128 in 'x' where numbers" in refused(tmp_path, x=X + 1j, y=Y)
    names = {"test_x": "a", "test_y": "b"}
    sentence = refused(tmp_path, names=names, x=X, y=Y, a=X[:, :1], b=Y)
    assert "choose arrays of one set" in sentence


def test_one_class_nan_and_infinity(tmp_path):
    assert "only one class, '4'" in refused(tmp_path, x=X, y=Y * 0 + 4)
    assert "holds infinity in sample 1" in refused(tmp_path, x=X + 1e300, y=Y)
    spoilt = X.copy()
    spoilt[3, 1] = np.nan
    assert "NaN (not a number) in sample 4" in refused(tmp_path, x=spoilt, y=Y)
    assert "sample 4 of 'y 2'" in refused(tmp_path, x=X, y=spoilt)
    many = np.arange(20_000)
    assert "too many for classes" in refused(tmp_path, x=many, y=many)
