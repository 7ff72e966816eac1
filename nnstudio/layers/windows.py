"""Windows that slide over maps: sizes, padding, and what to do where a stride does not fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from nnstudio.core import words
from nnstudio.graph.layer import Mismatch, Remedy, SetOwn
from nnstudio.graph.types import TensorType
from nnstudio.kernels.geometry import Geometry
from nnstudio.layers.window_fields import MOST_PADDING, Padding, PaddingMode, Pair


@dataclass(frozen=True, slots=True)
class Axis:
    """A window sliding along one axis.

    Attributes:
        size: Numbers along the axis.
        window: Numbers the window holds.
        stride: Numbers it moves on each time.
        before: Padding at the beginning.
        after: Padding at the end.
        dilation: Distance between neighbours in the window.
    """

    size: int
    window: int
    stride: int
    before: int
    after: int
    dilation: int = 1

    @property
    def covered(self) -> int:
        """Numbers from the window's first to its last: its size with the gaps of the dilation."""
        return covered(self.window, self.dilation)

    @property
    def span(self) -> int:
        """How far the window can move; negative where it is too large."""
        return self.size + self.before + self.after - self.covered

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
        return f"{self.size} − {self.covered}{pad}"


def covered(window: int, dilation: int) -> int:
    """Give the size of a window with its gaps, D · (K − 1) + 1."""
    return dilation * (window - 1) + 1


def axis(size: int, window: int, stride: int, padding: Padding, dilation: int = 1) -> Axis:
    """Place a window on an axis; "same" gives ⌈size / stride⌉ windows, odd padding at the end."""
    if padding == "valid":
        return Axis(size, window, stride, 0, 0, dilation)
    if padding == "same":
        reach = covered(window, dilation)
        total = max((-(-size // stride) - 1) * stride + reach - size, 0)
        return Axis(size, window, stride, total // 2, total - total // 2, dilation)
    return Axis(size, window, stride, padding, padding, dilation)


@dataclass(frozen=True, slots=True)
class Sliding:
    """A window on a map: what a layer's parameters say about it.

    Attributes:
        window: (height, width) of the window.
        stride: (down, right).
        padding: See `PaddingField`.
        floor: Leave out a rest at the end instead of refusing it.
        dilation: Distance between neighbours in the window, (down, right).
    """

    window: Pair
    stride: Pair
    padding: Padding
    floor: bool
    dilation: Pair = (1, 1)

    @property
    def covered(self) -> Pair:
        """(height, width) of the window with the gaps of its dilation."""
        (height, width), (down, right) = self.window, self.dilation
        return covered(height, down), covered(width, right)

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
            axis(height, self.window[0], self.stride[0], self.padding, self.dilation[0]),
            axis(width, self.window[1], self.stride[1], self.padding, self.dilation[1]),
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
    window, stride = (down.window, right.window), (down.stride, right.stride)
    return Geometry(window, stride, pad, groups, (_gap(down), _gap(right)))


def _gap(one: Axis) -> int:
    """Distance of neighbours; 1 for a window without any, so that it counts as not dilated."""
    return one.dilation if one.window > 1 else 1


def _used(one: Axis) -> int:
    """Padding at the end that a window really reaches."""
    return max(one.after - one.over, 0)


def by(pair: Pair) -> str:
    """Write a pair of sizes: "5×5"."""
    return words.shape(pair)


def short_pair(pair: Pair) -> str:
    """Write a pair as one number where both are equal."""
    return str(pair[0]) if pair[0] == pair[1] else by(pair)


def map_wanted(title: str, x: TensorType, hint: str, *remedies: Remedy) -> None:
    """Refuse what is no map.

    Args:
        title: The layer's title.
        x: What arrives.
        hint: What a person could do.
        remedies: What the studio could do.

    Raises:
        Mismatch: It is no map.
    """
    if not x.is_map:
        raise Mismatch(
            f"{title} needs a map (height × width × channels); {words.whole(x.size)} numbers"
            " arrive flat.",
            *remedies,
            hint=hint,
            port="x",
        )


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
            f"{title}'s {_window_words(sliding)} is larger than the map of {height}×{width}"
            f"{_with_padding(sliding.padding)}.",
            *_smaller(sliding, name, height, width),
            port="x",
        )
    if not sliding.fits(height, width):
        bad = down if down.over else right
        quotient = f"{bad.span / bad.stride:.2f}"
        raise Mismatch(
            f"{title}'s {_window_words(sliding)} at stride {short_pair(sliding.stride)} does not"
            f" fit {height}×{width}: ({bad.arithmetic}) / {bad.stride} = {quotient} is not"
            " whole.",
            *_strides(sliding, height, width),
            *_paddings(sliding, height, width),
            SetOwn("floor", True, "Leave out the rest at the edge"),
            port="x",
        )
    return down, right


def _with_padding(padding: Padding) -> str:
    return f" with padding {padding}" if isinstance(padding, int) and padding else ""


def _window_words(sliding: Sliding) -> str:
    """Write a window's size, and what it covers where it is dilated."""
    dilated = sliding.covered != sliding.window
    return f"{by(sliding.window)} window" + (
        f", dilated to {by(sliding.covered)}," if dilated else ""
    )


def _smaller(sliding: Sliding, name: str, height: int, width: int) -> Iterator[Remedy]:
    """Offer a window that fits, and padding that makes room."""
    if sliding.dilation != (1, 1) and replace(sliding, dilation=(1, 1)).fits(height, width):
        yield SetOwn("dilation", [1, 1], "Set dilation to 1")
    least = min(height, width, *sliding.window)
    if replace(sliding, window=(least, least)).fits(height, width):
        yield SetOwn(name, [least, least], f"Set {name} to {least}×{least}")
    yield SetOwn("padding", "same", "Set padding to same")


def _strides(sliding: Sliding, height: int, width: int) -> Iterator[Remedy]:
    """Offer the two strides nearest to the chosen one that fit both axes."""
    wanted = max(sliding.stride)
    tried = sorted(range(1, 2 * wanted + 1), key=lambda stride: (abs(stride - wanted), stride))
    fitting = [
        stride
        for stride in tried
        if replace(sliding, stride=(stride, stride), floor=False).fits(height, width)
    ]
    for stride in fitting[:2]:
        yield SetOwn("stride", [stride, stride], f"Set stride to {stride}")


def _paddings(sliding: Sliding, height: int, width: int) -> Iterator[Remedy]:
    """Offer the smallest padding that fits both axes, or "same"."""
    for padding in range(min(*sliding.covered, MOST_PADDING + 1)):
        if replace(sliding, padding=padding, floor=False).fits(height, width):
            yield SetOwn("padding", padding, f"Set padding to {padding}")
            return
    yield SetOwn("padding", "same", "Set padding to same")


def check_reflection(title: str, mode: PaddingMode, *axes: Axis) -> None:
    """Refuse padding that reflects more of a map than there is.

    Args:
        title: The layer's title.
        mode: What the border holds.
        axes: The window as placed on each axis.

    Raises:
        Mismatch: An axis has too few numbers beside its edge; both other modes are offered.
    """
    for one in axes if mode == "reflect" else ():
        most = max(one.before, one.after)
        if most >= one.size:
            sizes = words.shape([each.size for each in axes])
            where = f"a map of {sizes} px" if len(axes) > 1 else f"a sequence of {sizes} steps"
            raise Mismatch(
                f"{title}'s padding reflects {most}; {where} has only {one.size - 1} beside its"
                " edge.",
                SetOwn("padding_mode", "replicate", "Repeat the edge instead"),
                SetOwn("padding_mode", "zero", "Fill with zeros instead"),
                port="x",
            )


def formula_lines(sliding: Sliding, x: TensorType) -> tuple[str, ...]:
    """Give the shape rule as LaTeX, the last lines with this map's numbers."""
    down, right = sliding.axes(x.shape[0], x.shape[1])
    uneven = down.before != down.after or right.before != right.after
    if uneven:
        lines = [r"O = \lceil N / S \rceil"]
        numbers = [rf"\lceil {one.size} / {one.stride} \rceil" for one in (down, right)]
    elif down.over or right.over:
        lines = [*dilation_lines(down, right), r"O = \lfloor (N - F + 2P) / S \rfloor + 1"]
        numbers = [rf"\lfloor {_moves(one)} / {one.stride} \rfloor + 1" for one in (down, right)]
    else:
        lines = [*dilation_lines(down, right), r"O = (N - F + 2P) / S + 1"]
        numbers = [f"{_moves(one)} / {one.stride} + 1" for one in (down, right)]
    if down == right:
        return *lines, rf"= {numbers[0]} = \mathbf{{{down.output}}}"
    return (
        *lines,
        rf"H: {numbers[0]} = \mathbf{{{down.output}}}",
        rf"W: {numbers[1]} = \mathbf{{{right.output}}}",
    )


def dilation_lines(*axes: Axis) -> tuple[str, ...]:
    """Give as LaTeX how large dilated windows are; nothing where none is dilated."""
    if all(one.covered == one.window for one in axes):
        return ()
    rule = "F = D (K - 1) + 1"
    sums = [rf"{one.dilation} \cdot ({one.window} - 1) + 1 = {one.covered}" for one in axes]
    if len(set(sums)) == 1:
        return (f"{rule} = {sums[0]}",)
    return rule, *(f"F_{name} = {line}" for name, line in zip("HW", sums, strict=True))


def _moves(one: Axis) -> str:
    return rf"({one.size} - {one.covered} + 2 \cdot {one.before})"
