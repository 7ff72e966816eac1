"""What cards and links say and how bad it is, worked out from graph and inference without Qt."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from nnstudio.core import words
from nnstudio.graph.cost import node_cost
from nnstudio.graph.infer import Inference
from nnstudio.graph.layer import Cost
from nnstudio.graph.model import Node
from nnstudio.graph.problems import Problem
from nnstudio.graph.types import TensorType

HEALTH = ("ok", "warn", "error", "")


@dataclass(frozen=True, slots=True)
class CardLook:
    """The words on one card.

    Attributes:
        title: What the node is, in words.
        essentials: The rest that matters.
        name: The person's name for the node, shown above the card when it is wanted.
        category: Which colour the bar has.
        shape: The output's shape, or "" while it is unknown.
        parameters: How many numbers are trained, or "" for none.
    """

    title: str
    essentials: str
    name: str
    category: str
    shape: str
    parameters: str

    def spoken(self) -> str:
        """Say the card in one sentence, for screen readers and tooltips."""
        parts = [f"{self.name}: {self.title}", self.essentials]
        parts.append(f"output {self.shape}" if self.shape else "output not known yet")
        if self.parameters:
            parts.append(f"{self.parameters} parameters")
        return ", ".join(part for part in parts if part)


def card_look(node: Node, inference: Inference, costs: Mapping[str, Cost] | None) -> CardLook:
    """Work out the words of a node's card."""
    output = inference.output(node)
    cost = costs.get(node.id) if costs is not None else node_cost(node, inference)
    count = cost.parameters if cost is not None else 0
    return CardLook(
        node.layer.headline(node.params),
        node.layer.essentials(node.params),
        node.label,
        node.layer.category,
        "" if output is None else str(output),
        words.whole(count) if count else "",
    )


def resting_health(output: TensorType | None, problem: Problem | None) -> str:
    """Say which light a card shows while nothing trains: one of `HEALTH`."""
    if problem is not None:
        return "error" if problem.severity == "error" else "warn"
    return "ok" if output is not None else ""


def worst_by_node(inference: Inference) -> dict[str, Problem]:
    """Give for each troubled node the first of its worst problems."""
    rank = {"error": 0, "unfinished": 1, "advice": 2}
    worst: dict[str, Problem] = {}
    for problem in inference.problems:
        known = worst.get(problem.node)
        if known is None or rank[problem.severity] < rank[known.severity]:
            worst[problem.node] = problem
    worst.pop("", None)
    return worst


def link_width(kind: TensorType | None) -> float:
    """Give the thickness of a link in canvas units; it grows with the logarithm of the data."""
    if kind is None:
        return 1.4
    return 1.3 + 0.35 * math.log10(max(1, kind.size))
