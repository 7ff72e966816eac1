"""One plot of the curves: keeps its picture, follows the wheel, the mouse and the keys."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from nnstudio.gui.curve_axis import number_words
from nnstudio.gui.curve_clock import place_words
from nnstudio.gui.curve_layout import Layout, Scene, lay_out
from nnstudio.gui.curve_lines import Tracks
from nnstudio.gui.curve_paint import paint, small_font
from nnstudio.gui.curve_pointer import paint_pointer, read
from nnstudio.gui.curve_view import CurveView
from nnstudio.gui.theme import Theme

KEY_PAN, KEY_ZOOM = 0.15, 0.7
DRAG_PX = 4
HELP = (
    "Wheel or + and −: zoom · drag or Ctrl+arrows: pan · Shift+drag: zoom into a box · "
    "Shift+wheel: vertical zoom · arrows: read values · double-click or 0: show everything"
)


class CurvePlot(QWidget):
    """Shows a scene; draws anew only what changed.

    Args:
        title: What is measured, such as "loss".
        view: The stretch that shows, shared with the other plots.
        tracks: Pyramids of the series, shared too.
        theme: For the colours.
    """

    def __init__(self, title: str, view: CurveView, tracks: Tracks, theme: Theme) -> None:
        super().__init__()
        self.scene = Scene()
        self._view, self._tracks, self._theme = view, tracks, theme
        self._y: tuple[float, float] | None = None
        self._picture: QPixmap | None = None
        self._layout: Layout | None = None
        self._grip: QPointF | None = None
        self._box: QRectF | None = None
        self._font = small_font()
        self._width = QFontMetricsF(self._font).horizontalAdvance
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(120, 70)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self.setToolTip("")
        self.rename(title)
        view.moved.connect(self.refresh)
        view.pointed.connect(self._pointed)
        theme.changed.connect(self.refresh)

    def sizeHint(self) -> QSize:
        return QSize(320, 180)

    def rename(self, title: str) -> None:
        """Say what is measured."""
        self.setAccessibleName(f"Curves of the {title}")
        self.setAccessibleDescription(HELP)

    def show_scene(self, scene: Scene) -> None:
        """Show something else, or the same with new numbers."""
        if scene.log != self.scene.log or scene.percent != self.scene.percent:
            self._y = None
        self.scene = scene
        self.refresh()

    def refresh(self) -> None:
        """Draw anew, at the next chance."""
        self._picture = self._layout = None
        self.update()

    def fit(self) -> None:
        """Show everything."""
        self._y = None
        self._view.fit()
        self.refresh()

    @property
    def layout_now(self) -> Layout:
        """Where everything stands now."""
        if self._layout is None:
            size = float(self.width()), float(self.height())
            self._layout = lay_out(
                self.scene, self._tracks, size, self._view.range, self._y, self._width
            )
        return self._layout

    def values_at(self, x: float) -> list[tuple[str, float]]:
        """Give name and value of every line at a place; the present run comes first."""
        return [(one.line.name, one.value) for one in read(self.scene, x)]

    # Painting

    def paintEvent(self, _: QPaintEvent) -> None:
        colours = self._theme.palette()
        ratio = self.devicePixelRatioF()
        wanted = self.size() * ratio
        if self._picture is None or self._picture.size() != wanted:
            self._layout = None
            self._picture = QPixmap(wanted)
            self._picture.setDevicePixelRatio(ratio)
            self._picture.fill(QColor(colours.panel))
            painter = QPainter(self._picture)
            self.paint_on(painter)
            painter.end()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        self._paint_over(painter)
        painter.end()

    def paint_on(self, painter: QPainter, *, vector: bool = False) -> None:
        """Paint the plot without pointer and focus, also into files of shapes."""
        painter.setFont(self._font)
        paint(painter, self.layout_now, self.scene, self._theme.palette(), vector=vector)

    def _paint_over(self, painter: QPainter) -> None:
        colours = self._theme.palette()
        if self._view.pointer is not None:
            layout, x = self.layout_now, self._view.pointer
            painter.setFont(self._font)
            paint_pointer(painter, layout, self.scene, x, self.width(), colours)
        if self._box is not None:
            fill = QColor(colours.accent)
            painter.setPen(QPen(fill, 1))
            fill.setAlphaF(0.15)
            painter.setBrush(fill)
            painter.drawRect(self._box)
        if self.hasFocus():
            painter.setPen(QPen(QColor(colours.accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)

    # Mouse and keys

    def wheelEvent(self, event: QWheelEvent) -> None:
        turn = event.angleDelta().y() or event.angleDelta().x()
        factor = math.pow(0.85, turn / 120)
        frame, at = self.layout_now.frame, event.position()
        upright = event.modifiers() & Qt.KeyboardModifier.ShiftModifier or at.x() < frame.left
        if upright:
            self._zoom_y(factor, frame.y_at(at.y()))
        else:
            self._view.zoom(factor, frame.x_at(at.x()))
        event.accept()

    def _zoom_y(self, factor: float, around: float) -> None:
        low, high = self.layout_now.frame.y
        wanted = around + (low - around) * factor, around + (high - around) * factor
        least = 1e-12 * max(abs(wanted[0]), abs(wanted[1]), 1e-300)
        if least < wanted[1] - wanted[0] < 1e30:
            self._y = wanted
            self.refresh()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._grip = event.position()
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self._box = QRectF(self._grip, self._grip)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at, frame = event.position(), self.layout_now.frame
        if self._grip is None:
            inside = frame.left <= at.x() <= frame.right
            self._view.point(frame.x_at(at.x()) if inside else None)
        elif self._view.free and (at - self._grip).manhattanLength() < DRAG_PX and not self._box:
            return  # a click is no drag
        elif self._box is not None:
            self._box = QRectF(self._grip, at).normalized()
            self.update()
        else:
            self._drag(at)

    def _drag(self, at: QPointF) -> None:
        assert self._grip is not None
        frame = self.layout_now.frame
        if self._y is not None:
            by = frame.y_at(self._grip.y()) - frame.y_at(at.y())
            self._y = self._y[0] + by, self._y[1] + by
            self.refresh()
        across = frame.x_at(self._grip.x()) - frame.x_at(at.x())
        self._grip = at
        if across:
            self._view.pan(across)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        box, self._grip, self._box = self._box, None, None
        if box is not None and box.width() > 4 and box.height() > 4:
            frame = self.layout_now.frame
            self._y = frame.y_at(box.bottom()), frame.y_at(box.top())
            self._view.show(frame.x_at(box.left()), frame.x_at(box.right()))
            self.refresh()
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._grip = None
        self.fit()

    def leaveEvent(self, event: QEvent) -> None:
        self._view.point(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        low, high = self._view.range
        span, middle = high - low, self._view.pointer
        key, held = event.key(), event.modifiers()
        ways = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if key in ways and held & Qt.KeyboardModifier.ControlModifier:
            self._view.pan(ways[Qt.Key(key)] * KEY_PAN * span)
        elif key in ways:
            self._step_pointer(ways[Qt.Key(key)])
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            factor = 1 / KEY_ZOOM if key == Qt.Key.Key_Minus else KEY_ZOOM
            self._view.zoom(factor, (low + high) / 2 if middle is None else middle)
        elif key in (Qt.Key.Key_0, Qt.Key.Key_Home):
            self.fit()
        elif key == Qt.Key.Key_Escape and self._view.pointer is not None:
            self._view.point(None)
        else:
            super().keyPressEvent(event)

    def _step_pointer(self, way: int) -> None:
        """Move the values to the next pixel at which there are numbers."""
        frame = self.layout_now.frame
        a_pixel = (frame.x[1] - frame.x[0]) / max(frame.right - frame.left, 1)
        start = frame.x[0] if self._view.pointer is None else self._view.pointer
        x = min(max(start + way * 4 * a_pixel, frame.x[0]), frame.x[1])
        self._view.point(x)
        said = [f"{name} {number_words(v, self.scene.percent)}" for name, v in self.values_at(x)]
        self.setAccessibleDescription(", ".join([place_words(x, self.scene.unit), *said]))

    def _pointed(self) -> None:
        self.update()

    def focusInEvent(self, event: object) -> None:
        self.update()

    def focusOutEvent(self, event: object) -> None:
        self.update()
