"""The folder of compiled code: one file per kernel or tile, checked when read, bounded in size."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

from nnstudio.core.errors import StudioError
from nnstudio.core.files import atomic_write
from nnstudio.core.paths import cache_folder

_MAGIC = b"nnstudio code 1\n"
_DIGEST = 32
LIMIT = 64 << 20
_SUFFIX = ".code"


class CodeCache:
    """Object code by key; a file that is damaged counts as absent, a folder that fails as empty.

    Args:
        folder: Where the files are; the studio's cache folder if None.
        limit: Most bytes kept; the files unused for longest go first.
    """

    def __init__(self, folder: Path | None = None, limit: int = LIMIT) -> None:
        self.folder = folder
        self.limit = limit

    def place(self) -> Path:
        """Give the folder, made if missing."""
        folder = self.folder if self.folder is not None else cache_folder() / "kernels"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def get(self, key: str) -> bytes | None:
        """Give the code of `key`, or None if it is absent or damaged."""
        try:
            path = self.place() / f"{key}{_SUFFIX}"
            content = path.read_bytes()
        except OSError:
            return None
        head = len(_MAGIC) + _DIGEST
        code = content[head:]
        if content[:head] != _MAGIC + _checksum(key, code):
            return None
        with contextlib.suppress(OSError):
            os.utime(path)
        return code

    def put(self, key: str, code: bytes) -> None:
        """Keep the code of `key`; a folder that cannot be written is no error."""
        with contextlib.suppress(OSError, StudioError):
            path = self.place() / f"{key}{_SUFFIX}"
            with atomic_write(path) as file:
                file.write(_MAGIC + _checksum(key, code) + code)
            self._trim()

    def _trim(self) -> None:
        """Remove the files unused for longest until the rest fits the limit."""
        found = self._files()
        total = sum(size for _, size, _ in found)
        for _, size, path in sorted(found, key=lambda entry: entry[0]):
            if total <= self.limit:
                return
            with contextlib.suppress(OSError):
                path.unlink()
                total -= size

    def _files(self) -> list[tuple[float, int, Path]]:
        """List (time of last use, bytes, path) of all files of code."""
        found = []
        for path in self.place().glob(f"*{_SUFFIX}"):
            with contextlib.suppress(OSError):
                state = path.stat()
                found.append((state.st_mtime, state.st_size, path))
        return found

    def size(self) -> int:
        """Give the bytes the files take together."""
        try:
            return sum(size for _, size, _ in self._files())
        except OSError:
            return 0


def _checksum(key: str, code: bytes) -> bytes:
    """Give the checksum of a file's content, bound to its key."""
    return hashlib.blake2b(key.encode() + b"\0" + code, digest_size=_DIGEST).digest()
