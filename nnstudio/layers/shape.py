"""Flatten: the same numbers as a plain vector."""

from __future__ import annotations

from nnstudio.core import words
from nnstudio.graph.layer import Cost, Example, LayerDoc, NoParams
from nnstudio.graph.registry import register
from nnstudio.graph.types import TensorType, flat, maps
from nnstudio.kernels.moves import copy
from nnstudio.kernels.program import Buffer
from nnstudio.layers.contract import Emit, RunnableLayer


@register
class Flatten(RunnableLayer):
    """A view, unless the input has a halo."""

    kind = "flatten"
    title = "Flatten"
    category = "shape"
    shortcut = "V"  # a flat vector; F fits the view
    prefix = "flatten"
    doc = LayerDoc(
        summary="Writes a map's numbers one behind the other as a flat vector.",
        use="Between the last map layer and the first Dense.",
        pitfalls="Large maps become very long vectors, and the next Dense very big: pool first.",
        formula=r"y_{(h W + w) C + c} = x_{h, w, c}",
    )
    examples = (
        Example({}, (maps(3, 4, 2),)),
        Example({}, (maps(1, 1, 5),)),
        Example({}, (flat(6),)),
    )

    def infer(self, p: NoParams, inputs: tuple[TensorType, ...]) -> TensorType:
        return flat(inputs[0].size)

    def cost(self, p: NoParams, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        sizes = "·".join(map(str, inputs[0].shape))
        return Cost(arithmetic=(f"{sizes} = {words.whole(output.size)} numbers, nothing computed",))

    def shape_lines(
        self, p: NoParams, inputs: tuple[TensorType, ...], output: TensorType
    ) -> tuple[str, ...]:
        sizes = r" \cdot ".join(map(str, inputs[0].shape))
        return r"O = H \cdot W \cdot C", rf"= {sizes} = \mathbf{{{output.size}}}"

    def is_view(self, p: NoParams, training: bool) -> bool:
        return True

    def forward(self, e: Emit) -> None:
        x = e.x[0]
        copy(e.program, x, _like(e.out, x))

    def backward(self, e: Emit) -> None:
        if e.dx[0] is not None:
            copy(e.program, _like(e.grad, e.dx[0]), e.dx[0])


def _like(vector: Buffer, other: Buffer) -> Buffer:
    """See a flat buffer with the shape of another."""
    return Buffer(f"{vector.name} as {other.name}", other.shape, base=vector)
