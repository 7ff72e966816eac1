"""Blocks: put cards into one, take it apart, enter it and come out again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nnstudio.core.errors import StudioError
from nnstudio.graph import grouping, outward
from nnstudio.graph.blocks import seen_inside
from nnstudio.graph.edits import Edit
from nnstudio.graph.infer import Inference, infer_inside
from nnstudio.graph.inside import Inside
from nnstudio.graph.model import Block, Graph, Node
from nnstudio.graph.outward import Pair
from nnstudio.graph.repeating import repeat_obstacle
from nnstudio.gui.canvas.doors import Door, doors_of
from nnstudio.gui.canvas.group_dialog import GroupDialog

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
        self.whole = Graph()
        self.known = Inference()
        self._seen: tuple[Block, Graph] | None = None

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
        """Give what shows of a block; the same graph as long as the block is the same."""
        if self._seen is None or self._seen[0] is not block:
            self._seen = block, seen_inside(block)
        return self._seen[1]

    @property
    def card(self) -> Node | None:
        """The card of the block one looks into, or None."""
        graph, card = self.whole, None
        for card_id in self.path:
            card = graph.nodes[card_id]
            graph = card.block.graph if card.block is not None else Graph()
        return card

    def around(self, edit: Edit) -> Edit:
        """Give the edit of the whole graph for one of the graph in which that card stands."""
        for card in reversed(self.path[:-1]):
            edit = Inside(card, edit)
        return edit

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
        """Ask for name, parameters and repeat count and put the selected cards into a block."""
        canvas, graph = self._canvas, self._canvas.drawing.graph
        chosen = canvas.selection
        try:
            grouping.group(graph, chosen, around=self._around)
        except StudioError as error:
            canvas.message.emit(error.sentence)
            return
        ordered = [one for one in graph.order if one in chosen]
        nodes = [graph.nodes[one] for one in dict.fromkeys((*ordered, *chosen))]

        def make(name: str, shown: Sequence[Pair], repeat: int) -> str:
            try:
                self._group(chosen, name, shown, repeat)
            except StudioError as error:
                return error.sentence
            return ""

        GroupDialog(nodes, make, canvas.window()).open()

    def group_as(self, chosen: tuple[str, ...], name: str) -> None:
        """Put cards into a block of a name, whose card shows nothing of them."""
        try:
            self._group(chosen, name, (), 1)
        except StudioError as error:
            self._canvas.message.emit(error.sentence)

    @property
    def _around(self) -> Block | None:
        return None if self.card is None else self.card.block

    def _group(
        self, chosen: tuple[str, ...], name: str, shown: Sequence[Pair], repeat: int
    ) -> None:
        canvas, graph = self._canvas, self._canvas.drawing.graph
        parameters = outward.named(graph.nodes, shown)
        edit = grouping.group(graph, chosen, name, parameters, repeat, self._around)
        after, _ = edit.apply(graph)
        new = set(after.nodes) - set(graph.nodes)
        for card in new:
            wrong = self._repeat_obstacle(after, card)
            if wrong:
                raise StudioError(wrong)
        canvas.want(edit, new)

    def _repeat_obstacle(self, graph: Graph, card: str) -> str:
        """Say why a block cannot be repeated as often as it says; what feeds it is known."""
        node, known = graph.nodes[card], self._canvas.drawing.inference
        found = [known.types.get(edge.src) for edge in graph.incoming(card)]
        arriving = tuple(one for one in found if one is not None)
        data = None if known.source is None else known.source[1]
        times = 1 if node.block is None else node.block.repeat
        complete = len(arriving) == len(found) == len(node.layer.inputs)
        return repeat_obstacle(node, times, arriving if complete else None, data)

    def do(self, what: str) -> None:
        """Do what a button of the inspector says with the selected block."""
        if what == "open" and self._canvas.selection:
            self.enter(self._canvas.selection[-1])
        elif what == "ungroup":
            self.ungroup()
        elif what == "keep":
            self._canvas.commands.own.keep()

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
