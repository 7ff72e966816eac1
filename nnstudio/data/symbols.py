"""Samples that are symbols: whole numbers from 0 that only name things, such as letters."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnstudio.core.errors import StudioError
from nnstudio.core.words import shape as shape_words
from nnstudio.core.words import whole

Symbols = NDArray[np.int64]
MOST_SYMBOLS = 1_000_000


def as_symbols(place: str, samples: NDArray[np.generic]) -> Symbols:
    """Check samples and give them as symbols.

    Args:
        place: The file and array, for messages.
        samples: (n,), (n, steps) or (n, height, width) whole numbers of any type.

    Returns:
        (n, steps) or (n, height, width) int64; one symbol a sample becomes (n, 1).

    Raises:
        StudioError: They are words, fractions, negative or too large, or have too many axes.
    """
    if samples.dtype.kind not in "buif":
        raise StudioError(f"{place} holds words where symbols are needed; number them from 0.")
    if samples.ndim > 3:
        raise StudioError(
            f"{place} holds samples of {shape_words(samples.shape[1:])} as symbols; a sample of"
            " symbols is a row (samples, steps) or a board (samples, height, width)."
        )
    shaped = samples.reshape(-1, 1) if samples.ndim == 1 else samples
    numbers = shaped.astype(np.float64) if shaped.dtype.kind == "f" else shaped
    if numbers.dtype.kind == "f":
        _refuse(place, numbers, ~(numbers == np.floor(numbers)), "whole numbers")
    _refuse(place, numbers, np.less(numbers, 0), "numbers from 0")
    _refuse(place, numbers, np.greater_equal(numbers, MOST_SYMBOLS), f"below {whole(MOST_SYMBOLS)}")
    return np.ascontiguousarray(shaped, np.int64)


def _refuse(place: str, numbers: NDArray[Any], bad: NDArray[np.bool_], wanted: str) -> None:
    """Name the first number that is no symbol."""
    if bad.any():
        spot = np.argwhere(bad)[0]
        raise StudioError(
            f"{place} holds {numbers[tuple(spot)]:g} in sample {whole(int(spot[0]) + 1)} where"
            f" symbols, {wanted}, are needed; correct it, or let the samples be numbers."
        )


def require_symbols(samples: NDArray[np.generic], count: int) -> None:
    """Insist that samples hold symbols 0 … count - 1 only: kernels trust it.

    Raises:
        StudioError: They do not.
    """
    if samples.dtype.kind not in "iu":
        raise StudioError("The network takes symbols, whole numbers; these samples are not.")
    if not samples.size:
        return
    lowest, highest = int(samples.min()), int(samples.max())
    if lowest < 0 or highest >= count:
        raise StudioError(
            f"The network knows the symbols 0 to {whole(count - 1)}; these samples hold"
            f" {whole(lowest if lowest < 0 else highest)}."
        )
