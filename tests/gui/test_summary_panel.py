"""The Summary tab shows what every layer costs, sorts it, and goes along with the canvas."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from nnstudio.graph.edits import SetParam
from nnstudio.gui import summary_panel
from nnstudio.gui.summary_model import COLUMNS, NODE
from nnstudio.session.forecast import MEASURING, Forecast
from nnstudio.train.budget import Budget
from tests.gui.hands import click_card


@pytest.fixture
def panel(window, qtbot):
    window.actions_by_name["show_summary"].trigger()
    qtbot.waitUntil(window.summary.isVisible)
    return window.summary


def column(panel, place):
    return [panel.sorted.index(row, place).data() for row in range(panel.sorted.rowCount())]


def counts(panel):
    return [int(text.replace(",", "").replace("–", "0")) for text in column(panel, 3)]


def click_header(panel, place):
    header = panel.table.horizontalHeader()
    x = header.sectionViewportPosition(place) + 10
    QTest.mouseClick(
        header.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(x, header.height() // 2)
    )


def test_every_card_has_a_row_with_its_numbers(window, panel):
    assert column(panel, 0) == [
        window.studio.graph.nodes[one].label for one in window.studio.graph.order
    ]
    conv = column(panel, 0).index("conv1")
    assert panel.sorted.index(conv, 3).data() == "60"


def test_a_click_on_a_column_sorts_by_its_numbers(panel):
    click_header(panel, 3)
    numbers = counts(panel)
    assert numbers == sorted(numbers)
    click_header(panel, 3)
    numbers = counts(panel)
    assert numbers == sorted(numbers, reverse=True)
    assert len(set(numbers)) > 2


def test_shares_of_a_column_add_up_to_one(panel):
    rows = range(panel.model.rowCount())
    for place in (3, 4, 5):
        assert sum(panel.model.share(row, place) for row in rows) == pytest.approx(1.0)


def test_a_row_selects_its_card_and_a_card_its_row(window, panel):
    place = column(panel, 0).index("conv2")
    area = panel.table.visualRect(panel.sorted.index(place, 1))
    panel.table.scrollTo(panel.sorted.index(place, 1))
    area = panel.table.visualRect(panel.sorted.index(place, 1))
    QTest.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=area.center())
    assert window.canvas.selection == ("conv2",)
    click_card(window, "conv1")
    chosen = panel.table.selectionModel().selectedRows()
    assert [index.data(NODE) for index in chosen] == ["conv1"]


def test_an_edit_shows_at_once_and_keeps_the_selection(window, panel):
    click_card(window, "conv1")
    window.edits.make(SetParam("conv1", "filters", 12))
    place = column(panel, 0).index("conv1")
    assert panel.sorted.index(place, 3).data() == "120"
    assert [index.data(NODE) for index in panel.table.selectionModel().selectedRows()] == ["conv1"]


def test_the_table_goes_to_the_clipboard_and_into_a_file(panel, tmp_path, monkeypatch):
    panel.copy()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0].split("\t")[3] == "Parameters"
    assert len(lines) == panel.model.rowCount() + 1
    asked = str(tmp_path / "table")
    monkeypatch.setattr(summary_panel.QFileDialog, "getSaveFileName", lambda *_: (asked, ""))
    panel.save()
    assert (tmp_path / "table.csv").read_text(encoding="utf-8").startswith("layer,kind")


def test_a_file_that_cannot_be_written_is_told(window, panel, tmp_path, monkeypatch):
    asked = str(tmp_path / "missing" / "table.csv")
    monkeypatch.setattr(summary_panel.QFileDialog, "getSaveFileName", lambda *_: (asked, ""))
    panel.save()
    assert "table.csv" in window.banner.sentence()


def test_the_time_of_layers_is_shown_once_it_is_foretold(window, panel):
    times = len(COLUMNS) - 1
    assert set(column(panel, times)) == {"–"}
    graph = window.studio.graph
    conv, last = graph.nodes["conv1"], graph.nodes[graph.order[-2]]
    budget = Budget(32, 1, {conv.id: 3e-3, last.id: 1e-3, "": 1e-3})
    forecast = Forecast(graph, budget, (320, 0))
    window.poller.foretold.emit(forecast)
    names = column(panel, 0)
    shown = dict(zip(names, column(panel, times), strict=True))
    first = graph.nodes[graph.order[0]]
    assert [shown[one.label] for one in (conv, last, first)] == ["60%", "20%", "–"]
    assert "about 50 ms an epoch" in window.status.text("time")
    window.poller.foretold.emit(None)
    assert window.status.text("time") == ""
    assert set(column(panel, times)) == {"–"}


def test_the_status_bar_says_that_the_machine_is_measured(window):
    window.studio.forecasts.measuring = True
    window.status.show_studio(window.studio)
    assert window.status.text("time") == MEASURING
