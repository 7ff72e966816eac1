"""Words for the marks of what was changed while a run was training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nnstudio.core import words
from nnstudio.train.live import Change


def change_marks(changes: Sequence[Change]) -> list[tuple[int, str]]:
    """Give steps done and words of each change, those of one step joined.

    >>> change_marks([Change(5, "learning_rate", 0.01), Change(5, "optimiser.momentum", 0.5)])
    [(5, 'learning rate 0.01, momentum 0.5')]
    """
    found: dict[int, list[str]] = {}
    for change in changes:
        name = change.path.rpartition(".")[2].replace("_", " ")
        found.setdefault(change.step, []).append(f"{name} {_value(change.value)}")
    return [(step, ", ".join(said)) for step, said in found.items()]


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return str(value.get("kind", ""))
    if isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
        return ", ".join(value) or "none"
    return words.value(value)
