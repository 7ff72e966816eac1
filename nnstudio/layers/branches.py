"""What layers that join branches ask of them: equal shapes, and the repairs where they differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import JsonValue

from nnstudio.core import words
from nnstudio.graph.layer import InsertBefore, Mismatch, Remedy, SetWidth
from nnstudio.graph.types import TensorType


@dataclass(frozen=True, slots=True)
class Branch:
    """One of the joined inputs: what it brings, and at which link of which port."""

    x: TensorType
    at: tuple[str, int]


def require_equal(
    title: str, inputs: tuple[TensorType, ...], ports: tuple[str, ...] = ("x",)
) -> TensorType:
    """Give the shape that all inputs have.

    Args:
        title: The layer's title.
        inputs: What arrives.
        ports: The layer's ports: one that takes all inputs, or one for each.

    Raises:
        Mismatch: They differ.
    """
    pair = _odd_one(inputs, ports, sizes=None)
    if pair is None:
        return inputs[0]
    usual, odd = pair
    raise Mismatch(
        f"{title} needs equal shapes; {_arriving(inputs)} arrive.",
        *_equalised(usual, odd),
        hint="Give both branches the same stride and the same number of filters or units.",
        port=odd.at[0],
        index=odd.at[1],
    )


def require_same_places(title: str, inputs: tuple[TensorType, ...]) -> None:
    """Insist that inputs are equal but for their channels (or features).

    Raises:
        Mismatch: Heights, widths or steps differ, or one is flat and another is not.
    """
    pair = _odd_one(inputs, ("x",), sizes=-1)
    if pair is None:
        return
    usual, odd = pair
    raise Mismatch(
        f"{title} joins channels, so height and width must be equal; {_arriving(inputs)} arrive.",
        *_level(usual, odd),
        hint="Give both branches the same stride and padding, or flatten both.",
        port=odd.at[0],
        index=odd.at[1],
    )


def _odd_one(
    inputs: tuple[TensorType, ...], ports: tuple[str, ...], sizes: int | None
) -> tuple[Branch, Branch] | None:
    """Give a branch with the commonest shape (up to the last `sizes`) and the first other one."""
    # two shapes of different rank never count as equal, not even up to their channels
    keys = [(len(one.shape), one.shape[:sizes]) for one in inputs]
    if len(set(keys)) == 1:
        return None
    usual = Counter(keys).most_common(1)[0][0]
    first = keys.index(usual)
    odd = next(index for index, key in enumerate(keys) if key != usual)
    return _branch(inputs, ports, first), _branch(inputs, ports, odd)


def _branch(inputs: tuple[TensorType, ...], ports: tuple[str, ...], index: int) -> Branch:
    at = (ports[0], index) if len(ports) == 1 else (ports[index], 0)
    return Branch(inputs[index], at)


def _arriving(inputs: tuple[TensorType, ...]) -> str:
    """List what arrives, each shape once: "8×8×4 (3 times) and 8×8×6"."""
    if len(inputs) == 2:
        return f"{inputs[0]} and {inputs[1]}"
    counts = Counter(str(one) for one in inputs)
    return words.listed(
        [one if count == 1 else f"{one} ({count} times)" for one, count in counts.items()]
    )


def _equalised(usual: Branch, odd: Branch) -> Iterator[Remedy]:
    """Offer to make two branches equal."""
    if len(usual.x.shape) != len(odd.x.shape):
        yield from _flattened(usual, odd)
    elif usual.x.shape[:-1] != odd.x.shape[:-1]:
        large, small = _by_size(usual, odd)
        stride = _stride(large.x, small.x)
        if stride:
            yield _projection(large, small.x.shape[-1], stride)
        yield from _level(usual, odd, equal_channels=True)
    else:
        more, fewer = sorted((usual, odd), key=lambda one: -one.x.shape[-1])
        channels = more.x.shape[-1]
        if fewer.x.layout != "TF":
            yield _projection(fewer, channels, 1)
        yield _more_channels(fewer, channels)
        what = "filters" if odd.x.is_map else "units"
        width = usual.x.shape[-1]
        yield SetWidth(width, f"Set {what} to {width}", odd.at)


def _level(usual: Branch, odd: Branch, equal_channels: bool = False) -> Iterator[Remedy]:
    """Offer to bring two maps to one height and width; with other channels only where allowed."""
    if not (usual.x.is_map and odd.x.is_map):
        if not equal_channels:
            yield from _flattened(usual, odd)
        return
    if equal_channels and usual.x.shape[2] != odd.x.shape[2]:
        return
    large, small = _by_size(usual, odd)
    (height, width, _), (low, narrow, _) = large.x.shape, small.x.shape
    stride = _stride(large.x, small.x)
    if stride and (height, width) == (low * stride, narrow * stride):
        name = f"{stride}×{stride}"
        yield InsertBefore("max_pool", f"Insert Max pool {name}", _window(stride), large.at)
        factor: dict[str, JsonValue] = {"factor": [stride, stride]}
        yield InsertBefore("upsample", f"Insert Upsample ×{stride}", factor, small.at)
    elif low <= height and narrow <= width:
        edges = _edges(height - low, width - narrow)
        yield InsertBefore("zero_pad", f"Pad {low}×{narrow} to {height}×{width}", edges, small.at)
        yield InsertBefore("crop", f"Crop {height}×{width} to {low}×{narrow}", edges, large.at)


def _by_size(one: Branch, other: Branch) -> tuple[Branch, Branch]:
    """Give the branch with more places (pixels, steps) first."""
    places = [branch.x.size // branch.x.shape[-1] for branch in (one, other)]
    return (one, other) if places[0] >= places[1] else (other, one)


def _stride(large: TensorType, small: TensorType) -> int:
    """Give the stride at which a window of one pixel makes the small map of the large; or 0."""
    if not (large.is_map and small.is_map):
        return 0
    wanted = small.shape[:2]
    for stride in range(2, large.shape[0] + 1):
        if tuple(-(-size // stride) for size in large.shape[:2]) == wanted:
            return stride
    return 0


def _projection(branch: Branch, width: int, stride: int) -> Remedy:
    """He et al. 2016, section 3.3, option B: a 1×1 convolution, or a matrix, in the shortcut."""
    if not branch.x.is_map:
        params: dict[str, JsonValue] = {"units": width, "activation": "linear"}
        return InsertBefore("dense", f"Insert Dense {width} as projection", params, branch.at)
    moves = f", stride {stride}," if stride > 1 else ""
    return InsertBefore(
        "conv2d",
        f"Insert 1×1 Conv {width}{moves} as projection",
        {"filters": width, "kernel": [1, 1], "stride": [stride, stride], "activation": "linear"},
        branch.at,
    )


def _more_channels(branch: Branch, width: int) -> Remedy:
    """He et al. 2016, section 3.3, option A: the shortcut's missing channels are zeros."""
    missing = width - branch.x.shape[-1]
    plural = "s" if missing > 1 else ""
    zeros = f"{missing} channel{plural} of zeros" if branch.x.is_map else f"{missing} zero{plural}"
    label = f"Pad with {zeros}"
    return InsertBefore("zero_pad", label, {"channels_after": missing}, branch.at)


def _flattened(usual: Branch, odd: Branch) -> Iterator[Remedy]:
    for branch in (usual, odd):
        if not branch.x.is_flat:
            label = f"Insert Flatten behind {branch.x}"
            yield InsertBefore("flatten", label, {}, branch.at)


def _window(size: int) -> dict[str, JsonValue]:
    return {"window": [size, size], "stride": [size, size]}


def _edges(rows: int, columns: int) -> dict[str, JsonValue]:
    top, left = rows // 2, columns // 2
    return {"top": top, "bottom": rows - top, "left": left, "right": columns - left}
