"""DenseNet and FractalNet: many short ways from the input to the end."""

from __future__ import annotations

from functools import partial

from nnstudio.data.sources import Public
from nnstudio.graph.model import Graph
from nnstudio.graph.types import DataSignature
from nnstudio.project.library.paths import dense_block, fractal, transition
from nnstudio.project.library.plain import conv_bn_relu
from nnstudio.project.library.sketch import Sketch
from nnstudio.project.template import Family, Template
from nnstudio.project.zoo.common import CIFAR, LARGE, ending, imagenet, pooled_ending, public


def densenet(growth: int, layers: tuple[int, ...], signature: DataSignature) -> Graph:
    """DenseNet-BC, table 1 of the paper; each transition halves the channels."""
    sketch = Sketch()
    channels = 2 * growth
    at = sketch.card(conv_bn_relu(channels, 7, 2, 3), sketch.add("input"), "stem")
    at = sketch.add("max_pool", at, window=3, stride=2, padding=1, floor=True)
    for stage, count in enumerate(layers, 1):
        if stage > 1:
            channels //= 2
            at = sketch.card(transition(channels), at, f"transition{stage - 1}")
        at = sketch.card(dense_block(growth, count), at, f"dense{stage}")
        channels += growth * count
    pooled_ending(sketch, sketch.add("batch_norm", at, activation="relu"), signature)
    return sketch.graph()


def fractalnet(columns: int, signature: DataSignature) -> Graph:
    """FractalNet for small images, section 4.1: five fractals, each with pooling and dropout."""
    sketch = Sketch()
    at = sketch.add("input")
    for number, filters in enumerate((64, 128, 256, 512, 512), 1):
        at = sketch.card(fractal(filters, columns), at, f"fractal{number}")
        at = sketch.add("max_pool", at, floor=True)
        if number > 1:
            at = sketch.add("dropout", at, rate=0.1 * (number - 1))
    ending(sketch, sketch.add("flatten", at), signature)
    return sketch.graph()


_FAMILY: Family = "Dense and fractal nets"

TEMPLATES = (
    Template(
        "densenet-121", "DenseNet-121",
        "Four dense blocks: every layer sees all before it and adds 32 channels.",
        partial(densenet, 32, (6, 12, 24, 16)), None, imagenet(), LARGE, family=_FAMILY, year=2016,
        source="Huang, Liu, van der Maaten & Weinberger 2017, Densely Connected Convolutional"
        " Networks",
    ),
    Template(
        "fractalnet", "FractalNet-20",
        "Five fractals of three columns: twenty convolutions deep without shortcuts that add.",
        partial(fractalnet, 3), Public(name="cifar-10"), public("cifar-10"), CIFAR,
        family=_FAMILY, year=2016,
        source="Larsson, Maire & Shakhnarovich 2017, FractalNet: Ultra-Deep Neural Networks without"
        " Residuals",
    ),
)  # fmt: skip
