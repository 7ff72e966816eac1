"""Shape inference for unfinished and broken graphs: never raises, stops each path at its first bad link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nnstudio.graph import checks
from nnstudio.graph.layer import Mismatch
from nnstudio.graph.model import Graph, Node, PortRef
from nnstudio.graph.problems import Problem, problem_of
from nnstudio.graph.types import DataSignature, TensorType


@dataclass(frozen=True, slots=True)
class Inference:
    """What is known about a graph.

    Attributes:
        types: The type at each output that could be worked out.
        inputs: For each node whose inputs are all known, their types in port order.
        problems: Everything that is wrong, one a cause, in the order of the graph.
    """

    types: Mapping[PortRef, TensorType] = field(default_factory=dict)
    inputs: Mapping[str, tuple[TensorType, ...]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def output(self, node: Node) -> TensorType | None:
        """Give the type of a node's first output, or None where it is unknown."""
        port = node.layer.outputs[0].name if node.layer.outputs else "y"
        return self.types.get(PortRef(node.id, port))

    @property
    def runnable(self) -> bool:
        """Whether nothing keeps this graph from running."""
        return not any(problem.severity != "advice" for problem in self.problems)

    def first_obstacle(self) -> Problem | None:
        """Give the first problem that keeps the graph from running."""
        return next((problem for problem in self.problems if problem.severity != "advice"), None)


def infer(graph: Graph, data: DataSignature | None = None) -> Inference:
    """Work out all types of a graph and everything that is wrong with it.

    Args:
        graph: Any graph: empty, unfinished, with loops, with unknown layers.
        data: What the data set offers; None when there is none yet.

    Returns:
        The types before the first bad link of each path, and the problems.
    """
    types: dict[PortRef, TensorType] = {}
    inputs: dict[str, tuple[TensorType, ...]] = {}
    problems: list[Problem] = list(checks.loops(graph))
    for node_id in graph.order:
        node = graph.nodes[node_id]
        missing = checks.missing_inputs(graph, node)
        if missing is not None:
            problems.append(missing)
            continue
        arriving = _arriving(graph, node, types)
        if arriving is None:
            continue
        inputs[node_id] = arriving
        found = _check_node(graph, node, arriving, data, types)
        if found is not None:
            problems.append(found)
    problems.extend(checks.whole_graph(graph, data))
    return Inference(types, inputs, tuple(problems))


def _arriving(
    graph: Graph, node: Node, types: Mapping[PortRef, TensorType]
) -> tuple[TensorType, ...] | None:
    """Give the types at the inputs, or None when one of them is unknown (its cause is reported)."""
    found = [types.get(edge.src) for edge in graph.incoming(node.id)]
    known = tuple(one for one in found if one is not None)
    return known if len(known) == len(found) else None


def _check_node(
    graph: Graph,
    node: Node,
    arriving: tuple[TensorType, ...],
    data: DataSignature | None,
    types: dict[PortRef, TensorType],
) -> Problem | None:
    """Work out one node's output; give its problem, if it has one."""
    layer = node.layer
    try:
        if layer.is_source():
            output = layer.infer_source(node.params, data)
        else:
            output = layer.infer(node.params, arriving)
            if layer.is_loss() and data is not None:
                layer.check_target(node.params, arriving, data.target)
    except Mismatch as mismatch:
        return problem_of(graph, node, mismatch)
    port = layer.outputs[0].name if layer.outputs else "y"
    types[PortRef(node.id, port)] = output
    return None
