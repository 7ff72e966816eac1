"""Inception-v4: its stem, three kinds of blocks and two reductions.

Szegedy, Ioffe, Vanhoucke & Alemi 2017, "Inception-v4, Inception-ResNet and the Impact of Residual
Connections on Learning", figures 3 to 9.
"""

from __future__ import annotations

from nnstudio.graph.model import Block, Graph
from nnstudio.graph.types import DataSignature
from nnstudio.project.library.plain import Sizes, conv_bn
from nnstudio.project.library.sketch import IN, Sketch
from nnstudio.project.zoo.common import pooled_ending

_Way = tuple[tuple[int, Sizes], ...]  # filters and kernel of each convolution of a branch
_FLAT, _TALL = [1, 7], [7, 1]


def inception_v4(signature: DataSignature) -> Graph:
    """Inception-v4 (figure 9)."""
    sketch = Sketch()
    at = sketch.card(_stem(), sketch.add("input"), "stem")
    at = sketch.card(_block_a(4), at, "inception_a")
    at = sketch.card(_reduction_a(), at, "reduction_a")
    at = sketch.card(_block_b(7), at, "inception_b")
    at = sketch.card(_reduction_b(), at, "reduction_b")
    at = sketch.card(_block_c(3), at, "inception_c")
    pooled_ending(sketch, at, signature, drop=0.2)
    return sketch.graph()


def _stem() -> Block:
    """Three times two ways to smaller maps (figure 3)."""
    sketch = Sketch()
    at = _shrink(sketch, IN, 32)
    at = conv_bn(sketch, at, 32, 3, padding="valid")
    at = conv_bn(sketch, at, 64, 3)
    at = sketch.add("concat", _pool(sketch, at), _shrink(sketch, at, 96))
    ways: tuple[_Way, ...] = (((64, 1),), ((64, 1), (64, _FLAT), (64, _TALL)))
    ends = [conv_bn(sketch, _way(sketch, at, way), 96, 3, padding="valid") for way in ways]
    at = sketch.add("concat", *ends)
    return sketch.block(
        "Inception stem", sketch.add("concat", _shrink(sketch, at, 192), _pool(sketch, at))
    )


def _block_a(repeat: int) -> Block:
    """Figure 4."""
    sketch = Sketch()
    ends = [
        _way(sketch, IN, ((96, 1),)),
        _way(sketch, IN, ((64, 1), (96, 3))),
        _way(sketch, IN, ((64, 1), (96, 3), (96, 3))),
        _way(sketch, _average(sketch), ((96, 1),)),
    ]
    return sketch.block("Inception A", sketch.add("concat", *ends), repeat)


def _reduction_a() -> Block:
    """Figure 7 with k = 192, l = 224, m = 256, n = 384."""
    sketch = Sketch()
    ends = [
        _shrink(sketch, IN, 384),
        _shrink(sketch, _way(sketch, IN, ((192, 1), (224, 3))), 256),
        _pool(sketch, IN),
    ]
    return sketch.block("Reduction A", sketch.add("concat", *ends))


def _block_b(repeat: int) -> Block:
    """Figure 5."""
    sketch = Sketch()
    ends = [
        _way(sketch, IN, ((384, 1),)),
        _way(sketch, IN, ((192, 1), (224, _FLAT), (256, _TALL))),
        _way(sketch, IN, ((192, 1), (192, _TALL), (224, _FLAT), (224, _TALL), (256, _FLAT))),
        _way(sketch, _average(sketch), ((128, 1),)),
    ]
    return sketch.block("Inception B", sketch.add("concat", *ends), repeat)


def _reduction_b() -> Block:
    """Figure 8."""
    sketch = Sketch()
    ends = [
        _shrink(sketch, _way(sketch, IN, ((192, 1),)), 192),
        _shrink(sketch, _way(sketch, IN, ((256, 1), (256, _FLAT), (320, _TALL))), 320),
        _pool(sketch, IN),
    ]
    return sketch.block("Reduction B", sketch.add("concat", *ends))


def _block_c(repeat: int) -> Block:
    """Figure 6; two ways part once more at their ends."""
    sketch = Sketch()
    ends = [_way(sketch, IN, ((256, 1),))]
    for way in (((384, 1),), ((384, 1), (448, [3, 1]), (512, [1, 3]))):
        fork = _way(sketch, IN, way)
        ends += [_way(sketch, fork, ((256, kernel),)) for kernel in ([1, 3], [3, 1])]
    ends.append(_way(sketch, _average(sketch), ((256, 1),)))
    return sketch.block("Inception C", sketch.add("concat", *ends), repeat)


def _way(sketch: Sketch, source: str, way: _Way) -> str:
    for filters, kernel in way:
        source = conv_bn(sketch, source, filters, kernel)
    return source


def _shrink(sketch: Sketch, source: str, filters: int) -> str:
    return conv_bn(sketch, source, filters, 3, stride=2, padding="valid")


def _pool(sketch: Sketch, source: str) -> str:
    return sketch.add("max_pool", source, window=3, stride=2, floor=True)


def _average(sketch: Sketch) -> str:
    return sketch.add("avg_pool", IN, window=3, stride=1, padding="same")
