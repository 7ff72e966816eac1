"""scikit-learn's sets arrive in the studio's types; importing `data` does not load scikit-learn."""

import subprocess
import sys

import numpy as np
import pytest

from nnstudio.data.load import load
from nnstudio.data.sources import BuiltIn
from nnstudio.graph.types import ClassTarget, ValueTarget, flat, maps


def test_digits_are_images_of_ten_classes():
    data = load(BuiltIn())
    assert data.x.shape == (1797, 8, 8, 1)
    assert data.x.dtype == np.float32
    assert (data.x.min(), data.x.max()) == (0.0, 16.0)
    assert data.y.dtype == np.int64
    assert data.signature.input == maps(8, 8, 1)
    assert data.signature.target == ClassTarget(tuple("0123456789"))
    assert data.test_rows is None
    assert len(data.fingerprint) == 64


@pytest.mark.parametrize(
    ("name", "rows", "features", "classes"),
    [("iris", 150, 4, 3), ("wine", 178, 13, 3), ("breast_cancer", 569, 30, 2)],
)
def test_tables_have_named_features_and_classes(name, rows, features, classes):
    data = load(BuiltIn(name=name))
    assert data.x.shape == (rows, features)
    assert data.signature.input == flat(features)
    assert data.signature.target.size == classes
    assert len(data.feature_names) == features


def test_diabetes_is_a_regression_with_one_value():
    data = load(BuiltIn(name="diabetes"))
    assert data.y.shape == (442, 1)
    assert data.y.dtype == np.float32
    assert data.signature.target == ValueTarget(("progression",))


def test_importing_and_drawing_do_not_load_scikit_learn_or_pillow():
    code = (
        "import sys; from nnstudio.data.load import load; "
        "from nnstudio.data.sources import Drawn; load(Drawn()); "
        "print([m for m in ('sklearn', 'scipy', 'numba', 'PIL') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"
