"""What is remarked about a run — name, colour, tags, notes, parent, live changes — as JSON."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nnstudio.core.errors import StudioError
from nnstudio.train.live import Change

if TYPE_CHECKING:
    from nnstudio.project.model import Run

MAX_TAGS, MAX_TAG, MAX_TEXT = 50, 60, 100_000
MAX_CHANGES = 100_000
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}|")


def remarks_json(run: Run) -> dict[str, Any]:
    """Give the remarks about a run as JSON values; only what there is."""
    document: dict[str, Any] = {
        "colour": run.colour,
        "tags": list(run.tags),
        "notes": run.notes,
        "pinned": run.pinned,
        "parent": None if run.parent is None else list(run.parent),
        "changes": [[one.step, one.path, one.value] for one in run.changes],
    }
    return {name: value for name, value in document.items() if value}


def remarks_from_json(document: Mapping[str, Any], run_id: str) -> dict[str, Any]:
    """Read the remarks about a run, as fields of `Run`.

    Raises:
        StudioError: Something is not such as it must be; the sentence names the run.
    """
    try:
        return {
            **checked_remarks(
                {name: document[name] for name in ("colour", "tags", "notes", "pinned")
                 if name in document}
            ),
            "parent": _parent(document.get("parent")),
            "changes": _changes(document.get("changes", [])),
        }  # fmt: skip
    except (ValueError, TypeError, StudioError) as error:
        raise StudioError(
            f"The project is damaged: the remarks about run '{run_id}' cannot be read; open an"
            " earlier copy.",
            details=repr(error),
        ) from error


def checked_remarks(values: Mapping[str, Any]) -> dict[str, Any]:
    """Give what a person says of a run as fields of `Run`.

    Args:
        values: Any of "name", "colour" ("#rrggbb" or ""), "tags", "notes", "pinned".

    Raises:
        StudioError: A value does not fit; the sentence names it.
    """
    checked: dict[str, Any] = {}
    for name, value in values.items():
        match name, value:
            case "name", str() if value.strip() and len(value) <= MAX_TAG * 2 and "\n" not in value:
                checked[name] = value.strip()
            case "colour", str() if _COLOUR.fullmatch(value):
                checked[name] = value
            case "notes", str() if len(value) <= MAX_TEXT:
                checked[name] = value
            case "pinned", bool():
                checked[name] = value
            case "tags", list() | tuple() if len(value) <= MAX_TAGS:
                checked[name] = tuple(_tag(one) for one in value)
            case _:
                raise StudioError(f"The {name} of a run cannot be {value!r}; {_WANTED[name]}.")
    return checked


_WANTED = {
    "name": f"it is one line of 1 to {MAX_TAG * 2} characters",
    "colour": "it is such as #3355aa",
    "notes": f"they are a text of at most {MAX_TEXT:,} characters",
    "pinned": "it is on or off",
    "tags": f"they are at most {MAX_TAGS} words",
}


def _tag(value: object) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_TAG or "," in value:
        raise StudioError(f"A tag is a word or two without a comma. Got {value!r}.")
    return value.strip()


def _parent(value: object) -> tuple[str, int] | None:
    match value:
        case None:
            return None
        case [str(run), int(step)] if step >= 0:
            return run, step
    raise ValueError(value)


def _changes(value: object) -> tuple[Change, ...]:
    if not isinstance(value, list) or len(value) > MAX_CHANGES:
        raise ValueError(value)
    made: list[Change] = []
    for entry in value:
        match entry:
            case [int(step), str(path), new] if step >= 0:
                made.append(Change(step, path, new))
            case _:
                raise ValueError(entry)
    if any(one.step > other.step for one, other in itertools.pairwise(made)):
        raise ValueError("steps are not in order")
    return tuple(made)
