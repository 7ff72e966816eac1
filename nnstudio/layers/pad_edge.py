"""Edge pad: a border made of the map itself, repeated or reflected, instead of zeros."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from nnstudio.core import words
from nnstudio.graph.layer import (
    Cost,
    Example,
    InsertBefore,
    LayerDoc,
    LayerParams,
    Mismatch,
    Remedy,
    SetOwn,
)
from nnstudio.graph.registry import register
from nnstudio.graph.types import TensorType, maps
from nnstudio.kernels.border import emit_border, emit_border_gradient
from nnstudio.layers.contract import Emit, RunnableLayer

_Edge = Annotated[int, Field(ge=0, le=4096)]


class EdgePadParams(LayerParams):
    """Parameters of Edge pad."""

    edges: tuple[_Edge, _Edge, _Edge, _Edge] = Field(
        (1, 1, 1, 1),
        title="Edges",
        description="Rows above and below, columns on the left and on the right.",
        json_schema_extra={"unit": "px", "step": 1},
    )
    method: Literal["nearest", "reflect"] = Field(
        "reflect",
        title="Method",
        description="Repeat the pixel at the edge, or reflect the map about it.",
    )


@register
class EdgePad(RunnableLayer):
    """A map with a border of its own pixels."""

    kind = "edge_pad"
    title = "Edge pad"
    category = "shape"
    prefix = "edgepad"
    params = EdgePadParams
    doc = LayerDoc(
        summary="Sets a border around a map that repeats or reflects its own pixels.",
        use="Before a Conv with padding valid, where a frame of zeros would show: generated or"
        " sharpened pictures, and filters.",
        pitfalls="It copies the whole map, which zeros in the Conv's own padding do not. Reflecting"
        " needs maps larger than the border.",
        formula=r"y_{i,j,c} = x_{\rho(i - t),\; \rho(j - l),\; c},\quad"
        r" \rho(-k) = 0 \text{ or } k",
        source="Reflecting leaves the edge itself single, as torch's ReflectionPad2d",
    )
    examples = (
        Example({}, (maps(3, 4, 2),)),
        Example({"edges": [2, 0, 1, 3], "method": "nearest"}, (maps(2, 3, 5),)),
        Example({"edges": [0, 2, 3, 1]}, (maps(4, 4, 17),)),
    )

    def essentials(self, p: EdgePadParams) -> str:
        same = len(set(p.edges)) == 1
        sizes = f"{p.edges[0]} on each side" if same else " · ".join(map(str, p.edges))
        return f"{p.method} · {sizes}"

    def infer(self, p: EdgePadParams, inputs: tuple[TensorType, ...]) -> TensorType:
        (x,) = inputs
        if not x.is_map:
            reshape = InsertBefore("reshape", "Make it a map of one row", {"shape": [1, x.size, 1]})
            raise Mismatch(
                f"Edge pad needs a map (height × width × channels); {words.whole(x.size)} numbers"
                " arrive flat.",
                *((reshape,) if x.is_flat and p.method == "nearest" else ()),
                hint="Put it before Flatten.",
                port="x",
            )
        height, width, channels = x.shape
        top, bottom, left, right = p.edges
        if p.method == "reflect" and (max(top, bottom) >= height or max(left, right) >= width):
            raise Mismatch(
                f"Edge pad reflects {max(p.edges)} px; a map of {height}×{width} has not so many"
                " beside its edge.",
                *_smaller(p, height, width),
                port="x",
            )
        return maps(height + top + bottom, width + left + right, channels)

    def cost(self, p: EdgePadParams, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        sizes = "·".join(map(str, output.shape))
        return Cost(arithmetic=(f"{sizes} = {words.whole(output.size)} numbers, nothing computed",))

    def shape_lines(
        self, p: EdgePadParams, inputs: tuple[TensorType, ...], output: TensorType
    ) -> tuple[str, ...]:
        (height, width, _), (top, bottom, left, right) = inputs[0].shape, p.edges
        return (
            rf"H: {top} + {height} + {bottom} = \mathbf{{{output.shape[0]}}}",
            rf"W: {left} + {width} + {right} = \mathbf{{{output.shape[1]}}}",
        )

    def forward(self, e: Emit) -> None:
        emit_border(e.program, e.x[0], e.out, _corner(e), reflect=e.p.method == "reflect")

    def backward(self, e: Emit) -> None:
        if e.dx[0] is not None:
            reflect = e.p.method == "reflect"
            emit_border_gradient(e.program, e.grad, e.dx[0], _corner(e), reflect=reflect)


def _smaller(p: EdgePadParams, height: int, width: int) -> tuple[Remedy, ...]:
    """Offer the nearest pixel, and the largest border that can be reflected."""
    top, bottom, left, right = p.edges
    rows, columns = height - 1, width - 1
    edges = [min(top, rows), min(bottom, rows), min(left, columns), min(right, columns)]
    text = ", ".join(map(str, edges))
    return (
        SetOwn("method", "nearest", "Repeat the nearest pixel"),
        SetOwn("edges", list(edges), f"Set edges to {text}"),
    )


def _corner(e: Emit) -> tuple[int, int]:
    """Give the rows above the map and the columns on its left."""
    p: EdgePadParams = e.p
    return p.edges[0], p.edges[2]
