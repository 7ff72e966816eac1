"""What flows along links and what a data set offers, without a single number of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from nnstudio.core import words

MASKED = -1  # the class of a step or pixel that counts neither in the loss nor in measures


@dataclass(frozen=True, slots=True)
class TensorType:
    """The type of one sample's tensor; the batch axis belongs to the plan.

    Attributes:
        shape: Sizes; images are (height, width, channels), sequences (steps, features).
        dtype: "f4" for real numbers, "i8" for symbols: whole numbers that only name things.
        layout: One letter an axis: "HWC" for maps, "TF" for sequences, "F" for flat vectors,
            "" for a scalar; "T" for a sequence of symbols, "HW" for a board of them.
        symbols: How many different symbols there are, 0 … symbols - 1; 0 for real numbers.
    """

    shape: tuple[int, ...]
    dtype: str = "f4"
    layout: str = ""
    # fingerprints of data are made from the representation; that of numbers must not change
    symbols: int = field(default=0, repr=False)

    @property
    def is_symbols(self) -> bool:
        """Whether the numbers only name things, such as letters."""
        return self.dtype == "i8"

    @property
    def size(self) -> int:
        """How many numbers one sample holds."""
        return math.prod(self.shape)

    @property
    def is_map(self) -> bool:
        """Whether this is an image or feature map."""
        return self.layout == "HWC"

    @property
    def is_flat(self) -> bool:
        """Whether this is a plain vector."""
        return len(self.shape) == 1

    def __str__(self) -> str:
        """Write the shape as people read it, such as 28×28×6."""
        return words.shape(self.shape)


def maps(height: int, width: int, channels: int) -> TensorType:
    """Give the type of an image or feature map, (height, width, channels)."""
    return TensorType((height, width, channels), "f4", "HWC")


def flat(features: int) -> TensorType:
    """Give the type of a plain vector, (features,)."""
    return TensorType((features,), "f4", "F")


def named(shape: tuple[int, ...], symbols: int) -> TensorType:
    """Give the type of a sequence (steps,) or a board (height, width) of symbols."""
    return TensorType(shape, "i8", "T" if len(shape) == 1 else "HW", symbols)


SCALAR = TensorType((), "f4", "")


@dataclass(frozen=True, slots=True)
class ClassTarget:
    """A target that is one of several classes, given as an index.

    Attributes:
        names: The classes' names, in the order of their indices.
        shape: () for one class a sample; (steps,) or (height, width) for a class of each step of
            a sequence or pixel of a map, where `MASKED` stands for "does not count".
    """

    names: tuple[str, ...]
    # fingerprints of data are made from the representation; that of plain classes must not change
    shape: tuple[int, ...] = field(default=(), repr=False)

    @property
    def size(self) -> int:
        """How many classes there are."""
        return len(self.names)

    @property
    def positions(self) -> int:
        """How many classes one sample has: 1, or one for each step or pixel."""
        return math.prod(self.shape)


@dataclass(frozen=True, slots=True)
class ValueTarget:
    """A target of one or more real numbers.

    Attributes:
        names: The quantities' names, in the order of the columns.
    """

    names: tuple[str, ...]

    @property
    def size(self) -> int:
        """How many numbers each sample has to match."""
        return len(self.names)


Target = ClassTarget | ValueTarget


@dataclass(frozen=True, slots=True)
class DataSignature:
    """What a data set feeds a graph: the type of an input sample and of its target."""

    input: TensorType
    target: Target
