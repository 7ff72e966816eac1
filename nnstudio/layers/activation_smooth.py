"""Smooth activations as layers of their own: SELU, GELU, SiLU, Softplus."""

from __future__ import annotations

import math
from typing import Any, Literal

from pydantic import Field

from nnstudio.core import words
from nnstudio.graph.layer import Cost, Example, LayerDoc, LayerParams
from nnstudio.graph.registry import register
from nnstudio.graph.types import TensorType, flat, maps
from nnstudio.kernels.activation import is_small, row_sizes
from nnstudio.kernels.kernel import In3, Kernel, Out3, device, device_pair, kernel
from nnstudio.kernels.maths import exp, log, share, sigmoid, tanh
from nnstudio.layers.contract import Emit, RunnableLayer

_SELU_SCALE = 1.0507009873554805
_SELU_ALPHA = 1.6732632423543772
_TANH_FACTOR = 0.7978845608028654  # √(2 / π)
_CUBIC = 0.044715
_HALF_ROOT = 0.7071067811865476  # 1 / √2
_DENSITY = 0.3989422804014327  # 1 / √(2 π)
_PLAIN = (Example({}, (maps(4, 5, 3),)), Example({}, (flat(19),)))


def _erf_single(x: float) -> float:
    """Abramowitz & Stegun 7.1.26, wrong by 1.5e-7 at most."""
    a = abs(x)
    t = 1.0 / (1.0 + 0.3275911 * a)
    p = 1.061405429 * t - 1.453152027
    p = p * t + 1.421413741
    p = p * t - 0.284496736
    p = p * t + 0.254829592
    y = 1.0 - p * t * exp(-a * a)
    return -y if x < 0.0 else y


def _erf_double(x: float) -> float:
    """Abramowitz & Stegun 7.1.6: 2 / √π exp(−x²) Σ 2ⁿ x²ⁿ⁺¹ / (2n + 1)!!, all terms positive."""
    a = min(abs(x), 6.0)
    a = x if math.isnan(x) else a
    term = a
    total = a
    for n in range(1, 130):
        term = term * (2.0 * a * a / float(2 * n + 1))
        total += term
    y = 2.0 / math.sqrt(math.pi) * math.exp(-a * a) * total
    return -y if x < 0.0 else y


erf = device_pair(_erf_single, _erf_double)


@device
def soft_ramp(z: float) -> float:
    """Give log(1 + exp(z)) without overflow."""
    top = 0.0 if z < 0.0 else z
    return top + log(1.0 + exp(-abs(z)))


@kernel
def selu_forward(x: In3, y: Out3, height: int, length: int, tid: int, threads: int) -> None:
    """Give scale · x above 0 and scale · alpha (exp(x) − 1) below."""
    first, last = share(y.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                v = x[n, h, i]
                low = _SELU_SCALE * _SELU_ALPHA * (exp(v) - 1.0)
                y[n, h, i] = low if v < 0.0 else _SELU_SCALE * v


@kernel
def selu_backward(
    x: In3, dy: In3, dx: Out3, height: int, length: int, tid: int, threads: int
) -> None:
    """Multiply the gradient with scale above 0, scale · alpha exp(x) elsewhere."""
    first, last = share(dx.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                v = x[n, h, i]
                slope = _SELU_SCALE if v > 0.0 else _SELU_SCALE * _SELU_ALPHA * exp(v)
                dx[n, h, i] = dy[n, h, i] * slope


@kernel
def gelu_forward(x: In3, y: Out3, height: int, length: int, tid: int, threads: int) -> None:
    """Give x · Φ(x) with the error function."""
    first, last = share(y.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                v = x[n, h, i]
                y[n, h, i] = 0.5 * v * (1.0 + erf(v * _HALF_ROOT))


@kernel
def gelu_backward(
    x: In3, dy: In3, dx: Out3, height: int, length: int, tid: int, threads: int
) -> None:
    """Multiply the gradient with Φ(x) + x φ(x)."""
    first, last = share(dx.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                v = x[n, h, i]
                slope = 0.5 * (1.0 + erf(v * _HALF_ROOT)) + v * _DENSITY * exp(-0.5 * v * v)
                dx[n, h, i] = dy[n, h, i] * slope


@kernel
def gelu_tanh_forward(x: In3, y: Out3, height: int, length: int, tid: int, threads: int) -> None:
    """Give 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³)))."""
    first, last = share(y.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                v = x[n, h, i]
                y[n, h, i] = 0.5 * v * (1.0 + tanh(_TANH_FACTOR * (v + _CUBIC * v * v * v)))


@kernel
def gelu_tanh_backward(
    x: In3, dy: In3, dx: Out3, height: int, length: int, tid: int, threads: int
) -> None:
    """Multiply the gradient with the derivative of the tanh form."""
    first, last = share(dx.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                v = x[n, h, i]
                t = tanh(_TANH_FACTOR * (v + _CUBIC * v * v * v))
                inner = _TANH_FACTOR * (1.0 + 3.0 * _CUBIC * v * v)
                dx[n, h, i] = dy[n, h, i] * 0.5 * (1.0 + t + v * (1.0 - t * t) * inner)


@kernel
def silu_forward(x: In3, y: Out3, height: int, length: int, tid: int, threads: int) -> None:
    """Give x · sigmoid(x)."""
    first, last = share(y.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                y[n, h, i] = x[n, h, i] * sigmoid(x[n, h, i])


@kernel
def silu_backward(
    x: In3, dy: In3, dx: Out3, height: int, length: int, tid: int, threads: int
) -> None:
    """Multiply the gradient with s (1 + x (1 − s)), s = sigmoid(x)."""
    first, last = share(dx.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                v = x[n, h, i]
                s = sigmoid(v)
                dx[n, h, i] = dy[n, h, i] * s * (1.0 + v * (1.0 - s))


@kernel
def softplus_forward(
    x: In3, y: Out3, height: int, length: int, sharpness: float, tid: int, threads: int
) -> None:
    """Give log(1 + exp(sharpness · x)) / sharpness."""
    first, last = share(y.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                y[n, h, i] = soft_ramp(sharpness * x[n, h, i]) / sharpness


@kernel
def softplus_backward(
    x: In3, dy: In3, dx: Out3, height: int, length: int, sharpness: float, tid: int, threads: int
) -> None:
    """Multiply the gradient with sigmoid(sharpness · x)."""
    first, last = share(dx.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                dx[n, h, i] = dy[n, h, i] * sigmoid(sharpness * x[n, h, i])


class _Smooth(RunnableLayer):
    """A function of each number on its own, whose derivative is worked out from the input."""

    category = "non-linear"

    def kernels(self, p: Any) -> tuple[Kernel, Kernel]:
        """Give the kernels of the function and of its gradient."""
        raise NotImplementedError

    def constants(self, p: Any) -> tuple[float, ...]:
        """Give the constants that both kernels take."""
        return ()

    def cost(self, p: Any, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost(arithmetic=(f"0 parameters, {words.whole(output.size)} numbers",))

    def forward(self, e: Emit) -> None:
        views, numbers = (e.x[0].rows(), e.out.rows()), self.constants(e.p)
        function = self.kernels(e.p)[0]
        e.program.call(function, *views, *row_sizes(e.out), *numbers, serial=is_small(e.out))

    def backward(self, e: Emit) -> None:
        dx = e.dx[0]
        if dx is not None:
            views, numbers = (e.x[0].rows(), e.grad.rows(), dx.rows()), self.constants(e.p)
            gradient = self.kernels(e.p)[1]
            e.program.call(gradient, *views, *row_sizes(dx), *numbers, serial=is_small(dx))


@register
class SELU(_Smooth):
    """The scaled exponential linear unit."""

    kind = "selu"
    title = "SELU"
    prefix = "selu"
    doc = LayerDoc(
        summary="An ELU with fixed constants that keep mean 0 and variance 1 from layer to layer.",
        use="In deep nets of plain Dense layers without batch norm.",
        pitfalls="It only normalises itself where the weights start small and normal with variance"
        " 1 / inputs and the data is standardised; ordinary dropout spoils it.",
        formula=r"y = \lambda \begin{cases} x & x > 0 \\ \alpha (e^x - 1) & x \le 0 \end{cases},"
        r"\quad \lambda = 1.0507,\; \alpha = 1.6733",
        source="Klambauer, Unterthiner, Mayr & Hochreiter 2017, Self-Normalizing Neural Networks",
    )
    examples = _PLAIN

    def kernels(self, p: Any) -> tuple[Kernel, Kernel]:
        return selu_forward, selu_backward


class GELUParams(LayerParams):
    """Parameters of GELU."""

    form: Literal["tanh", "exact"] = Field(
        "tanh",
        title="Form",
        description="Exact, with the error function; or the usual shortcut with tanh.",
    )


@register
class GELU(_Smooth):
    """The Gaussian error linear unit."""

    kind = "gelu"
    title = "GELU"
    prefix = "gelu"
    params = GELUParams
    doc = LayerDoc(
        summary="Multiplies each number with the share of a normal distribution below it.",
        use="In transformers and modern convolution nets, where ReLU is too hard a corner.",
        pitfalls="It costs several times what ReLU costs and dips slightly below 0. Its two forms"
        " differ by up to 0.0005: keep the one the weights were trained with.",
        formula=r"y = x\,\Phi(x) \approx \frac{x}{2}"
        r"\left(1 + \tanh\left(\sqrt{2 / \pi}\,(x + 0.044715\, x^3)\right)\right)",
        source="Hendrycks & Gimpel 2016, Gaussian Error Linear Units (GELUs), section 2",
    )
    examples = (
        *_PLAIN,
        Example({"form": "exact"}, (maps(3, 4, 3),)),
        Example({"form": "exact"}, (flat(11),)),
    )

    def essentials(self, p: GELUParams) -> str:
        return p.form

    def kernels(self, p: GELUParams) -> tuple[Kernel, Kernel]:
        if p.form == "exact":
            return gelu_forward, gelu_backward
        return gelu_tanh_forward, gelu_tanh_backward


@register
class SiLU(_Smooth):
    """The sigmoid-weighted linear unit, also called swish."""

    kind = "silu"
    title = "SiLU (swish)"
    prefix = "silu"
    doc = LayerDoc(
        summary="Multiplies each number with its own sigmoid.",
        use="Instead of ReLU in deep convolution nets (EfficientNet, MobileNet v3).",
        pitfalls="It is not monotonic: it falls to −0.28 near x = −1.28. It costs an exponential.",
        formula=r"y = \frac{x}{1 + e^{-x}}",
        source="Elfwing, Uchibe & Doya 2018, Sigmoid-Weighted Linear Units; Ramachandran, Zoph &"
        " Le 2017, Searching for Activation Functions",
    )
    examples = _PLAIN

    def headline(self, p: Any) -> str:
        return "SiLU"

    def kernels(self, p: Any) -> tuple[Kernel, Kernel]:
        return silu_forward, silu_backward


class SoftplusParams(LayerParams):
    """Parameters of Softplus."""

    sharpness: float = Field(
        1.0,
        title="Sharpness",
        description="How sharp the bend at 0 is; large values come near ReLU.",
        ge=0.01,
        le=100.0,
        json_schema_extra={"step": 0.5},
    )


@register
class Softplus(_Smooth):
    """The smooth ramp."""

    kind = "softplus"
    title = "Softplus"
    prefix = "softplus"
    params = SoftplusParams
    doc = LayerDoc(
        summary="A ramp like ReLU with a smooth bend; every output is above 0.",
        use="Where a number must be positive, such as a predicted variance or rate.",
        pitfalls="As a hidden activation it is slower than ReLU and seldom better.",
        formula=r"y = \frac{1}{\beta} \log(1 + e^{\beta x})",
        source="Dugas, Bengio, Bélisle, Nadeau & Garcia 2001, Incorporating Second-Order"
        " Functional Knowledge for Better Option Pricing",
    )
    examples = (*_PLAIN, Example({"sharpness": 3.0}, (flat(7),)))

    def essentials(self, p: SoftplusParams) -> str:
        return "" if p.sharpness == 1.0 else f"sharpness {p.sharpness:g}"

    def constants(self, p: SoftplusParams) -> tuple[float, ...]:
        return (p.sharpness,)

    def kernels(self, p: SoftplusParams) -> tuple[Kernel, Kernel]:
        return softplus_forward, softplus_backward
