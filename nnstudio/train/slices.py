"""Puts what was seen of a probe batch, slice by slice, together again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy import empty
from numpy.typing import NDArray

Array = NDArray[Any]


class Slices:
    """Arrays of the whole probe batch, filled slice by slice.

    Args:
        count: Samples of the batch.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self._rows: dict[str, dict[str, Array]] = {}
        self._sums: dict[str, Array] = {}

    def put(self, kind: str, name: str, rows: Array, first: int) -> None:
        """Put rows of one slice, (m, …), behind those of the slices before."""
        table = self._rows.setdefault(kind, {})
        if name not in table:
            table[name] = empty((self.count, *rows.shape[1:]), rows.dtype)
        table[name][first : first + len(rows)] = rows

    def add(self, arrays: Mapping[str, Array], factor: float) -> None:
        """Add arrays times a factor to the sums."""
        for key, array in arrays.items():
            self._sums[key] = self._sums.get(key, 0.0) + factor * array

    def taken(self, kind: str, share: float = 1.0) -> dict[str, Array]:
        """Give the arrays of a kind, divided by `share`."""
        return sealed({n: _divided(a, share) for n, a in self._rows.get(kind, {}).items()})

    def summed(self, share: float) -> dict[str, Array]:
        """Give the sums, divided by `share`."""
        return sealed({key: _divided(array, share) for key, array in self._sums.items()})


def _divided(array: Array, share: float) -> Array:
    return array if share == 1.0 else array / array.dtype.type(max(share, 1.0))


def sealed(arrays: dict[str, Array]) -> dict[str, Array]:
    """Give arrays after nobody can write to them any more."""
    for array in arrays.values():
        array.setflags(write=False)
    return arrays
