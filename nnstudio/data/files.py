"""Opening people's files: what is wrong with a file is said in one sentence that names it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from nnstudio.core.errors import StudioError
from nnstudio.core.words import byte_count

_SUSPICIOUS_RATIO = 250
_HARMLESS_BYTES = 1 << 28


def resolve(path: Path, base: Path | None) -> Path:
    """Give the path as it is, or below `base` if it is relative."""
    path = path.expanduser()
    return path if base is None or path.is_absolute() else base / path


def checked_file(path: Path) -> Path:
    """Give the path of a file that exists and holds something.

    Raises:
        StudioError: It is missing, a folder or empty.
    """
    with reading(path):
        if not path.exists():
            raise StudioError(f"'{path}' is missing; check the path or choose the file again.")
        if not path.is_file():
            raise StudioError(f"'{path}' is not a file; choose a file.")
        if path.stat().st_size == 0:
            raise StudioError(f"'{path}' is empty (0 bytes); choose another file.")
    return path


@contextlib.contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn the system's refusal to read `path` into a sentence.

    Raises:
        StudioError: The system refused.
    """
    try:
        yield
    except PermissionError as error:
        raise StudioError(
            f"'{path}' may not be read by you; change its rights or choose another file.",
            details=repr(error),
        ) from error
    except OSError as error:
        words = (error.strerror or str(error)).lower()
        raise StudioError(
            f"'{path}' could not be read ({words}); check the disk or choose another file.",
            details=repr(error),
        ) from error


def refuse_bomb(path: Path, packed: int, unpacked: int) -> None:
    """Refuse a packed file that would unpack to far more than real data does.

    Args:
        path: The file, for the message.
        packed: Bytes in the file.
        unpacked: Bytes it claims to unpack to.

    Raises:
        StudioError: The file claims to be packed more than 250 times.
    """
    if unpacked > max(_HARMLESS_BYTES, packed * _SUSPICIOUS_RATIO):
        raise StudioError(
            f"'{path}' would unpack from {byte_count(packed)} to {byte_count(unpacked)}, which "
            "real data does not do; get the file again from a source you trust."
        )
