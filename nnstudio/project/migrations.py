"""Versions of the project file: how the document of each old version becomes the next one's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from nnstudio.core.errors import StudioError

VERSION = 1
Migration = Callable[[dict[str, Any]], dict[str, Any]]

# MIGRATIONS[n] turns a document of version n into one of version n + 1.
MIGRATIONS: Mapping[int, Migration] = MappingProxyType({})


def migrated(document: dict[str, Any], version: int) -> dict[str, Any]:
    """Bring the document of an old version up to date, one version at a time."""
    while version < VERSION:
        document = MIGRATIONS[version](document)
        version += 1
    return document


def check_version(version: object, where: str) -> int:
    """Give the version if this studio can read it.

    Raises:
        StudioError: It is newer than this studio, or no version at all.
    """
    if type(version) is not int or version < 1:
        raise StudioError(f"'{where}' is damaged: it has no version; open an earlier copy.")
    if version > VERSION:
        raise StudioError(
            f"'{where}' was saved by a newer studio (version {version} of the file, this one reads "
            f"up to {VERSION}); update nnstudio to open it."
        )
    return version
