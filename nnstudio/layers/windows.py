"""Windows that slide over maps: sizes, padding, and what to do where a stride does not fit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from nnstudio.core import words
from nnstudio.graph.layer import Mismatch, Remedy, SetOwn
from nnstudio.graph.types import TensorType
from nnstudio.kernels.geometry import Geometry

Pair = tuple[int, int]
Padding = Literal["valid", "same"] | int


_LARGEST, _MOST_PADDING = 64, 32


def _both(value: object) -> Pair:
    """Let one number stand for both axes; text such as "3" and "3×5" is read too."""
    if isinstance(value, str):
        value = [int(part) for part in re.split("[×x]", value) if part.strip().isdecimal()]
        value = value[0] if len(value) == 1 else value
    parts = tuple(value) if isinstance(value, (list, tuple)) else (value, value)
    fits = len(parts) == 2 and all(_is_whole(part, 1, _LARGEST) for part in parts)
    if not fits:
        raise ValueError(f"it must be one or two whole numbers from 1 to {_LARGEST}")
    return parts[0], parts[1]


def _is_whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _padding(value: object) -> object:
    """Read a number that comes as text; say all that is allowed in one sentence."""
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    if (isinstance(value, str) and value in {"valid", "same"}) or _is_whole(
        value, 0, _MOST_PADDING
    ):
        return value
    raise ValueError(f"it must be valid, same, or a whole number from 0 to {_MOST_PADDING}")


_Size = Annotated[int, Field(ge=1, le=_LARGEST)]
PairField = Annotated[tuple[_Size, _Size], BeforeValidator(_both)]
PaddingField = Annotated[
    Literal["valid", "same"] | Annotated[int, Field(ge=0, le=_MOST_PADDING)],
    BeforeValidator(_padding),
    Field(
        title="Padding",
        description="Zeros around the map: valid (none), same (as many as keep the size at stride"
        " 1), or how many on each side.",
    ),
]


@dataclass(frozen=True, slots=True)
class Axis:
    """A window sliding along one axis.

    Attributes:
        size: Numbers along the axis.
        window: Numbers the window covers.
        stride: Numbers it moves on each time.
        before: Padding at the beginning.
        after: Padding at the end.
    """

    size: int
    window: int
    stride: int
    before: int
    after: int

    @property
    def span(self) -> int:
        """How far the window can move; negative where it is too large."""
        return self.size + self.before + self.after - self.window

    @property
    def over(self) -> int:
        """Numbers at the end that no window reaches."""
        return self.span % self.stride

    @property
    def output(self) -> int:
        """How many windows there are; a rest at the end is left out."""
        return self.span // self.stride + 1

    @property
    def arithmetic(self) -> str:
        """The distance the window moves, in numbers: "7 − 3 + 2·1"."""
        pad = "" if not self.before else f" + 2·{self.before}"
        return f"{self.size} − {self.window}{pad}"


def axis(size: int, window: int, stride: int, padding: Padding) -> Axis:
    """Place a window on an axis; "same" gives ⌈size / stride⌉ windows, odd padding at the end."""
    if padding == "valid":
        return Axis(size, window, stride, 0, 0)
    if padding == "same":
        total = max((-(-size // stride) - 1) * stride + window - size, 0)
        return Axis(size, window, stride, total // 2, total - total // 2)
    return Axis(size, window, stride, padding, padding)


@dataclass(frozen=True, slots=True)
class Sliding:
    """A window on a map: what a layer's parameters say about it.

    Attributes:
        window: (height, width) of the window.
        stride: (down, right).
        padding: See `PaddingField`.
        floor: Leave out a rest at the end instead of refusing it.
    """

    window: Pair
    stride: Pair
    padding: Padding
    floor: bool

    @property
    def before(self) -> Pair | None:
        """Padding above and left; None where it depends on the map (same)."""
        if self.padding == "same":
            return None
        pad = 0 if self.padding == "valid" else self.padding
        return pad, pad

    def axes(self, height: int, width: int) -> tuple[Axis, Axis]:
        """Place it on a map."""
        return (
            axis(height, self.window[0], self.stride[0], self.padding),
            axis(width, self.window[1], self.stride[1], self.padding),
        )

    def fits(self, height: int, width: int) -> bool:
        """Whether the windows cover the map without a rest (or a rest is allowed)."""
        down, right = self.axes(height, width)
        if down.span < 0 or right.span < 0:
            return False
        return self.floor or self.padding == "same" or not (down.over or right.over)


def geometry(down: Axis, right: Axis, groups: int = 1) -> Geometry:
    """Give what a convolution's kernels need to know of a placed window."""
    pad = (down.before, _used(down), right.before, _used(right))
    return Geometry((down.window, right.window), (down.stride, right.stride), pad, groups)


def _used(one: Axis) -> int:
    """Padding at the end that a window really reaches."""
    return max(one.after - one.over, 0)


def by(pair: Pair) -> str:
    """Write a pair of sizes: "5×5"."""
    return words.shape(pair)


def short_pair(pair: Pair) -> str:
    """Write a pair as one number where both are equal."""
    return str(pair[0]) if pair[0] == pair[1] else by(pair)


def placed(title: str, name: str, sliding: Sliding, x: TensorType) -> tuple[Axis, Axis]:
    """Place a layer's window on the map that arrives.

    Args:
        title: The layer's title.
        name: The parameter that holds the window's size.
        sliding: The window.
        x: The map.

    Raises:
        Mismatch: The window is larger than the map, or its stride leaves a rest.
    """
    height, width, _ = x.shape
    down, right = sliding.axes(height, width)
    if down.span < 0 or right.span < 0:
        raise Mismatch(
            f"{title}'s {by(sliding.window)} window is larger than the map of {height}×{width}"
            f"{_with_padding(sliding.padding)}.",
            *_smaller(sliding, name, height, width),
            port="x",
        )
    if not sliding.fits(height, width):
        bad = down if down.over else right
        quotient = f"{bad.span / bad.stride:.2f}"
        raise Mismatch(
            f"{title}'s {by(sliding.window)} window at stride {short_pair(sliding.stride)} does not"
            f" fit {height}×{width}: ({bad.arithmetic}) / {bad.stride} = {quotient} is not whole.",
            *_strides(sliding, height, width),
            *_paddings(sliding, height, width),
            SetOwn("floor", True, "Leave out the rest at the edge"),
            port="x",
        )
    return down, right


def _with_padding(padding: Padding) -> str:
    return f" with padding {padding}" if isinstance(padding, int) and padding else ""


def _smaller(sliding: Sliding, name: str, height: int, width: int) -> Iterator[Remedy]:
    """Offer a window that fits, and padding that makes room."""
    least = min(height, width, *sliding.window)
    if Sliding((least, least), sliding.stride, sliding.padding, sliding.floor).fits(height, width):
        yield SetOwn(name, [least, least], f"Set {name} to {least}×{least}")
    yield SetOwn("padding", "same", "Set padding to same")


def _strides(sliding: Sliding, height: int, width: int) -> Iterator[Remedy]:
    """Offer the two strides nearest to the chosen one that fit both axes."""
    wanted = max(sliding.stride)
    tried = sorted(range(1, 2 * wanted + 1), key=lambda stride: (abs(stride - wanted), stride))
    fitting = [
        stride
        for stride in tried
        if Sliding(sliding.window, (stride, stride), sliding.padding, False).fits(height, width)
    ]
    for stride in fitting[:2]:
        yield SetOwn("stride", [stride, stride], f"Set stride to {stride}")


def _paddings(sliding: Sliding, height: int, width: int) -> Iterator[Remedy]:
    """Offer the smallest padding that fits both axes, or "same"."""
    for padding in range(min(sliding.window)):
        if Sliding(sliding.window, sliding.stride, padding, False).fits(height, width):
            yield SetOwn("padding", padding, f"Set padding to {padding}")
            return
    yield SetOwn("padding", "same", "Set padding to same")


def formula_lines(sliding: Sliding, x: TensorType) -> tuple[str, ...]:
    """Give the shape rule as LaTeX, the last lines with this map's numbers."""
    down, right = sliding.axes(x.shape[0], x.shape[1])
    uneven = down.before != down.after or right.before != right.after
    if uneven:
        lines = [r"O = \lceil N / S \rceil"]
        numbers = [rf"\lceil {one.size} / {one.stride} \rceil" for one in (down, right)]
    elif down.over or right.over:
        lines = [r"O = \lfloor (N - F + 2P) / S \rfloor + 1"]
        numbers = [rf"\lfloor {_moves(one)} / {one.stride} \rfloor + 1" for one in (down, right)]
    else:
        lines = [r"O = (N - F + 2P) / S + 1"]
        numbers = [f"{_moves(one)} / {one.stride} + 1" for one in (down, right)]
    if down == right:
        return lines[0], rf"= {numbers[0]} = \mathbf{{{down.output}}}"
    return (
        lines[0],
        rf"H: {numbers[0]} = \mathbf{{{down.output}}}",
        rf"W: {numbers[1]} = \mathbf{{{right.output}}}",
    )


def _moves(one: Axis) -> str:
    return rf"({one.size} - {one.window} + 2 \cdot {one.before})"
