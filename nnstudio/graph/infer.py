"""Shape inference for unfinished and broken graphs: each path is followed to its first bad link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from nnstudio.core.errors import StudioError
from nnstudio.graph import checks
from nnstudio.graph.blocks import expand_card
from nnstudio.graph.layer import Mismatch
from nnstudio.graph.model import Edge, Graph, Node, PortRef, apply_values
from nnstudio.graph.problems import Problem, Scene, problem_of
from nnstudio.graph.registry import UnknownParams
from nnstudio.graph.shapes import output_type
from nnstudio.graph.types import DataSignature, TensorType

_OUTSIDE = "\x00outside"  # stands for what feeds a block, while one looks inside


@dataclass(frozen=True, slots=True)
class Inside:
    """What is known about the inside of a block.

    Attributes:
        graph: The inside with all copies, made flat; node ids as `blocks.expand` gives them.
            A stand-in, without cost, feeds each input of the card.
        inference: The types and problems there.
        exits: For each output of the card, the inner output it stands for.
    """

    graph: Graph
    inference: Inference
    exits: Mapping[str, PortRef]


@dataclass(frozen=True, slots=True)
class Inference:
    """What is known about a graph.

    Attributes:
        types: The type at each output that could be worked out.
        inputs: For each node whose inputs are all known, their types in port order.
        problems: Everything that is wrong, one a cause, in the order of the graph.
        inside: For each block whose inputs are known, what is known about its inside.
        source: Which graph and data this is about, so that the next inference can begin here.
        firsts: The types of first outputs by node, where they were looked up already.
    """

    types: Mapping[PortRef, TensorType] = field(default_factory=dict)
    inputs: Mapping[str, tuple[TensorType, ...]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    inside: Mapping[str, Inside] = field(default_factory=dict)
    source: tuple[Graph, DataSignature | None] | None = field(
        default=None, compare=False, repr=False
    )
    firsts: Mapping[str, TensorType] = field(default_factory=dict, compare=False, repr=False)

    def output(self, node: Node) -> TensorType | None:
        """Give the type of a node's first output, or None where it is unknown."""
        found = self.firsts.get(node.id)  # ten times as fast as the way by the port's name
        return self.types.get(_first_output(node)) if found is None else found

    @property
    def runnable(self) -> bool:
        """Whether nothing keeps this graph from running."""
        return not any(problem.severity != "advice" for problem in self.problems)

    def first_obstacle(self) -> Problem | None:
        """Give the first problem that keeps the graph from running."""
        return next((problem for problem in self.problems if problem.severity != "advice"), None)


def stand_in(port: str) -> PortRef:
    """Give the output that stands, inside a block, for what comes in at a port of its card."""
    return PortRef(_OUTSIDE + port, "y")


def _first_output(node: Node) -> PortRef:
    outputs = node.layer.outputs
    return PortRef(node.id, outputs[0].name if outputs else "")


def infer(
    graph: Graph, data: DataSignature | None = None, before: Inference | None = None
) -> Inference:
    """Work out all types of a graph and everything that is wrong with it.

    Args:
        graph: Any graph: empty, unfinished, with loops, with unknown layers.
        data: What the data set offers; None when there is none yet.
        before: What was known before an edit; layers that are as they were are not asked again.

    Returns:
        The types before the first bad link of each path, and the problems.
    """
    walk = _Walk(graph, data, checks.all_known(graph) and not graph.sources())
    if before is not None and before.source is not None and before.source[1] == data:
        walk.old_nodes, walk.old = before.source[0].nodes, before
    walk.problems.extend(checks.loops(graph))
    walk.run()
    walk.problems.extend(checks.whole_graph(graph, data, walk.types))
    return replace(walk.result(), source=(graph, data))


def infer_inside(card: Node, around: Inference) -> Inference:
    """Work out what is known inside a block, by the ids that its nodes have there.

    Args:
        card: The block.
        around: What is known about the graph in which it stands.

    Returns:
        What is known about `card.block.graph`; of several copies, about the first.
    """
    if card.block is None:
        return Inference()
    try:
        inner = apply_values(card.block)
    except StudioError as error:
        return Inference(problems=(Problem("", "error", error.sentence),))
    data = None if around.source is None else around.source[1]
    nodes, edges = dict(inner.nodes), []
    for port, refs in card.block.inputs.items():
        outside = stand_in(port)
        nodes[outside.node] = Node(outside.node, _OUTSIDE, UnknownParams())
        edges += [Edge(outside, ref) for ref in refs if ref.node in inner.nodes]
    walk = _Walk(Graph(nodes, (*edges, *inner.edges)), data)
    for port, brought in zip(card.block.inputs, around.inputs.get(card.id, ()), strict=False):
        walk.types[stand_in(port)] = brought
    walk.problems.extend(checks.loops(walk.graph))
    walk.run()
    return replace(walk.result(), source=(card.block.graph, data))


@dataclass(slots=True)
class _Walk:
    """One walk through a graph from its sources on.

    Attributes:
        without_input: Whether there is no source at all, which is then said once for all nodes
            that nothing leads to.
    """

    graph: Graph
    data: DataSignature | None
    without_input: bool = False
    types: dict[PortRef, TensorType] = field(default_factory=dict)
    inputs: dict[str, tuple[TensorType, ...]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    inside: dict[str, Inside] = field(default_factory=dict)
    taken: set[str] = field(init=False)
    old_nodes: Mapping[str, Node] = field(default_factory=dict)
    old: Inference = field(default_factory=Inference)
    firsts: dict[str, TensorType] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.taken = set(self.graph.nodes)

    def result(self) -> Inference:
        problems = tuple(self.problems)
        return Inference(self.types, self.inputs, problems, self.inside, firsts=self.firsts)

    def run(self) -> None:
        for node_id in self.graph.order:
            node = self.graph.nodes[node_id]
            if node.kind == _OUTSIDE:
                continue
            edges = self.graph.incoming(node_id)
            found = [self.types.get(edge.src) for edge in edges]
            arriving = tuple(one for one in found if one is not None)
            complete = len(arriving) == len(found)
            if not (complete and checks.well_linked(node, edges)):
                missing = checks.missing_inputs(self.graph, node)
                if missing is not None:
                    if edges or not self.without_input:
                        self.problems.append(missing)
                    continue
            if complete:
                self.inputs[node_id] = arriving
                self.visit(node, arriving)
            elif not node.known:
                self.visit(node, arriving)

    def visit(self, node: Node, arriving: tuple[TensorType, ...]) -> None:
        """Work out one node's output, or its problem."""
        if node.block is not None:
            self.enter(node, arriving)
            return
        output = _first_output(node)
        known = self.remembered(node, arriving, output)
        try:
            found = output_type(node, arriving, self.data) if known is None else known
            self.types[output] = self.firsts[node.id] = found
        except Mismatch as mismatch:
            scene = Scene(self.graph, node, self.types, self.data)
            self.problems.append(problem_of(scene, mismatch))

    def remembered(
        self, node: Node, arriving: tuple[TensorType, ...], output: PortRef
    ) -> TensorType | None:
        """Give the output of a node that was there before with the same inputs."""
        old = self.old_nodes.get(node.id)
        if old is None or old.params is not node.params or old.kind != node.kind:
            return None
        return self.old.types.get(output) if self.old.inputs.get(node.id) == arriving else None

    def enter(self, card: Node, arriving: tuple[TensorType, ...]) -> None:
        """Walk through the inside of a block; what is wrong there is reported at its card."""
        try:
            inside = self.explored(card, arriving)
        except StudioError as error:
            self.problems.append(Problem(card.id, "error", error.sentence))
            return
        if any("/" in node and node in self.taken for node in inside.graph.nodes):
            message = f"'{card.label}' holds a node whose id stands outside of it too."
            self.problems.append(Problem(card.id, "error", message, "Delete one and add it again."))
            return
        self.taken.update(inside.graph.nodes)
        found = inside.inference
        self.problems.extend(_seen_from_outside(card, problem) for problem in found.problems)
        for port, inner in inside.exits.items():
            if inner in found.types:
                self.types[PortRef(card.id, port)] = found.types[inner]
            elif not found.problems:
                message = f"The output '{port}' of '{card.label}' leads to nothing inside."
                self.problems.append(Problem(card.id, "error", message))
        self.inside[card.id] = inside

    def explored(self, card: Node, arriving: tuple[TensorType, ...]) -> Inside:
        """Give what is known about the inside of a block, as much as possible from before.

        Raises:
            StudioError: The block does not fit together.
        """
        old, before = self.old.inside.get(card.id), self.old_nodes.get(card.id)
        same = before is not None and before.block is card.block and before.label == card.label
        if old is not None and same and self.old.inputs.get(card.id) == arriving:
            return old
        if old is not None and same:
            flat, exits = old.graph, old.exits
        else:
            flat, leading = expand_card(_alone(card))
            exits = {ref.port: inner for ref, inner in leading.items()}
        walk = _Walk(flat, self.data)
        if old is not None:
            walk.old_nodes, walk.old = old.graph.nodes, old.inference
        walk.problems.extend(checks.loops(flat))
        for edge, brought in zip(self.graph.incoming(card.id), arriving, strict=True):
            walk.types[stand_in(edge.dst.port)] = brought
        walk.run()
        return Inside(flat, walk.result(), exits)


def _alone(card: Node) -> Graph:
    """Give a graph of one card, each input fed by a stand-in whose type is known beforehand."""
    nodes = {card.id: card}
    edges = []
    for port in card.layer.inputs:
        outside = stand_in(port.name)
        nodes[outside.node] = Node(outside.node, _OUTSIDE, UnknownParams())
        edges.append(Edge(outside, PortRef(card.id, port.name)))
    return Graph(nodes, tuple(edges))


def _seen_from_outside(card: Node, problem: Problem) -> Problem:
    inner = problem.node.removeprefix(card.id)
    named = f"'{card.label}{inner}'"
    return Problem(
        card.id,
        problem.severity,
        problem.message if named in problem.message else f"Inside {named}: {problem.message}",
        "Enter the block to mend it.",
    )
