"""What an edit would change in a graph, worked out without making the edit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nnstudio.graph.edits import Edit
from nnstudio.graph.infer import Inference, infer, infer_inside
from nnstudio.graph.model import Edge, Graph
from nnstudio.graph.types import TensorType


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A graph as it would be after an edit, and what would be different.

    Attributes:
        graph: The graph after the edit.
        inference: What would be known about it.
        added: Ids of new nodes.
        altered: Ids of nodes with other parameters, another kind or another name.
        reshaped: For each old node with another output shape, the shapes before and after; None
            before where it was not known.
        linked: New links.
    """

    graph: Graph
    inference: Inference
    added: frozenset[str]
    altered: frozenset[str]
    reshaped: Mapping[str, tuple[TensorType | None, TensorType]]
    linked: frozenset[Edge]


def foresee(graph: Graph, inference: Inference, edit: Edit, path: Sequence[str] = ()) -> Foreseen:
    """Work out what an edit would change.

    Args:
        graph: The graph as it is.
        inference: What is known about it; its data set is taken over.
        edit: Any edit.
        path: The cards of the blocks one has entered; what changes inside is given then.

    Raises:
        StudioError: The edit does not fit the graph.
    """
    after, _ = edit.apply(graph)
    data = None if inference.source is None else inference.source[1]
    known = infer(after, data, inference)
    for card in path:
        graph, inference = _entered(graph, inference, card)
        after, known = _entered(after, known, card)
    stayed = [(node, after.nodes[key]) for key, node in graph.nodes.items() if key in after.nodes]
    reshaped = {}
    for before, now in stayed:
        old, new = inference.output(before), known.output(now)
        if new is not None and new != old:
            reshaped[now.id] = (old, new)
    return Foreseen(
        after,
        known,
        frozenset(after.nodes.keys() - graph.nodes.keys()),
        frozenset(
            now.id
            for before, now in stayed
            if (now.kind, now.params, now.name) != (before.kind, before.params, before.name)
        ),
        reshaped,
        frozenset(after.edges) - frozenset(graph.edges),
    )


def _entered(graph: Graph, inference: Inference, card_id: str) -> tuple[Graph, Inference]:
    card = graph.nodes.get(card_id)
    if card is None or card.block is None:
        return Graph(), Inference()
    return card.block.graph, infer_inside(card, inference)
