"""The sets that come with scikit-learn; digits are the studio's first example."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from nnstudio.data.dataset import DataSet, build
from nnstudio.data.sources import BuiltIn
from nnstudio.graph.types import ClassTarget, ValueTarget

_TITLES = {
    "digits": "handwritten digits",
    "iris": "iris flowers",
    "wine": "wines",
    "breast_cancer": "breast cancer",
    "diabetes": "diabetes",
}


class _Bunch(Protocol):
    """What scikit-learn's `load_…` functions give."""

    data: NDArray[np.float64]
    target: NDArray[np.float64]
    target_names: list[str]
    feature_names: list[str]


def load_builtin(source: BuiltIn) -> DataSet:
    """Read one of scikit-learn's bundled sets.

    Args:
        source: The set's name.

    Returns:
        Digits as images (samples, 8, 8, 1) with numbers 0..16, the others as tables
        (samples, features); float32.
    """
    bunch = _read(source.name)
    x = np.ascontiguousarray(bunch.data, np.float32)
    title = _TITLES[source.name]
    if source.name == "diabetes":
        y = np.ascontiguousarray(bunch.target, np.float32).reshape(-1, 1)
        names = tuple(map(str, bunch.feature_names))
        return build(title, x, y, ValueTarget(("progression",)), feature_names=names)
    labels = np.ascontiguousarray(bunch.target, np.int64)
    target = ClassTarget(tuple(str(name) for name in bunch.target_names))
    if source.name == "digits":
        return build(title, x.reshape(-1, 8, 8, 1), labels, target)
    return build(title, x, labels, target, feature_names=tuple(map(str, bunch.feature_names)))


def _read(name: str) -> _Bunch:
    """Call scikit-learn, which is imported only here."""
    from sklearn import datasets

    if name == "diabetes":
        bunch: _Bunch = datasets.load_diabetes(scaled=False)
    else:
        bunch = getattr(datasets, f"load_{name}")()
    return bunch
