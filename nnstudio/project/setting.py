"""Run settings by dotted path: "epochs", "optimiser.momentum", "schedule.kind"."""

from __future__ import annotations

import difflib
import typing
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from nnstudio.core import words
from nnstudio.core.errors import StudioError
from nnstudio.project.document import settings_from_json
from nnstudio.train.settings import RunSettings

KIND = "kind"


def set_setting(
    settings: RunSettings, path: str, value: Any
) -> tuple[RunSettings, str, Any]:  # fmt: skip
    """Give settings with one value changed, and what takes the change back.

    Args:
        settings: The settings before.
        path: Which value: a field, a field of a group, or a whole group.
        value: As in a file. For a group's kind the values that the new kind shares and a person
            had changed are kept; all others are those the new kind starts with.

    Returns:
        The new settings, and the path and value of the way back.

    Raises:
        StudioError: There is no such setting, or the value does not fit; the sentence names it.
    """
    document = settings.model_dump(mode="json")
    group, _, name = path.partition(".")
    if group not in document or (name and not isinstance(document[group], dict)):
        raise _unknown(path, paths(settings))
    before = document[group]
    if not name:
        document[group] = _with_kind(before, value)
        return settings_from_json(document), path, before
    if name == KIND:
        document[group] = _of_kind(group, getattr(settings, group), value)
        return settings_from_json(document), group, before
    if name not in before:
        raise _unknown(path, paths(settings))
    document[group] = {**before, name: value}
    return settings_from_json(document), path, before[name]


def _with_kind(before: Any, value: Any) -> Any:
    """Let "optimiser" = "sgd" stand for its kind, as a person types it."""
    if isinstance(before, dict) and isinstance(value, str):
        return {KIND: value}
    return value


def _of_kind(group: str, before: BaseModel, kind: Any) -> dict[str, Any]:
    """Give the document of another kind of optimiser or schedule."""
    models = kinds(RunSettings.model_fields[group])
    if kind not in models:
        choices = words.listed([f"'{one}'" for one in models], "or")
        raise StudioError(f"The {group}.kind must be {choices}. Got {kind!r}.")
    shared = models[kind].model_fields
    chosen = {
        name: value
        for name, value in before.model_dump(mode="json").items()
        if name in shared and name != KIND and value != type(before).model_fields[name].default
    }
    return {KIND: kind, **chosen}


def kinds(field: FieldInfo) -> Mapping[str, type[BaseModel]]:
    """Give the models that a group may have, by kind; empty for a plain value."""
    models = [part for part in typing.get_args(field.annotation) if hasattr(part, "model_fields")]
    return {model.model_fields[KIND].default: model for model in models}


def paths(settings: RunSettings) -> list[str]:
    """Give the paths of all values."""
    found: list[str] = []
    for name, value in settings.model_dump(mode="json").items():
        found += [f"{name}.{inner}" for inner in value] if isinstance(value, dict) else [name]
    return found


def _unknown(path: str, known: list[str]) -> StudioError:
    near = difflib.get_close_matches(path, known, n=1, cutoff=0.5)
    hint = f"did you mean '{near[0]}'?" if near else f"choose one of {', '.join(known)}."
    return StudioError(f"There is no run setting '{path}'; {hint}")


def setting_title(settings: RunSettings, path: str, value: Any) -> str:
    """Say what a change does, for the undo menu: "Learning rate 0.001 → 0.01"."""
    group, _, name = path.partition(".")
    old: Any = settings.model_dump(mode="json").get(group)
    if path == "frozen":
        return _frozen_title(set(old), set(value))
    title = _title(RunSettings.model_fields.get(group), group)
    if isinstance(old, dict):
        if name and name != KIND:
            field = type(getattr(settings, group)).model_fields.get(name)
            return f"{title}: {_title(field, name)} {_text(old.get(name))} → {_text(value)}"
        old = old[KIND]
        value = value.get(KIND) if isinstance(value, dict) else value
    return f"{title} {_text(old)} → {_text(value)}"


def _frozen_title(before: set[str], after: set[str]) -> str:
    """Say which layers are frozen or let go: "Freeze conv1"."""
    more, fewer = sorted(after - before), sorted(before - after)
    parts = [f"freeze {words.listed(more, 'and')}"] if more else []
    parts += [f"unfreeze {words.listed(fewer, 'and')}"] if fewer else []
    text = ", ".join(parts) or "frozen layers"
    return text[0].upper() + text[1:]


def _title(field: FieldInfo | None, name: str) -> str:
    return (field.title if field is not None else None) or name.replace("_", " ").capitalize()


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)
