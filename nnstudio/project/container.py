"""The zip file around a project: which members it may have, and how they are read without risk."""

from __future__ import annotations

import hashlib
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from nnstudio.core import files, words
from nnstudio.core.errors import StudioError

MAX_MEMBERS = 20_000
MAX_FILE = 8 << 30
MAX_MEMBER = 4 << 30
MAX_JSON = 64 << 20
MAX_RATIO = 200
_RATIO_FREE = 1 << 20  # below this many bytes any ratio is harmless
_END = struct.Struct("<4s4H2LH")
_END64_PLACE = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_DATE = (1980, 1, 1, 0, 0, 0)  # the same content gives the same bytes
_UNSAFE = re.compile(r'[\\:*?"<>|\x00-\x1f\x7f]')  # not allowed in names on some system


class Container:
    """A zip file opened for reading; every size is checked before anything is unpacked.

    Args:
        path: The file.

    Raises:
        StudioError: It is missing, not a project, damaged, or too large.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = _open(path)
        try:
            _check_start(path, self._file)
            self._zip = _open_zip(path, self._file)
            self._infos = _checked_members(path, self._zip)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Container:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()
        self._file.close()

    @property
    def names(self) -> list[str]:
        """The names of all members, in the order of the file."""
        return list(self._infos)

    def read(self, name: str, limit: int = MAX_MEMBER) -> bytes:
        """Unpack one member.

        Args:
            name: The member's name.
            limit: The most bytes it may have.

        Raises:
            StudioError: It is missing, damaged or larger than `limit`.
        """
        info = self._infos.get(name)
        if info is None:
            raise StudioError(
                f"'{self.path}' is damaged: its part '{name}' is missing; open an earlier copy."
            )
        if info.file_size > limit:
            raise StudioError(
                f"'{self.path}' cannot be opened: its part '{name}' has "
                f"{words.byte_count(info.file_size)}, at most {words.byte_count(limit)} are read."
            )
        try:
            content = self._zip.read(info)
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError) as bad:
            raise damaged(self.path, f"its part '{name}' cannot be unpacked", bad) from bad
        except NotImplementedError as bad:
            raise damaged(self.path, f"its part '{name}' is packed in a foreign way", bad) from bad
        if len(content) != info.file_size:
            raise damaged(self.path, f"its part '{name}' is cut off")
        return content


def damaged(path: Path, what: str, cause: BaseException | None = None) -> StudioError:
    """Give the error for a file whose content is broken; `what` says where."""
    details = "" if cause is None else repr(cause)
    return StudioError(f"'{path}' is damaged: {what}; open an earlier copy.", details=details)


def _open(path: Path) -> IO[bytes]:
    try:
        if path.is_dir():
            raise StudioError(f"'{path}' is a folder; choose a project file (.nns).")
        return path.open("rb")
    except FileNotFoundError as error:
        raise StudioError(f"There is no file '{path}'; check the name and the folder.") from error
    except PermissionError as error:
        raise StudioError(
            f"'{path}' may not be read; ask for the right to read it or choose another file.",
            details=repr(error),
        ) from error
    except (OSError, ValueError) as error:
        raise StudioError(
            f"'{path}' cannot be opened; check the name and the folder.", details=repr(error)
        ) from error


def _check_start(path: Path, file: IO[bytes]) -> None:
    """Tell an empty, huge or foreign file from a zip file by its size and first bytes."""
    size = file.seek(0, 2)
    file.seek(0)
    start = file.read(4)
    if size == 0:
        raise StudioError(f"'{path}' is empty; open an earlier copy.")
    if size > MAX_FILE:
        raise StudioError(
            f"'{path}' has {words.byte_count(size)}; a project has at most "
            f"{words.byte_count(MAX_FILE)}, so this is no project of nnstudio."
        )
    if start not in (b"PK\x03\x04", b"PK\x05\x06"):
        raise StudioError(
            f"'{path}' is not a project of nnstudio; it is damaged or another program's, so choose "
            "another file or an earlier copy."
        )
    if _promised_members(file, size) > MAX_MEMBERS:
        raise StudioError(
            f"'{path}' has more than {MAX_MEMBERS:,} parts, so it is no project of nnstudio."
        )


def _promised_members(file: IO[bytes], size: int) -> int:
    """Read from the end of a zip file how many members it lists, before they are all read."""
    tail_size = min(size, _END.size + 0xFFFF)
    file.seek(size - tail_size)
    tail = file.read(tail_size)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        return 0
    end = _END.unpack_from(tail, at)
    count, listed = end[4], end[5]
    if at >= _END64_PLACE.size and tail[at - _END64_PLACE.size :].startswith(b"PK\x06\x07"):
        file.seek(max(0, size - tail_size + at - _END64_PLACE.size - _END64.size))
        record = file.read(_END64.size)
        if record.startswith(b"PK\x06\x06"):
            count, listed = _END64.unpack(record)[7:9]
    return int(max(count, listed // 46))  # an entry of the list has at least 46 bytes


def _open_zip(path: Path, file: IO[bytes]) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error) as error:
        raise StudioError(
            f"'{path}' is cut off or damaged, or is no project of nnstudio; open an earlier copy.",
            details=repr(error),
        ) from error


def _checked_members(path: Path, archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Check all names and sizes before anything is unpacked."""
    found: dict[str, zipfile.ZipInfo] = {}
    total = 0
    for info in archive.infolist():
        if info.filename.endswith("/"):
            continue
        _check_member(path, info)
        if info.filename in found:
            raise damaged(path, f"it has two parts called '{info.filename}'")
        found[info.filename] = info
        total += info.file_size
    if total > MAX_FILE:
        raise _bomb(path)
    return found


def _check_member(path: Path, info: zipfile.ZipInfo) -> None:
    name = info.filename
    if not safe_name(name):
        raise StudioError(
            f"'{path}' has a part with the name {name[:80]!r}, which points outside the file; "
            "it was not made by nnstudio, do not trust it."
        )
    if info.flag_bits & 0x1:
        raise StudioError(
            f"'{path}' is protected by a password; unpack and pack it without one, then open it."
        )
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise damaged(path, f"its part '{name}' is packed in a foreign way")
    packed = max(1, info.compress_size)
    if info.file_size > max(_RATIO_FREE, MAX_RATIO * packed) or info.file_size > MAX_MEMBER:
        raise _bomb(path)


def _bomb(path: Path) -> StudioError:
    return StudioError(
        f"'{path}' would unpack to far more than a project holds; it was not made by nnstudio, "
        "do not trust it."
    )


def safe_name(name: str) -> bool:
    """Whether a member's name stays inside the container on every system."""
    parts = name.split("/")
    return (
        len(name) <= 200
        and _UNSAFE.search(name) is None
        and not any(part.strip(". ") == "" for part in parts)
    )


def write_container(path: Path, members: Mapping[str, bytes]) -> None:
    """Write a zip file in one go; text is packed, everything else is stored.

    Args:
        path: The final place; what stood there stays whole until the last moment.
        members: The content by name, in the order of the file.

    Raises:
        StudioError: The system refused to write; the old file is unchanged.
    """
    with files.atomic_write(path) as file, zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, _DATE)
            info.external_attr = 0o644 << 16
            info.compress_type = _packing(name, content)
            archive.writestr(info, content)


def _packing(name: str, content: bytes) -> int:
    """Pack text unless it shrinks so much that opening would take it for a bomb."""
    if not name.endswith(".json"):
        return zipfile.ZIP_STORED
    shrinks = len(content) > MAX_RATIO // 2 * len(zlib.compress(content))
    return zipfile.ZIP_STORED if shrinks else zipfile.ZIP_DEFLATED


def checksum(content: bytes) -> str:
    """Give the SHA-256 of a member, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()
