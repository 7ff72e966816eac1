"""A convolution with what always goes with it: batch norm and ReLU, before or behind."""

from __future__ import annotations

from typing import Any

from nnstudio.graph.model import Block
from nnstudio.project.library.sketch import IN, Sketch

Sizes = int | list[int]


def conv_bn(
    sketch: Sketch,
    source: str,
    filters: int,
    kernel: Sizes = 3,
    *,
    stride: int = 1,
    relu: bool = True,
    name: str = "",
    **params: Any,
) -> str:
    """Add a convolution without bias, batch norm and (if wanted) ReLU; give the last one's id.

    Padding is half the kernel on each side, a rest at the edge is left out: the sizes, and at
    stride 2 the very pixels, are torchvision's.
    """
    if isinstance(kernel, int):
        params = {"padding": kernel // 2, "floor": True} | params
    conv = sketch.add(
        "conv2d",
        source,
        name=name,
        filters=filters,
        kernel=kernel,
        stride=stride,
        activation="linear",
        bias=False,
        **params,
    )
    own = f"{name}_bn" if name else ""
    return sketch.add("batch_norm", conv, name=own, activation="relu" if relu else "linear")


def bn_conv(
    sketch: Sketch, source: str, filters: int, kernel: int = 3, *, stride: int = 1
) -> tuple[str, str]:
    """Add batch norm with ReLU and then a convolution without bias; give the ids of both."""
    before = sketch.add("batch_norm", source, activation="relu")
    conv = sketch.add(
        "conv2d", before, filters=filters, kernel=kernel, stride=stride,
        padding=kernel // 2, floor=True, activation="linear", bias=False,
    )  # fmt: skip
    return before, conv


def conv_bn_relu(
    filters: int = 64, kernel: int = 3, stride: int = 1, padding: int | str = "same"
) -> Block:
    """Convolution, batch norm, ReLU (Ioffe & Szegedy 2015, Batch Normalization, section 3.2)."""
    sketch = Sketch()
    out = conv_bn(sketch, IN, filters, kernel, stride=stride, padding=padding)
    sketch.outward("filters", filters, "conv1.filters")
    sketch.outward("kernel", kernel, "conv1.kernel")
    sketch.outward("stride", stride, "conv1.stride")
    sketch.outward("padding", padding, "conv1.padding")
    return sketch.block("Conv-BN-ReLU", out)
