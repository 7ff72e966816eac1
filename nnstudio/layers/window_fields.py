"""Parameters that layers with sliding windows share: how they are read, bounded and explained."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field
from pydantic.config import JsonDict

Pair = tuple[int, int]
Padding = Literal["valid", "same"] | int
PaddingMode = Literal["zero", "reflect", "replicate"]

MOST_PADDING = 32
_LARGEST = 64
_PIXELS: JsonDict = {"unit": "px", "step": 1}


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
    if (isinstance(value, str) and value in {"valid", "same"}) or _is_whole(value, 0, MOST_PADDING):
        return value
    raise ValueError(f"it must be valid, same, or a whole number from 0 to {MOST_PADDING}")


_Size = Annotated[int, Field(ge=1, le=_LARGEST)]
PairField = Annotated[tuple[_Size, _Size], BeforeValidator(_both)]
FiltersField = Annotated[
    int,
    Field(
        title="Filters",
        description="How many maps come out.",
        ge=1,
        le=65_536,
        json_schema_extra={"step": 1},
    ),
]
KernelField = Annotated[
    PairField,
    Field(
        title="Kernel",
        description="Height and width of the window.",
        json_schema_extra=_PIXELS,
    ),
]
StrideField = Annotated[
    PairField,
    Field(
        title="Stride",
        description="How far the window moves, down and right.",
        json_schema_extra=_PIXELS,
    ),
]
DilationField = Annotated[
    PairField,
    Field(
        title="Dilation",
        description="Distance between neighbours in the window, down and right: 1 leaves no gaps.",
        json_schema_extra={**_PIXELS, "rare": True},
    ),
]
PaddingField = Annotated[
    Literal["valid", "same"] | Annotated[int, Field(ge=0, le=MOST_PADDING)],
    BeforeValidator(_padding),
    Field(
        title="Padding",
        description="Border around the map: valid (none), same (as much as keeps the size at"
        " stride 1), or how many on each side.",
    ),
]
PaddingModeField = Annotated[
    PaddingMode,
    Field(
        title="Padding mode",
        description="What the border holds: zeros, the map reflected about its edge, or its edge"
        " repeated.",
        json_schema_extra={"rare": True},
    ),
]
FloorField = Annotated[
    bool,
    Field(
        title="Leave out the rest",
        description="Where the stride does not fit, ignore what is left over at the edge.",
    ),
]
