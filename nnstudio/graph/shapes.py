"""One node's output type from the types that arrive; `infer` walks these through a graph."""

from __future__ import annotations

from nnstudio.core import words
from nnstudio.core.errors import StudioError
from nnstudio.graph.layer import InsertBefore, Layer, Mismatch
from nnstudio.graph.model import Node
from nnstudio.graph.types import DataSignature, TensorType


def output_type(
    node: Node, arriving: tuple[TensorType, ...], data: DataSignature | None
) -> TensorType:
    """Give the type of an ordinary node's output.

    Args:
        node: A node that is no block.
        arriving: What each link brings, in the order of ports and links.
        data: What the data set offers, for sources and losses.

    Raises:
        Mismatch: The layer cannot take what arrives, or fails over it.
    """
    layer = node.layer
    try:
        if layer.is_source():
            return layer.infer_source(node.params, data)
        _require_numbers(layer, arriving)
        output = layer.infer(node.params, arriving)
        if data is not None and layer.is_loss():
            layer.check_target(node.params, arriving, data.target)
    except (ArithmeticError, LookupError, TypeError, ValueError, StudioError) as error:
        # a layer from elsewhere may have mistakes; they must not take the canvas down
        raise Mismatch(
            f"{layer.title} fails to work out its shape ({type(error).__name__}: {error}).",
            hint="This is a mistake in the layer itself; replace the node, or mend the layer.",
        ) from error
    return output


def _require_numbers(layer: Layer, arriving: tuple[TensorType, ...]) -> None:
    """Refuse symbols where a layer would compute with them."""
    if layer.takes_symbols:
        return
    for index, x in enumerate(arriving):
        if x.is_symbols:
            many = layer.inputs[0].many or len(layer.inputs) == 1
            raise Mismatch(
                f"{layer.title} needs numbers to compute with;"
                f" {words.whole(x.size)} symbols arrive, which only name things.",
                InsertBefore("embedding", "Insert Embedding"),
                hint="Let an Embedding give each symbol numbers of its own.",
                port=layer.inputs[0 if many else index].name,
                index=index if many else 0,
            )


def complaint(node: Node, arriving: tuple[TensorType, ...], data: DataSignature | None) -> str:
    """Give what the node says against what arrives; "" where it is content."""
    try:
        output_type(node, arriving, data)
    except Mismatch as mismatch:
        return mismatch.message
    return ""
