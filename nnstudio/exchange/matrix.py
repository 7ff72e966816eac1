"""A confusion matrix as SVG: darker cells hold more of their true class."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

_CELL, _LEFT, _TOP = 40, 120, 96
_MOST = 40  # classes; more would be no picture any more


def confusion_svg(classes: Sequence[str], confusion: NDArray[np.int64]) -> str:
    """Draw a confusion matrix; "" for more classes than can be seen.

    Args:
        classes: The classes' names.
        confusion: (classes, classes) int64, rows are true classes, columns predicted ones.
    """
    count = len(classes)
    if not 0 < count <= _MOST:
        return ""
    width, height = _LEFT + count * _CELL + 8, _TOP + count * _CELL + 8
    inner = "".join([*_names(classes), *_cells(confusion)])
    return (
        f'<svg class="matrix" viewBox="0 0 {width} {height}" style="max-width:{width}px" '
        f'role="img" aria-label="Confusion matrix">{inner}</svg>'
    )


def _names(classes: Sequence[str]) -> Iterator[str]:
    yield f'<text class="tick" x="{_LEFT - 10}" y="{_TOP - 34}" text-anchor="end">true ↓</text>'
    yield f'<text class="tick" x="{_LEFT}" y="{14}">taken for →</text>'
    slanted = max(len(name) for name in classes) > 3
    for index, name in enumerate(classes):
        middle = index * _CELL + _CELL / 2
        label = escape(name if len(name) <= 14 else f"{name[:13]}…")
        yield (
            f'<text class="name" x="{_LEFT - 10}" y="{_TOP + middle + 4}" '
            f'text-anchor="end">{label}</text>'
        )
        x, y = _LEFT + middle, _TOP - 10
        place = f'transform="translate({x} {y}) rotate(-45)"' if slanted else f'x="{x}" y="{y}"'
        anchor = "start" if slanted else "middle"
        yield f'<text class="name" {place} text-anchor="{anchor}">{label}</text>'


def _cells(confusion: NDArray[np.int64]) -> Iterator[str]:
    sums = np.maximum(confusion.sum(axis=1), 1)
    for (row, column), count in np.ndenumerate(confusion):
        share = float(count) / float(sums[row])
        x, y = _LEFT + column * _CELL, _TOP + row * _CELL
        kind = "right" if row == column else "wrong"
        # The root lets single mistakes among hundreds of samples show.
        yield (
            f'<rect class="{kind}" x="{x}" y="{y}" width="{_CELL - 2}" height="{_CELL - 2}" rx="3" '
            f'style="--share:{share**0.5:.3f}"/>'
        )
        if count:
            shade = " strong" if share > 0.3 else ""
            yield (
                f'<text class="count{shade}" x="{x + _CELL / 2 - 1}" y="{y + _CELL / 2 + 4}" '
                f'text-anchor="middle">{count}</text>'
            )
