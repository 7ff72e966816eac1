"""IDX files, the format of MNIST: a small header, then all numbers, perhaps packed with gzip."""

from __future__ import annotations

import gzip
import io
import math
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from nnstudio.core.errors import StudioError
from nnstudio.core.words import byte_count, whole
from nnstudio.core.words import shape as shape_words
from nnstudio.data.dataset import DataSet, Samples, blocks, build
from nnstudio.data.files import checked_file, reading, refuse_bomb, resolve
from nnstudio.data.report import Reporter
from nnstudio.data.sources import Idx
from nnstudio.data.storage import allocate, is_large
from nnstudio.graph.types import ClassTarget

_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_READ_BYTES = 1 << 22
_MOST_CLASSES = 10_000


@dataclass(frozen=True, slots=True)
class Header:
    """What an IDX file says about itself.

    Attributes:
        dtype: The numbers' type, big-endian.
        shape: All sizes, the first counts the samples.
        size: Bytes of the header.
    """

    dtype: np.dtype[np.generic]
    shape: tuple[int, ...]
    size: int

    @property
    def data_bytes(self) -> int:
        """Bytes of the numbers."""
        return math.prod(self.shape) * self.dtype.itemsize


def load_idx(source: Idx, base: Path | None, report: Reporter) -> DataSet:
    """Read images and labels, and the test part where the source names one.

    Raises:
        StudioError: A file is missing, damaged, lies about its size or does not fit the others.
    """
    pairs = [(resolve(source.images, base), resolve(source.labels, base))]
    if source.test_images is not None and source.test_labels is not None:
        pairs.append((resolve(source.test_images, base), resolve(source.test_labels, base)))
    return idx_dataset(source.images.stem, pairs, report)


def idx_dataset(
    name: str,
    pairs: list[tuple[Path, Path]],
    report: Reporter,
    class_names: tuple[str, ...] | None = None,
) -> DataSet:
    """Read pairs of (images, labels); a second pair is the set's own test part."""
    images = [_read_images(path, report) for path, _ in pairs]
    labels = [_read_labels(path, report) for _, path in pairs]
    for (image_path, label_path), x, y in zip(pairs, images, labels, strict=True):
        if len(x) != len(y):
            raise StudioError(
                f"'{image_path}' holds {whole(len(x))} images but '{label_path}' holds "
                f"{whole(len(y))} labels; choose two files that belong together."
            )
    x = _joined([path for path, _ in pairs], images)
    y = np.concatenate(labels)
    names = class_names or tuple(str(k) for k in range(int(y.max(initial=0)) + 1))
    test = np.arange(len(images[0]), len(x), dtype=np.int64) if len(images) > 1 else None
    where = f"'{pairs[0][0]}'"
    return build(name, x, y, ClassTarget(names), where=where, test_rows=test, report=report)


def read_idx(path: Path, report: Reporter) -> NDArray[np.generic]:
    """Read the array of one IDX file, plain or packed.

    Args:
        path: The file.
        report: Receives progress.

    Returns:
        The array in the file's own type; a large plain file is mapped, not read.

    Raises:
        StudioError: The file is missing, foreign, damaged or lies about its size.
    """
    checked_file(path)
    with reading(path):
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        try:
            with path.open("rb") as file:
                stream = io.BufferedReader(gzip.GzipFile(fileobj=file)) if packed else file
                return _read_stream(path, stream, packed, report)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise StudioError(
                f"'{path}' is damaged or cut off (it does not unpack); get the file again.",
                details=repr(error),
            ) from error


def _read_stream(
    path: Path, stream: BinaryIO, packed: bool, report: Reporter
) -> NDArray[np.generic]:
    """Read header and numbers, and make sure that nothing is missing and nothing follows."""
    header = _read_header(path, stream)
    size = path.stat().st_size
    if packed:
        refuse_bomb(path, size, header.data_bytes)
    elif size != header.size + header.data_bytes:
        raise _wrong_size(path, header, size - header.size)
    elif is_large(header.shape):
        return np.memmap(path, header.dtype, "r", header.size, header.shape)
    array = allocate(header.shape, header.dtype, f"'{path}'")
    view = array.reshape(-1).view(np.uint8)
    done = 0
    while done < len(view):
        report.at(done, len(view), f"reading {path.name}")
        step = stream.read(min(_READ_BYTES, len(view) - done))
        if not step:
            raise _wrong_size(path, header, done)
        view[done : done + len(step)] = np.frombuffer(step, np.uint8)
        done += len(step)
    if stream.read(1):
        raise _wrong_size(path, header, done + 1)
    return array


def _read_header(path: Path, stream: BinaryIO) -> Header:
    start = stream.read(4)
    if len(start) < 4 or start[:2] != b"\0\0" or start[2] not in _TYPES or not 1 <= start[3] <= 4:
        raise StudioError(
            f"'{path}' is not an IDX file; choose a file such as train-images-idx3-ubyte.gz."
        )
    sizes = stream.read(4 * start[3])
    if len(sizes) < 4 * start[3]:
        raise StudioError(f"'{path}' is cut off within its header; get the file again.")
    shape = tuple(int(n) for n in np.frombuffer(sizes, ">u4"))
    if 0 in shape:
        raise StudioError(
            f"'{path}' says it holds {shape_words(shape)} numbers, so none at all; "
            "choose another file."
        )
    return Header(np.dtype(_TYPES[start[2]]), shape, 4 + len(sizes))


def _wrong_size(path: Path, header: Header, got: int) -> StudioError:
    """The sentence for a file whose header and length disagree."""
    state = "is cut off" if got < header.data_bytes else "goes on after its end"
    return StudioError(
        f"'{path}' {state}: it says it holds {shape_words(header.shape)} numbers "
        f"({byte_count(header.data_bytes)}), the file has "
        f"{'more' if got > header.data_bytes else byte_count(max(0, got))}; get the file again."
    )


def _read_images(path: Path, report: Reporter) -> Samples:
    """Read samples as uint8 or float32; grey images get their channel axis."""
    array = read_idx(path, report)
    if array.ndim < 2:
        raise StudioError(
            f"'{path}' holds single numbers where images are needed; is it the file of labels? "
            "Choose the file of images."
        )
    if array.ndim == 3:
        array = array.reshape(*array.shape, 1)
    if array.dtype == np.uint8:
        return array.view(np.uint8)
    numbers = allocate(array.shape, np.float32, f"'{path}'").view(np.float32)
    for first, last in blocks(array):
        with np.errstate(over="ignore"):
            numbers[first:last] = array[first:last]
    return numbers


def _read_labels(path: Path, report: Reporter) -> NDArray[np.int64]:
    """Read class numbers 0, 1, 2 …"""
    array = read_idx(path, report)
    if array.ndim != 1 or array.dtype.kind not in "ui":
        raise StudioError(
            f"'{path}' does not hold one whole number a sample, as labels are; choose the file "
            "of labels."
        )
    labels = array.astype(np.int64)
    low, high = int(labels.min()), int(labels.max())
    if low < 0 or high >= _MOST_CLASSES:
        raise StudioError(
            f"'{path}' holds labels from {whole(low)} to {whole(high)}; classes are numbered from "
            f"0 to at most {whole(_MOST_CLASSES - 1)}, choose the right file of labels."
        )
    return labels


def _joined(paths: list[Path], parts: list[Samples]) -> Samples:
    """Put the training and the test images into one array."""
    if len(parts) == 1:
        return parts[0]
    first, second = parts
    if first.shape[1:] != second.shape[1:] or first.dtype != second.dtype:
        raise StudioError(
            f"'{paths[0]}' holds images of {shape_words(first.shape[1:])}, '{paths[1]}' of "
            f"{shape_words(second.shape[1:])} or of another type; choose files of one set."
        )
    shape = (len(first) + len(second), *first.shape[1:])
    joined = allocate(shape, first.dtype, f"'{paths[0]}' with its test part")
    for start, part in ((0, first), (len(first), second)):
        for begin, end in blocks(part):
            joined[start + begin : start + end] = part[begin:end]
    return joined.view(np.uint8) if first.dtype == np.uint8 else joined.view(np.float32)
