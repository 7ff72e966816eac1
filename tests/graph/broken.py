"""Prepared broken graphs: what is wrong, where, in which words, and the repair that mends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nnstudio.graph.conditions import Conditions
from nnstudio.graph.model import Graph, make_node
from nnstudio.graph.types import (
    ClassTarget,
    DataSignature,
    TensorType,
    ValueTarget,
    flat,
    maps,
    named,
)
from tests.graph.small import graph_of

THREE = ClassTarget(("a", "b", "c"))
IMAGES = DataSignature(maps(8, 8, 1), THREE)
TABLE = DataSignature(flat(4), THREE)
YES_NO = DataSignature(flat(4), ClassTarget(("no", "yes")))
PRICES = DataSignature(flat(4), ValueTarget(("price",)))
STEPS = DataSignature(TensorType((6, 2), "f4", "TF"), THREE)
LETTERS = DataSignature(named((6,), 5), THREE)
PLENTY = Conditions(batch=8, states=2, memory=1 << 30)


@dataclass(frozen=True)
class Broken:
    """One broken graph.

    Attributes:
        what: What is wrong with it.
        graph: The graph.
        node: Where the problem has to be told.
        message: In which words.
        repair: The label of the repair that is pressed.
        data: What the data set offers.
        conditions: Batch and memory.
    """

    what: str
    graph: Graph
    node: str
    message: str
    repair: str
    data: DataSignature = IMAGES
    conditions: Conditions = PLENTY


def net(links: str, **nodes: Any) -> Graph:
    """Make a graph: `fc="dense 3 linear"` says a node; "in" and "loss" are there by themselves."""
    made = {"in": ("input", {}), **nodes, "loss": ("softmax_cross_entropy", {})}
    return graph_of({k: v for k, v in ({**made, **nodes}).items() if v}, links)


def dense(units: int = 3, activation: str = "linear") -> tuple[str, dict[str, Any]]:
    return "dense", {"units": units, "activation": activation}


def conv(filters: int = 4, **params: Any) -> tuple[str, dict[str, Any]]:
    return "conv2d", {"filters": filters, **params}


FLAT = ("flatten", {})
GAP = ("global_avg_pool", {})
ADD = ("add", {})
CONCAT = ("concat", {})


def twice_named() -> Graph:
    """Give two layers of one name."""
    graph = net("in-fc1 fc1-fc2 fc2-loss", fc1=dense(8, "relu"), fc2=dense())
    return graph.with_node(make_node("dense", "fc2", "fc1", units=3))
