"""Turns arrays of numbers into pictures: grey, signed and heat scales, and RGB."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

Array = NDArray[Any]
Shade = Literal["grey", "signed", "heat"]
NOT_A_NUMBER = 0xFFE040C0  # shown where a number is not finite; no scale has this colour

# Anchors keep apart for the colour-blind; heat follows viridis.
_ANCHORS: dict[tuple[str, bool], tuple[str, ...]] = {
    ("grey", True): ("#000000", "#ffffff"),
    ("grey", False): ("#000000", "#ffffff"),
    ("signed", True): ("#7fb8ff", "#2f6fe0", "#14161b", "#d9761a", "#ffc98f"),
    ("signed", False): ("#134aa8", "#5b9cff", "#ffffff", "#f0964a", "#a34f06"),
    ("heat", True): ("#440154", "#414487", "#2a788e", "#22a884", "#7ad151", "#fde725"),
    ("heat", False): ("#440154", "#414487", "#2a788e", "#22a884", "#7ad151", "#fde725"),
}


@dataclass(frozen=True, slots=True)
class Scale:
    """How numbers become colours.

    Attributes:
        shade: The colours.
        low: The number of the first colour.
        high: The number of the last one.
    """

    shade: Shade
    low: float
    high: float


def scale_of(values: Array, shade: Shade) -> Scale:
    """Give the scale that fits some numbers; a signed one has zero in its middle."""
    finite = values if np.isfinite(values).all() else values[np.isfinite(values)]
    if not finite.size:
        return Scale(shade, 0.0, 1.0)
    low, high = float(finite.min()), float(finite.max())
    if shade == "signed":
        most = max(abs(low), abs(high)) or 1.0
        return Scale(shade, -most, most)
    return Scale(shade, low, high if high > low else low + 1.0)


@lru_cache(maxsize=8)
def table(shade: Shade, *, dark: bool) -> NDArray[np.uint32]:
    """Give the 256 colours of a scale, 0xffrrggbb."""
    anchors = [[int(hex_[i : i + 2], 16) for i in (1, 3, 5)] for hex_ in _ANCHORS[shade, dark]]
    places = np.linspace(0, 255, len(anchors))
    parts = [np.interp(np.arange(256), places, [a[i] for a in anchors]) for i in range(3)]
    r, g, b = (np.round(part).astype(np.uint32) for part in parts)
    return np.uint32(0xFF000000) | (r << np.uint32(16)) | (g << np.uint32(8)) | b


def shaded(values: Array, scale: Scale, *, dark: bool) -> NDArray[np.uint32]:
    """Give a colour for each number.

    Args:
        values: (…) numbers.
        scale: Which number is which colour.
        dark: Whether the theme is dark.

    Returns:
        (…) uint32, 0xffrrggbb.
    """
    spread = (scale.high - scale.low) or 1.0
    with np.errstate(invalid="ignore", over="ignore"):
        places = (np.asarray(values, np.float32) - scale.low) * (255.0 / spread)
        finite = np.isfinite(places)
        at = np.clip(np.where(finite, places, 0.0) + 0.5, 0, 255).astype(np.uint8)
    colours = table(scale.shade, dark=dark)[at]
    if not finite.all():
        colours[~finite] = NOT_A_NUMBER
    return colours


def rgb(values: Array, scale: Scale) -> NDArray[np.uint32]:
    """Give the colours of (…, 3) numbers as (…) uint32, each channel on the same scale."""
    spread = (scale.high - scale.low) or 1.0
    with np.errstate(invalid="ignore", over="ignore"):
        parts = np.nan_to_num((np.asarray(values, np.float32) - scale.low) * (255.0 / spread))
        parts = np.clip(parts + 0.5, 0, 255).astype(np.uint32)
    shifted = (parts[..., 0] << np.uint32(16)) | (parts[..., 1] << np.uint32(8)) | parts[..., 2]
    return np.uint32(0xFF000000) | shifted


def picture(colours: NDArray[np.uint32]) -> QImage:
    """Give (height, width) colours as a picture with memory of its own."""
    height, width = colours.shape
    made = np.ascontiguousarray(colours)
    # The array must outlive the first picture only: the copy owns its pixels.
    return QImage(made.data, width, height, 4 * width, QImage.Format.Format_RGB32).copy()
