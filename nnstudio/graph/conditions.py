"""Problems that a graph has only under the conditions of its training: batch size and memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from nnstudio.core import words
from nnstudio.core.errors import StudioError
from nnstudio.graph.cost import Total, node_cost, total_cost
from nnstudio.graph.edits import Edit, Group, ReplaceNode, SetParam
from nnstudio.graph.infer import Inference, infer
from nnstudio.graph.model import Graph, Node, make_node, setting_values
from nnstudio.graph.problems import Problem, Repair, insert_into
from nnstudio.graph.registry import is_known

_BYTES = 4  # float32


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a network will be trained with.

    Attributes:
        batch: Samples a step.
        states: Numbers that the optimiser keeps for each weight.
        memory: Bytes this machine has.
    """

    batch: int
    states: int
    memory: int

    def weight_bytes(self, parameters: int) -> int:
        """Give the memory for weights, their gradients and the optimiser's numbers."""
        return _BYTES * (2 + self.states) * parameters


def under(graph: Graph, inference: Inference, conditions: Conditions) -> Inference:
    """Give what is known about a graph, with what is wrong under some conditions added.

    Args:
        graph: The graph.
        inference: What `infer` found.
        conditions: What it will be trained with.
    """
    found = (*_memory(graph, inference, conditions), *_lone_samples(graph, inference, conditions))
    if not found:
        return inference
    return replace(inference, problems=(*inference.problems, *found))


def _memory(graph: Graph, inference: Inference, conditions: Conditions) -> Iterator[Problem]:
    total = total_cost(graph, inference)
    has = words.byte_count(conditions.memory)
    if conditions.weight_bytes(total.parameters) > conditions.memory:
        yield _heaviest(graph, inference, conditions, total)
        return
    need = total.training_bytes(conditions.batch, conditions.states)
    if need > conditions.memory:
        yield Problem(
            "",
            "error",
            f"Training with a batch of {words.whole(conditions.batch)} needs about"
            f" {words.byte_count(need)}; this machine has {has}.",
            _smaller_batch(conditions, total),
        )


def _smaller_batch(conditions: Conditions, total: Total) -> str:
    fixed = total.training_bytes(0, conditions.states)
    each = total.training_bytes(1, conditions.states) - fixed
    most = (conditions.memory - fixed) // max(each, 1)
    if most < 1:
        return "Shrink the maps: pool earlier, or take larger strides."
    return f"Choose a batch of at most {words.whole(most)}."


def _heaviest(graph: Graph, inference: Inference, conditions: Conditions, total: Total) -> Problem:
    """Name the node with most parameters, with what would make all of them fit."""
    counts = {}
    for node in graph.nodes.values():
        cost = node_cost(node, inference)
        counts[node.id] = 0 if cost is None else cost.parameters
    node = graph.nodes[max(counts, key=lambda one: counts[one])]
    need = words.byte_count(conditions.weight_bytes(total.parameters))
    share = "" if counts[node.id] == total.parameters else f" of {words.whole(total.parameters)}"
    repairs = [
        repair
        for repair in _lighter(graph, inference, node)
        if _fits(graph, repair.edit, inference, conditions)
    ]
    return Problem(
        node.id,
        "error",
        f"'{node.label}' has {words.whole(counts[node.id])}{share} parameters; training them needs"
        f" {need}, this machine has {words.byte_count(conditions.memory)}.",
        "Pool before it, or give it fewer units.",
        tuple(_first_by_kind(repairs)),
    )


def _fits(graph: Graph, edit: Edit, inference: Inference, conditions: Conditions) -> bool:
    try:
        changed, _ = edit.apply(graph)
    except StudioError:
        return False
    known = infer(changed, None if inference.source is None else inference.source[1])
    whole = len(known.types) >= len(inference.types)  # nothing breaks further down
    return whole and conditions.weight_bytes(total_cost(changed, known).parameters) <= (
        conditions.memory
    )


def _first_by_kind(repairs: list[Repair]) -> list[Repair]:
    """Of repairs that differ only in a number keep the first, which changes least."""
    kept: dict[str, Repair] = {}
    for repair in repairs:
        words_only = " ".join(word for word in repair.label.split() if not word[0].isdigit())
        kept.setdefault(words_only, repair)
    return list(kept.values())


def _lighter(graph: Graph, inference: Inference, node: Node) -> Iterator[Repair]:
    """Offer pooling in front of the map's Flatten, then fewer units, the mildest first."""
    flatten = _flatten_before(graph, node)
    if flatten is not None and is_known("global_avg_pool"):
        (edge,) = graph.incoming(flatten.id)
        arriving = inference.types.get(edge.src)
        side = 0 if arriving is None or not arriving.is_map else min(arriving.shape[:2])
        for size in (2, 4, 8, 16, 32):
            if size <= side:
                label = f"Insert Max pool {size}×{size}"
                pool = {"window": [size, size], "stride": [size, size], "floor": True}
                yield Repair(label, _group(label, insert_into(graph, edge, "max_pool", pool)))
        if side:
            label = f"Make {flatten.label} a Global average pool"
            pooled = make_node("global_avg_pool", flatten.id, flatten.name, flatten.pos)
            yield Repair(label, Group(label, (ReplaceNode(pooled),)))
    param = node.layer.width_param
    if param and node.block is None:
        width = 1 << (int(setting_values(node)[param]) - 1).bit_length()
        while width > 1:
            width //= 2
            label = f"Set the {param} of {node.label} to {words.whole(width)}"
            yield Repair(label, Group(label, (SetParam(node.id, param, width),)))


def _group(label: str, edit: Edit) -> Group:
    return replace(edit, name=label) if isinstance(edit, Group) else Group(label, (edit,))


def _flatten_before(graph: Graph, node: Node) -> Node | None:
    incoming = graph.incoming(node.id)
    while len(incoming) == 1:
        before = graph.nodes[incoming[0].src.node]
        incoming = graph.incoming(before.id)
        if before.kind == "flatten" and len(incoming) == 1:
            return before
        if before.kind not in {"dropout", "gaussian_noise"}:
            return None
    return None


def _lone_samples(graph: Graph, inference: Inference, conditions: Conditions) -> Iterator[Problem]:
    """Batch norm compares samples of a batch with each other; one alone has nothing to compare.

    Ioffe & Szegedy 2015, "Batch Normalization", algorithm 1: with one number the mean is that
    number, so that it becomes 0 whatever it was.
    """
    if conditions.batch > 1:
        return
    for node in graph.nodes.values():
        inputs = inference.inputs.get(node.id)
        if node.kind != "batch_norm" or not inputs:
            continue
        places = inputs[0].size // inputs[0].shape[-1]
        alone = (
            "each number is its own mean and becomes 0"
            if places == 1
            else f"the mean is that of the {words.whole(places)} places of one sample"
        )
        label = f"Make {node.label} a Layer norm"
        edit = Group(label, (ReplaceNode(make_node("layer_norm", node.id, node.name, node.pos)),))
        yield Problem(
            node.id,
            "advice",
            f"'{node.label}' sees one sample a step (batch 1): {alone}.",
            "Choose a batch of 16 or more.",
            (Repair(label, edit),) if is_known("layer_norm") else (),
        )
