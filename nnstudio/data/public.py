"""Public sets that have been downloaded, as data sets with their own test part."""

from __future__ import annotations

import tarfile
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nnstudio.core.errors import StudioError
from nnstudio.core.words import byte_count
from nnstudio.data.catalogue import CATALOGUE, PublicSet
from nnstudio.data.dataset import DataSet, build
from nnstudio.data.download import is_downloaded, missing_bytes, set_folder
from nnstudio.data.files import reading
from nnstudio.data.idx import idx_dataset
from nnstudio.data.report import Reporter
from nnstudio.data.sources import Public
from nnstudio.graph.types import ClassTarget

_CIFAR_FOLDER = "cifar-10-batches-bin"
_CIFAR_FILES = (*(f"data_batch_{k}.bin" for k in range(1, 6)), "test_batch.bin")
_CIFAR_IMAGES = 10_000
_CIFAR_ROW = 1 + 3 * 32 * 32


def load_public(source: Public, report: Reporter) -> DataSet:
    """Read a public set from this computer; nothing is downloaded here.

    Raises:
        StudioError: The set has not been downloaded, or its files are damaged.
    """
    chosen = CATALOGUE[source.name]
    if not is_downloaded(source.name):
        raise StudioError(
            f"{chosen.title} is not on this computer yet; download it first "
            f"({byte_count(missing_bytes(source.name))})."
        )
    folder = set_folder(source.name)
    files = [folder / file.name for file in chosen.files]
    if source.name == "cifar-10":
        return _cifar(chosen, files[0], report)
    pairs = [(files[0], files[1]), (files[2], files[3])]
    return idx_dataset(chosen.title, pairs, report, chosen.classes)


def _cifar(chosen: PublicSet, path: Path, report: Reporter) -> DataSet:
    """Read the binary version; rows are a label, then 32×32 red, green and blue."""
    count = _CIFAR_IMAGES * len(_CIFAR_FILES)
    x = np.empty((count, 32, 32, 3), np.uint8)
    y = np.empty(count, np.int64)
    for batch, rows in enumerate(_cifar_batches(path, report)):
        part = slice(batch * _CIFAR_IMAGES, (batch + 1) * _CIFAR_IMAGES)
        y[part] = rows[:, 0]
        x[part] = rows[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    if y.max() >= len(chosen.classes):
        raise _damaged(path, f"label {y.max()}")
    test = np.arange(count - _CIFAR_IMAGES, count, dtype=np.int64)
    target = ClassTarget(chosen.classes)
    return build(chosen.title, x, y, target, where=f"'{path}'", test_rows=test, report=report)


def _cifar_batches(path: Path, report: Reporter) -> list[NDArray[np.uint8]]:
    """Read the six files out of the archive by their exact names and sizes; none is unpacked."""
    found: dict[str, NDArray[np.uint8]] = {}
    wanted = {f"{_CIFAR_FOLDER}/{name}": name for name in _CIFAR_FILES}
    with reading(path):
        try:
            with tarfile.open(path, "r|gz") as archive:
                for member in archive:
                    report.at(len(found), len(_CIFAR_FILES), f"reading {path.name}")
                    name = wanted.get(member.name)
                    stream = archive.extractfile(member) if name and member.isreg() else None
                    if name is None or stream is None:
                        continue
                    data = stream.read(_CIFAR_IMAGES * _CIFAR_ROW)
                    rows = np.frombuffer(data, np.uint8)
                    found[name] = rows.reshape(_CIFAR_IMAGES, _CIFAR_ROW)
        except (tarfile.TarError, EOFError, zlib.error, ValueError) as error:
            raise _damaged(path, repr(error)) from error
    if len(found) < len(_CIFAR_FILES):
        raise _damaged(path, f"holds only {sorted(found)}")
    return [found[name] for name in _CIFAR_FILES]


def _damaged(path: Path, details: str) -> StudioError:
    return StudioError(
        f"'{path}' is damaged; delete it and download the set again.", details=details
    )
