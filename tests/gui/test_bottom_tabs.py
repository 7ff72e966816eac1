"""The tabs below the canvas and their controls, in wide and narrow windows."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect

from tests.gui.examples import lenet


def placed(window, widget) -> QRect:
    return QRect(widget.mapTo(window, QPoint()), widget.size())


@pytest.mark.parametrize("size", [(1920, 1000), (1440, 900), (1024, 700), (700, 500)])
def test_controls_never_lie_on_the_tabs_nor_outside(open_window, qtbot, size):
    window = open_window(lenet(), size)
    window.show_tab(window.curves)
    qtbot.wait(20)
    controls, bar = window.curves.controls, window.tabs.tabBar()
    assert not placed(window, controls).intersects(placed(window, bar))
    assert window.rect().contains(placed(window, controls))
    assert placed(window, controls).width() >= controls.minimumSizeHint().width()


def test_every_page_shows_with_its_own_controls(open_window, qtbot):
    window = open_window(lenet(), (1440, 900))
    for place in range(window.tabs.count()):
        window.tabs.setCurrentIndex(place)
        assert window.tabs.indexOf(window.tabs.currentWidget()) == place
    window.show_tab(window.summary)
    qtbot.waitUntil(window.summary.controls.isVisible)
    assert not window.curves.controls.isVisible()


def test_a_wide_window_has_the_controls_beside_the_tabs(open_window, qtbot):
    window = open_window(lenet(), (2400, 1000))
    window.show_tab(window.curves)
    qtbot.wait(20)
    bar, controls = placed(window, window.tabs.tabBar()), placed(window, window.curves.controls)
    assert controls.left() >= bar.right()
    assert abs(controls.center().y() - bar.center().y()) < 12
