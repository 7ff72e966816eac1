"""The window's parts work together."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QLineEdit,
    QMessageBox,
    QScrollBar,
)

from nnstudio.graph.edits import SetParam
from nnstudio.gui import app as studio_app
from nnstudio.gui import files
from nnstudio.gui.data_dialog import DataDialog
from nnstudio.gui.run_page import RunPage
from nnstudio.project.edits import SetSetting
from nnstudio.session.news import Progress
from nnstudio.session.studio import Studio
from tests.gui.examples import chain, lenet
from tests.gui.hands import click_card, repairs, retype


def test_no_two_actions_share_a_shortcut(window):
    keys = [
        keys.toString()
        for action in window.actions_by_name.all()
        for keys in action.shortcuts()
    ]  # fmt: skip
    assert [key for key, count in Counter(keys).items() if count > 1] == []


def test_every_action_has_words(window):
    for action in window.actions_by_name.all():
        assert action.text()
        assert action.toolTip()


def test_every_control_has_an_accessible_name(window):
    click_card(window, "conv1")
    kinds = (QAbstractButton, QLineEdit, QComboBox, QAbstractSlider)
    nameless = [
        (type(one).__name__, one.objectName(), one.parentWidget())
        for kind in kinds
        for one in window.findChildren(kind)
        if not isinstance(one, QScrollBar)
        and not one.objectName().startswith("qt_")
        and not (one.accessibleName() or (isinstance(one, QAbstractButton) and one.text()))
        and type(one.parentWidget()).__name__ not in ("QTabBar", "QLineEdit", "QMenuBar")
    ]
    assert nameless == []


def test_clicking_a_card_shows_its_parameters(window):
    click_card(window, "conv1")
    page = window.inspector.page
    assert page.node_id == "conv1"
    assert page.form.field("filters").control.text() == "6"


def test_typing_a_parameter_changes_network_card_and_status(window):
    click_card(window, "fc1")
    before = window.status.text("parameters")
    retype(window.inspector.page.form.field("units").control, "32")
    assert window.studio.graph.nodes["fc1"].params.units == 32
    assert window.status.text("parameters") != before
    assert window.topbar.unsaved.text() == "● unsaved changes"


def test_the_page_keeps_its_focus_while_values_change(window):
    click_card(window, "fc1")
    control = window.inspector.page.form.field("units").control
    control.setFocus()
    QTest.keyClick(control, Qt.Key.Key_Up)
    assert window.inspector.page.form.field("units").control is control
    assert control.text() == "65"


def test_nothing_selected_shows_the_run(window):
    click_card(window, "conv1")
    window.actions_by_name["run_settings"].trigger()
    assert isinstance(window.inspector.page, RunPage)
    retype(window.inspector.page.form.field("epochs").control, "2")
    assert window.studio.project.settings.epochs == 2


def test_the_split_always_adds_up(window):
    form = window.inspector.page.split
    retype(form.rows["test"].field.control, "40")
    split = window.studio.project.split
    assert (split.train, split.valid, split.test) == (0.5, 0.1, 0.4)
    retype(form.rows["test"].field.control, "95")
    assert "Nothing would be left" in form.rows["test"].complaint()


def test_a_wrong_width_is_told_and_repaired_by_its_button(open_window):
    window = open_window(lenet(units=12))
    assert window.tabs.tabText(window.tabs.indexOf(window.problems)) == "Problems  1"
    window.actions_by_name["show_problems"].trigger()
    button = repairs(window.problems)[0]
    assert button.text() == "Set units to 10"
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert window.studio.graph.nodes["fc2"].params.units == 10
    assert window.tabs.tabText(window.tabs.indexOf(window.problems)) == "Problems"
    assert window.stack.undoText() == "Set units to 10"


def test_a_narrow_window_hides_no_problems(open_window):
    window = open_window(lenet(units=12), (1024, 700))
    bar, at = window.tabs.tabBar(), window.tabs.indexOf(window.problems)
    assert bar.rect().contains(bar.tabRect(at))


def test_a_broken_network_is_not_trained_but_explained(open_window):
    window = open_window(lenet(units=12))
    window.actions_by_name["train"].trigger()
    assert "12 scores arrive" in window.banner.sentence()
    assert window.tabs.currentWidget() is window.problems
    assert window.studio.run_state == "idle"


def test_buttons_offer_only_what_makes_sense(window):
    actions = window.actions_by_name
    assert actions["train"].isEnabled()
    assert not actions["pause"].isEnabled()
    assert not actions["stop"].isEnabled()
    window.driver.show_state("running")
    assert not actions["train"].isEnabled()
    assert actions["pause"].isEnabled()
    window.driver.show_state("paused")
    assert actions["train"].text() == "&Continue"
    assert actions["stop"].isEnabled()


def test_progress_is_said_as_in_the_design(window):
    window.topbar.show_state("running")
    window.topbar.show_progress(Progress("", 7, 12, 700, 1200, 0.58, 14820.0, 21.0))
    assert window.topbar.text.text() == "epoch 7/12 · 14,820 samples/s · 0:21 left"
    assert window.topbar.bar.value() == 580


def test_colours_change_and_are_remembered(window):
    dark = window.grab().toImage().pixelColor(700, 30).lightness()
    window.actions_by_name["theme_light"].trigger()
    light = window.grab().toImage().pixelColor(700, 30).lightness()
    assert dark < 80
    assert light > 200
    assert window.memory.mode == "light"


def test_workspaces_show_or_hide_the_tabs(window):
    window.actions_by_name["build"].trigger()
    assert not window.docks.bottom.isVisible()
    window.actions_by_name["train_space"].trigger()
    assert window.docks.bottom.isVisible()


def test_ctrl_k_finds_and_does(window):
    QTest.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert window.commands.isVisible()
    QTest.keyClicks(window.commands.field, "go to fc1")
    QTest.keyClick(window.commands.field, Qt.Key.Key_Return)
    assert not window.commands.isVisible()
    assert window.canvas.selection == ("fc1",)


def test_a_small_window_still_shows_the_train_button(open_window):
    window = open_window(size=(1024, 700))
    window.topbar.show_state("running")
    window.topbar.show_progress(Progress("", 7, 12, 700, 1200, 0.58, 14820.0, 21.0))
    QApplication.processEvents()
    assert window.width() == 1024
    button = window.topbar.findChild(QAbstractButton, "train button")
    assert button.visibleRegion().boundingRect().width() == button.width()


def answer(monkeypatch, wanted):
    asked = []

    def ask(parent, name, *, unsaved, training):
        asked.append((unsaved, training))
        return wanted

    monkeypatch.setattr(files, "ask_to_close", ask)
    return asked


def test_closing_unsaved_work_asks_once(window, monkeypatch):
    window.edits.make(SetParam("fc1", "units", 32))
    asked = answer(monkeypatch, "cancel")
    assert not window.close()
    assert asked == [(True, False)]
    assert window.isVisible()


def test_closing_saved_work_asks_nothing(window, monkeypatch, tmp_path):
    asked = answer(monkeypatch, "cancel")
    assert window.files.save_to(tmp_path / "a.nns")
    assert window.close()
    assert asked == []


def test_save_before_closing_saves(window, monkeypatch, tmp_path):
    path = tmp_path / "a.nns"
    window.files.save_to(path)
    window.edits.make(SetParam("fc1", "units", 32))
    answer(monkeypatch, "save")
    assert window.close()
    assert Studio.open(path).graph.nodes["fc1"].params.units == 32


def test_the_question_offers_save_discard_and_cancel(window, monkeypatch):
    from nnstudio.gui import messages

    texts = []

    def pressed(box):
        texts.extend(button.text() for button in box.buttons())
        return 0

    monkeypatch.setattr(QMessageBox, "exec", pressed)
    assert messages.ask_to_close(window, "a", unsaved=True, training=True) == "cancel"
    assert sorted(texts) == ["Cancel", "Save", "Stop without saving"]


def test_a_dropped_project_is_opened_and_remembered(window, qtbot, tmp_path):
    path = tmp_path / "other.nns"
    window.files.save_to(path)
    window.files.new("empty")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    drop = QDropEvent(
        QPointF(100, 100), Qt.DropAction.CopyAction, mime,
        Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    window.dropEvent(drop)
    qtbot.waitUntil(lambda: window.studio.path == path)
    assert window.memory.recent[0] == path


def test_a_damaged_file_is_one_sentence_and_the_project_stays(window, tmp_path):
    path = tmp_path / "broken.nns"
    path.write_bytes(b"this is not a project")
    studio = window.studio
    assert not window.files.open_path(path)
    assert window.studio is studio
    sentence = window.banner.sentence()
    assert "broken.nns" in sentence
    assert "Traceback" not in sentence


def test_a_failed_save_is_one_sentence_and_work_stays_unsaved(window, tmp_path):
    window.edits.make(SetParam("fc1", "units", 32))
    assert not window.files.save_to(tmp_path / "missing" / "a.nns")
    assert "the folder does not exist" in window.banner.sentence()
    assert window.studio.dirty


def test_recent_files_are_listed_the_latest_first(window, tmp_path):
    for name in ("a", "b"):
        window.files.save_to(tmp_path / f"{name}.nns")
    window.menus.recent.aboutToShow.emit()
    texts = [action.text() for action in window.menus.recent.actions()]
    assert "b.nns" in texts[0]
    assert "a.nns" in texts[1]


def test_the_project_is_renamed_undoably(window, monkeypatch):
    monkeypatch.setattr(files.QInputDialog, "getText", lambda *a, **k: ("My digits", True))
    window.actions_by_name["rename_project"].trigger()
    assert window.topbar.name.text() == "My digits"
    window.stack.undo()
    assert window.topbar.name.text() == "digits-lenet"


def test_gradients_are_checked_and_the_result_is_said(open_window, qtbot):
    graph = chain(("input", "input", {}), ("flatten", "flat", {}), ("dense", "fc", {"units": 10}),
                  ("softmax_cross_entropy", "loss", {}))  # fmt: skip
    window = open_window(replace(lenet(), graph=graph))
    window.actions_by_name["check_gradients"].trigger()
    qtbot.waitUntil(lambda: "numeric gradients agree" in window.log.text(), timeout=120_000)
    assert "numeric gradients agree" in window.banner.sentence()


def test_without_data_the_data_dialog_opens(open_window):
    window = open_window(replace(lenet(), data=None, signature=None))
    window.actions_by_name["train"].trigger()
    assert "no data set" in window.banner.sentence()
    assert window.findChild(DataDialog).isVisible()


def test_what_nobody_caught_is_said_in_a_sentence_with_details(window, monkeypatch, caplog):
    monkeypatch.setattr("sys.excepthook", None)
    studio_app.catch_errors(window)
    import sys

    try:
        raise ZeroDivisionError("inner detail")
    except ZeroDivisionError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    assert window.banner.sentence() == studio_app.SORRY
    assert "inner detail" in window.banner.details()
    assert "inner detail" in caplog.text


@pytest.mark.parametrize("asked", ["missing.nns", None])
def test_the_first_project_opens_whatever_was_asked_for(tmp_path, asked):
    studio, complaint = studio_app.first_project(None if asked is None else tmp_path / asked)
    assert (complaint is not None) == (asked is not None)
    assert bool(studio.graph.nodes) == (asked is None)
    studio.close()


def test_new_from_each_template_opens(window, monkeypatch):
    answer(monkeypatch, "discard")
    for action in window.menus.new_actions:
        action.trigger()
        assert window.banner.sentence() == ""
        assert window.canvas.drawing.graph is window.studio.graph


def test_a_report_of_the_latest_run_is_written(window, qtbot, tmp_path, monkeypatch):
    asked = str(tmp_path / "page")
    monkeypatch.setattr(files.QFileDialog, "getSaveFileName", lambda *_: (asked, ""))
    window.actions_by_name["report"].trigger()
    assert "press Train first" in window.banner.sentence()
    window.studio.train()
    qtbot.waitUntil(lambda: window.studio.run_state == "finished", timeout=120_000)
    qtbot.waitUntil(lambda: len(window.studio.project.runs) == 1)
    window.actions_by_name["report"].trigger()
    page = tmp_path / "page.html"
    qtbot.waitUntil(page.exists, timeout=60_000)
    qtbot.waitUntil(lambda: "page.html" in window.banner.sentence(), timeout=60_000)
    assert "<html" in page.read_text(encoding="utf-8")


def test_the_network_is_saved_as_a_picture(window, tmp_path, monkeypatch):
    asked = str(tmp_path / "net")
    monkeypatch.setattr(files.QFileDialog, "getSaveFileName", lambda *_: (asked, ""))
    window.actions_by_name["picture"].trigger()
    assert "Conv" in (tmp_path / "net.svg").read_text(encoding="utf-8")
    assert "net.svg" in window.banner.sentence()


def test_the_first_size_is_not_larger_than_the_screen(window):
    room, size = window.screen().availableGeometry(), window._first_size()
    assert 0 < size.width() <= room.width()
    assert 0 < size.height() < room.height()


def test_a_step_that_ends_unseen_leaves_the_buttons_right(window, qtbot):
    actions = window.actions_by_name
    window.poller.stop()  # as if the step were quicker than the time between two looks
    for _ in range(3):
        actions["step"].trigger()
        qtbot.waitUntil(lambda: window.studio.run_state == "paused", timeout=60_000)
        window.poller.look()
        assert actions["train"].isEnabled()
        assert actions["train"].text() == "&Continue"
        assert not actions["pause"].isEnabled()
    actions["rewind"].trigger()
    actions["step"].trigger()
    qtbot.waitUntil(lambda: window.studio.run_state == "paused", timeout=60_000)
    window.poller.look()
    assert actions["train"].isEnabled()


@pytest.mark.parametrize("kind", ["sgd", "adam", "rmsprop"])
def test_the_run_page_fits_into_the_inspector(window, qtbot, kind):
    window.canvas.select(())
    window.edits.make(SetSetting("optimiser.kind", kind))
    page, area = window.inspector.page, window.inspector.viewport()
    qtbot.wait(10)
    assert page.minimumSizeHint().width() <= area.width()
