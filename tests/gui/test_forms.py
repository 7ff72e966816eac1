"""Forms made from models, typed into as a person does."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLineEdit, QSlider, QToolButton

from nnstudio.engine.rules import Sgd
from nnstudio.gui.forms import Form
from nnstudio.layers.conv import Conv2DParams
from nnstudio.layers.dropout import DropoutParams
from nnstudio.train.settings import RunSettings


class Keeper:
    """Takes values like a project does."""

    def __init__(self, refusal: str = "") -> None:
        self.taken: list[tuple[str, object]] = []
        self.refusal = refusal

    def __call__(self, name, value):
        self.taken.append((name, value))
        return self.refusal


@pytest.fixture
def made(qtbot, theme):
    keeper = Keeper()
    form = Form(Conv2DParams, keeper, theme)
    qtbot.addWidget(form)
    form.show_values(Conv2DParams())
    form.show()
    return form, keeper


def line(form, name) -> QLineEdit:
    control = form.field(name).control
    assert isinstance(control, QLineEdit)
    return control


def retype(qtbot, edit, text):
    edit.setFocus()
    edit.selectAll()
    qtbot.keyClicks(edit, text)
    qtbot.keyClick(edit, Qt.Key.Key_Return)


def test_a_typed_number_is_asked_for_once(qtbot, made):
    form, keeper = made
    retype(qtbot, line(form, "filters"), "16")
    assert keeper.taken == [("filters", 16)]


def test_a_kernel_is_typed_as_a_pair(qtbot, made):
    form, keeper = made
    retype(qtbot, line(form, "kernel"), "5x3")
    assert keeper.taken == [("kernel", [5, 3])]


def test_a_bad_value_is_explained_and_its_text_stays(qtbot, made):
    form, keeper = made
    retype(qtbot, line(form, "filters"), "many")
    assert keeper.taken == []
    assert line(form, "filters").text() == "many"
    assert "whole number (1 to 65,536)" in form.rows["filters"].complaint()
    retype(qtbot, line(form, "filters"), "4")
    form.show_values(Conv2DParams(filters=4))
    assert form.rows["filters"].complaint() == ""


def test_what_the_project_refuses_is_explained_at_the_field(qtbot, made):
    form, keeper = made
    keeper.refusal = "The filters of Conv do not fit."
    retype(qtbot, line(form, "filters"), "7")
    assert form.rows["filters"].complaint() == keeper.refusal
    assert line(form, "filters").text() == "7"


def test_arrow_keys_step(qtbot, made):
    form, keeper = made
    line(form, "filters").setFocus()
    qtbot.keyClick(line(form, "filters"), Qt.Key.Key_Up)
    qtbot.keyClick(line(form, "padding"), Qt.Key.Key_Up)
    assert keeper.taken == [("filters", 9), ("padding", "valid")]


def test_a_choice_is_made_with_keys(qtbot, made):
    form, keeper = made
    combo = form.field("activation").control
    assert isinstance(combo, QComboBox)
    combo.setFocus()
    qtbot.keyClick(combo, Qt.Key.Key_Down)
    assert keeper.taken == [("activation", "leaky relu")]


def test_a_toggle_is_clicked(qtbot, made):
    form, keeper = made
    qtbot.mouseClick(form.field("bias").control, Qt.MouseButton.LeftButton)
    assert keeper.taken == [("bias", False)]


def test_a_changed_value_offers_its_default(qtbot, made):
    form, keeper = made
    form.show_values(Conv2DParams(filters=20))
    row = form.rows["filters"]
    button = next(one for one in row.findChildren(QToolButton) if "Reset" in one.accessibleName())
    assert button.isVisible()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert keeper.taken == [("filters", 8)]


def test_a_text_being_typed_survives_a_refresh_of_other_values(qtbot, made):
    form, _ = made
    retype(qtbot, line(form, "filters"), "many")
    form.rows["groups"].show_value(2)
    assert line(form, "filters").text() == "many"


def test_the_optimiser_is_chosen_and_shows_its_own_settings(qtbot, theme):
    keeper = Keeper()
    form = Form(RunSettings, keeper, theme)
    qtbot.addWidget(form)
    form.show_values(RunSettings())
    form.show()
    combo = form.field("optimiser").control
    assert isinstance(combo, QComboBox)
    assert combo.currentText() == "Adam"
    combo.setFocus()
    qtbot.keyClick(combo, Qt.Key.Key_Up)
    assert keeper.taken == [("optimiser.kind", "rmsprop")]
    form.show_values(RunSettings.model_validate({"optimiser": {"kind": "sgd"}}))
    inner = form.rows["optimiser"].findChild(Form)
    retype(qtbot, line(inner, "momentum"), "0.9")
    assert keeper.taken[-1] == ("optimiser.momentum", 0.9)


def test_every_editor_has_a_name_for_screen_readers(made):
    form, _ = made
    for name, row in form.rows.items():
        assert row.field.control.accessibleName(), name


def test_the_kind_of_scaling_can_be_chosen() -> None:
    from nnstudio.data.transform import Scaling
    from nnstudio.gui.field_spec import specs

    kinds = {spec.name: spec for spec in specs(Scaling)}
    assert kinds["kind"].kind == "choice"
    assert "standardise" in kinds["kind"].choices


@pytest.fixture
def dropout(qtbot, theme):
    keeper = Keeper()
    form = Form(DropoutParams, keeper, theme)
    qtbot.addWidget(form)
    form.show_values(DropoutParams(rate=0.5))
    form.show()
    return form, keeper


def test_a_share_has_a_slider_whose_drag_is_one_edit(qtbot, dropout):
    form, keeper = dropout
    slider = form.findChild(QSlider)
    assert slider.value() == 50
    slider.setSliderDown(True)
    for place in (40, 30, 25):
        slider.setSliderPosition(place)
    assert line(form, "rate").text() == "0.25"
    assert keeper.taken == []
    slider.setSliderDown(False)
    assert keeper.taken == [("rate", 0.25)]


def test_a_slider_never_reaches_an_end_that_is_not_allowed(qtbot, theme):
    keeper = Keeper()
    form = Form(Sgd, keeper, theme)
    qtbot.addWidget(form)
    form.show_values(Sgd())
    slider = form.findChild(QSlider)
    slider.setSliderDown(True)
    slider.setSliderPosition(100)
    slider.setSliderDown(False)
    assert keeper.taken == [("momentum", 0.99)]
