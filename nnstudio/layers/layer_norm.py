"""Layer norm: each sample, or each pixel's channels, gets mean 0 and variance 1 on its own."""

from __future__ import annotations

import math
from typing import Literal

from pydantic import Field

from nnstudio.core import words
from nnstudio.graph.layer import Cost, Example, LayerDoc, LayerParams, WeightSpec, Window
from nnstudio.graph.registry import register
from nnstudio.graph.types import TensorType, flat, maps
from nnstudio.kernels.kernel import In1, In3, InDouble1, Mod1, ModDouble1, Out1, Out3, kernel
from nnstudio.kernels.maths import share
from nnstudio.kernels.program import Buffer
from nnstudio.layers.contract import Emit, RunnableLayer


@kernel
def group_norm(
    x: In3,
    scale: In1,
    shift: In1,
    y: Out3,
    mean: Mod1,
    inverse: Mod1,
    groups_h: int,
    groups_w: int,
    rows: int,
    pixels: int,
    channels: int,
    eps: float,
    tid: int,
    threads: int,
) -> None:
    """Normalise groups of `rows` × `pixels` × `channels` numbers; each has its own statistics."""
    first, last = share(y.shape[0], tid, threads)
    length = pixels * channels
    count = float(rows * length)
    for n in range(first, last):
        for q in range(groups_h * groups_w):
            h0, i0 = q // groups_w * rows, q % groups_w * length
            at = n * groups_h * groups_w + q
            total = 0.0
            for h in range(rows):
                for i in range(length):
                    total += x[n, h0 + h, i0 + i]
            middle = total / count
            total = 0.0
            for h in range(rows):
                for i in range(length):
                    d = x[n, h0 + h, i0 + i] - middle
                    total += d * d
            factor = 1.0 / math.sqrt(total / count + eps)
            mean[at] = middle
            inverse[at] = factor
            for h in range(rows):
                for w in range(pixels):
                    i = i0 + w * channels
                    for c in range(channels):
                        z = (x[n, h0 + h, i + c] - middle) * factor
                        y[n, h0 + h, i + c] = z * scale[c] + shift[c]


@kernel
def group_norm_gradient(
    x: In3,
    dy: In3,
    scale: In1,
    mean: In1,
    inverse: In1,
    dx: Out3,
    groups_h: int,
    groups_w: int,
    rows: int,
    pixels: int,
    channels: int,
    tid: int,
    threads: int,
) -> None:
    """Give inverse · (g − mean(g) − x̂ · mean(g x̂)) with g = dy · scale, group by group."""
    first, last = share(dx.shape[0], tid, threads)
    length = pixels * channels
    count = float(rows * length)
    for n in range(first, last):
        for q in range(groups_h * groups_w):
            h0, i0 = q // groups_w * rows, q % groups_w * length
            at = n * groups_h * groups_w + q
            middle, factor = mean[at], inverse[at]
            plain, turned = 0.0, 0.0
            for h in range(rows):
                for w in range(pixels):
                    i = i0 + w * channels
                    for c in range(channels):
                        g = dy[n, h0 + h, i + c] * scale[c]
                        plain += g
                        turned += g * (x[n, h0 + h, i + c] - middle) * factor
            plain /= count
            turned /= count
            for h in range(rows):
                for w in range(pixels):
                    i = i0 + w * channels
                    for c in range(channels):
                        z = (x[n, h0 + h, i + c] - middle) * factor
                        g = dy[n, h0 + h, i + c] * scale[c]
                        dx[n, h0 + h, i + c] = factor * (g - plain - z * turned)


@kernel
def scale_parts(
    x: In3,
    dy: In3,
    mean: In1,
    inverse: In1,
    parts: ModDouble1,
    groups_h: int,
    groups_w: int,
    rows: int,
    pixels: int,
    channels: int,
    tid: int,
    threads: int,
) -> None:
    """Sum dy · x̂ and dy for each channel; each thread has a part of its own."""
    first, last = share(x.shape[0], tid, threads)
    start = tid * 2 * channels
    for c in range(2 * channels):
        parts[start + c] = 0.0
    for n in range(first, last):
        for q in range(groups_h * groups_w):
            h0, i0 = q // groups_w * rows, q % groups_w * pixels * channels
            at = n * groups_h * groups_w + q
            middle, factor = mean[at], inverse[at]
            for h in range(rows):
                for w in range(pixels):
                    i = i0 + w * channels
                    for c in range(channels):
                        g = dy[n, h0 + h, i + c]
                        parts[start + c] += g * (x[n, h0 + h, i + c] - middle) * factor
                        parts[start + channels + c] += g


@kernel
def sum_scale_parts(
    parts: InDouble1, dscale: Out1, dshift: Out1, count: int, tid: int, threads: int
) -> None:
    """Add the parts of all threads."""
    channels = dscale.shape[0]
    first, last = share(channels, tid, threads)
    for c in range(first, last):
        a, b = parts[c], parts[channels + c]
        for part in range(1, count):
            a += parts[part * 2 * channels + c]
            b += parts[part * 2 * channels + channels + c]
        dscale[c] = a
        dshift[c] = b


class LayerNormParams(LayerParams):
    """Parameters of Layer norm."""

    over: Literal["channels", "sample"] = Field(
        "channels",
        title="Over",
        description="What is normalised together: the channels of each pixel, or all numbers of a"
        " sample. The same for flat inputs.",
    )
    eps: float = Field(
        1e-5,
        title="Epsilon",
        description="Added to the variance, so that nothing is divided by 0.",
        ge=1e-12,
        le=0.1,
    )


@register
class LayerNorm(RunnableLayer):
    """Layer normalisation of flat vectors and maps."""

    kind = "layer_norm"
    title = "Layer norm"
    category = "pool & normalise"
    prefix = "ln"
    params = LayerNormParams
    doc = LayerDoc(
        summary="Gives the numbers of each sample (or of each pixel) mean 0 and variance 1, then a"
        " trained scale and shift a channel.",
        use="Where batches are small, and in recurrent nets and transformers: it does the same in"
        " training and evaluation, and samples do not touch each other.",
        pitfalls="In convolution nets for images batch norm is usually better. With one channel,"
        " normalising over channels leaves nothing but the shift.",
        formula=r"y_c = \gamma_c \frac{x_c - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta_c",
        source="Ba, Kiros & Hinton 2016, Layer Normalization, section 3; over a whole map with one"
        " scale and shift a channel, which is group norm with one group (Wu & He 2018)",
    )
    examples = (
        Example({}, (flat(7),)),
        Example({}, (maps(3, 4, 5),)),
        Example({"over": "sample", "eps": 1e-3}, (maps(5, 2, 3),)),
        Example({"over": "sample"}, (flat(33),)),
        Example({"over": "sample"}, (maps(4, 4, 1),)),
        Example({}, (TensorType((5, 4), "f4", "TF"),)),
    )

    def essentials(self, p: LayerNormParams) -> str:
        return "per pixel" if p.over == "channels" else "per sample"

    def weights(self, p: LayerNormParams, inputs: tuple[TensorType, ...]) -> tuple[WeightSpec, ...]:
        shape = (inputs[0].shape[-1],)
        return WeightSpec("scale", shape, "ones"), WeightSpec("shift", shape, "zeros")

    def cost(self, p: LayerNormParams, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        channels = inputs[0].shape[-1]
        return Cost(
            2 * channels,
            output.size,
            (
                f"2 · {channels} = {words.whole(2 * channels)} parameters",
                f"{'·'.join(map(str, output.shape))} = {words.whole(output.size)} MACs",
            ),
        )

    def window(self, p: LayerNormParams) -> Window | None:
        return Window((1, 1), everything=True) if p.over == "sample" else None

    def forward(self, e: Emit) -> None:
        x, w = e.x[0], e.weights
        groups = _groups(e.p, x)
        count = e.batch * groups[0] * groups[1]
        mean, inverse = (
            e.program.buffer(f"{e.out.name}.{name}", (count,)) for name in ("mean", "inverse")
        )
        e.saved.update(mean=mean, inverse=inverse)
        views = x.rows(), w["scale"].vector(), w["shift"].vector(), e.out.rows()
        statistics = mean.vector(), inverse.vector()
        e.program.call(group_norm, *views, *statistics, *groups, e.p.eps, label="layer norm")

    def backward(self, e: Emit) -> None:
        x, groups = e.x[0], _groups(e.p, e.x[0])
        statistics = e.saved["mean"].vector(), e.saved["inverse"].vector()
        both = x.rows(), e.grad.rows()
        if e.dweights:
            teams = e.program.threads
            parts = e.program.buffer(f"{e.grad.name}.parts", (teams * 2 * x.shape[-1],), "f8")
            e.program.call(scale_parts, *both, *statistics, parts.vector(), *groups)
            gradients = e.dweights["scale"].vector(), e.dweights["shift"].vector()
            e.program.call(sum_scale_parts, parts.vector(), *gradients, teams, serial=True)
        if e.dx[0] is not None:
            views = *both, e.weights["scale"].vector(), *statistics, e.dx[0].rows()
            e.program.call(group_norm_gradient, *views, *groups, label="layer norm gradient")


def _groups(p: LayerNormParams, x: Buffer) -> tuple[int, int, int, int, int]:
    """Give the groups down and right, and the rows, pixels and channels of each."""
    sizes = x.shape[1:]
    height, width, channels = (*(1,) * (3 - len(sizes)), *sizes)
    if p.over == "sample":
        return 1, 1, height, width, channels
    return height, width, 1, 1, channels
