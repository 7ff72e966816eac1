"""Optimisers as chains of small transforms, each a pass in place over the flat vectors.

`chain(settings…)` gives the transforms of a run in order: the weights' own decay is added to the
gradient, the gradient is clipped, and the rule takes the step. Biases and normalisation are never
decayed. Every update is passed over in a step whose loss was not finite, so that the weights
from before are kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from nnstudio.engine.memory import ALIGNMENT, aligned
from nnstudio.engine.rules import AdaGrad, Adam, AdamW, RmsProp, Rule, Sgd
from nnstudio.engine.update import (
    adagrad_step,
    adam_step,
    add_decay,
    clear,
    clip_gradient,
    limit_norms,
    momentum_step,
    nesterov_step,
    rmsprop_momentum_step,
    rmsprop_step,
    sgd_step,
    square_sums,
)
from nnstudio.engine.weights import Weights
from nnstudio.kernels.program import Buffer, Program, View

Array = NDArray[Any]


@dataclass
class State:
    """What an optimiser remembers between steps: flat vectors like the weights, by name."""

    size: int
    dtype: str
    vectors: dict[str, Array] = field(default_factory=dict)

    def vector(self, name: str) -> Array:
        """Give a vector, zeros at first; the same memory in every plan of a run."""
        if name not in self.vectors:
            self.vectors[name] = cast(Array, aligned(self.size, self.dtype))
        return self.vectors[name]


@dataclass
class Update:
    """All that a transform works with.

    Attributes:
        program: Where operations are added.
        weights: The flat vectors.
        state: What the optimiser remembers.
        rate: Learning rate of each step of the chunk, (steps,) float64.
        momentum: Momentum of each step of the chunk, (steps,) float64.
        origin: One int64: the step that the chunk's tables begin with.
        idle: Nodes that the loss does not depend on; nobody writes their gradients.
        frozen: Nodes whose weights stay as they are, to the bit.
    """

    program: Program
    weights: Weights
    state: State
    rate: View
    momentum: View
    origin: View
    idle: frozenset[str] = frozenset()
    frozen: frozenset[str] = frozenset()

    def spans(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        """Give the parts of elements first..last-1 that are not frozen, in order."""
        line = ALIGNMENT // self.weights.values.itemsize
        at = first
        for place in self.weights.trained:
            if place.node not in self.frozen or not first <= place.offset < last:
                continue
            if place.offset > at:
                yield at, place.offset
            at = -(-(place.offset + place.size) // line) * line
        if at < last:
            yield at, last

    def part(self, array: Array, name: str, first: int = 0, last: int | None = None) -> View:
        """See elements first..last-1 of a flat vector."""
        end = len(array) if last is None else last
        address = array.ctypes.data + first * array.itemsize
        return Buffer(name, (end - first,), external=True, address=address).vector()

    def values(self, first: int = 0, last: int | None = None) -> View:
        """See the weights."""
        return self.part(self.weights.values, "weights", first, last)

    def gradients(self, first: int = 0, last: int | None = None) -> View:
        """See the gradients."""
        return self.part(self.weights.gradients, "gradients", first, last)

    def memory(self, name: str, first: int = 0, last: int | None = None) -> View:
        """See a vector that the optimiser remembers."""
        return self.part(self.state.vector(name), name, first, last)

    @property
    def clock(self) -> tuple[View, View, View, View]:
        """Give the views that every step takes: rates, step, origin, halt."""
        return self.rate, self.program.step, self.origin, self.program.halt


class Transform(Protocol):
    """One pass of a chain."""

    def emit(self, u: Update) -> None:
        """Add the pass to the program."""


@dataclass(frozen=True, slots=True)
class AddDecay:
    """Add l2 · w + l1 · sign(w) to the gradient, the gradient of l2/2 ‖w‖² + l1 ‖w‖₁.

    Attributes:
        l1: Strength for all decayed arrays; arrays may add their own.
        l2: Likewise.
    """

    l1: float
    l2: float

    def emit(self, u: Update) -> None:
        """See `Transform`."""
        apart = u.idle | u.frozen
        own = any(
            place.spec.l1 or place.spec.l2 or place.node in apart for place in u.weights.decayed
        )
        if not own:
            self._add(u, 0, u.weights.decayed_size, self.l1, self.l2)
            return
        for place in u.weights.decayed:
            if place.node in apart:  # idle gradients would grow from step to step
                continue
            l1, l2 = self.l1 + place.spec.l1, self.l2 + place.spec.l2
            self._add(u, place.offset, place.offset + place.size, l1, l2)

    @staticmethod
    def _add(u: Update, first: int, last: int, l1: float, l2: float) -> None:
        if last > first and (l1 or l2):
            views = u.values(first, last), u.gradients(first, last)
            u.program.call(add_decay, *views, last - first, l1, l2)


@dataclass(frozen=True, slots=True)
class ClipByNorm:
    """Shorten the whole gradient to at most `norm` (Pascanu, Mikolov & Bengio 2013, alg. 1).

    What is frozen does not count.
    """

    norm: float

    def emit(self, u: Update) -> None:
        """See `Transform`."""
        count = len(u.weights.gradients)
        for place in u.weights.trained:
            if place.node in u.frozen:
                view = u.gradients(place.offset, place.offset + place.size)
                u.program.call(clear, view, place.size)
        partial = u.program.buffer("square sums", (u.program.threads * 8,), "f8")
        u.program.call(square_sums, u.gradients(), count, partial.vector())
        u.program.call(
            clip_gradient, u.gradients(), count, partial.vector(), self.norm, u.program.threads
        )


@dataclass(frozen=True, slots=True)
class ByRule:
    """Take the step of an optimiser's rule."""

    rule: Rule

    def emit(self, u: Update) -> None:
        """See `Transform`."""
        for first, last in u.spans(0, len(u.weights.values)):
            self._emit(u, first, last)

    def _emit(self, u: Update, first: int, last: int) -> None:
        """Add the step for elements first..last-1."""
        count = last - first
        pair = u.values(first, last), u.gradients(first, last)

        def memory(name: str) -> View:
            return u.memory(name, first, last)

        match self.rule:
            case Sgd(momentum=0.0, final=None):
                u.program.call(sgd_step, *pair, count, *u.clock)
            case Sgd(nesterov=nesterov):
                step = nesterov_step if nesterov else momentum_step
                u.program.call(step, *pair, memory("momentum"), count, u.momentum, *u.clock)
            case AdaGrad(epsilon=epsilon):
                u.program.call(adagrad_step, *pair, memory("squares"), count, epsilon, *u.clock)
            case RmsProp(decay=decay, momentum=0.0, epsilon=epsilon):
                squares = memory("squares")
                u.program.call(rmsprop_step, *pair, squares, count, decay, epsilon, *u.clock)
            case RmsProp(decay=decay, momentum=momentum, epsilon=epsilon):
                kept = memory("squares"), memory("momentum")
                numbers = decay, momentum, epsilon
                u.program.call(rmsprop_momentum_step, *pair, *kept, count, *numbers, *u.clock)
            case AdamW(weight_decay=decay):
                middle = min(max(u.weights.decayed_size, first), last)
                _adam(u, self.rule, first, middle, decay)
                _adam(u, self.rule, middle, last, 0.0)
            case Adam():
                _adam(u, self.rule, first, last, 0.0)


@dataclass(frozen=True, slots=True)
class MaxNorm:
    """Keep the incoming weights of each unit at most this long (Srivastava et al. 2014, 5.1).

    Attributes:
        limit: The longest norm allowed, 3 … 4 is usual.
    """

    limit: float

    def emit(self, u: Update) -> None:
        """See `Transform`."""
        for place in u.weights.decayed:
            if place.node in u.frozen:
                continue
            units = place.spec.shape[-1]
            address = u.weights.values.ctypes.data + place.offset * u.weights.values.itemsize
            shape = (place.size // units, units)
            view = Buffer(f"{place.key} values", shape, external=True, address=address).flat()
            u.program.call(limit_norms, view, *shape, self.limit, u.program.halt)


def _adam(u: Update, rule: Adam, first: int, last: int, decay: float) -> None:
    """Add Adam's step for elements first..last-1."""
    if last == first:
        return
    betas = Buffer("betas", (2,), "f8", external=True)
    table = u.state.vectors.setdefault("betas", np.array([rule.beta1, rule.beta2]))
    betas.address = table.ctypes.data
    views = u.values(first, last), u.gradients(first, last)
    memory = u.memory("mean", first, last), u.memory("squares", first, last)
    numbers = rule.epsilon, decay
    u.program.call(
        adam_step, *views, *memory, last - first, betas.vector(), *numbers, *u.clock
    )  # fmt: skip


def chain(
    rule: Rule, l1: float = 0.0, l2: float = 0.0, clip_norm: float = 0.0, max_norm: float = 0.0
) -> list[Transform]:
    """Give the passes of a run in order.

    Args:
        rule: The optimiser and its numbers.
        l1: Strength of the L1 penalty.
        l2: Strength of the L2 penalty.
        clip_norm: Longest gradient; 0 is off.
        max_norm: Longest incoming weights of a unit; 0 is off.
    """
    passes: list[Transform] = [AddDecay(l1, l2)]
    if clip_norm > 0:
        passes.append(ClipByNorm(clip_norm))
    passes.append(ByRule(rule))
    if max_norm > 0:
        passes.append(MaxNorm(max_norm))
    return passes
