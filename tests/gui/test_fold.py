"""What few people need is put away until somebody asks for it or uses it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton

from nnstudio.gui.fold import Fold
from nnstudio.gui.forms import Form
from nnstudio.layers.conv import Conv2DParams
from nnstudio.layers.conv_transposed import ConvTransposedParams
from nnstudio.layers.pool import PoolParams

RARE = ("dilation", "padding_mode", "groups")


@pytest.fixture
def form(qtbot, theme):
    made = Form(Conv2DParams, lambda name, value: "", theme)
    qtbot.addWidget(made)
    made.show_values(Conv2DParams())
    made.show()
    return made


def seen(form):
    return [form.rows[name].isVisible() for name in RARE]


def test_rare_parameters_are_shown_on_demand(qtbot, form):
    assert seen(form) == [False] * 3
    assert form.rows["kernel"].isVisible()
    button = form.findChild(Fold).findChild(QToolButton)
    assert button.accessibleName() == "More: dilation, padding mode, groups"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert seen(form) == [True] * 3
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert seen(form) == [False] * 3


def test_a_rare_parameter_in_use_is_never_hidden(form):
    form.show_values(Conv2DParams(padding_mode="reflect"))
    assert seen(form) == [True] * 3


def test_a_rare_parameter_in_which_layers_differ_is_never_hidden(form):
    form.show_many([Conv2DParams(), Conv2DParams(filters=3)])
    assert seen(form) == [False] * 3
    form.show_many([Conv2DParams(), Conv2DParams(groups=2)])
    assert seen(form) == [True] * 3


@pytest.mark.parametrize("model", [ConvTransposedParams, PoolParams])
def test_one_rare_parameter_alone_is_not_put_away(qtbot, theme, model):
    form = Form(model, lambda name, value: "", theme)
    qtbot.addWidget(form)
    assert form.findChild(Fold) is None
