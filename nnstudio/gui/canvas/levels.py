"""Blocks: put cards into one, take it apart, enter it and come out again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QInputDialog

from nnstudio.core.errors import StudioError
from nnstudio.graph import grouping
from nnstudio.graph.edits import Edit
from nnstudio.graph.infer import Inference, infer_inside
from nnstudio.graph.inside import Inside
from nnstudio.graph.model import Block, Graph, apply_values
from nnstudio.gui.canvas.doors import Door, doors_of

if TYPE_CHECKING:
    from nnstudio.gui.canvas.canvas import Canvas


class Levels:
    """Knows into which block one looks.

    Attributes:
        path: The ids of the entered blocks, from the outermost on.
        doors: Where the block that shows meets the outside.
    """

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self.path: tuple[str, ...] = ()
        self.doors: tuple[Door, ...] = ()
        self._made: tuple[Block, Graph] | None = None
        self.whole = Graph()
        self.known = Inference()

    @property
    def graph(self) -> Graph:
        """What shows: the whole network, or the inside of a block."""
        return self._canvas.drawing.graph if self.path else self.whole

    @property
    def inference(self) -> Inference:
        """What is known about that."""
        return self._canvas.drawing.inference if self.path else self.known

    def reset(self) -> None:
        """Look at the whole of what shows next."""
        if self.path:
            self.path = ()
            self._canvas.level_changed.emit()

    def shown(self, graph: Graph, inference: Inference) -> tuple[Graph, Inference]:
        """Give what shows of a graph: its inside at the path, as far as that still leads."""
        self.whole, self.known, self.doors = graph, inference, ()
        for depth, card_id in enumerate(self.path):
            card = graph.nodes.get(card_id)
            if card is None or card.block is None:
                self.path = self.path[:depth]
                break
            self.doors = doors_of(card, graph, inference)
            inference = infer_inside(card, inference)
            graph = self._inside(card.block)
        return graph, inference

    def _inside(self, block: Block) -> Graph:
        """Give what is inside with the card's chosen values, the same as long as it is."""
        if self._made is None or self._made[0] is not block:
            try:
                graph = apply_values(block) if block.values else block.graph
            except StudioError:  # the card says what is wrong with them
                graph = block.graph
            self._made = block, graph
        return self._made[1]

    def wrapped(self, edit: Edit) -> Edit:
        """Give the edit of the whole graph for one of what shows."""
        for card in reversed(self.path):
            edit = Inside(card, edit)
        return edit

    def names(self) -> list[str]:
        """Give the names on the way to what shows."""
        graph, names = self.whole, []
        for card_id in self.path:
            card = graph.nodes[card_id]
            names.append(card.label)
            if card.block is not None:
                graph = card.block.graph
        return names

    def enter(self, card_id: str) -> bool:
        """Look into a block; False where the card is none."""
        card = self._canvas.drawing.graph.nodes.get(card_id)
        if card is None or card.block is None:
            return False
        self.go((*self.path, card_id))
        return True

    def leave(self) -> None:
        """Look at what is around the block, which is then selected."""
        if self.path:
            left = self.path[-1]
            self.go(self.path[:-1])
            self._canvas.select((left,))

    def go(self, path: tuple[str, ...]) -> None:
        """Look somewhere else."""
        self.path = path
        self._canvas.set_selection(())
        self._canvas.show_graph(self.whole, self.known)
        self._canvas.camera.show_all()
        self._canvas.setFocus()
        self._canvas.level_changed.emit()

    def group(self) -> None:
        """Ask for a name and put the selected cards into a block."""
        canvas = self._canvas
        chosen = canvas.selection
        if not chosen:
            canvas.message.emit("Select the cards first that shall be a block.")
            return
        name, fine = QInputDialog.getText(canvas, "Group into a block", "Name of the block:")
        if fine:
            self.group_as(chosen, name)

    def group_as(self, chosen: tuple[str, ...], name: str) -> None:
        """Put cards into a block of a name."""
        canvas = self._canvas
        before = set(canvas.drawing.graph.nodes)
        try:
            edit = grouping.group(canvas.drawing.graph, chosen, name)
        except StudioError as error:
            canvas.message.emit(error.sentence)
            return
        after, _ = edit.apply(canvas.drawing.graph)
        canvas.want(edit, set(after.nodes) - before)

    def ungroup(self) -> None:
        """Put the inside of the selected block in its place."""
        canvas = self._canvas
        before = set(canvas.drawing.graph.nodes)
        try:
            edit = grouping.ungroup(canvas.drawing.graph, (canvas.selection or ("",))[-1])
        except StudioError as error:
            canvas.message.emit(error.sentence)
            return
        after, _ = edit.apply(canvas.drawing.graph)
        canvas.want(edit, set(after.nodes) - before)
