"""Shows one sample's tensor: maps as tiles, a sequence as one map, a vector as bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QStackedLayout, QWidget

from nnstudio.gui.theme import Theme
from nnstudio.gui.viewers.bar_chart import BarChart
from nnstudio.gui.viewers.map_grid import MapGrid
from nnstudio.gui.viewers.shading import Shade, scale_of

Array = NDArray[Any]
CAPTIONED = 64  # with more maps than this captions are in the way


def as_maps(values: Array) -> Array:
    """Give a tensor of two or three axes as maps.

    Args:
        values: (height, width, channels), (steps, features) or (height, width).

    Returns:
        (channels, height, width); (1, features, steps) for a sequence.
    """
    if values.ndim == 3:
        return np.ascontiguousarray(values.transpose(2, 0, 1))
    return np.ascontiguousarray(values.T)[None]


def by_strength(maps: Array) -> NDArray[np.int64]:
    """Give the order of maps (n, …) from the largest mean magnitude to the smallest."""
    strengths = np.abs(maps.reshape(len(maps), -1)).mean(axis=1, dtype=np.float64)
    return np.argsort(-np.nan_to_num(strengths, nan=np.inf), kind="stable")


class TensorView(QWidget):
    """Maps or bars, whichever fits.

    Args:
        theme: For the colours.
        name: What a screen reader calls it.
    """

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self.grid = MapGrid(theme, f"{name}: maps")
        self.bars = BarChart(theme, f"{name}: bars")
        self.order: Array = np.empty(0, np.int64)
        self._pages = QStackedLayout(self)
        self._pages.setContentsMargins(0, 0, 0, 0)
        self._pages.addWidget(self.grid)
        self._pages.addWidget(self.bars)

    def show_tensor(
        self,
        values: Array,
        shade: Shade,
        *,
        ordered: bool = False,
        names: Sequence[str] = (),
        title: str = "",
    ) -> None:
        """Show a tensor.

        Args:
            values: One sample's tensor, of up to three axes.
            shade: Colours of maps.
            ordered: Whether the strongest map comes first.
            names: Names of a vector's numbers.
            title: Words above the bars of a vector.
        """
        if values.ndim < 2:
            self.bars.show_bars(values.reshape(-1), names, title=title)
            self._pages.setCurrentWidget(self.bars)
            return
        maps = as_maps(values)
        self.order = by_strength(maps) if ordered else np.arange(len(maps))
        captions = [str(one) for one in self.order] if 1 < len(maps) <= CAPTIONED else ()
        self.grid.show_maps(maps[self.order], scale_of(maps, shade), captions)
        self._pages.setCurrentWidget(self.grid)

    def show_sample(self, values: Array, names: Sequence[str] = ()) -> None:
        """Show a sample as it is in the data: an image in its own colours.

        Args:
            values: (height, width, channels), (steps, features), (features,), or symbols.
            names: Names of a row's numbers.
        """
        self.grid.has_bar = False
        if values.ndim == 3 and values.shape[2] == 3:
            top = 255.0 if values.max(initial=0.0) > 1.5 else 1.0
            scale = scale_of(np.array([0.0, top]), "grey")
            self.grid.show_maps(values[None], scale)
            self._pages.setCurrentWidget(self.grid)
        else:
            self.show_tensor(values, "grey", names=names)
