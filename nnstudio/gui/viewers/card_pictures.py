"""Tiny pictures for the cards on the canvas: maps side by side, or bars, from a layer's output."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from nnstudio.gui.theme import Colours
from nnstudio.gui.viewers.shading import Shade, picture, scale_of, shaded
from nnstudio.gui.viewers.tensor_view import as_maps

Array = NDArray[Any]
HEIGHT_PX, WIDTH_PX, GAP_PX = 36, 234, 4  # twice what the card shows, for sharp screens
MOST_MAPS, MOST_BARS = 6, 39


def card_picture(values: Array, colours: Colours, shade: Shade = "signed") -> QImage:
    """Draw a layer's output as small as it fits on a card.

    Args:
        values: One sample's output, of up to three axes.
        colours: Of the theme.
        shade: Colours of maps.
    """
    if values.ndim > 1:
        return picture(strip(as_maps(values), colours, shade))
    return picture(bars(values.reshape(-1), colours))


def strip(maps: Array, colours: Colours, shade: Shade) -> NDArray[np.uint32]:
    """Give the first maps side by side, on one scale.

    Args:
        maps: (n, height, width).
        colours: Of the theme.
        shade: Colours of the maps.

    Returns:
        (36, …) colours; each map 36 pixels high and as wide as its shape asks for, at most 234.
    """
    height, width = maps.shape[1:]
    wide = int(np.clip(round(HEIGHT_PX * width / height), 8, WIDTH_PX))
    count = max(1, min(len(maps), MOST_MAPS, (WIDTH_PX + GAP_PX) // (wide + GAP_PX)))
    rows = np.arange(HEIGHT_PX) * height // HEIGHT_PX
    columns = np.arange(wide) * width // wide
    small = maps[:count][:, rows][:, :, columns]
    tiles = shaded(small, scale_of(small, shade), dark=colours.is_dark)
    whole = np.full((HEIGHT_PX, count * (wide + GAP_PX) - GAP_PX), _packed(colours.card))
    for number, tile in enumerate(tiles):
        left = number * (wide + GAP_PX)
        whole[:, left : left + wide] = tile
    return whole


def bars(values: Array, colours: Colours) -> NDArray[np.uint32]:
    """Give a bar for each number, or for each bin of a histogram where there are too many.

    Args:
        values: (n,) numbers.
        colours: Of the theme.

    Returns:
        (36, 234) colours.
    """
    whole = np.full((HEIGHT_PX, WIDTH_PX), _packed(colours.card))
    finite = values[np.isfinite(values)].astype(np.float64)
    if not finite.size:
        return whole
    heights = np.nan_to_num(values.astype(np.float64), posinf=0.0, neginf=0.0)
    if len(values) > MOST_BARS:
        # by the root, so that the zeros of a ReLU leave something of the rest
        heights = np.sqrt(np.histogram(finite, bins=MOST_BARS)[0].astype(np.float64))
    low, high = min(heights.min(), 0.0), max(heights.max(), 0.0)
    levels = (heights - low) / ((high - low) or 1.0) * (HEIGHT_PX - 1)
    zero = -low / ((high - low) or 1.0) * (HEIGHT_PX - 1)
    number = np.arange(WIDTH_PX) * len(heights) // WIDTH_PX
    above = np.arange(HEIGHT_PX)[::-1, None]
    filled = (above >= np.minimum(levels, zero)[number]) & (
        above <= np.maximum(levels, zero)[number]
    )
    edges = np.diff(number, append=number[-1] + 1) > 0
    whole[filled & ~edges] = _packed(colours.accent)
    return whole


def _packed(colour: str) -> np.uint32:
    return np.uint32(QColor(colour).rgb())
