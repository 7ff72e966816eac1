"""Keeping cards and wires in step with the graph, and the way links take."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainterPath

from nnstudio.graph.edits import Move, RemoveNode, SetParam
from nnstudio.graph.types import maps
from nnstudio.gui.canvas.drawing import Drawing
from nnstudio.gui.canvas.look import link_width
from nnstudio.gui.canvas.route import Box, route
from nnstudio.gui.canvas.snapping import snap
from tests.gui.canvas import nets


@pytest.fixture
def drawing() -> Drawing:
    made = Drawing()
    graph = nets.lenet()
    made.show(graph, nets.known(graph))
    return made


def test_what_did_not_change_is_kept(drawing: Drawing) -> None:
    card, wire = drawing.cards["fc2"], next(iter(drawing.wires.values()))
    look, path = drawing.look(card), drawing.path(wire)
    graph, _ = SetParam("fc3", "units", 11).apply(drawing.graph)
    drawing.show(graph, nets.known(graph))
    assert drawing.cards["fc2"] is card
    assert card.look is look
    assert wire.path is path


def test_a_changed_card_says_other_words(drawing: Drawing) -> None:
    assert drawing.look(drawing.cards["fc3"]).title == "Dense 10"
    graph, _ = SetParam("fc3", "units", 11).apply(drawing.graph)
    drawing.show(graph, nets.known(graph))
    assert drawing.look(drawing.cards["fc3"]).title == "Dense 11"


def test_shapes_travel_to_cards_behind(drawing: Drawing) -> None:
    assert drawing.look(drawing.cards["flatten"]).shape == "400"
    graph, _ = SetParam("conv2", "filters", 4).apply(drawing.graph)
    drawing.show(graph, nets.known(graph))
    assert drawing.look(drawing.cards["flatten"]).shape == "100"


def test_a_moved_card_takes_its_links_along(drawing: Drawing) -> None:
    wires = [wire for wire in drawing.wires.values() if wire.edge.dst.node == "fc1"]
    before = drawing.path(wires[0]).currentPosition()
    graph, _ = Move({"fc1": (300.0, 400.0)}).apply(drawing.graph)
    drawing.show(graph, nets.known(graph))
    after = drawing.path(wires[0]).currentPosition()
    assert after != before
    assert (after.x(), after.y()) == drawing.cards["fc1"].input_at("x")


def test_removed_cards_and_wires_are_gone(drawing: Drawing) -> None:
    graph, _ = RemoveNode("fc1").apply(drawing.graph)
    drawing.show(graph, nets.known(graph))
    assert "fc1" not in drawing.cards
    assert not any("fc1" in (e.src.node, e.dst.node) for e in drawing.wires)


def test_a_renamed_card_keeps_its_health(drawing: Drawing) -> None:
    drawing.cards["conv1"].health = "warn"
    graph = drawing.graph.with_node(replace(drawing.graph.nodes["conv1"], name="edges"))
    drawing.show(graph, nets.known(graph))
    assert drawing.cards["conv1"].light == "warn"
    assert drawing.look(drawing.cards["conv1"]).name == "edges"


def test_links_grow_with_the_logarithm_of_the_data() -> None:
    thin, thick = link_width(maps(1, 1, 10)), link_width(maps(100, 100, 10))
    assert thick - thin == pytest.approx(4 * 0.35)
    assert link_width(None) > 0


GIVER, TAKER = Box(0, 0, 140, 68), Box(200, 0, 340, 68)


def crosses(path: QPainterPath, box: Box) -> bool:
    inner = QRectF(box.left + 3, box.top + 3, box.right - box.left - 6, box.bottom - box.top - 6)
    points = [path.pointAtPercent(i / 200) for i in range(201)]
    return any(inner.contains(point) for point in points)


def test_a_level_link_forwards_is_straight() -> None:
    path = route((140, 34), (200, 34), GIVER, TAKER)
    assert path.boundingRect().height() == 0


def test_a_link_goes_over_the_cards_in_its_way() -> None:
    between, far = Box(200, 0, 340, 68), Box(400, 0, 540, 68)
    path = route((140, 34), (400, 34), GIVER, far, [between])
    assert not crosses(path, between)
    assert path.currentPosition().toTuple() == (400, 34)


@pytest.mark.parametrize("taker", [Box(0, 200, 140, 268), Box(-400, -300, -260, -232)])
def test_a_link_to_a_row_elsewhere_runs_between_the_rows(taker: Box) -> None:
    path = route((140, 34), (taker.left, taker.top + 34), GIVER, taker)
    assert not crosses(path, GIVER)
    assert not crosses(path, taker)
    assert path.currentPosition().x() == taker.left


def test_a_link_back_in_the_same_row_goes_round_below() -> None:
    taker = Box(-300, 0, -160, 68)
    path = route((140, 34), (-300, 34), GIVER, taker)
    assert not crosses(path, GIVER)
    assert not crosses(path, taker)
    assert path.boundingRect().bottom() > 68


def test_snapping_finds_the_nearest_edges_within_reach() -> None:
    others = [QRectF(0, 0, 140, 68), QRectF(300, 5, 140, 68)]
    found = snap(QRectF(304, 3, 140, 68), others, 6)
    assert found.shift == (-4, 2)
    assert len(found.guides) == 2
    assert snap(QRectF(350, 30, 140, 68), others, 6).shift == (0, 0)
