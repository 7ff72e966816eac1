"""Residual blocks: what a few layers add to their own input.

He, Zhang, Ren & Sun 2016, "Deep Residual Learning for Image Recognition", sections 3.2 to 4.2; the
pre-activated ones are those of Zagoruyko & Komodakis 2016, "Wide Residual Networks".
"""

from __future__ import annotations

from nnstudio.graph.model import Block
from nnstudio.project.library.plain import bn_conv, conv_bn
from nnstudio.project.library.sketch import IN, Sketch

WIDENING = 4  # a bottleneck gives four times its filters


def residual_identity(filters: int = 64, repeat: int = 1) -> Block:
    """Two 3×3 convolutions around which the input is added; it must have `filters` channels."""
    sketch = Sketch()
    out = _joined(sketch, _two(sketch, filters, 1), IN)
    sketch.outward("filters", filters, "conv1.filters", "conv2.filters")
    return sketch.block("Residual", out, repeat)


def residual_projection(filters: int = 64, stride: int = 2) -> Block:
    """The same where sizes change: a 1×1 convolution stands in the shortcut (option B)."""
    sketch = Sketch()
    shortcut = conv_bn(sketch, IN, filters, 1, stride=stride, relu=False, name="shortcut")
    out = _joined(sketch, _two(sketch, filters, stride), shortcut)
    sketch.outward("filters", filters, "conv1.filters", "conv2.filters", "shortcut.filters")
    sketch.outward("stride", stride, "conv1.stride", "shortcut.stride")
    return sketch.block("Residual step", out)


def residual_zero_pad(filters: int = 32, new_channels: int = 16, stride: int = 2) -> Block:
    """The same without weights in the shortcut: every second pixel, and zeros (option A).

    Args:
        filters: Channels that come out.
        new_channels: How many more these are than come in.
        stride: How many pixels the maps shrink to one, down and right.
    """
    sketch = Sketch()
    skipped = sketch.add("max_pool", IN, name="shortcut", window=1, stride=stride, floor=True)
    padded = sketch.add("zero_pad", skipped, name="zeros", channels_after=new_channels)
    out = _joined(sketch, _two(sketch, filters, stride), padded)
    sketch.outward("filters", filters, "conv1.filters", "conv2.filters")
    sketch.outward("new_channels", new_channels, "zeros.channels_after")
    sketch.outward("stride", stride, "conv1.stride", "shortcut.stride")
    return sketch.block("Residual zeros", out)


def bottleneck(filters: int = 64, repeat: int = 1) -> Block:
    """1×1, 3×3 and 1×1 around which the input is added; it must have four times `filters`."""
    sketch = Sketch()
    out = _joined(sketch, _three(sketch, filters, 1), IN)
    sketch.outward("filters", filters, *_three_filters())
    return sketch.block("Bottleneck", out, repeat)


def bottleneck_projection(filters: int = 64, stride: int = 2) -> Block:
    """The same where sizes change.

    Departs: the stride is that of the 3×3 convolution, as in torchvision (ResNet v1.5); the paper
    has it in the first 1×1. Parameters are the same.
    """
    sketch = Sketch()
    shortcut = conv_bn(
        sketch, IN, WIDENING * filters, 1, stride=stride, relu=False, name="shortcut"
    )
    out = _joined(sketch, _three(sketch, filters, stride), shortcut)
    sketch.outward("filters", filters, *_three_filters(), ("shortcut.filters", WIDENING))
    sketch.outward("stride", stride, "conv2.stride", "shortcut.stride")
    return sketch.block("Bottleneck step", out)


def preactivated(filters: int = 160, dropout: float = 0.3, repeat: int = 1) -> Block:
    """Norm and ReLU before each of two 3×3 convolutions, dropout between them."""
    sketch = Sketch()
    _, inner = _two_preactivated(sketch, filters, 1, dropout)
    out = sketch.add("add", IN, inner)
    sketch.outward("filters", filters, "conv1.filters", "conv2.filters")
    sketch.outward("dropout", dropout, "drop1.rate")
    return sketch.block("Wide residual", out, repeat)


def preactivated_projection(filters: int = 160, stride: int = 2, dropout: float = 0.3) -> Block:
    """The same where sizes change: the shortcut's 1×1 convolution reads the normalised input."""
    sketch = Sketch()
    before, inner = _two_preactivated(sketch, filters, stride, dropout)
    shortcut = sketch.add(
        "conv2d", before, name="shortcut", filters=filters, kernel=1, stride=stride,
        padding="valid", floor=True, activation="linear", bias=False,
    )  # fmt: skip
    out = sketch.add("add", shortcut, inner)
    sketch.outward("filters", filters, "conv1.filters", "conv2.filters", "shortcut.filters")
    sketch.outward("stride", stride, "conv1.stride", "shortcut.stride")
    sketch.outward("dropout", dropout, "drop1.rate")
    return sketch.block("Wide step", out)


def _two(sketch: Sketch, filters: int, stride: int) -> str:
    first = conv_bn(sketch, IN, filters, 3, stride=stride)
    return conv_bn(sketch, first, filters, 3, relu=False)


def _three(sketch: Sketch, filters: int, stride: int) -> str:
    first = conv_bn(sketch, IN, filters, 1)
    second = conv_bn(sketch, first, filters, 3, stride=stride)
    return conv_bn(sketch, second, WIDENING * filters, 1, relu=False)


def _three_filters() -> tuple[str | tuple[str, int], ...]:
    return "conv1.filters", "conv2.filters", ("conv3.filters", WIDENING)


def _two_preactivated(sketch: Sketch, filters: int, stride: int, dropout: float) -> tuple[str, str]:
    before, first = bn_conv(sketch, IN, filters, 3, stride=stride)
    middle = sketch.add("batch_norm", first, activation="relu")
    dropped = sketch.add("dropout", middle, rate=dropout)
    last = sketch.add(
        "conv2d", dropped, filters=filters, padding=1, activation="linear", bias=False
    )
    return before, last


def _joined(sketch: Sketch, inner: str, shortcut: str) -> str:
    return sketch.add("relu", sketch.add("add", shortcut, inner))
