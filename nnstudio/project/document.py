"""A project as a JSON document, and back; weights and histories are kept beside it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from nnstudio.core.errors import StudioError
from nnstudio.data.sources import DataSource, Source, source_adapter
from nnstudio.data.split import Split
from nnstudio.data.transform import Scaling
from nnstudio.graph.document import graph_from_json, graph_json
from nnstudio.graph.model import Graph
from nnstudio.graph.registry import describe_invalid
from nnstudio.graph.types import ClassTarget, DataSignature, Target, TensorType, ValueTarget
from nnstudio.project.model import Project, Run
from nnstudio.project.remarks import remarks_from_json, remarks_json
from nnstudio.train.settings import RunSettings

MAX_RUNS = 1_000
MAX_NAME = 200
MAX_NAMES = 100_000
MAX_NUMBERS = 1 << 31
_RUN_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")

Model = TypeVar("Model", bound=BaseModel)


def project_json(project: Project, folder: Path | None = None) -> dict[str, Any]:
    """Give all of a project but its arrays and histories as JSON values.

    Args:
        project: The project.
        folder: Where it will be saved; files inside that folder are named from there, so that
            both may move together.
    """
    return {
        "name": project.name,
        "notes": project.notes,
        "graph": graph_json(project.graph),
        "data": None if project.data is None else source_json(project.data, folder),
        "signature": signature_json(project.signature),
        "split": project.split.model_dump(mode="json"),
        "scaling": project.scaling.model_dump(mode="json"),
        "settings": project.settings.model_dump(mode="json"),
        "runs": [run_json(run) for run in project.runs],
    } | ({"start": project.start} if project.start else {})


def project_from_json(document: Mapping[str, Any], folder: Path | None = None) -> Project:
    """Read a project without its arrays and histories.

    Raises:
        StudioError: Something is missing, damaged or not known to this version.
    """
    data = document.get("data")
    runs = _list(document.get("runs", []), "runs", MAX_RUNS)
    made = tuple(run_from_json(entry) for entry in runs)
    ids = [run.id for run in made]
    if len(set(ids)) != len(ids):
        raise StudioError("The project is damaged: two runs have the same id.")
    return Project(
        name=checked_name(document.get("name")),
        notes=_text(document.get("notes", ""), "notes"),
        graph=_graph(document.get("graph")),
        data=None if data is None else source_from_json(data, folder),
        signature=signature_from_json(document.get("signature")),
        split=split_from_json(document.get("split", {})),
        scaling=scaling_from_json(document.get("scaling", {})),
        settings=settings_from_json(document.get("settings", {})),
        runs=made,
        start=_text(document.get("start", ""), "start"),
    )


def run_json(run: Run) -> dict[str, Any]:
    """Give a run without arrays and history as JSON values; NaN becomes null."""
    return {
        "id": run.id,
        "name": run.name,
        "graph": graph_json(run.graph),
        "settings": run.settings.model_dump(mode="json"),
        "signature": signature_json(run.signature),
        "metrics": {
            part: {name: _number_json(value) for name, value in measures.items()}
            for part, measures in run.metrics.items()
        },
        "info": {
            key: _number_json(value) if isinstance(value, float) else value
            for key, value in run.info.items()
        },
        **remarks_json(run),
    }


def run_from_json(document: object) -> Run:
    """Read a run without arrays and history.

    Raises:
        StudioError: Something is missing or damaged.
    """
    if not isinstance(document, Mapping):
        raise StudioError("The project is damaged: a run is not an object.")
    run_id, info = document.get("id"), document.get("info", {})
    if not isinstance(run_id, str) or not _RUN_ID.fullmatch(run_id):
        raise StudioError("The project is damaged: a run has no usable id.")
    if not isinstance(info, Mapping):
        raise StudioError(f"The project is damaged: the record of run '{run_id}' is no object.")
    run = Run(
        id=run_id,
        name=_text(document.get("name", run_id), f"name of run '{run_id}'"),
        graph=_graph(document.get("graph")),
        settings=settings_from_json(document.get("settings", {})),
        signature=signature_from_json(document.get("signature")),
        metrics=_metrics(document.get("metrics", {}), run_id),
        info=dict(info),
        **remarks_from_json(document, run_id),
    )
    _ = run.settings_at_end  # raises where a recorded change does not fit
    return run


def settings_from_json(document: object) -> RunSettings:
    """Read run settings.

    Raises:
        StudioError: A value does not fit, or a setting is not known; the sentence names it.
    """
    return _model(RunSettings, document, "The run settings")


def split_from_json(document: object) -> Split:
    """Read a split; raises StudioError where it does not add up."""
    return _model(Split, document, "The split")


def scaling_from_json(document: object) -> Scaling:
    """Read a scaling; raises StudioError where it is not one."""
    return _model(Scaling, document, "The scaling")


def source_json(source: DataSource, folder: Path | None = None) -> dict[str, Any]:
    """Give a data source as JSON values; files inside `folder` are named from there."""
    document = source.model_dump(mode="json")
    for name in _file_fields(source):
        path = Path(getattr(source, name)).absolute()
        if folder is not None and path.is_relative_to(folder.absolute()):
            path = path.relative_to(folder.absolute())
        document[name] = path.as_posix()
    return document


def source_from_json(document: object, folder: Path | None = None) -> DataSource:
    """Read a data source; files that are named from `folder` get their whole path back.

    Raises:
        StudioError: It is not a source that this version knows.
    """
    source: DataSource = _validated(source_adapter, document, "The data source")
    if folder is None:
        return source
    whole = {name: folder.absolute() / getattr(source, name) for name in _file_fields(source)}
    return source.model_copy(update=whole) if whole else source


def _file_fields(source: Source) -> list[str]:
    return [
        name for name in type(source).model_fields if isinstance(getattr(source, name), Path)
    ]  # fmt: skip


def signature_json(signature: DataSignature | None) -> dict[str, Any] | None:
    """Give a signature as JSON values."""
    if signature is None:
        return None
    return {"input": _tensor_json(signature.input), "target": _target_json(signature.target)}


def _tensor_json(kind: TensorType) -> dict[str, Any]:
    """Give a type as JSON values; "symbols" only where there are some."""
    document: dict[str, Any] = {
        "shape": list(kind.shape),
        "dtype": kind.dtype,
        "layout": kind.layout,
    }
    return document | {"symbols": kind.symbols} if kind.is_symbols else document


def signature_from_json(document: object) -> DataSignature | None:
    """Read a signature.

    Raises:
        StudioError: It is damaged.
    """
    if document is None:
        return None
    try:
        if not isinstance(document, Mapping):
            raise TypeError
        given, target = document["input"], document["target"]
        return DataSignature(_tensor(given), _target(target))
    except (KeyError, TypeError, ValueError) as error:
        raise StudioError(
            "The project is damaged: what the data offers cannot be read; choose the data again.",
            details=repr(error),
        ) from error


def _tensor(document: Mapping[str, Any]) -> TensorType:
    shape, dtype, layout = _sizes(document["shape"], 8), document["dtype"], document["layout"]
    if dtype not in ("f4", "i8"):
        raise ValueError(document)
    if not isinstance(layout, str) or len(layout) not in (0, len(shape)):
        raise ValueError(layout)
    symbols = document["symbols"] if dtype == "i8" else 0
    if type(symbols) is not int or not 0 <= symbols <= MAX_NUMBERS:
        raise ValueError(symbols)
    return TensorType(shape, dtype, layout, symbols)


def _sizes(shape: object, most: int) -> tuple[int, ...]:
    if not isinstance(shape, list) or len(shape) > most:
        raise ValueError(shape)
    if any(type(size) is not int or not 1 <= size <= MAX_NUMBERS for size in shape):
        raise ValueError(shape)
    if math.prod(shape) > MAX_NUMBERS:
        raise ValueError(shape)
    return tuple(shape)


def _target_json(target: Target) -> dict[str, Any]:
    """Give a target as JSON values; "shape" only where each sample has several classes."""
    if isinstance(target, ValueTarget):
        return {"kind": "values", "names": list(target.names)}
    document: dict[str, Any] = {"kind": "classes", "names": list(target.names)}
    return document | {"shape": list(target.shape)} if target.shape else document


def _target(document: Mapping[str, Any]) -> Target:
    kind, names = document["kind"], document["names"]
    if not isinstance(names, list) or not 1 <= len(names) <= MAX_NAMES:
        raise ValueError(names)
    if not all(isinstance(name, str) for name in names) or kind not in ("classes", "values"):
        raise ValueError(kind)
    if kind == "values":
        return ValueTarget(tuple(names))
    return ClassTarget(tuple(names), _sizes(document.get("shape", []), 2))


def _metrics(document: object, run_id: str) -> dict[str, dict[str, float]]:
    try:
        if not isinstance(document, Mapping):
            raise TypeError
        return {
            str(part): {str(name): _number(value) for name, value in measures.items()}
            for part, measures in document.items()
        }
    except (TypeError, AttributeError) as error:
        raise StudioError(
            f"The project is damaged: the results of run '{run_id}' are not numbers.",
            details=repr(error),
        ) from error


def _number(value: object) -> float:
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(value)
    return float(value)


def _number_json(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _graph(document: object) -> Graph:
    try:
        return graph_from_json(document)
    except RecursionError as error:
        raise StudioError("The network is damaged: its blocks are nested too deep.") from error


def checked_name(value: object) -> str:
    """Give a project's name if it is one line of text.

    Raises:
        StudioError: It is not.
    """
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_NAME or "\n" in value:
        raise StudioError(f"The project's name must be one line of 1 to {MAX_NAME} characters.")
    return value


def _text(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise StudioError(f"The project is damaged: its {what} is not a text.")
    return value


def _list(value: object, what: str, limit: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > limit:
        raise StudioError(f"The project is damaged: its {what} are not a list of at most {limit}.")
    return value


def _model(model: type[Model], document: object, what: str) -> Model:
    return _validated(TypeAdapter(model), document, what)


def _validated(adapter: TypeAdapter[Model], document: object, what: str) -> Model:
    try:
        return adapter.validate_python(document)
    except ValidationError as error:
        first = error.errors()[0]
        if first["type"] == "extra_forbidden":
            where = ".".join(str(part) for part in first["loc"])
            raise StudioError(
                f"{what} of this project has '{where}', which this studio does not know; "
                "update nnstudio.",
                details=str(error),
            ) from error
        raise StudioError(describe_invalid(what.lower(), error), details=str(error)) from error
