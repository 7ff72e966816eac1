"""Cuts a product into register blocks: which tiles cover its columns and its rows."""

from __future__ import annotations

from dataclasses import dataclass

from nnstudio.kernels.cpu import cpu
from nnstudio.kernels.tile import Tile


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns covered by equal panels, of which the last may be smaller.

    Attributes:
        start: First column.
        count: Number of columns.
        lanes: Elements of one vector.
        vectors: Vectors of a full panel.
        last_vectors: Vectors of the last panel; 0 if all panels are full.
        tail: Lanes used in the last vector of the last panel; 0 if all.
    """

    start: int
    count: int
    lanes: int
    vectors: int
    last_vectors: int
    tail: int

    @property
    def panel(self) -> int:
        """Columns of a full panel."""
        return self.vectors * self.lanes

    @property
    def panels(self) -> int:
        """Number of panels."""
        return -(-self.count // self.panel)

    @property
    def row_limit(self) -> int:
        """Most rows of a register block beside these panels."""
        return cpu().row_limits[self.vectors]

    def tiles(self, rows: int) -> tuple[Tile, Tile]:
        """Give the tiles of `rows` rows for full panels and for the last one."""
        full = Tile(rows, self.vectors, self.lanes)
        if not self.last_vectors:
            return full, full
        last = Tile(rows, self.last_vectors, self.lanes, bool(self.tail))
        return (full if self.count >= self.panel else last), last


def columns_of(count: int, dtype: str) -> tuple[Columns, ...]:
    """Cover `count` columns with panels; two parts where vectors cannot be partly used.

    Args:
        count: Number of columns.
        dtype: "f4" or "f8".
    """
    found = cpu()
    lanes = found.vector_lanes(dtype)
    if found.masks:
        while lanes > 2 and count <= lanes // 2:
            lanes //= 2
        return (_panels(0, count, lanes),)
    whole = count // lanes * lanes
    parts = []
    if whole:
        parts.append(_panels(0, whole, lanes))
    if count > whole:
        parts.append(_panels(whole, count - whole, 1))
    return tuple(parts)


def _panels(start: int, count: int, lanes: int) -> Columns:
    """Choose the panel width: few panels, and a last one that is not narrow."""
    total = -(-count // lanes)
    tail = count % lanes
    vectors = min(total, 4)
    if total > 4:
        vectors = min((4, 3, 2), key=lambda q: (total % q == 1, total % q != 0, -q))
    last = total % vectors
    if tail and not last:
        last = vectors
    return Columns(start, count, lanes, vectors, last, tail)


def row_block(rows: int, limit: int, share: int = 1) -> int:
    """Choose the rows of a register block so that the blocks are nearly equal.

    Args:
        rows: Rows in all.
        limit: Most rows of a block.
        share: Number of threads that divide the blocks.
    """
    count = -(-rows // limit)
    if rows >= 4 * share:
        count = -(-count // share) * share
    return -(-rows // count)
