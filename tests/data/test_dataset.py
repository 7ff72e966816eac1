"""What `build` insists on, and fingerprints that follow the content."""

import numpy as np
import pytest

from nnstudio.core.errors import StudioError
from nnstudio.data import dataset as module
from nnstudio.data.dataset import blocks, build, sample_type
from nnstudio.graph.types import SCALAR, ClassTarget, TensorType, ValueTarget, flat, maps

CLASSES = ClassTarget(("a", "b"))


def parts(count=6):
    x = np.arange(2 * count, dtype=np.float32).reshape(count, 2)
    return x, np.arange(count, dtype=np.int64) % 2


def test_the_fingerprint_follows_every_part_of_the_content():
    x, y = parts()
    first = build("one", x, y, CLASSES)
    assert first.fingerprint == build("two", x.copy(), y.copy(), CLASSES).fingerprint
    changed = x.copy()
    changed[5, 1] += 1
    others = [
        build("one", changed, y, CLASSES),
        build("one", x, 1 - y, CLASSES),
        build("one", x.astype(np.uint8), y, CLASSES),
        build("one", x.reshape(6, 1, 2), y, CLASSES),
        build("one", x, y, ClassTarget(("a", "c"))),
        build("one", x, y, CLASSES, test_rows=np.array([1])),
    ]
    assert len({first.fingerprint, *(other.fingerprint for other in others)}) == 7


def test_the_fingerprint_of_a_classification_stays_what_projects_have_recorded():
    x = np.arange(12, dtype=np.float32).reshape(6, 2)
    mark = build("one", x, np.array([0, 1, 2] * 2), ClassTarget(("a", "b", "c"))).fingerprint
    assert mark == "9a881be21ebbc3bb3de3a3923d64f91aa10ee59d1d98843137dd9a1d6a18d9b6"


def test_the_fingerprint_does_not_depend_on_the_block_size(monkeypatch):
    x, y = parts(100)
    whole = build("one", x, y, CLASSES).fingerprint
    monkeypatch.setattr(module, "_BLOCK_BYTES", 24)
    assert list(blocks(x))[:2] == [(0, 3), (3, 6)]
    assert build("one", x, y, CLASSES).fingerprint == whole


def test_arrays_cannot_be_changed_by_accident():
    data = build("one", *parts(), CLASSES)
    with pytest.raises(ValueError, match="read-only"):
        data.x[0] = 0
    with pytest.raises(ValueError, match="read-only"):
        data.y[0] = 1


def test_types_of_samples():
    assert sample_type((4,)) == flat(4)
    assert sample_type((4, 5, 3)) == maps(4, 5, 3)
    assert sample_type((4, 5)) == TensorType((4, 5), "f4", "TF")
    assert sample_type(()) == SCALAR


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda x, y: (x[:0], y[:0]), "set holds no samples; choose"),
        (lambda x, y: (x[:, :0], y), "without a single number"),
        (lambda x, y: (x, y[:4]), "6 samples but 4 targets; give one target"),
        (lambda x, y: (x, y * 0), "only one class, 'a'; classification needs"),
        (lambda x, y: (x / np.float32(0), y), "infinity|NaN"),
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_what_cannot_be_learned_is_refused(change, sentence):
    with pytest.raises(StudioError, match=sentence):
        build("set", *change(*parts()), CLASSES)


def test_bad_numbers_are_named_by_sample_and_feature():
    x, y = parts()
    x[3, 1] = np.nan
    with pytest.raises(StudioError, match=r"NaN .* in sample 4 of 'width'; correct it"):
        build("set", x, y, CLASSES, feature_names=("height", "width"))
    assert build("set", x, y, CLASSES, fill="mean").fill == "mean"
    x[2, 0] = np.inf
    with pytest.raises(StudioError, match="infinity in sample 3"):
        build("set", x, y, CLASSES, fill="mean")
    values = np.array([[1], [2], [np.nan], [4], [5], [6]], np.float32)
    with pytest.raises(StudioError, match="in sample 3 of 'price'"):
        build("set", parts()[0], values, ValueTarget(("price",)))


@pytest.mark.parametrize("wrong", [-1, -3, 2, 5])
def test_a_class_without_a_name_is_refused(wrong):
    x, y = parts()
    y[3] = wrong
    with pytest.raises(StudioError, match=f"holds a target of class {wrong}; its 2 classes"):
        build("one", x, y, CLASSES)


def test_only_places_may_be_masked():
    x = np.zeros((2, 3, 1), np.float32)
    y = np.array([[0, -1, 1], [1, 1, -1]])
    assert build("steps", x, y, ClassTarget(("a", "b"), (3,))).size == 2
    with pytest.raises(StudioError, match="class -2"):
        build("steps", x, np.where(y < 0, -2, y), ClassTarget(("a", "b"), (3,)))
