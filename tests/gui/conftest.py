"""Windows for tests: opened, shown, and closed without questions."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from pytestqt.qtbot import QtBot

from nnstudio.gui.app import make_app
from nnstudio.gui.collector import Collector
from nnstudio.gui.memory import Memory
from nnstudio.gui.style import apply_style
from nnstudio.gui.theme import Theme
from nnstudio.gui.window import Window
from nnstudio.project.model import Project
from nnstudio.session.studio import Studio
from tests.gui.examples import lenet

Open = Callable[..., Window]


@pytest.fixture
def theme(qapp) -> Iterator[Theme]:
    make_app()
    collector = Collector(qapp)
    made = Theme("dark")
    apply_style(qapp, made.palette())
    yield made
    collector.stop()
    collector.deleteLater()


@pytest.fixture
def open_window(qtbot: QtBot, theme: Theme) -> Iterator[Open]:
    opened: list[Window] = []

    def make(project: Project | None = None, size: tuple[int, int] = (1440, 900)) -> Window:
        window = Window(Studio(project or lenet()), theme, Memory())
        window.resize(*size)
        window.show()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        opened.append(window)
        return window

    yield make
    for window in opened:
        window.poller.stop()
        window.studio.close()
        window.hide()
        window.deleteLater()
    qtbot.wait(10)


@pytest.fixture
def window(open_window: Open) -> Window:
    return open_window()
