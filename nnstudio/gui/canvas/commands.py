"""What keys and menus do on the canvas; the window's own menus call the same methods."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QToolTip

from nnstudio.core.errors import StudioError
from nnstudio.graph import compose, linking
from nnstudio.graph.edits import Edit, Group, Move
from nnstudio.graph.model import PortRef
from nnstudio.graph.registry import all_layers
from nnstudio.gui.canvas import context_menu, intents, metrics, walk
from nnstudio.gui.canvas.arrange import Arranging
from nnstudio.gui.canvas.clip_text import network_in
from nnstudio.gui.canvas.command_table import RESERVED, TABLE, Command
from nnstudio.gui.canvas.find import FindField
from nnstudio.gui.canvas.key_link import KeyCut, KeyLink
from nnstudio.gui.canvas.layer_menu import LayerMenu
from nnstudio.gui.canvas.levels import Levels
from nnstudio.gui.canvas.note_commands import NoteCommands
from nnstudio.gui.canvas.own_blocks import OwnBlockCommands
from nnstudio.gui.canvas.rename import RenameField
from nnstudio.project.library.offers import Offer, Offers

if TYPE_CHECKING:
    from nnstudio.gui.canvas.canvas import Canvas

__all__ = ["RESERVED", "TABLE", "Command", "Commands"]

NUDGE = 10.0
UNHEARD_MS = 3000
_ARROWS = {
    Qt.Key.Key_Left: ("left", -1, 0),
    Qt.Key.Key_Right: ("right", 1, 0),
    Qt.Key.Key_Up: ("up", 0, -1),
    Qt.Key.Key_Down: ("down", 0, 1),
}


class Commands:
    """Everything a person can ask the canvas for without pointing."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self.arrange = Arranging(canvas)
        self.notes = NoteCommands(canvas)
        self.levels = Levels(canvas)
        self.own = OwnBlockCommands(canvas)
        self.offers = Offers()
        self._unheard = QElapsedTimer()
        self._by_keys: dict[str, Callable[[], object]] = {
            command.keys: self.handler(command) for command in TABLE if command.keys
        }

    def handler(self, command: Command) -> Callable[[], object]:
        """Give what does a command."""
        name, _, word = command.method.partition(":")
        method = attrgetter(name)(self)
        return partial(method, word) if word else method  # type: ignore[no-any-return]

    # Keys

    def knows(self, event: QKeyEvent) -> bool:
        """Whether the canvas wants a key for itself, before the window's shortcuts get it."""
        return _text_of(event) in self._by_keys or self._layer_for(event) != ""

    def take(self, event: QKeyEvent) -> bool:
        """Do what a key means; False where it means nothing here."""
        command = self._by_keys.get(_text_of(event))
        arrow = _ARROWS.get(Qt.Key(event.key()))
        if self._is_unheard(event):
            return True
        if command is not None:
            command()
            return True
        if arrow is not None:
            self._arrow(event.modifiers(), *arrow)
            return True
        kind = self._layer_for(event)
        if kind:
            self.insert_layer(kind)
        return bool(kind)

    def _is_unheard(self, event: QKeyEvent) -> bool:
        """Whether a letter belongs to a name that somebody types where no card is selected."""
        if not self._unheard.isValid():
            return False
        if event.text().isprintable() and event.text() and not self._unheard.hasExpired(UNHEARD_MS):
            self._unheard.start()
            return True
        self._unheard.invalidate()
        return event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}

    def take_tab(self, event: QKeyEvent) -> bool:
        """Go to the next card with Tab; past the last one Tab leaves the canvas."""
        if event.key() not in {Qt.Key.Key_Tab, Qt.Key.Key_Backtab}:
            return False
        selection = self._canvas.selection
        back = event.key() == Qt.Key.Key_Backtab
        at = selection[-1] if selection else ""
        note = next(iter(self._canvas.stage.selected_notes), "")
        following = "" if note else walk.cycle(self._canvas.drawing, at, back)
        if following:
            self._go_to((following,), following)
            return True
        return self._tab_to_note(note, back)

    def _tab_to_note(self, note: str, back: bool) -> bool:
        """Go to the next note, which come behind the last card; past the last one leave."""
        canvas, notes = self._canvas, list(self._canvas.drawing.notes)
        if back and note == (notes[0] if notes else "") != "":
            last = walk.cycle(canvas.drawing, "", True)
            if last:
                self._go_to((last,), last)
            return last != ""
        place = (notes.index(note) + (-1 if back else 1)) if note in notes else 0
        if (back and not note) or not 0 <= place < len(notes):
            return False
        canvas.select_note(notes[place])
        return True

    def _layer_for(self, event: QKeyEvent) -> str:
        plain = event.modifiers() in {
            Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier,
        }  # fmt: skip
        letter = event.text().upper()
        if not plain or len(letter) != 1 or letter in RESERVED:
            return ""
        return next((one.kind for one in all_layers().values() if one.shortcut == letter), "")

    def _arrow(self, keys: Qt.KeyboardModifier, direction: str, dx: int, dy: int) -> None:
        selection, drawing = self._canvas.selection, self._canvas.drawing
        if keys & Qt.KeyboardModifier.ControlModifier:
            if self._canvas.stage.selected_notes:
                self.notes.nudge(self._canvas.stage.selected_notes, dx * NUDGE, dy * NUDGE)
            elif selection:
                places = {one: drawing.cards[one].node.pos for one in selection}
                step = {one: (x + dx * NUDGE, y + dy * NUDGE) for one, (x, y) in places.items()}
                self._canvas.want(Move(step), selection)
            return
        start = selection[-1] if selection else walk.cycle(drawing, "", False)
        following = walk.along(drawing, start, direction) if selection else start
        if following:
            adds = keys & Qt.KeyboardModifier.ShiftModifier
            self._go_to((*selection, following) if adds else (following,), following)

    def _go_to(self, selection: tuple[str, ...], shown: str) -> None:
        self._canvas.set_selection(selection)
        self._canvas.camera.hold()
        self._canvas.camera.reveal(self._canvas.drawing.cards[shown].rect)

    # Adding

    def insert_layer(self, key: str) -> None:
        """Add a layer or block behind the last selected card, or in the middle where none is."""
        canvas = self._canvas
        offer = self.offers.get(key)
        if offer is None:
            canvas.message.emit("That block is not there any more.")
            return
        graph, known, selection = canvas.drawing.graph, canvas.drawing.inference, canvas.selection
        middle = canvas.camera.visible().center()
        free = (middle.x() - metrics.CARD_WIDTH / 2, middle.y() - metrics.CARD_HEIGHT / 2)
        self._want(lambda: intents.insert(graph, selection, offer, free, known))

    def offer_layers(self, at: QPointF, port: PortRef | None = None, gives: bool = True) -> None:
        """Open the menu of layers and blocks that fit, at a point of the viewport.

        Args:
            at: Where a link was dropped, or where the canvas was double-clicked.
            port: Where that link begins.
            gives: Whether it begins at an output.
        """
        canvas = self._canvas
        place = canvas.scene_point(at)
        fitting = intents.fitting(self.offers, canvas.drawing.inference, port, gives)
        menu = LayerMenu(canvas.theme, fitting, canvas)

        def chosen(offer: Offer) -> None:
            graph, known = canvas.drawing.graph, canvas.drawing.inference
            if port is None:
                self._want(lambda: intents.add(graph, offer, place))
            else:
                self._want(lambda: intents.add_linked(graph, offer, place, port, gives, known))

        menu.chosen.connect(chosen)
        menu.open_at(canvas.viewport().mapToGlobal(at.toPoint()))

    def _want(self, make: Callable[[], Edit]) -> None:
        """Ask for an edit and select what it adds; say why where it cannot be made."""
        try:
            edit = make()
        except StudioError as error:
            self._canvas.message.emit(error.sentence)
            return
        self._canvas.want(edit, intents.new_nodes(edit))

    # Linking

    def link_selection_to(self, node: str, at: QPointF) -> None:
        """Link all selected cards to one; say at the pointer why one of them cannot be."""
        canvas = self._canvas
        sources = [one for one in canvas.selection if one != node]
        if not sources:
            canvas.set_selection((*canvas.selection, node))
            return
        try:
            edit = self._links(sources, node)
        except StudioError as error:
            said = f"{error.sentence} Shift+click links; Ctrl+click selects several cards."
            canvas.message.emit(said)
            QToolTip.showText(canvas.viewport().mapToGlobal(at.toPoint()), said, canvas)
            return
        canvas.want(edit, (node,))

    def _links(self, sources: list[str], node: str) -> Edit:
        graph = self._canvas.drawing.graph
        if len(sources) > 1:
            return compose.link_to(graph, sources, node)
        outputs, inputs = graph.nodes[sources[0]].layer.outputs, graph.nodes[node].layer.inputs
        src = PortRef(sources[0], outputs[0].name if outputs else "")
        return linking.link(graph, src, PortRef(node, inputs[0].name if inputs else ""))

    def join(self) -> None:
        """Link the first selected cards to the last one selected."""
        *sources, last = self._canvas.selection or ("",)
        if sources:
            centre = self._canvas.mapFromScene(self._canvas.drawing.cards[last].rect.center())
            self._canvas.set_selection(sources)
            self.link_selection_to(last, QPointF(centre))

    def begin_link(self, way: str = "") -> None:
        """Let the arrow keys choose what the last selected card feeds, or with "back" is fed by."""
        if self._canvas.selection:
            self._begin(KeyLink(self._canvas, self._canvas.selection[-1], gives=way != "back"))

    def begin_cut(self) -> None:
        """Let the arrow keys choose which link of the last selected card is cut."""
        if self._canvas.selection:
            self._begin(KeyCut(self._canvas, self._canvas.selection[-1]))

    def _begin(self, gesture: KeyLink | KeyCut) -> None:
        self._canvas.set_gesture(None)
        if gesture.begin():
            self._canvas.set_gesture(gesture)

    # Editing

    def delete(self) -> None:
        """Delete the selected cards and links."""
        self._delete(bridge=False)

    def delete_bridging(self) -> None:
        """Delete the selected cards and join what they stood between."""
        self._delete(bridge=True)

    def _delete(self, bridge: bool) -> None:
        stage, graph = self._canvas.stage, self._canvas.drawing.graph
        ids, links = self._canvas.selection, set(stage.selected_links)
        notes = self.notes.without(stage.selected_notes) if stage.selected_notes else None

        def make() -> Edit:
            if notes is None or not (ids or links):
                return notes or intents.delete(graph, ids, links, bridge)
            cards = intents.delete(graph, ids, links, bridge)
            return Group(cards.title(graph), (cards, notes))

        if ids or links or notes:
            self._want(make)

    def copy(self) -> None:
        """Put the selected cards on the clipboard as JSON text."""
        if self._canvas.selection:
            text = compose.copy_nodes(self._canvas.drawing.graph, self._canvas.selection)
            QGuiApplication.clipboard().setText(text)

    def cut(self) -> None:
        """Copy the selected cards, then delete them."""
        self.copy()
        self.delete()

    def paste(self) -> None:
        """Add what the clipboard holds."""
        text = network_in(QGuiApplication.clipboard().text())
        self._want(lambda: compose.paste(text, self._canvas.drawing.graph))

    def duplicate(self) -> None:
        """Add copies of the selected cards."""
        graph, selection = self._canvas.drawing.graph, self._canvas.selection
        if selection:
            self._want(lambda: compose.duplicate(graph, selection))

    def rename(self) -> None:
        """Rename the last selected card in place, or write on the selected note."""
        note = next(iter(self._canvas.stage.selected_notes), "")
        if note:
            self.notes.write(note)
        elif self._canvas.selection:
            RenameField(self._canvas, self._canvas.selection[-1])
        else:
            self._unheard.start()
            self._canvas.message.emit("Nothing is selected; select a card to rename it.")

    def show_repair(self) -> None:
        """Preview the next repair of the selected card, or of the network."""
        self._canvas.repairs.show_next()

    # Looking

    def select_all(self) -> None:
        """Select all cards."""
        self._canvas.set_selection(self._canvas.drawing.cards)

    def select_nothing(self) -> None:
        """Select nothing."""
        self._canvas.set_selection(())

    def open(self) -> None:
        """Ask for a closer look at the last selected card."""
        if self._canvas.selection:
            self._canvas.activate(self._canvas.selection[-1])

    def find(self) -> None:
        """Open the field that finds cards."""
        open_field = self._canvas.findChild(FindField)
        if open_field is not None:
            open_field.setFocus()
            open_field.selectAll()
        else:
            FindField(self._canvas)

    def fit(self) -> None:
        """Show the whole network, or the selected cards where there are several."""
        self._canvas.camera.fit()
        self._canvas.refresh()

    def pan(self, way: str) -> None:
        """Look half a view further: "up", "down", "left" or "right"."""
        size = self._canvas.viewport().size() / 2
        dx, dy = {"left": (1, 0), "right": (-1, 0), "up": (0, 1), "down": (0, -1)}[way]
        self._canvas.camera.hold()
        self._canvas.camera.pan(dx * size.width(), dy * size.height())

    def zoom_in(self) -> None:
        """Make everything larger."""
        self._canvas.camera.zoom(1.25)

    def zoom_out(self) -> None:
        """Make everything smaller."""
        self._canvas.camera.zoom(0.8)

    def zoom_reset(self) -> None:
        """Show everything at 100 %."""
        self._canvas.camera.zoom(1.0 / self._canvas.camera.scale)

    def show_menu(self, screen: QPoint, at: QPoint) -> None:
        """Open the context menu for what is at a point of the viewport."""
        context_menu.show(self._canvas, screen, at)


def _text_of(event: QKeyEvent) -> str:
    """Write a key with its modifiers as the table does."""
    keys = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    if event.text() in {"+", "-"} and not keys & Qt.KeyboardModifier.ControlModifier:
        return event.text()
    return QKeySequence(keys.value | event.key()).toString()
