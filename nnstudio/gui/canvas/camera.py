"""Which part of the canvas shows, and how large: zoom to the pointer, pan, fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QTransform, QWheelEvent

from nnstudio.graph.model import Graph
from nnstudio.gui.canvas import metrics

if TYPE_CHECKING:
    from nnstudio.gui.canvas.canvas import Canvas

_MARGIN_PX = 36.0
_WHEEL_STEP = 1.0015
_SETTLE_MS = 90


class Camera:
    """Moves the view of a canvas; fits the network until a person takes over."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._fitting = True
        self._settle = QTimer(canvas)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE_MS)
        self._settle.timeout.connect(self._settled)
        canvas.stage.eye = self

    @property
    def scale(self) -> float:
        """Pixels a canvas unit; 1 at 100 %."""
        return self._canvas.transform().m11()

    def visible(self) -> QRectF:
        """Give the part of the canvas that shows."""
        canvas = self._canvas
        left, top = canvas.scene_point(QPointF(0, 0))
        size = canvas.viewport().size()
        return QRectF(left, top, size.width() / self.scale, size.height() / self.scale)

    def hold(self) -> None:
        """Leave the view to the person from now on."""
        self._fitting = False

    def graph_shown(self, before: Graph | None = None) -> None:
        """Fit the network while nobody has moved the view; then only follow a selected new card.

        Args:
            before: What showed until now.
        """
        canvas = self._canvas
        if self._fitting and canvas.drawing.cards:
            self._show(canvas.drawing.bounds())
        elif before is not None and any(one not in before.nodes for one in canvas.selection):
            self.reveal(canvas.drawing.cards[canvas.selection[-1]].rect)

    def show_all(self) -> None:
        """Show the whole network, and keep it in view until a person takes over."""
        self._fitting = True
        self.graph_shown()

    def resized(self, before: QSize) -> None:
        """Keep the network in view, or the upper left corner where it is."""
        if self._fitting:
            self.graph_shown()

    def fit(self) -> None:
        """Show the whole network, or the selected cards, at most at 100 %."""
        selection = self._canvas.selection
        whole = self._canvas.drawing.bounds(selection if len(selection) > 1 else None)
        if not whole.isNull():
            self._show(whole)

    def _show(self, area: QRectF) -> None:
        size = self._canvas.viewport().size()
        across = (size.width() - 2 * _MARGIN_PX) / max(1.0, area.width())
        down = (size.height() - 2 * _MARGIN_PX) / max(1.0, area.height())
        self._set_scale(min(across, down, 1.0))
        self.centre(area.center())

    def centre(self, place: QPointF) -> None:
        """Show a place of the canvas in the middle."""
        self._canvas.centerOn(place)
        self._canvas.stage.arrange_bubbles()
        self._canvas.view_changed.emit()

    def reveal(self, area: QRectF) -> None:
        """Move the view as little as needed for an area to show."""
        margin = _MARGIN_PX / self.scale
        seen = self.visible().adjusted(margin, margin, -margin, -margin)
        right = max(0.0, area.right() - seen.right()) + min(0.0, area.left() - seen.left())
        down = max(0.0, area.bottom() - seen.bottom()) + min(0.0, area.top() - seen.top())
        if right or down:
            self.pan(-right * self.scale, -down * self.scale)
            self._canvas.stage.arrange_bubbles()

    def pan(self, right_px: float, down_px: float) -> None:
        """Push the canvas by some pixels."""
        across = self._canvas.horizontalScrollBar()
        down = self._canvas.verticalScrollBar()
        across.setValue(across.value() - round(right_px))
        down.setValue(down.value() - round(down_px))

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom so that what is under a point of the viewport stays there."""
        self.hold()
        self._canvas.stage.zooming = True
        self._settle.start()
        viewport = self._canvas.viewport()
        point = QPointF(viewport.rect().center()) if at is None else at
        place = QPointF(*self._canvas.scene_point(point))
        self._set_scale(self.scale * factor)
        now = self._canvas.viewportTransform().map(place)
        self.pan(point.x() - now.x(), point.y() - now.y())
        self._canvas.stage.arrange_bubbles()
        self._canvas.refresh()
        self._canvas.view_changed.emit()

    def _settled(self) -> None:
        """Paint all cards anew in the size in which they stay."""
        self._canvas.stage.zooming = False
        self._canvas.refresh()

    def _set_scale(self, scale: float) -> None:
        bounded = min(metrics.ZOOM_MAX, max(metrics.ZOOM_MIN, scale))
        self._canvas.setTransform(QTransform.fromScale(bounded, bounded))

    def wheel(self, event: QWheelEvent) -> None:
        """Zoom with a wheel; pan with a touch pad or with Shift."""
        pixels, turns = event.pixelDelta(), event.angleDelta()
        touch = event.phase() != Qt.ScrollPhase.NoScrollPhase and not pixels.isNull()
        if touch and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.hold()
            self.pan(pixels.x(), pixels.y())
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier or turns.y() == 0:
            self.hold()
            self.pan(turns.x() or turns.y(), 0.0)
        else:
            self.zoom(_WHEEL_STEP ** turns.y(), event.position())
