"""Facts about leaving a processor to the window."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from nnstudio.gui.courtesy import Courtesy


def test_a_person_is_told_of_at_most_ten_times_a_second(qtbot: QtBot) -> None:
    widget, told = QWidget(), []
    qtbot.addWidget(widget)
    widget.show()
    courtesy = Courtesy(lambda: told.append(1), (widget,), widget)
    for _ in range(20):
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert len(told) == 1
    QTest.qWait(120)
    QTest.keyClick(widget, Qt.Key.Key_A)
    assert len(told) == 2
    widget.update()
    QTest.qWait(120)
    assert len(told) == 2
    assert courtesy.parent() is widget
