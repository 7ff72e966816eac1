"""Noise that keeps a net from learning by heart: Gaussian noise, and branches left out at random.

Their random numbers are counted, not drawn: step, place and stream give them (kernels.random).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from pydantic import Field

from nnstudio.core import words
from nnstudio.graph.layer import Cost, Example, LayerDoc, LayerParams
from nnstudio.graph.registry import register
from nnstudio.graph.types import TensorType, flat, maps
from nnstudio.kernels.activation import is_small, row_sizes
from nnstudio.kernels.kernel import In3, InIndex1, Out3, device_pair, kernel
from nnstudio.kernels.maths import log, share
from nnstudio.kernels.moves import copy
from nnstudio.kernels.program import Buffer
from nnstudio.kernels.random import philox
from nnstudio.layers.contract import Emit, RunnableLayer

_WORD = 2**32
_GRAIN = 1.1920928955078125e-07  # 2⁻²³: halves of it are exact in float32


def _around_single(v: float) -> tuple[float, float]:
    """Give cos 2πv and sin 2πv for v in [0, 1): Cephes' sinf.c on the nearest quarter turn."""
    quarter = float(math.floor(4.0 * v + 0.5))
    r = 2.0 * math.pi * (v - 0.25 * quarter)
    z = r * r
    s = ((-1.9515295891e-4 * z + 8.3321608736e-3) * z - 1.6666654611e-1) * z * r + r
    c = (2.443315711809948e-5 * z - 1.388731625493765e-3) * z + 4.166664568298827e-2
    c = c * z * z - 0.5 * z + 1.0
    odd = abs(quarter - 2.0) == 1.0
    cosine, sine = (s, c) if odd else (c, s)
    cosine = -cosine if 0.5 < quarter < 2.5 else cosine
    return cosine, (-sine if 1.5 < quarter < 3.5 else sine)


def _around_double(v: float) -> tuple[float, float]:
    return math.cos(2.0 * math.pi * v), math.sin(2.0 * math.pi * v)


around = device_pair(_around_single, _around_double)


@kernel
def add_noise(
    x: In3,
    y: Out3,
    step: InIndex1,
    height: int,
    length: int,
    low: int,
    high: int,
    spread: float,
    tid: int,
    threads: int,
) -> None:
    """Add normal numbers of standard deviation `spread`, four from each four words.

    Box & Muller 1958: r = √(−2 ln u), numbers r cos 2πv and r sin 2πv.
    """
    first, last = share(y.shape[0], tid, threads)
    now, drop = step[0], np.uint64(9)
    for n in range(first, last):
        for h in range(height):
            for q in range((length + 3) // 4):
                a, b, c, d = philox(q, h, n, now, low, high)
                r = spread * math.sqrt(-2.0 * log((float(a >> drop) + 0.5) * _GRAIN))
                t = spread * math.sqrt(-2.0 * log((float(c >> drop) + 0.5) * _GRAIN))
                e, f = around((float(b >> drop) + 0.5) * _GRAIN)
                g, k = around((float(d >> drop) + 0.5) * _GRAIN)
                i = 4 * q
                y[n, h, i] = x[n, h, i] + r * e
                if i + 1 < length:
                    y[n, h, i + 1] = x[n, h, i + 1] + r * f
                if i + 2 < length:
                    y[n, h, i + 2] = x[n, h, i + 2] + t * g
                if i + 3 < length:
                    y[n, h, i + 3] = x[n, h, i + 3] + t * k


@kernel
def keep_samples(
    x: In3,
    y: Out3,
    step: InIndex1,
    height: int,
    length: int,
    low: int,
    high: int,
    below: int,
    scale: float,
    tid: int,
    threads: int,
) -> None:
    """Scale the samples whose random word is `below` or more, and set the others to 0."""
    first, last = share(y.shape[0], tid, threads)
    limit, now = np.uint64(below), step[0]
    for n in range(first, last):
        a, _, _, _ = philox(0, 0, n, now, low, high)
        for h in range(height):
            for i in range(length):
                y[n, h, i] = x[n, h, i] * scale if a >= limit else 0.0


class _Noise(RunnableLayer):
    """Something that only happens in training."""

    category = "pool & normalise"

    def strength(self, p: Any) -> float:
        """Give the strength of the noise; 0 is none."""
        raise NotImplementedError

    def is_view(self, p: Any, training: bool) -> bool:
        return not training or self.strength(p) == 0.0


class GaussianNoiseParams(LayerParams):
    """Parameters of Gaussian noise."""

    spread: float = Field(
        0.1,
        title="Spread",
        description="Standard deviation of what is added to each number while training.",
        ge=0.0,
        le=10.0,
        json_schema_extra={"step": 0.05},
    )


@register
class GaussianNoise(_Noise):
    """Normal numbers added in training."""

    kind = "gaussian_noise"
    title = "Gaussian noise"
    prefix = "noise"
    params = GaussianNoiseParams
    doc = LayerDoc(
        summary="Adds a fresh normal random number to every number in every training step.",
        use="Behind the Input, as augmentation of tables and small images, or for denoising"
        " autoencoders.",
        pitfalls="The spread is in the input's own unit: scale the data first. In evaluation it"
        " does nothing.",
        formula=r"y = x + \epsilon,\quad \epsilon \sim N(0, \sigma^2)",
        source="Bishop 1995, Training with Noise is Equivalent to Tikhonov Regularization",
    )
    examples = (
        Example({}, (flat(37),)),
        Example({"spread": 0.5}, (maps(4, 3, 5),)),
        Example({"spread": 0.0}, (flat(6),)),
    )

    def strength(self, p: GaussianNoiseParams) -> float:
        return p.spread

    def essentials(self, p: GaussianNoiseParams) -> str:
        return f"spread {p.spread:g}" if p.spread else "off"

    def cost(
        self, p: GaussianNoiseParams, inputs: tuple[TensorType, ...], output: TensorType
    ) -> Cost:
        return Cost(arithmetic=(f"0 parameters, {words.whole(output.size)} random numbers",))

    def forward(self, e: Emit) -> None:
        if self.is_view(e.p, e.training):
            copy(e.program, e.x[0], e.out)
            return
        views = e.x[0].rows(), e.out.rows(), e.step
        e.program.call(
            add_noise,
            *views,
            *row_sizes(e.out),
            *_key(e.seed),
            e.p.spread,
            label="gaussian noise",
            serial=e.out.size < 512,
        )

    def backward(self, e: Emit) -> None:
        if e.dx[0] is not None:
            copy(e.program, e.grad, e.dx[0])


class StochasticDepthParams(LayerParams):
    """Parameters of Stochastic depth."""

    rate: float = Field(
        0.2,
        title="Rate",
        description="How often a sample goes without this branch while training.",
        ge=0.0,
        le=0.95,
        json_schema_extra={"step": 0.05},
    )


@register
class StochasticDepth(_Noise):
    """A branch left out, sample by sample; what is kept is scaled up."""

    kind = "stochastic_depth"
    title = "Stochastic depth"
    prefix = "depth"
    params = StochasticDepthParams
    doc = LayerDoc(
        summary="Sets all numbers of a random part of the samples to 0 in every training step.",
        use="Last in the branch of a residual block, just before Add: those samples then only pass"
        " the shortcut, and deep nets train as if they were shallower.",
        pitfalls="Without a shortcut around it a sample's whole signal is lost. Let the rate grow"
        " with the depth, from 0 near the input to about 0.5.",
        formula=r"y = \frac{b\, x}{1 - r},\quad b \sim \text{Bernoulli}(1 - r)\text{ per sample}",
        source="Huang, Sun, Liu, Sedra & Weinberger 2016, Deep Networks with Stochastic Depth;"
        " here for each sample, and scaled while training",
    )
    examples = (
        Example({}, (maps(4, 3, 5),)),
        Example({"rate": 0.4}, (flat(17),)),
        Example({"rate": 0.0}, (flat(6),)),
    )

    def strength(self, p: StochasticDepthParams) -> float:
        return p.rate

    def essentials(self, p: StochasticDepthParams) -> str:
        return f"{p.rate:.0%} of samples skip" if p.rate else "off"

    def cost(
        self, p: StochasticDepthParams, inputs: tuple[TensorType, ...], output: TensorType
    ) -> Cost:
        return Cost(arithmetic=("0 parameters, one random number a sample",))

    def forward(self, e: Emit) -> None:
        self._pass(e, e.x[0], e.out)

    def backward(self, e: Emit) -> None:
        """Leave out the same samples again."""
        if e.dx[0] is not None:
            self._pass(e, e.grad, e.dx[0])

    def _pass(self, e: Emit, source: Buffer, target: Buffer) -> None:
        if self.is_view(e.p, e.training):
            copy(e.program, source, target)
            return
        rate = e.p.rate
        views = source.rows(), target.rows(), e.step
        sizes = *row_sizes(target), *_key(e.seed), round(rate * _WORD)
        e.program.call(
            keep_samples,
            *views,
            *sizes,
            1.0 / (1.0 - rate),
            label="stochastic depth",
            serial=is_small(target),
        )


def _key(seed: int) -> tuple[int, int]:
    """Give the two words of a stream's key."""
    return seed % _WORD, seed // _WORD % _WORD
