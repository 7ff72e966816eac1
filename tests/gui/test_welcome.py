"""The start page and the tour help a person to begin."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QTest

from nnstudio.gui import guide
from nnstudio.gui.theme import DARK
from nnstudio.gui.thumbnail import thumbnail
from nnstudio.gui.tour import Tour
from nnstudio.gui.welcome import Welcome
from nnstudio.project.file import save_project
from nnstudio.project.templates import TEMPLATES
from tests.gui.examples import lenet

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def page(window, qtbot) -> Welcome:
    window.actions_by_name["start_page"].trigger()
    found = window.findChild(Welcome)
    qtbot.waitUntil(lambda: all(not tile.icon().isNull() for tile in found.tiles), timeout=60_000)
    return found


def tile(page, name):
    return next(one for one in page.tiles if one.template.name == name)


def test_every_template_has_a_tile_with_a_picture_and_words(page):
    assert [one.template.name for one in page.tiles] == list(TEMPLATES)
    for one in page.tiles:
        assert one.text().split("\n")[0].startswith((one.template.title, "Empty"))
        assert one.accessibleName()


def test_a_click_on_a_tile_begins_with_it(window, page):
    QTest.mouseClick(tile(page, "spirals-mlp"), LEFT)
    assert window.studio.title == TEMPLATES["spirals-mlp"].title
    assert not page.isVisible()


def test_continue_and_escape_leave_the_project_as_it_was(window, page):
    before = window.studio
    assert before.title in page.go_on.text()
    QTest.mouseClick(page.go_on, LEFT)
    assert not page.isVisible()
    window.actions_by_name["start_page"].trigger()
    QTest.keyClick(page, Qt.Key.Key_Escape)
    assert not page.isVisible()
    assert window.studio is before


def test_a_recent_file_is_opened(window, page, tmp_path):
    path = tmp_path / "mine.nns"
    save_project(lenet(), path)
    window.memory.remember(path)
    window.actions_by_name["start_page"].trigger()
    button = next(one for one in page.findChildren(type(page.go_on)) if one.text() == "mine")
    QTest.mouseClick(button, LEFT)
    assert window.studio.path == path
    assert not page.isVisible()


def test_whether_it_comes_at_the_start_is_remembered(window, page):
    assert window.memory.welcome
    QTest.mouseClick(page.at_start, LEFT, pos=page.at_start.rect().center() / 4)
    page.at_start.setChecked(True)
    page.at_start.click()
    assert not window.memory.welcome


def test_the_page_follows_the_window(window, page, qtbot):
    window.resize(1024, 700)
    qtbot.waitUntil(lambda: page.size() == window.centralWidget().size())
    qtbot.waitUntil(
        lambda: (
            max(one.mapTo(page, one.rect().bottomRight()).x() for one in page.tiles) < page.width()
        )
    )
    assert len({one.x() for one in page.tiles}) > 1


def test_a_thumbnail_shows_the_colours_of_the_layers(window):
    picture = thumbnail(window.studio.graph, DARK, QSize(176, 96), 2.0).toImage()
    assert (picture.width(), picture.height()) == (352, 192)
    colours = {
        picture.pixelColor(x, y).name()
        for x in range(picture.width())
        for y in range(0, picture.height(), 2)
    }
    used = {DARK.category(node.layer.category) for node in window.studio.graph.nodes.values()}
    assert used <= colours


def test_the_tour_lights_up_every_real_control_and_ends(window, qtbot):
    window.actions_by_name["tour"].trigger()
    tour = window.findChild(Tour)
    stops = guide.steps(window)
    for place, stop in enumerate(stops):
        qtbot.waitUntil(lambda place=place: tour.place == place)
        assert stop.target().isVisible()
        assert tour.lit().isValid()
        assert not tour._bubble.geometry().isEmpty()
        assert tour.rect().contains(tour._bubble.geometry())
        QTest.keyClick(tour, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: window.findChild(Tour) is None)
    assert len(" ".join(stop.text for stop in stops).split()) < 200  # a minute's reading


def test_the_tour_can_be_left_and_gone_back(window, qtbot):
    guide.show_tour(window)
    tour = window.findChild(Tour)
    QTest.mouseClick(tour.next, LEFT)
    QTest.mouseClick(tour.back, LEFT)
    assert tour.place == 0
    assert not tour.back.isEnabled()
    QTest.keyClick(tour, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.findChild(Tour) is None)


def test_after_the_tour_keys_speak_to_the_canvas(window, qtbot):
    guide.show_tour(window)
    QTest.keyClick(window.findChild(Tour), Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.findChild(Tour) is None)
    assert window.canvas.hasFocus()


def test_after_the_start_page_keys_speak_to_the_canvas(window, page):
    QTest.keyClick(page, Qt.Key.Key_Escape)
    assert window.canvas.hasFocus()
