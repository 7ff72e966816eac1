"""Several nodes are edited at once."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from nnstudio.graph.edits import SetParam
from nnstudio.gui.many_page import ManyPage
from tests.gui.hands import retype


def params(window, node):
    return window.studio.graph.nodes[node].params


def page(window, *nodes):
    window.canvas.select(nodes)
    found = window.inspector.page
    assert isinstance(found, ManyPage)
    return found


def test_layers_of_one_kind_show_what_they_share_and_where_they_differ(window):
    assert params(window, "conv1").filters != params(window, "conv2").filters
    form = page(window, "conv1", "conv2").form
    filters, kernel = form.field("filters").control, form.field("kernel").control
    assert (filters.text(), filters.placeholderText()) == ("", "different")
    assert kernel.text() == "3 × 3"


def test_a_change_goes_to_all_of_them_as_one_step(window):
    before = window.studio.graph
    retype(page(window, "conv1", "conv2").form.field("filters").control, "4*3")
    assert (params(window, "conv1").filters, params(window, "conv2").filters) == (12, 12)
    assert window.stack.undoText() == "2 layers: filters → 12"
    window.stack.undo()
    assert window.studio.graph == before


def test_different_layers_share_what_has_the_same_name(window):
    form = page(window, "conv1", "fc1").form
    assert "activation" in form.rows
    assert "filters" not in form.rows
    assert "units" not in form.rows


def test_layers_without_common_settings_say_so(window):
    assert page(window, "conv1", "flatten1").form.rows == {}


def test_a_value_that_does_not_fit_changes_none(window):
    before = window.studio.graph
    form = page(window, "conv1", "conv2").form
    retype(form.field("filters").control, "0")
    assert window.studio.graph is before
    assert "Filters must be" in form.rows["filters"].complaint()


def test_a_mixed_box_is_switched_on_for_all(window):
    window.edits.make(SetParam("conv1", "bias", False))
    box = page(window, "conv1", "conv2").form.field("bias").control
    assert box.checkState() is Qt.CheckState.PartiallyChecked
    QTest.mouseClick(box, Qt.MouseButton.LeftButton)
    assert params(window, "conv1").bias
    assert params(window, "conv2").bias
    assert not box.isTristate()
