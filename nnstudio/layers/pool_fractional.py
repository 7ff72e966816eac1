"""Fractional max pooling: windows of one or two pixels at random, so that maps shrink gently."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from nnstudio.core import words
from nnstudio.graph.layer import Cost, Example, LayerDoc, LayerParams, Mismatch, Window
from nnstudio.graph.registry import register
from nnstudio.graph.types import TensorType, maps
from nnstudio.kernels.activation import is_small
from nnstudio.kernels.kernel import In4, InIndex1, Mod2, Mod4, device, kernel
from nnstudio.kernels.maths import share
from nnstudio.kernels.random import philox
from nnstudio.layers.contract import Emit, RunnableLayer

_WORD = 2**32
_ONE = 65_536  # the offset u of a sequence is counted in 65,536ths
_HALF = 32_768


@device
def begin(at: int, size: int, count: int, offset: int) -> int:
    """Give where window `at` of `count` begins: ⌊α (at + u)⌋ − ⌊α u⌋ with α = size / count."""
    return size * (at * _ONE + offset) // (count * _ONE) - size * offset // (count * _ONE)


@device
def offsets(n: int, now: int, low: int, high: int, training: int) -> tuple[int, int]:
    """Give the offsets u down and right of one sample; a half in evaluation."""
    a, b, _, _ = philox(0, 0, n, now, low, high)
    half, drop = np.int64(_HALF), np.uint64(16)
    down = np.int64(a >> drop) if training == 1 else half
    right = np.int64(b >> drop) if training == 1 else half
    return int(down), int(right)


@kernel
def fractional_max(
    x: In4,
    y: Mod4,
    step: InIndex1,
    height: int,
    width: int,
    out_height: int,
    out_width: int,
    channels: int,
    more: int,
    low: int,
    high: int,
    training: int,
    tid: int,
    threads: int,
) -> None:
    """Give the largest number of each window; windows share `more` pixels with the next."""
    first, last = share(y.shape[0], tid, threads)
    for n in range(first, last):
        down, right = offsets(n, step[0], low, high, training)
        for i in range(out_height):
            h0 = begin(i, height, out_height, down)
            h1 = min(begin(i + 1, height, out_height, down) + more, height)
            for j in range(out_width):
                w0 = begin(j, width, out_width, right)
                w1 = min(begin(j + 1, width, out_width, right) + more, width)
                for c in range(channels):
                    y[n, i, j, c] = x[n, h0, w0, c]
                for h in range(h0, h1):
                    for w in range(w0, w1):
                        for c in range(channels):
                            v, best = x[n, h, w, c], y[n, i, j, c]
                            y[n, i, j, c] = v if v > best or v != v else best  # noqa: PLR0124


@kernel
def fractional_max_gradient(
    x: In4,
    y: In4,
    dy: In4,
    dx: Mod4,
    rest: Mod2,
    step: InIndex1,
    height: int,
    width: int,
    out_height: int,
    out_width: int,
    channels: int,
    more: int,
    low: int,
    high: int,
    training: int,
    tid: int,
    threads: int,
) -> None:
    """Hand each gradient to the first largest number of its window, in the same windows.

    `rest`, (threads, channels), holds what has not been handed out yet.
    """
    first, last = share(dx.shape[0], tid, threads)
    for n in range(first, last):
        down, right = offsets(n, step[0], low, high, training)
        for h in range(height):
            for w in range(width):
                for c in range(channels):
                    dx[n, h, w, c] = 0.0
        for i in range(out_height):
            h0 = begin(i, height, out_height, down)
            h1 = min(begin(i + 1, height, out_height, down) + more, height)
            for j in range(out_width):
                w0 = begin(j, width, out_width, right)
                w1 = min(begin(j + 1, width, out_width, right) + more, width)
                for c in range(channels):
                    rest[tid, c] = dy[n, i, j, c]
                for h in range(h0, h1):
                    for w in range(w0, w1):
                        for c in range(channels):
                            part = rest[tid, c] if x[n, h, w, c] == y[n, i, j, c] else 0.0
                            dx[n, h, w, c] += part
                            rest[tid, c] -= part


class FractionalPoolParams(LayerParams):
    """Parameters of Fractional max pool."""

    ratio: float = Field(
        1.4142,
        title="Ratio",
        description="How many times smaller height and width become.",
        gt=1.0,
        lt=2.0,
        json_schema_extra={"step": 0.05},
    )
    overlapping: bool = Field(
        True,
        title="Overlapping",
        description="Let neighbouring windows share a row and a column.",
    )


@register
class FractionalMaxPool(RunnableLayer):
    """Graham's pooling by a ratio between 1 and 2."""

    kind = "fractional_max_pool"
    title = "Fractional max pool"
    category = "pool & normalise"
    prefix = "fracpool"
    params = FractionalPoolParams
    doc = LayerDoc(
        summary="Keeps the largest number of windows of one or two pixels, laid out anew for each"
        " sample in every training step.",
        use="In deep image nets in place of pooling by 2: there is room for more layers, and the"
        " random windows work like distorted images.",
        pitfalls="Maps stay large, which costs time. In evaluation the windows are fixed; the paper"
        " averages several random passes instead.",
        formula=r"y_i = \max_{a_i \le k < a_{i+1}} x_k,\quad"
        r" a_i = \lfloor \alpha (i + u) \rfloor - \lfloor \alpha u \rfloor,\; u \in [0, 1)",
        source="Graham 2014, Fractional Max-Pooling, section 2: pseudorandom sequences",
    )
    examples = (
        Example({}, (maps(7, 6, 3),)),
        Example({"ratio": 1.7, "overlapping": False}, (maps(9, 5, 2),)),
        Example({"ratio": 1.2}, (maps(5, 8, 17),)),
        Example({"ratio": 1.9, "overlapping": False}, (maps(1, 4, 1),)),
    )

    def headline(self, p: FractionalPoolParams) -> str:
        return "Fractional pool"

    def essentials(self, p: FractionalPoolParams) -> str:
        return f"by {p.ratio:g}" + (" · overlapping" if p.overlapping else "")

    def infer(self, p: FractionalPoolParams, inputs: tuple[TensorType, ...]) -> TensorType:
        (x,) = inputs
        if not x.is_map:
            raise Mismatch(
                f"Fractional max pool needs a map (height × width × channels);"
                f" {words.whole(x.size)} numbers arrive flat.",
                hint="Put it before Flatten, or delete it.",
                port="x",
            )
        height, width = (max(1, int(size / p.ratio)) for size in x.shape[:2])
        return maps(height, width, x.shape[2])

    def cost(
        self, p: FractionalPoolParams, inputs: tuple[TensorType, ...], output: TensorType
    ) -> Cost:
        return Cost(arithmetic=(f"0 parameters, {words.whole(inputs[0].size)} numbers read",))

    def shape_lines(
        self, p: FractionalPoolParams, inputs: tuple[TensorType, ...], output: TensorType
    ) -> tuple[str, ...]:
        lines = [
            rf"{name}: \lfloor {size} / {p.ratio:g} \rfloor = \mathbf{{{out}}}"
            for name, size, out in zip("HWC", inputs[0].shape, output.shape, strict=True)
        ]
        return r"O = \max(1, \lfloor N / \alpha \rfloor)", *lines[:2]

    def window(self, p: FractionalPoolParams) -> Window:
        """Give the largest window; strides are 1 or 2."""
        side = 3 if p.overlapping else 2
        return Window((side, side), (2, 2) if p.ratio >= 1.5 else (1, 1), before=(0, 0))

    def forward(self, e: Emit) -> None:
        views = e.x[0].maps(), e.out.maps(), e.step
        e.program.call(
            fractional_max, *views, *_numbers(e), label=self.kind, serial=is_small(e.out)
        )

    def backward(self, e: Emit) -> None:
        dx = e.dx[0]
        if dx is not None:
            sizes = e.program.threads, dx.shape[3]
            rest = e.program.buffer(f"{e.grad.name}.rest", sizes)
            views = e.x[0].maps(), e.out.maps(), e.grad.maps(), dx.maps(), rest.flat(), e.step
            label = f"{self.kind} gradient"
            e.program.call(
                fractional_max_gradient, *views, *_numbers(e), label=label, serial=is_small(dx)
            )


def _numbers(e: Emit) -> tuple[int, ...]:
    """Give the sizes, the overlap and the key that both kernels take."""
    _, height, width, channels = e.x[0].shape
    sizes = height, width, *e.out.shape[1:3], channels, int(e.p.overlapping)
    return *sizes, e.seed % _WORD, e.seed // _WORD % _WORD, int(e.training)
