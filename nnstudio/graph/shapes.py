"""One node's output type from the types that arrive; `infer` walks these through a graph."""

from __future__ import annotations

from nnstudio.core.errors import StudioError
from nnstudio.graph.layer import Mismatch
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


def complaint(node: Node, arriving: tuple[TensorType, ...], data: DataSignature | None) -> str:
    """Give what the node says against what arrives; "" where it is content."""
    try:
        output_type(node, arriving, data)
    except Mismatch as mismatch:
        return mismatch.message
    return ""
