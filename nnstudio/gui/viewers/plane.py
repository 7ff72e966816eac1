"""A plane of colours with points on it, drawn by pyqtgraph; points can be clicked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from nnstudio.gui.theme import Colours

Array = NDArray[Any]
POINT_PX, CHOSEN_PX = 7, 13


class Plane(QWidget):
    """Shows a picture in the units of its axes, and points on it.

    Signals:
        chosen: The place of a point that was clicked.
    """

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.plot = pg.PlotWidget(background=None)
        self.plot.setMenuEnabled(False)
        self.plot.hideButtons()
        self.plot.setAspectLocked(True)
        self.plot.setAccessibleName("Plane of the two inputs")
        self.image = pg.ImageItem(axisOrder="row-major")
        self.points = pg.ScatterPlotItem(pxMode=True, hoverable=True, tip=_tip)
        self.ring = pg.ScatterPlotItem(pxMode=True)
        for item in (self.image, self.points, self.ring):
            self.plot.addItem(item)
        self.points.sigClicked.connect(self._clicked)
        self._area = QRectF()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.plot)

    def show_plane(self, colours: Array, area: QRectF, theme: Colours) -> None:
        """Show a picture.

        Args:
            colours: (rows, columns, 3) uint8, the lowest row first.
            area: What it covers, in the units of the axes.
            theme: For the axes.
        """
        self.image.setImage(colours, autoLevels=False, levels=(0, 255))
        self.image.setRect(area)
        for side in ("left", "bottom"):
            axis = self.plot.getAxis(side)
            axis.setPen(QColor(theme.divider))
            axis.setTextPen(QColor(theme.text_dim))
        self.ring.setPen(pg.mkPen(theme.text, width=2))
        if area != self._area:
            self._area = area
            self.plot.setRange(area, padding=0)

    def show_points(self, points: Array, colours: Array, chosen: int) -> None:
        """Show points and ring the chosen one.

        Args:
            points: (n, 2) places.
            colours: (n, 3) 0..255.
            chosen: Its index; none is ringed where there is no such point.
        """
        brushes = [pg.mkBrush(*(int(one) for one in colour)) for colour in colours]
        self.points.setData(
            x=points[:, 0], y=points[:, 1], size=POINT_PX, brush=brushes,
            pen=pg.mkPen(255, 255, 255, 150, width=0.6), data=np.arange(len(points)),
        )  # fmt: skip
        one = points[chosen : chosen + 1]
        self.ring.setData(
            x=one[:, 0], y=one[:, 1], size=CHOSEN_PX, brush=None, pen=self.ring.opts["pen"]
        )

    def _clicked(self, _item: object, points: Any) -> None:
        if len(points):
            self.chosen.emit(int(points[0].data()))


def _tip(x: float, y: float, data: int) -> str:
    return f"sample {int(data):,}: {x:.3g}, {y:.3g}"
