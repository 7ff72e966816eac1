"""Blocks that do much with few weights: depthwise separable, inverted residual, fire."""

from __future__ import annotations

from nnstudio.graph.model import Block
from nnstudio.project.library.plain import conv_bn
from nnstudio.project.library.sketch import IN, Sketch


def depthwise_separable(filters: int = 64, stride: int = 1, repeat: int = 1) -> Block:
    """A 3×3 window for each channel by itself, then 1×1 to mix them.

    For N filters of size K it needs 1/N + 1/K² of a convolution's multiply-adds: about an eighth.
    Source: Howard et al. 2017, "MobileNets", section 3.1.
    """
    sketch = Sketch()
    inner = _depthwise(sketch, IN, stride)
    out = conv_bn(sketch, inner, filters, 1)
    sketch.outward("filters", filters, "conv1.filters")
    sketch.outward("stride", stride, "depthwise1.stride")
    return sketch.block("Separable conv", out, repeat)


def inverted_residual(filters: int = 32, expansion: int = 6, repeat: int = 1) -> Block:
    """Widen, look at each channel, narrow without ReLU, and add the input (`filters` channels).

    Source: Sandler et al. 2018, "MobileNetV2", section 3.3.
    Departs: ReLU where the paper has min(ReLU, 6), which is for arithmetic in few bits.
    """
    sketch = Sketch()
    wide = conv_bn(sketch, IN, expansion * filters, 1)
    narrow = conv_bn(sketch, _depthwise(sketch, wide, 1), filters, 1, relu=False)
    out = sketch.add("add", IN, narrow)
    sketch.outward("filters", filters, ("conv1.filters", expansion), "conv2.filters")
    return sketch.block("Inverted block", out, repeat)


def inverted_step(expanded: int = 144, filters: int = 32, stride: int = 2) -> Block:
    """The same where sizes change: no shortcut."""
    sketch = Sketch()
    wide = conv_bn(sketch, IN, expanded, 1)
    out = conv_bn(sketch, _depthwise(sketch, wide, stride), filters, 1, relu=False)
    sketch.outward("expanded", expanded, "conv1.filters")
    sketch.outward("filters", filters, "conv2.filters")
    sketch.outward("stride", stride, "depthwise1.stride")
    return sketch.block("Inverted step", out)


def fire(squeeze: int = 16, expand: int = 64, repeat: int = 1) -> Block:
    """1×1 to few channels, then 1×1 and 3×3 side by side; it gives twice `expand` channels.

    Source: Iandola et al. 2016, "SqueezeNet", section 3.2.
    """
    sketch = Sketch()
    few = sketch.add("conv2d", IN, name="squeeze", filters=squeeze, kernel=1)
    branches = [
        sketch.add("conv2d", few, name=f"expand{size}x{size}", filters=expand, kernel=size)
        for size in (1, 3)
    ]
    sketch.outward("squeeze", squeeze, "squeeze.filters")
    sketch.outward("expand", expand, "expand1x1.filters", "expand3x3.filters")
    return sketch.block("Fire", sketch.add("concat", *branches), repeat)


def depthwise_start(filters: int = 16) -> Block:
    """MobileNetV2's first block: no widening before the depthwise convolution."""
    sketch = Sketch()
    out = conv_bn(sketch, _depthwise(sketch, IN, 1), filters, 1, relu=False)
    sketch.outward("filters", filters, "conv1.filters")
    return sketch.block("Separable linear", out)


def _depthwise(sketch: Sketch, source: str, stride: int) -> str:
    conv = sketch.add(
        "depthwise_conv2d", source, stride=stride, padding=1, floor=True,
        activation="linear", bias=False,
    )  # fmt: skip
    return sketch.add("batch_norm", conv, activation="relu")
