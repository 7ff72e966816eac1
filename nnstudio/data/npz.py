"""NumPy .npz files, read without ever trusting them: no pickle, no size taken on faith."""

from __future__ import annotations

import math
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from nnstudio.core.errors import StudioError
from nnstudio.core.words import byte_count, listed, whole
from nnstudio.core.words import shape as shape_words
from nnstudio.data.dataset import DataSet, Samples, Targets, blocks, build
from nnstudio.data.files import checked_file, reading, refuse_bomb, resolve
from nnstudio.data.report import Reporter
from nnstudio.data.sources import Npz
from nnstudio.data.storage import allocate
from nnstudio.data.symbols import as_symbols
from nnstudio.graph.types import MASKED, ClassTarget, Target, ValueTarget

_READ_BYTES = 1 << 22
_MOST_CLASSES = 10_000
_Header = tuple[tuple[int, ...], bool, np.dtype[np.generic]]


def load_npz(source: Npz, base: Path | None, report: Reporter) -> DataSet:
    """Read the arrays of samples and targets, and the test part where the source names one.

    Raises:
        StudioError: The file is missing, damaged, lacks an array or holds what cannot be used.
    """
    path = checked_file(resolve(source.path, base))
    keys = [(source.x, source.y)]
    if source.test_x is not None and source.test_y is not None:
        keys.append((source.test_x, source.test_y))
    pairs = [(read_array(path, x, report), read_array(path, y, report)) for x, y in keys]
    for (x_key, y_key), (x, y) in zip(keys, pairs, strict=True):
        if x.ndim == 0 or y.ndim == 0 or len(x) != len(y):
            raise StudioError(
                f"'{path}' holds {_count(x)} in '{x_key}' but {_count(y)} in '{y_key}'; "
                "both must have one row a sample."
            )
    x = _samples(path, source, [x for x, _ in pairs])
    y, target = _targets(path, source.y, [y for _, y in pairs])
    first = len(pairs[0][0])
    test = np.arange(first, len(x), dtype=np.int64) if len(pairs) > 1 else None
    return build(path.stem, x, y, target, where=f"'{path}'", test_rows=test, report=report)


def _count(array: NDArray[np.generic]) -> str:
    return "a single number" if array.ndim == 0 else f"{whole(len(array))} rows"


def read_array(path: Path, key: str, report: Reporter) -> NDArray[np.generic]:
    """Read one array of an .npz file.

    Args:
        path: The file.
        key: The array's name.
        report: Receives progress.

    Returns:
        The array in the file's own type; never Python objects.

    Raises:
        StudioError: Damaged file, no such array, Python objects, or sizes that do not agree.
    """
    with reading(path):
        try:
            with zipfile.ZipFile(path) as archive:
                entry = _entry(path, archive, key)
                with archive.open(entry) as stream:
                    return _read_entry(path, key, entry, stream, report)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise StudioError(
                f"'{path}' is not an .npz file or is damaged; save the arrays again with "
                "numpy.savez.",
                details=repr(error),
            ) from error


def _entry(path: Path, archive: zipfile.ZipFile, key: str) -> zipfile.ZipInfo:
    """Find the array by its name, or say which there are."""
    entries = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
    if key not in entries:
        names = [f"'{name[:40]}'" for name in list(entries)[:12]]
        held = listed(names) if names else "nothing"
        raise StudioError(
            f"'{path}' has no array named '{key}', it holds {held}; choose the names of the "
            "arrays of samples and targets."
        )
    info = entries[key]
    if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise StudioError(
            f"'{path}' is encrypted or packed in a way NumPy does not use; save the arrays again "
            "with numpy.savez."
        )
    refuse_bomb(path, min(info.compress_size, path.stat().st_size), info.file_size)
    return info


def _read_entry(
    path: Path, key: str, entry: zipfile.ZipInfo, stream: IO[bytes], report: Reporter
) -> NDArray[np.generic]:
    """Check the array's header against the archive's, then read its numbers."""
    shape, columns_first, dtype = _read_header(path, key, stream)
    if dtype.hasobject:
        raise StudioError(
            f"'{path}' holds Python objects in '{key}', which could run foreign code and are "
            "never read; save it as an array of numbers."
        )
    if dtype.kind not in "buifU":
        raise StudioError(
            f"'{path}' holds {dtype} in '{key}' where numbers are needed; save it as float32."
        )
    needed = math.prod(shape) * dtype.itemsize
    held = entry.file_size - stream.tell()
    if needed != held:
        raise StudioError(
            f"'{path}' says that '{key}' holds {shape_words(shape)} numbers "
            f"({byte_count(needed)}) but has room for {byte_count(max(0, held))}; the file is "
            "damaged, save the arrays again."
        )
    array = allocate(shape[::-1] if columns_first else shape, dtype, f"'{path}'")
    _fill(path, key, array, stream, report)
    return array.transpose() if columns_first else array


def _read_header(path: Path, key: str, stream: IO[bytes]) -> _Header:
    try:
        version = np.lib.format.read_magic(stream)
        if version == (1, 0):
            return np.lib.format.read_array_header_1_0(stream)
        if version == (2, 0):
            return np.lib.format.read_array_header_2_0(stream)
    except (ValueError, TypeError, SyntaxError, OverflowError, RecursionError) as error:
        raise _foreign(path, key, repr(error)) from error
    raise _foreign(path, key, f"version {version}")


def _foreign(path: Path, key: str, details: str) -> StudioError:
    return StudioError(
        f"'{path}' holds no NumPy array of numbers under '{key}'; save it with numpy.savez.",
        details=details,
    )


def _fill(
    path: Path, key: str, array: NDArray[np.generic], stream: IO[bytes], report: Reporter
) -> None:
    """Read an array's bytes; the archive's checksum is compared at its end."""
    if not array.nbytes:
        return
    view = array.reshape(-1).view(np.uint8)
    done = 0
    while done < len(view):
        report.at(done, len(view), f"reading '{key}' of {path.name}")
        step = stream.read(min(_READ_BYTES, len(view) - done))
        if not step:
            raise StudioError(f"'{path}' is cut off within '{key}'; get the file again.")
        view[done : done + len(step)] = np.frombuffer(step, np.uint8)
        done += len(step)
    stream.read(1)


def _samples(path: Path, source: Npz, parts: list[NDArray[np.generic]]) -> Samples:
    """Give the samples of all parts one behind the other."""
    if source.inputs == "symbols":
        named = [as_symbols(f"'{path}'", part) for part in parts]
        _require_one_shape(path, named)
        return np.concatenate(named) if len(named) > 1 else named[0]
    return _numbers(path, parts)


def _require_one_shape(path: Path, parts: Sequence[NDArray[np.generic]]) -> None:
    """Insist that the test part's samples look like the others."""
    if len({part.shape[1:] for part in parts}) > 1:
        raise StudioError(
            f"'{path}' holds training samples of {shape_words(parts[0].shape[1:])} but test "
            f"samples of {shape_words(parts[1].shape[1:])}; choose arrays of one set."
        )


def _numbers(path: Path, parts: list[NDArray[np.generic]]) -> Samples:
    """Give float32 or uint8 samples; (n,) becomes (n, 1), grey uint8 images get a channel."""
    shaped = []
    for part in parts:
        if part.dtype.kind == "U":
            raise StudioError(f"'{path}' holds words where samples are needed; save numbers.")
        grey = part.ndim == 3 and part.dtype == np.uint8
        shaped.append(part.reshape(*part.shape, 1) if part.ndim == 1 or grey else part)
    _require_one_shape(path, shaped)
    pixels = all(part.dtype == np.uint8 for part in shaped)
    if pixels and len(shaped) == 1 and shaped[0].flags.c_contiguous:
        return shaped[0].view(np.uint8)
    shape = (sum(len(part) for part in shaped), *shaped[0].shape[1:])
    joined = allocate(shape, np.uint8 if pixels else np.float32, f"'{path}'")
    start = 0
    for part in shaped:
        for first, last in blocks(part):
            with np.errstate(over="ignore"):
                joined[start + first : start + last] = part[first:last]
        start += len(part)
    return joined.view(np.uint8) if pixels else joined.view(np.float32)


def _targets(path: Path, key: str, parts: list[NDArray[np.generic]]) -> tuple[Targets, Target]:
    """Give classes for whole numbers and words, values for other numbers."""
    parts = [part.reshape(-1) if part.ndim == 2 and part.shape[1] == 1 else part for part in parts]
    most = 3 if all(part.dtype.kind in "bui" for part in parts) else 2
    if len({(part.ndim, part.shape[1:]) for part in parts}) > 1 or parts[0].ndim > most:
        raise StudioError(
            f"'{path}' holds targets of {shape_words(parts[0].shape)} in '{key}'; give one class "
            "or one row of numbers a sample, or whole numbers for the classes of its steps "
            "(samples, steps) or pixels (samples, height, width)."
        )
    joined = np.concatenate(parts)
    if joined.ndim > 1 and joined.dtype.kind in "bui" and joined.size:
        return _classes_of_positions(path, key, joined)
    if joined.ndim == 1 and joined.dtype.kind in "buiU":
        return _classes(path, key, joined)
    if joined.dtype.kind == "U":
        raise StudioError(f"'{path}' holds several words a sample in '{key}'; give one class each.")
    with np.errstate(over="ignore"):
        values = np.ascontiguousarray(joined.reshape(len(joined), -1), np.float32)
    count = values.shape[1]
    names = (key,) if count == 1 else tuple(f"{key} {k + 1}" for k in range(count))
    return values, ValueTarget(names)


def _classes_of_positions(
    path: Path, key: str, labels: NDArray[np.generic]
) -> tuple[Targets, Target]:
    """Give classes (samples, *positions), where -1 in the file masks a place."""
    masked = labels == MASKED
    bad = np.less(labels, 0) & ~masked
    if bad.any():
        spot = np.argwhere(bad)[0]
        raise StudioError(
            f"'{path}' holds the class {labels[tuple(spot)]} in '{key}' of sample "
            f"{whole(int(spot[0]) + 1)}; classes count from 0, and only {MASKED} masks a place."
        )
    y = np.full(labels.shape, MASKED, np.int64)
    y[~masked], target = _classes(path, key, labels[~masked])
    return y, ClassTarget(target.names, labels.shape[1:])


def _classes(path: Path, key: str, labels: NDArray[np.generic]) -> tuple[Targets, Target]:
    found, indices = np.unique(labels, return_inverse=True)
    if len(found) > _MOST_CLASSES:
        raise StudioError(
            f"'{path}' holds {whole(len(found))} different whole numbers in '{key}', too many for "
            "classes; save them as float32 if they are values."
        )
    names = tuple(str(name) for name in found.tolist())
    return indices.reshape(-1).astype(np.int64), ClassTarget(names)
