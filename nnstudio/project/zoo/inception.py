"""GoogLeNet: nine inception blocks on one another."""

from __future__ import annotations

from nnstudio.graph.model import Graph
from nnstudio.graph.types import DataSignature
from nnstudio.project.library.inception import inception
from nnstudio.project.library.sketch import Sketch
from nnstudio.project.template import Family, Template
from nnstudio.project.zoo.common import LARGE, imagenet, pooled_ending
from nnstudio.project.zoo.inception_v4 import inception_v4

# Table 1 of the paper: 1×1, 3×3 reduce, 3×3, 5×5 reduce, 5×5, pool projection.
_STAGES = {
    "3": ((64, 96, 128, 16, 32, 32), (128, 128, 192, 32, 96, 64)),
    "4": (
        (192, 96, 208, 16, 48, 64),
        (160, 112, 224, 24, 64, 64),
        (128, 128, 256, 24, 64, 64),
        (112, 144, 288, 32, 64, 64),
        (256, 160, 320, 32, 128, 128),
    ),
    "5": ((256, 160, 320, 32, 128, 128), (384, 192, 384, 48, 128, 128)),
}


def googlenet(signature: DataSignature) -> Graph:
    """GoogLeNet, table 1 of the paper.

    Departs: without the two side branches with losses of their own, which are cut off after
    training anyway.
    """
    sketch = Sketch()
    at = sketch.add(
        "conv2d", sketch.add("input"), filters=64, kernel=7, stride=2, padding=3, floor=True
    )
    at = sketch.add("local_norm", _pool(sketch, at))
    at = sketch.add("conv2d", at, filters=64, kernel=1)
    at = sketch.add("conv2d", at, filters=192, kernel=3)
    at = sketch.add("local_norm", at)
    for stage, blocks in _STAGES.items():
        at = _pool(sketch, at)
        for letter, filters in zip("abcde", blocks, strict=False):
            at = sketch.card(inception(*filters), at, f"inception{stage}{letter}")
    pooled_ending(sketch, at, signature, drop=0.4)
    return sketch.graph()


def _pool(sketch: Sketch, source: str) -> str:
    """Halve height and width, rounded up."""
    return sketch.add("max_pool", source, window=3, stride=2, padding="same")


_FAMILY: Family = "Inception"

TEMPLATES = (
    Template(
        "googlenet", "GoogLeNet",
        "Nine inception blocks and averages at the end: a ninth of AlexNet's weights.",
        googlenet, None, imagenet(), LARGE, family=_FAMILY, year=2014,
        source="Szegedy et al. 2015, Going Deeper with Convolutions",
    ),
    Template(
        "inception-v4", "Inception-v4",
        "Fourteen blocks of three kinds, with long thin windows such as 1×7.",
        inception_v4, None, imagenet(299), LARGE, family=_FAMILY, year=2016,
        source="Szegedy, Ioffe, Vanhoucke & Alemi 2017, Inception-v4, Inception-ResNet and the"
        " Impact of Residual Connections on Learning",
    ),
)  # fmt: skip
