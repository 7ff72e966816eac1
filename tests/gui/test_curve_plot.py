"""One plot: what the mouse, the wheel and the keys do, and that it never goes blank."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from nnstudio.core.random import stream
from nnstudio.gui.curves import CurvesPanel
from nnstudio.train.history import History

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
STEPS, PER_EPOCH = 20_000, 1_000


def run(seed: int = 1, steps: int = STEPS) -> History:
    made = History()
    noise = stream(seed, "curve").standard_normal(steps)
    made.add_steps({"loss": np.exp(-np.arange(steps) / steps) + 0.1 * noise})
    for epoch in range(1, steps // PER_EPOCH + 1):
        made.add_epoch({"step": epoch * PER_EPOCH, "valid loss": 1 / epoch})
    return made


@pytest.fixture
def panel(qtbot, theme):
    made = CurvesPanel(theme, lambda *_: None)
    qtbot.addWidget(made)
    made.resize(800, 320)
    made.show()
    return made


@pytest.fixture
def plot(panel):
    panel.show_run(run(), [("Run 1", run(2))], epochs=20, per_epoch=PER_EPOCH)
    found = panel.plot("loss")
    found.grab()
    return found


def wheel(plot, at: QPoint, turn: int, held=NONE) -> None:
    event = QWheelEvent(
        QPointF(at), QPointF(plot.mapToGlobal(at)), QPoint(), QPoint(0, turn),
        Qt.MouseButton.NoButton, held, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(plot, event)


def at_x(plot, x: float) -> QPoint:
    frame = plot.layout_now.frame
    return QPoint(round(float(frame.px(np.array([x]))[0])), 100)


def test_the_band_equals_least_and_greatest_of_what_shows(plot, panel):
    for low, high in ((0.0, 20.0), (3.2, 9.7), (7.0, 7.4)):
        panel.view.show(low, high)
        for line, one in plot.layout_now.lines:
            if line.marks is not None:
                continue
            start = int(one.band.ends[0]) - one.band.width + 1
            stop = int(one.band.ends[-1]) + 1
            assert start <= max(low * PER_EPOCH - 1, 0)
            assert stop >= high * PER_EPOCH
            values = line.series.values()[start:stop]
            assert one.band.low.min() == values.min()
            assert one.band.high.max() == values.max()


def test_hovering_says_the_values_of_all_runs_in_the_history(plot, panel):
    QTest.mouseMove(plot, at_x(plot, 5.0))
    x = panel.view.pointer
    step = round(x * PER_EPOCH) - 1
    found = dict(plot.values_at(x))
    one, other = (line.series.values()[step] for line in plot.scene.lines if line.marks is None)
    assert found["Run 1 train"] == one
    assert found["train"] == other
    epoch = round(x)
    assert found["val"] == found["Run 1 val"] == 1 / epoch
    QTest.mouseMove(plot, QPoint(2, 2))
    assert panel.view.pointer is None


def test_a_run_that_has_ended_before_has_no_value_there(panel):
    panel.show_run(run(), [("short", run(2, 5_000))], epochs=20, per_epoch=PER_EPOCH)
    plot = panel.plot("loss")
    assert "short train" in dict(plot.values_at(4.9))
    assert set(dict(plot.values_at(12.0))) == {"train", "val"}


def test_the_wheel_zooms_at_the_pointer_and_a_double_click_shows_all(plot, panel):
    spot = at_x(plot, 5.0)
    here = plot.layout_now.frame.x_at(spot.x())
    for _ in range(10):
        wheel(plot, spot, 120)
    low, high = panel.view.range
    assert high - low < 5
    assert plot.layout_now.frame.x_at(spot.x()) == pytest.approx(here, abs=0.2)
    QTest.mouseDClick(plot, LEFT, NONE, spot)
    assert panel.view.range == (0.0, 20.0)
    assert panel.view.free


def test_dragging_pans_and_a_click_does_not(plot, panel):
    QTest.mousePress(plot, LEFT, NONE, at_x(plot, 10.0))
    QTest.mouseMove(plot, at_x(plot, 10.0) + QPoint(2, 0))
    QTest.mouseRelease(plot, LEFT, NONE, at_x(plot, 10.0) + QPoint(2, 0))
    assert panel.view.free
    panel.view.show(5, 10)
    frame = plot.layout_now.frame
    QTest.mousePress(plot, LEFT, NONE, at_x(plot, 8.0))
    QTest.mouseMove(plot, at_x(plot, 8.0) - QPoint(50, 0))
    QTest.mouseRelease(plot, LEFT)
    moved = 50 * 5 / (frame.right - frame.left)
    assert panel.view.range == (pytest.approx(5 + moved), pytest.approx(10 + moved))


def test_a_box_zooms_both_axes(plot, panel):
    frame = plot.layout_now.frame
    start, end = QPoint(int(frame.left) + 50, 60), QPoint(int(frame.left) + 150, 120)
    wanted = frame.x_at(start.x()), frame.x_at(end.x())
    QTest.mousePress(plot, LEFT, SHIFT, start)
    QTest.mouseMove(plot, end)
    QTest.mouseRelease(plot, LEFT, SHIFT, end)
    assert panel.view.range == pytest.approx(wanted)
    assert plot.layout_now.frame.y == pytest.approx((frame.y_at(120), frame.y_at(60)))


def test_keys_zoom_pan_read_and_show_all(plot, panel):
    plot.setFocus()
    QTest.keyClick(plot, Qt.Key.Key_Plus)
    low, high = panel.view.range
    assert high - low == pytest.approx(14)
    QTest.keyClick(plot, Qt.Key.Key_Right, CONTROL)
    assert panel.view.range[0] > low
    QTest.keyClick(plot, Qt.Key.Key_Right)
    first = panel.view.pointer
    QTest.keyClick(plot, Qt.Key.Key_Right)
    assert panel.view.pointer > first
    assert "train 0." in plot.accessibleDescription()
    QTest.keyClick(plot, Qt.Key.Key_Escape)
    assert panel.view.pointer is None
    QTest.keyClick(plot, Qt.Key.Key_0)
    assert panel.view.free


def test_no_zoom_loses_the_curves(plot, panel):
    for _ in range(200):
        wheel(plot, at_x(plot, 7.0), 120)
    plot.grab()
    assert plot.layout_now.message == ""
    low, high = panel.view.range
    assert high > low
    panel.view.show(1e9, 2e9)
    low, high = panel.view.range
    assert low <= 20
    plot.grab()
    for _ in range(400):
        wheel(plot, QPoint(5, 100), -120)
        wheel(plot, QPoint(5, 100), 120, SHIFT)
    plot.grab()
    assert np.isfinite(plot.layout_now.frame.y).all()


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize(
    ("values", "says"),
    [([], "No numbers yet"), ([1.0], ""), ([np.nan] * 50, "No finite"), ([0.3] * 50, ""),
     ([0.0] * 50, ""), ([-1e-30, 1e30], ""), ([np.inf, 1.0, -np.inf, 2.0], ""),
     ([1e308, -1e308, 1.0], ""), ([5e-324] * 3, "")],
)  # fmt: skip
def test_odd_series_are_drawn_or_explained(panel, values, says, log):
    made = History()
    made.add_steps({"loss": np.array(values, np.float64)})
    panel.controls.log.setChecked(log)
    panel.show_run(made, epochs=1, per_epoch=max(len(values), 1))
    plot = panel.panes.shown[0].plot
    plot.grab()
    panel.view.point(0.5)
    plot.grab()
    layout = plot.layout_now
    assert layout.message.startswith(says)
    assert bool(layout.message) == bool(says)
    assert layout.frame.y[1] > layout.frame.y[0]


def test_a_run_with_only_epochs_is_drawn(panel):
    made = History()
    for epoch in range(1, 4):
        made.add_epoch({"step": 10.0 * epoch, "train loss": 3 / epoch, "valid loss": 4 / epoch})
    panel.show_run(made, epochs=3)
    shown = {line.part: one.y.tolist() for line, one in panel.plot("loss").layout_now.lines}
    assert shown == {"train": [3.0, 1.5, 1.0], "val": [4.0, 2.0, 4 / 3]}


def test_a_logarithmic_axis_shows_zeros_and_negatives(panel):
    made = History()
    made.add_steps({"loss": np.array([10.0, 1.0, 0.0, -1.0])})
    panel.controls.smooth.setValue(0)
    panel.controls.log.click()
    panel.show_run(made, epochs=1, per_epoch=4)
    layout = panel.plot("loss").layout_now
    heights = layout.frame.py(np.array([10.0, 1.0, 0.0, -1.0]))
    assert np.diff(heights).tolist() == pytest.approx([heights[1] - heights[0]] * 3)
    assert [tick.words for tick in layout.y_ticks if tick.words in ("10", "1", "0", "-1")] == [
        "-1", "0", "1", "10",
    ]  # fmt: skip


def test_smoothing_changes_the_line_but_not_the_band(panel):
    made = History()
    made.add_steps({"loss": np.resize([1.0, 3.0], 100)})
    panel.show_run(made, epochs=1, per_epoch=100)
    plot = panel.plot("loss")
    QApplication.processEvents()
    ((_, smooth),) = plot.layout_now.lines
    panel.controls.smooth.setValue(0)
    ((_, raw),) = plot.layout_now.lines
    assert np.ptp(smooth.y[20:]) < np.ptp(raw.y) == 2.0
    assert smooth.band.high.tolist() == raw.band.high.tolist()


def test_words_at_ends_and_axes_are_whole_and_apart(panel):
    made = History()
    made.add_steps({"loss": np.linspace(9_550_387.7, 9_400_000, 50)})
    others = [(f"A run with a long name {i}", run(i, 3_000)) for i in range(9)]
    for size in ((800, 320), (330, 140)):
        panel.resize(*size)
        for earlier in ([], others):
            panel.show_run(made, earlier, epochs=1, per_epoch=50)
            plot = panel.plot("loss")
            layout = plot.layout_now
            boxes = sorted((label.middle, label.left, label.width) for label in layout.labels)
            assert boxes
            assert all(left + width <= plot.width() for _, left, width in boxes)
            assert all(b[0] - a[0] >= 13.9 for a, b in pairwise(boxes))
            assert all(0 < middle < plot.height() for middle, *_ in boxes)
            assert any(label.text.startswith("train 9.4 M") for label in layout.labels)
            for tick in layout.y_ticks:
                assert tick.words
                assert plot._width(tick.words) < layout.frame.left
                assert layout.frame.y[0] < tick.place < layout.frame.y[1]


def test_an_epoch_that_comes_while_one_draws_takes_no_words_away(panel):
    made = run(1, 2_000)
    panel.show_run(made, epochs=2, per_epoch=PER_EPOCH)
    plot = panel.plot("loss")
    made.epochs["valid loss"].extend([0.25])
    plot.refresh()
    assert "val 0.5" in [label.text for label in plot.layout_now.labels]
