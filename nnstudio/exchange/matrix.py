"""A confusion matrix as SVG: darker cells hold more of their true class."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

_CELL = 40
_MOST = 40  # classes; more would be no picture any more
_LETTERS = 14  # of a class's name


def confusion_svg(classes: Sequence[str], confusion: NDArray[np.int64]) -> str:
    """Draw a confusion matrix; "" for more classes than can be seen.

    Args:
        classes: The classes' names.
        confusion: (classes, classes) int64, rows are true classes, columns predicted ones.
    """
    count = len(classes)
    if not 0 < count <= _MOST:
        return ""
    letters = min(_LETTERS, max(len(name) for name in classes))
    left = max(60, 26 + 8 * letters)
    slanted = letters > 4
    top = 42 + 6 * letters if slanted else 52
    width, height = left + count * _CELL + (5 * letters if slanted else 0), top + count * _CELL
    inner = "".join([*_names(classes, left, top, slanted), *_cells(confusion, left, top)])
    return (
        f'<svg class="matrix" viewBox="0 0 {width} {height}" style="max-width:{width}px" '
        f'role="img" aria-label="Confusion matrix">{inner}</svg>'
    )


def _names(classes: Sequence[str], left: int, top: int, slanted: bool) -> Iterator[str]:
    yield f'<text class="tick" x="{left - 10}" y="{top - 10}" text-anchor="end">true ↓</text>'
    yield f'<text class="tick" x="{left}" y="14">taken for →</text>'
    for index, name in enumerate(classes):
        middle = index * _CELL + _CELL / 2 - 1
        label = escape(name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1]}…")
        x, y = left + middle, top - 10
        yield (
            f'<text class="name" x="{left - 10}" y="{top + middle + 4}" '
            f'text-anchor="end">{label}</text>'
        )
        place = f'transform="translate({x} {y}) rotate(-45)"' if slanted else f'x="{x}" y="{y}"'
        anchor = "start" if slanted else "middle"
        yield f'<text class="name" {place} text-anchor="{anchor}">{label}</text>'


def _cells(confusion: NDArray[np.int64], left: int, top: int) -> Iterator[str]:
    sums = np.maximum(confusion.sum(axis=1), 1)
    for (row, column), count in np.ndenumerate(confusion):
        share = float(count) / float(sums[row])
        x, y = left + column * _CELL, top + row * _CELL
        kind = "none" if not count else "right" if row == column else "wrong"
        # The root lets single mistakes among hundreds of samples show.
        yield (
            f'<rect class="{kind}" x="{x}" y="{y}" width="{_CELL - 2}" height="{_CELL - 2}" rx="3" '
            f'style="--share:{share**0.5:.3f}"/>'
        )
        if count:
            shade = " strong" if share > 0.3 else ""
            yield (
                f'<text class="count{shade}" x="{x + _CELL / 2 - 1}" y="{y + _CELL / 2 + 3}" '
                f'text-anchor="middle">{count}</text>'
            )
