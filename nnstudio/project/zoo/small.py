"""Nets for telephones: SqueezeNet and the MobileNets."""

from __future__ import annotations

from functools import partial

from nnstudio.graph.model import Graph
from nnstudio.graph.types import DataSignature
from nnstudio.project.library.lean import (
    depthwise_separable,
    depthwise_start,
    fire,
    inverted_residual,
    inverted_step,
)
from nnstudio.project.library.plain import conv_bn_relu
from nnstudio.project.library.sketch import Sketch
from nnstudio.project.template import Family, Template
from nnstudio.project.zoo.common import LARGE, imagenet, loss, pooled_ending

_FIRES = ((16, 64, 2), (32, 128, 2), (48, 192, 2), (64, 256, 2))  # squeeze, expand, blocks
# Behind which fire blocks the maps are pooled; "same" where torchvision's last window reaches
# beyond the edge (54 to 27), which it rounds up for.
_POOLED = {"1.0": {3: "same", 7: "valid"}, "1.1": {2: "valid", 4: "valid"}}


def squeezenet(version: str, signature: DataSignature) -> Graph:
    """SqueezeNet 1.0 (table 1 of the paper) or 1.1, which pools earlier and has smaller windows."""
    filters, kernel = (96, 7) if version == "1.0" else (64, 3)
    sketch = Sketch()
    at = sketch.add(
        "conv2d", sketch.add("input"), filters=filters, kernel=kernel, stride=2, padding="valid",
        floor=True,
    )  # fmt: skip
    at = _pool(sketch, at)
    number = 0
    for squeeze, expand, blocks in _FIRES:
        for _ in range(blocks):
            number += 1
            at = sketch.card(fire(squeeze, expand), at, f"fire{number + 1}")
            if number in _POOLED[version]:
                at = _pool(sketch, at, _POOLED[version][number])
    at = sketch.add("dropout", at)
    at = sketch.add(
        "conv2d", at, name="scores", filters=signature.target.size, kernel=1, activation="relu"
    )
    loss(sketch, sketch.add("global_avg_pool", at), signature)
    return sketch.graph()


def _pool(sketch: Sketch, source: str, padding: str = "valid") -> str:
    return sketch.add("max_pool", source, window=3, stride=2, padding=padding, floor=True)


def mobilenet_v1(signature: DataSignature) -> Graph:
    """MobileNet, table 1 of the paper."""
    sketch = Sketch()
    at = sketch.card(conv_bn_relu(32, 3, 2, 1), sketch.add("input"), "stem")
    for number, (filters, stride, repeat) in enumerate(
        (
            (64, 1, 1), (128, 2, 1), (128, 1, 1), (256, 2, 1), (256, 1, 1), (512, 2, 1),
            (512, 1, 5), (1024, 2, 1), (1024, 1, 1),
        ),
        1,
    ):  # fmt: skip
        at = sketch.card(depthwise_separable(filters, stride, repeat), at, f"separable{number}")
    pooled_ending(sketch, at, signature)
    return sketch.graph()


def mobilenet_v2(signature: DataSignature) -> Graph:
    """MobileNetV2, table 2 of the paper; blocks widen six times."""
    sketch = Sketch()
    at = sketch.card(conv_bn_relu(32, 3, 2, 1), sketch.add("input"), "stem")
    at = sketch.card(depthwise_start(16), at, "stage1")
    channels = 16
    for stage, (filters, stride, blocks) in enumerate(
        ((24, 2, 2), (32, 2, 3), (64, 2, 4), (96, 1, 3), (160, 2, 3), (320, 1, 1)), 2
    ):
        step = inverted_step(6 * channels, filters, stride)
        at = sketch.card(step, at, f"stage{stage}a")
        if blocks > 1:
            at = sketch.card(inverted_residual(filters, repeat=blocks - 1), at, f"stage{stage}b")
        channels = filters
    at = sketch.card(conv_bn_relu(1280, 1), at, "head")
    pooled_ending(sketch, at, signature, drop=0.2)
    return sketch.graph()


_FAMILY: Family = "Small and quick nets"
_IANDOLA = (
    "Iandola et al. 2016, SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and <0.5MB"
    " model size"
)

TEMPLATES = (
    Template(
        "squeezenet", "SqueezeNet 1.0",
        "Fire blocks: as good as AlexNet with a fiftieth of its weights.",
        partial(squeezenet, "1.0"), None, imagenet(), LARGE,
        family=_FAMILY, year=2016, source=_IANDOLA,
    ),
    Template(
        "squeezenet-1.1", "SqueezeNet 1.1",
        "SqueezeNet with less than half the arithmetic.",
        partial(squeezenet, "1.1"), None, imagenet(), LARGE,
        family=_FAMILY, year=2016, source=_IANDOLA,
    ),
    Template(
        "mobilenet-v1", "MobileNet v1",
        "Thirteen depthwise separable blocks.",
        mobilenet_v1, None, imagenet(), LARGE, family=_FAMILY, year=2017,
        source="Howard et al. 2017, MobileNets: Efficient Convolutional Neural Networks for Mobile"
        " Vision Applications",
    ),
    Template(
        "mobilenet-v2", "MobileNet v2",
        "Seventeen inverted residual blocks: narrow outside, wide inside.",
        mobilenet_v2, None, imagenet(), LARGE, family=_FAMILY, year=2018,
        source="Sandler et al. 2018, MobileNetV2: Inverted Residuals and Linear Bottlenecks",
    ),
)  # fmt: skip
