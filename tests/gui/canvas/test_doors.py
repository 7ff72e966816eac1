"""Inside a block one sees where its ports lead."""

from __future__ import annotations

from PySide6.QtCore import Qt

from nnstudio.gui.canvas.doors import placed
from nnstudio.session.studio import Studio
from tests.gui.canvas.conftest import Bench


def entered(bench: Bench) -> None:
    bench.canvas.commands.levels.group_as(("conv1", "pool1"), "features")
    (card,) = [node for node in bench.graph.nodes.values() if node.block is not None]
    bench.canvas.commands.levels.enter(card.id)


def test_doors_say_where_they_lead_and_what_passes(bench: Bench) -> None:
    assert bench.canvas.stage.doors == ()
    entered(bench)
    enter, leave = bench.canvas.stage.doors
    assert (enter.text, str(enter.kind)) == ("from input", "28×28×1")
    assert (leave.text, str(leave.kind)) == ("to conv2", "14×14×6")
    bench.key(Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert bench.canvas.stage.doors == ()


def test_doors_stand_beside_the_cards_in_view_and_touch_their_ports(bench: Bench) -> None:
    entered(bench)
    drawing = bench.canvas.drawing
    enter, leave = placed(drawing, bench.canvas.stage.doors)
    assert enter.area.right() < drawing.cards["conv1"].x
    assert leave.area.left() > drawing.cards["pool1"].rect.right()
    assert enter.ends == (drawing.cards["conv1"].input_at("x"),)
    assert leave.ends == (drawing.cards["pool1"].output_at("y"),)
    for one in (enter, leave):
        assert bench.canvas.camera.visible().contains(one.area)


def test_a_value_of_the_card_shows_on_the_cards_inside(bench: Bench) -> None:
    studio = Studio.new("resnet-20")
    bench.canvas.show_graph(studio.graph, studio.inference)
    card = next(one for one in studio.graph.nodes.values() if one.block and one.block.values)
    bench.canvas.commands.levels.enter(card.id)
    block = card.block
    assert block is not None
    (name, value), *_ = block.values.items()
    (inner, field), *_ = block.parameters[name]
    shown = bench.canvas.drawing.graph.nodes[inner]
    assert getattr(shown.params, field) == value * block.times.get((inner, field), 1)
    studio.close()
