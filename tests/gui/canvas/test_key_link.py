"""Links made and cut without a mouse, and names that must not become layers."""

from __future__ import annotations

import json

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from nnstudio.graph.edits import Unlink
from tests.gui.canvas.conftest import Bench

SHIFT = Qt.KeyboardModifier.ShiftModifier
CTRL = Qt.KeyboardModifier.ControlModifier


def feeds(bench: Bench, node: str) -> list[str]:
    return [edge.src.node for edge in bench.graph.incoming(node)]


def cut(bench: Bench, node: str) -> None:
    bench.show(Unlink(bench.graph.incoming(node)[0]).apply(bench.graph)[0])


def test_l_links_the_card_with_the_nearest_port_that_fits(bench: Bench) -> None:
    cut(bench, "pool1")
    bench.canvas.select(("conv1",))
    bench.type("l")
    assert bench.canvas.stage.draft is not None
    assert "Link conv1 to pool1" in bench.canvas.accessibleDescription()
    bench.key(Qt.Key.Key_Return)
    assert feeds(bench, "pool1") == ["conv1"]
    assert bench.canvas.selection == ("pool1",)


def test_arrows_and_tab_choose_and_escape_leaves(bench: Bench) -> None:
    bench.canvas.select(("conv1",))
    bench.type("l")
    said = []
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Tab, Qt.Key.Key_Left):
        bench.key(key)
        said.append(bench.canvas.accessibleDescription())
    assert len(set(said)) == 3
    assert said[-1] == said[1]
    bench.type("d")  # letters add nothing meanwhile
    bench.key(Qt.Key.Key_Escape)
    assert bench.canvas.stage.draft is None
    assert bench.canvas.stage.ports == {}
    assert bench.edits == []


def test_shift_l_begins_at_the_input(bench: Bench) -> None:
    cut(bench, "fc2")
    bench.canvas.select(("fc2",))
    bench.key(Qt.Key.Key_L, SHIFT)
    bench.key(Qt.Key.Key_Return)
    assert len(feeds(bench, "fc2")) == 1


def test_a_loss_gives_nothing_to_link(bench: Bench) -> None:
    bench.canvas.select(("loss",))
    bench.type("l")
    assert "gives nothing" in bench.messages[-1]
    assert bench.edits == []


def test_u_cuts_a_link(bench: Bench) -> None:
    bench.canvas.select(("conv1",))
    bench.type("u")
    assert "conv1 to pool1" in bench.canvas.accessibleDescription()
    bench.key(Qt.Key.Key_Right)
    assert "input to conv1" in bench.canvas.accessibleDescription()
    bench.key(Qt.Key.Key_Return)
    assert feeds(bench, "conv1") == []
    assert bench.canvas.selection == ("conv1",)


def test_a_press_of_the_mouse_ends_the_choice(bench: Bench) -> None:
    bench.canvas.select(("conv1",))
    bench.type("l")
    bench.click(bench.card("fc1"))
    assert bench.canvas.stage.draft is None
    assert bench.canvas.selection == ("fc1",)


def test_f2_with_nothing_selected_says_so_and_adds_no_layers(bench: Bench) -> None:
    bench.key(Qt.Key.Key_F2)
    assert "Nothing is selected" in bench.messages[-1]
    bench.type("record")
    bench.key(Qt.Key.Key_Return)
    assert bench.edits == []
    bench.type("d")
    assert len(bench.edits) == 1


def test_a_network_is_pasted_out_of_a_chat_message(bench: Bench) -> None:
    bench.canvas.select(("fc1", "fc2"))
    bench.key(Qt.Key.Key_C, CTRL)
    copied = QGuiApplication.clipboard().text()
    pretty = json.dumps(json.loads(copied), indent=2)
    quoted = "\n".join(f"> {line}" for line in pretty.splitlines())
    for text in (
        f"Try {{this}} one: {copied} — good luck!",
        f"Hello,\n```json\n{pretty}\n```\nbye",
        f"You wrote\n{quoted}\nright?",
    ):
        count = len(bench.graph.nodes)
        QGuiApplication.clipboard().setText(text)
        bench.key(Qt.Key.Key_V, CTRL)
        assert len(bench.graph.nodes) == count + 2
    QGuiApplication.clipboard().setText("only {words} in ``` fences ```")
    bench.key(Qt.Key.Key_V, CTRL)
    assert "clipboard" in bench.messages[-1]
