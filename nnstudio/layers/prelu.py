"""PReLU: a leaky ReLU whose slope is learned, one for each channel or one for all."""

from __future__ import annotations

from pydantic import Field

from nnstudio.core import words
from nnstudio.graph.layer import Cost, Example, LayerDoc, LayerParams, WeightSpec
from nnstudio.graph.registry import register
from nnstudio.graph.types import TensorType, flat, maps
from nnstudio.kernels.activation import is_small, row_sizes
from nnstudio.kernels.kernel import In1, In3, InDouble1, ModDouble1, Out1, Out3, kernel
from nnstudio.kernels.maths import share
from nnstudio.layers.contract import Emit, RunnableLayer


@kernel
def prelu_forward(
    x: In3, slope: In1, y: Out3, height: int, length: int, slopes: int, tid: int, threads: int
) -> None:
    """Give x above 0 and slope · x below; `slopes` repeat along the row."""
    first, last = share(y.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            if slopes == 1:
                for i in range(length):
                    v = x[n, h, i]
                    y[n, h, i] = v * slope[0] if v < 0.0 else v
            else:
                for w in range(length // slopes):
                    for c in range(slopes):
                        v = x[n, h, w * slopes + c]
                        y[n, h, w * slopes + c] = v * slope[c] if v < 0.0 else v


@kernel
def prelu_backward(
    x: In3,
    slope: In1,
    dy: In3,
    dx: Out3,
    height: int,
    length: int,
    slopes: int,
    tid: int,
    threads: int,
) -> None:
    """Pass the gradient whole above 0, times the slope elsewhere."""
    first, last = share(dx.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            if slopes == 1:
                for i in range(length):
                    g = dy[n, h, i]
                    dx[n, h, i] = g if x[n, h, i] > 0.0 else g * slope[0]
            else:
                for w in range(length // slopes):
                    for c in range(slopes):
                        i = w * slopes + c
                        g = dy[n, h, i]
                        dx[n, h, i] = g if x[n, h, i] > 0.0 else g * slope[c]


@kernel
def slope_parts(
    x: In3,
    dy: In3,
    parts: ModDouble1,
    height: int,
    length: int,
    slopes: int,
    tid: int,
    threads: int,
) -> None:
    """Sum dy · x over the numbers below 0 for each slope; each thread has a part of its own."""
    first, last = share(x.shape[0], tid, threads)
    start = tid * slopes
    for c in range(slopes):
        parts[start + c] = 0.0
    for n in range(first, last):
        for h in range(height):
            if slopes == 1:
                total = 0.0
                for i in range(length):
                    v = x[n, h, i]
                    total += dy[n, h, i] * v if v < 0.0 else 0.0
                parts[start] += total
            else:
                for w in range(length // slopes):
                    for c in range(slopes):
                        v = x[n, h, w * slopes + c]
                        parts[start + c] += dy[n, h, w * slopes + c] * v if v < 0.0 else 0.0


@kernel
def sum_slope_parts(parts: InDouble1, dslope: Out1, count: int, tid: int, threads: int) -> None:
    """Add the parts of all threads."""
    slopes = dslope.shape[0]
    first, last = share(slopes, tid, threads)
    for c in range(first, last):
        total = parts[c]
        for part in range(1, count):
            total += parts[part * slopes + c]
        dslope[c] = total


class PReLUParams(LayerParams):
    """Parameters of PReLU."""

    shared: bool = Field(
        False,
        title="One slope for all",
        description="Learn a single slope instead of one for each channel.",
    )
    start: float = Field(
        0.25,
        title="Slope start",
        description="The value all slopes start with.",
        ge=-1.0,
        le=1.0,
        json_schema_extra={"step": 0.05},
    )


@register
class PReLU(RunnableLayer):
    """The rectifier with learned slopes."""

    kind = "prelu"
    title = "PReLU"
    category = "non-linear"
    prefix = "prelu"
    params = PReLUParams
    doc = LayerDoc(
        summary="A leaky ReLU that learns how much of the negative numbers it lets through.",
        use="Instead of ReLU in large image nets: few more weights, often a little better.",
        pitfalls="Weight decay would push the slopes to 0, so they get none. Flat inputs have a"
        " slope for each feature; share one where there are many.",
        formula=r"y_c = \begin{cases} x_c & x_c > 0 \\ a_c x_c & x_c \le 0 \end{cases}",
        source="He, Zhang, Ren & Sun 2015, Delving Deep into Rectifiers, section 2.1",
    )
    examples = (
        Example({}, (maps(4, 5, 3),)),
        Example({"start": 0.1}, (flat(19),)),
        Example({"shared": True}, (maps(3, 2, 5),)),
        Example({"shared": True}, (flat(7),)),
    )

    def essentials(self, p: PReLUParams) -> str:
        return "one slope" if p.shared else "a slope per channel"

    def weights(self, p: PReLUParams, inputs: tuple[TensorType, ...]) -> tuple[WeightSpec, ...]:
        return (WeightSpec("slope", (_slopes(p, inputs),), "bias", value=p.start),)

    def cost(self, p: PReLUParams, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        slopes = _slopes(p, inputs)
        line = f"1 · {slopes} = {words.whole(slopes)} parameters"
        return Cost(slopes, 0, (line, f"{words.whole(output.size)} numbers"))

    def forward(self, e: Emit) -> None:
        slope = e.weights["slope"]
        sizes = *row_sizes(e.out), slope.size
        views = e.x[0].rows(), slope.vector(), e.out.rows()
        e.program.call(prelu_forward, *views, *sizes, label="prelu", serial=is_small(e.out))

    def backward(self, e: Emit) -> None:
        x, slope = e.x[0], e.weights["slope"]
        sizes = *row_sizes(x), slope.size
        if "slope" in e.dweights:
            teams = e.program.threads
            parts = e.program.buffer(f"{e.grad.name}.parts", (teams * slope.size,), "f8")
            views = x.rows(), e.grad.rows(), parts.vector()
            e.program.call(slope_parts, *views, *sizes, label="prelu slopes")
            target = e.dweights["slope"].vector()
            e.program.call(sum_slope_parts, parts.vector(), target, teams, serial=True)
        if e.dx[0] is not None:
            rows = x.rows(), slope.vector(), e.grad.rows(), e.dx[0].rows()
            e.program.call(
                prelu_backward, *rows, *sizes, label="prelu gradient", serial=is_small(x)
            )


def _slopes(p: PReLUParams, inputs: tuple[TensorType, ...]) -> int:
    return 1 if p.shared else inputs[0].shape[-1]
