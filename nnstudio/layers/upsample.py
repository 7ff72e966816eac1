"""Upsample: a larger map, by repeating pixels or by straight lines between them."""

from __future__ import annotations

import math
from typing import Literal

from pydantic import Field

from nnstudio.core import words
from nnstudio.graph.layer import Cost, Example, LayerDoc, LayerParams, Mismatch
from nnstudio.graph.registry import register
from nnstudio.graph.types import TensorType, maps
from nnstudio.kernels.activation import is_small
from nnstudio.kernels.kernel import In4, Mod4, Out4, device, kernel
from nnstudio.kernels.maths import share
from nnstudio.layers.contract import Emit, RunnableLayer
from nnstudio.layers.window_fields import PairField
from nnstudio.layers.windows import by


@device
def between(at: int, factor: int, size: int) -> tuple[int, int, float]:
    """Give the two places that an output pixel lies between, and the weight of the second.

    Pixel centres lie at halves, so output `at` is input (at + 0.5) / factor − 0.5.
    """
    place = max((float(at) + 0.5) / float(factor) - 0.5, 0.0)
    low = min(math.floor(place), size - 1)
    return low, min(low + 1, size - 1), place - float(low)


@kernel
def repeat_pixels(
    x: In4,
    y: Out4,
    height: int,
    width: int,
    channels: int,
    down: int,
    right: int,
    tid: int,
    threads: int,
) -> None:
    """Give every pixel down × right times; `height` and `width` are those of y."""
    first, last = share(y.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for w in range(width):
                for c in range(channels):
                    y[n, h, w, c] = x[n, h // down, w // right, c]


@kernel
def sum_pixels(
    dy: In4,
    dx: Mod4,
    height: int,
    width: int,
    channels: int,
    down: int,
    right: int,
    tid: int,
    threads: int,
) -> None:
    """Sum the gradients of all copies of a pixel; `height` and `width` are those of dx."""
    first, last = share(dx.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for w in range(width):
                for c in range(channels):
                    dx[n, h, w, c] = 0.0
                for i in range(down):
                    for j in range(right):
                        for c in range(channels):
                            dx[n, h, w, c] += dy[n, h * down + i, w * right + j, c]


@kernel
def blend_pixels(
    x: In4,
    y: Out4,
    height: int,
    width: int,
    channels: int,
    down: int,
    right: int,
    tid: int,
    threads: int,
) -> None:
    """Give weighted means of the four nearest pixels; `height` and `width` are those of y."""
    first, last = share(y.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            h0, h1, s = between(h, down, height // down)
            for w in range(width):
                w0, w1, t = between(w, right, width // right)
                for c in range(channels):
                    top = x[n, h0, w0, c] * (1.0 - t) + x[n, h0, w1, c] * t
                    bottom = x[n, h1, w0, c] * (1.0 - t) + x[n, h1, w1, c] * t
                    y[n, h, w, c] = top * (1.0 - s) + bottom * s


@kernel
def blend_pixels_gradient(
    dy: In4,
    dx: Mod4,
    height: int,
    width: int,
    channels: int,
    down: int,
    right: int,
    tid: int,
    threads: int,
) -> None:
    """Hand each gradient back to the four pixels; `height` and `width` are those of dy."""
    first, last = share(dx.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height // down):
            for w in range(width // right):
                for c in range(channels):
                    dx[n, h, w, c] = 0.0
        for h in range(height):
            h0, h1, s = between(h, down, height // down)
            for w in range(width):
                w0, w1, t = between(w, right, width // right)
                for c in range(channels):
                    top, bottom = dy[n, h, w, c] * (1.0 - s), dy[n, h, w, c] * s
                    dx[n, h0, w0, c] += top * (1.0 - t)
                    dx[n, h0, w1, c] += top * t
                    dx[n, h1, w0, c] += bottom * (1.0 - t)
                    dx[n, h1, w1, c] += bottom * t


class UpsampleParams(LayerParams):
    """Parameters of Upsample."""

    factor: PairField = Field(
        (2, 2),
        title="Factor",
        description="How many times as high and as wide the map becomes.",
        json_schema_extra={"unit": "×", "step": 1},
    )
    method: Literal["nearest", "bilinear"] = Field(
        "nearest",
        title="Method",
        description="Repeat the nearest pixel, or blend the four nearest.",
    )


@register
class Upsample(RunnableLayer):
    """The opposite of pooling."""

    kind = "upsample"
    title = "Upsample"
    category = "shape"
    prefix = "up"
    params = UpsampleParams
    doc = LayerDoc(
        summary="Makes a map larger by whole factors.",
        use="In decoders and U-shaped nets, with a Conv behind it that adds the detail: no"
        " chequerboard, which transposed convolutions often leave.",
        pitfalls="It adds no information, and the layers behind it cost as many times more as the"
        " map has become larger.",
        formula=r"y_{i,j,c} = x_{\lfloor i / S \rfloor,\; \lfloor j / S \rfloor,\; c}",
        source="Odena, Dumoulin & Olah 2016, Deconvolution and Checkerboard Artifacts; bilinear"
        " with pixel centres at halves (torch's align_corners=False)",
    )
    examples = (
        Example({}, (maps(3, 4, 2),)),
        Example({"factor": [3, 1]}, (maps(2, 3, 5),)),
        Example({"method": "bilinear"}, (maps(3, 4, 3),)),
        Example({"method": "bilinear", "factor": [3, 2]}, (maps(2, 1, 17),)),
    )

    def essentials(self, p: UpsampleParams) -> str:
        return f"{by(p.factor)} · {p.method}"

    def infer(self, p: UpsampleParams, inputs: tuple[TensorType, ...]) -> TensorType:
        (x,) = inputs
        if not x.is_map:
            raise Mismatch(
                f"Upsample needs a map (height × width × channels); {words.whole(x.size)} numbers"
                " arrive flat.",
                hint="Put it before Flatten, or a Reshape before it.",
                port="x",
            )
        return maps(x.shape[0] * p.factor[0], x.shape[1] * p.factor[1], x.shape[2])

    def cost(self, p: UpsampleParams, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        if p.method == "nearest":
            return Cost(arithmetic=(f"0 parameters, {words.whole(output.size)} numbers copied",))
        sizes = "·".join(map(str, output.shape))
        macs = 4 * output.size
        return Cost(0, macs, ("0 parameters", f"4·{sizes} = {words.whole(macs)} MACs"))

    def shape_lines(
        self, p: UpsampleParams, inputs: tuple[TensorType, ...], output: TensorType
    ) -> tuple[str, ...]:
        (height, width, _), (down, right) = inputs[0].shape, p.factor
        return (
            r"O = S \cdot N",
            rf"H: {down} \cdot {height} = \mathbf{{{output.shape[0]}}}",
            rf"W: {right} \cdot {width} = \mathbf{{{output.shape[1]}}}",
        )

    def forward(self, e: Emit) -> None:
        function = repeat_pixels if e.p.method == "nearest" else blend_pixels
        views = e.x[0].maps(), e.out.maps()
        sizes = e.out.shape[1:]
        e.program.call(function, *views, *sizes, *e.p.factor, serial=is_small(e.out))

    def backward(self, e: Emit) -> None:
        dx = e.dx[0]
        if dx is None:
            return
        nearest = e.p.method == "nearest"
        function = sum_pixels if nearest else blend_pixels_gradient
        sizes = dx.shape[1:] if nearest else e.grad.shape[1:]
        views = e.grad.maps(), dx.maps()
        e.program.call(function, *views, *sizes, *e.p.factor, serial=is_small(e.grad))
