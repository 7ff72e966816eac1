"""All that one training holds: weights, plans, threads, history; `loop` runs it."""

from __future__ import annotations

import time
from collections import deque
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
from nnstudio.graph.blocks import stands_for
from nnstudio.kernels.team import usable_cores
from nnstudio.train.control import Control
from nnstudio.train.evaluate import Scorer
from nnstudio.train.events import Event
from nnstudio.train.history import History
from nnstudio.train.job import Job, network_of, require_order
from nnstudio.train.live import Change
from nnstudio.train.moments import Held, Moments
from nnstudio.train.settings import RunSettings
from nnstudio.train.watch import Updates

Array = NDArray[Any]
MOST_STEPS = 512  # in one call; room of the tables


class Trainer:
    """One training, from its start to its end.

    Args:
        job: What to train.
        progress: Told (done, total) pieces of code while kernels are prepared.
        moments: Keeps moments on the way; None keeps none.
        history: What happened before `job.start`; it grows.

    Attributes:
        job: What is trained.
        settings: As they are now; `job.settings` are those of the start.
        changes: Of the settings so far.
        ahead: Changes that are to be made again at their steps, in order.
        history: Every step and epoch so far.
        initial: The weights at the start, by "node/array".
        origin: Step and epoch from which on the batch has had its size.
        pending_batch: A batch that was wished for and waits for the next epoch.

    Raises:
        StudioError: The network cannot run, the batch is larger than the data, or the memory
            does not suffice.
    """

    def __init__(
        self,
        job: Job,
        progress: Progress | None = None,
        moments: Moments | None = None,
        history: History | None = None,
    ) -> None:
        start = job.start
        settings = job.settings if start is None else start.settings
        self.job, self.settings, self.moments = job, settings, moments
        self.pending_batch: int | None = None
        self.origin = (0, 0) if start is None else start.place.origin
        done = 0 if start is None else start.mark.step
        self.changes = [one for one in job.changes if start is not None and one.step < done]
        self.ahead: deque[Change] = deque(job.changes[len(self.changes) :])
        network, cost = network_of(job.graph, job.data.signature, settings.seed, job.weights)
        self.network = replace(network, precise=settings.precise)
        require_order(network, settings)
        self.loader = Loader(job.data.train, settings.batch, settings.seed, settings.order)
        self.history = History() if history is None else history
        self.initial = self.weights()
        self.best: tuple[Array, Array] | None = None
        threads = choose_threads(settings.threads, cost.macs, settings.batch, usable_cores())
        self.crew = Crew(threads)
        self.state = State(len(self.network.weights.values), self.network.weights.dtype)
        try:
            self._prepare(progress)
            if start is not None:
                self.go_to(start.held)
                self.best = start.best
        except BaseException:
            self.close()
            raise

    def _prepare(self, progress: Progress | None) -> None:
        """Write and link the plans: full batches, a smaller last one, and measuring."""
        self.carried = Carried(self.network.weights.dtype)
        self.plan, self.last_plan = self._plans(self.settings, self.loader, self.carried, progress)
        target = self.job.data.scaler.target
        self.scorer = Scorer(self.network, self.crew, losses=True, target=target)

    def _plans(
        self,
        settings: RunSettings,
        loader: Loader,
        carried: Carried,
        progress: Progress | None = None,
    ) -> tuple[TrainPlan, TrainPlan]:
        """Give the plans of a full batch and of an epoch's last one."""
        rule, penalties = settings.optimiser, (settings.l1, settings.l2)
        limits = settings.clip_norm, settings.max_norm
        passes = [] if self.whole else chain(rule, *penalties, *limits)
        frozen = self._frozen(settings)
        self.state.vectors.pop("betas", None)  # numbers of the rule, not memory

        def plan(batch: int, steps: int) -> TrainPlan:
            return TrainPlan(
                self.network,
                batch,
                steps,
                self.crew.threads,
                passes,
                self.state,
                progress,
                carried=carried,
                frozen=frozen,
            )

        full = plan(settings.batch, MOST_STEPS)
        rest = loader.last_batch
        return full, full if rest == settings.batch else plan(rest, 1)

    def _frozen(self, settings: RunSettings) -> frozenset[str]:
        """Give the nodes that are frozen; a block freezes what is inside, in all its copies."""
        nodes = self.network.graph.nodes
        return frozenset(
            node for node in nodes if any(stands_for(node, card) for card in settings.frozen)
        )

    @property
    def frozen(self) -> frozenset[str]:
        """The nodes that do not learn now."""
        return self._frozen(self.settings)

    def adapt(self, settings: RunSettings, step: int, epoch: int) -> None:
        """Go on with other settings, between two chunks; what the optimiser remembers stays.

        Args:
            settings: From now on.
            step: Steps done.
            epoch: Epochs done; another batch needs a whole number of them.

        Raises:
            StudioError: The batch is larger than the data or the memory; nothing has changed.
        """
        loader, carried, betas = self.loader, self.carried, self.state.vectors.get("betas")
        another = settings.batch != self.settings.batch
        if another:
            order = settings.seed, settings.order
            loader = Loader(self.job.data.train, settings.batch, *order)
            carried = Carried(self.network.weights.dtype)
        if _linked(settings) != _linked(self.settings):
            try:
                self.plan, self.last_plan = self._plans(settings, loader, carried)
            except BaseException:
                if betas is not None:  # the old plans read them
                    self.state.vectors["betas"] = betas
                if another:
                    loader.close()
                raise
        if another:
            self.loader.close()
            self.loader, self.carried, self.origin = loader, carried, (step, epoch)
        self.settings = settings

    def epoch_at(self, step: int) -> float:
        """Give the epochs done after some steps, with fraction."""
        first, epoch = self.origin
        return epoch + (step - first) / self.loader.steps_per_epoch

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
        if (first_step - self.origin[0]) % self.loader.steps_per_epoch == 0:
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
        kept = self._still()
        began = time.perf_counter()
        team = self.crew.team
        count = plan.run(team, rows, step)
        # a sample of a smaller batch, or of a step alone, costs more; that is no disturbance
        if plan is self.plan and not control.sampling:
            self.crew.note(team, (time.perf_counter() - began) / (count * plan.batch))
        control.attach(None)
        for span, averages in kept:
            self.network.weights.state[span] = averages
        tables = plan.tables
        losses, counted = tables.losses[:count].copy(), tables.counted[:count].copy()
        shares = tables.hits[:count] / np.maximum(counted, 1.0)
        return Ran(losses, shares, counted, count * plan.batch, plan.linked.halted)

    def _still(self) -> list[tuple[slice, Array]]:
        """Give the running averages of frozen nodes, which training does not read, to put back."""
        if not self.settings.frozen:
            return []
        weights, frozen = self.network.weights, self.frozen
        spans = [
            slice(place.offset, place.offset + place.size)
            for place in weights.untrained
            if place.node in frozen
        ]
        return [(span, weights.state[span].copy()) for span in spans]

    def _momenta(self, first: int, steps: int) -> Array:
        """Give the momentum of some steps; zeros for rules without it."""
        rule = self.settings.optimiser
        if not isinstance(rule, Sgd):
            return np.zeros(steps)
        return np.array([rule.momentum_at(self.epoch_at(first + i)) for i in range(steps)])

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

    def hold(self) -> Held:
        """Give copies of all numbers that the next step depends on."""
        weights = self.network.weights
        vectors = {name: vector.copy() for name, vector in self.state.vectors.items()}
        vectors.pop("betas", None)
        carried = {key: array.copy() for key, array in self.carried.arrays.items()}
        return Held(weights.values.copy(), weights.state.copy(), vectors, carried)

    @property
    def held_bytes(self) -> int:
        """Bytes that a moment takes, its best weights included."""
        weights, vectors = self.network.weights, self.state.vectors.values()
        own = weights.values.nbytes + weights.state.nbytes
        return 2 * own + sum(vector.nbytes for vector in vectors)

    def go_to(self, held: Held) -> None:
        """Go on from numbers that `hold` gave."""
        self.restore((held.values, held.state))
        for name, vector in held.optimiser.items():
            self.state.vector(name)[...] = vector
        for key, array in held.carried.items():
            if key in self.carried.arrays:
                self.carried.arrays[key][...] = array

    def arrays_of(self, held: Held) -> dict[str, Array]:
        """Give the weights of a moment by "node/array", as views of it."""
        weights = self.network.weights
        return weights.arrays_in(held.values, held.state)

    def updates(self, before: Array, step: int) -> Updates:
        """Say what the last step did to the weights.

        Args:
            before: The trained weights before it, as in `snapshot`.
            step: Its number in the run, from 0.
        """
        weights, frozen = self.network.weights, self.frozen
        ratios: dict[str, float] = {}
        norms: dict[str, float] = {}
        for place in weights.trained:
            span = slice(place.offset, place.offset + place.size)
            old = before[span].astype(np.float64)
            change = float(np.linalg.norm(weights.values[span] - old))
            size = float(np.linalg.norm(old))
            ratios[place.key] = change / size if size else (np.inf if change else 0.0)
            taken = weights.gradients[span].astype(np.float64)
            norms[place.key] = 0.0 if place.node in frozen else float(np.linalg.norm(taken))
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


def _linked(settings: RunSettings) -> tuple[object, ...]:
    """Give what the plans are made for."""
    s = settings
    return s.batch, s.optimiser, s.l1, s.l2, s.clip_norm, s.max_norm, s.frozen


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
