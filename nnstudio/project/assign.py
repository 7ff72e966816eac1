"""Texts such as "conv1.filters=8" as changes of a project: ordinary edits, typed by a person."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from nnstudio.core.errors import StudioError
from nnstudio.graph.paths import parse_value, set_edit
from nnstudio.project.choose import source_of
from nnstudio.project.document import scaling_from_json, source_from_json, split_from_json
from nnstudio.project.edits import (
    EditGraph,
    ProjectEdit,
    RenameProject,
    SetData,
    SetScaling,
    SetSetting,
    SetSplit,
)
from nnstudio.project.model import Project


def assigned(project: Project, assignments: Iterable[str]) -> Project:
    """Give the project with values changed.

    Args:
        project: The project.
        assignments: Texts such as "conv1.filters=8", "run.epochs=3", "data=iris", "data.seed=1",
            "split.test=0.3", "scaling.kind=none" or "name=Two"; "run.", "data.", "split." and
            "scaling." come before nodes of these names.

    Raises:
        StudioError: A text sets nothing, or the value does not fit; the sentence names it.
    """
    for assignment in assignments:
        project = edit_of(project, assignment).apply(project)[0]
    return project


def edit_of(project: Project, assignment: str) -> ProjectEdit:
    """Give the edit for one assignment.

    Raises:
        StudioError: It sets nothing.
    """
    path, equals, text = assignment.partition("=")
    path = path.strip()
    if not equals or not path:
        raise StudioError(f"'{assignment}' sets nothing; write it as path=value.")
    root, _, rest = path.partition(".")
    if root == "run" and rest:
        return SetSetting(rest, parse_value(text))
    if root == "data":
        return _set_data(project, rest, text)
    if root == "split" and rest:
        return SetSplit(split_from_json(_split_values(project, rest, parse_value(text))))
    if root == "scaling":
        value = parse_value(text)
        kind = "none" if value is None else value  # "none" is also a way to scale
        return SetScaling(
            scaling_from_json(_values(project.scaling, rest or "kind", kind, "scaling"))
        )
    if path == "name":
        return RenameProject(text)
    return EditGraph(set_edit(project.graph, assignment))


def _set_data(project: Project, field: str, text: str) -> SetData:
    if not field:
        return SetData(source_of(text))
    if project.data is None:
        raise StudioError("The project has no data yet; give it some with data=NAME first.")
    return SetData(source_from_json(_values(project.data, field, parse_value(text), "data")))


def _split_values(project: Project, field: str, value: Any) -> dict[str, Any]:
    """Let the training part give or take what another part changes by."""
    values = _values(project.split, field, value, "split")
    if field in ("valid", "test") and isinstance(value, int | float):
        values["train"] = 1.0 - values["valid"] - values["test"]
        if values["train"] <= 0:
            raise StudioError(
                f"split.{field}={value} leaves nothing to train on; choose a share so that "
                "validation and test part together stay below 1."
            )
    return values


def _values(model: BaseModel, field: str, value: Any, what: str) -> dict[str, Any]:
    values = model.model_dump(mode="json")
    if field not in values:
        known = ", ".join(f"{what}.{name}" for name in values)
        raise StudioError(f"There is no '{what}.{field}'; choose one of {known}.")
    return {**values, field: value}
