"""Aligning, distributing, and laying out downwards."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import Qt

from tests.gui.canvas.conftest import Bench

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def boxes(bench: Bench, *ids: str) -> list[tuple[float, float, float, float]]:
    return [bench.canvas.drawing.cards[one].rect.getCoords() for one in ids]


@pytest.mark.parametrize(
    ("edge", "value"),
    [
        ("left", lambda box: box[0]),
        ("right", lambda box: box[2]),
        ("centre", lambda box: box[0] + box[2]),
        ("top", lambda box: box[1]),
        ("bottom", lambda box: box[3]),
        ("middle", lambda box: box[1] + box[3]),
    ],
)
def test_cards_are_lined_up_in_one_step(bench: Bench, edge: str, value) -> None:
    chosen = ("conv1", "pool2", "fc1")
    bench.canvas.select(chosen)
    bench.canvas.commands.arrange.align(edge)
    assert len({round(value(box), 3) for box in boxes(bench, *chosen)}) == 1
    assert len(bench.edits) == 1
    assert bench.canvas.selection == chosen


def test_keys_align_and_one_card_is_not_enough(bench: Bench) -> None:
    bench.canvas.select(("conv1", "fc1"))
    bench.key(Qt.Key.Key_Up, CTRL | SHIFT)
    assert bench.graph.nodes["fc1"].pos[1] == bench.graph.nodes["conv1"].pos[1]
    bench.canvas.select(("conv1",))
    bench.canvas.commands.arrange.align("left")
    assert "at least 2 cards" in bench.messages[-1]


@pytest.mark.parametrize(("way", "axis"), [("across", 0), ("down", 1)])
def test_gaps_become_equal(bench: Bench, way: str, axis: int) -> None:
    chosen = ("input", "conv1", "conv2", "loss")
    bench.canvas.select(chosen)
    bench.canvas.commands.arrange.distribute(way)
    ordered = sorted(boxes(bench, *chosen), key=lambda box: box[axis])
    gaps = [b[axis] - a[axis + 2] for a, b in pairwise(ordered)]
    assert max(gaps) - min(gaps) < 0.3


def test_a_layout_from_top_to_bottom(bench: Bench) -> None:
    bench.key(Qt.Key.Key_L, CTRL | SHIFT)
    nodes = [bench.graph.nodes[one] for one in bench.graph.order]
    heights = [node.pos[1] for node in nodes]
    assert heights == sorted(heights)
    assert len({node.pos[0] for node in nodes}) == 1


def test_a_small_edit_moves_little(bench: Bench) -> None:
    bench.key(Qt.Key.Key_L, CTRL)
    before = {one: node.pos for one, node in bench.graph.nodes.items()}
    bench.canvas.select(("fc2",))
    bench.type("r")
    bench.key(Qt.Key.Key_L, CTRL)
    upstream = bench.graph.upstream("conv2")
    assert all(bench.graph.nodes[one].pos == before[one] for one in upstream)
