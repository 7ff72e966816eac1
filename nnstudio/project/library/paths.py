"""Blocks with long and short ways through: dense, transition, highway, fractal."""

from __future__ import annotations

from nnstudio.graph.model import Block
from nnstudio.project.library.plain import bn_conv, conv_bn
from nnstudio.project.library.sketch import IN, Sketch

NARROWING = 4  # the 1×1 convolution of a dense layer has four times the growth


def dense_block(growth: int = 32, repeat: int = 6) -> Block:
    """Layers that each see all before them; every one adds `growth` channels.

    Source: Huang, Liu, van der Maaten & Weinberger 2017, "Densely Connected Convolutional
    Networks", section 3 (DenseNet-B: 1×1 before each 3×3).
    """
    sketch = Sketch()
    _, narrow = bn_conv(sketch, IN, NARROWING * growth, 1)
    _, new = bn_conv(sketch, narrow, growth, 3)
    out = sketch.add("concat", IN, new)
    sketch.outward("growth", growth, ("conv1.filters", NARROWING), "conv2.filters")
    return sketch.block("Dense block", out, repeat)


def transition(filters: int = 128) -> Block:
    """Between dense blocks: 1×1 to fewer channels, then half the height and width."""
    sketch = Sketch()
    _, narrow = bn_conv(sketch, IN, filters, 1)
    out = sketch.add("avg_pool", narrow, floor=True)
    sketch.outward("filters", filters, "conv1.filters")
    return sketch.block("Transition", out)


def highway(units: int = 64, gate_bias: float = -2.0, repeat: int = 1) -> Block:
    """A layer h with a gate t that says how much of it counts: y = t · (h − x) + x.

    A gate bias below 0 lets the input through at first. The input must have `units` numbers.
    Source: Srivastava, Greff & Schmidhuber 2015, "Highway Networks", section 2: t · h + (1 − t) x.
    """
    sketch = Sketch()
    inner = sketch.add("dense", IN, name="layer", units=units, activation="relu")
    gate = sketch.add(
        "dense", IN, name="gate", units=units, activation="sigmoid", initial="xavier",
        bias_start=gate_bias,
    )  # fmt: skip
    change = sketch.add("multiply", gate, sketch.add("subtract", inner, IN))
    out = sketch.add("add", IN, change)
    sketch.outward("units", units, "layer.units", "gate.units")
    sketch.outward("gate_bias", gate_bias, "gate.bias_start")
    return sketch.block("Highway", out, repeat)


def fractal(filters: int = 64, columns: int = 3) -> Block:
    """Ways of 1, 2, 4 … convolutions from the same input; where they meet, their mean goes on.

    With f₁ = conv, f₍c+1₎(x) = mean(f_c(f_c(x)), conv(x)), joins that meet being one.
    Source: Larsson, Maire & Shakhnarovich 2017, "FractalNet", section 2.
    Departs: without drop-path, which needs no layer of its own but changes every batch.
    """
    sketch = Sketch()
    out = _mean(sketch, _ways(sketch, IN, filters, columns))
    convs = [f"conv{number}.filters" for number in range(1, 2**columns)]
    sketch.outward("filters", filters, *convs)
    return sketch.block(f"Fractal of {columns}", out)


def _ways(sketch: Sketch, source: str, filters: int, columns: int) -> list[str]:
    """Give the ends that meet behind a fractal of some columns, the longest way first."""
    if columns == 1:
        return [conv_bn(sketch, source, filters, 3)]
    middle = _mean(sketch, _ways(sketch, source, filters, columns - 1))
    deep = _ways(sketch, middle, filters, columns - 1)
    return [*deep, conv_bn(sketch, source, filters, 3)]


def _mean(sketch: Sketch, ends: list[str]) -> str:
    if len(ends) == 1:
        return ends[0]
    total = sketch.add("add", *ends)
    return sketch.add("scalar", total, operation="multiply", value=1 / len(ends))
