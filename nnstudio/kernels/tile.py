"""The matrix tile: which tiles there are; `tile_code` writes them in the machine's language.

A tile computes, for row blocks ``i`` < count, rows ``r`` and columns ``j``, the sums over
``t2``, ``t1`` and ``k`` of::

    C[i·c_step + r·c_row + j] = epilogue(Σ A[i·a_step + t2·a_t2 + t1·a_t1 + r·a_row + k·a_k]
                                         · B[t2·b_t2 + t1·b_t1 + k·b_k + j])

with all strides in elements and given at run time. Dense and convolution products are loops
around it.
"""

from __future__ import annotations

from dataclasses import dataclass

# Flags of the epilogue, given at run time.
ACCUMULATE = 1
BIAS = 2
RELU = 4

# The words of a tile call, in order (see `tile_code`).
CALL_WORDS = (
    "a", "b", "c", "bias", "flags", "tail",
    "count", "a_step", "c_step",
    "t2", "a_t2", "b_t2", "t1", "a_t1", "b_t1",
    "k", "a_k", "b_k", "a_row", "c_row",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tile:
    """One compiled size of tile.

    Attributes:
        rows: Rows of the register block.
        vectors: Vectors per row of the register block.
        lanes: Elements of one vector.
        masked: The last vector of a row is partly used; how many lanes is given at run time.
        paired: Column j of B meets column j of A, as in depthwise convolution; otherwise one
            element of A meets all columns.
    """

    rows: int
    vectors: int
    lanes: int
    masked: bool = False
    paired: bool = False

    @property
    def columns(self) -> int:
        """Columns that the register block covers."""
        return self.vectors * self.lanes


@dataclass(frozen=True, slots=True)
class Turn:
    """A square block that is transposed: ``C[i·c_step + j·c_row + r] = A[i·a_step + r·a_row + j]``.

    It is called like a tile and uses only the words a, c, count and the steps and rows of a and c.

    Attributes:
        lanes: Rows and columns of the block.
    """

    lanes: int


@dataclass(frozen=True, slots=True)
class Transform:
    """A transform of Winograd's convolution, ``Y = L · X · Lᵀ``, for ``i`` < count vectors::

        X[p, q] at a + i·a_step + p·a_row + q·a_k      Y[p, q] at c + i·c_step + p·c_row + q·b_k

    It is called like a tile and uses only these words, and for "output" bias and flags.

    Attributes:
        kind: "input" (of x), "window" (of w), "output" (gives y), "gradient" (of dy) or
            "back" (gives dw).
        size: Output pixels of a tile, down and to the right: 2 or 4.
        lanes: Elements of one vector.
    """

    kind: str
    size: int
    lanes: int


TileLike = Tile | Turn | Transform
