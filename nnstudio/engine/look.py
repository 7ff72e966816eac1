"""Plans for looking into a network: any outputs, and any gradients, of a few samples at once."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from nnstudio.engine.flow import gather_samples
from nnstudio.engine.memory import aligned
from nnstudio.engine.passes import ALL_PASSES, Passes
from nnstudio.engine.plan import Network, Plan, outside, read
from nnstudio.kernels.activation import row_sizes
from nnstudio.kernels.program import Buffer
from nnstudio.kernels.team import Team

Array = NDArray[Any]
Gradients = Literal["none", "loss", "scores"]


class LookPlan(Plan):
    """A forward and, if wanted, backward pass as in evaluation, whose numbers can be read.

    It writes nothing of the network but `Weights.gradients`: dropout is off and batch norm uses
    its running averages, which stay as they are.

    Args:
        network: The network and its weights.
        batch: Samples of each look.
        threads: Size of the team.
        keep: Nodes whose outputs are read.
        gradients: Nodes whose gradients, by their outputs, are read.
        of: What is differentiated: nothing, the mean loss over the batch, or the sum of scores
            times `seeds`.
        targets: Whether targets come too and losses are worked out.
        passes: What makes it quick.

    Attributes:
        seeds: (batch, scores) of the program's real type: the gradient by the scores for
            "scores", to be filled before a look; zeros at first.
    """

    def __init__(
        self,
        network: Network,
        batch: int,
        threads: int,
        keep: frozenset[str],
        gradients: frozenset[str] = frozenset(),
        *,
        of: Gradients = "none",
        targets: bool = True,
        passes: Passes = ALL_PASSES,
    ) -> None:
        loss = network.graph.losses()[0]
        self.end = network.graph.incoming(loss.id)[0].src.node
        kept = keep | gradients | {self.end}
        super().__init__(network, batch, 1, threads, training=False, keep=kept, passes=passes)
        self.writer.watch(self.fused.giver(node) for node in gradients)
        scores = self.output(self.end)
        self.seeds = aligned(scores.size, self.program.dtype).reshape(batch, -1)
        self._loss = self._add_losses(of) if targets else None
        if of == "scores":
            self._add_seeds()
        if of != "none":
            self.writer.backward()
        self._kept += self.writer.kept.values()
        self._finish(None)

    def _add_losses(self, of: Gradients) -> Buffer:
        """Add the losses, and the gradient of their mean if wanted; give their buffer."""
        node = self.writer.graph.losses()[0]
        target, loss = self._gather_target(), self.program.buffer("loss", (self.batch,))
        if of == "loss":
            self._add_loss(node, target, loss)
        else:
            self.writer.loss(node, target, loss, None)
        self._kept.append(loss)
        return loss

    def _add_seeds(self) -> None:
        gradient = self.writer.from_outside(self.fused.giver(self.end))
        if gradient is not None:
            rows = outside(self.tables.rows, "rows").vector()
            where = self.seeds.ctypes.data
            seeds = Buffer("seeds", self.seeds.shape, external=True, address=where)
            views = seeds.flat(), rows, *self._clock(), gradient.rows()
            self.program.call(gather_samples, *views, *row_sizes(gradient), self.batch)

    def look(self, team: Team, x: Array, y: Array | None = None) -> None:
        """Run the batch; then everything can be read.

        Args:
            team: A team of the plan's size or smaller.
            x: (batch, *shape) C-contiguous, as `bind` takes it.
            y: The targets, where the plan has them.
        """
        self.bind(x, y)
        self.run(team, np.arange(self.batch, dtype=np.int64))

    def gradient(self, node: str) -> Array | None:
        """Give a copy of the gradient by a node's output, (batch, …); None if there is none."""
        kept = self.writer.kept.get(self.fused.giver(node))
        return None if kept is None else read(kept, self.program.dtype)

    @property
    def scores(self) -> Array:
        """A copy of what the loss compares, (batch, …)."""
        return self.read(self.end)

    @property
    def has_losses(self) -> bool:
        """Whether targets come in and losses are worked out."""
        return self._loss is not None

    @property
    def losses(self) -> Array:
        """A copy of each sample's loss, (batch,), summed over its places that count."""
        assert self._loss is not None
        return read(self._loss, self.program.dtype)

    @property
    def counted(self) -> float:
        """What the gradient of the mean loss was divided by: samples, or places not masked."""
        return float(self.tables.counted[0])
