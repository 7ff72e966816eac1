"""Plain-text tables for the terminal."""

from __future__ import annotations

from collections.abc import Sequence


def table(head: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """Lay out rows under a head.

    Args:
        head: The columns' titles.
        rows: The cells.
        left: How many of the first columns stand to the left; the others to the right.

    >>> print(table(["layer", "n"], [["a", "10"], ["long", "5"]]))
    layer   n
    -----  --
    a      10
    long    5
    """
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        placed = (
            cell.ljust(width) if i < left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )
        return "  ".join(placed).rstrip()

    return "\n".join([line(head), line(["-" * width for width in widths]), *map(line, rows)])
