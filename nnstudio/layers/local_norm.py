"""Local response normalisation: a channel is damped where its neighbours are strong."""

from __future__ import annotations

from pydantic import Field

from nnstudio.core import words
from nnstudio.graph.layer import Cost, Example, LayerDoc, LayerParams, Mismatch, ReplaceWith
from nnstudio.graph.registry import register
from nnstudio.graph.types import TensorType, maps
from nnstudio.kernels.kernel import In3, Mod3, Out3, kernel
from nnstudio.kernels.maths import exp, log, share
from nnstudio.layers.contract import Emit, RunnableLayer


@kernel
def local_norm(
    x: In3,
    sums: Mod3,
    y: Out3,
    height: int,
    width: int,
    channels: int,
    reach: int,
    bias: float,
    alpha: float,
    beta: float,
    tid: int,
    threads: int,
) -> None:
    """Give x / sᵝ with s = bias + alpha Σ x² over the channels at most `reach` away."""
    first, last = share(y.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for w in range(width):
                at = w * channels
                for c in range(channels):
                    sums[n, h, at + c] = bias
                for d in range(-reach, reach + 1):
                    for c in range(max(0, -d), min(channels, channels - d)):
                        sums[n, h, at + c] += alpha * x[n, h, at + c + d] * x[n, h, at + c + d]
                for c in range(channels):
                    s = sums[n, h, at + c]
                    y[n, h, at + c] = x[n, h, at + c] * exp(-beta * log(s))


@kernel
def local_norm_gradient(
    x: In3,
    y: In3,
    sums: In3,
    dy: In3,
    dx: Mod3,
    height: int,
    width: int,
    channels: int,
    reach: int,
    alpha: float,
    beta: float,
    tid: int,
    threads: int,
) -> None:
    """Give dy / sᵝ − 2 alpha beta x Σ dy y / s over the channels at most `reach` away."""
    first, last = share(dx.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for w in range(width):
                at = w * channels
                for c in range(channels):
                    dx[n, h, at + c] = 0.0
                for d in range(-reach, reach + 1):
                    for c in range(max(0, -d), min(channels, channels - d)):
                        j = at + c + d
                        dx[n, h, at + c] += dy[n, h, j] * y[n, h, j] / sums[n, h, j]
                for c in range(channels):
                    own = dy[n, h, at + c] * exp(-beta * log(sums[n, h, at + c]))
                    others = 2.0 * alpha * beta * x[n, h, at + c] * dx[n, h, at + c]
                    dx[n, h, at + c] = own - others


class LocalNormParams(LayerParams):
    """Parameters of Local response norm; the defaults are AlexNet's."""

    reach: int = Field(
        2,
        title="Reach",
        description="How many channels on each side count; 2 is AlexNet's n = 5.",
        ge=0,
        le=64,
        json_schema_extra={"step": 1},
    )
    bias: float = Field(
        2.0,
        title="Bias",
        description="The k of the formula: what is added to the squares.",
        gt=0.0,
        le=100.0,
        json_schema_extra={"step": 0.5},
    )
    alpha: float = Field(
        1e-4,
        title="Alpha",
        description="How strongly the squares count.",
        ge=0.0,
        le=10.0,
    )
    beta: float = Field(
        0.75,
        title="Beta",
        description="The power of the divisor.",
        ge=0.0,
        le=5.0,
        json_schema_extra={"step": 0.05},
    )


@register
class LocalNorm(RunnableLayer):
    """AlexNet's normalisation over neighbouring channels."""

    kind = "local_norm"
    title = "Local response norm"
    category = "pool & normalise"
    prefix = "lrn"
    params = LocalNormParams
    doc = LayerDoc(
        summary="Divides each number by a power of its neighbouring channels' squares at the same"
        " pixel.",
        use="To build AlexNet as published: behind the ReLU of its first two convolutions.",
        pitfalls="Newer nets do better with batch norm. Other programs divide alpha by n; here it"
        " is the paper's.",
        formula=r"y_c = \frac{x_c}{s_c^\beta},\quad s_c = k + \alpha \sum_{|j - c| \le r} x_j^2",
        source="Krizhevsky, Sutskever & Hinton 2012, ImageNet Classification with Deep"
        " Convolutional Neural Networks, section 3.3; reach r is n / 2",
    )
    examples = (
        Example({"alpha": 0.1}, (maps(3, 4, 7),)),
        Example({"alpha": 0.5, "reach": 1, "bias": 1.0, "beta": 0.5}, (maps(2, 3, 2),)),
        Example({}, (maps(3, 3, 17),)),
        Example({"reach": 0, "alpha": 1.0}, (maps(2, 2, 3),)),
    )

    def headline(self, p: LocalNormParams) -> str:
        return "Local norm"

    def essentials(self, p: LocalNormParams) -> str:
        return f"over {2 * p.reach + 1} channels"

    def infer(self, p: LocalNormParams, inputs: tuple[TensorType, ...]) -> TensorType:
        (x,) = inputs
        if not x.is_map:
            raise Mismatch(
                f"Local response norm needs a map (height × width × channels);"
                f" {words.whole(x.size)} numbers arrive flat.",
                ReplaceWith("layer_norm", "Make it Layer norm"),
                hint="Put it before Flatten, or delete it.",
                port="x",
            )
        return x

    def cost(self, p: LocalNormParams, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        size = 2 * p.reach + 1
        places = "·".join(map(str, output.shape))
        macs = size * output.size
        return Cost(0, macs, ("0 parameters", f"{size}·{places} = {words.whole(macs)} MACs"))

    def forward(self, e: Emit) -> None:
        x, p = e.x[0], e.p
        sums = e.program.buffer(f"{e.out.name}.sums", x.shape)
        e.saved["sums"] = sums
        views = x.rows(), sums.rows(), e.out.rows()
        e.program.call(local_norm, *views, *x.shape[1:], p.reach, p.bias, p.alpha, p.beta)

    def backward(self, e: Emit) -> None:
        x, p, dx = e.x[0], e.p, e.dx[0]
        if dx is not None:
            views = x.rows(), e.out.rows(), e.saved["sums"].rows(), e.grad.rows(), dx.rows()
            e.program.call(local_norm_gradient, *views, *x.shape[1:], p.reach, p.alpha, p.beta)
