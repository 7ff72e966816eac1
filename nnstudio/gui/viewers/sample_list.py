"""A list of samples with their pictures; the current one becomes the sample all look at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QListWidget, QListWidgetItem

from nnstudio.gui.viewers.focus import Focus
from nnstudio.gui.viewers.shading import Scale, picture, rgb, shaded
from nnstudio.train.watch import PartName

Array = NDArray[Any]
MOST, ICON_PX = 100, 36
_PLACE = Qt.ItemDataRole.UserRole


def icons(samples: Array, *, dark: bool) -> list[QIcon]:
    """Give a small picture of each image, (n, height, width, channels)."""
    scale = Scale("grey", min(float(samples.min()), 0.0), float(samples.max()) or 1.0)
    made = []
    for one in samples:
        colours = rgb(one, scale) if one.shape[-1] == 3 else shaded(one[..., 0], scale, dark=dark)
        image = picture(colours).scaled(ICON_PX, ICON_PX, Qt.AspectRatioMode.KeepAspectRatio)
        made.append(QIcon(QPixmap.fromImage(image)))
    return made


class SampleList(QListWidget):
    """Samples in a given order.

    Args:
        name: What a screen reader calls it.

    Signals:
        chosen: A sample was chosen: its position.
        opened: It was entered, by a double-click or Enter.
    """

    chosen = Signal(int)
    opened = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setIconSize(QSize(ICON_PX, ICON_PX))
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setFrameShape(QListWidget.Shape.NoFrame)
        self._positions: list[int] = []
        self._known: object = None
        self._pictured: object = None
        self._icons: dict[int, QIcon] = {}
        self._following = False
        self.currentRowChanged.connect(self._moved)
        self.itemClicked.connect(lambda _: self._moved(self.currentRow()))
        self.itemActivated.connect(lambda _: self.opened.emit())

    @property
    def positions(self) -> list[int]:
        """The samples that are listed."""
        return list(self._positions)

    def show_samples(
        self,
        focus: Focus,
        part: PartName,
        positions: Array | list[int],
        texts: Sequence[str],
        *,
        dark: bool,
    ) -> None:
        """List samples; those that were listed before keep their places on the screen."""
        wanted = list(map(int, positions[:MOST]))
        self._following = True
        key = part, focus.data
        if key != self._known:
            self.clear()
        if wanted != self._positions or key != self._known:
            before = self.current()
            self._fill(focus, part, wanted, dark=dark)
            self._positions, self._known = wanted, key
            self.setCurrentRow(wanted.index(before) if before in wanted else -1)
        for row, text in enumerate(texts[:MOST]):
            item = self.item(row)
            if item.text() != text:
                item.setText(text)
        self._following = False

    def _fill(self, focus: Focus, part: PartName, wanted: list[int], *, dark: bool) -> None:
        """Give each row its sample; rows that are there are used again, and pictures too."""
        key = part, focus.data, dark
        if key != self._pictured:
            self._icons, self._pictured = {}, key
        new = [one for one in wanted if one not in self._icons]
        samples = focus.samples(part, new) if new else None
        if samples is not None and samples.ndim == 4 and np.isfinite(samples).all():
            self._icons.update(zip(new, icons(samples, dark=dark), strict=True))
        while self.count() > len(wanted):
            self.takeItem(self.count() - 1)
        for row, position in enumerate(wanted):
            item = self.item(row)
            if item is None:
                item = QListWidgetItem()
                self.addItem(item)
            if item.data(_PLACE) != position:
                item.setIcon(self._icons.get(position, QIcon()))
                item.setData(_PLACE, position)

    def show_first(self) -> None:
        """Make the first one current without telling."""
        self._following = True
        self.setCurrentRow(0)
        self._following = False

    def current(self) -> int | None:
        """Give the current sample's position."""
        item = self.currentItem()
        return None if item is None else int(item.data(_PLACE))

    def _moved(self, row: int) -> None:
        if not self._following and 0 <= row < len(self._positions):
            self.chosen.emit(self._positions[row])
