"""Whether a block can follow itself: what its copies would get, and what is wrong with that."""

from __future__ import annotations

from nnstudio.core.errors import StudioError
from nnstudio.graph.blocks import expanded_size
from nnstudio.graph.infer import Inference, infer_inside
from nnstudio.graph.model import MAX_NODES, Node
from nnstudio.graph.types import DataSignature, TensorType


def repeat_obstacle(
    card: Node,
    times: int,
    arriving: tuple[TensorType, ...] | None,
    data: DataSignature | None = None,
) -> str:
    """Say why a block cannot stand several times in a row; "" where it can.

    Args:
        card: The block.
        times: How many copies.
        arriving: What comes in, in the order of its inputs; None while that is not known.
        data: What the data set offers.
    """
    block = card.block
    if block is None or times < 2:
        return ""
    ins, outs = len(block.inputs), len(block.outputs)
    if ins != outs or ins == 0:
        return (
            f"'{card.label}' cannot be repeated: each copy must feed the next, and it has"
            f" {ins} inputs and {outs} outputs."
        )
    try:
        size = times * expanded_size(block.graph)
    except StudioError as error:
        return error.sentence
    if size > MAX_NODES:
        return f"{times} copies of '{card.label}' are more than {MAX_NODES:,} layers; choose fewer."
    return "" if arriving is None else _chained(card, times, arriving, data)


def _chained(
    card: Node, times: int, arriving: tuple[TensorType, ...], data: DataSignature | None
) -> str:
    """Follow the shapes from copy to copy, until they stay the same or do not fit."""
    assert card.block is not None
    source = (card.block.graph, data)
    for copy in range(1, times + 1):
        found = infer_inside(card, Inference(inputs={card.id: arriving}, source=source))
        wrong = found.first_obstacle()
        if wrong is not None:
            if copy == 1:
                return ""  # wrong by itself, which is said at its card
            gets = " and ".join(map(str, arriving))
            return f"'{card.label}' cannot follow itself: copy {copy} gets {gets}. {wrong.message}"
        leaving = tuple(found.types.get(ref) for ref in card.block.outputs.values())
        known = tuple(one for one in leaving if one is not None)
        if known == arriving or len(known) < len(leaving):
            return ""
        arriving = known
    return ""
