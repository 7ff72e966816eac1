"""Changes of a run's settings while it trains: which are possible, and how they are recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from nnstudio.core.errors import StudioError
from nnstudio.engine.rules import Lbfgs
from nnstudio.graph.registry import describe_invalid
from nnstudio.train.settings import RunSettings

# Fields that may change at any step; `batch` waits for the next epoch.
LIVE = frozenset(
    {
        "learning_rate", "l1", "l2", "clip_norm", "max_norm", "batch", "frozen", "epochs",
        "schedule", "patience", "restore_best",
    }
)  # fmt: skip
_OPTIMISER = "optimiser."


@dataclass(frozen=True, slots=True)
class Change:
    """A setting that got another value during a run.

    Attributes:
        step: Steps done before it took effect.
        path: The setting, such as "learning_rate" or "optimiser.momentum".
        value: As in a file.
    """

    step: int
    path: str
    value: Any


def differences(old: RunSettings, new: RunSettings) -> list[tuple[str, Any]]:
    """Give what of `new` can take effect in a run that uses `old`, as paths and values."""
    before, after = old.model_dump(mode="json"), new.model_dump(mode="json")
    found = [(name, after[name]) for name in after if name in LIVE and after[name] != before[name]]
    rule, other = before["optimiser"], after["optimiser"]
    if rule["kind"] == other["kind"]:
        found += [
            (f"{_OPTIMISER}{name}", value) for name, value in other.items() if value != rule[name]
        ]
    return found


def changed(settings: RunSettings, path: str, value: Any) -> RunSettings:
    """Give settings with one value changed.

    Raises:
        StudioError: It cannot change during a run, or the value does not fit.
    """
    if isinstance(settings.optimiser, Lbfgs) and path not in {"epochs", "patience", "restore_best"}:
        raise StudioError(
            "L-BFGS compares each step with those before, so the loss it makes small cannot change"
            " on the way; the new value counts from the next training on."
        )
    document = settings.model_dump(mode="json")
    name = path.removeprefix(_OPTIMISER)
    if path.startswith(_OPTIMISER) and name != "kind" and name in document["optimiser"]:
        document["optimiser"] = {**document["optimiser"], name: value}
    elif path in LIVE:
        document[path] = value
    else:
        raise StudioError(f"'{path}' cannot change during a training; it counts from the next one.")
    try:
        return RunSettings.model_validate(document)
    except ValidationError as error:
        raise StudioError(describe_invalid("The run settings", error)) from error


def value_at(settings: RunSettings, path: str) -> Any:
    """Give the value of a path that `changed` takes, as in a file."""
    document: Any = settings.model_dump(mode="json")
    for name in path.split("."):
        document = document[name] if isinstance(document, Mapping) else None
    return document
