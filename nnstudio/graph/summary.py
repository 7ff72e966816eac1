"""What every layer of a graph makes and costs, as the rows of one table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nnstudio.graph.cost import node_cost
from nnstudio.graph.infer import Inference
from nnstudio.graph.model import Graph, Node
from nnstudio.graph.types import TensorType

FLOAT_BYTES = 4


@dataclass(frozen=True, slots=True)
class Row:
    """One card: a layer, or a block as a whole.

    Attributes:
        node: Its id.
        name: What a person calls it.
        what: Its title on the canvas.
        kind: The kind of layer.
        output: What it gives, where that is known.
        parameters: Trained numbers; None while its shapes are unknown.
        macs: Multiply-adds of the forward pass for one sample; None likewise.
        time_share: Part of a training step that it takes, 0 … 1; None where nobody foretells it,
            or where another layer does its work.
    """

    node: str
    name: str
    what: str
    kind: str
    output: TensorType | None
    parameters: int | None
    macs: int | None
    time_share: float | None = None

    @property
    def output_bytes(self) -> int | None:
        """What one sample's output takes in memory."""
        return None if self.output is None else FLOAT_BYTES * self.output.size


def summary(graph: Graph, inference: Inference) -> tuple[Row, ...]:
    """Give one row for each card, as data flows; those in or behind a loop come last."""
    return tuple(_row(node, inference) for node in in_order(graph))


def in_order(graph: Graph) -> Iterator[Node]:
    """Give the nodes as data flows; those in or behind a loop come last."""
    ordered = set(graph.order)
    yield from (graph.nodes[node] for node in graph.order)
    yield from (node for node in graph.nodes.values() if node.id not in ordered)


def _row(node: Node, inference: Inference) -> Row:
    cost, output = node_cost(node, inference), inference.output(node)
    known = cost is not None and output is not None
    return Row(
        node.id,
        node.label,
        node.layer.headline(node.params),
        node.kind,
        output,
        cost.parameters if cost is not None and known else None,
        cost.macs if cost is not None and known else None,
    )


def summary_csv(rows: Sequence[Row]) -> str:
    """Write the table as comma-separated values; what is unknown stays empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        ["layer", "kind", "what", "output", "parameters", "multiply-adds", "bytes", "time share"]
    )
    for row in rows:
        output = "" if row.output is None else str(row.output)
        share = None if row.time_share is None else round(row.time_share, 4)
        numbers = (row.parameters, row.macs, row.output_bytes, share)
        cells = ("" if one is None else one for one in numbers)
        writer.writerow([row.name, row.kind, row.what, output, *cells])
    return text.getvalue()
