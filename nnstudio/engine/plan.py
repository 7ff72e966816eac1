"""Plans: a network's step, placed in memory and linked, ready to run many times per call."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnstudio.core import words
from nnstudio.core.errors import StudioError
from nnstudio.engine.carried import Carried
from nnstudio.engine.flow import (
    count_places,
    divide_by_count,
    gather_classes,
    gather_samples,
    mark_hits,
    record_hits,
    record_loss,
    store_rows,
)
from nnstudio.engine.fusion import fuse
from nnstudio.engine.memory import Arena, aligned
from nnstudio.engine.optimisers import State, Transform, Update
from nnstudio.engine.passes import ALL_PASSES, Passes
from nnstudio.engine.weights import Weights
from nnstudio.engine.writer import Writer
from nnstudio.graph.infer import infer
from nnstudio.graph.model import Graph, Node
from nnstudio.graph.types import ClassTarget, DataSignature
from nnstudio.kernels.activation import is_small, row_sizes
from nnstudio.kernels.kernel import REAL, WHOLE
from nnstudio.kernels.program import Buffer, Program, View
from nnstudio.kernels.team import Team
from nnstudio.layers.targets import grid

Array = NDArray[Any]
Progress = Callable[[int, int], None]
WORK_FOR_TWO = 2_000_000  # multiply-adds of a step below which one thread is quicker than a team


@dataclass(frozen=True, slots=True)
class Network:
    """A graph that can run, with what its plans share.

    Attributes:
        graph: The network, without blocks.
        signature: What the data feeds it.
        weights: The flat vectors.
        seed: The run's seed.
        precise: Whether convolutions are computed as the plain sum, without Winograd's detour.
    """

    graph: Graph
    signature: DataSignature
    weights: Weights
    seed: int = 0
    precise: bool = False

    @property
    def loss(self) -> Node | None:
        """The node that training makes small."""
        return next(iter(self.graph.losses()), None)

    def samples(self, x: Array) -> Array:
        """Give samples as plans read them: in the weights' own real type, symbols as int64."""
        dtype = "i8" if self.signature.input.is_symbols else self.weights.dtype
        return np.ascontiguousarray(x, dtype)


class Tables:
    """The memory through which a chunk of steps speaks with the outside.

    Attributes:
        origin: (1,) int64: the step that the tables begin with.
        rows: (steps · batch,) int64: rows of the samples.
        rates: (steps,) float64: learning rates.
        momenta: (steps,) float64: momentum, for the rules that have it.
        losses: (steps,) float64: mean losses, written by the steps.
        hits: (steps,) float64: samples that were right, or steps or pixels, written by the steps.
        counted: (steps,) float64: what losses and hits are divided by: samples or, where the
            target has a class for each step or pixel, those that are not masked.
    """

    def __init__(self, steps: int, batch: int) -> None:
        self.steps, self.batch = steps, batch
        self.origin = np.zeros(1, np.int64)
        self.rows = np.zeros(steps * batch, np.int64)
        self.rates = np.zeros(steps)
        self.momenta = np.zeros(steps)
        self.losses = np.zeros(steps)
        self.hits = np.zeros(steps)
        self.counted = np.full(steps, float(batch))


def outside(array: Array, name: str) -> Buffer:
    """Give the buffer for memory that NumPy owns."""
    dtype = {"i8": WHOLE, "f8": "f8", "f4": "real"}[array.dtype.str[1:]]
    return Buffer(name, array.shape, dtype, external=True, address=array.ctypes.data)


class Plan:
    """What all plans have in common: samples come in, the forward pass runs.

    Args:
        network: The network and its weights.
        batch: Samples per step.
        steps: Most steps per call.
        threads: Size of the team that will run it.
        training: Whether dropout and batch norm behave as in training.
        keep: Nodes whose outputs are read after a run.
        passes: What makes it quick.
        carried: What layers carry from batch to batch; None lets each sample begin with zero.
    """

    def __init__(
        self,
        network: Network,
        batch: int,
        steps: int,
        threads: int,
        *,
        training: bool,
        keep: frozenset[str] = frozenset(),
        passes: Passes = ALL_PASSES,
        carried: Carried | None = None,
    ) -> None:
        self.network, self.batch, self.passes = network, batch, passes
        self.fused = fuse(network.graph, keep, passes)
        how = "direct" if network.precise else ""
        self.program = Program(network.weights.dtype, threads, convolution=how)
        self.tables = Tables(steps, batch)
        graph = self.fused.graph
        inference = infer(graph, network.signature)
        nodes = self._needed(graph, keep)
        self.writer = Writer(
            self.program,
            graph,
            inference,
            network.weights,
            batch,
            training,
            network.seed,
            nodes,
            passes,
            carried,
        )
        self._gather_samples()
        self.writer.forward()
        self._kept = [self.output(node) for node in keep]

    def _needed(self, graph: Graph, keep: frozenset[str]) -> list[str]:
        """Give the nodes that the loss or somebody who watches depends on, in order."""
        ends = [node.id for node in graph.losses()] + [self.fused.giver(one) for one in keep]
        wanted = set().union(*(graph.upstream(end) for end in ends))
        return [node for node in graph.order if node in wanted]

    def output(self, node: str) -> Buffer:
        """Give the buffer with a node's output."""
        return self.writer.values[self.fused.giver(node)]

    def _clock(self) -> tuple[Any, Any]:
        return self.program.step, outside(self.tables.origin, "origin").vector()

    def _gather_samples(self) -> None:
        for node in self.writer.graph.sources():
            x = self.writer.add_input(node)
            self.source = self._gather("samples", x)

    def _gather_target(self) -> Buffer:
        """Add the copying of this step's targets; give their buffer."""
        target = self.network.signature.target
        classes = isinstance(target, ClassTarget)
        shape = target.shape if isinstance(target, ClassTarget) else (target.size,)
        here = self.program.buffer("target", (self.batch, *shape), WHOLE if classes else REAL)
        self.answers = self._gather("answers", here)
        return here

    def _counted(self) -> View:
        return outside(self.tables.counted, "counted").vector()

    def _add_loss(self, node: Node, target: Buffer, loss: Buffer) -> None:
        """Add the loss and the gradient of its mean over the samples, or over unmasked places."""
        kind = self.network.signature.target
        if not isinstance(kind, ClassTarget) or not kind.shape:
            self.writer.loss(node, target, loss, 1.0 / self.batch)
            return
        clock = self._clock()
        views = target.vector(), target.size, self._counted(), *clock
        self.program.call(count_places, *views, serial=True)
        self.writer.loss(node, target, loss, 1.0)
        gradient = self.writer.emits[node.id].dx[0]
        if gradient is not None:
            sizes = self.batch, *row_sizes(gradient)
            self.program.call(divide_by_count, gradient.rows(), self._counted(), *clock, *sizes)

    def _gather(self, name: str, here: Buffer) -> Buffer:
        """Add the copying of this step's rows; give the buffer for where they are copied from."""
        size = here.size // self.batch
        source = Buffer(name, (1, size), here.dtype, external=True, address=0)
        which = outside(self.tables.rows, "rows").vector(), *self._clock()
        if here.dtype == WHOLE:
            views = source.vector(), *which, here.vector()
            self.program.call(gather_classes, *views, self.batch, size)
        else:
            views = source.flat(), *which, here.rows()
            self.program.call(gather_samples, *views, *row_sizes(here), self.batch)
        return source

    def _finish(self, progress: Progress | None) -> None:
        """Place all buffers and load the code."""
        kept = self._kept if self.passes.pack else self.program.buffers
        batch = self.batch if self.writer.training else None
        try:
            self.arena = Arena(self.program.ops, self.program.dtype, batch, kept)
        except MemoryError as error:
            raise StudioError(
                f"There is not enough memory for a batch of {words.whole(self.batch)} samples;"
                " choose a smaller batch."
            ) from error
        self.linked = self.program.link(progress)

    def bind(self, x: Array, y: Array | None) -> None:
        """Say where the samples and targets are that `rows` counts in.

        Args:
            x: (n, …) C-contiguous, as `Network.samples` gives them.
            y: (n, *target.shape) int64 or (n, values) of the real type; None where the plan needs
                no targets.
        """
        self._bound = x, y  # the memory must live as long as the plan uses it
        if self.source.address != x.ctypes.data:
            self.linked.rebind(self.source, x.ctypes.data)
        if y is not None and self.answers.address != y.ctypes.data:
            self.linked.rebind(self.answers, y.ctypes.data)

    def run(self, team: Team, rows: Array, first_step: int = 0) -> int:
        """Run one step for each `batch` rows; give the steps done.

        Args:
            team: A team of the plan's size.
            rows: (steps · batch,) int64.
            first_step: The number of the first step in the run.
        """
        steps = len(rows) // self.batch
        self.tables.rows[: len(rows)] = rows
        self.tables.origin[0] = first_step
        return self.linked.run(team, steps, first_step)

    def read(self, node: str) -> Array:
        """Give a copy of a kept node's output after a run, (batch, …)."""
        return read(self.output(node), self.program.dtype)


def read(buffer: Buffer, real: str) -> Array:
    """Give a copy of a buffer's content without its halo."""
    count, item = buffer.memory_size, buffer.item_size(real)
    raw = memoryview((ctypes.c_byte * (count * item)).from_address(buffer.located(real)))
    dtype = np.dtype(real if buffer.dtype == "real" else buffer.dtype)
    whole: Array = np.frombuffer(raw, dtype).reshape(buffer.pitch)
    if len(buffer.shape) != 4:
        return whole.copy()
    top, _, left, _ = buffer.halo
    _, height, width, _ = buffer.shape
    return whole[:, top : top + height, left : left + width].copy()


class TrainPlan(Plan):
    """A training step: forward, loss, backward, update.

    Args:
        network: The network and its weights.
        batch: Samples per step.
        steps: Most steps per call.
        threads: Size of the team.
        optimiser: Its passes; empty for gradients alone.
        state: What the optimiser remembers, shared by all plans of a run.
        progress: Told (done, total) pieces of code.
        passes: What makes it quick.
        carried: As in `Plan`, shared by all plans of a run.
        frozen: Nodes whose weights stay as they are.
    """

    def __init__(
        self,
        network: Network,
        batch: int,
        steps: int,
        threads: int,
        optimiser: list[Transform],
        state: State,
        progress: Progress | None = None,
        passes: Passes = ALL_PASSES,
        carried: Carried | None = None,
        frozen: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(
            network, batch, steps, threads, training=True, passes=passes, carried=carried
        )
        node = self.writer.graph.losses()[0]
        target = self._gather_target()
        loss = self.program.buffer("loss", (batch,))
        self._add_loss(node, target, loss)
        self._record(node, target, loss)
        self.writer.backward()
        rates = outside(self.tables.rates, "rates").vector()
        momenta = outside(self.tables.momenta, "momenta").vector()
        self.state = state  # its memory must live as long as the plan
        idle = frozenset(self.writer.graph.nodes) - set(self.writer.nodes)
        origin = self._clock()[1]
        update = Update(self.program, network.weights, state, rates, momenta, origin, idle, frozen)
        for one in optimiser:
            one.emit(update)
        self._finish(progress)

    def _record(self, node: Node, target: Buffer, loss: Buffer) -> None:
        clock, batch = self._clock(), self.batch
        losses = outside(self.tables.losses, "losses").vector()
        views = self._counted(), losses, *clock, self.program.halt
        self.program.call(record_loss, loss.vector(), batch, *views, serial=True)
        if isinstance(self.network.signature.target, ClassTarget):
            scores = self.writer.emits[node.id].x[0]
            right = self.program.buffer("right", (batch,))
            args = scores.rows(), target.vector(), right.vector(), batch, *grid(scores)
            self.program.call(mark_hits, *args, serial=is_small(scores))
            hits = outside(self.tables.hits, "hits").vector()
            self.program.call(record_hits, right.vector(), batch, hits, *clock, serial=True)


class ScorePlan(Plan):
    """A forward pass whose scores and losses are kept for each sample.

    Args:
        network: The network and its weights.
        batch: Samples per step.
        steps: Most steps per call.
        threads: Size of the team.
        losses: Whether targets come too and losses are worked out.
        keep: Nodes whose outputs are read after a run of one step.
    """

    def __init__(
        self,
        network: Network,
        batch: int,
        steps: int,
        threads: int,
        *,
        losses: bool = True,
        keep: frozenset[str] = frozenset(),
    ) -> None:
        self.end = _end(network.graph)
        super().__init__(network, batch, steps, threads, training=False, keep=keep | {self.end})
        scores = self.output(self.end)
        real = self.program.dtype
        self.scores = aligned(steps * scores.size, real).reshape(-1, *scores.shape[1:])
        self.losses = aligned(steps * batch, real).reshape(steps * batch, 1)
        self._store(scores, self.scores)
        if losses:
            target = self._gather_target()
            loss = self.program.buffer("loss", (batch,))
            self.writer.loss(self.writer.graph.losses()[0], target, loss, None)
            self._store(loss, self.losses)
        self._finish(None)

    def _store(self, buffer: Buffer, table: Array) -> None:
        where = outside(table, "table").flat()
        sizes = *row_sizes(buffer), self.batch
        self.program.call(store_rows, buffer.rows(), *self._clock(), where, *sizes)


def _end(graph: Graph) -> str:
    """Give the node whose output the loss compares, or the last node."""
    losses = graph.losses()
    if losses:
        return graph.incoming(losses[0].id)[0].src.node
    return graph.order[-1]


def choose_threads(wanted: int, macs: int, batch: int, usable: int) -> int:
    """Give the size of the team for a network.

    Args:
        wanted: What the person asked for; 0 leaves it to the size of the work.
        macs: Multiply-adds of the forward pass for one sample.
        batch: Samples per step.
        usable: Processors that this process may use.
    """
    if wanted:
        return min(wanted, usable)
    return 1 if macs * batch * 3 < WORK_FOR_TWO else usable
