"""Where the maps of a grid stand: as large as fits, in rows, scrolled when they get too small."""

from __future__ import annotations

import math
from dataclasses import dataclass

GAP_PX = 6
LEAST_PX = 22  # a smaller tile shows nothing; the grid scrolls instead


@dataclass(frozen=True, slots=True)
class Tiling:
    """A grid of equal tiles.

    Attributes:
        columns: Tiles in a row.
        width: Of a tile in pixels.
        height: Of a tile in pixels.
        count: How many tiles there are.
        caption: Pixels kept free below each tile.
    """

    columns: int
    width: float
    height: float
    count: int
    caption: int

    @property
    def total(self) -> float:
        """Pixels that all rows need."""
        rows = math.ceil(self.count / self.columns)
        return rows * (self.height + self.caption + GAP_PX) + GAP_PX

    def place(self, number: int) -> tuple[float, float, float, float]:
        """Give left, top, width and height of a tile."""
        row, column = divmod(number, self.columns)
        left = GAP_PX + column * (self.width + GAP_PX)
        top = GAP_PX + row * (self.height + self.caption + GAP_PX)
        return left, top, self.width, self.height

    def at(self, x: float, y: float) -> tuple[int, float, float] | None:
        """Give the tile under a point, and where in it, 0 … 1; None between tiles."""
        column = int((x - GAP_PX) // (self.width + GAP_PX))
        row = int((y - GAP_PX) // (self.height + self.caption + GAP_PX))
        number = row * self.columns + column
        if not (0 <= column < self.columns and 0 <= number < self.count):
            return None
        left, top, width, height = self.place(number)
        across, down = (x - left) / width, (y - top) / height
        return (number, across, down) if 0 <= across < 1 and 0 <= down < 1 else None


def tiling(
    count: int, ratio: float, room: tuple[float, float], caption: int = 0, most: float = 1e9
) -> Tiling:
    """Give the grid in which tiles are as large as they can be.

    Args:
        count: How many tiles there are, at least 1.
        ratio: Width of a tile by its height.
        room: Width and height in pixels.
        caption: Pixels kept free below each tile.
        most: Largest height of a tile.
    """
    wide, high = max(room[0], 1.0), max(room[1], 1.0)
    best = (0.0, 1)
    for columns in range(1, count + 1):
        rows = math.ceil(count / columns)
        height = min(
            (wide - GAP_PX) / columns - GAP_PX, ((high - GAP_PX) / rows - GAP_PX - caption) * ratio
        )
        best = max(best, (height / ratio, -columns))
        if (wide - GAP_PX) / columns - GAP_PX < LEAST_PX * min(ratio, 1.0) / 2:
            break
    height, columns = best[0], abs(best[1])
    least = LEAST_PX / max(ratio, 1.0) if ratio > 4 else LEAST_PX
    if height < least:
        height = least
        columns = max(1, int((wide - GAP_PX) // (height * ratio + GAP_PX)))
        if columns == 1:
            height = min(height, max((wide - 2 * GAP_PX) / ratio, 1.0))
    height = min(height, most)
    return Tiling(max(1, min(columns, count)), height * ratio, height, count, caption)
