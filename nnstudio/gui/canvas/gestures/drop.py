"""Dropping a layer from the palette on the canvas or on a link; and dropping files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QPointF, QRectF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent

from nnstudio.core.errors import StudioError
from nnstudio.graph.model import Edge
from nnstudio.graph.registry import all_layers
from nnstudio.gui.canvas import intents, metrics

if TYPE_CHECKING:
    from nnstudio.gui.canvas.canvas import Canvas

LAYER_MIME = "application/x-nnstudio-layer"


class Drop:
    """Shows a ghost of the card that would come, and the link that would take it in."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas

    def enter(self, event: QDragEnterEvent) -> None:
        """Say whether what is dragged can be dropped here."""
        if _kind(event.mimeData()) or _files(event.mimeData()):
            event.acceptProposedAction()

    def move(self, event: QDragMoveEvent) -> None:
        """Follow the pointer with the ghost."""
        event.acceptProposedAction()
        kind = _kind(event.mimeData())
        if kind:
            self._show_ghost(kind, event.position())

    def _show_ghost(self, kind: str, at: QPointF) -> None:
        stage = self._canvas.stage
        corner = self._corner(at)
        stage.ghost_card = QRectF(*corner, metrics.CARD_WIDTH, metrics.CARD_HEIGHT)
        stage.ghost_category = all_layers()[kind].category
        stage.splice = self._link_for(kind, at)
        self._canvas.refresh()

    def _corner(self, at: QPointF) -> tuple[float, float]:
        x, y = self._canvas.scene_point(at)
        return x - metrics.CARD_WIDTH / 2, y - metrics.PORT_Y

    def _link_for(self, kind: str, at: QPointF) -> Edge | None:
        layer = all_layers()[kind]
        if not layer.inputs or not layer.outputs:
            return None
        canvas = self._canvas
        return canvas.stage.link_at(*canvas.scene_point(at), canvas.camera.scale / 3)

    def leave(self) -> None:
        """Take the ghost away."""
        self._canvas.stage.ghost_card = self._canvas.stage.splice = None
        self._canvas.refresh()

    def drop(self, event: QDropEvent) -> None:
        """Ask for the new card, or hand on the files."""
        kind, files = _kind(event.mimeData()), _files(event.mimeData())
        self.leave()
        if kind:
            self._add(kind, event.position())
        elif files:
            self._canvas.files_dropped.emit(files)
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()

    def _add(self, kind: str, at: QPointF) -> None:
        canvas = self._canvas
        graph, edge, corner = canvas.drawing.graph, self._link_for(kind, at), self._corner(at)
        try:
            if edge is not None:
                edit = intents.splice_new(graph, edge, kind, corner)
            else:
                edit = intents.add(graph, kind, corner)
        except StudioError as error:
            canvas.message.emit(error.sentence)
            return
        canvas.want(edit, intents.new_nodes(edit))
        canvas.setFocus()


def _kind(data: QMimeData) -> str:
    """Give the kind of layer that is dragged, or ""."""
    kind = bytes(data.data(LAYER_MIME).data()).decode("utf-8", "replace")
    return kind if kind in all_layers() else ""


def _files(data: QMimeData) -> list[Path]:
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
