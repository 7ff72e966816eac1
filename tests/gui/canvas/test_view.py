"""Looking at the canvas: zoom, pan, mini-map, colours, what is painted."""

from __future__ import annotations

import subprocess
import sys

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QGuiApplication, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from nnstudio.graph.model import Graph
from nnstudio.gui.canvas import Canvas
from nnstudio.gui.theme import Theme
from tests.gui.canvas import nets
from tests.gui.canvas.conftest import LEFT, Bench


def wheel(bench: Bench, at: QPoint, turns: int, keys: Qt.KeyboardModifier) -> None:
    event = QWheelEvent(
        QPointF(at),
        QPointF(bench.canvas.viewport().mapToGlobal(at)),
        QPoint(),
        QPoint(0, turns),
        Qt.MouseButton.NoButton,
        keys,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QGuiApplication.sendEvent(bench.canvas.viewport(), event)


def test_the_wheel_zooms_to_the_pointer(bench: Bench) -> None:
    at = bench.card("fc2")
    place, scale = bench.canvas.scene_point(at), bench.canvas.camera.scale
    wheel(bench, at, 240, Qt.KeyboardModifier.NoModifier)
    assert bench.canvas.camera.scale > scale * 1.3
    after = bench.canvas.scene_point(at)
    assert abs(after[0] - place[0]) < 1.5
    assert abs(after[1] - place[1]) < 1.5


def test_zoom_stops_at_both_ends(bench: Bench) -> None:
    bench.canvas.camera.zoom(1e6)
    assert bench.canvas.camera.scale == pytest.approx(5.0)
    bench.canvas.camera.zoom(1e-9)
    assert bench.canvas.camera.scale == pytest.approx(0.04)


def test_the_middle_button_pans(bench: Bench) -> None:
    before = bench.canvas.scene_point(QPoint(0, 0))
    bench.drag(
        bench.card("conv1"), bench.card("conv1") + QPoint(60, 40), Qt.MouseButton.MiddleButton
    )
    after = bench.canvas.scene_point(QPoint(0, 0))
    scale = bench.canvas.camera.scale
    assert (before[0] - after[0]) * scale == pytest.approx(60, abs=1.5)
    assert (before[1] - after[1]) * scale == pytest.approx(40, abs=1.5)
    assert bench.edits == []


def test_space_and_drag_pans_instead_of_moving_cards(bench: Bench) -> None:
    before = bench.canvas.scene_point(QPoint(0, 0))
    QTest.keyPress(bench.canvas, Qt.Key.Key_Space)
    bench.drag(bench.card("conv1"), bench.card("conv1") + QPoint(60, 40))
    QTest.keyRelease(bench.canvas, Qt.Key.Key_Space)
    assert bench.canvas.scene_point(QPoint(0, 0)) != before
    assert bench.edits == []
    bench.click(bench.card("fc1"))
    assert bench.canvas.selection == ("fc1",)


def test_the_network_is_fitted_until_a_person_takes_over(bench: Bench) -> None:
    bench.canvas.resize(600, 400)
    QGuiApplication.processEvents()
    assert bench.canvas.camera.visible().contains(bench.canvas.drawing.bounds())
    bench.canvas.camera.zoom(3.0)
    bench.canvas.resize(700, 400)
    QGuiApplication.processEvents()
    assert not bench.canvas.camera.visible().contains(bench.canvas.drawing.bounds())


def test_the_mini_map_shows_when_something_is_out_of_sight_and_leads_there(bench: Bench) -> None:
    assert not bench.canvas.minimap.isVisible()
    bench.canvas.camera.zoom(4.0)
    assert bench.canvas.minimap.isVisible()
    bench.canvas.camera.pan(-4000, -4000)
    QTest.mouseClick(bench.canvas.minimap, LEFT, pos=QPoint(20, 16))
    assert bench.canvas.camera.visible().intersects(bench.canvas.drawing.bounds())


@pytest.mark.parametrize("mode", ["dark", "light"])
def test_the_ground_has_the_theme_s_colour(bench: Bench, mode: str) -> None:
    bench.canvas.theme.set_mode(mode)  # type: ignore[arg-type]
    picture = bench.canvas.grab().toImage()
    ground = QColor(bench.canvas.theme.palette().canvas)
    assert picture.pixelColor(picture.width() - 3, 3) == ground


@pytest.mark.parametrize("scale", [0.05, 0.2, 0.4, 0.8, 1.0, 2.5, 5.0])
def test_all_scales_paint_cards(bench: Bench, scale: float) -> None:
    bench.canvas.camera.zoom(scale / bench.canvas.camera.scale)
    bench.canvas.camera.centre(bench.canvas.drawing.cards["conv1"].rect.center())
    picture = bench.canvas.grab().toImage()
    ground = QColor(bench.canvas.theme.palette().canvas)
    assert picture.pixelColor(picture.rect().center()) != ground


def test_an_empty_canvas_invites(bench: Bench) -> None:
    blank = bench.canvas.grab().toImage()
    bench.show(Graph())
    invited = bench.canvas.grab().toImage()
    assert invited != blank
    middle = {
        invited.pixelColor(x, y).name() for x in range(380, 620, 2) for y in range(265, 285, 2)
    }
    assert len(middle) > 3


def test_health_and_pictures_show_on_cards(bench: Bench) -> None:
    before = bench.canvas.grab().toImage()
    bench.canvas.set_health("conv1", "warn")
    with_light = bench.canvas.grab().toImage()
    assert with_light != before
    height = bench.canvas.drawing.cards["conv1"].height
    strip = QImage(60, 18, QImage.Format.Format_RGB32)
    strip.fill(QColor("#ff00ff"))
    bench.canvas.set_card_picture("conv1", strip)
    assert bench.canvas.drawing.cards["conv1"].height > height
    pixel = bench.at(*_inside_strip(bench))
    assert bench.canvas.grab().toImage().pixelColor(pixel) == QColor("#ff00ff")
    bench.canvas.set_card_picture("conv1", None)
    bench.canvas.set_health("conv1", "")
    assert bench.canvas.grab().toImage() == before


def _inside_strip(bench: Bench) -> tuple[float, float]:
    card = bench.canvas.drawing.cards["conv1"]
    return card.x + 30, card.y + 50


def test_training_cannot_hide_that_the_net_is_broken(bench: Bench) -> None:
    bench.show(nets.broken())
    bench.canvas.set_health("fc1", "ok")
    assert bench.canvas.drawing.cards["fc1"].light == "error"


def test_a_shape_shows_on_the_link_under_the_pointer(bench: Bench) -> None:
    before = bench.canvas.grab().toImage()
    at = bench.link("pool2", "flatten")
    bench.hover(at)
    assert bench.canvas.stage.hover.edge is not None
    assert bench.canvas.grab().toImage() != before


def test_cards_are_crisp_at_twice_the_size() -> None:
    script = (
        "from PySide6.QtWidgets import QApplication\n"
        "app = QApplication([])\n"
        "from nnstudio.gui.canvas import Canvas\n"
        "from nnstudio.gui.theme import Theme\n"
        "from tests.gui.canvas import nets\n"
        "c = Canvas(Theme('dark')); c.resize(800, 400); g = nets.lenet()\n"
        "c.show_graph(g, nets.known(g)); c.show(); app.processEvents()\n"
        "p = c.grab().toImage(); print(p.width(), p.devicePixelRatio())\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        env={**__import__("os").environ, "QT_SCALE_FACTOR": "2", "PYTHONPATH": "."},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert run.stdout.split() == ["1600", "2.0"]


def test_many_cards_are_shown_quickly_enough_to_type(qtbot) -> None:  # type: ignore[no-untyped-def]
    canvas = Canvas(Theme("light"))
    qtbot.addWidget(canvas)
    canvas.resize(1000, 600)
    graph = nets.large(1000)
    canvas.show_graph(graph, nets.known(graph))
    assert len(canvas.drawing.cards) == 1000
    assert sum(card.look is not None for card in canvas.drawing.cards.values()) == 0
    canvas.camera.zoom(1.0 / canvas.camera.scale)
    canvas.grab()
    painted = sum(card.look is not None for card in canvas.drawing.cards.values())
    assert 0 < painted < 100


def test_selecting_from_elsewhere_brings_the_card_into_view(bench: Bench) -> None:
    bench.canvas.camera.zoom(4.0)
    bench.canvas.camera.centre(bench.canvas.drawing.cards["input"].rect.center())
    far = bench.canvas.drawing.cards["loss"].rect
    assert not bench.canvas.camera.visible().intersects(far)
    bench.canvas.select(("loss",))
    assert bench.canvas.camera.visible().contains(far)


def test_a_click_does_not_move_the_view(bench: Bench) -> None:
    bench.canvas.camera.zoom(3.0)
    before = bench.canvas.scene_point(QPoint(0, 0))
    card = next(
        card
        for card in bench.canvas.drawing.cards.values()
        if not bench.canvas.camera.visible().contains(card.rect)
        and bench.canvas.camera.visible().contains(QPointF(card.x + 70, card.y + 14))
    )
    bench.click(bench.card(card.node.id))
    assert bench.canvas.selection == (card.node.id,)
    assert bench.canvas.scene_point(QPoint(0, 0)) == before


def test_what_the_whole_network_lacks_is_said_with_its_repair(bench: Bench) -> None:
    assert not bench.canvas.note.isVisible()
    graph = bench.graph
    nodes = {one: node for one, node in graph.nodes.items() if one != "loss"}
    bench.show(Graph(nodes, tuple(e for e in graph.edges if e.dst.node != "loss")))
    assert bench.canvas.note.isVisible()
    assert "no loss" in bench.canvas.note.text()
    bench.canvas.note.linkActivated.emit("0")
    assert any(node.layer.is_loss() for node in bench.graph.nodes.values())
    assert not bench.canvas.note.isVisible()


def test_focus_from_the_keyboard_shows_and_from_the_mouse_does_not(bench: Bench) -> None:
    accent = QColor(bench.canvas.theme.palette().accent)
    bench.canvas.clearFocus()
    bench.canvas.setFocus(Qt.FocusReason.TabFocusReason)
    assert bench.canvas.grab().toImage().pixelColor(300, 0) == accent
    bench.canvas.clearFocus()
    bench.click(QPoint(5, 5))
    assert bench.canvas.grab().toImage().pixelColor(300, 0) != accent


def test_the_context_menu_works_on_what_is_under_the_pointer(bench: Bench) -> None:
    at = bench.card("fc2")
    event = QContextMenuEvent(
        QContextMenuEvent.Reason.Mouse, at, bench.canvas.viewport().mapToGlobal(at)
    )
    QGuiApplication.sendEvent(bench.canvas.viewport(), event)
    assert bench.canvas.selection == ("fc2",)
    (menu,) = bench.canvas.findChildren(QMenu, options=Qt.FindChildOption.FindDirectChildrenOnly)
    actions = {action.text(): action for action in menu.actions()}
    actions["Delete and bridge"].trigger()
    menu.close()
    assert [e.src.node for e in bench.graph.incoming("fc3")] == ["fc1"]
