"""What viewers wish to see of a network, and what they are given; plain values for all threads."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from numpy.typing import NDArray

from nnstudio.graph.model import Graph

Array = NDArray[Any]
PartName = Literal["train", "valid", "test"]
Origin = Literal["training", "run", "start", "given", "moment"]


@dataclass(frozen=True, slots=True, eq=False)
class Watch:
    """What a viewer wishes to see; two wishes are equal only when they are the same object.

    Nodes are named by their ids in the network as drawn; a block's card stands for its output, and
    what is inside is called 'block1/conv1'.

    Attributes:
        outputs: Nodes whose activations are wanted.
        gradients: Nodes whose gradients, by their outputs, are wanted.
        weights: Nodes whose arrays are wanted, running averages included.
        weight_gradients: Nodes whose trained arrays' gradients are wanted.
        part: The part of the data that `samples` counts in.
        samples: Positions in the part, 0 … size - 1; the probe batch, in this order.
        own: (n, *shape) samples of the person's own in the units of the data set, before scaling,
            or symbols; used instead of `samples`, and without targets.
        score: What is differentiated: None for the mean loss over the probe batch; a class for the
            sum of its scores, which for each sample is the gradient of its own score.
        at: Which weights: the latest, those of the start, or arrays by "node/array".
        updates: Whether the ratio of update to weight and the gradient norms of training steps are
            wanted; only a running training has them.
        rate: Most answers a second while a training runs.
    """

    outputs: tuple[str, ...] = ()
    gradients: tuple[str, ...] = ()
    weights: tuple[str, ...] = ()
    weight_gradients: tuple[str, ...] = ()
    part: PartName = "train"
    samples: tuple[int, ...] = ()
    own: Array | None = None
    score: int | None = None
    at: Literal["now", "start"] | Mapping[str, Array] = "now"
    updates: bool = False
    rate: float = 10.0

    @property
    def differentiates(self) -> bool:
        """Whether a backward pass is needed."""
        return bool(self.gradients or self.weight_gradients)


@dataclass(frozen=True, slots=True, eq=False)
class Updates:
    """What one step of the training itself did to the weights.

    Attributes:
        step: The step, counted from 0.
        ratios: ‖w after - w before‖ / ‖w before‖ by "node/array"; about 1e-3 is healthy. 0 / 0 is
            0, and a change of zeros is infinite.
        gradient_norms: Euclidean norm of the gradient that the optimiser took, by "node/array",
            with dropout, decay and clipping as in training.
    """

    step: int
    ratios: Mapping[str, float]
    gradient_norms: Mapping[str, float]

    @property
    def layer_norms(self) -> dict[str, float]:
        """Gradient norm of all trained arrays of each node, by node id."""
        squares: dict[str, float] = {}
        for key, norm in self.gradient_norms.items():
            node = key.rpartition("/")[0]
            squares[node] = squares.get(node, 0.0) + norm * norm
        return {node: math.sqrt(square) for node, square in squares.items()}


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """The answer to a watch; all numbers belong to one moment of the weights.

    Arrays are copies that nobody writes to any more. Everything is computed as in evaluation:
    dropout is off and batch norm uses its running averages.

    Attributes:
        watch: The wish that is answered.
        graph: The network as drawn that was looked at; a training keeps its own while the
            project's is edited.
        origin: Whose weights: of the running training, of the last run, those of the start, given
            in the wish, or of the moment that is shown.
        step: Steps that the weights were trained; 0 at the start or where it is not known.
        outputs: By node, (n, *shape) float32, or int64 symbols, n as many as the probe batch.
        gradients: By node, (n, *shape) float32, of the mean loss over the probe batch (n times
            that is each sample's own), or of each sample's score.
        weights: By "node/array", shapes as in `Layer.weights`, float32.
        weight_gradients: By "node/array", float32, of the mean loss or the sum of scores, without
            penalties.
        scores: (n, …) float32: what the loss compares; None without samples.
        losses: (n,) float32, the loss of each sample, summed over places that count; None where
            there are no targets.
        targets: (n, …) as in the part of the data; None where there are none.
        updates: Of a step shortly before; None outside a training.
        missing: By node, a sentence that says why something wished for is not there.
        problem: A sentence where nothing could be answered at all; else empty.
        seconds: What it took on the engine's lane.
    """

    watch: Watch
    graph: Graph
    origin: Origin = "start"
    step: int = 0
    outputs: Mapping[str, Array] = field(default_factory=dict)
    gradients: Mapping[str, Array] = field(default_factory=dict)
    weights: Mapping[str, Array] = field(default_factory=dict)
    weight_gradients: Mapping[str, Array] = field(default_factory=dict)
    scores: Array | None = None
    losses: Array | None = None
    targets: Array | None = None
    updates: Updates | None = None
    missing: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""
    seconds: float = 0.0
