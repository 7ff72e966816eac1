"""Maxout: of every few neighbouring channels the largest number goes on."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from nnstudio.core import words
from nnstudio.graph.layer import (
    Cost,
    Example,
    LayerDoc,
    LayerParams,
    Mismatch,
    Remedy,
    SetOwn,
    SetWidth,
)
from nnstudio.graph.registry import register
from nnstudio.graph.types import TensorType, flat, maps
from nnstudio.kernels.activation import is_small, row_sizes
from nnstudio.kernels.kernel import In3, Out3, kernel
from nnstudio.kernels.maths import share
from nnstudio.layers.contract import Emit, RunnableLayer


@kernel
def largest_piece(
    x: In3, y: Out3, height: int, length: int, pieces: int, tid: int, threads: int
) -> None:
    """Give the largest of each `pieces` neighbours; NaN stays NaN."""
    first, last = share(y.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                best = x[n, h, i * pieces]
                for k in range(1, pieces):
                    v = x[n, h, i * pieces + k]
                    best = v if v > best or v != v else best  # noqa: PLR0124
                y[n, h, i] = best


@kernel
def largest_piece_gradient(
    x: In3, dy: In3, dx: Out3, height: int, length: int, pieces: int, tid: int, threads: int
) -> None:
    """Hand each gradient to the first largest piece; the others get 0."""
    first, last = share(dx.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                at = i * pieces
                best = at
                for k in range(1, pieces):
                    best = at + k if x[n, h, at + k] > x[n, h, best] else best
                for k in range(pieces):
                    dx[n, h, at + k] = 0.0
                dx[n, h, best] = dy[n, h, i]


class MaxoutParams(LayerParams):
    """Parameters of Maxout."""

    pieces: int = Field(
        2,
        title="Pieces",
        description="How many neighbouring channels compete for one output.",
        ge=1,
        le=256,
        json_schema_extra={"step": 1},
    )


@register
class Maxout(RunnableLayer):
    """The largest of each group of channels."""

    kind = "maxout"
    title = "Maxout"
    category = "non-linear"
    prefix = "maxout"
    params = MaxoutParams
    doc = LayerDoc(
        summary="Divides the channels into groups of neighbours and keeps the largest number of"
        " each group.",
        use="Behind a linear Dense or Conv with pieces · outputs channels: the unit learns its own"
        " convex activation. Goes well with dropout.",
        pitfalls="The layer before it costs as many times more as there are pieces. It does not"
        " shrink height and width: that is what pooling is for.",
        formula=r"y_j = \max_{k < K} x_{j K + k}",
        source="Goodfellow, Warde-Farley, Mirza, Courville & Bengio 2013, Maxout Networks,"
        " section 2; where several pieces are largest, the first gets the gradient",
    )
    examples = (
        Example({}, (flat(14),)),
        Example({"pieces": 3}, (maps(3, 4, 6),)),
        Example({"pieces": 5}, (flat(5),)),
        Example({"pieces": 1}, (maps(2, 2, 3),)),
    )

    def essentials(self, p: MaxoutParams) -> str:
        return f"best of {p.pieces}"

    def infer(self, p: MaxoutParams, inputs: tuple[TensorType, ...]) -> TensorType:
        (x,) = inputs
        channels = x.shape[-1]
        if channels % p.pieces:
            what = "channels" if x.is_map else "features"
            raise Mismatch(
                f"Maxout cannot divide {words.whole(channels)} {what} into groups of {p.pieces}.",
                *_pieces(p, channels),
                port="x",
            )
        return TensorType((*x.shape[:-1], channels // p.pieces), x.dtype, x.layout)

    def cost(self, p: MaxoutParams, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost(arithmetic=(f"0 parameters, {words.whole(inputs[0].size)} numbers compared",))

    def shape_lines(
        self, p: MaxoutParams, inputs: tuple[TensorType, ...], output: TensorType
    ) -> tuple[str, ...]:
        numbers = rf"= {inputs[0].shape[-1]} / {p.pieces} = \mathbf{{{output.shape[-1]}}}"
        return r"C' = C / K", numbers

    def forward(self, e: Emit) -> None:
        args = e.x[0].rows(), e.out.rows(), *row_sizes(e.out), e.p.pieces
        e.program.call(largest_piece, *args, label="maxout", serial=is_small(e.x[0]))

    def backward(self, e: Emit) -> None:
        dx = e.dx[0]
        if dx is not None:
            args = e.x[0].rows(), e.grad.rows(), dx.rows(), *row_sizes(e.grad), e.p.pieces
            e.program.call(
                largest_piece_gradient, *args, label="maxout gradient", serial=is_small(dx)
            )


def _pieces(p: MaxoutParams, channels: int) -> Iterator[Remedy]:
    """Offer the nearest number of pieces that fits, and the next number of channels."""
    divisors = [one for one in range(2, min(channels, 256) + 1) if channels % one == 0]
    for one in sorted(divisors, key=lambda one: abs(one - p.pieces))[:1]:
        yield SetOwn("pieces", one, f"Set pieces to {one}")
    width = -(-channels // p.pieces) * p.pieces
    yield SetWidth(width, f"Give the layer before it {words.whole(width)} outputs")
