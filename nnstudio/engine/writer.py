"""Writes a network's forward and backward pass as the operations of a program."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import cast

from nnstudio.core.random import stream_key
from nnstudio.engine.carried import Carried
from nnstudio.engine.passes import ALL_PASSES, Passes
from nnstudio.engine.weights import Weights
from nnstudio.graph.infer import Inference
from nnstudio.graph.model import Graph, Node
from nnstudio.kernels.kernel import WHOLE
from nnstudio.kernels.moves import add_into, clear_halo, copy
from nnstudio.kernels.program import NO_HALO, Buffer, Halo, Program
from nnstudio.layers.contract import Emit, RunnableLayer


def runnable(node: Node) -> RunnableLayer:
    """Give a node's layer as one that runs; inference has refused all others."""
    return cast(RunnableLayer, node.layer)


@dataclass
class Writer:
    """Writes the nodes of one graph into one program.

    Attributes:
        program: Where operations are added.
        graph: The network, without blocks.
        inference: Its types; nothing may keep it from running.
        weights: The flat vectors.
        batch: Samples per step.
        training: Whether dropout and batch norm behave as in training.
        seed: The run's seed.
        nodes: The nodes to run, each behind its inputs.
        passes: What may be left out.
        carried: What goes on from batch to batch; None where each sample stands for itself.
        values: Output of each node, (batch, …).
        gradients: Gradient of the loss by each node's output.
        emits: What each layer was handed, so that backward finds what forward left.
        kept: Copies of the gradients that `watch` asked for, made by backward.
    """

    program: Program
    graph: Graph
    inference: Inference
    weights: Weights
    batch: int
    training: bool
    seed: int
    nodes: list[str]
    passes: Passes = ALL_PASSES
    carried: Carried | None = None
    values: dict[str, Buffer] = field(default_factory=dict)
    gradients: dict[str, Buffer] = field(default_factory=dict)
    emits: dict[str, Emit] = field(default_factory=dict)
    kept: dict[str, Buffer] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Find the nodes whose gradients matter."""
        trained = {place.node for place in self.weights.trained}
        self._learning: set[str] = set().union(*(self.graph.downstream(one) for one in trained))
        self._watched: set[str] = set()

    def watch(self, nodes: Iterable[str]) -> None:
        """Let the loss and `backward` keep the gradients by these nodes' outputs, in `kept`."""
        self._watched.update(nodes)
        self._learning.update(*(self.graph.downstream(node) for node in self._watched))

    def add_input(self, node: Node) -> Buffer:
        """Make the buffer of a node that the data set fills."""
        kind = self.inference.output(node)
        symbols = kind is not None and kind.is_symbols
        whole = self.program.buffer(node.label, self._shape(node), WHOLE) if symbols else None
        buffer = self.values[node.id] = whole or self._output_buffer(node)
        return buffer

    def forward(self) -> None:
        """Add the forward pass of all layers; inputs must have their buffers already."""
        for node_id in self.nodes:
            node = self.graph.nodes[node_id]
            if not node.layer.is_source() and not node.layer.is_loss():
                self.program.owner = node_id
                self._forward(node)
        self.program.owner = ""

    def _forward(self, node: Node) -> None:
        layer = runnable(node)
        inputs = self._inputs(node)
        view = self.passes.view and layer.is_view(node.params, self.training)
        if view and inputs[0].halo == NO_HALO and self._halo_wanted(node) == NO_HALO:
            shape = self._shape(node)
            self.values[node.id] = Buffer(f"{node.label}", shape, base=inputs[0])
            return
        emit = self._emit(node, inputs, self._output_buffer(node))
        self.values[node.id] = emit.out
        layer.forward(emit)

    def loss(self, node: Node, target: Buffer, loss: Buffer, gradient: float | None) -> None:
        """Add a loss, and the gradient of `gradient` times the samples' sum by its scores."""
        self.program.owner = node.id
        emit = self._emit(node, self._inputs(node), None)
        emit.target, emit.loss = target, loss
        layer = runnable(node)
        layer.forward(emit)
        if gradient is not None:
            emit.gradient_scale = gradient
            emit.dx = tuple(self._wanted(edge.src.node) for edge in self.graph.incoming(node.id))
            layer.backward(emit)
        self.program.owner = ""

    def backward(self) -> None:
        """Add the backward pass of all layers behind the loss, the last layer first."""
        for node_id in reversed(self.nodes):
            node = self.graph.nodes[node_id]
            emit = self.emits.get(node_id)
            self.program.owner = node_id
            if node_id in self._watched and node_id in self.gradients:
                self._keep(node)
            if node_id not in self.gradients or node.layer.is_source() or node.layer.is_loss():
                continue
            if emit is None:
                self._backward_of_view(node)
                continue
            emit.dy = self.gradients[node_id]
            emit.dweights = self._weight_gradients(node)
            self._backward(node, emit)
        self.program.owner = ""

    def _weight_gradients(self, node: Node) -> dict[str, Buffer]:
        """Give where the gradients by a node's trained arrays go; what is always 0 stays so."""
        buffers = self.weights.buffers(node.id, "gradients")
        if self.passes.biases and self.training and self._loses_mean(node):
            buffers.pop(runnable(node).shift(node.params), None)
        return buffers

    def _loses_mean(self, node: Node) -> bool:
        """Whether all that read a node's output take the mean of each channel away first."""
        for edge in self.graph.outgoing(node.id):
            reader = self.graph.nodes[edge.dst.node]
            first = edge.dst.port == reader.layer.inputs[0].name
            if not (first and runnable(reader).takes_mean(reader.params)):
                return False
        return True

    def _keep(self, node: Node) -> None:
        """Add a copy of a gradient that is whole now; later ops may use its memory otherwise."""
        gradient = self.gradients[node.id]
        kept = self.program.buffer(f"{node.label} gradient kept", gradient.shape)
        copy(self.program, gradient, kept)
        self.kept[node.id] = kept

    def from_outside(self, node_id: str) -> Buffer | None:
        """Give the gradient by a node's output, to be filled from outside instead of by a loss.

        None where nothing before the node learns or is watched.
        """
        return self._wanted(node_id)

    def _backward(self, node: Node, emit: Emit) -> None:
        """Add one layer's backward pass; sum where an output feeds several layers."""
        sources = [edge.src.node for edge in self.graph.incoming(node.id)]
        emit.dx = tuple(self._wanted(source) for source in sources)
        runnable(node).backward(emit)
        for source, part in zip(sources, emit.dx, strict=True):
            if part is not None and part is not self.gradients[source]:
                add_into(self.program, part, self.gradients[source])

    def _backward_of_view(self, node: Node) -> None:
        """Pass the gradient on: it is the same memory, or must be added to another."""
        source = self.graph.incoming(node.id)[0].src.node
        gradient = self.gradients[node.id]
        if not self._learns(source):
            return
        part = Buffer(f"{source} gradient", self.values[source].shape, base=gradient)
        if source in self.gradients:
            add_into(self.program, part, self.gradients[source])
        else:
            self.gradients[source] = part

    def _wanted(self, source: str) -> Buffer | None:
        """Give the buffer that a layer writes the gradient by the output of `source` to."""
        if not self._learns(source):
            return None
        node = self.graph.nodes[source]
        shape = self.values[source].shape
        if source in self.gradients:
            return self.program.buffer(f"{node.label} gradient part", shape)
        made = self._gradient_buffer(node, shape)
        self.gradients[source] = made
        return made

    def _gradient_buffer(self, node: Node, shape: tuple[int, ...]) -> Buffer:
        layer = runnable(node)
        arriving = self.inference.inputs[node.id]
        halo = layer.gradient_halo(node.params, arriving) if len(shape) == 4 else NO_HALO
        return self._cleared(f"{node.label} gradient", shape, halo)

    def _learns(self, node_id: str) -> bool:
        """Whether trained weights stand at or before a node, so that its gradient matters."""
        return node_id in self._learning and self.values[node_id].dtype != WHOLE

    def _output_buffer(self, node: Node) -> Buffer:
        return self._cleared(node.label, self._shape(node), self._halo_wanted(node))

    def _cleared(self, name: str, shape: tuple[int, ...], halo: Halo) -> Buffer:
        """Make a buffer; its halo is cleared in each step, since the arena's memory is shared."""
        buffer = self.program.buffer(name, shape, halo=halo)
        if halo != NO_HALO:
            clear_halo(self.program, buffer)
        return buffer

    def _shape(self, node: Node) -> tuple[int, ...]:
        output = self.inference.output(node)
        assert output is not None  # the graph was found runnable
        return (self.batch, *output.shape)

    def _halo_wanted(self, node: Node) -> Halo:
        """Give the smallest border that suits all layers that read a node's output."""
        output = self.inference.output(node)
        if output is None or not output.is_map:
            return NO_HALO
        top = bottom = left = right = 0
        for edge in self.graph.outgoing(node.id):
            follower = self.graph.nodes[edge.dst.node]
            if follower.id in self.nodes:
                arriving = self.inference.inputs[follower.id]
                want = runnable(follower).input_halo(follower.params, arriving)
                top, bottom = max(top, want[0]), max(bottom, want[1])
                left, right = max(left, want[2]), max(right, want[3])
        return top, bottom, left, right

    def _inputs(self, node: Node) -> tuple[Buffer, ...]:
        return tuple(self.values[edge.src.node] for edge in self.graph.incoming(node.id))

    def _emit(self, node: Node, inputs: tuple[Buffer, ...], output: Buffer | None) -> Emit:
        emit = Emit(
            self.program,
            node.params,
            inputs,
            output,
            self.weights.buffers(node.id, "values"),
            self.weights.buffers(node.id, "state"),
            self.training,
            stream_key(self.seed, "layer", node.id) & (2**63 - 1),
            self.program.step,
        )
        if self.carried is not None:
            emit.carried = partial(self._kept_rows, self.carried, node.id)
        self.emits[node.id] = emit
        return emit

    def _kept_rows(self, carried: Carried, node: str, name: str, width: int) -> Buffer:
        return carried.buffer(node, name, self.batch, width)
