"""Strict JSON: no NaN, no doubled keys, bounded depth; and the keys a reader did not know."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from nnstudio.core.errors import StudioError

MAX_DEPTH = 200


class JsonError(ValueError):
    """A text is not JSON as the studio writes it; the message says what is wrong."""


def parse(content: bytes) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        JsonError: It is no JSON object, holds NaN or infinity, or names a key twice.
    """
    try:
        document = json.loads(
            content.decode("utf-8"), object_pairs_hook=_object, parse_constant=_refuse
        )
    except JsonError:
        raise
    except (ValueError, RecursionError) as error:
        raise JsonError("it is no readable JSON") from error
    if not isinstance(document, dict):
        raise JsonError("it is no JSON object")
    _check_values(document, MAX_DEPTH)
    return document


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        raise JsonError(f"it has two values for '{next(n for n in names if names.count(n) > 1)}'")
    return made


def _refuse(constant: str) -> Any:
    raise JsonError(f"it holds {constant} where a number belongs")


def _check_values(value: Any, depth: int) -> None:
    """Refuse numbers beyond all bounds (1e999 reads as infinity) and bottomless nesting."""
    if depth == 0:
        raise JsonError("it is nested too deep")
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        raise JsonError("it holds infinity where a number belongs")
    if isinstance(value, int) and abs(value) >= 2**63:
        raise JsonError("it holds a number that is too large")
    if isinstance(value, dict):
        for inner in value.values():
            _check_values(inner, depth - 1)
    elif isinstance(value, list):
        for inner in value:
            _check_values(inner, depth - 1)


def write(document: Mapping[str, Any]) -> bytes:
    """Write a JSON object, indented, the same text for the same content.

    Raises:
        StudioError: A number is NaN or infinite.
    """
    try:
        return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False).encode()
    except ValueError as error:
        raise StudioError(
            "The project holds a number that is not finite, so it cannot be saved; undo the last "
            "change of a setting or remove the last run.",
            details=repr(error),
        ) from error


def unknown_keys(found: Mapping[str, Any], understood: Mapping[str, Any]) -> dict[str, Any]:
    """Give what a document holds beyond what was understood of it.

    Args:
        found: The document as it stood in the file.
        understood: The document as it would be written again.

    Returns:
        The missing keys in their places; lists of objects are matched by "id".
    """
    rest: dict[str, Any] = {}
    for key, value in found.items():
        if key not in understood:
            rest[key] = value
        else:
            inner = _unknown(value, understood[key])
            if inner:
                rest[key] = inner
    return rest


def _unknown(found: Any, understood: Any) -> Any:
    if isinstance(found, dict) and isinstance(understood, dict):
        return unknown_keys(found, understood)
    if isinstance(found, list) and isinstance(understood, list):
        known = _by_id(understood)
        rests = (
            {"id": key, **unknown_keys(entry, known[key])}
            for key, entry in _by_id(found).items()
            if key in known
        )
        return [rest for rest in rests if len(rest) > 1]
    return None


def with_unknown(document: Mapping[str, Any], rest: Mapping[str, Any]) -> dict[str, Any]:
    """Put back what `unknown_keys` gave; what has been removed since stays away."""
    merged = dict(document)
    for key, value in rest.items():
        if key not in merged:
            merged[key] = value
        elif isinstance(value, dict) and isinstance(merged[key], dict):
            merged[key] = with_unknown(merged[key], value)
        elif isinstance(value, list) and isinstance(merged[key], list):
            rests = _by_id(value)
            merged[key] = [_entry_with_unknown(entry, rests) for entry in merged[key]]
    return merged


def _entry_with_unknown(entry: Any, rests: Mapping[str, dict[str, Any]]) -> Any:
    if isinstance(entry, dict) and isinstance(entry.get("id"), str):
        return with_unknown(entry, rests.get(entry["id"], {}))
    return entry


def _by_id(entries: list[Any]) -> dict[str, dict[str, Any]]:
    return {
        entry["id"]: entry
        for entry in entries
        if isinstance(entry, dict) and isinstance(entry.get("id"), str)
    }
