"""What is on the canvas: cards and links at their places, kept in step with the graph.

Nothing here paints; `layers` does. Words, paths and pictures are made when they are first needed,
so that showing a changed graph costs only what changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainterPath

from nnstudio.graph.infer import Inference
from nnstudio.graph.layer import Cost
from nnstudio.graph.model import Edge, Graph, Node, PortRef
from nnstudio.graph.notes import Note
from nnstudio.graph.problems import Problem
from nnstudio.graph.types import TensorType
from nnstudio.gui.canvas import metrics
from nnstudio.gui.canvas.look import CardLook, card_look, resting_health, worst_by_node
from nnstudio.gui.canvas.route import Box, route

_CELL = 200.0
_LINK_MARGIN = (48.0, 120.0)  # how far a routed link may leave the box of its two ports

Costs = Mapping[str, Cost]
Corners = tuple[float, float, float, float]


def corners(area: QRectF) -> Corners:
    """Give a rectangle as left, top, right, bottom."""
    return area.left(), area.top(), area.right(), area.bottom()


@dataclass(slots=True)
class Card:
    """One node as it stands on the canvas."""

    node: Node
    x: float
    y: float
    output: TensorType | None = None
    problem: Problem | None = None
    health: str | None = None
    picture: QImage | None = None
    look: CardLook | None = None

    @property
    def height(self) -> float:
        """The card's height in canvas units."""
        return metrics.CARD_HEIGHT + (metrics.PICTURE_HEIGHT if self.picture is not None else 0.0)

    @property
    def light(self) -> str:
        """Which health light shows: what training says, unless the net itself is broken."""
        resting = resting_health(self.output, self.problem)
        return resting if self.health is None or resting == "error" else self.health

    @property
    def rect(self) -> QRectF:
        """The card's rectangle."""
        return QRectF(self.x, self.y, metrics.CARD_WIDTH, self.height)

    @property
    def box(self) -> Box:
        """The card's rectangle as plain numbers."""
        return Box(self.x, self.y, self.x + metrics.CARD_WIDTH, self.y + self.height)

    def input_at(self, port: str) -> tuple[float, float]:
        """Give the place of an input port."""
        return self.x, self.y + _port_y([one.name for one in self.node.layer.inputs], port)

    def output_at(self, port: str) -> tuple[float, float]:
        """Give the place of an output port."""
        names = [one.name for one in self.node.layer.outputs]
        return self.x + metrics.CARD_WIDTH, self.y + _port_y(names, port)


def _around(cards: list[Card]) -> QRectF:
    """Give the rectangle around cards; null for none."""
    if not cards:
        return QRectF()
    left, top = min(card.x for card in cards), min(card.y for card in cards)
    right = max(card.x for card in cards) + metrics.CARD_WIDTH
    bottom = max(card.y + card.height for card in cards)
    return QRectF(left, top, right - left, bottom - top)


def _differ(old: TensorType | None, new: TensorType | None) -> bool:
    return old is not new and old != new


def _port_y(names: list[str], port: str) -> float:
    index = names.index(port) if port in names else 0
    return metrics.PORT_Y + (index - (len(names) - 1) / 2) * metrics.PORT_STEP


@dataclass(slots=True)
class Wire:
    """One link as it runs across the canvas."""

    edge: Edge
    kind: TensorType | None = None
    bad: bool = False
    path: QPainterPath | None = None
    area: Corners = (0.0, 0.0, 0.0, 0.0)
    start: tuple[float, float] = (0.0, 0.0)
    end: tuple[float, float] = (0.0, 0.0)


class Drawing:
    """All cards and wires, and where they are.

    Attributes:
        version: Another number as soon as anything has changed, for those who keep pictures.
        placed: Another number as soon as a card or link has come, gone or moved.
    """

    def __init__(self) -> None:
        self.version = self.placed = 0
        self.graph = Graph()
        self.inference = Inference()
        self.costs: Costs | None = None
        self.outside: tuple[QRectF, ...] = ()  # what shows beside the cards
        self.cards: dict[str, Card] = {}
        self.wires: dict[Edge, Wire] = {}
        self.notes: dict[str, Note] = {}
        self._cells: dict[tuple[int, int], list[Card]] | None = None
        self._whole: tuple[int, QRectF] | None = None

    def show(self, graph: Graph, inference: Inference, costs: Costs | None = None) -> None:
        """Bring cards and wires in step with a graph; what did not change is kept."""
        if graph is self.graph and inference is self.inference and costs is self.costs:
            return
        recost = costs is not self.costs
        self.version += 1
        self.graph, self.inference, self.costs = graph, inference, costs
        self.notes = {note.id: note for note in graph.notes}
        edges = tuple(self.wires)
        moved = self._show_cards(recost)
        if moved or len(edges) != len(graph.edges) or edges != graph.edges:
            self.placed += 1
            self._show_wires(moved)
        self._show_types()

    def _show_cards(self, recost: bool) -> set[str]:
        """Update the cards; give the ids of those that stand elsewhere than before."""
        moved = {node_id for node_id in self.cards if node_id not in self.graph.nodes}
        worst = worst_by_node(self.inference)
        cards: dict[str, Card] = {}
        for node_id, node in self.graph.nodes.items():
            x, y = node.pos
            card = self.cards.get(node_id)
            if card is None:
                card = Card(node, x, y)
                moved.add(node_id)
            elif card.x != x or card.y != y:
                card.x, card.y = x, y
                moved.add(node_id)
            output = self.inference.output(node)
            if card.node is not node or recost or _differ(card.output, output):
                if card.node.kind != node.kind or card.node.block is not node.block:
                    moved.add(node_id)  # its ports may stand elsewhere now
                card.node, card.output, card.look = node, output, None
            card.problem = worst.get(node_id)
            cards[node_id] = card
        self.cards = cards
        if moved:
            self._cells = None
        return moved

    def _show_types(self) -> None:
        """Tell each wire what it carries, and whether it is bad."""
        bad = {problem.edge for problem in self.inference.problems if problem.severity == "error"}
        bad.discard(None)
        types = self.inference.types
        for edge, wire in self.wires.items():
            wire.kind = types.get(edge.src)
            wire.bad = bool(bad) and edge in bad

    def _show_wires(self, moved: set[str]) -> None:
        wires: dict[Edge, Wire] = {}
        for edge in self.graph.edges:
            if edge.src.node not in self.cards or edge.dst.node not in self.cards:
                continue
            wire = self.wires.get(edge)
            if wire is None:
                wire = Wire(edge)
                self._lay(wire)
            elif edge.src.node in moved or edge.dst.node in moved:
                self._lay(wire)
            wires[edge] = wire
        self.wires = wires
        if moved:
            self._reroute_near(moved)

    def _lay(self, wire: Wire) -> None:
        """Forget a wire's path and work out the area it may cover."""
        wire.start, wire.end = self.ends(wire.edge)
        (x1, y1), (x2, y2) = wire.start, wire.end
        across, down = _LINK_MARGIN
        wire.area = (min(x1, x2) - across, min(y1, y2) - down,
                     max(x1, x2) + across, max(y1, y2) + down)  # fmt: skip
        wire.path = None

    def _reroute_near(self, moved: Iterable[str]) -> None:
        """Let long wires find a new way where cards came into or left their path."""
        if len(self.wires) > 64 and len(set(moved)) * 2 > len(self.cards):
            for wire in self.wires.values():
                wire.path = None
            return
        for wire in self.wires.values():
            if wire.area[2] - wire.area[0] > 2 * _CELL:
                wire.path = None

    def look(self, card: Card) -> CardLook:
        """Give the words of a card."""
        if card.look is None:
            card.look = card_look(card.node, self.inference, self.costs)
        return card.look

    def path(self, wire: Wire) -> QPainterPath:
        """Give the path of a wire."""
        if wire.path is None:
            start, end = wire.start, wire.end
            giver, taker = self.cards[wire.edge.src.node], self.cards[wire.edge.dst.node]
            between = self._between(start, end, (giver, taker))
            wire.path = route(start, end, giver.box, taker.box, between)
        return wire.path

    def ends(self, edge: Edge) -> tuple[tuple[float, float], tuple[float, float]]:
        """Give where a link begins and ends."""
        giver, taker = self.cards[edge.src.node], self.cards[edge.dst.node]
        return giver.output_at(edge.src.port), taker.input_at(edge.dst.port)

    def place(self, places: Mapping[str, tuple[float, float]]) -> None:
        """Draw cards elsewhere for the time of a drag; the graph does not change."""
        self.version += 1
        self.placed += 1
        for node_id, (x, y) in places.items():
            card = self.cards[node_id]
            card.x, card.y = x, y
        self._cells = None
        graph = self.graph
        near = (edge for one in places for edge in (*graph.incoming(one), *graph.outgoing(one)))
        for edge in dict.fromkeys(near):
            if edge in self.wires:
                self._lay(self.wires[edge])

    def put_back(self) -> None:
        """Draw all cards and notes where the graph says they are."""
        self.notes = {note.id: note for note in self.graph.notes}
        self.place(
            {
                node_id: card.node.pos
                for node_id, card in self.cards.items()
                if (card.x, card.y) != card.node.pos
            }
        )

    def _between(
        self, start: tuple[float, float], end: tuple[float, float], ends: tuple[Card, Card]
    ) -> list[Box]:
        """Give the cards near the straight way of a long forward link."""
        if end[0] - start[0] < metrics.CARD_WIDTH:
            return []
        area = (start[0], min(start[1], end[1]), end[0], max(start[1], end[1]))
        return [card.box for card in self.near(area) if card not in ends]

    def near(self, area: Corners) -> Iterator[Card]:
        """Give the cards in the neighbourhood of an area, quickly also among thousands."""
        if self._cells is None:
            self._cells = {}
            for card in self.cards.values():
                key = (int(card.x // _CELL), int(card.y // _CELL))
                self._cells.setdefault(key, []).append(card)
        left, top, right, bottom = (int(value // _CELL) for value in area)
        for column in range(left - 1, right + 1):
            for row in range(top - 1, bottom + 1):
                yield from self._cells.get((column, row), ())

    def visible(self, left: float, top: float, right: float, bottom: float) -> list[Card]:
        """Give the cards that reach into an area."""
        width, tallest = metrics.CARD_WIDTH, metrics.CARD_HEIGHT + metrics.PICTURE_HEIGHT
        return [
            card
            for card in self.cards.values()
            if left - width < card.x < right and top - tallest < card.y < bottom
        ]

    def visible_wires(self, left: float, top: float, right: float, bottom: float) -> list[Wire]:
        """Give the wires that may reach into an area."""
        return [
            wire
            for wire in self.wires.values()
            if wire.area[0] < right
            and wire.area[2] > left
            and wire.area[1] < bottom
            and wire.area[3] > top
        ]

    def bounds(self, ids: Iterable[str] | None = None) -> QRectF:
        """Give the rectangle around cards, by default around all and the notes; else null."""
        if ids is not None:
            return _around([self.cards[one] for one in ids])
        if self._whole is None or self._whole[0] != self.version:
            whole = _around(list(self.cards.values()))
            for note in self.notes.values():
                whole = whole.united(QRectF(*note.area))
            for area in self.outside:
                whole = whole.united(area)
            self._whole = (self.version, whole)
        return QRectF(self._whole[1])

    def inputs(self) -> Iterator[tuple[PortRef, tuple[float, float]]]:
        """Give all input ports and their places."""
        for node_id, card in self.cards.items():
            for port in card.node.layer.inputs:
                yield PortRef(node_id, port.name), card.input_at(port.name)

    def outputs(self) -> Iterator[tuple[PortRef, tuple[float, float]]]:
        """Give all output ports and their places."""
        for node_id, card in self.cards.items():
            for port in card.node.layer.outputs:
                yield PortRef(node_id, port.name), card.output_at(port.name)
