"""What a project is trained with here: its batch and optimiser, the memory of this machine."""

from __future__ import annotations

from nnstudio.graph.conditions import Conditions
from nnstudio.train.settings import RunSettings

# How many numbers an optimiser keeps for each weight.
STATES = {"sgd": 1, "adagrad": 1, "rmsprop": 2, "adam": 2, "adamw": 2}


def states_of(settings: RunSettings) -> int:
    """Give how many numbers the optimiser keeps for each weight."""
    return STATES.get(settings.optimiser.kind, 2)


def conditions_of(settings: RunSettings, memory: int) -> Conditions:
    """Give the conditions that a run's settings make on a machine with some bytes of memory."""
    return Conditions(settings.batch, states_of(settings), memory)


def machine_bytes() -> int:
    """Give the memory of this machine."""
    import psutil

    return int(psutil.virtual_memory().total)
