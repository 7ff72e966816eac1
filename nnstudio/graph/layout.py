"""Tidy layout: cards in columns along the flow of data, few crossings, long nets in rows.

After Sugiyama, Tagawa & Toda, "Methods for Visual Understanding of Hierarchical System
Structures" (1981): longest-path columns, stand-ins where a link passes a column, barycentre sweeps.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from nnstudio.graph.document import FAR
from nnstudio.graph.edits import Edit, Move
from nnstudio.graph.loops import find_loops
from nnstudio.graph.model import Edge, Graph

Size = tuple[float, float]

CARD: Size = (134.0, 72.0)
_PASSAGE: Size = (0.0, 72.0)  # room for a link that passes a column, clear of the cards there
_GAP_X, _GAP_Y, _GAP_ROWS = 44.0, 28.0, 96.0
_SWEEPS = 4
_MOST_PASSAGES = 20_000  # beyond that, long links are let run behind cards


def tidy(
    graph: Graph,
    sizes: Mapping[str, Size] | None = None,
    width: float = 900.0,
    downwards: bool = False,
) -> Move:
    """Give the edit that puts all cards in order; tidying twice moves nothing.

    Args:
        graph: Any graph; links that close a loop are left out of account.
        sizes: (width, height) of each card in canvas units; missing ones count as ordinary.
        width: Where a row of cards ends and the next begins, in canvas units.
        downwards: Whether data flows from top to bottom, all in one row of columns turned.

    Returns:
        The move of those cards that change their place.
    """
    sizes = sizes or {}
    if downwards:
        across = {node: _turned(sizes.get(node, CARD)) for node in graph.nodes}
        turned = _places(graph, across, float("inf"))
        return Move(_moved(graph, {node: _turned(place) for node, place in turned.items()}))
    return Move(_moved(graph, _places(graph, sizes, width)))


def _turned(pair: Size) -> Size:
    return pair[1], pair[0]


def _places(
    graph: Graph, sizes: Mapping[str, Size], width: float
) -> dict[str, tuple[float, float]]:
    """Work out where all cards go, the upper left corner at the origin."""
    places: dict[str, tuple[float, float]] = {}
    top = 0.0
    flow = _without_loops(graph)
    for part in _parts(flow):
        columns = _columns(flow, part)
        for row in _rows(columns, sizes, width):
            top += _place_row(row, sizes, top, places) + _GAP_ROWS
    return places


def right_of(pos: tuple[float, float]) -> tuple[float, float]:
    """Give the place of a card that stands right of the card at `pos`."""
    return pos[0] + CARD[0] + _GAP_X, pos[1]


def make_room(graph: Graph, place: tuple[float, float]) -> list[Edit]:
    """Give the edit, if one is needed, that pushes the cards at a place and right of it along.

    Only the row of cards at that height moves, and only as far as it must.
    """
    row = [node for node in graph.nodes.values() if abs(node.pos[1] - place[1]) < CARD[1]]
    row = [node for node in row if node.pos[0] + CARD[0] > place[0]]
    moved: dict[str, tuple[float, float]] = {}
    free = right_of(place)[0]
    for node in sorted(row, key=lambda node: node.pos[0]):
        if node.pos[0] >= free:
            break
        if abs(free) < FAR / 2:
            moved[node.id] = (free, node.pos[1])
        free = right_of((free, 0.0))[0]
    return [Move(moved)] if moved else []


def _without_loops(graph: Graph) -> Graph:
    closing = {edge for _, edges in find_loops(graph) for edge in edges}
    return Graph(graph.nodes, tuple(edge for edge in graph.edges if edge not in closing))


def _moved(
    graph: Graph, places: Mapping[str, tuple[float, float]]
) -> dict[str, tuple[float, float]]:
    """Shift all so that the upper left corner stays where it is; leave out what does not move."""
    if not places:
        return {}
    nodes = [graph.nodes[node] for node in places]
    left = min(node.pos[0] for node in nodes) - min(x for x, _ in places.values())
    top = min(node.pos[1] for node in nodes) - min(y for _, y in places.values())
    shifted = {node: (round(x + left, 3), round(y + top, 3)) for node, (x, y) in places.items()}
    return {
        node: place
        for node, place in shifted.items()
        if max(abs(place[axis] - graph.nodes[node].pos[axis]) for axis in (0, 1)) > 0.01
    }


def _parts(graph: Graph) -> list[list[str]]:
    """Split the nodes into parts without links between them, in the order of the graph."""
    part_of: dict[str, int] = {}
    parts: list[list[str]] = []
    for start in graph.nodes:
        if start in part_of:
            continue
        stack = [start]
        part_of[start] = len(parts)
        while stack:
            node = stack.pop()
            near = [e.dst.node for e in graph.outgoing(node)]
            near += [e.src.node for e in graph.incoming(node)]
            fresh = [other for other in near if other not in part_of]
            part_of |= dict.fromkeys(fresh, len(parts))
            stack.extend(fresh)
        parts.append([])
    for node in graph.order:
        parts[part_of[node]].append(node)
    return parts


@dataclass(slots=True)
class _Columns:
    """Columns of cards and passages, from left to right.

    Attributes:
        items: Names from top to bottom; passages are no node's id.
        after: For each item, those it leads to in the next column.
        before: For each item, those that lead to it in the column before.
    """

    items: list[list[str]]
    after: dict[str, list[str]] = field(default_factory=dict)
    before: dict[str, list[str]] = field(default_factory=dict)

    def join(self, left: str, right: str) -> None:
        self.after.setdefault(left, []).append(right)
        self.before.setdefault(right, []).append(left)


def _columns(graph: Graph, part: Sequence[str]) -> _Columns:
    """Give each node the column behind the last of its inputs, and sort out the crossings."""
    rank: dict[str, int] = {}
    for node in part:
        rank[node] = max((rank[e.src.node] + 1 for e in graph.incoming(node)), default=0)
    columns = _Columns([[] for _ in range(max(rank.values()) + 1)])
    for node in part:
        columns.items[rank[node]].append(node)
    edges = [edge for node in part for edge in graph.outgoing(node)]
    spans = sum(rank[edge.dst.node] - rank[edge.src.node] - 1 for edge in edges)
    for edge in edges:
        _lay(columns, edge, rank, with_passages=spans <= _MOST_PASSAGES)
    _uncross(columns)
    return columns


def _lay(columns: _Columns, edge: Edge, rank: Mapping[str, int], *, with_passages: bool) -> None:
    """Lead a link through all columns between its ends; links from one output share passages."""
    left = edge.src.node
    first, last = rank[left] + 1, rank[edge.dst.node]
    for at in range(first, last if with_passages else first):
        passage = f"\x00{edge.src}\x00{at}"
        if passage not in columns.before:
            columns.items[at].append(passage)
            columns.join(left, passage)
        left = passage
    columns.join(left, edge.dst.node)


def _uncross(columns: _Columns) -> None:
    """Sort each column by the mean place of its neighbours, to and fro; keep the best found."""
    best = [list(column) for column in columns.items]
    fewest = _crossings(columns)
    for sweep in range(_SWEEPS):
        if fewest == 0:
            break
        near = columns.before if sweep % 2 == 0 else columns.after
        step = columns.items if sweep % 2 == 0 else columns.items[::-1]
        for fixed, free in pairwise(step):
            _sort(free, near, {item: at for at, item in enumerate(fixed)})
        count = _crossings(columns)
        if count < fewest:
            fewest, best = count, [list(column) for column in columns.items]
    columns.items = best


def _sort(column: list[str], near: Mapping[str, list[str]], at: Mapping[str, int]) -> None:
    means: dict[str, float] = {}
    for place, item in enumerate(column):
        places = [at[other] for other in near.get(item, ()) if other in at]
        means[item] = sum(places) / len(places) if places else place
    column.sort(key=means.__getitem__)


def _crossings(columns: _Columns) -> int:
    """Count pairs of links that cross between neighbouring columns."""
    count = 0
    for left, right in pairwise(columns.items):
        at = {item: place for place, item in enumerate(right)}
        seen: list[int] = []
        for item in left:
            ends = sorted(at[other] for other in columns.after.get(item, ()) if other in at)
            count += sum(len(seen) - bisect_left(seen, end + 1) for end in ends)
            for end in ends:
                insort(seen, end)
    return count


def _rows(columns: _Columns, sizes: Mapping[str, Size], width: float) -> list[list[list[str]]]:
    """Break the columns into rows, where possible at a place that only one link crosses."""
    rows: list[list[list[str]]] = [[]]
    used = 0.0
    for column in columns.items:
        wide = _width(column, sizes)
        if rows[-1] and used + wide > width:
            cut = _good_cut(rows[-1], columns.after)
            carried = rows[-1][cut:]
            rows[-1] = rows[-1][:cut]
            rows.append(carried)
            used = sum(_width(one, sizes) + _GAP_X for one in carried)
        rows[-1].append(column)
        used += wide + _GAP_X
    return rows


def _good_cut(row: list[list[str]], after: Mapping[str, list[str]]) -> int:
    """Give how many columns of a full row stay: behind a single card, where few links pass."""

    def cost(cut: int) -> tuple[bool, int, int]:
        last = row[cut - 1]
        return len(last) > 1, sum(len(after.get(item, ())) for item in last), -cut

    return min(range(len(row) // 3 + 1, len(row) + 1), key=cost)


def _width(column: Sequence[str], sizes: Mapping[str, Size]) -> float:
    return max(_size(item, sizes)[0] for item in column)


def _size(item: str, sizes: Mapping[str, Size]) -> Size:
    return _PASSAGE if item.startswith("\x00") else sizes.get(item, CARD)


def _place_row(
    row: list[list[str]],
    sizes: Mapping[str, Size],
    top: float,
    places: dict[str, tuple[float, float]],
) -> float:
    """Place the cards of one row, each column centred; give the row's height."""
    heights = [
        sum(_size(item, sizes)[1] for item in column) + _GAP_Y * (len(column) - 1) for column in row
    ]
    height, x = max(heights), 0.0
    for column, own in zip(row, heights, strict=True):
        y = top + (height - own) / 2
        for item in column:
            if not item.startswith("\x00"):
                places[item] = (x, y)
            y += _size(item, sizes)[1] + _GAP_Y
        x += _width(column, sizes) + _GAP_X
    return height
