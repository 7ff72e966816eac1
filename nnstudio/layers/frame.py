"""Crop, Slice and Zero pad: a part of a map, or a map inside a larger one of zeros."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from nnstudio.core import words
from nnstudio.graph.layer import (
    Cost,
    Example,
    LayerDoc,
    LayerParams,
    Mismatch,
    SetOwn,
)
from nnstudio.graph.registry import register
from nnstudio.graph.types import TensorType, flat, maps
from nnstudio.kernels.activation import is_small
from nnstudio.kernels.kernel import In4, Out4, kernel
from nnstudio.kernels.maths import share
from nnstudio.kernels.program import Buffer
from nnstudio.layers.contract import Emit, RunnableLayer

Place = tuple[int, int, int]  # (down, right, channels)


@kernel
def shift_map(
    x: In4,
    y: Out4,
    height: int,
    width: int,
    channels: int,
    from_height: int,
    from_width: int,
    from_channels: int,
    down: int,
    right: int,
    deep: int,
    tid: int,
    threads: int,
) -> None:
    """Give y(h, w, c) = x(h + down, w + right, c + deep), and 0 outside of x."""
    first, last = share(y.shape[0], tid, threads)
    c0, c1 = max(0, -deep), min(channels, from_channels - deep)
    for n in range(first, last):
        for h in range(height):
            for w in range(width):
                i, j = h + down, w + right
                if i >= 0 and i < from_height and j >= 0 and j < from_width:
                    for c in range(min(c0, channels)):
                        y[n, h, w, c] = 0.0
                    for c in range(c0, c1):
                        y[n, h, w, c] = x[n, i, j, c + deep]
                    for c in range(max(c1, 0), channels):
                        y[n, h, w, c] = 0.0
                else:
                    for c in range(channels):
                        y[n, h, w, c] = 0.0


def _shift(e: Emit, source: Buffer, target: Buffer, place: Place, label: str) -> None:
    """Add target = source moved by a place; zeros where it does not reach."""
    a, b = _as_map(source), _as_map(target)
    sizes = *b.shape[1:], *a.shape[1:]
    views = a.maps(), b.maps()
    e.program.call(shift_map, *views, *sizes, *place, label=label, serial=is_small(target))


def _as_map(buffer: Buffer) -> Buffer:
    """See flat vectors as maps of one pixel, and sequences as maps of one row."""
    if len(buffer.shape) == 4:
        return buffer
    batch, *sizes = buffer.shape
    shape = (batch, *(1,) * (3 - len(sizes)), *sizes)
    return Buffer(f"{buffer.name} as map", shape, base=buffer)


class _Frame(RunnableLayer):
    """A layer that moves a map against the frame one sees it in."""

    category = "shape"

    def place(self, p: Any) -> Place:
        """Give where in the input the output's corner lies; negative outside."""
        raise NotImplementedError

    def cost(self, p: Any, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        sizes = "·".join(map(str, output.shape))
        return Cost(arithmetic=(f"{sizes} = {words.whole(output.size)} numbers, nothing computed",))

    def shape_lines(
        self, p: Any, inputs: tuple[TensorType, ...], output: TensorType
    ) -> tuple[str, ...]:
        old, new = (r" \times ".join(map(str, one.shape)) for one in (inputs[0], output))
        return (rf"{old} \to \mathbf{{{new}}}",)

    def forward(self, e: Emit) -> None:
        _shift(e, e.x[0], e.out, self.place(e.p), self.kind)

    def backward(self, e: Emit) -> None:
        if e.dx[0] is not None:
            down, right, deep = self.place(e.p)
            _shift(e, e.grad, e.dx[0], (-down, -right, -deep), f"{self.kind} gradient")


def _edge(title: str, description: str) -> Any:
    return Field(
        title=title,
        description=description,
        ge=0,
        le=4096,
        json_schema_extra={"unit": "px", "step": 1},
    )


class CropParams(LayerParams):
    """Parameters of Crop."""

    top: Annotated[int, _edge("Top", "Rows cut off above.")] = 0
    bottom: Annotated[int, _edge("Bottom", "Rows cut off below.")] = 0
    left: Annotated[int, _edge("Left", "Columns cut off on the left.")] = 0
    right: Annotated[int, _edge("Right", "Columns cut off on the right.")] = 0


@register
class Crop(_Frame):
    """A map without some of its edge."""

    kind = "crop"
    title = "Crop"
    prefix = "crop"
    params = CropParams
    doc = LayerDoc(
        summary="Cuts rows and columns off the edges of a map.",
        use="Before Concat in a U-shaped net whose convolutions have no padding, so that both maps"
        " have the same size.",
        pitfalls="What is cut off gets no gradient.",
        formula=r"y_{i,j,c} = x_{i + t,\; j + l,\; c}",
        source="Ronneberger, Fischer & Brox 2015, U-Net",
    )
    examples = (
        Example({"top": 1, "bottom": 2, "left": 1}, (maps(6, 5, 3),)),
        Example({"right": 2}, (maps(3, 3, 17),)),
        Example({}, (maps(2, 3, 2),)),
    )

    def essentials(self, p: CropParams) -> str:
        return _edges(p)

    def place(self, p: CropParams) -> Place:
        return p.top, p.left, 0

    def infer(self, p: CropParams, inputs: tuple[TensorType, ...]) -> TensorType:
        height, width, channels = _map("Crop", inputs[0]).shape
        for size, first, last, what in (
            (height, "top", "bottom", "rows"),
            (width, "left", "right", "columns"),
        ):
            cut = getattr(p, first) + getattr(p, last)
            if cut >= size:
                raise Mismatch(
                    f"Crop cuts off {cut} {what} of a map of {height}×{width}: nothing is left.",
                    *(
                        SetOwn(one, 0, f"Set {one} to 0")
                        for one in (first, last)
                        if getattr(p, one)
                    ),
                    port="x",
                )
        return maps(height - p.top - p.bottom, width - p.left - p.right, channels)


class SliceParams(LayerParams):
    """Parameters of Slice."""

    first: int = Field(
        0,
        title="First",
        description="The first channel (or feature) that is kept, counted from 0.",
        ge=0,
        le=1_000_000,
        json_schema_extra={"step": 1},
    )
    count: int = Field(
        1,
        title="Count",
        description="How many channels (or features) are kept.",
        ge=1,
        le=1_000_000,
        json_schema_extra={"step": 1},
    )


@register
class Slice(_Frame):
    """Some neighbouring channels or features."""

    kind = "slice"
    title = "Slice"
    prefix = "slice"
    params = SliceParams
    doc = LayerDoc(
        summary="Keeps some neighbouring channels of a map, or features of a vector or sequence.",
        use="To send parts of the data through branches of their own, or to name the x, y and z of"
        " a computational graph.",
        pitfalls="The other channels get no gradient from here.",
        formula=r"y_c = x_{f + c},\quad 0 \le c < n",
    )
    examples = (
        Example({"first": 2, "count": 3}, (flat(7),)),
        Example({"first": 1, "count": 2}, (maps(3, 4, 5),)),
        Example({}, (flat(3),)),
        Example({"first": 1, "count": 2}, (TensorType((4, 3), "f4", "TF"),)),
    )

    def essentials(self, p: SliceParams) -> str:
        return f"{p.first} to {p.first + p.count - 1}" if p.count > 1 else f"number {p.first}"

    def place(self, p: SliceParams) -> Place:
        return 0, 0, p.first

    def infer(self, p: SliceParams, inputs: tuple[TensorType, ...]) -> TensorType:
        (x,) = inputs
        channels = x.shape[-1]
        if p.first + p.count > channels:
            what = "channels" if x.is_map else "features"
            raise Mismatch(
                f"Slice wants {what} {p.first} to {p.first + p.count - 1}; there are"
                f" {words.whole(channels)}, counted from 0.",
                *(
                    [SetOwn("count", channels - p.first, f"Keep {channels - p.first}")]
                    if p.first < channels
                    else [SetOwn("first", 0, "Begin at 0")]
                ),
                port="x",
            )
        return TensorType((*x.shape[:-1], p.count), x.dtype, x.layout)


class ZeroPadParams(LayerParams):
    """Parameters of Zero pad."""

    top: Annotated[int, _edge("Top", "Rows of zeros above.")] = 0
    bottom: Annotated[int, _edge("Bottom", "Rows of zeros below.")] = 0
    left: Annotated[int, _edge("Left", "Columns of zeros on the left.")] = 0
    right: Annotated[int, _edge("Right", "Columns of zeros on the right.")] = 0
    channels_before: int = Field(
        0,
        title="Channels before",
        description="Channels (or features) of zeros set in front.",
        ge=0,
        le=65_536,
        json_schema_extra={"step": 1},
    )
    channels_after: int = Field(
        0,
        title="Channels after",
        description="Channels (or features) of zeros set behind.",
        ge=0,
        le=65_536,
        json_schema_extra={"step": 1},
    )


@register
class ZeroPad(_Frame):
    """A map in a larger frame of zeros."""

    kind = "zero_pad"
    title = "Zero pad"
    prefix = "pad"
    params = ZeroPadParams
    doc = LayerDoc(
        summary="Sets zeros around a map, or channels of zeros beside its own.",
        use="In the shortcut of a residual block that grows in channels: an average pool with"
        " stride 2 and these zeros need no weights (ResNet's option A).",
        pitfalls="Conv and pooling have padding of their own, which is quicker. Channels of zeros"
        " learn nothing in the shortcut itself.",
        formula=r"y_{i,j,c} = x_{i - t,\; j - l,\; c - b} \text{ inside, 0 outside}",
        source="He, Zhang, Ren & Sun 2016, Deep Residual Learning, section 3.3",
    )
    examples = (
        Example({"top": 1, "left": 2, "right": 1}, (maps(3, 4, 2),)),
        Example({"channels_before": 2, "channels_after": 3}, (maps(3, 2, 5),)),
        Example({"channels_after": 4}, (flat(3),)),
        Example({"bottom": 2, "channels_before": 1}, (maps(2, 2, 17),)),
    )

    def essentials(self, p: ZeroPadParams) -> str:
        channels = p.channels_before + p.channels_after
        said = [_edges(p)] if p.top or p.bottom or p.left or p.right or not channels else []
        return " · ".join([*said, f"{channels} more channels"] if channels else said)

    def place(self, p: ZeroPadParams) -> Place:
        return -p.top, -p.left, -p.channels_before

    def infer(self, p: ZeroPadParams, inputs: tuple[TensorType, ...]) -> TensorType:
        (x,) = inputs
        more = p.channels_before + p.channels_after
        if not x.is_map and not (p.top or p.bottom or p.left or p.right):
            return TensorType((*x.shape[:-1], x.shape[-1] + more), x.dtype, x.layout)
        height, width, channels = _map("Zero pad", x).shape
        return maps(height + p.top + p.bottom, width + p.left + p.right, channels + more)


def _edges(p: CropParams | ZeroPadParams) -> str:
    edges = (p.top, p.bottom, p.left, p.right)
    if len(set(edges)) == 1:
        return f"{edges[0]} on each side"
    names = ("top", "bottom", "left", "right")
    return " · ".join(f"{name} {edge}" for name, edge in zip(names, edges, strict=True) if edge)


def _map(title: str, x: TensorType) -> TensorType:
    """Give the map that arrives, or raise Mismatch."""
    if not x.is_map:
        raise Mismatch(
            f"{title} needs a map (height × width × channels); {x} numbers arrive"
            f" {'flat' if x.is_flat else 'as a sequence'}.",
            hint="Put it before Flatten, or a Reshape before it.",
            port="x",
        )
    return x
