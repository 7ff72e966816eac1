"""One plot of a measure over epochs: band, smooth line, measured points, earlier runs, hover."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QMouseEvent, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsPathItem

from nnstudio.gui.curve_data import Band, Curve, Floats
from nnstudio.gui.style import text_font
from nnstudio.gui.theme import Colours

pg.setConfigOptions(antialias=True)

LABEL_PX, AXIS_PX = 76, 50  # room for the words at the ends of lines, and for the axis
LINE_PX = 15
MOST_DOTS = 60
FLOOR = 1e-12  # zeros and negatives on a logarithmic axis are shown here


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What one plot shows.

    Attributes:
        band: Raw values of the running training.
        train: Smoothed training values.
        valid: Measured validation values.
        earlier: Lines of earlier runs.
        epochs: How far the horizontal axis goes.
        bad_at: Epoch at which numbers overflowed, or None.
    """

    band: Band
    train: Curve
    valid: Curve
    earlier: Sequence[Curve] = ()
    epochs: float = 1.0
    bad_at: float | None = None


class _LogAxis(pg.AxisItem):
    """An axis that writes plain numbers also when it is logarithmic."""

    logarithmic = False
    percent = False

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        if self.logarithmic:
            return [f"{10**value:.2g}" for value in values]
        if self.percent:
            return [f"{100 * value:g} %" for value in values]
        return [f"{value:.6g}" for value in values]


class _EpochAxis(pg.AxisItem):
    """An axis that says what it counts, and ends with the run."""

    last = 1.0

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        words = [f"epoch {value:g}" if i == 0 else f"{value:g}" for i, value in enumerate(values)]
        return [
            word if value <= self.last else "" for value, word in zip(values, words, strict=True)
        ]


class CurvePlot(pg.PlotWidget):
    """A plot that keeps its lines and only gives them new points.

    Args:
        title: What is measured, such as "loss".
        percent: Whether values are shares.
    """

    hovered = Signal(float)

    def __init__(self, title: str, colours: Colours, *, percent: bool = False) -> None:
        self._axis = _LogAxis("left")
        self._epochs = _EpochAxis("bottom")
        super().__init__(axisItems={"left": self._axis, "bottom": self._epochs})
        self._axis.percent = percent
        self._percent = percent
        self._log = False
        self._free = True
        self._shown: Shown | None = None
        self.setAccessibleName(f"Curves of the {title}")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._set_up_axes()
        self._band = QGraphicsPathItem()
        self.addItem(self._band)
        self._earlier: list[pg.PlotCurveItem] = []
        self._train = pg.PlotCurveItem()
        self._valid = pg.PlotDataItem(symbol="o", symbolSize=4)
        self._bad = pg.InfiniteLine(angle=90, label="overflow", labelOpts={"position": 0.92})
        self._cursor = pg.InfiniteLine(angle=90)
        self._ends = [pg.TextItem(anchor=(0, 0.5)) for _ in range(2)]
        self._note = pg.TextItem(anchor=(0, 0))
        for item in (self._train, self._valid, self._bad, self._cursor, *self._ends, self._note):
            self.addItem(item, ignoreBounds=True)
        for item in (self._bad, self._cursor, self._note):
            item.hide()
        self.colour(colours)
        self.scene().sigMouseMoved.connect(self._hover)

    def _set_up_axes(self) -> None:
        plot = self.getPlotItem()
        plot.hideButtons()
        plot.setMenuEnabled(False)
        plot.showGrid(x=False, y=True, alpha=1.0)
        view = plot.getViewBox()
        view.setDefaultPadding(0.0)
        view.sigRangeChangedManually.connect(self._moved_by_hand)
        for name in ("left", "bottom"):
            axis = plot.getAxis(name)
            axis.setTickDensity(0.7)
            axis.setZValue(-1000)  # the grid stays behind the words at the lines
            axis.setStyle(
                maxTickLevel=0,
                tickLength=0,
                tickFont=text_font_small(),
                tickTextOffset=6,
                hideOverlappingLabels=40,
            )
        plot.getAxis("left").setWidth(AXIS_PX - 6)
        plot.getAxis("bottom").setHeight(20)

    def _moved_by_hand(self, *_: object) -> None:
        self._free = False

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._free = True
        self._fit()
        event.accept()

    def colour(self, c: Colours) -> None:
        """Take the theme's colours."""
        self._colours = c
        self.setBackground(None)
        for name in ("left", "bottom"):
            axis = self.getPlotItem().getAxis(name)
            axis.setPen(pg.mkPen(None) if name == "left" else pg.mkPen(c.divider))
            axis.setTickPen(pg.mkPen(c.divider))
            axis.setTextPen(c.text_dim)
        self._band.setPen(QPen(Qt.PenStyle.NoPen))
        fill = QColor(c.curve_train)
        fill.setAlphaF(0.16)
        self._band.setBrush(fill)
        self._train.setPen(pg.mkPen(c.curve_train, width=2))
        self._valid.setPen(pg.mkPen(c.curve_valid, width=2))
        self._valid.setSymbolBrush(c.curve_valid)
        self._valid.setSymbolPen(None)
        self._bad.setPen(pg.mkPen(c.error, style=Qt.PenStyle.DashLine))
        self._bad.label.setColor(c.error)
        self._cursor.setPen(pg.mkPen(c.link))
        for end, colour in zip(self._ends, (c.curve_train, c.curve_valid), strict=True):
            end.setColor(colour)
            end.fill = pg.mkBrush(c.panel)
            end.textItem.setFont(text_font_small())
        self._note.setColor(c.text)
        self._note.fill = pg.mkBrush(c.card)
        self._note.border = pg.mkPen(c.card_border)
        self._note.textItem.setFont(text_font_small())
        if self._shown is not None:
            self.show_curves(self._shown)

    def set_log(self, wanted: bool) -> None:
        """Make the vertical axis logarithmic; zeros and negatives stay at its foot."""
        self._log = self._axis.logarithmic = wanted
        self._axis.picture = None
        self._free = True
        if self._shown is not None:
            self.show_curves(self._shown)

    def show_curves(self, shown: Shown) -> None:
        """Show new points."""
        self._shown = shown
        self._epochs.last = shown.epochs
        self._band.setPath(self._band_path(shown.band))
        self._train.setData(shown.train.x, self._y(shown.train.y), connect="finite")
        dots = "o" if len(shown.valid.x) <= MOST_DOTS else None
        self._valid.setData(
            shown.valid.x, self._y(shown.valid.y), connect="finite", symbol=dots, symbolSize=4
        )
        self._show_earlier(shown.earlier)
        self._bad.setVisible(shown.bad_at is not None)
        if shown.bad_at is not None:
            self._bad.setValue(shown.bad_at)
        if self._free:
            self._fit()
        self._label_ends(shown)

    def _show_earlier(self, earlier: Sequence[Curve]) -> None:
        while len(self._earlier) < len(earlier):
            line = pg.PlotCurveItem()
            line.setZValue(-5)
            self.addItem(line, ignoreBounds=True)
            self._earlier.append(line)
        pen = pg.mkPen(self._colours.link, width=1, style=Qt.PenStyle.DashLine)
        for i, line in enumerate(self._earlier):
            line.setVisible(i < len(earlier))
            if i < len(earlier):
                line.setPen(pen)
                line.setData(earlier[i].x, self._y(earlier[i].y), connect="finite")

    def _y(self, y: Floats) -> Floats:
        return np.log10(np.maximum(y, FLOOR)) if self._log else y

    def _band_path(self, band: Band) -> QPainterPath:
        path = QPainterPath()
        known = np.isfinite(band.low)
        if known.sum() > 1:
            x, low, high = band.x[known], self._y(band.low[known]), self._y(band.high[known])
            upper = [QPointF(a, b) for a, b in zip(x.tolist(), high.tolist(), strict=True)]
            lower = [QPointF(a, b) for a, b in zip(x.tolist(), low.tolist(), strict=True)]
            path.addPolygon(QPolygonF(upper + lower[::-1]))
            path.closeSubpath()
        return path

    def _fit(self) -> None:
        """Let all lines be seen; the first steps of a steep fall may stick out."""
        if self._shown is None:
            return
        ranges = self._fitting(self._shown)
        now = self.getPlotItem().getViewBox().viewRange()
        if not np.allclose(ranges, now, rtol=2e-3, atol=1e-9):
            self.setRange(xRange=ranges[0], yRange=ranges[1], padding=0)

    def _fitting(self, shown: Shown) -> tuple[tuple[float, float], tuple[float, float]]:
        """Give the ranges of both axes in which everything can be seen."""
        parts = [shown.train.y, shown.valid.y, *(line.y for line in shown.earlier)]
        values = np.concatenate([part[np.isfinite(part)] for part in parts] or [np.empty(0)])
        room = LABEL_PX / max(self.width() - AXIS_PX, 2 * LABEL_PX)
        across = (0.0, shown.epochs / (1 - room))
        if not len(values):
            return across, (0.0, 1.0)
        if self._log:
            logs = np.log10(np.maximum(values, FLOOR))
            return across, (float(logs.min()) - 0.1, float(logs.max()) + 0.1)
        if self._percent:
            return across, (min(float(values.min()), 0.9) - 0.02, 1.02)
        low, high = min(0.0, float(values.min())), float(values.max())
        room = (high - low or 1.0) * 0.05
        return across, (low - room, high + room)

    def _label_ends(self, shown: Shown) -> None:
        """Write the last value beside each line's end, moved apart where they would overlap."""
        ends: list[tuple[float, float, pg.TextItem]] = []
        for label, curve, word in (
            (self._ends[0], shown.train, "train"),
            (self._ends[1], shown.valid, "val"),
        ):
            known = np.flatnonzero(np.isfinite(curve.y))
            label.setVisible(bool(len(known)))
            if len(known):
                last = float(curve.y[known[-1]])
                text = f"{100 * last:.1f} %" if self._percent else f"{last:.3f}"
                label.setText(f"{word} {text}")
                ends.append((float(self._y(np.array([last]))[0]), curve.x[known[-1]], label))
        self._place_ends(sorted(ends, key=lambda end: end[0]))

    def _place_ends(self, ends: list[tuple[float, float, pg.TextItem]]) -> None:
        """Put the words, the lowest first, a line apart and inside the plot."""
        if not ends:
            return
        view = self.getPlotItem().getViewBox()
        line = LINE_PX * view.viewPixelSize()[1]
        low, high = view.viewRange()[1]
        places = [y for y, _, _ in ends]
        if len(places) == 2 and places[1] - places[0] < line:
            middle = sum(places) / 2
            places = [middle - line / 2, middle + line / 2]
        up = max(0.0, low + line / 2 - places[0])
        down = max(0.0, places[-1] - (high - line / 2))
        x = max(float(x) for _, x, _ in ends)
        for place, (_, _, label) in zip(places, ends, strict=True):
            label.setPos(x, place + up - down)

    def _hover(self, at: QPointF) -> None:
        view = self.getPlotItem().getViewBox()
        inside = view.sceneBoundingRect().contains(at)
        if not inside or self._shown is None:
            self.hover_at(None)
            self.hovered.emit(-1.0)
            return
        place = view.mapSceneToView(at)
        self.hover_at(place.x())
        self.hovered.emit(place.x())

    def hover_at(self, epoch: float | None) -> None:
        """Show the values at an epoch, or none."""
        text = "" if epoch is None or epoch < 0 else self.values_at(epoch)
        self._cursor.setVisible(bool(text))
        self._note.setVisible(bool(text))
        if text and epoch is not None:
            self._cursor.setValue(epoch)
            self._note.setText(text)
            (left, right), (_, top) = self.getPlotItem().getViewBox().viewRange()
            self._note.setAnchor((1, 0) if epoch > (left + right) / 2 else (0, 0))
            self._note.setPos(epoch, top)

    def values_at(self, epoch: float) -> str:
        """Say what the lines are at an epoch."""
        if self._shown is None:
            return ""
        parts: list[str] = []
        for word, curve in (("train", self._shown.train), ("val", self._shown.valid)):
            if len(curve.x):
                place = int(np.argmin(np.abs(curve.x - epoch)))
                value = float(curve.y[place])
                parts.append(
                    f"{word} {100 * value:.1f} %" if self._percent else f"{word} {value:.4g}"
                )
        return f"epoch {epoch:.1f}\n" + "\n".join(parts) if parts else ""


def text_font_small() -> QFont:
    """Give the font of axes and labels."""
    font = text_font()
    font.setPixelSize(11)
    return font
