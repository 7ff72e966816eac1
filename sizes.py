"""Gives every example of every layer other sizes: sides of 1, 3 and 17, channels from 1 to 65.

What does not fit then is repaired as a person would repair it: by the layer's own first remedy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from nnstudio.core.random import stream
from nnstudio.graph.layer import Example, Layer, Mismatch, SetOwn
from nnstudio.graph.registry import make_params
from nnstudio.graph.types import ClassTarget, Target, TensorType, ValueTarget
from tests.layers.harness import Array, Case, make_case

SIDES = (1, 3, 17)
CHANNELS = (1, 3, 15, 16, 17, 33, 65)
# one of each side and of each number of channels
SOME = ((1, 1, 1), (1, 17, 3), (17, 1, 15), (3, 3, 16), (3, 17, 17), (17, 3, 33), (17, 17, 65))
ALL = tuple((height, width, c) for height in SIDES for width in SIDES for c in CHANNELS)
BATCH = 3
_KIND = np.dtype("f4")  # both precisions get numbers that float32 holds exactly


@dataclass(frozen=True, slots=True)
class Sized:
    """An example of a layer at another size.

    Attributes:
        kind: The layer.
        number: Which of its examples.
        size: Height or steps, width, channels or features.
        example: Parameters, inputs and target at that size.
    """

    kind: str
    number: int
    size: tuple[int, int, int]
    example: Example = field(repr=False)

    def __str__(self) -> str:
        return f"{self.kind}-{self.number} at {'×'.join(map(str, self.size))}"


def some_sizes(layer: Layer) -> list[Sized]:
    """Deal the seven sizes out to the layer's examples."""
    found: dict[tuple[int, Any], Sized] = {}
    count = len(layer.examples)
    for place, size in enumerate(SOME):
        for turn in range(count):
            one = sized(layer, (place + turn) % count, size)
            if one is not None:
                found[one.number, one.example.inputs] = one
                break
    return list(found.values())


def all_sizes(layer: Layer) -> Iterator[Sized]:
    """Give all examples at all sizes, each shape once."""
    for number in range(len(layer.examples)):
        seen: set[tuple[TensorType, ...]] = set()
        for size in ALL:
            one = sized(layer, number, size)
            if one is not None and one.example.inputs not in seen:
                seen.add(one.example.inputs)
                yield one


def sized(layer: Layer, number: int, size: tuple[int, int, int]) -> Sized | None:
    """Give an example at a size, or None where no remedy makes it fit."""
    example = layer.examples[number]
    groups = int(str(example.params.get("groups", 1)))
    inputs = tuple(
        _resized(one, (*size[:2], _whole(_channels(example.inputs, at, size[2]), groups)))
        for at, one in enumerate(example.inputs)
    )
    params = dict(example.params)
    if layer.width_param:
        wide = CHANNELS[(CHANNELS.index(size[2]) + 3) % len(CHANNELS)]
        params[layer.width_param] = _whole(wide, groups)
    target = None
    if example.target is not None:
        inputs, target = _aimed(inputs[0], example.target)
    fitting = _repaired(layer, Example(params, inputs, target))
    return None if fitting is None else Sized(layer.kind, number, size, fitting)


def _resized(one: TensorType, size: tuple[int, int, int]) -> TensorType:
    shape = {1: size[2:], 2: (size[0], size[2]), 3: size}[len(one.shape)]
    return replace(one, shape=shape)


def _channels(inputs: tuple[TensorType, ...], at: int, channels: int) -> int:
    """Give inputs that were equally wide the same channels, and others other channels."""
    if at == 0 or inputs[at] == inputs[0]:
        return channels
    return CHANNELS[(CHANNELS.index(channels) + at) % len(CHANNELS)]


def _whole(count: int, groups: int) -> int:
    return max(count // groups, 1) * groups


def _aimed(x: TensorType, target: Target) -> tuple[tuple[TensorType, ...], Target]:
    """Give a loss as many classes or values as numbers come in."""
    if isinstance(target, ValueTarget):
        return (x,), ValueTarget(tuple(map(str, range(x.shape[-1]))))
    count = max(x.shape[-1], 2)
    names = tuple(map(str, range(count)))
    return (replace(x, shape=(*x.shape[:-1], count)),), ClassTarget(names, x.shape[:-1])


def _repaired(layer: Layer, example: Example) -> Example | None:
    params = dict(example.params)
    for _ in range(6):
        try:
            p = make_params(layer.kind, params)
            layer.infer(p, example.inputs)
            if example.target is not None:
                layer.check_target(p, example.inputs, example.target)
        except Mismatch as found:
            remedies = [one for one in found.remedies if isinstance(one, SetOwn)]
            if not remedies:
                return None
            remedies.sort(key=lambda one: one.param not in {"padding", "floor"})
            params[remedies[0].param] = remedies[0].value
        else:
            return replace(example, params=params)
    return None


def case_of(one: Sized) -> tuple[Case, Array | None]:
    """Draw the arrays of a case and the gradient by its output (None for losses).

    No number is nearer to 0 than 0.1, where ReLU has its corner, and all are float32's.
    """
    example = one.example
    case = make_case(one.kind, example.params, example.inputs, example.target, BATCH)
    draw = stream(0, "sizes", str(one))
    for at in case.real:
        case.x[at] = _away(draw, case.x[at].shape)
    small = 1.0 / max(1.0, float(np.sqrt(example.inputs[0].shape[-1])))
    case.weights = {
        name: _short(array * (small if array.ndim > 1 else 1.0))
        for name, array in case.weights.items()
    }
    if case.target is not None:
        if case.target.dtype != np.int64:
            case.target = _short(case.target)
        return case, None
    return case, _short(draw.standard_normal((BATCH, *case.output_shape)))


def _away(draw: np.random.Generator, shape: tuple[int, ...]) -> Array:
    numbers = draw.standard_normal(shape)
    return _short(numbers + np.copysign(0.1, numbers))


def _short(array: Array) -> Array:
    return array.astype(_KIND).astype(np.float64)
