"""Residual networks: stages of repeated blocks, the first block of a stage changing sizes."""

from __future__ import annotations

from functools import partial

from nnstudio.data.sources import Public
from nnstudio.graph.model import Graph
from nnstudio.graph.types import DataSignature
from nnstudio.project.library.plain import conv_bn_relu
from nnstudio.project.library.residual import (
    bottleneck,
    bottleneck_projection,
    preactivated,
    preactivated_projection,
    residual_identity,
    residual_projection,
    residual_zero_pad,
)
from nnstudio.project.library.sketch import Sketch
from nnstudio.project.template import Family, Template
from nnstudio.project.zoo.common import CIFAR, LARGE, imagenet, pooled_ending, public

# Blocks in each stage: He et al. 2016, table 1.
_BASIC = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3)}
_BOTTLENECK = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}


def resnet(depth: int, signature: DataSignature) -> Graph:
    """ResNet for ImageNet, table 1 of the paper; shortcuts are projections where sizes change."""
    sketch = Sketch()
    stem = sketch.card(conv_bn_relu(64, 7, 2, 3), sketch.add("input"), "stem")
    at = sketch.add("max_pool", stem, window=3, stride=2, padding=1, floor=True)
    basic = depth in _BASIC
    for stage, blocks in enumerate((_BASIC if basic else _BOTTLENECK)[depth], 1):
        filters, stride = 32 * 2**stage, 1 if stage == 1 else 2
        if not basic:
            at = sketch.card(bottleneck_projection(filters, stride), at, f"stage{stage}a")
            at = sketch.card(bottleneck(filters, blocks - 1), at, f"stage{stage}b")
        elif stage == 1:  # sizes stay
            at = sketch.card(residual_identity(filters, blocks), at, "stage1")
        else:
            at = sketch.card(residual_projection(filters, stride), at, f"stage{stage}a")
            at = sketch.card(residual_identity(filters, blocks - 1), at, f"stage{stage}b")
    pooled_ending(sketch, at, signature)
    return sketch.graph()


def resnet_cifar(depth: int, signature: DataSignature) -> Graph:
    """ResNet for small images, section 4.2: three stages of (depth - 2) / 6 blocks, option A."""
    blocks = (depth - 2) // 6
    sketch = Sketch()
    at = sketch.card(conv_bn_relu(16, 3), sketch.add("input"), "stem")
    at = sketch.card(residual_identity(16, blocks), at, "stage1")
    for stage, filters in ((2, 32), (3, 64)):
        at = sketch.card(residual_zero_pad(filters, filters // 2), at, f"stage{stage}a")
        if blocks > 1:
            at = sketch.card(residual_identity(filters, blocks - 1), at, f"stage{stage}b")
    pooled_ending(sketch, at, signature)
    return sketch.graph()


def wide_resnet(depth: int, widen: int, signature: DataSignature) -> Graph:
    """WRN-depth-widen, table 1 of the paper."""
    blocks = (depth - 4) // 6
    sketch = Sketch()
    at = sketch.add(
        "conv2d", sketch.add("input"), name="stem", filters=16, activation="linear", bias=False
    )
    for stage, stride in ((1, 1), (2, 2), (3, 2)):
        filters = 8 * 2**stage * widen
        at = sketch.card(preactivated_projection(filters, stride), at, f"stage{stage}a")
        if blocks > 1:
            at = sketch.card(preactivated(filters, repeat=blocks - 1), at, f"stage{stage}b")
    pooled_ending(sketch, sketch.add("batch_norm", at, activation="relu"), signature)
    return sketch.graph()


_HE = "He, Zhang, Ren & Sun 2016, Deep Residual Learning for Image Recognition"
_FAMILY: Family = "Residual nets"
_ABOUT = {
    18: "Eight residual blocks of two 3×3 convolutions.",
    34: "Sixteen residual blocks of two 3×3 convolutions.",
    50: "Sixteen bottlenecks: 1×1, 3×3, 1×1.",
    101: "Thirty-three bottlenecks, twenty-three of them in the third stage.",
    152: "Fifty bottlenecks: the net that won ImageNet in 2015.",
    20: "Nine residual blocks for images of 32×32; quick enough to train here.",
    56: "Twenty-seven residual blocks for images of 32×32.",
}

TEMPLATES = (
    *(
        Template(
            f"resnet-{depth}", f"ResNet-{depth}", _ABOUT[depth],
            partial(resnet, depth), None, imagenet(), LARGE,
            family=_FAMILY, year=2015, source=_HE,
        )
        for depth in (18, 34, 50, 101, 152)
    ),
    *(
        Template(
            f"resnet-{depth}", f"ResNet-{depth}", _ABOUT[depth],
            partial(resnet_cifar, depth), Public(name="cifar-10"), public("cifar-10"), CIFAR,
            family=_FAMILY, year=2015, source=_HE,
        )
        for depth in (20, 56)
    ),
    Template(
        "wide-resnet", "WideResNet-28-10",
        "Twelve residual blocks, ten times as wide: fewer layers, more filters.",
        partial(wide_resnet, 28, 10), Public(name="cifar-10"), public("cifar-10"), CIFAR,
        family=_FAMILY, year=2016,
        source="Zagoruyko & Komodakis 2016, Wide Residual Networks",
    ),
)  # fmt: skip
