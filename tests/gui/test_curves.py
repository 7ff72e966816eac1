"""The Curves tab draws what it is given, and only while somebody looks."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage

from nnstudio.gui.curves import CurvesPanel
from nnstudio.train.history import History
from tests.gui.test_curve_data import history


@pytest.fixture
def panel(qtbot, theme):
    made = CurvesPanel(theme, lambda *_: None)
    qtbot.addWidget(made)
    made.resize(900, 300)
    return made


def test_before_the_first_run_it_says_what_will_come(panel):
    panel.show()
    assert panel._empty.isVisible()
    assert panel._plots == {}


def test_a_hidden_panel_does_not_draw(panel):
    panel.show_run(history(), epochs=2, per_epoch=10)
    assert panel._plots == {}
    panel.show()
    assert set(panel._plots) == {"loss", "accuracy"}


def test_lines_are_measured_in_epochs(panel):
    panel.show()
    panel.show_run(history(), epochs=2, per_epoch=10)
    train_x, _ = panel._plots["loss"]._train.getData()
    valid_x, valid_y = panel._plots["loss"]._valid.getData()
    assert train_x[-1] == 2.0
    assert valid_x.tolist() == [1.0, 2.0]
    assert valid_y.tolist() == [2.0, 1.0]
    assert panel.caption.text() == "val accuracy 60.0 %  ·  best 60.0 % @ epoch 2"


def test_an_earlier_run_stays_while_a_new_one_has_no_numbers(panel):
    panel.show()
    panel.show_run(History(), [("Run 1", history())], epochs=2)
    assert not panel._empty.isVisible()
    line = panel._plots["loss"]._earlier[0]
    assert line.isVisible()
    assert len(line.getData()[0]) == 2


def test_an_earlier_run_can_be_hidden(panel):
    panel.show()
    panel.show_run(history(), [("Run 1", history())], epochs=2)
    action = panel.controls._runs.actions()[0]
    assert action.text() == "Run 1"
    action.trigger()
    assert not any(line.isVisible() for line in panel._plots["loss"]._earlier)


def test_a_logarithmic_axis_survives_zeros_and_negatives(panel):
    made = History()
    made.add_steps({"loss": np.array([10.0, 1.0, 0.0, -1.0])})
    panel.show()
    panel.show_run(made, epochs=1, per_epoch=4)
    panel.controls.smooth.setValue(0)
    panel.controls.log.click()
    _, y = panel._plots["loss"]._train.getData()
    assert np.isfinite(y).all()
    assert y[0] == pytest.approx(1.0)
    assert panel._plots["loss"]._axis.tickStrings([0, 1], 1, 1) == ["1", "10"]


def test_overflow_is_marked_where_it_happened(panel):
    made = History()
    made.add_steps({"loss": np.array([1.0, 2.0, np.nan, np.nan])})
    panel.show()
    panel.show_run(made, epochs=1, per_epoch=4)
    assert panel._plots["loss"]._bad.isVisible()
    assert panel._plots["loss"]._bad.value() == 0.75


def test_smoothing_changes_the_line_but_not_the_band(panel):
    made = History()
    made.add_steps({"loss": np.resize([1.0, 3.0], 100)})
    panel.show()
    panel.show_run(made, epochs=1, per_epoch=100)
    _, smooth = panel._plots["loss"]._train.getData()
    panel.controls.smooth.setValue(0)
    _, raw = panel._plots["loss"]._train.getData()
    assert np.ptp(smooth[20:]) < np.ptp(raw[20:]) == 2.0


def test_hovering_says_the_values(panel):
    panel.show()
    panel.controls.smooth.setValue(0)
    panel.show_run(history(), epochs=2, per_epoch=10)
    plot = panel._plots["loss"]
    assert plot.values_at(1.0) == "epoch 1.0\ntrain 1.526\nval 2"
    plot._hover(plot.getPlotItem().getViewBox().mapViewToScene(QPointF(1.0, 1.5)))
    assert plot._note.isVisible()
    assert panel._plots["accuracy"]._note.isVisible()
    plot.hover_at(None)
    assert not plot._note.isVisible()


def test_a_regression_has_no_accuracy_plot(panel):
    made = History()
    made.add_steps({"loss": np.array([1.0, 0.5])})
    panel.show()
    panel.show_run(made, epochs=1, per_epoch=2)
    assert not panel._plots["accuracy"].isVisible()


def test_curves_are_saved_as_png_svg_and_csv(panel, tmp_path):
    panel.show()
    panel.show_run(history(), epochs=2, per_epoch=10)
    for suffix in ("png", "svg", "csv"):
        panel.export_to(tmp_path / f"curves.{suffix}")
    assert QImage(str(tmp_path / "curves.png")).width() == 1800
    assert ET.parse(tmp_path / "curves.svg").getroot().tag.endswith("svg")
    assert (tmp_path / "curves.csv").read_text().startswith("step,loss,accuracy")


def test_a_failed_export_is_one_sentence(qtbot, theme, tmp_path):
    told = []
    made = CurvesPanel(theme, lambda *words: told.append(words))
    qtbot.addWidget(made)
    made.export_to(tmp_path / "missing" / "curves.csv")
    assert "the folder does not exist" in told[0][0]
