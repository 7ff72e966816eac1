"""The Filters tab draws the weights themselves: kernels, templates, matrices, and their change."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from nnstudio.graph.types import maps
from nnstudio.gui.viewers.filters import by_norm, pictures
from nnstudio.train.watch import Watch
from tests.gui.examples import chain, lenet
from tests.gui.hands import click_card
from tests.gui.viewers.eyes import LONG_MS, looked, open_viewer


@pytest.fixture
def viewer(window, qtbot):
    click_card(window, "conv1")
    made = open_viewer(window, qtbot, "filters")
    qtbot.waitUntil(lambda: made.grid.count == 6, timeout=LONG_MS)
    return made


def test_kernels_are_the_weights_of_the_layer(window, qtbot, viewer):
    weight = looked(window, qtbot, Watch(weights=("conv1",))).weights["conv1/weight"]
    for number in range(6):
        np.testing.assert_array_equal(viewer.grid._maps[number], weight[:, :, 0, number])
    click_card(window, "conv2")
    qtbot.waitUntil(lambda: viewer.grid.count == 96, timeout=LONG_MS)
    weight = looked(window, qtbot, Watch(weights=("conv2",))).weights["conv2/weight"]
    np.testing.assert_array_equal(viewer.grid._maps[3 * 6 + 2], weight[:, :, 2, 3])
    click_card(window, "pool2")
    qtbot.waitUntil(lambda: viewer.said == "'pool2' has no weights.", timeout=LONG_MS)


def test_sorting_puts_the_largest_norm_first(viewer):
    before = viewer.grid._maps.copy()
    viewer.ordered.setFocus()
    QTest.keyClick(viewer.ordered, Qt.Key.Key_Space)
    assert viewer.ordered.isChecked()
    norms = np.linalg.norm(before.reshape(6, -1), axis=1)
    np.testing.assert_array_equal(viewer.grid._maps, before[np.argsort(-norms, kind="stable")])


def test_the_change_since_the_start_is_the_difference_of_the_weights(window, qtbot, viewer):
    start = looked(window, qtbot, Watch(weights=("conv1",), at="start")).weights["conv1/weight"]
    window.actions_by_name["train"].trigger()
    qtbot.waitUntil(lambda: window.studio.run_state == "finished", timeout=LONG_MS)
    window.show_tab(viewer)
    now = looked(window, qtbot, Watch(weights=("conv1",))).weights["conv1/weight"]
    viewer.moved.setChecked(True)
    wanted = (now - start)[:, :, 0, :].transpose(2, 0, 1)
    qtbot.waitUntil(lambda: np.array_equal(viewer.grid._maps, wanted), timeout=LONG_MS)
    assert np.abs(wanted).max() > 0


def test_an_earlier_moment_of_the_training_shows_its_own_weights(window, qtbot, viewer):
    window.actions_by_name["train"].trigger()
    qtbot.waitUntil(lambda: window.studio.run_state == "finished", timeout=LONG_MS)
    window.show_tab(viewer)
    qtbot.waitUntil(lambda: "after training" in viewer.caption.text(), timeout=LONG_MS)
    latest = viewer.grid._maps.copy()
    window.timeline.slider.setFocus()
    QTest.keyClick(window.timeline.slider, Qt.Key.Key_Home)
    step = window.studio.moment
    qtbot.waitUntil(lambda: f"step {step:,}" in viewer.caption.text(), timeout=LONG_MS)
    assert not np.array_equal(viewer.grid._maps, latest)


def test_colour_filters_are_pictures_and_dense_weights_a_matrix():
    weight = np.arange(2 * 2 * 3 * 4, dtype=np.float32).reshape(2, 2, 3, 4)
    found = pictures(weight, None, ())
    assert found.maps.shape == (4, 2, 2, 3)
    np.testing.assert_array_equal(found.maps[1], weight[..., 1])
    dense = np.arange(6, dtype=np.float32).reshape(3, 2)
    np.testing.assert_array_equal(pictures(dense, None, ()).maps[0], dense.T)


def test_templates_of_a_linear_layer_on_images_carry_the_classes_names():
    weight = np.arange(8 * 8 * 2, dtype=np.float32).reshape(64, 2)
    found = pictures(weight, maps(8, 8, 1), ("cat", "dog"))
    assert found.captions == ("cat", "dog")
    np.testing.assert_array_equal(found.maps[1], weight[:, 1].reshape(8, 8))


def test_a_filter_is_sorted_with_all_its_inputs():
    weight = np.zeros((1, 1, 2, 2), np.float32)
    weight[0, 0, :, 0], weight[0, 0, :, 1] = (3, 0), (2, 9)
    found = pictures(weight, None, ())
    assert [found.captions[one] for one in by_norm(found)] == ["1·0", "1·1", "0·0", "0·1"]


def test_a_linear_classifier_shows_a_template_of_each_digit(open_window, qtbot):
    graph = chain(
        ("input", "input", {}),
        ("flatten", "flatten1", {}),
        ("dense", "fc1", {"units": 10}),
        ("softmax_cross_entropy", "loss", {}),
    )
    window = open_window(replace(lenet(), graph=graph))
    viewer = open_viewer(window, qtbot, "filters")
    qtbot.waitUntil(lambda: viewer.grid.count == 10, timeout=LONG_MS)
    assert list(viewer.grid._captions) == list("0123456789")
    assert viewer.grid._maps.shape == (10, 8, 8)
