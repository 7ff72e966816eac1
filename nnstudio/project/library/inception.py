"""Inception: windows of several sizes look at the same map, side by side.

Szegedy et al. 2015, "Going Deeper with Convolutions", figure 2.
"""

from __future__ import annotations

from nnstudio.graph.model import Block
from nnstudio.project.library.sketch import IN, Sketch


def inception_naive(ones: int = 128, threes: int = 192, fives: int = 96) -> Block:
    """1×1, 3×3, 5×5 and pooling straight on the input (figure 2a).

    On 28×28×256 the default needs 854 million multiply-adds and gives 28×28×672: the pooled input
    alone brings 256 channels, and so the maps grow with every such block.
    """
    sketch = Sketch()
    branches = [
        sketch.add("conv2d", IN, name=f"conv{size}x{size}", filters=filters, kernel=size)
        for size, filters in ((1, ones), (3, threes), (5, fives))
    ]
    pooled = _pool(sketch)
    _outward(sketch, ones, threes, fives)
    return sketch.block("Naive inception", sketch.add("concat", *branches, pooled))


def inception(
    ones: int = 128,
    reduce_threes: int = 64,
    threes: int = 192,
    reduce_fives: int = 64,
    fives: int = 96,
    pooled: int = 64,
) -> Block:
    """The same with 1×1 convolutions that first reduce the channels (figure 2b).

    On 28×28×256 the default needs 271 million multiply-adds and gives 28×28×480. The 358 million
    that lecture notes give for it (CS231n 2017, lecture 9) count the 3×3 convolution's 87 twice.
    """
    sketch = Sketch()
    reduced = {
        size: sketch.add("conv2d", IN, name=f"reduce{size}x{size}", filters=filters, kernel=1)
        for size, filters in ((3, reduce_threes), (5, reduce_fives))
    }
    branches = [
        sketch.add(
            "conv2d", reduced.get(size, IN), name=f"conv{size}x{size}", filters=filters, kernel=size
        )
        for size, filters in ((1, ones), (3, threes), (5, fives))
    ]
    last = sketch.add("conv2d", _pool(sketch), name="project", filters=pooled, kernel=1)
    _outward(sketch, ones, threes, fives)
    sketch.outward("pool", pooled, "project.filters")
    sketch.outward("reduce_3x3", reduce_threes, "reduce3x3.filters")
    sketch.outward("reduce_5x5", reduce_fives, "reduce5x5.filters")
    return sketch.block("Inception", sketch.add("concat", *branches, last))


def _pool(sketch: Sketch) -> str:
    return sketch.add("max_pool", IN, name="pool", window=3, stride=1, padding="same")


def _outward(sketch: Sketch, ones: int, threes: int, fives: int) -> None:
    for size, filters in ((1, ones), (3, threes), (5, fives)):
        sketch.outward(f"{size}x{size}", filters, f"conv{size}x{size}.filters")
