"""The pace of a machine: how long each kernel took at some sizes, and what lies between them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nnstudio.engine.pace.work import is_product, key_of, traits
from nnstudio.kernels.program import Op

Array = NDArray[np.float64]
NEIGHBOURS = 4  # measured operations that a prediction is made of
NEARNESS = 0.02  # squared distance within which neighbours count alike
WEIGHTS = np.array((0.0, 0.05, 0.1))  # of the work, the step's memory, what is touched
SHORTEST = 5e-8  # seconds: no call of a kernel takes less


@dataclass(frozen=True, slots=True)
class Points:
    """What was measured of one kernel.

    Attributes:
        traits: (n, k) float64, as `work.traits` describes operations.
        logs: (n,) float64 logarithms of the seconds that each unit of work took.
    """

    traits: Array
    logs: Array


@dataclass(frozen=True)
class Pace:
    """How fast this machine runs kernels.

    Attributes:
        points: What was measured on one thread, by kernel.
        call_s: Seconds more that an operation takes among others than many times in a row.
        copy_s: Seconds that a number takes to be copied to new memory.
        threads: The largest team that was measured.
        gain_products: How many times faster that team multiplies matrices than one thread.
        gain_moves: The same for kernels that mostly move numbers.
        barrier_s: Seconds that the team loses at each operation.
    """

    points: Mapping[str, Points]
    call_s: float = 0.0
    copy_s: float = 0.0
    threads: int = 1
    gain_products: float = 1.0
    gain_moves: float = 1.0
    barrier_s: float = 0.0
    _known: dict[tuple[object, ...], float] = field(default_factory=dict, repr=False, compare=False)

    def seconds(self, op: Op, memory: int, threads: int = 1, *, one_hot: bool = False) -> float:
        """Predict how long an operation takes within a step.

        Args:
            op: The operation, as its program was written for a team.
            memory: Numbers that all buffers of the step hold; see `work.memory_of`.
            threads: Size of that team.
            one_hot: Whether its layer reads sequences of symbols.
        """
        name, shape = key_of(op, one_hot=one_hot), traits(op, memory)
        key = (name, shape)
        alone = self._known.get(key)
        if alone is None:
            alone = self._known[key] = self._alone(name, shape)
        if threads == 1:
            return alone + self.call_s
        gain = 1.0 if op.serial else self.gain(threads, products=is_product(name))
        return alone / gain + self.call_s + self.barrier_s

    def gain(self, threads: int, *, products: bool) -> float:
        """Give how many times faster a team is than one thread."""
        measured = self.gain_products if products else self.gain_moves
        if self.threads < 2:
            return 1.0
        return 1 + (measured - 1) * (threads - 1) / (self.threads - 1)

    def _alone(self, name: str, shape: tuple[float, ...]) -> float:
        """Interpolate between the measured operations of a kernel, on one thread."""
        work = math.exp(shape[0])
        known = self.points.get(name)
        if known is None or known.traits.shape[1] != len(shape):
            return max(work * self.usual(products=is_product(name)), SHORTEST)
        squares = (known.traits - np.array(shape)) ** 2
        distances = squares[:, :3] @ WEIGHTS + squares[:, 3:].mean(axis=1)
        near = np.argsort(distances, kind="stable")[:NEIGHBOURS]
        weights = 1 / (NEARNESS + distances[near]) ** 2
        log = float(weights @ known.logs[near] / weights.sum())
        return max(work * math.exp(log), SHORTEST)

    def usual(self, *, products: bool) -> float:
        """Give the seconds a unit of work takes in the middle of all kernels, for unknown ones."""
        logs = [one.logs for name, one in self.points.items() if is_product(name) == products]
        if not logs:
            return 1e-9
        return float(math.exp(np.median(np.concatenate(logs))))
