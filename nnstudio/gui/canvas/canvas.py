"""The canvas: shows a graph as cards and links and turns what a person does into edits.

It never changes the graph; it emits `edit_wanted`, and shows what comes back through `show_graph`.
Painting is in `layers`, each thing a hand can do in `gestures`, what keys do in `commands`.
"""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QGraphicsScene, QGraphicsView, QToolTip, QWidget

from nnstudio.graph.edits import Edit
from nnstudio.graph.infer import Inference
from nnstudio.graph.model import Graph
from nnstudio.gui.canvas import accessible, layers, speech
from nnstudio.gui.canvas.accessible import CanvasFace
from nnstudio.gui.canvas.background import Background
from nnstudio.gui.canvas.breadcrumb import Breadcrumb
from nnstudio.gui.canvas.camera import Camera
from nnstudio.gui.canvas.commands import Commands
from nnstudio.gui.canvas.drawing import Costs, Drawing
from nnstudio.gui.canvas.edge_pan import EdgePan
from nnstudio.gui.canvas.gestures.base import Gesture
from nnstudio.gui.canvas.gestures.choose import gesture_for
from nnstudio.gui.canvas.gestures.drop import Drop
from nnstudio.gui.canvas.gestures.pan import Pan
from nnstudio.gui.canvas.gestures.repair import RepairKeys
from nnstudio.gui.canvas.graph_note import GraphNote
from nnstudio.gui.canvas.ink import Ink
from nnstudio.gui.canvas.key_link import KeyCut, KeyLink
from nnstudio.gui.canvas.minimap import MiniMap
from nnstudio.gui.canvas.preview import Preview
from nnstudio.gui.canvas.stage import NOTHING, Stage
from nnstudio.gui.canvas.tips import tip
from nnstudio.gui.theme import Theme


class Canvas(QGraphicsView):
    """A view of one graph.

    Args:
        theme: Where the colours come from.
        parent: The widget it stands in.
    """

    edit_wanted = Signal(object)
    selection_changed = Signal(tuple)
    node_activated = Signal(str)
    message = Signal(str)
    files_dropped = Signal(list)
    view_changed = Signal()
    level_changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.stage = Stage(Drawing(), Ink(theme.palette()))
        self._background = Background()
        self._set_up_view()
        self._layers = [kind(self.stage, level) for level, kind in enumerate(layers.ALL)]
        for layer in self._layers:
            self._scene.addItem(layer)
        self.preview = Preview(self, layers.WHOLE)
        self._scene.addItem(self.preview)
        self.repairs = RepairKeys(self)
        self.camera = Camera(self)
        self.commands = Commands(self)
        self.minimap = MiniMap(self)
        self.note = GraphNote(self)
        self.breadcrumb = Breadcrumb(self)
        self._drop = Drop(self)
        self._gesture: Gesture | None = None
        self._edge_pan = EdgePan(self.viewport(), self.camera)
        self._face = CanvasFace(self)
        self._space = False
        self._select_next: tuple[str, ...] = ()
        theme.changed.connect(self._recolour)

    def _set_up_view(self) -> None:
        self._scene = QGraphicsScene(layers.WHOLE, self)
        self._scene.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self.setScene(self._scene)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.NoViewportUpdate)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)
        self.setAcceptDrops(True)
        accessible.install()
        speech.introduce(self)

    # What the window calls

    def show_graph(self, graph: Graph, inference: Inference, costs: Costs | None = None) -> None:
        """Show a graph; only what changed is worked out anew.

        Args:
            graph: The graph.
            inference: What is known about it.
            costs: Its costs by node; worked out where they are needed if left out.
        """
        before, depth = self.drawing.graph, len(self.commands.levels.path)
        whole, (graph, inference) = graph, self.commands.levels.shown(graph, inference)
        if graph is not before:
            self.set_gesture(None)  # what it holds on to may be gone
            self.repairs.forget()
            self.preview.show_edit(None)
        self.drawing.show(graph, inference, costs if graph is whole else None)
        self.stage.show_doors(self.commands.levels.doors)
        if graph is not before:
            self._keep_what_is_left()
        self.stage.arrange_bubbles()
        self.note.show_problems(inference.problems)
        if depth != len(self.commands.levels.path):
            self.camera.show_all()
            self.level_changed.emit()
        self.camera.graph_shown(before)
        self.refresh()

    @property
    def drawing(self) -> Drawing:
        """The cards and links that show."""
        return self.stage.drawing

    @property
    def selection(self) -> tuple[str, ...]:
        """Ids of the selected cards, in the order in which they were selected."""
        return tuple(self.stage.selected)

    def select(self, ids: Iterable[str]) -> None:
        """Select cards and nothing else, and bring the last of them into view."""
        self.set_selection(ids)
        if self.selection:
            self.camera.reveal(self.drawing.cards[self.selection[-1]].rect)

    def set_selection(self, ids: Iterable[str]) -> None:
        """Select cards and nothing else, without moving the view."""
        chosen = dict.fromkeys(one for one in ids if one in self.drawing.cards)
        changed = list(chosen) != list(self.stage.selected) or bool(self.stage.selected_notes)
        self.stage.selected_links.clear()
        self.stage.selected_notes.clear()
        self.stage.selected = chosen
        if changed:
            self.stage.arrange_bubbles()
            speech.announce_selection(self)
            self.selection_changed.emit(self.selection)
        self.refresh()

    def select_note(self, note_id: str) -> None:
        """Select one note or frame and no card."""
        self.set_selection(())
        self.stage.selected_notes = {note_id} & set(self.drawing.notes)
        if self.stage.selected_notes:
            self.camera.reveal(QRectF(*self.drawing.notes[note_id].area))
        speech.announce_selection(self)
        self.refresh()

    def accessible_face(self) -> CanvasFace:
        """Give what assistive tools see; Qt asks for it."""
        return self._face

    def set_health(self, node: str, health: str) -> None:
        """Set the light of a card: "ok", "warn", "error", or "" for what the graph itself says."""
        card = self.drawing.cards.get(node)
        if card is not None:
            card.health = health or None
            self.drawing.version += 1
            self.refresh(card.rect)

    def set_card_picture(self, node: str, picture: QImage | None) -> None:
        """Show a strip of small pictures on a card, or none."""
        card = self.drawing.cards.get(node)
        if card is not None:
            grows = (card.picture is None) != (picture is None)
            card.picture = picture
            self.drawing.version += 1
            self.refresh(None if grows else card.rect)

    # What gestures and commands call

    def want(self, edit: Edit, select: Iterable[str] = ()) -> None:
        """Ask for an edit; `select` names the cards to select once they show."""
        self._select_next = tuple(select)
        self.camera.hold()
        self.edit_wanted.emit(self.commands.levels.wrapped(edit))

    def scene_point(self, at: QPointF | QPoint) -> tuple[float, float]:
        """Give the place on the canvas under a point of the viewport."""
        place = self.viewportTransform().inverted()[0].map(QPointF(at))
        return place.x(), place.y()

    def refresh(self, area: QRectF | None = None) -> None:
        """Paint again, all or the part that shows an area of the canvas."""
        if area is None:
            self.viewport().update()
            self.minimap.update()
        else:
            self.viewport().update(
                self.mapFromScene(area).boundingRect().adjusted(-12, -24, 12, 12)
            )

    def set_gesture(self, gesture: Gesture | None) -> None:
        """Begin a gesture, breaking off the one before, or end it."""
        self._edge_pan.stop()
        if self._gesture is not None:
            self._gesture.cancel()
        self._gesture = gesture

    def hover_at(self, at: QPointF) -> None:
        """Take notice of what is under the pointer."""
        hit = self.stage.hit(*self.scene_point(at), self.camera.scale)
        if hit == self.stage.hover:
            return
        self.stage.hover = hit
        self.repairs.forget()
        self.preview.show_edit(None if hit.repair is None else hit.repair.edit)
        self.stage.arrange_bubbles()
        pressable = hit.repair is not None
        shape = Qt.CursorShape.PointingHandCursor if pressable else Qt.CursorShape.ArrowCursor
        self.viewport().setCursor(Qt.CursorShape.CrossCursor if hit.port else shape)
        self.refresh()

    def _keep_what_is_left(self) -> None:
        stage, cards = self.stage, self.drawing.cards
        stage.selected_links &= set(self.drawing.wires)
        notes = stage.selected_notes & set(self.drawing.notes)
        if stage.hover.node not in cards or stage.hover.bubble is not None:
            stage.hover = NOTHING
        wanted, self._select_next = self._select_next, ()
        chosen = [one for one in wanted if one in cards]
        self.set_selection(chosen or [one for one in stage.selected if one in cards])
        stage.selected_notes = set() if chosen else notes

    def _recolour(self) -> None:
        self.stage.ink = Ink(self.theme.palette())
        self._background.forget()
        self.note.recolour()
        self.refresh()

    # What Qt calls

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        self._background.paint(painter, self, self.stage.ink)

    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        if not self.drawing.cards:
            self._background.paint_invitation(painter, self, self.stage.ink)
        if self.stage.by_keys:
            self._background.paint_focus_ring(painter, self, self.stage.ink)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        self.viewport().update()
        self.view_changed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.camera.resized(event.oldSize())
        self.minimap.settle()
        self.note.settle()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.stage.by_keys = False
        self.camera.hold()
        button = event.button()
        if button == Qt.MouseButton.MiddleButton or self._space:
            self.set_gesture(Pan(self, event.position()))
        elif button == Qt.MouseButton.LeftButton:
            hit = self.stage.hit(*self.scene_point(event.position()), self.camera.scale)
            self.set_gesture(gesture_for(self, hit, event))
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._gesture is not None:
            self._gesture.move(event.position(), event.modifiers())
            self._edge_pan.follow(self._gesture, event.position(), event.modifiers())
        else:
            self.hover_at(event.position())
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._edge_pan.stop()
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            gesture.finish(event.position(), event.modifiers())
            self.hover_at(event.position())
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        hit = self.stage.hit(*self.scene_point(event.position()), self.camera.scale)
        if hit.node and event.button() == Qt.MouseButton.LeftButton:
            self.activate(hit.node)
        elif hit.note and event.button() == Qt.MouseButton.LeftButton:
            self.commands.notes.write(hit.note)
        elif hit.bubble is None and event.button() == Qt.MouseButton.LeftButton:
            self.commands.offer_layers(event.position())
        event.accept()

    def activate(self, node: str) -> None:
        """Enter a block, or ask for a closer look at a card."""
        if not self.commands.levels.enter(node):
            self.node_activated.emit(node)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.commands.show_menu(event.globalPos(), event.pos())

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.camera.wheel(event)
        event.accept()

    def focusInEvent(self, event: QFocusEvent) -> None:
        tabs = {Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason}
        self.stage.by_keys = event.reason() in tabs
        self.refresh()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._space = self.stage.by_keys = False
        self.refresh()
        super().focusOutEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        if self._gesture is None:
            self.hover_at(QPointF(-1e6, -1e6))
        super().leaveEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            text = "" if self._gesture is not None else tip(self.drawing, self.stage.hover)
            QToolTip.showText(event.globalPos(), text, self)  # type: ignore[attr-defined]
            return True
        return super().viewportEvent(event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent):
            by_keys = isinstance(self._gesture, KeyLink | KeyCut)
            tab = event.key() in {Qt.Key.Key_Tab, Qt.Key.Key_Backtab}
            if event.type() == QEvent.Type.KeyPress and by_keys and tab:
                self.keyPressEvent(event)
                return True
            if event.type() == QEvent.Type.KeyPress and self.commands.take_tab(event):
                return True
            wanted = by_keys or self.commands.knows(event) or self.repairs.knows(event)
            if event.type() == QEvent.Type.ShortcutOverride and wanted:
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.stage.by_keys = True
        if event.key() == Qt.Key.Key_Space and self._gesture is None:
            if not event.isAutoRepeat():
                self._space = True
                self.viewport().setCursor(Qt.CursorShape.OpenHandCursor)
        elif event.key() == Qt.Key.Key_Escape and self._gesture is not None:
            self.set_gesture(None)
        elif isinstance(self._gesture, KeyLink | KeyCut):
            self._gesture.take_key(event)
        elif not (self.repairs.take(event) or self.commands.take(event)):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = False
            self.viewport().unsetCursor()
        super().keyReleaseEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self._drop.enter(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self._drop.move(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._drop.leave()

    def dropEvent(self, event: QDropEvent) -> None:
        self._drop.drop(event)
