"""Filter: a fixed window for blurring, edges or sharpening, the same for every channel."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from pydantic import Field, model_validator

from nnstudio.core import words
from nnstudio.graph.layer import Cost, Example, LayerDoc, LayerParams, Mismatch, SetOwn, Window
from nnstudio.graph.registry import register
from nnstudio.graph.types import TensorType, maps
from nnstudio.kernels.activation import is_small
from nnstudio.kernels.kernel import In1, In3, Mod3, Out1, device, kernel
from nnstudio.kernels.maths import share
from nnstudio.kernels.program import Buffer
from nnstudio.layers.contract import Emit, RunnableLayer

_NINE = 9  # numbers that one call of `set_nine` writes


@device
def on_map(at: int, size: int, edge: int) -> int:
    """Give the pixel that stands for place `at`; −1 for a zero.

    Beyond the edge: 0 zeros, 1 the nearest pixel, 2 reflected (the edge pixel doubled).
    """
    place = at
    if at < 0:
        place = -1 if edge == 0 else (0 if edge == 1 else -at - 1)
    elif at >= size:
        place = -1 if edge == 0 else (size - 1 if edge == 1 else 2 * size - 1 - at)
    return place


@kernel
def set_nine(
    taps: Out1,
    at: int,
    a: float,
    b: float,
    c: float,
    d: float,
    e: float,
    f: float,
    g: float,
    h: float,
    i: float,
    tid: int,
    threads: int,
) -> None:
    """Write nine numbers of the window; the first thread does it."""
    first, last = share(1, tid, threads)
    for _ in range(first, last):
        taps[at], taps[at + 1], taps[at + 2] = a, b, c
        taps[at + 3], taps[at + 4], taps[at + 5] = d, e, f
        taps[at + 6], taps[at + 7], taps[at + 8] = g, h, i


@kernel
def filter_rows(
    x: In3,
    taps: In1,
    y: Mod3,
    height: int,
    width: int,
    channels: int,
    side: int,
    edge: int,
    tid: int,
    threads: int,
) -> None:
    """Give the window's weighted sum around each pixel, tap by tap along whole rows."""
    first, last = share(y.shape[0], tid, threads)
    reach = side // 2
    for n in range(first, last):
        for h in range(height):
            for i in range(width * channels):
                y[n, h, i] = 0.0
            for u in range(side):
                row = on_map(h + u - reach, height, edge)
                for v in range(side if row >= 0 else 0):
                    tap = taps[u * side + v]
                    w0, w1 = min(max(0, reach - v), width), max(0, min(width, width + reach - v))
                    shift = (v - reach) * channels
                    for i in range(w0 * channels, w1 * channels):
                        y[n, h, i] += tap * x[n, row, i + shift]
                    for k in range(width - (w1 - w0)):  # the pixels at both ends
                        w = k if k < w0 else k + w1 - w0
                        place = on_map(w + v - reach, width, edge)
                        for c in range(channels if place >= 0 else 0):
                            y[n, h, w * channels + c] += tap * x[n, row, place * channels + c]


@kernel
def filter_rows_gradient(
    dy: In3,
    taps: In1,
    dx: Mod3,
    height: int,
    width: int,
    channels: int,
    side: int,
    edge: int,
    tid: int,
    threads: int,
) -> None:
    """Hand each gradient back to the pixels that its window saw."""
    first, last = share(dx.shape[0], tid, threads)
    reach = side // 2
    for n in range(first, last):
        for h in range(height):
            for i in range(width * channels):
                dx[n, h, i] = 0.0
        for h in range(height):
            for u in range(side):
                row = on_map(h + u - reach, height, edge)
                for v in range(side if row >= 0 else 0):
                    tap = taps[u * side + v]
                    w0, w1 = min(max(0, reach - v), width), max(0, min(width, width + reach - v))
                    shift = (v - reach) * channels
                    for i in range(w0 * channels, w1 * channels):
                        dx[n, row, i + shift] += tap * dy[n, h, i]
                    for k in range(width - (w1 - w0)):  # the pixels at both ends
                        w = k if k < w0 else k + w1 - w0
                        place = on_map(w + v - reach, width, edge)
                        for c in range(channels if place >= 0 else 0):
                            dx[n, row, place * channels + c] += tap * dy[n, h, w * channels + c]


FilterName = Literal[
    "box blur", "Gaussian blur", "Sobel across", "Sobel down", "Laplace", "sharpen", "custom"
]
_FIXED: dict[str, tuple[float, ...]] = {
    "Sobel across": (-1, 0, 1, -2, 0, 2, -1, 0, 1),
    "Sobel down": (-1, -2, -1, 0, 0, 0, 1, 2, 1),
    "Laplace": (0, 1, 0, 1, -4, 1, 0, 1, 0),
    "sharpen": (0, -1, 0, -1, 5, -1, 0, -1, 0),
}
_EDGES = {"zero": 0, "nearest": 1, "reflect": 2}


class FilterParams(LayerParams):
    """Parameters of Filter."""

    filter: FilterName = Field(
        "Gaussian blur",
        title="Filter",
        description="Which window; Sobel across finds upright edges, Sobel down level ones.",
    )
    side: int = Field(
        3,
        title="Side",
        description="Height and width of the two blurs, an odd number; the others have 3.",
        ge=1,
        le=15,
        json_schema_extra={"unit": "px", "step": 2},
    )
    spread: float = Field(
        1.0,
        title="Spread",
        description="Standard deviation of the Gaussian blur.",
        ge=0.1,
        le=10.0,
        json_schema_extra={"unit": "px", "step": 0.1},
    )
    edge: Literal["zero", "nearest", "reflect"] = Field(
        "nearest",
        title="Beyond the edge",
        description="What the window sees there: zeros, the nearest pixel, or the map reflected.",
    )
    numbers: tuple[float, ...] = Field(
        (0, 0, 0, 0, 1, 0, 0, 0, 0),
        title="Numbers",
        description="The window of a custom filter, row by row: 1, 9, 25 or 49 numbers.",
    )

    @model_validator(mode="after")
    def _square(self) -> FilterParams:
        if len(self.numbers) not in {1, 9, 25, 49}:
            raise ValueError(f"A custom window has 1, 9, 25 or 49 numbers, not {len(self.numbers)}")
        if self.side % 2 == 0:
            raise ValueError("The side of a window must be odd")
        return self


def window_of(p: FilterParams) -> tuple[float, ...]:
    """Give the numbers of a filter's window, row by row."""
    if p.filter == "custom":
        return p.numbers
    if p.filter in _FIXED:
        return _FIXED[p.filter]
    line = [1.0] * p.side
    if p.filter == "Gaussian blur":
        reach = p.side // 2
        line = [math.exp(-0.5 * (at / p.spread) ** 2) for at in range(-reach, reach + 1)]
    total = sum(line)
    return tuple(a * b / total**2 for a in line for b in line)


def _side(p: FilterParams) -> int:
    return math.isqrt(len(window_of(p)))


@register
class Filter(RunnableLayer):
    """A convolution of each channel with a window that is not learned."""

    kind = "filter"
    title = "Filter"
    category = "linear"
    prefix = "filter"
    params = FilterParams
    doc = LayerDoc(
        summary="Slides one fixed window over each channel: blur, edges, sharpen, or your own.",
        use="To see what a convolution does before any is learned, to blur before shrinking, or to"
        " feed edges to a small net.",
        pitfalls="Nothing here is learned. Edges come out positive and negative: a ReLU behind it"
        " drops half of them.",
        formula=r"y_{i,j,c} = \sum_{u,v} w_{u,v}\, x_{i + u,\; j + v,\; c}",
        source="Sobel & Feldman 1968 for the Sobel windows; a correlation, as scipy.ndimage's"
        " correlate, with its modes constant, nearest and reflect",
    )
    examples = (
        Example({}, (maps(4, 5, 3),)),
        Example({"filter": "box blur", "side": 5, "edge": "reflect"}, (maps(5, 4, 2),)),
        Example({"filter": "Sobel across", "edge": "zero"}, (maps(4, 4, 1),)),
        Example({"filter": "Laplace", "edge": "reflect"}, (maps(3, 5, 17),)),
        Example({"filter": "custom", "numbers": [1, 0, 2, 0, -1, 3, 0.5, 0, 0]}, (maps(4, 3, 2),)),
    )

    def headline(self, p: FilterParams) -> str:
        return p.filter[0].upper() + p.filter[1:] if p.filter != "custom" else "Custom filter"

    def essentials(self, p: FilterParams) -> str:
        side = _side(p)
        return f"{side}×{side} · edge {p.edge}"

    def infer(self, p: FilterParams, inputs: tuple[TensorType, ...]) -> TensorType:
        (x,) = inputs
        if not x.is_map:
            raise Mismatch(
                f"Filter needs a map (height × width × channels); {words.whole(x.size)} numbers"
                " arrive flat.",
                hint="Put it before Flatten, or a Reshape before it.",
                port="x",
            )
        reach, least = _side(p) // 2, min(x.shape[:2])
        if p.edge == "reflect" and reach > least:
            raise Mismatch(
                f"A window of {_side(p)}×{_side(p)} reaches {reach} px beyond the edge; a map of"
                f" {x.shape[0]}×{x.shape[1]} has not so many to reflect.",
                SetOwn("edge", "nearest", "Repeat the nearest pixel"),
                port="x",
            )
        return x

    def cost(self, p: FilterParams, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        side = _side(p)
        places = "·".join(map(str, output.shape))
        macs = side * side * output.size
        line = f"{side}·{side}·{places} = {words.whole(macs)} MACs"
        return Cost(0, macs, ("0 parameters", line))

    def window(self, p: FilterParams) -> Window:
        return Window((_side(p), _side(p)))

    def forward(self, e: Emit) -> None:
        taps = _taps(e)
        e.saved["taps"] = taps
        sizes = *e.out.shape[1:], _side(e.p), _EDGES[e.p.edge]
        views = e.x[0].rows(), taps.vector(), e.out.rows()
        e.program.call(filter_rows, *views, *sizes, label="filter", serial=is_small(e.out))

    def backward(self, e: Emit) -> None:
        dx = e.dx[0]
        if dx is not None:
            sizes = *dx.shape[1:], _side(e.p), _EDGES[e.p.edge]
            views = e.grad.rows(), e.saved["taps"].vector(), dx.rows()
            e.program.call(
                filter_rows_gradient, *views, *sizes, label="filter gradient", serial=is_small(dx)
            )


def _taps(e: Emit) -> Buffer:
    """Add what writes the window's numbers into a buffer."""
    numbers = window_of(e.p)
    whole: Sequence[float] = (*numbers, *(0.0,) * (-len(numbers) % _NINE))
    taps = e.program.buffer(f"{e.out.name}.window", (len(whole),))
    for at in range(0, len(whole), _NINE):
        e.program.call(set_nine, taps.vector(), at, *whole[at : at + _NINE], serial=True)
    return taps
