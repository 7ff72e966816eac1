"""What is to be trained: a network that can run, on prepared data, with settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from nnstudio.core import words
from nnstudio.core.errors import StudioError
from nnstudio.data.prepare import Prepared
from nnstudio.engine.memory import available_bytes
from nnstudio.engine.plan import Network
from nnstudio.engine.weights import Weights
from nnstudio.graph.blocks import expand
from nnstudio.graph.cost import Total, total_cost
from nnstudio.graph.infer import Inference, infer
from nnstudio.graph.model import Graph
from nnstudio.graph.types import DataSignature
from nnstudio.layers.recurrent import RecurrentParams
from nnstudio.train.live import Change
from nnstudio.train.moments import Moment
from nnstudio.train.settings import RunSettings


@dataclass(frozen=True, slots=True)
class Job:
    """One training.

    Attributes:
        graph: The network as drawn.
        data: The three parts.
        settings: How to train.
        weights: Arrays by "node/array" to start from; None draws them from the seed.
        changes: Of the settings, made again at the same steps; `settings` are those of the start.
        start: Where another training was, to go on from there; with `changes` up to it made.
        until: Steps and epochs after which the training is stopped; None where it is not.
    """

    graph: Graph
    data: Prepared
    settings: RunSettings
    weights: Mapping[str, NDArray[Any]] | None = None
    changes: tuple[Change, ...] = ()
    start: Moment | None = None
    until: tuple[int, int] | None = None


def require_runnable(graph: Graph, signature: DataSignature) -> Inference:
    """Work out a graph's types and insist that nothing keeps it from running.

    Raises:
        StudioError: The first obstacle, in the words the canvas would use.
    """
    inference = infer(graph, signature)
    obstacle = inference.first_obstacle()
    if obstacle is not None:
        hint = obstacle.hint or (f"{obstacle.repairs[0].label}." if obstacle.repairs else "")
        raise StudioError(f"{obstacle.message} {hint}".strip())
    return inference


def network_of(
    graph: Graph,
    signature: DataSignature,
    seed: int,
    arrays: Mapping[str, NDArray[Any]] | None = None,
    dtype: str = "f4",
) -> tuple[Network, Total]:
    """Give a graph as a network with weights, and what it costs.

    Raises:
        StudioError: The graph cannot run, is too large for the memory, or the arrays do not fit it.
    """
    whole = expand(graph)
    inference = require_runnable(whole, signature)
    cost = total_cost(whole, inference)
    _require_room(cost, 4 if dtype == "f4" else 8)
    weights = Weights(whole, inference, dtype)
    if arrays is None:
        weights.initialise(seed)
    else:
        weights.load(arrays)
    return Network(whole, signature, weights, seed), cost


def require_order(network: Network, settings: RunSettings) -> None:
    """Insist on ordered samples where a layer carries its state from batch to batch.

    Raises:
        StudioError: Neighbouring batches would have nothing to do with each other.
    """
    if settings.order != "shuffled":
        return
    for node in network.graph.nodes.values():
        if isinstance(node.params, RecurrentParams) and node.params.carry:
            raise StudioError(
                f"{node.layer.title} '{node.label}' carries its state from batch to batch, but the"
                " samples are shuffled; set the run's order to streams, or let each batch begin"
                " with zero."
            )


def _require_room(cost: Total, item: int) -> None:
    """Insist that weights and gradients of `item` bytes a number fit into memory."""
    need, free = 2 * item * cost.parameters, available_bytes()
    if need > free:
        raise StudioError(
            f"The network has {cost.parameters:,} parameters, which need"
            f" {words.byte_count(need)}; {words.byte_count(free)} are free: make its largest"
            " layers smaller."
        )
