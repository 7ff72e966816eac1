"""Finds the layer in which numbers first stopped being finite, and says what to do."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnstudio.engine.crew import Crew
from nnstudio.engine.plan import Network, ScorePlan
from nnstudio.graph.model import Node
from nnstudio.train.events import Diverged
from nnstudio.train.settings import RunSettings

Array = NDArray[Any]
AT_ONCE = 16  # samples whose outputs of all layers are held together


def find_divergence(
    network: Network, crew: Crew, samples: Array, step: int, settings: RunSettings
) -> Diverged:
    """Run a batch forward once more, layer by layer, with the weights that met it.

    Args:
        network: The network with those weights.
        crew: The threads to run on.
        samples: (batch, *shape) float32, or int64 symbols.
        step: The step in which the loss was not finite.
        settings: The run's settings, for the advice.
    """
    node, what = _first_overflow(network, crew, samples)
    name = network.graph.nodes[node].label
    stopped = f"Training stopped at step {step + 1:,}: {what} '{name}' are no longer finite."
    return Diverged(step, node, f"{stopped} {_advice(network.graph.nodes[node], settings)}")


def _advice(node: Node, settings: RunSettings) -> str:
    """Say what to do where a node's numbers overflowed."""
    if node.layer.is_source():
        return "Correct the data, or scale it otherwise; the last good weights were kept."
    clip = "" if settings.clip_norm else " or clip the gradient"
    rate = f"{settings.learning_rate:g}"
    return f"Lower the learning rate (now {rate}){clip}; the last good weights were kept."


def _first_overflow(network: Network, crew: Crew, samples: Array) -> tuple[str, str]:
    """Give the first node in the graph's order, and what of it is not finite."""
    arrays = network.weights.arrays()
    graph = network.graph
    nodes = [one for one in graph.order if not graph.nodes[one].layer.is_loss()]
    spoilt = _spoilt(network, crew, samples, nodes)
    for node in nodes:
        own = [array for key, array in arrays.items() if key.rpartition("/")[0] == node]
        if not all(np.isfinite(array).all() for array in own):
            return node, "the weights of"
        if node in spoilt:
            return node, "the outputs of"
    return graph.losses()[0].id, "the losses of"


def _spoilt(network: Network, crew: Crew, samples: Array, nodes: list[str]) -> set[str]:
    """Give the nodes with outputs that are not finite, a few samples at a time to save memory."""
    size = min(len(samples), AT_ONCE)
    plan = ScorePlan(network, size, 1, crew.threads, losses=False, keep=frozenset(nodes))
    plan.bind(network.samples(samples), None)
    found: set[str] = set()
    for first in range(0, len(samples), size):
        rows = np.arange(first, first + size, dtype=np.int64)
        plan.run(crew.team, np.minimum(rows, len(samples) - 1))
        found |= {node for node in nodes if not np.isfinite(plan.read(node)).all()}
    return found
