"""What a whole graph costs: parameters, multiply-adds, memory, receptive fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nnstudio.graph.infer import Inference, stand_in
from nnstudio.graph.layer import Cost, Window
from nnstudio.graph.model import Graph, Node, PortRef
from nnstudio.graph.types import TensorType


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
        """Estimate a training step's memory: activations, gradients, weights, optimiser states."""
        return 4 * (2 * batch * self.activations + (2 + states) * self.parameters)


def node_cost(node: Node, inference: Inference) -> Cost | None:
    """Give the cost of one node, for a block that of its inside; None while shapes are unknown."""
    inside = inference.inside.get(node.id)
    if inside is not None:
        total = total_cost(inside.graph, inside.inference)
        lines = (f"{total.parameters:,} parameters in all {len(inside.inference.inputs)} layers",)
        return Cost(total.parameters, total.macs, lines if total.parameters else ())
    inputs, output = inference.inputs.get(node.id), inference.output(node)
    if inputs is None or output is None:
        return None
    return node.layer.cost(node.params, inputs, output)


def total_cost(graph: Graph, inference: Inference) -> Total:
    """Add up all nodes whose shapes are known."""
    totals = [_total(node, inference) for node in graph.nodes.values()]
    return Total(
        sum(one.parameters for one in totals),
        sum(one.macs for one in totals),
        sum(one.activations for one in totals),
    )


def _total(node: Node, inference: Inference) -> Total:
    inside = inference.inside.get(node.id)
    if inside is not None:
        return total_cost(inside.graph, inside.inference)
    cost, output = node_cost(node, inference), inference.output(node)
    if cost is None or output is None:
        return Total(0, 0, 0)
    return Total(cost.parameters, cost.macs, output.size)


@dataclass(frozen=True, slots=True)
class _Span:
    """Along one axis, output o sees the input's first + o · step to last + o · step."""

    first: int = 0
    last: int = 0
    step: int = 1


_POINT = (_Span(), _Span())
_Field = tuple[_Span, _Span] | None  # along rows and columns; None where all is seen


def receptive_fields(graph: Graph, inference: Inference) -> Mapping[str, tuple[int, int]]:
    """Give for each node the (height, width) of input pixels that one output number sees.

    A window of kernel k and dilation d widens the span by (k - 1) · d · step, begins earlier by
    its padding and multiplies the step by its stride (Araujo, Norris & Sim, "Computing Receptive
    Fields of Convolutional Neural Networks", Distill 2019). Where branches meet, the field spans
    all of theirs. A field never exceeds the input; at the edges an output sees less.
    """
    if not graph.sources():
        return {}  # the inside of a block sees only what comes to it
    height, width = _input_size(graph, inference)
    sizes = {}
    for ref, field in _fields(graph, inference, {}).items():
        rows, columns = field or (_Span(0, height), _Span(0, width))
        sizes[ref.node] = (
            min(rows.last - rows.first + 1, height),
            min(columns.last - columns.first + 1, width),
        )
    return sizes


def _input_size(graph: Graph, inference: Inference) -> tuple[int, int]:
    for node in graph.sources():
        output = inference.output(node)
        if output is not None and output.is_map:
            return output.shape[0], output.shape[1]
    return 1, 1


def _fields(
    graph: Graph, inference: Inference, start: Mapping[PortRef, _Field]
) -> dict[PortRef, _Field]:
    """Give the field at each output of a graph; `start` holds what is known beforehand."""
    fields = dict(start)
    for node_id in graph.order:
        node = graph.nodes[node_id]
        incoming = graph.incoming(node_id)
        inside = inference.inside.get(node_id)
        if inside is not None:
            fed = {stand_in(edge.dst.port): fields.get(edge.src, _POINT) for edge in incoming}
            inner = _fields(inside.graph, inside.inference, fed)
            for port, ref in inside.exits.items():
                if ref in inner:
                    fields[PortRef(node_id, port)] = inner[ref]
            continue
        inputs, output = inference.inputs.get(node_id), inference.output(node)
        if inputs is not None and output is not None and node.layer.outputs:
            before = _joined([fields.get(edge.src, _POINT) for edge in incoming])
            ref = PortRef(node_id, node.layer.outputs[0].name)
            fields[ref] = _through(node, before, inputs, output)
    return fields


def _joined(fields: list[_Field]) -> _Field:
    """Span all branches."""
    if not fields:
        return _POINT
    known = [field for field in fields if field is not None]
    if len(known) < len(fields):
        return None
    rows, columns = ([field[axis] for field in known] for axis in (0, 1))
    return _around(rows), _around(columns)


def _around(spans: list[_Span]) -> _Span:
    return _Span(
        min(span.first for span in spans),
        max(span.last for span in spans),
        max(span.step for span in spans),
    )


def _through(
    node: Node, before: _Field, inputs: tuple[TensorType, ...], output: TensorType
) -> _Field:
    window = node.layer.window(node.params)
    if window is None:
        mixes_all = node.layer.category == "linear"  # a matrix without a window: dense
        return None if mixes_all else before
    if window.everything or before is None or not (inputs and inputs[0].is_map and output.is_map):
        return None
    sizes = (inputs[0].shape, output.shape)
    rows, columns = (_widened(before[axis], window, sizes, axis) for axis in (0, 1))
    return rows, columns


def _widened(
    span: _Span, window: Window, sizes: tuple[tuple[int, ...], tuple[int, ...]], axis: int
) -> _Span:
    stride = window.stride[axis]
    reach = (window.kernel[axis] - 1) * window.dilation[axis]
    if window.before is not None:
        padding = window.before[axis]
    else:
        padding = max(0, (sizes[1][axis] - 1) * stride + reach + 1 - sizes[0][axis]) // 2
    first = span.first - padding * span.step
    return _Span(first, first + span.last - span.first + reach * span.step, span.step * stride)
