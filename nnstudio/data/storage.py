"""Room for samples: in memory, or in a file that is mapped where they are many."""

from __future__ import annotations

import errno
import math
import os
import shutil
import tempfile
from typing import IO

import numpy as np
from numpy.typing import DTypeLike, NDArray

from nnstudio.core.errors import StudioError
from nnstudio.core.files import reason
from nnstudio.core.paths import cache_folder
from nnstudio.core.words import byte_count

IN_MEMORY_BYTES = 1 << 30


def is_large(shape: tuple[int, ...]) -> bool:
    """Tell whether samples of this shape, as float32, are too many to hold in memory."""
    return math.prod(shape) * 4 > IN_MEMORY_BYTES


def allocate(shape: tuple[int, ...], dtype: DTypeLike, what: str) -> NDArray[np.generic]:
    """Give an array to fill; a large one lives in a file that goes away with the array.

    Args:
        shape: (samples, *shape).
        dtype: Type of the numbers.
        what: What it is for, in the message.

    Raises:
        StudioError: There is not enough room on the disk.
    """
    if not is_large(shape):
        return np.empty(shape, dtype)
    needed = math.prod(shape) * np.dtype(dtype).itemsize
    folder = cache_folder()
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise StudioError(
            f"{what} needs {byte_count(needed)} on the disk, but only {byte_count(free)} are free "
            f"in '{folder}'; free some space or take less data."
        )
    try:
        with tempfile.TemporaryFile(dir=folder, prefix="samples-") as file:
            _reserve(file, needed)
            return np.memmap(file, dtype, "r+", shape=shape)
    except OSError as error:
        raise StudioError(
            f"{what} needs {byte_count(needed)} in '{folder}': {reason(error)}.",
            details=repr(error),
        ) from error


def _reserve(file: IO[bytes], size: int) -> None:
    """Take the disk's room now: writing to a mapped file on a full disk ends the process."""
    file.truncate(size)
    if hasattr(os, "posix_fallocate"):
        try:
            os.posix_fallocate(file.fileno(), 0, size)
        except OSError as error:  # some file systems cannot reserve; free room was checked before
            if error.errno not in (errno.EOPNOTSUPP, errno.EINVAL):
                raise
