"""Cuts a product into register blocks: which tiles cover its columns and its rows."""

from __future__ import annotations

from dataclasses import dataclass, replace

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
        paired: See `Tile.paired`.
    """

    start: int
    count: int
    lanes: int
    vectors: int
    last_vectors: int
    tail: int
    paired: bool = False

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
        full = Tile(rows, self.vectors, self.lanes, paired=self.paired)
        if not self.last_vectors:
            return full, full
        last = Tile(rows, self.last_vectors, self.lanes, bool(self.tail), self.paired)
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


_WIDE = (4, 2, 1)  # vectors of channels with windows of their own that are worked on together


@dataclass(frozen=True, slots=True)
class Part:
    """Output channels that one call of a convolution's loop covers.

    Attributes:
        columns: The columns of one group.
        groups: Number of groups.
        x_start: First input channel.
        x_group: Input channels of a group.
        y_group: Output channels of a group.
    """

    columns: Columns
    groups: int
    x_start: int
    x_group: int
    y_group: int


def parts_of(inputs: int, outputs: int, groups: int, dtype: str) -> tuple[Part, ...]:
    """Cover the output channels of a convolution.

    When every channel has a window of its own, groups of up to four vectors stand for channels:
    64 maps of 32×32×64 take 2.2 ms on one Zen 5 core, with one vector 3.2 ms, for more sums run at
    a time and more of each cache line is used.

    Args:
        inputs: Input channels.
        outputs: Output channels.
        groups: Groups of the convolution.
        dtype: "f4" or "f8".
    """
    if not groups == inputs == outputs or groups == 1:
        x_group, y_group = inputs // groups, outputs // groups
        return tuple(
            Part(columns, groups, 0, x_group, y_group) for columns in columns_of(y_group, dtype)
        )
    lanes = cpu().vector_lanes(dtype)
    whole, rest = outputs // lanes, outputs % lanes
    parts = []
    if whole:
        vectors = next(v for v in _WIDE if whole % v == 0)
        panel = vectors * lanes
        full = Columns(0, panel, lanes, vectors, 0, 0, paired=True)
        parts.append(Part(full, whole // vectors, 0, panel, panel))
    for columns in columns_of(rest, dtype) if rest else ():
        start = whole * lanes + columns.start
        moved = replace(columns, start=start, paired=True)
        parts.append(Part(moved, 1, start, 0, 0))
    return tuple(parts)


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
