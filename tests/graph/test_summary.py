"""The table of layers."""

from __future__ import annotations

import csv
import io

from nnstudio.graph.infer import infer
from nnstudio.graph.model import Edge, Graph, make_node
from nnstudio.graph.summary import summary, summary_csv
from nnstudio.graph.types import maps
from tests.nets import classes_signature, lenet

REAL_LAYERS = True
DIGITS = classes_signature(maps(8, 8, 1), 10)


def test_each_layer_has_a_row_in_the_order_of_the_data() -> None:
    graph = lenet()
    rows = summary(graph, infer(graph, DIGITS))
    assert [row.node for row in rows] == list(graph.order)
    conv = rows[1]
    assert (conv.what, str(conv.output)) == ("Conv 6 @ 3×3", "8×8×6")
    assert (conv.parameters, conv.macs) == (6 * 9 + 6, 64 * 6 * 9)
    assert conv.output_bytes == 4 * 8 * 8 * 6


def test_what_is_unknown_behind_a_mistake_stays_empty() -> None:
    graph = lenet()
    rows = summary(graph, infer(graph, None))
    assert rows[-1].output is None
    assert rows[-1].parameters is None
    assert rows[-1].output_bytes is None


def test_layers_in_a_loop_come_last() -> None:
    nodes = [make_node("relu", "a"), make_node("relu", "b"), make_node("input", "input1")]
    edges = (Edge.between("a.y", "b.x"), Edge.between("b.y", "a.x"))
    graph = Graph({node.id: node for node in nodes}, edges)
    assert [row.node for row in summary(graph, infer(graph, DIGITS))] == ["input1", "a", "b"]


def test_the_table_can_be_read_back_from_its_csv() -> None:
    graph = lenet()
    rows = summary(graph, infer(graph, DIGITS))
    read = list(csv.DictReader(io.StringIO(summary_csv(rows))))
    assert [row["layer"] for row in read] == [row.name for row in rows]
    assert int(read[1]["parameters"]) == rows[1].parameters
    assert read[1]["output"] == "8×8×6"
