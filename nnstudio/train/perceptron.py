"""Says at the end of a training by the perceptron rule whether the rule has settled."""

from __future__ import annotations

from nnstudio.graph.model import Graph
from nnstudio.train.history import History

_SIDES = "one straight line (or plane) separates the two sides"


def perceptron_note(graph: Graph, history: History) -> str:
    """Say whether the rule found a line.

    The rule makes its last mistake after finitely many steps if a line separates the samples, and
    errs for ever if none does (Novikoff 1962).

    Args:
        graph: The network that was trained.
        history: Its steps and epochs.

    Returns:
        One or two sentences; "" for networks that learn in other ways.
    """
    losses = history.epochs.get("train loss")
    if not losses or not _uses_rule(graph):
        return ""
    if losses.values()[-1] == 0.0:
        return "The perceptron rule has settled: no sample was wrong in the last epoch."
    count = "1 epoch" if len(losses) == 1 else f"{len(losses):,} epochs"
    return (
        f"The perceptron rule has not settled after {count}: it still gets training samples wrong."
        f" It settles only where {_SIDES}; train longer, or use a hidden layer and a smooth"
        " activation instead of Step."
    )


def _uses_rule(graph: Graph) -> bool:
    """Whether the loss compares what a Step with the perceptron rule gives."""
    for loss in graph.losses():
        for edge in graph.incoming(loss.id):
            node = graph.nodes[edge.src.node]
            if node.kind == "step" and getattr(node.params, "gradient", "") == "perceptron rule":
                return True
    return False
