"""Measures a network on samples, and predicts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnstudio.core import words
from nnstudio.core.errors import StudioError
from nnstudio.data.prepare import Part
from nnstudio.data.symbols import require_symbols
from nnstudio.data.target_scale import UNSCALED, TargetScale
from nnstudio.engine.crew import Crew
from nnstudio.engine.plan import Network, ScorePlan, choose_threads
from nnstudio.graph.cost import total_cost
from nnstudio.graph.infer import infer
from nnstudio.graph.model import Graph
from nnstudio.graph.types import MASKED, ClassTarget, DataSignature
from nnstudio.kernels.team import usable_cores
from nnstudio.train.events import Metrics
from nnstudio.train.job import network_of
from nnstudio.train.measures import Tally, counted, predicted
from nnstudio.train.observer import obstacle

Array = NDArray[Any]
BATCH = 128
STEPS = 32
MOST_NUMBERS = 1 << 25  # activations of a batch, and scores of a chunk: 128 MB in float32


class Scorer:
    """Runs a network forward on any number of samples.

    Args:
        network: The network; its weights are read anew at each call.
        crew: The threads to run on.
        losses: Whether losses are worked out; needs a loss in the network.
        target: How target values are scaled; errors are told in the units of the data.
    """

    def __init__(
        self, network: Network, crew: Crew, *, losses: bool, target: TargetScale = UNSCALED
    ) -> None:
        self.network, self.crew, self.target = network, crew, target
        self.losses = losses
        self.batch, steps = score_sizes(network)
        self.plan = ScorePlan(network, self.batch, steps, crew.threads, losses=losses)
        self.chunk = self.batch * steps

    def run(
        self, x: Array, y: Array | None = None, skip: Callable[[], bool] = lambda: False
    ) -> tuple[Array, Array]:
        """Give scores and losses.

        Args:
            x: (n, *shape) float32, or int64 symbols.
            y: (n, *target.shape) int64 or (n, values) float32; None without losses.
            skip: Asked where `end_chunk` ends a chunk; what is given is worthless once it is True.

        Returns:
            (n, scores) float32, or (n, …, classes) with a class of each step or pixel; and (n,)
            float32 losses as the loss gives them, zeros without targets.

        Raises:
            StudioError: Samples or targets are not such as the network takes.
        """
        self.check(x)
        real = self.network.weights.dtype
        x = self.network.samples(x)
        if y is not None:
            y = self.targets(y, len(x))
        shape = self.plan.scores.shape[1:]
        scores, losses = np.empty((len(x), *shape), real), np.zeros(len(x), real)
        if len(x):
            self.plan.bind(x, y)
        for first in range(0, len(x), self.chunk):
            last = min(len(x), first + self.chunk)
            self._run(_whole_batches(first, last, self.batch), skip)
            scores[first:last] = self.plan.scores[: last - first]
            if y is not None:
                losses[first:last] = self.plan.losses[: last - first, 0]
        return scores, losses

    def _run(self, rows: Array, skip: Callable[[], bool]) -> None:
        """Run all batches, again where `end_chunk` came late and was meant for samples before."""
        while self.plan.run(self.crew.team, rows) * self.batch < len(rows) and not skip():
            pass

    def check(self, x: Array) -> None:
        """Insist on samples (n, *shape) of the network's own shape: kernels trust it.

        Raises:
            StudioError: They have another shape, or hold symbols that the network does not know.
        """
        shape = self.network.signature.input.shape
        if x.ndim != len(shape) + 1 or x.shape[1:] != shape:
            wanted, got = " × ".join(map(str, shape)), " × ".join(map(str, x.shape[1:]))
            raise StudioError(
                f"The network takes samples of {wanted}; these are {got or 'numbers'}."
            )
        if self.network.signature.input.is_symbols:
            require_symbols(x, self.network.signature.input.symbols)

    def targets(self, y: Array, count: int) -> Array:
        """Give targets as kernels read them, (n, *target.shape) int64 or (n, values).

        Raises:
            StudioError: They are not such as the network takes.
        """
        target = self.network.signature.target
        if len(y) != count:
            raise StudioError(
                f"There are {words.whole(count)} samples but {words.whole(len(y))} targets; give"
                " one target for each sample."
            )
        if not isinstance(target, ClassTarget):
            if y.size != count * target.size:
                raise StudioError(f"The targets of each sample must be {target.size} numbers.")
            return np.ascontiguousarray(y, self.network.weights.dtype)
        lowest = MASKED if target.shape else 0
        known = y.shape[1:] == target.shape and y.dtype.kind in "iu"
        if not known or (y.size and not lowest <= y.min() <= y.max() < target.size):
            many = f"{words.shape(target.shape)} for each sample, {MASKED} where none counts"
            raise StudioError(
                f"The targets must be whole numbers from 0 to {target.size - 1},"
                f" {many if target.shape else 'one for each sample'}: the places of the classes."
            )
        return np.ascontiguousarray(y, np.int64)

    def chunks(self, x: Array, y: Array) -> Iterator[tuple[Array, Array, Array]]:
        """Give scores, losses and targets of some samples at a time; see `run`."""
        self.check(x)
        y = self.targets(y, len(x))
        size = self.chunk
        for at in range(0, len(x), size):
            yield *self.run(x[at : at + size], y[at : at + size]), y[at : at + size]

    def tally(self) -> Tally:
        """Give an empty tally for this network's target."""
        return Tally(isinstance(self.network.signature.target, ClassTarget), self.target.unit)

    def measure(self, part: Part, skip: Callable[[], bool] = lambda: False) -> Metrics:
        """Measure a part of the data; empty when it has no samples, or none that count.

        Args:
            part: The part.
            skip: Asked on the way; nothing is given once it answers True.
        """
        tally, size = self.tally(), self.chunk
        for at in range(0, part.size, size):
            if skip():
                break
            x, y = part.samples(slice(at, at + size)), part.y[at : at + size]
            tally.add(*self.run(x, y, skip), y)
        return {} if skip() else tally.metrics()

    def end_chunk(self) -> None:
        """End the chunk that is being measured, whose numbers are then worthless."""
        self.plan.linked.stop()


def score_sizes(network: Network) -> tuple[int, int]:
    """Give the batch and the steps of a chunk, smaller where samples or scores are large."""
    inference = infer(network.graph, network.signature)
    activations = total_cost(network.graph, inference).activations
    batch = max(1, min(BATCH, MOST_NUMBERS // max(activations, 1)))
    if network.loss is None:
        return batch, STEPS
    scores = inference.inputs[network.loss.id][0].size
    return batch, max(1, min(STEPS, MOST_NUMBERS // (batch * scores)))


def _whole_batches(first: int, last: int, batch: int) -> Array:
    """Give rows first..last-1, the last one repeated until the batches are full."""
    count = -(-(last - first) // batch) * batch
    return np.minimum(np.arange(first, first + count, dtype=np.int64), last - 1)


class Predictor:
    """A trained network that answers for new samples.

    Args:
        graph: The network as drawn.
        signature: What its data looks like.
        weights: Arrays by "node/array".
        threads: 0 chooses by the size of the work.
        target: How target values were scaled; what is predicted is in the units of the data.

    Raises:
        StudioError: The graph cannot run, or the weights do not fit it.
    """

    def __init__(
        self,
        graph: Graph,
        signature: DataSignature,
        weights: Mapping[str, Array],
        threads: int = 0,
        target: TargetScale = UNSCALED,
    ) -> None:
        self.network, cost = network_of(graph, signature, 0, weights)
        self.crew = Crew(choose_threads(threads, cost.macs, BATCH, usable_cores()))
        self.scorer = Scorer(self.network, self.crew, losses=True, target=target)

    def scores(self, x: Array) -> Array:
        """Give what the loss would compare, values in the units of the data, for (n, *shape).

        Returns:
            (n, k) float32; (n, steps, classes) or (n, height, width, classes) where the target has
            a class for each step or pixel.
        """
        target = self.network.signature.target
        none: Array = (
            np.zeros((len(x), *target.shape), np.int64)
            if isinstance(target, ClassTarget)
            else np.zeros((len(x), target.size), np.float32)
        )
        scores = self.scorer.run(x, none)[0]
        return self.scorer.target.invert(scores)

    def probabilities(self, x: Array) -> Array:
        """Give the probability of each class, (n, …, classes) float32, by softmax of the scores.

        One score for two classes gives both probabilities by the sigmoid.
        """
        scores = self.scores(x).astype(np.float64)
        if scores.shape[-1] == 1:
            scores = np.concatenate([np.zeros_like(scores), scores], axis=-1)
        exps = np.exp(scores - scores.max(axis=-1, keepdims=True))
        shares: Array = exps / exps.sum(axis=-1, keepdims=True)
        return shares.astype(np.float32)

    def activations(self, x: Array, nodes: Sequence[str]) -> dict[str, Array]:
        """Give the outputs of some nodes, (n, …) float32 each, for samples (n, *shape), n ≥ 1.

        Raises:
            StudioError: There is no such node, or the samples do not fit the network.
        """
        for node in nodes:
            sentence = obstacle(self.network.graph, node)
            if sentence:
                raise StudioError(sentence)
        self.scorer.check(x)
        if not len(x):
            raise StudioError("There are no samples to look at; give at least one.")
        plan = ScorePlan(
            self.network, len(x), 1, self.crew.threads, losses=False, keep=frozenset(nodes)
        )
        plan.bind(self.network.samples(x), None)
        plan.run(self.crew.team, np.arange(len(x), dtype=np.int64))
        return {node: plan.read(node) for node in nodes}

    def measure(self, x: Array, y: Array) -> Metrics:
        """Measure samples (n, *shape) with targets as in the data; empty without samples.

        Raises:
            StudioError: Samples or targets are not such as the network takes.
        """
        tally = self.scorer.tally()
        scaled = self.scorer.target.apply(self.scorer.targets(y, len(x)))
        for scores, losses, targets in self.scorer.chunks(x, scaled):
            tally.add(scores, losses, targets)
        return tally.metrics()

    def confusion(self, x: Array, y: Array) -> Array:
        """Count how often each class was taken for each, over samples, or steps or pixels.

        Args:
            x: (n, *shape) float32.
            y: (n,) int64, or (n, *target.shape) of which those masked are left out.

        Returns:
            (classes, classes) int64: rows are true classes, columns predicted ones.

        Raises:
            StudioError: Samples or classes are not such as the network takes.
        """
        size = self.network.signature.target.size
        table = np.zeros((size, size), np.int64)
        for scores, _, targets in self.scorer.chunks(x, y):
            rows, classes = counted(scores, targets)
            np.add.at(table, (classes, predicted(rows)), 1)
        return table

    def close(self) -> None:
        """End the threads."""
        self.crew.close()

    def __enter__(self) -> Predictor:
        """Use it in a `with` block, which closes it."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()
