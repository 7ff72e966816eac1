"""Files that are whole or absent: written aside, flushed to the disk, then put in place."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from nnstudio.core.errors import StudioError

_REASONS = {
    errno.ENOSPC: "the disk is full; free some space or choose another folder",
    errno.EDQUOT: "your share of the disk is full; free some space or choose another folder",
    errno.EACCES: "you may not write there; choose another folder",
    errno.EPERM: "you may not write there; choose another folder",
    errno.EROFS: "the folder is read-only; choose another folder",
    errno.ENOENT: "the folder does not exist; choose another folder",
    errno.EISDIR: "a folder has that name; choose another name",
}


def reason(error: OSError) -> str:
    """Say in words why the system refused a file, and what to do."""
    return _REASONS.get(
        error.errno or 0, f"{(error.strerror or str(error)).lower()}; try elsewhere"
    )


@contextlib.contextmanager
def atomic_write(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for writing that takes the place of `path` only when all went well.

    Args:
        path: The final place. What stood there stays whole until the last moment.

    Yields:
        A binary file, readable and seekable, beside the final place.

    Raises:
        StudioError: The system refused to write; the old file is unchanged.
    """
    path = Path(path)
    temporary: str | None = None
    try:
        descriptor, temporary = tempfile.mkstemp(
            prefix=f".{path.name}.", suffix=".part", dir=path.parent
        )
        with os.fdopen(descriptor, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _keep_mode(path, temporary)
        os.replace(temporary, path)
        temporary = None
        _flush_folder(path.parent)
    except OSError as error:
        raise StudioError(
            f"'{path}' could not be written: {reason(error)}.", details=repr(error)
        ) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)


def _keep_mode(path: Path, temporary: str) -> None:
    """Give the new file the rights of the old one, or those an ordinary new file would get."""
    try:
        mode = path.stat().st_mode & 0o777
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        mode = 0o666 & ~mask
    with contextlib.suppress(OSError):
        os.chmod(temporary, mode)


def _flush_folder(folder: Path) -> None:
    """Make the renaming itself durable; Windows cannot open folders and need not."""
    if os.name == "nt":
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
