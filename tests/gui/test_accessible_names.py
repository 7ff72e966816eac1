"""Everything that can have the focus has a name that a screen reader says."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QLabel,
    QMenu,
    QSplitterHandle,
    QTabBar,
    QWidget,
)

from nnstudio.gui.window import Window


def said(widget: QWidget) -> str:
    """Give what a reader says of a widget, with its label or the field it is part of."""
    face = QAccessible.queryAccessibleInterface(widget)
    name = face.text(QAccessible.Text.Name) if face is not None else ""
    if not name:
        name = widget.accessibleName() or widget.windowTitle()
    if not name and isinstance(widget, QAbstractButton):
        name = widget.text()
    return name.strip()


def owner(widget: QWidget) -> QWidget | None:
    """Give the parent's parent; Qt puts the list of a box into a frame of its own."""
    frame = widget.parentWidget()
    return None if frame is None else frame.parentWidget()


def nameless(root: QWidget) -> list[str]:
    """List the focusable widgets below one that have no name."""
    found = []
    for widget in (root, *root.findChildren(QWidget)):
        focusable = widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        if not focusable or widget.isWindow() or isinstance(widget, QSplitterHandle):
            continue
        if widget.focusProxy() is not None or isinstance(widget, QLabel | QMenu):
            continue
        if isinstance(widget, QAbstractItemView) and isinstance(owner(widget), QComboBox):
            continue  # the list that drops down speaks for its box
        parent = widget.parentWidget()
        own_part = widget.objectName().startswith("qt_") and parent is not None
        if own_part and (isinstance(parent, QTabBar | QComboBox) or said(parent)):
            continue  # Qt's own parts speak for the control they belong to
        if not said(widget):
            way = f"{type(widget.parentWidget()).__name__}/{type(widget).__name__}"
            found.append(f"{way} '{widget.objectName()}'")
    return found


def test_the_window_with_all_its_panels(window: Window) -> None:
    assert nameless(window) == []
    for node in list(window.studio.graph.nodes)[:6]:
        window.canvas.select((node,))
        QApplication.processEvents()
        assert nameless(window) == [], node
    window.canvas.select(list(window.studio.graph.nodes)[:3])
    assert nameless(window) == []
    for at in range(window.tabs.count()):
        window.tabs.setCurrentIndex(at)
        QApplication.processEvents()
        assert nameless(window) == [], window.tabs.tabText(at)


@pytest.mark.parametrize("name", ["data", "commands", "keys", "help", "start_page"])
def test_what_opens_from_the_menus(window: Window, name: str) -> None:
    window.canvas.select(("conv1",))
    if name not in {action.objectName() for action in window.actions_by_name.all()}:
        pytest.skip(f"there is no action '{name}'")
    before = set(QApplication.topLevelWidgets())
    window.actions_by_name[name].trigger()
    QApplication.processEvents()
    opened = [one for one in QApplication.topLevelWidgets() if one not in before]
    for one in (window, *opened):
        assert not nameless(one), "; ".join(nameless(one))
    for one in opened:
        one.close()


def test_fields_that_open_on_the_canvas(window: Window) -> None:
    window.canvas.select(("conv1",))
    commands = window.canvas.commands
    for begin in (commands.rename, commands.find, commands.notes.add):
        begin()
        QApplication.processEvents()
        assert nameless(window) == []


def test_every_menu_entry_says_what_it_does(window: Window) -> None:
    def entries(menu: QMenu) -> list[str]:
        found = []
        for action in menu.actions():
            inner = action.menu()
            if isinstance(inner, QMenu):
                found += entries(inner)
            elif not action.isSeparator() and not action.text().strip():
                found.append(menu.title())
        return found

    for action in window.menuBar().actions():
        menu = action.menu()
        assert isinstance(menu, QMenu)
        assert menu.title().strip()
        assert entries(menu) == []
    for action in window.actions_by_name.all():
        assert action.text().strip()
        assert action.toolTip().strip()
