"""Compares the engine's gradients with numeric ones, in float64, on the very plan that trains."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnstudio.core.random import stream
from nnstudio.engine.optimisers import State
from nnstudio.engine.plan import Network, TrainPlan
from nnstudio.engine.weights import Place
from nnstudio.kernels.team import Team

Array = NDArray[Any]
STEP = 1e-5  # central differences: truncation and rounding both near 1e-10 of the loss
LIMIT = 1e-6
NUMBERS = 24  # of each array
CORNER = 1e-2  # smooth losses have slopes on both sides that agree far better


@dataclass(frozen=True, slots=True)
class GradientReport:
    """How well analytic and numeric gradients agree.

    Attributes:
        errors: By "node/array": ‖a - n‖ / (‖a‖ + ‖n‖) over the numbers looked at, beyond what the
            rounding of the loss explains.
        checked: How many numbers were looked at.
    """

    errors: Mapping[str, float]
    checked: int

    @property
    def worst(self) -> tuple[str, float]:
        """The array that agrees least, and its error; ("", 0) without trained arrays."""
        return max(self.errors.items(), key=lambda pair: pair[1], default=("", 0.0))

    @property
    def good(self) -> bool:
        """Whether all agree to 1e-6."""
        return self.worst[1] < LIMIT


def check_gradients(network: Network, x: Array, y: Array, node: str = "") -> GradientReport:
    """Check the gradients of all trained arrays, or of one node's.

    Args:
        network: A network with float64 weights.
        x: (n, *shape) a few samples.
        y: (n,) int64 classes, or (n, values).
        node: Only this node's arrays; "" for all.
    """
    weights = network.weights
    state = State(len(weights.values), weights.dtype)
    plan = TrainPlan(network, len(x), 1, 1, [], state)
    targets = y if y.dtype.kind == "i" else y.astype(np.float64)
    plan.bind(network.samples(x), np.ascontiguousarray(targets))
    rows = np.arange(len(x), dtype=np.int64)
    with Team(1) as team:

        def loss() -> float:
            plan.run(team, rows)
            return float(plan.tables.losses[0])

        here = loss()
        rounding = 4 * np.finfo(np.float64).eps * (1 + abs(here)) / STEP
        analytic = weights.gradients.copy()
        errors: dict[str, float] = {}
        checked = 0
        for place in weights.trained:
            if node in {"", place.node}:
                at = _chosen(place)
                numeric = np.array(
                    [_slope(weights.values, i, loss, here, analytic[i], rounding) for i in at]
                )
                errors[place.key] = _difference(analytic[at], numeric, rounding)
                checked += len(at)
    return GradientReport(errors, checked)


def _chosen(place: Place) -> Array:
    """Give positions in the flat vector of some of an array's numbers."""
    count = min(place.size, NUMBERS)
    picked = stream(0, "gradient check", place.key).choice(place.size, count, replace=False)
    return place.offset + np.sort(picked)


def _slope(
    values: Array, at: int, loss: Callable[[], float], here: float, analytic: float, rounding: float
) -> float:
    """Give the central difference of the loss by one weight.

    Where the slopes on both sides differ, the loss has a corner, as a ReLU fed by nothing but zeros
    has one at a bias of 0. There any slope between the two is right, so the nearest is given.
    """
    left, right = _sides(values, at, loss, here, STEP)
    size = abs(right) + abs(left)
    if abs(right - left) > CORNER * size + 10 * rounding:
        slack = STEP * (1 + size)  # one-sided slopes also bend with the loss
        return min(max(float(analytic), min(left, right) - slack), max(left, right) + slack)
    central = (right + left) / 2
    if abs(central - analytic) <= LIMIT * size / 4:
        return central
    # where the slope bends, as ELU's does at 0, the error falls with the step, not its square
    finer = sum(_sides(values, at, loss, here, STEP / 10)) / 2
    return min(central, finer, key=lambda one: abs(one - analytic))


def _sides(
    values: Array, at: int, loss: Callable[[], float], here: float, step: float
) -> tuple[float, float]:
    """Give the slopes of the loss by one weight to the left and to the right of it."""
    before = values[at]
    values[at] = before + step
    right = (loss() - here) / step
    values[at] = before - step
    left = (here - loss()) / step
    values[at] = before
    return left, right


def _difference(a: Array, n: Array, rounding: float) -> float:
    """Give ‖a - n‖ / (‖a‖ + ‖n‖), less what the rounding of the loss explains of a - n."""
    apart = float(np.linalg.norm(a - n)) - rounding * len(a) ** 0.5
    size = float(np.linalg.norm(a) + np.linalg.norm(n))
    return 0.0 if apart <= 0 else apart / size
