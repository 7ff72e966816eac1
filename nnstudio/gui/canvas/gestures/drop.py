"""Dropping a layer or block from the palette on the canvas or on a link; and dropping files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QPointF, QRectF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent

from nnstudio.core.errors import StudioError
from nnstudio.graph.model import Edge
from nnstudio.gui.canvas import intents, metrics
from nnstudio.project.library.offers import Offer

if TYPE_CHECKING:
    from nnstudio.gui.canvas.canvas import Canvas

LAYER_MIME = "application/x-nnstudio-layer"


class Drop:
    """Shows a ghost of the card that would come, and the link that would take it in."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas

    def enter(self, event: QDragEnterEvent) -> None:
        """Say whether what is dragged can be dropped here."""
        if self._offer(event.mimeData()) or _files(event.mimeData()):
            event.acceptProposedAction()

    def move(self, event: QDragMoveEvent) -> None:
        """Follow the pointer with the ghost."""
        event.acceptProposedAction()
        offer = self._offer(event.mimeData())
        if offer is not None:
            self._show_ghost(offer, event.position())

    def _show_ghost(self, offer: Offer, at: QPointF) -> None:
        stage = self._canvas.stage
        corner = self._corner(at)
        stage.ghost_card = QRectF(*corner, metrics.CARD_WIDTH, metrics.CARD_HEIGHT)
        stage.ghost_category = offer.category
        stage.splice = self._link_for(offer, at)
        self._canvas.refresh()

    def _corner(self, at: QPointF) -> tuple[float, float]:
        x, y = self._canvas.scene_point(at)
        return x - metrics.CARD_WIDTH / 2, y - metrics.PORT_Y

    def _link_for(self, offer: Offer, at: QPointF) -> Edge | None:
        if not (offer.takes and offer.gives):
            return None
        canvas = self._canvas
        return canvas.stage.link_at(*canvas.scene_point(at), canvas.camera.scale / 3)

    def leave(self) -> None:
        """Take the ghost away."""
        self._canvas.stage.ghost_card = self._canvas.stage.splice = None
        self._canvas.refresh()

    def drop(self, event: QDropEvent) -> None:
        """Ask for the new card, or hand on the files."""
        offer, files = self._offer(event.mimeData()), _files(event.mimeData())
        self.leave()
        if offer is not None:
            self._add(offer, event.position())
        elif files:
            self._canvas.files_dropped.emit(files)
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()

    def _add(self, offer: Offer, at: QPointF) -> None:
        canvas = self._canvas
        graph, edge, corner = canvas.drawing.graph, self._link_for(offer, at), self._corner(at)
        try:
            if edge is not None:
                edit = intents.splice_new(graph, edge, offer, corner, canvas.drawing.inference)
            else:
                edit = intents.add(graph, offer, corner)
        except StudioError as error:
            canvas.message.emit(error.sentence)
            return
        canvas.want(edit, intents.new_nodes(edit))
        canvas.setFocus()

    def _offer(self, data: QMimeData) -> Offer | None:
        """Give what is dragged, or None."""
        key = bytes(data.data(LAYER_MIME).data()).decode("utf-8", "replace")
        return self._canvas.commands.offers.get(key)


def _files(data: QMimeData) -> list[Path]:
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
