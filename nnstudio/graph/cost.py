"""What a whole graph costs: parameters, multiply-adds, memory, receptive fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nnstudio.graph.infer import Inference
from nnstudio.graph.layer import Cost, Window
from nnstudio.graph.model import Graph, Node


@dataclass(frozen=True, slots=True)
class Total:
    """The cost of a graph.

    Attributes:
        parameters: Trained numbers.
        macs: Multiply-adds of the forward pass for one sample.
        activations: Numbers that one sample leaves behind in all layers.
    """

    parameters: int
    macs: int
    activations: int

    def training_bytes(self, batch: int, states: int = 2) -> int:
        """Estimate the memory of a training step: activations and their gradients, weights, states."""
        return 4 * (2 * batch * self.activations + (2 + states) * self.parameters)


def node_cost(node: Node, inference: Inference) -> Cost | None:
    """Give the cost of one node, or None while its shapes are unknown."""
    inputs, output = inference.inputs.get(node.id), inference.output(node)
    if inputs is None or output is None:
        return None
    return node.layer.cost(node.params, inputs, output)


def total_cost(graph: Graph, inference: Inference) -> Total:
    """Add up all nodes whose shapes are known."""
    parameters = macs = activations = 0
    for node in graph.nodes.values():
        cost = node_cost(node, inference)
        output = inference.output(node)
        if cost is not None and output is not None:
            parameters += cost.parameters
            macs += cost.macs
            activations += output.size
    return Total(parameters, macs, activations)


@dataclass(frozen=True, slots=True)
class _Field:
    """Receptive field so far: size and step in input pixels (height, width)."""

    size: tuple[int, int]
    step: tuple[int, int]


def receptive_fields(graph: Graph, inference: Inference) -> Mapping[str, tuple[int, int]]:
    """Give for each map node the (height, width) of input pixels that one output number sees.

    A window of kernel k, dilation d widens the field by (k - 1) · d · step and multiplies the step
    by its stride (Araujo, Norris & Sim, "Computing Receptive Fields of CNNs", Distill 2019); where
    branches meet, the widest counts. A field never exceeds the input.
    """
    fields: dict[str, _Field] = {}
    sizes = _input_size(graph, inference)
    for node_id in graph.order:
        node = graph.nodes[node_id]
        if inference.output(node) is None:
            continue
        before = [
            fields[edge.src.node] for edge in graph.incoming(node_id) if edge.src.node in fields
        ]
        start = _widest(before)
        window = node.layer.window(node.params)
        fields[node_id] = start if window is None else _through(start, window, sizes)
    return {
        node: (min(one.size[0], sizes[0]), min(one.size[1], sizes[1]))
        for node, one in fields.items()
    }  # fmt: skip


def _input_size(graph: Graph, inference: Inference) -> tuple[int, int]:
    for node in graph.sources():
        output = inference.output(node)
        if output is not None and output.is_map:
            return output.shape[0], output.shape[1]
    return 1, 1


def _widest(fields: list[_Field]) -> _Field:
    if not fields:
        return _Field((1, 1), (1, 1))
    size = (max(one.size[0] for one in fields), max(one.size[1] for one in fields))
    step = (max(one.step[0] for one in fields), max(one.step[1] for one in fields))
    return _Field(size, step)


def _through(start: _Field, window: Window, whole: tuple[int, int]) -> _Field:
    if window.everything:
        return _Field(whole, start.step)
    size = tuple(
        start.size[axis] + (window.kernel[axis] - 1) * window.dilation[axis] * start.step[axis]
        for axis in (0, 1)
    )
    step = tuple(start.step[axis] * window.stride[axis] for axis in (0, 1))
    return _Field((size[0], size[1]), (step[0], step[1]))
