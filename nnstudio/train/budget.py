"""What an epoch of training will take on this machine, predicted without compiling anything."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from nnstudio.engine.optimisers import chain
from nnstudio.engine.pace.model import Pace
from nnstudio.engine.pace.work import memory_of
from nnstudio.engine.pace.written import (
    PlannedState,
    PlannedWeights,
    WrittenScorePlan,
    WrittenTrainPlan,
)
from nnstudio.engine.plan import Network, Plan, choose_threads
from nnstudio.engine.rules import Lbfgs
from nnstudio.graph.blocks import expand, stands_for
from nnstudio.graph.cost import total_cost
from nnstudio.graph.infer import infer
from nnstudio.graph.model import Graph, Node
from nnstudio.graph.types import ClassTarget, DataSignature
from nnstudio.kernels.team import usable_cores
from nnstudio.train.evaluate import score_sizes
from nnstudio.train.reporting import CHUNK_S
from nnstudio.train.settings import RunSettings
from nnstudio.train.trainer import MOST_STEPS

REPORT_S = 1.5e-4  # what Python does between two chunks of steps; 0.1–0.2 ms on a Zen 5 core
EPOCH_S = 1e-4  # what it does once an epoch, and to measure a part
CLASSES_S = 5e-5  # what it does more where classes are counted
# An operation of a large step finds less in the cache than in the small nets that are measured:
# over 22 templates steps took 1.1 times what was added up, with one thread and with two.
CROWDED = 1.1
UPDATE = ""  # what works for all layers: fetching samples, the optimiser


@dataclass(frozen=True, slots=True)
class Budget:
    """What a training takes.

    Attributes:
        batch: Samples of a step.
        threads: Size of the team.
        layers: Seconds of a step by node of the graph without blocks; `UPDATE` for the rest.
        score_batch: Samples that are measured at once.
        score_s: Seconds to measure them, and no less for fewer.
        loop_s: Seconds of a step that pass outside of kernels.
        epoch_end_s: Seconds of an epoch that do, at its end.
    """

    batch: int
    threads: int
    layers: Mapping[str, float] = field(default_factory=dict)
    score_batch: int = 1
    score_s: float = 0.0
    loop_s: float = 0.0
    epoch_end_s: float = 0.0

    @property
    def step_s(self) -> float:
        """Seconds of one step, kernels alone."""
        return sum(self.layers.values())

    def epoch_s(self, samples: int, valid: int) -> float:
        """Give the seconds of an epoch.

        Args:
            samples: Samples that are trained on.
            valid: Samples that are measured after it.
        """
        if not self.layers:
            return 0.0
        steps = samples / self.batch
        batches = -(-valid // self.score_batch)
        training = steps * (self.step_s + self.loop_s)
        return training + batches * self.score_s + self.epoch_end_s

    def share(self, node: Node) -> float | None:
        """Give the part of a step that a card takes, its inside included, 0 … 1.

        None where other layers do its work, or nothing is known.
        """
        total = self.step_s
        parts = [s for name, s in self.layers.items() if stands_for(name, node.id)]
        return sum(parts) / total if parts and total else None


def predict(
    graph: Graph, signature: DataSignature, settings: RunSettings, pace: Pace
) -> Budget | None:
    """Predict what training a graph takes; a few milliseconds for a hundred operations.

    Args:
        graph: The network as drawn.
        signature: What its data looks like.
        settings: How to train.
        pace: How fast this machine is.

    Returns:
        The budget; None where the graph cannot be trained.
    """
    whole = expand(graph)
    inference = infer(whole, signature)
    losses = whole.losses()
    if inference.first_obstacle() is not None or not losses:
        return None
    cost = total_cost(whole, inference)
    threads = choose_threads(settings.threads, cost.macs, settings.batch, usable_cores())
    weights = PlannedWeights(whole, inference)
    network = Network(whole, signature, weights, settings.seed, settings.precise)
    symbols = _readers_of_symbols(whole, signature)
    plan = _training(network, settings, threads)
    layers = _by_layer(plan, pace, threads, symbols)
    batch, _ = score_sizes(network)
    scoring = WrittenScorePlan(network, batch, 1, threads)
    score_s = sum(_by_layer(scoring, pace, threads, symbols).values())
    step, copy_s = sum(layers.values()), len(weights.values) * pace.copy_s
    loop_s = (REPORT_S + copy_s) / max(1, min(MOST_STEPS, CHUNK_S / max(step, 1e-7)))
    counting_s = CLASSES_S if isinstance(signature.target, ClassTarget) else 0.0
    end_s = EPOCH_S + counting_s + 2 * copy_s  # the best weights are kept, all are looked at
    return Budget(settings.batch, threads, layers, batch, score_s, loop_s, end_s)


def _training(network: Network, settings: RunSettings, threads: int) -> WrittenTrainPlan:
    whole = isinstance(settings.optimiser, Lbfgs)
    passes = (
        []
        if whole
        else chain(
            settings.optimiser, settings.l1, settings.l2, settings.clip_norm, settings.max_norm
        )
    )
    weights = network.weights
    state = PlannedState(len(weights.values), weights.dtype)
    nodes, cards = network.graph.nodes, settings.frozen
    frozen = frozenset(one for one in nodes if any(stands_for(one, card) for card in cards))
    return WrittenTrainPlan(network, settings.batch, 1, threads, passes, state, frozen=frozen)


def _by_layer(plan: Plan, pace: Pace, threads: int, symbols: frozenset[str]) -> Mapping[str, float]:
    """Add up the predicted seconds of a plan's operations by the node they work for."""
    memory = memory_of(plan.program)
    sums: dict[str, float] = defaultdict(float)
    for op in plan.program.ops:
        one_hot = op.owner in symbols
        sums[op.owner] += CROWDED * pace.seconds(op, memory, threads, one_hot=one_hot)
    return dict(sums)


def _readers_of_symbols(graph: Graph, signature: DataSignature) -> frozenset[str]:
    """Give the layers that read sequences as they come; those of the data are one-hot symbols."""
    if signature.input.layout != "TF":
        return frozenset()
    return frozenset(
        edge.dst.node for source in graph.sources() for edge in graph.outgoing(source.id)
    )
