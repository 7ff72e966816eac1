"""The convolutional nets from LeNet-5 to Network in Network: rows of layers without branches."""

from __future__ import annotations

from functools import partial
from typing import Any

from nnstudio.data.sources import Public
from nnstudio.graph.model import Graph
from nnstudio.graph.types import DataSignature
from nnstudio.project.library.sketch import Sketch
from nnstudio.project.template import Family, Template
from nnstudio.project.zoo.common import CIFAR, LARGE, ending, imagenet, loss, public
from nnstudio.train.settings import RunSettings

_VGG = {16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}  # convolutions in each stage; table 1, D and E


def lenet_5(signature: DataSignature) -> Graph:
    """LeNet-5; its second convolution sees all maps, and the pooling has no weights of its own."""
    sketch = Sketch()
    at = sketch.add("input")
    for filters, padding in ((6, "same"), (16, "valid")):
        at = sketch.add(
            "conv2d", at, filters=filters, kernel=5, padding=padding, activation="tanh",
            initial="xavier",
        )  # fmt: skip
        at = sketch.add("avg_pool", at)
    at = sketch.add("flatten", at)
    for units in (120, 84):
        at = sketch.add("dense", at, units=units, activation="tanh", initial="xavier")
    ending(sketch, at, signature)
    return sketch.graph()


def alexnet(signature: DataSignature) -> Graph:
    """AlexNet; the halves that ran on two cards are groups."""
    sketch = Sketch()
    at = sketch.add("input")
    at = _conv(sketch, at, 96, 11, stride=4, padding="valid")
    at = _pool(sketch, sketch.add("local_norm", at))
    at = _conv(sketch, at, 256, 5, groups=2)
    at = _pool(sketch, sketch.add("local_norm", at))
    at = _conv(sketch, at, 384, 3)
    at = _conv(sketch, at, 384, 3, groups=2)
    at = _pool(sketch, _conv(sketch, at, 256, 3, groups=2))
    _wide_ending(sketch, at, signature)
    return sketch.graph()


def zfnet(signature: DataSignature) -> Graph:
    """ZFNet: AlexNet with a smaller first window and stride, and without groups (figure 3)."""
    sketch = Sketch()
    at = sketch.add("input")
    at = _pool(sketch, _conv(sketch, at, 96, 7, stride=2, padding=1), padding=1)
    at = sketch.add("local_norm", at)
    at = _pool(sketch, _conv(sketch, at, 256, 5, stride=2, padding="valid"), padding=1)
    at = sketch.add("local_norm", at)
    for filters in (384, 384, 256):
        at = _conv(sketch, at, filters, 3)
    _wide_ending(sketch, _pool(sketch, at), signature)
    return sketch.graph()


def vgg(depth: int, signature: DataSignature) -> Graph:
    """VGG: only 3×3 windows, twice as many filters after each pooling."""
    sketch = Sketch()
    at = sketch.add("input")
    for stage, (count, filters) in enumerate(
        zip(_VGG[depth], (64, 128, 256, 512, 512), strict=True), 1
    ):
        for number in range(1, count + 1):
            at = _conv(sketch, at, filters, 3, name=f"conv{stage}_{number}")
        at = sketch.add("max_pool", at, floor=True)
    _wide_ending(sketch, at, signature)
    return sketch.graph()


def nin(signature: DataSignature) -> Graph:
    """Network in Network: 1×1 convolutions behind each window, and no dense layer at the end."""
    sketch = Sketch()
    at = sketch.add("input")
    for kernel, filters, pool in (
        (5, (192, 160, 96), "max_pool"),
        (5, (192, 192, 192), "avg_pool"),
    ):
        at = _conv(sketch, at, filters[0], kernel)
        for narrow in filters[1:]:
            at = _conv(sketch, at, narrow, 1)
        at = sketch.add(pool, at, window=3, stride=2, padding="same")
        at = sketch.add("dropout", at)
    at = _conv(sketch, _conv(sketch, at, 192, 3), 192, 1)
    at = sketch.add(
        "conv2d", at, name="scores", filters=signature.target.size, kernel=1, activation="linear"
    )
    loss(sketch, sketch.add("global_avg_pool", at), signature)
    return sketch.graph()


def _conv(sketch: Sketch, source: str, filters: int, kernel: int, **params: Any) -> str:
    return sketch.add("conv2d", source, filters=filters, kernel=kernel, floor=True, **params)


def _pool(sketch: Sketch, source: str, **params: Any) -> str:
    return sketch.add("max_pool", source, window=3, stride=2, floor=True, **params)


def _wide_ending(sketch: Sketch, source: str, signature: DataSignature) -> None:
    """Two dense layers of 4096 with dropout, then the end."""
    at = sketch.add("flatten", source)
    for _ in range(2):
        at = sketch.add("dense", at, units=4096, activation="relu")
        at = sketch.add("dropout", at)
    ending(sketch, at, signature)


_SIMONYAN = (
    "Simonyan & Zisserman 2015, Very Deep Convolutional Networks for Large-Scale Image Recognition"
)
_FAMILY: Family = "Classic convolutional nets"

TEMPLATES = (
    Template(
        "lenet-5", "LeNet-5",
        "The first convolutional net in use, with tanh and average pooling, reads digits.",
        lenet_5, Public(name="mnist"), public("mnist"),
        RunSettings(epochs=10, batch=64, learning_rate=2e-3), family=_FAMILY, year=1998,
        source="LeCun, Bottou, Bengio & Haffner 1998, Gradient-Based Learning Applied to Document"
        " Recognition",
    ),
    Template(
        "alexnet", "AlexNet",
        "Five convolutions and three dense layers: the net that won ImageNet in 2012.",
        alexnet, None, imagenet(227), LARGE, family=_FAMILY, year=2012,
        source="Krizhevsky, Sutskever & Hinton 2012, ImageNet Classification with Deep"
        " Convolutional Neural Networks",
    ),
    Template(
        "zfnet", "ZFNet",
        "AlexNet improved by looking at what its filters see: smaller windows at the start.",
        zfnet, None, imagenet(), LARGE, family=_FAMILY, year=2013,
        source="Zeiler & Fergus 2014, Visualizing and Understanding Convolutional Networks",
    ),
    Template(
        "vgg-16", "VGG-16",
        "Thirteen 3×3 convolutions and three dense layers, which hold most of its weights.",
        partial(vgg, 16), None, imagenet(), LARGE, family=_FAMILY, year=2014, source=_SIMONYAN,
    ),
    Template(
        "vgg-19", "VGG-19",
        "VGG with sixteen 3×3 convolutions.",
        partial(vgg, 19), None, imagenet(), LARGE, family=_FAMILY, year=2014, source=_SIMONYAN,
    ),
    Template(
        "nin", "Network in Network",
        "1×1 convolutions behind each window, and averages of whole maps as scores.",
        nin, Public(name="cifar-10"), public("cifar-10"), CIFAR, family=_FAMILY, year=2013,
        source="Lin, Chen & Yan 2014, Network in Network",
    ),
)  # fmt: skip
