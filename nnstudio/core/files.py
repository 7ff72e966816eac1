"""Files that are whole or absent: written aside, flushed to the disk, then put in place."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
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
    errno.ENOTDIR: "what should be a folder is a file; choose another folder",
    errno.EISDIR: "a folder has that name; choose another name",
    errno.ENAMETOOLONG: "the name is too long; choose a shorter one",
    errno.EFBIG: "files may not grow that large there; choose another folder",
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
    final = Path(os.path.realpath(path))  # a link stays a link; what it names is replaced
    temporary = final.parent / f".nnstudio-{secrets.token_hex(8)}.part"
    try:
        if final.exists() and not (final.is_file() or final.is_dir()):  # a device would be lost
            raise StudioError(f"'{path}' is no ordinary file; choose another name.")
        with temporary.open("x+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _keep_mode(final, temporary)
        os.replace(temporary, final)
        _flush_folder(final.parent)
    except OSError as error:
        raise StudioError(
            f"'{path}' could not be written: {reason(error)}.", details=repr(error)
        ) from error
    finally:
        with contextlib.suppress(OSError):  # after a success there is nothing left to remove
            os.unlink(temporary)


def _keep_mode(final: Path, temporary: Path) -> None:
    """Give the new file the rights of the one it replaces."""
    with contextlib.suppress(OSError):
        os.chmod(temporary, final.stat().st_mode & 0o777)


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
