"""The Curves tab draws what it is given, and only while somebody looks."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest

from nnstudio.gui.curves import CurvesPanel
from nnstudio.project.edits import SetSetting
from nnstudio.train.history import History
from tests.gui.test_curve_data import history


@pytest.fixture
def panel(qtbot, theme):
    made = CurvesPanel(theme, lambda *_: None)
    qtbot.addWidget(made)
    made.resize(900, 300)
    return made


def lines(panel, group):
    return panel.plot(group).layout_now.lines


def names(panel, group):
    return [line.name for line, _ in lines(panel, group)]


def test_before_the_first_run_it_says_what_will_come(panel):
    panel.show()
    assert panel._empty.isVisible()
    assert panel.panes.shown == []


def test_a_hidden_panel_does_not_draw(panel):
    panel.show_run(history(), epochs=2, per_epoch=10)
    assert panel.panes.shown == []
    panel.show()
    assert [pane.spec.group for pane in panel.panes.shown] == ["loss", "accuracy"]


def test_nothing_new_is_not_drawn_again(panel):
    made = history()
    panel.show()
    panel.show_run(made, epochs=2, per_epoch=10)
    before = panel.plot("loss").scene
    panel.look()
    assert panel.plot("loss").scene is before
    made.add_steps({"loss": np.array([0.5])})
    panel.look()
    assert panel.plot("loss").scene is not before


def test_lines_are_measured_in_epochs(panel):
    panel.show()
    panel.show_run(history(), epochs=2, per_epoch=10)
    (_, train), (_, valid) = lines(panel, "loss")
    assert train.x[-1] == 2.0
    assert valid.x.tolist() == [1.0, 2.0]
    assert valid.y.tolist() == [2.0, 1.0]
    assert panel.caption.text() == "val accuracy 60.0 %  ·  best 60.0 % @ epoch 2"


@pytest.mark.parametrize(
    ("unit", "last", "total"),
    [("steps", 20, 40), ("epochs", 2, 4), ("samples", 640, 1280), ("seconds", 10, 10)],
)
def test_the_axis_counts_what_a_person_chose(panel, unit, last, total):
    made = history()
    made.seconds.extend(np.arange(1, 21) / 2)
    made.add_epoch({})
    panel.show()
    panel.show_run(made, epochs=4, per_epoch=10, samples=320)
    panel.controls.choose(unit)
    assert lines(panel, "loss")[0][1].x[-1] == pytest.approx(last)
    assert panel.view.range == (0.0, pytest.approx(total))
    again = CurvesPanel(panel._theme, print)
    assert again.controls.unit == unit
    again.deleteLater()


def test_a_run_that_kept_no_seconds_says_so(panel):
    panel.show()
    panel.show_run(history(), epochs=2, per_epoch=10)
    panel.controls.choose("seconds")
    assert panel.plot("loss").layout_now.message == "No seconds are known of this run"


def test_every_epoch_shows_the_means_of_epochs(panel):
    made = history()
    for value in (1.9, 1.4):
        made.add_epoch({"train loss": value})
    panel.show()
    panel.show_run(made, epochs=2, per_epoch=10)
    panel.controls.choose("epoch")
    train = next(one for line, one in lines(panel, "loss") if line.part == "train")
    assert (train.x.tolist(), train.y.tolist()) == ([1.0, 2.0], [1.9, 1.4])


def test_an_earlier_run_stays_while_a_new_one_has_no_numbers(panel):
    panel.show()
    panel.show_run(History(), [("Run 1", history())], epochs=2)
    assert not panel._empty.isVisible()
    assert names(panel, "loss") == ["Run 1 train", "Run 1 val"]
    assert panel.plot("loss").layout_now.message == ""


def test_earlier_runs_are_switched_by_legend_and_menu(panel):
    panel.show()
    panel.show_run(history(), [("Run 1", history()), ("Run 2", history())], epochs=2)
    assert names(panel, "loss")[:4] == ["Run 1 train", "Run 1 val", "Run 2 train", "Run 2 val"]
    colours = {line.run: line.colour for line, _ in lines(panel, "loss")}
    assert len(set(colours.values())) == 3
    QTest.mouseClick(panel.legend.button("Run 1"), Qt.MouseButton.LeftButton)
    assert names(panel, "loss") == ["Run 2 train", "Run 2 val", "train", "val"]
    first, _ = panel.controls.run_actions()
    assert not first.isChecked()
    first.trigger()
    assert panel.legend.button("Run 1").isChecked()
    assert len(lines(panel, "loss")) == 6


def test_overflow_is_marked_where_it_happened(panel):
    made = History()
    made.add_steps({"loss": np.array([1.0, 2.0, np.nan, np.nan])})
    panel.show()
    panel.show_run(made, epochs=1, per_epoch=4)
    plot = panel.plot("loss")
    assert plot.scene.overflow == 0.75
    assert lines(panel, "loss")[0][1].bad == [(0.75, 1.0)]
    assert plot.layout_now.frame.y[1] < 3


def test_changes_during_the_run_are_marked(panel):
    panel.show()
    marks = [(5, "learning rate 0.1 → 0.01"), (15, "batch 32 → 64")]
    panel.show_run(history(), epochs=2, per_epoch=10, marks=marks)
    assert panel.plot("loss").scene.marks == [(0.5, marks[0][1]), (1.5, marks[1][1])]
    panel.controls.choose("steps")
    assert [place for place, _ in panel.plot("loss").scene.marks] == [5, 15]


def test_series_of_layers_come_in_panes_that_are_remembered(panel, theme, qtbot):
    made = history()
    made.add_steps({f"update ratio/{name}": np.full(20, 1e-3) for name in ("conv1", "fc1")})
    panel.show()
    panel.show_run(made, epochs=2, per_epoch=10)
    adds = {action.text(): action for action in panel.controls.panes.actions()}
    assert list(adds) == ["loss", "accuracy", "update ratio"]
    adds["update ratio"].trigger()
    assert names(panel, "update ratio") == ["conv1", "fc1"]
    assert panel.plot("update ratio").scene.guides == (1e-3,)
    pane = panel.panes.shown[-1]
    pane.lines.actions()[0].trigger()
    assert names(panel, "update ratio") == ["fc1"]
    panel.panes.shown[1].remove.trigger()
    assert [pane.spec.group for pane in panel.panes.shown] == ["loss", "update ratio"]
    again = CurvesPanel(theme, print)
    qtbot.addWidget(again)
    again.show()
    again.show_run(made, epochs=2, per_epoch=10)
    assert [pane.spec.group for pane in again.panes.shown] == ["loss", "update ratio"]
    assert names(again, "update ratio") == ["fc1"]


def test_a_pane_can_show_another_group(panel):
    made = history()
    made.add_steps({"rate": np.full(20, 1e-3)})
    panel.show()
    panel.show_run(made, epochs=2, per_epoch=10)
    pane = panel.panes.shown[1]
    found = {action.text(): action for action in pane.groups.actions()}
    found["learning rate"].trigger()
    assert pane.title.text() == "learning rate ▾"
    assert lines(panel, "learning rate")[0][1].y.tolist() == pytest.approx([1e-3] * 20)
    panel.panes.shown[0].remove.trigger()
    assert not panel.panes.shown[0].remove.isEnabled()


def test_a_regression_has_no_accuracy_plot(panel):
    made = History()
    made.add_steps({"loss": np.array([1.0, 0.5])})
    panel.show()
    panel.show_run(made, epochs=1, per_epoch=2)
    assert panel.plot("accuracy") is None


def test_curves_are_saved_as_png_svg_and_csv(panel, tmp_path):
    panel.show()
    panel.show_run(history(), epochs=2, per_epoch=10)
    for suffix in ("png", "svg", "csv"):
        panel.export_to(tmp_path / f"curves.{suffix}")
    assert QImage(str(tmp_path / "curves.png")).width() == 1800
    root = ET.parse(tmp_path / "curves.svg").getroot()
    drawn = [one.tag.rpartition("}")[2] for one in root.iter()]
    assert drawn.count("polyline") >= 3
    assert "image" not in drawn
    assert (tmp_path / "curves.csv").read_text().startswith("step,loss,accuracy")


def test_curves_are_copied_as_picture_and_numbers(panel):
    panel.show()
    panel.show_run(history(), [("Run 1", history())], epochs=2, per_epoch=10)
    panel.controls.export_wanted.emit("copy")
    assert QGuiApplication.clipboard().image().width() == 1800
    panel.controls.export_wanted.emit("copy csv")
    text = QGuiApplication.clipboard().text()
    assert text.startswith("step,Run 1: loss,")
    assert len(text.splitlines()) == 21


def test_a_failed_export_is_one_sentence(qtbot, theme, tmp_path):
    told = []
    made = CurvesPanel(theme, lambda *words: told.append(words))
    qtbot.addWidget(made)
    made.export_to(tmp_path / "missing" / "curves.csv")
    assert "the folder does not exist" in told[0][0]


def test_a_new_pane_never_is_a_window_of_its_own(panel, qtbot):
    panel.show()
    panel.activateWindow()
    qtbot.waitUntil(panel.isActiveWindow)
    panel.show_run(history(), epochs=2, per_epoch=10)
    panel.panes.add("loss")
    qtbot.wait(20)
    assert panel.isActiveWindow()
    assert all(pane.parentWidget() is not None for pane in panel.panes.shown)


def test_live_changes_of_a_training_are_marked_in_the_window(window, qtbot):
    window.edits.make(SetSetting("epochs", 5_000))
    window.actions_by_name["train"].trigger()
    qtbot.waitUntil(lambda: window.studio.run_state == "running", timeout=60_000)
    qtbot.waitUntil(lambda: window.curves.plot("loss") is not None, timeout=10_000)
    window.edits.make(SetSetting("learning_rate", 0.000123))
    qtbot.waitUntil(lambda: bool(window.curves.plot("loss").scene.marks), timeout=20_000)
    ((_, said),) = window.curves.plot("loss").scene.marks
    assert said == "learning rate 0.000123"
    window.curves.controls.choose("samples")
    assert window.curves.plot("loss").layout_now.message == ""
    window.actions_by_name["stop"].trigger()
    qtbot.waitUntil(lambda: window.studio.run_state == "stopped", timeout=60_000)
