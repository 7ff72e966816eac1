"""Facts about the Runs tab: what it shows, and what mouse and keys do to runs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu
from pytestqt.qtbot import QtBot

from nnstudio.graph.edits import SetParam
from nnstudio.gui.run_page import RunPage
from nnstudio.gui.runs_model import DIFFERENCE, NAME, RESULT, TAGS
from nnstudio.gui.window import Window
from nnstudio.project.model import Project, Run
from nnstudio.project.setting import set_setting
from tests.gui.conftest import Open
from tests.gui.examples import lenet

LEFT = Qt.MouseButton.LeftButton


def _project() -> Project:
    project = lenet(epochs=1)
    info = {"ended": "2026-11-20T12:00:00+00:00", "seconds": 75.0, "reason": "finished"}
    metrics = {"test": {"loss": 0.03124, "accuracy": 0.989}}
    first = Run("run1", "Run 1", project.graph, project.settings, metrics=metrics, info=info)
    settings, _, _ = set_setting(project.settings, "learning_rate", 0.02)
    graph, _ = SetParam("conv1", "filters", 16).apply(project.graph)
    second = replace(first, id="run2", name="Run 2", settings=settings, graph=graph, metrics={})
    third = replace(second, id="run3", name="Run 3")
    return replace(project, runs=(first, second, third))


@pytest.fixture
def window(open_window: Open) -> Window:
    made = open_window(_project())
    made.show_tab(made.runs)
    return made


def _click(window: Window, row: int, *, more: bool = False) -> None:
    table = window.runs.table
    at = table.visualRect(window.runs.model.index(row, RESULT)).center()
    key = Qt.KeyboardModifier.ControlModifier if more else Qt.KeyboardModifier.NoModifier
    QTest.mouseClick(table.viewport(), LEFT, key, at)


def _key(window: Window, key: Qt.Key, modifier: Qt.KeyboardModifier | None = None) -> None:
    window.runs.table.setFocus()
    QTest.keyClick(window.runs.table, key, modifier or Qt.KeyboardModifier.NoModifier)


def _text(window: Window, row: int, column: int) -> str:
    return str(window.runs.model.index(row, column).data())


def _type(window: Window, text: str) -> None:
    editor = window.runs.table.findChild(QLineEdit)
    assert isinstance(editor, QLineEdit)
    editor.selectAll()
    QTest.keyClicks(editor, text)
    QTest.keyClick(editor, Qt.Key.Key_Return)
    QApplication.processEvents()  # Qt takes the text over a little later


def test_runs_are_listed_with_results_and_differences(window: Window) -> None:
    model = window.runs.model
    assert model.rowCount() == 3
    assert _text(window, 0, RESULT) == "test 98.9 %"
    assert _text(window, 0, RESULT + 1) == "0.03124"
    assert _text(window, 1, RESULT) == "not measured"
    assert _text(window, 1, DIFFERENCE) == "learning rate 0.001 → 0.02, conv1 filters 6 → 16"
    assert _text(window, 2, DIFFERENCE) == "no difference"
    assert _text(window, 0, 6) == "1:15"


def test_two_selected_runs_are_compared_in_words(window: Window) -> None:
    _click(window, 0)
    _click(window, 1, more=True)
    assert window.runs.words.text().splitlines() == [
        "Run 1 → Run 2", "• learning rate 0.001 → 0.02", "• conv1 filters 6 → 16",
    ]  # fmt: skip
    assert not window.runs.notes.isEnabled()


def test_f2_renames_and_undo_takes_it_back(window: Window) -> None:
    _click(window, 1)
    _key(window, Qt.Key.Key_F2)
    _type(window, "Wide")
    assert window.studio.project.runs[1].name == "Wide"
    assert window.stack.undoText() == "Rename Run 2 to Wide"
    window.stack.undo()
    assert _text(window, 1, NAME) == "Run 2"


def test_tags_are_typed_with_commas(window: Window) -> None:
    _click(window, 0)
    _key(window, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    _type(window, "good,  slow ")
    assert window.studio.project.runs[0].tags == ("good", "slow")
    assert _text(window, 0, TAGS) == "good, slow"


def test_p_pins_and_only_pinned_runs_survive_clearing(window: Window) -> None:
    _click(window, 1)
    _key(window, Qt.Key.Key_P)
    assert _text(window, 1, NAME) == "★ Run 2"
    window.runs.actions_by_name["clear"].trigger()
    assert [run.id for run in window.studio.project.runs] == ["run2"]
    assert window.stack.undoText() == "Delete 2 runs"
    window.stack.undo()
    assert [run.id for run in window.studio.project.runs] == ["run1", "run2", "run3"]


def test_delete_removes_the_selected_runs_as_one_step(window: Window) -> None:
    _click(window, 0)
    _click(window, 2, more=True)
    _key(window, Qt.Key.Key_Delete)
    assert [run.id for run in window.studio.project.runs] == ["run2"]
    window.stack.undo()
    assert [run.id for run in window.studio.project.runs] == ["run1", "run2", "run3"]
    assert len(window.studio.graph.nodes) == len(lenet().graph.nodes)


def test_return_restores_network_and_settings_as_one_step(window: Window) -> None:
    before = window.studio.project
    _click(window, 1)
    _key(window, Qt.Key.Key_Return)
    now = window.studio.project
    assert now.graph == before.runs[1].graph
    assert now.settings.learning_rate == 0.02
    assert window.stack.undoText() == "Restore Run 2"
    window.stack.undo()
    assert window.studio.project.graph == before.graph
    assert window.studio.project.settings == before.settings


def test_weights_that_are_not_there_cannot_be_a_start(window: Window) -> None:
    _click(window, 1)
    _key(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert "has no weights" in window.banner.sentence()
    assert window.stack.count() == 0


def test_notes_are_kept_when_the_field_is_left(window: Window) -> None:
    _click(window, 0)
    window.runs.notes.setFocus()
    QTest.keyClicks(window.runs.notes, "too slow")
    _click(window, 1)
    assert window.studio.project.runs[0].notes == "too slow"
    assert window.runs.notes.toPlainText() == ""
    _click(window, 0)
    assert window.runs.notes.toPlainText() == "too slow"


def test_the_context_menu_offers_everything(window: Window, qtbot: QtBot) -> None:
    _click(window, 0)
    window.runs.table.customContextMenuRequested.emit(QPoint(20, 10))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert [action.text() for action in menu.actions() if action.text()] == [
        action.text() for action in window.runs.actions_by_name.values()
    ]
    menu.close()


def test_a_run_is_trained_again_and_gives_the_same_weights(open_window: Open, qtbot: QtBot) -> None:
    window = open_window(lenet(epochs=1))
    window.actions_by_name["train"].trigger()
    qtbot.waitUntil(lambda: len(window.studio.project.runs) == 1, timeout=60_000)
    window.show_tab(window.runs)
    _click(window, 0)
    window.runs.actions_by_name["repeat"].trigger()
    qtbot.waitUntil(lambda: len(window.studio.project.runs) == 2, timeout=60_000)
    first, second = window.studio.project.runs
    assert all(np.array_equal(first.weights[key], second.weights[key]) for key in first.weights)
    window.show_tab(window.runs)
    assert window.runs.model.rowCount() == 2


def test_without_runs_a_hint_says_how_to_make_one(open_window: Open) -> None:
    window = open_window(lenet())
    window.show_tab(window.runs)
    assert not window.runs.table.isVisible()
    assert not window.runs.actions_by_name["clear"].isEnabled()


def test_a_training_that_starts_from_a_run_says_so_and_can_start_anew(open_window: Open) -> None:
    project = _project()
    weights = {"conv1/weight": np.zeros((3, 3, 1, 6), np.float32)}
    first = replace(project.runs[0], weights=weights)
    window = open_window(replace(project, runs=(first,)))
    window.show_tab(window.runs)
    _click(window, 0)
    _key(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert window.studio.project.start == "run1"
    page = window.findChild(RunPage)
    assert isinstance(page, RunPage)
    assert page.start.text() == "Training starts from the weights of Run 1."
    assert page.start.isVisible()
    QTest.mouseClick(page.anew, LEFT)
    assert window.studio.project.start == ""
    assert not page.start.isVisible()
    window.stack.undo()
    assert window.studio.project.start == "run1"
