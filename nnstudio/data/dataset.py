"""A data set in memory or mapped from a file, checked and ready to be split."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnstudio.core.errors import StudioError
from nnstudio.core.words import whole
from nnstudio.data.report import Reporter
from nnstudio.data.sources import Missing
from nnstudio.graph.types import (
    MASKED,
    ClassTarget,
    DataSignature,
    Target,
    TensorType,
    flat,
    maps,
    named,
)

Samples = NDArray[np.float32] | NDArray[np.uint8] | NDArray[np.int64]
Targets = NDArray[np.int64] | NDArray[np.float32]
RowIndex = NDArray[np.int64]

_BLOCK_BYTES = 1 << 24


@dataclass(frozen=True, slots=True, eq=False)
class DataSet:
    """Samples with their targets.

    Attributes:
        name: What a person calls the set.
        x: (samples, *shape) float32, uint8 or int64 symbols; a read-only `np.memmap` where the
            set is large. NaN stands for a missing cell, and only where `fill` says how it will be
            filled.
        y: (samples, *target.shape) int64 indices of classes, or (samples, values) float32.
        signature: What the set feeds a graph.
        feature_names: One name an input of flat samples, otherwise empty.
        fingerprint: SHA-256 of the content, in hexadecimal digits.
        test_rows: The rows of the set's own test part, ascending, if it has one.
        fill: How missing cells are filled once the training part is known.
        groups: (first, last + 1) of the inputs that together stand for one column of words.
        note: What a person should know of the reading: rows read and used, and why not all.
        dropped: Rows left out for a missing feature, which filling would keep.
    """

    name: str
    x: Samples
    y: Targets
    signature: DataSignature
    feature_names: tuple[str, ...]
    fingerprint: str
    test_rows: RowIndex | None = None
    fill: Missing = "drop"
    groups: tuple[tuple[int, int], ...] = ()
    note: str = ""
    dropped: int = 0

    @property
    def size(self) -> int:
        """How many samples there are."""
        return len(self.x)

    @property
    def mapped(self) -> bool:
        """Whether the samples are read from a file when they are needed."""
        return isinstance(self.x, np.memmap)


def blocks(x: NDArray[np.generic]) -> Iterator[tuple[int, int]]:
    """Give (first, last + 1) of runs of rows that are small enough to work on at once."""
    row_bytes = max(1, x.nbytes // max(1, len(x)))
    rows = max(1, _BLOCK_BYTES // row_bytes)
    for first in range(0, len(x), rows):
        yield first, min(len(x), first + rows)


def sample_type(shape: tuple[int, ...]) -> TensorType:
    """Give the type of a sample of this shape: vectors, images, or anything else."""
    if len(shape) == 1:
        return flat(shape[0])
    if len(shape) == 3:
        return maps(*shape)
    return TensorType(shape, "f4", "TF" if len(shape) == 2 else "")


def build(
    name: str,
    x: Samples,
    y: Targets,
    target: Target,
    *,
    where: str = "",
    feature_names: tuple[str, ...] = (),
    test_rows: RowIndex | None = None,
    fill: Missing = "drop",
    groups: tuple[tuple[int, int], ...] = (),
    report: Reporter | None = None,
) -> DataSet:
    """Check the arrays of a data set and give it its fingerprint.

    Args:
        name: What a person calls the set.
        x: (samples, *shape) float32 or uint8, or int64 symbols as `as_symbols` gives them.
        y: (samples, *target.shape) int64, or (samples, values) float32.
        target: The classes or the values' names.
        where: The file, for messages; the name if empty.
        feature_names: One name an input of flat samples.
        test_rows: Rows of the set's own test part.
        fill: How missing cells (NaN) will be filled; "drop" allows none.
        groups: Inputs that belong to one column of words.
        report: Receives progress.

    Raises:
        StudioError: No samples, fewer than two classes, lengths that differ, or a number that is
            infinite or not a number.
    """
    place = where or name
    _check_sizes(place, x, y, target)
    _check_numbers(place, x, feature_names, missing_allowed=fill != "drop")
    if not isinstance(target, ClassTarget):
        _check_numbers(place, y, target.names, missing_allowed=False)
    x, y = x.view(), y.view()  # the caller's own arrays stay as they are
    x.flags.writeable = False
    y.flags.writeable = False
    shape = x.shape[1:]
    kind = named(shape, int(x.max()) + 1) if x.dtype.kind == "i" else sample_type(shape)
    signature = DataSignature(kind, target)
    mark = fingerprint(x, y, signature, test_rows, report or Reporter())
    return DataSet(name, x, y, signature, feature_names, mark, test_rows, fill, groups)


def fingerprint(
    x: Samples, y: Targets, signature: DataSignature, test_rows: RowIndex | None, report: Reporter
) -> str:
    """Give the SHA-256 of the content: shape, numbers, targets, names and test part."""
    digest = hashlib.sha256()
    digest.update(repr((x.shape, x.dtype.str, y.shape, y.dtype.str, signature)).encode())
    for first, last in blocks(x):
        report.at(first, len(x), "taking the fingerprint")
        digest.update(np.ascontiguousarray(x[first:last]).data)
    digest.update(np.ascontiguousarray(y).data)
    if test_rows is not None:
        digest.update(np.ascontiguousarray(test_rows).data)
    return digest.hexdigest()


def _check_sizes(place: str, x: Samples, y: Targets, target: Target) -> None:
    """Refuse sets that cannot be learned from whatever their numbers are."""
    if len(x) == 0:
        raise StudioError(f"{place} holds no samples; choose a file with at least one row of data.")
    if x.size == 0:
        raise StudioError(f"{place} holds samples without a single number; choose another file.")
    if len(x) != len(y):
        raise StudioError(
            f"{place} holds {whole(len(x))} samples but {whole(len(y))} targets; "
            "give one target for each sample."
        )
    if isinstance(target, ClassTarget):
        present = _classes_present(place, y, target)
        if not len(present):
            raise StudioError(f"{place} holds no class at all, every target is {MASKED} (masked).")
        if target.size < 2 or len(present) < 2:
            name = target.names[int(present[0])]
            raise StudioError(
                f"{place} holds only one class, '{name}'; classification needs "
                "at least two, choose another target or add samples of other classes."
            )


def _classes_present(place: str, y: Targets, target: ClassTarget) -> Targets:
    """Give the classes that occur, ascending; refuse indices without a name: kernels trust them."""
    found = np.unique(y)
    lowest = MASKED if target.shape else 0
    if len(found) and (found[0] < lowest or found[-1] >= target.size):
        bad = found[0] if found[0] < lowest else found[-1]
        raise StudioError(
            f"{place} holds a target of class {bad}; its {whole(target.size)} classes are 0 to"
            f" {whole(target.size - 1)}. Name all classes, or correct that target."
        )
    present: Targets = found[found != MASKED]
    return present


def _check_numbers(
    place: str, values: Samples | Targets, names: tuple[str, ...], *, missing_allowed: bool
) -> None:
    """Refuse infinity, and NaN where nothing says how to fill it."""
    if values.dtype.kind != "f":
        return
    for first, last in blocks(values):
        block = values[first:last]
        bad = np.isinf(block) if missing_allowed else ~np.isfinite(block)
        if not bad.any():
            continue
        spot = tuple(int(i) for i in np.argwhere(bad)[0])
        word = "infinity" if np.isinf(block[spot]) else "NaN (not a number)"
        named = len(names) == values.shape[-1] and values.ndim == 2
        column = f" of '{names[spot[1]]}'" if named else ""
        raise StudioError(
            f"{place} holds {word} in sample {whole(first + spot[0] + 1)}{column}; "
            "correct it or remove that sample."
        )
