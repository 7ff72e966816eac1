"""All that one training holds: weights, plans, threads, history; `loop` runs it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnstudio.data.loader import Chunk, Loader
from nnstudio.engine.carried import Carried
from nnstudio.engine.crew import Crew
from nnstudio.engine.optimisers import State, chain
from nnstudio.engine.plan import Progress, TrainPlan, choose_threads
from nnstudio.engine.rules import Lbfgs, Sgd
from nnstudio.kernels.team import usable_cores
from nnstudio.train.control import Control
from nnstudio.train.evaluate import Scorer
from nnstudio.train.events import Event
from nnstudio.train.history import History
from nnstudio.train.job import Job, network_of, require_order
from nnstudio.train.watch import Updates

Array = NDArray[Any]
MOST_STEPS = 512  # in one call; room of the tables


class Trainer:
    """One training, from its start to its end.

    Args:
        job: What to train.
        progress: Told (done, total) pieces of code while kernels are prepared.

    Attributes:
        job: What is trained.
        history: Every step and epoch so far.
        initial: The weights at the start, by "node/array".

    Raises:
        StudioError: The network cannot run, the batch is larger than the data, or the memory
            does not suffice.
    """

    def __init__(self, job: Job, progress: Progress | None = None) -> None:
        settings = job.settings
        self.job = job
        network, cost = network_of(job.graph, job.data.signature, settings.seed, job.weights)
        self.network = replace(network, precise=settings.precise)
        require_order(network, settings)
        self.loader = Loader(job.data.train, settings.batch, settings.seed, settings.order)
        self.history = History()
        self.initial = self.weights()
        self.best: tuple[Array, Array] | None = None
        threads = choose_threads(settings.threads, cost.macs, settings.batch, usable_cores())
        self.crew = Crew(threads)
        try:
            self._prepare(progress)
        except BaseException:
            self.close()
            raise

    def _prepare(self, progress: Progress | None) -> None:
        """Write and link the plans: full batches, a smaller last one, and measuring."""
        settings = self.job.settings
        passes = (
            []
            if self.whole
            else chain(
                settings.optimiser, settings.l1, settings.l2, settings.clip_norm, settings.max_norm
            )
        )
        weights = self.network.weights
        state = State(len(weights.values), weights.dtype)
        self.carried = Carried(weights.dtype)

        def plan(batch: int, steps: int) -> TrainPlan:
            threads = self.crew.threads
            return TrainPlan(
                self.network, batch, steps, threads, passes, state, progress, carried=self.carried
            )

        self.plan = plan(settings.batch, MOST_STEPS)
        rest = self.loader.last_batch
        self.last_plan = self.plan if rest == settings.batch else plan(rest, 1)
        target = self.job.data.scaler.target
        self.scorer = Scorer(self.network, self.crew, losses=True, target=target)

    @property
    def whole(self) -> bool:
        """Whether each step looks at all samples; then something else moves the weights."""
        return isinstance(self.job.settings.optimiser, Lbfgs)

    @property
    def threads(self) -> int:
        """How many threads the engine runs on."""
        return self.crew.threads

    def train(self, control: Control | None = None) -> Iterator[Event]:
        """Train; see `nnstudio.train.loop.train`."""
        from nnstudio.train.loop import train

        return train(self, control or Control())

    def run(self, chunk: Chunk, first_step: int, rates: Array, control: Control) -> Ran:
        """Run the steps of a chunk, or fewer where somebody interrupts.

        Args:
            chunk: The samples.
            first_step: Number of its first step in the run.
            rates: (steps,) float64 learning rates.
            control: May interrupt.
        """
        if first_step % self.loader.steps_per_epoch == 0:
            self.carried.clear()
        batch = chunk.batch
        full = len(chunk.rows) // batch
        nothing = self.plan.tables.losses[:0]
        done = Ran(nothing, nothing, nothing, 0, False)
        if full:
            done = self._run(
                self.plan, chunk, chunk.rows[: full * batch], first_step, rates, control
            )
        if done.samples == full * batch and not done.halted and full < chunk.steps:
            rows = chunk.rows[full * batch :]
            last = self._run(self.last_plan, chunk, rows, first_step + full, rates[full:], control)
            done = done.then(last)
        return done

    def _run(
        self, plan: TrainPlan, chunk: Chunk, rows: Array, step: int, rates: Array, control: Control
    ) -> Ran:
        plan.bind(chunk.x, chunk.y)
        steps = len(rows) // plan.batch
        plan.tables.rates[:steps] = rates[:steps]
        plan.tables.momenta[:steps] = self._momenta(step, steps)
        control.attach(plan.linked.stop)
        began = time.perf_counter()
        team = self.crew.team
        count = plan.run(team, rows, step)
        # a sample of a smaller batch, or of a step alone, costs more; that is no disturbance
        if plan is self.plan and not control.sampling:
            self.crew.note(team, (time.perf_counter() - began) / (count * plan.batch))
        control.attach(None)
        tables = plan.tables
        losses, counted = tables.losses[:count].copy(), tables.counted[:count].copy()
        shares = tables.hits[:count] / np.maximum(counted, 1.0)
        return Ran(losses, shares, counted, count * plan.batch, plan.linked.halted)

    def _momenta(self, first: int, steps: int) -> Array:
        """Give the momentum of some steps; zeros for rules without it."""
        rule = self.job.settings.optimiser
        if not isinstance(rule, Sgd):
            return np.zeros(steps)
        per_epoch = self.loader.steps_per_epoch
        return np.array([rule.momentum_at((first + i) / per_epoch) for i in range(steps)])

    def weights(self) -> dict[str, Array]:
        """Give copies of all arrays by "node/array"."""
        return self.network.weights.arrays()

    def remember_best(self) -> None:
        """Keep the weights as they are now as the best."""
        self.best = self.snapshot()

    def snapshot(self) -> tuple[Array, Array]:
        """Give copies of the flat vectors: trained and untrained."""
        weights = self.network.weights
        return weights.values.copy(), weights.state.copy()

    def updates(self, before: Array, step: int) -> Updates:
        """Say what the last step did to the weights.

        Args:
            before: The trained weights before it, as in `snapshot`.
            step: Its number in the run, from 0.
        """
        weights = self.network.weights
        ratios: dict[str, float] = {}
        norms: dict[str, float] = {}
        for place in weights.trained:
            span = slice(place.offset, place.offset + place.size)
            old = before[span].astype(np.float64)
            change = float(np.linalg.norm(weights.values[span] - old))
            size = float(np.linalg.norm(old))
            ratios[place.key] = change / size if size else (np.inf if change else 0.0)
            norms[place.key] = float(np.linalg.norm(weights.gradients[span].astype(np.float64)))
        return Updates(step, ratios, norms)

    def restore(self, vectors: tuple[Array, Array]) -> None:
        """Go back to a snapshot."""
        weights = self.network.weights
        weights.values[...], weights.state[...] = vectors

    @property
    def finite(self) -> bool:
        """Whether all weights and running averages are finite."""
        weights = self.network.weights
        return bool(np.isfinite(weights.values).all() and np.isfinite(weights.state).all())

    def close(self) -> None:
        """End all threads; the weights and the history stay."""
        self.loader.close()
        self.crew.close()

    def __enter__(self) -> Trainer:
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


class Ran:
    """What some steps gave.

    Attributes:
        losses: (steps,) float64 mean losses.
        shares: (steps,) float64 shares that were right.
        counted: (steps,) float64 what both are means of: samples, or unmasked steps or pixels.
        samples: Samples seen.
        halted: Whether the last loss was not finite.
    """

    __slots__ = ("counted", "halted", "losses", "samples", "shares")

    def __init__(
        self, losses: Array, shares: Array, counted: Array, samples: int, halted: bool
    ) -> None:
        self.losses, self.shares, self.counted = losses, shares, counted
        self.samples, self.halted = samples, halted

    def __len__(self) -> int:
        """How many steps."""
        return len(self.losses)

    def then(self, later: Ran) -> Ran:
        """Give these steps followed by others."""
        return Ran(
            np.concatenate([self.losses, later.losses]),
            np.concatenate([self.shares, later.shares]),
            np.concatenate([self.counted, later.counted]),
            self.samples + later.samples,
            later.halted,
        )
