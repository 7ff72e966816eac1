"""The Activations tab shows what PyTorch computes, follows node and sample, rests when hidden."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from nnstudio.graph.edits import SetParam
from nnstudio.gui.viewers.focus import NO_DATA
from nnstudio.gui.viewers.panel import BROKEN
from nnstudio.project.edits import SetSetting
from nnstudio.project.templates import make_template
from nnstudio.train.watch import Watch
from tests.gui.hands import LEFT, click_card
from tests.gui.viewers.eyes import LONG_MS, looked, open_viewer


@pytest.fixture
def viewer(window, qtbot):
    click_card(window, "conv1")
    made = open_viewer(window, qtbot, "activations")
    qtbot.waitUntil(lambda: made.maps.grid.count == 6, timeout=LONG_MS)
    return made


def values_of(viewer):
    """Read the numbers that the tab would save."""
    lines = [line.split(",") for line in viewer.table()[1:]]
    shape = [int(one) + 1 for one in lines[-1][:-1]]
    return np.array([float(line[-1]) for line in lines]).reshape(shape)


def test_maps_are_what_pytorch_computes_from_the_same_weights(window, qtbot, viewer):
    torch = pytest.importorskip("torch")
    sample = window.studio.prepared.valid.samples(np.array([0]))
    arrays = looked(window, qtbot, Watch(weights=("conv1",))).weights
    weight = torch.tensor(arrays["conv1/weight"]).permute(3, 2, 0, 1)
    x = torch.tensor(sample).permute(0, 3, 1, 2)
    made = torch.nn.functional.conv2d(x, weight, torch.tensor(arrays["conv1/bias"]), padding=1)
    made = torch.relu(made) if (values_of(viewer) >= 0).all() else made
    expected = made[0].permute(1, 2, 0).numpy()
    np.testing.assert_allclose(values_of(viewer), expected, atol=1e-5)
    at = viewer.maps.grid.middle_of(2, 3, 4)
    assert f"{expected[3, 4, 2]:.3g}"[:4] in viewer.maps.grid.words_at(at.x(), at.y())


def test_it_follows_the_selected_card(window, qtbot, viewer):
    click_card(window, "fc1")
    qtbot.waitUntil(lambda: len(viewer.maps.bars.values) == 64, timeout=LONG_MS)
    assert viewer.maps.bars.isVisible()
    assert "fc1" in viewer.caption.text()
    window.canvas.select(("loss",))
    qtbot.waitUntil(lambda: "is a loss" in viewer.said, timeout=LONG_MS)
    click_card(window, "conv2")
    qtbot.waitUntil(lambda: viewer.maps.grid.count == 16 and not viewer.said, timeout=LONG_MS)


def test_samples_are_chosen_with_mouse_and_keys(window, qtbot, viewer):
    before = values_of(viewer)
    QTest.mouseClick(viewer.samples.next, LEFT)
    qtbot.waitUntil(lambda: not np.array_equal(values_of(viewer), before), timeout=LONG_MS)
    assert window.viewers.focus.sample == 1
    viewer.samples.index.setFocus()
    QTest.keyClick(viewer.samples.index, Qt.Key.Key_Up)
    assert window.viewers.focus.sample == 2
    viewer.samples.part.setFocus()
    QTest.keyClick(viewer.samples.part, Qt.Key.Key_Down)
    assert window.viewers.focus.part == "test"
    size = window.studio.prepared.test.size
    assert viewer.samples.index.maximum() == size - 1
    assert f"({size:,})" in viewer.samples.part.currentText()


def test_the_sample_beside_is_in_the_units_of_the_data(window, viewer):
    shown = viewer.sample.grid._maps[0]
    raw = window.studio.prepared.scaler.invert(window.studio.prepared.valid.samples(np.array([0])))
    np.testing.assert_array_equal(shown, raw[0, :, :, 0])
    truth = window.studio.prepared.valid.y[0]
    assert f"sample 0: {truth}" in viewer.truth.text()


def test_a_wrong_sample_is_found(window, qtbot, viewer):
    QTest.mouseClick(viewer.samples.wrong, LEFT)
    qtbot.waitUntil(lambda: "✗" in viewer.truth.text(), timeout=LONG_MS)


def test_a_click_makes_a_map_large_and_escape_all_small(viewer):
    grid = viewer.maps.grid
    at = grid.middle_of(4).toPoint()
    QTest.mouseClick(grid.viewport(), LEFT, pos=at)
    assert grid.zoomed == 4
    assert grid.words_at(*grid.middle_of(4, 2, 2).toTuple()).startswith("4 · row 2, column 2")
    grid.setFocus()
    QTest.keyClick(grid, Qt.Key.Key_Right)
    assert grid.zoomed == 5
    QTest.keyClick(grid, Qt.Key.Key_Escape)
    assert grid.zoomed == -1
    QTest.keyClick(grid, Qt.Key.Key_Return)
    assert grid.zoomed == 5


def test_sorted_maps_begin_with_the_strongest(viewer):
    QTest.mouseClick(viewer.ordered, LEFT, pos=viewer.ordered.rect().center() / 2)
    viewer.ordered.setChecked(True)
    strengths = np.abs(values_of(viewer)).mean(axis=(0, 1))
    assert list(viewer.maps.order) == list(np.argsort(-strengths, kind="stable"))


def test_a_hidden_viewer_wishes_nothing(window, qtbot, viewer, monkeypatch):
    asked = []
    watch = window.studio.watch
    monkeypatch.setattr(window.studio, "watch", lambda w, n="": (asked.append((n, w)), watch(w, n)))
    window.show_tab(window.log)
    assert asked == [("activations", None)]
    click_card(window, "conv2")
    assert len(asked) == 1
    open_viewer(window, qtbot, "activations")
    assert asked[-1][1].outputs == ("conv2",)


def test_an_edit_is_followed_and_a_running_training_is_told_apart(window, qtbot, viewer):
    window.edits.make(SetParam("conv1", "filters", 5))
    qtbot.waitUntil(lambda: viewer.maps.grid.count == 5, timeout=LONG_MS)
    window.edits.make(SetSetting("epochs", 3000))
    window.actions_by_name["train"].trigger()
    step = lambda: viewer._answer.step  # noqa: E731
    qtbot.waitUntil(lambda: step() > 0, timeout=LONG_MS)
    assert viewer.isVisible()
    assert not viewer.note.isVisible()
    window.edits.make(SetParam("conv1", "filters", 7))
    qtbot.waitUntil(viewer.note.isVisible, timeout=LONG_MS)
    assert viewer.maps.grid.count == 5
    window.actions_by_name["stop"].trigger()
    qtbot.waitUntil(lambda: viewer.maps.grid.count == 7, timeout=LONG_MS)


def test_every_viewer_is_reached_with_a_key(window, qtbot):
    for letter, name in zip("67890B", window.viewers.viewers, strict=True):
        QTest.keyClick(window, Qt.Key(ord(letter)), Qt.KeyboardModifier.AltModifier)
        qtbot.waitUntil(window.viewers.viewers[name].isVisible)


def test_the_inspect_workspace_stands_beside_the_network(window, qtbot, viewer):
    before = viewer.maps.width() * viewer.maps.height()
    QTest.keyClick(window, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.tabs.x() + window.docks.bottom.x() > 100)
    assert window.docks.workspace == "inspect"
    assert viewer.isVisible()
    qtbot.waitUntil(lambda: viewer.maps.width() * viewer.maps.height() > before)
    QTest.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert window.docks.workspace == "train_space"


def test_pictures_and_numbers_are_saved(viewer, tmp_path):
    for kind in ("png", "svg", "csv"):
        viewer.save_to(tmp_path / f"maps.{kind}")
    assert (tmp_path / "maps.png").read_bytes().startswith(b"\x89PNG")
    assert b"<svg" in (tmp_path / "maps.svg").read_bytes()
    lines = (tmp_path / "maps.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "row,column,channel,value"
    assert len(lines) == 1 + 8 * 8 * 6


def test_without_data_every_viewer_says_what_to_do(open_window, qtbot):
    window = open_window(make_template("empty"))
    for name in window.viewers.viewers:
        viewer = open_viewer(window, qtbot, name)
        assert viewer.said == NO_DATA, name


def test_a_viewer_that_fails_says_so_alone(window, qtbot, viewer, monkeypatch):
    def fail(answer):
        raise RuntimeError("broken picture")

    monkeypatch.setattr(viewer, "show_answer", fail)
    click_card(window, "conv2")
    qtbot.waitUntil(lambda: viewer.said == BROKEN, timeout=LONG_MS)
    other = open_viewer(window, qtbot, "filters")
    qtbot.waitUntil(lambda: other.grid.count == 96, timeout=LONG_MS)
