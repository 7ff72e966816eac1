"""What a layer adds to its description to run: forward and backward as operations of a program.

A layer is one file: a frozen parameter model, a class registered by `@register`, and `@kernel`
functions. The engine hands it buffers; it never sees an address.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nnstudio.graph.layer import Layer, LayerParams
from nnstudio.graph.types import TensorType
from nnstudio.kernels.program import NO_HALO, Buffer, Halo, Program, View


@dataclass(slots=True)
class Emit:
    """All that a layer works with while its part of the plan is written.

    Attributes:
        program: Where operations are added.
        p: The node's parameters.
        x: Buffers of the inputs, (batch, …), in the order of ports and links.
        y: Buffer of the output, (batch, …); losses have none.
        weights: Trained arrays by their names in `Layer.weights`.
        state: Untrained arrays (running averages) by their names.
        training: Whether this plan trains; dropout and batch norm behave otherwise in evaluation.
        seed: Key of the node's own random stream; see `random_bits` kernels.
        step: One int64 (for `InIndex1`): the step's number since the start of the run.
        saved: What forward leaves for backward, by name; one mapping for both calls.
        target: For losses: the target rows, (batch,) int64 classes or (batch, values); or a class
            of each place, (batch, steps) or (batch, height, width), `MASKED` where none counts.
        loss: For losses: each sample's loss, (batch,); with a class of each place the sum over
            the places that count, so that the sum over any samples by the number of their places
            is the mean, whatever batches they came in.
        gradient_scale: For losses: what the gradient of the samples' sum is multiplied with:
            1 / batch, or 1 with a class of each place, where the engine divides.
        dy: In backward: gradient of the loss by the output.
        dx: In backward: where the gradients by the inputs go; None where nobody asks.
        dweights: In backward: where the gradients by the trained arrays go (overwritten).
        carried: Gives memory (batch, width) by a name and its width, whose row i goes on from
            batch to batch with row i; zero at the start of each epoch. None where each sample
            stands for itself, as in evaluation.
    """

    program: Program
    p: Any
    x: tuple[Buffer, ...]
    y: Buffer | None
    weights: Mapping[str, Buffer]
    state: Mapping[str, Buffer]
    training: bool
    seed: int
    step: View
    saved: dict[str, Buffer] = field(default_factory=dict)
    target: Buffer | None = None
    loss: Buffer | None = None
    gradient_scale: float = 1.0
    dy: Buffer | None = None
    dx: tuple[Buffer | None, ...] = ()
    dweights: Mapping[str, Buffer] = field(default_factory=dict)
    carried: Callable[[str, int], Buffer] | None = None

    @property
    def batch(self) -> int:
        """How many samples run at once."""
        return self.x[0].shape[0]

    @property
    def out(self) -> Buffer:
        """The output buffer of a layer that has one."""
        assert self.y is not None
        return self.y

    @property
    def grad(self) -> Buffer:
        """The gradient by the output, in backward."""
        assert self.dy is not None
        return self.dy


class RunnableLayer(Layer):
    """A layer that can run: the base of every family in this package."""

    def input_halo(self, p: Any, inputs: tuple[TensorType, ...]) -> Halo:
        """Say which border of zeros around a map input saves this layer a copy."""
        return NO_HALO

    def gradient_halo(self, p: Any, inputs: tuple[TensorType, ...]) -> Halo:
        """Say which border of zeros around the output's gradient saves this layer a copy."""
        return NO_HALO

    def is_view(self, p: Any, training: bool) -> bool:
        """Whether the output is the input's own memory, perhaps under another shape (flatten).

        Where the plan makes it so it calls neither `forward` nor `backward`; where it cannot (the
        input has a halo, the shape changes) it calls them, and they copy.
        """
        return False

    def absorb(self, p: Any, follower: Layer) -> LayerParams | None:
        """Give the parameters with which this layer also does the work of an activation behind it.

        None where it cannot. The engine asks when `follower` is the only one that reads the output,
        and then leaves it out of the plan.
        """
        return None

    def with_summand(self, p: Any) -> RunnableLayer | None:
        """Give the layer that does this one's work and adds a second input to the result.

        None where there is none. The engine asks when an addition is the only one that reads the
        output, and then leaves the addition out of the plan.
        """
        return None

    def shift(self, p: Any) -> str:
        """Name the trained vector that is added to each channel of the output last; "" if none."""
        return ""

    def takes_mean(self, p: Any) -> bool:
        """Whether training takes the batch's mean from each channel of the first input.

        Then a shift of that input changes nothing, and its gradient is 0.
        """
        return False

    @abstractmethod
    def forward(self, e: Emit) -> None:
        """Add the operations that fill `e.y` (or, for losses, `e.loss`)."""

    @abstractmethod
    def backward(self, e: Emit) -> None:
        """Add the operations that fill `e.dx` and `e.dweights`; losses do so from `e.target`."""
