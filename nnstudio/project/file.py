"""The project file `.nns`: a zip of JSON, safetensors and SQLite; saved whole or not at all."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import nnstudio
from nnstudio.core import files
from nnstudio.core.errors import StudioError
from nnstudio.project import container, jsontext, migrations
from nnstudio.project.container import Container, checksum, damaged
from nnstudio.project.document import project_from_json, project_json
from nnstudio.project.model import Arrays, Project, Run
from nnstudio.project.weights import check_run, pack, unpack
from nnstudio.train.history import History
from nnstudio.train.sqlite import read_histories, write_histories

SUFFIX = ".nns"
FORMAT = "nnstudio project"
MANIFEST, DOCUMENT, HISTORY, THUMBNAIL = (
    "manifest.json",
    "project.json",
    "history.sqlite",
    "thumbnail.png",
)
# Attribute of a run and the name of its member.
_ARRAYS = {"weights": "best", "initial": "initial", "scaler": "scaler"}


def save_project(project: Project, path: Path, *, thumbnail: bytes | None = None) -> None:
    """Write a project; the file that stood there stays whole until the last moment.

    Args:
        project: What to save.
        path: The final place, usually ending in .nns.
        thumbnail: A PNG picture of the network; None keeps the one the file came with.

    Raises:
        StudioError: The project cannot be kept, or the system refused; nothing was changed.
    """
    path = Path(path)
    members = _content(project, path.parent)
    if thumbnail is not None:
        members[THUMBNAIL] = thumbnail
    for name, content in members.items():
        limit = container.MAX_JSON if name.endswith(".json") else container.MAX_MEMBER
        if len(content) > limit:
            raise StudioError(
                f"The part '{name}' of the project is too large to be saved; remove old runs."
            )
    manifest = {
        "format": FORMAT,
        "version": migrations.VERSION,
        "app": nnstudio.__version__,
        "parts": {
            name: {"sha256": checksum(content), "bytes": len(content)}
            for name, content in members.items()
        },
    }
    unknown = _unknown(project, MANIFEST)
    whole = {MANIFEST: jsontext.write(jsontext.with_unknown(manifest, unknown)), **members}
    container.write_container(path, whole)


def _content(project: Project, folder: Path) -> dict[str, bytes]:
    """Give all members but the manifest, unknown ones last."""
    document = project_json(project, folder)
    members = {
        DOCUMENT: jsontext.write(jsontext.with_unknown(document, _unknown(project, DOCUMENT)))
    }
    for run in project.runs:
        check_run(run, project.signature)
        for attribute, name in _ARRAYS.items():
            arrays: Arrays = getattr(run, attribute)
            if arrays:
                members[_arrays_name(run.id, name)] = pack(arrays)
    histories = {run.id: run.history for run in project.runs if _recorded(run)}
    if histories:
        members[HISTORY] = _history_bytes(histories)
    kept = {name: content for name, content in project.extra.items() if name not in members}
    kept.pop(MANIFEST, None)
    return {**members, **kept}


def _recorded(run: Run) -> bool:
    return bool(run.history.steps or run.history.epochs)


def _arrays_name(run_id: str, name: str) -> str:
    return f"weights/{run_id}/{name}.safetensors"


def _unknown(project: Project, member: str) -> dict[str, Any]:
    """Give the keys of a JSON member that this version did not know when it was opened."""
    content = project.extra.get(member)
    return {} if content is None else dict(json.loads(content))


def _history_bytes(histories: Mapping[str, History]) -> bytes:
    try:
        with tempfile.TemporaryDirectory(prefix="nnstudio-") as folder:
            path = Path(folder) / HISTORY
            write_histories(path, histories)
            return path.read_bytes()
    except sqlite3.Error as error:
        raise StudioError(
            "The project was not saved because its history could not be written to the folder for "
            "temporary files; free some space there.",
            details=repr(error),
        ) from error
    except OSError as error:
        raise StudioError(
            "The project was not saved because the folder for temporary files cannot be used: "
            f"{files.reason(error)}.",
            details=repr(error),
        ) from error


def open_project(path: Path) -> Project:
    """Read a project; nothing of the file is trusted before it was checked.

    Args:
        path: A file that `save_project` wrote.

    Returns:
        The project, with everything that this version does not know kept in `extra`.

    Raises:
        StudioError: It is missing, foreign, damaged, too new, or does not fit together.
    """
    path = Path(path)
    with Container(path) as archive:
        manifest = _manifest(archive)
        members = _checked_members(archive, manifest)
    document = _parsed(path, DOCUMENT, members[DOCUMENT])
    document = migrations.migrated(document, manifest["version"])
    try:
        project = project_from_json(document, path.parent)
        runs, used = _with_arrays(project.runs, members)
        runs = _with_histories(runs, members.get(HISTORY))
        for run in runs:
            check_run(run, project.signature)
    except StudioError as error:
        raise StudioError(
            f"'{path}' cannot be opened: {_lower(error.sentence)}", details=error.details
        ) from error
    used |= {DOCUMENT, HISTORY}
    extra = {name: content for name, content in members.items() if name not in used}
    extra.update(_unknown_json(project, document, manifest, path.parent))
    return replace(project, runs=runs, extra=extra)


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:] if sentence.startswith("The ") else sentence


def _manifest(archive: Container) -> dict[str, Any]:
    """Read the manifest and check that this studio can read what it announces."""
    if MANIFEST not in archive.names:
        raise StudioError(
            f"'{archive.path}' is a zip file but no project of nnstudio; choose a file ending in "
            f"{SUFFIX}."
        )
    content = archive.read(MANIFEST, container.MAX_JSON)
    manifest = _parsed(archive.path, MANIFEST, content)
    if manifest.get("format") != FORMAT:
        raise StudioError(
            f"'{archive.path}' is not a project of nnstudio; it is another program's or damaged, "
            "so choose another file or an earlier copy."
        )
    manifest["version"] = migrations.check_version(manifest.get("version"), str(archive.path))
    return manifest


def _checked_members(archive: Container, manifest: Mapping[str, Any]) -> dict[str, bytes]:
    """Read every member and compare those that the manifest lists with it."""
    parts = manifest.get("parts")
    if not isinstance(parts, dict) or DOCUMENT not in parts:
        raise damaged(archive.path, "its manifest does not list its parts")
    foreign = {name for name in archive.names if name not in parts} - {MANIFEST}
    if any(name in (HISTORY, THUMBNAIL) or name.startswith("weights/") for name in foreign):
        raise damaged(archive.path, f"its manifest does not list '{min(foreign)}'")
    members: dict[str, bytes] = {}
    for name in (*parts, *sorted(foreign)):
        limit = container.MAX_JSON if name.endswith(".json") else container.MAX_MEMBER
        content = archive.read(name, limit)
        entry = parts.get(name, {"sha256": checksum(content)})
        if not isinstance(entry, dict) or entry.get("sha256") != checksum(content):
            raise damaged(archive.path, f"its part '{name}' has changed since it was saved")
        members[name] = content
    return members


def _parsed(path: Path, name: str, content: bytes) -> dict[str, Any]:
    try:
        return jsontext.parse(content)
    except jsontext.JsonError as error:
        raise damaged(path, f"in '{name}', {error}", error) from error


def _with_arrays(
    runs: tuple[Run, ...], members: Mapping[str, bytes]
) -> tuple[tuple[Run, ...], set[str]]:
    """Give the runs with their arrays, and the members that these came from."""
    made: list[Run] = []
    used: set[str] = set()
    for run in runs:
        names = {attribute: _arrays_name(run.id, name) for attribute, name in _ARRAYS.items()}
        found: dict[str, Arrays] = {
            attribute: unpack(members[name]) if name in members else {}
            for attribute, name in names.items()
        }
        used |= set(names.values())
        made.append(
            replace(run, weights=found["weights"], initial=found["initial"], scaler=found["scaler"])
        )
    return tuple(made), used


def _with_histories(runs: tuple[Run, ...], content: bytes | None) -> tuple[Run, ...]:
    if content is None:
        return runs
    with tempfile.TemporaryDirectory(prefix="nnstudio-") as folder:
        path = Path(folder) / HISTORY
        path.write_bytes(content)
        histories = read_histories(path)
    return tuple(replace(run, history=histories.get(run.id, run.history)) for run in runs)


def _unknown_json(
    project: Project, document: Mapping[str, Any], manifest: Mapping[str, Any], folder: Path
) -> dict[str, bytes]:
    """Keep the keys that this version does not know."""
    understood = project_json(project, folder)
    known = dict.fromkeys(("format", "version", "app", "parts"))
    rests = {
        DOCUMENT: jsontext.unknown_keys(document, understood),
        MANIFEST: jsontext.unknown_keys(manifest, known),
    }
    return {name: jsontext.write(rest) for name, rest in rests.items() if rest}
