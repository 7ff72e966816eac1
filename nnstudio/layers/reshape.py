"""Reshape and Permute: the same numbers under another shape, or in another order."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated

from pydantic import Field, field_validator

from nnstudio.core import words
from nnstudio.graph.layer import (
    Cost,
    Example,
    LayerDoc,
    LayerParams,
    Mismatch,
    Remedy,
    SetOwn,
)
from nnstudio.graph.registry import register
from nnstudio.graph.types import TensorType, flat, maps
from nnstudio.kernels.activation import is_small
from nnstudio.kernels.kernel import In4, Out4, kernel
from nnstudio.kernels.maths import share
from nnstudio.kernels.moves import copy
from nnstudio.kernels.program import NO_HALO, Buffer
from nnstudio.layers.contract import Emit, RunnableLayer

_Size = Annotated[int, Field(ge=1, le=1_000_000)]
_Axis = Annotated[int, Field(ge=1, le=3)]
_NAMES = ("height", "width", "channels")


@kernel
def turn_axes(
    x: In4,
    y: Out4,
    height: int,
    width: int,
    channels: int,
    ih: int,
    iw: int,
    ic: int,
    jh: int,
    jw: int,
    jc: int,
    kh: int,
    kw: int,
    kc: int,
    tid: int,
    threads: int,
) -> None:
    """Give y its sizes; each of its axes i, j, k runs along one axis h, w, c of x (1, else 0)."""
    first, last = share(y.shape[0], tid, threads)
    for n in range(first, last):
        for i in range(height):
            for j in range(width):
                h, w, c = i * ih + j * jh, i * iw + j * jw, i * ic + j * jc
                if kc == 1:  # whole pixels, in vectors
                    for k in range(channels):
                        y[n, i, j, k] = x[n, h, w, k]
                else:
                    for k in range(channels):
                        y[n, i, j, k] = x[n, h + k * kh, w + k * kw, c]


class ReshapeParams(LayerParams):
    """Parameters of Reshape."""

    shape: tuple[_Size] | tuple[_Size, _Size] | tuple[_Size, _Size, _Size] = Field(
        (1, 1, 1),
        title="Shape",
        description="The new sizes: features; steps × features; or height × width × channels.",
    )


@register
class Reshape(RunnableLayer):
    """A view, unless a halo is in the way."""

    kind = "reshape"
    title = "Reshape"
    category = "shape"
    prefix = "reshape"
    params = ReshapeParams
    doc = LayerDoc(
        summary="Reads the same numbers, in the same order, under another shape.",
        use="To make a map of a flat vector: behind the Dense that begins a decoder, or where a"
        " table holds the pixels of images.",
        pitfalls="The channels of a pixel must follow each other. It does not move numbers: to"
        " swap axes take Permute.",
        formula=r"y_{(i W + j) C + k} = x_{(h V + w) D + c} \text{ at equal places}",
    )
    examples = (
        Example({"shape": [2, 3, 4]}, (flat(24),)),
        Example({"shape": [4, 2, 3]}, (maps(2, 3, 4),)),
        Example({"shape": [12]}, (maps(3, 4, 1),)),
        Example({"shape": [6, 2]}, (flat(12),)),
    )

    def essentials(self, p: ReshapeParams) -> str:
        return words.shape(p.shape)

    def infer(self, p: ReshapeParams, inputs: tuple[TensorType, ...]) -> TensorType:
        (x,) = inputs
        if math.prod(p.shape) != x.size:
            sizes = "·".join(map(str, p.shape))
            raise Mismatch(
                f"Reshape to {words.shape(p.shape)} needs {sizes} ="
                f" {words.whole(math.prod(p.shape))} numbers; {x} = {words.whole(x.size)} arrive.",
                *_shapes(p, x.size),
                port="x",
            )
        return _type(p.shape)

    def cost(self, p: ReshapeParams, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        sizes = "·".join(map(str, p.shape))
        return Cost(arithmetic=(f"{sizes} = {words.whole(output.size)} numbers, nothing computed",))

    def shape_lines(
        self, p: ReshapeParams, inputs: tuple[TensorType, ...], output: TensorType
    ) -> tuple[str, ...]:
        old, new = (r" \times ".join(map(str, one.shape)) for one in (inputs[0], output))
        return (rf"{old} \to \mathbf{{{new}}}",)

    def is_view(self, p: ReshapeParams, training: bool) -> bool:
        return True

    def forward(self, e: Emit) -> None:
        _recast(e, e.x[0], e.out)

    def backward(self, e: Emit) -> None:
        if e.dx[0] is not None:
            _recast(e, e.grad, e.dx[0])


def _type(shape: tuple[int, ...]) -> TensorType:
    return TensorType(shape, "f4", {1: "F", 2: "TF", 3: "HWC"}[len(shape)])


def _shapes(p: ReshapeParams, size: int) -> Iterator[Remedy]:
    """Offer the wanted shape with its last size set right, squares, and a flat vector."""
    rest = math.prod(p.shape[:-1])
    offers = [(*p.shape[:-1], size // rest)] if len(p.shape) > 1 and size % rest == 0 else []
    for channels in (1, 3):
        side = math.isqrt(size // channels)
        if side > 1 and side * side * channels == size:
            offers.append((side, side, channels))
    for shape in dict.fromkeys((*offers, (size,))):
        yield SetOwn("shape", list(shape), f"Set shape to {words.shape(shape)}")


def _recast(e: Emit, source: Buffer, target: Buffer) -> None:
    """Copy numbers in their order into a buffer of another shape; either may have a halo."""
    if NO_HALO not in {source.halo, target.halo}:
        tight = e.program.buffer(f"{source.name} without halo", source.shape)
        copy(e.program, source, tight)
        source = tight
    if source.halo == NO_HALO:
        copy(
            e.program, Buffer(f"{source.name} as {target.name}", target.shape, base=source), target
        )
    else:
        copy(
            e.program, source, Buffer(f"{target.name} as {source.name}", source.shape, base=target)
        )


class PermuteParams(LayerParams):
    """Parameters of Permute."""

    order: tuple[_Axis, _Axis, _Axis] = Field(
        (2, 1, 3),
        title="Order",
        description="Which axis comes first, second and third: 1 height, 2 width, 3 channels.",
    )

    @field_validator("order")
    @classmethod
    def _each_once(cls, order: tuple[int, int, int]) -> tuple[int, int, int]:
        if sorted(order) != [1, 2, 3]:
            raise ValueError("Each of 1, 2 and 3 must stand once in the order")
        return order


@register
class Permute(RunnableLayer):
    """The axes of a map in another order."""

    kind = "permute"
    title = "Permute"
    category = "shape"
    prefix = "permute"
    params = PermuteParams
    doc = LayerDoc(
        summary="Puts the axes of a map into another order: a transposed image, for example.",
        use="To let a layer look along another axis, or to turn channels-first data round.",
        pitfalls="It moves every number, which takes time; layers behind it see height, width and"
        " channels in their new roles.",
        formula=r"y_{i,j,k} = x_{j,i,k} \text{ for the order } 2, 1, 3",
    )
    examples = (
        Example({}, (maps(3, 4, 2),)),
        Example({"order": [3, 1, 2]}, (maps(2, 5, 3),)),
        Example({"order": [2, 3, 1]}, (maps(4, 3, 2),)),
        Example({"order": [1, 3, 2]}, (maps(3, 2, 7),)),
    )

    def essentials(self, p: PermuteParams) -> str:
        return " · ".join(_NAMES[axis - 1] for axis in p.order)

    def infer(self, p: PermuteParams, inputs: tuple[TensorType, ...]) -> TensorType:
        (x,) = inputs
        if not x.is_map:
            raise Mismatch(
                f"Permute needs a map (height × width × channels); {words.whole(x.size)} numbers"
                " arrive flat.",
                hint="Put it before Flatten, or a Reshape before it.",
                port="x",
            )
        return maps(*(x.shape[axis - 1] for axis in p.order))

    def cost(self, p: PermuteParams, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost(arithmetic=(f"0 parameters, {words.whole(output.size)} numbers moved",))

    def shape_lines(
        self, p: PermuteParams, inputs: tuple[TensorType, ...], output: TensorType
    ) -> tuple[str, ...]:
        old, new = (r" \times ".join(map(str, one.shape)) for one in (inputs[0], output))
        return (rf"{old} \to \mathbf{{{new}}}",)

    def forward(self, e: Emit) -> None:
        _turn(e, e.x[0], e.out, e.p.order)

    def backward(self, e: Emit) -> None:
        if e.dx[0] is not None:
            back = tuple(e.p.order.index(axis) + 1 for axis in (1, 2, 3))
            _turn(e, e.grad, e.dx[0], back)


def _turn(e: Emit, source: Buffer, target: Buffer, order: tuple[int, ...]) -> None:
    steps = [int(axis == one) for axis in order for one in (1, 2, 3)]
    views = source.maps(), target.maps()
    sizes = target.shape[1:]
    e.program.call(turn_axes, *views, *sizes, *steps, label="permute", serial=is_small(target))
