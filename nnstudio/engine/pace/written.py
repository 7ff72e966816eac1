"""Plans that are written down but never run: no memory is taken and nothing is compiled."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnstudio.engine.optimisers import State
from nnstudio.engine.plan import Progress, ScorePlan, TrainPlan
from nnstudio.engine.weights import Weights

Array = NDArray[Any]


def no_room(count: int, dtype: str) -> Array:
    """Give a vector of `count` numbers that takes no memory; it can only be looked at."""
    return np.broadcast_to(np.zeros(1, dtype), (count,))


class PlannedWeights(Weights):
    """Weights whose places are known, without memory behind them."""

    @staticmethod
    def room(count: int, dtype: str) -> Array:
        """Give a vector of this length."""
        return no_room(count, dtype)


class PlannedState(State):
    """What an optimiser would remember, without memory behind it."""

    def vector(self, name: str) -> Array:
        """Give a vector of the weights' length."""
        return no_room(self.size, self.dtype)


class WrittenTrainPlan(TrainPlan):
    """The operations of a training step."""

    def _finish(self, progress: Progress | None) -> None:
        """Leave the operations as they are."""


class WrittenScorePlan(ScorePlan):
    """The operations that measure a batch."""

    def _finish(self, progress: Progress | None) -> None:
        """Leave the operations as they are."""
