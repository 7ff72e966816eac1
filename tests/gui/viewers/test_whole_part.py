"""Confusion and Predictions count what PyTorch counts, and lead from a cell to activations."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from nnstudio.gui.viewers.predictions import worst_first
from nnstudio.gui.viewers.whole_part import verdicts
from nnstudio.project.templates import make_template
from nnstudio.train.watch import Watch
from tests.gui.hands import LEFT
from tests.gui.viewers.eyes import LONG_MS, looked, open_viewer

LAYERS = ("conv1", "conv2", "fc1", "fc2")


@pytest.fixture
def confusion(window, qtbot):
    made = open_viewer(window, qtbot, "confusion")
    qtbot.waitUntil(lambda: made.counts.sum() > 1, timeout=LONG_MS)
    return made


@pytest.fixture
def predictions(window, qtbot):
    made = open_viewer(window, qtbot, "predictions")
    qtbot.waitUntil(lambda: len(made.order) > 1, timeout=LONG_MS)
    return made


def scores_by_pytorch(window, qtbot, part):
    """Give scores (n, 10) and losses (n,) worked out from the same weights."""
    torch = pytest.importorskip("torch")
    arrays = looked(window, qtbot, Watch(weights=LAYERS)).weights
    arrays = {key: torch.tensor(one) for key, one in arrays.items()}
    bends = {
        one: torch.relu
        if window.studio.graph.nodes[one].params.activation == "relu"
        else torch.clone
        for one in LAYERS
    }
    x = torch.tensor(part.samples(slice(0, part.size))).permute(0, 3, 1, 2)
    for layer in ("conv1", "conv2"):
        kernel = arrays[f"{layer}/weight"].permute(3, 2, 0, 1)
        x = torch.nn.functional.conv2d(x, kernel, arrays[f"{layer}/bias"], padding=1)
        x = torch.nn.functional.max_pool2d(bends[layer](x), 2)
    x = x.permute(0, 2, 3, 1).reshape(part.size, -1)
    x = bends["fc1"](x @ arrays["fc1/weight"] + arrays["fc1/bias"])
    scores = x @ arrays["fc2/weight"] + arrays["fc2/bias"]
    losses = torch.nn.functional.cross_entropy(scores, torch.tensor(part.y), reduction="none")
    return scores.numpy(), losses.numpy()


def test_counts_are_those_of_pytorch_before_and_after_training(window, qtbot, confusion):
    part = window.studio.prepared.valid
    for trained in (False, True):
        if trained:
            before = confusion.counts
            window.actions_by_name["train"].trigger()
            qtbot.waitUntil(lambda: window.studio.run_state == "finished", timeout=LONG_MS)
            qtbot.waitUntil(lambda: confusion.answer.origin == "run", timeout=LONG_MS)
            assert np.trace(confusion.counts) > np.trace(before)
        scores, _ = scores_by_pytorch(window, qtbot, part)
        wanted = np.zeros((10, 10), np.int64)
        np.add.at(wanted, (part.y, scores.argmax(axis=1)), 1)
        np.testing.assert_array_equal(confusion.counts, wanted)
        assert confusion.table()[1] == ",".join(['"0"', *map(str, wanted[0])])


def test_a_cell_leads_to_its_samples_and_these_to_their_activations(window, qtbot, confusion):
    row, column = np.argwhere(confusion.counts - np.diag(np.diag(confusion.counts)))[0]
    at = confusion.cells.rect_of(int(row), int(column)).center().toPoint()
    QTest.mouseClick(confusion.cells, LEFT, pos=at)
    listed = confusion.list.positions
    assert len(listed) == confusion.counts[row, column]
    part = window.studio.prepared.valid
    assert set(part.y[listed]) == {row}
    assert f"taken for {column}" in confusion.heading.text()
    item = confusion.list.visualItemRect(confusion.list.item(0)).center()
    QTest.mouseClick(confusion.list.viewport(), LEFT, pos=item)
    assert (window.viewers.focus.part, window.viewers.focus.sample) == ("valid", listed[0])
    confusion.list.setFocus()
    QTest.keyClick(confusion.list, Qt.Key.Key_Return)
    activations = window.viewers.viewers["activations"]
    qtbot.waitUntil(activations.isVisible)
    qtbot.waitUntil(
        lambda: f"sample {listed[0]}: {row}" in activations.truth.text(), timeout=LONG_MS
    )


def test_cells_are_reached_with_the_keys(qtbot, confusion):
    cells = confusion.cells
    cells.setFocus()
    QTest.keyClick(cells, Qt.Key.Key_Down)
    QTest.keyClick(cells, Qt.Key.Key_Right)
    QTest.keyClick(cells, Qt.Key.Key_Right)
    assert "1, taken for 2" in cells.accessibleDescription()
    QTest.keyClick(cells, Qt.Key.Key_Return)
    assert cells.cell == (1, 2)
    assert len(confusion.list.positions) == confusion.counts[1, 2]
    assert "taken for" in cells.words_of(
        *cells.at(QPoint(*map(int, cells.rect_of(3, 4).center().toTuple())))
    )


def test_another_part_is_counted(window, qtbot, confusion):
    confusion.part.setFocus()
    QTest.keyClick(confusion.part, Qt.Key.Key_Down)
    size = window.studio.prepared.test.size
    qtbot.waitUntil(lambda: confusion.answer.watch.part == "test", timeout=LONG_MS)
    assert confusion.counts.sum() == size


def test_the_worst_comes_first_with_its_probabilities(window, qtbot, predictions):
    part = window.studio.prepared.valid
    scores, losses = scores_by_pytorch(window, qtbot, part)
    shown = losses[predictions.order]
    assert (np.diff(shown) <= 1e-5).all()
    assert predictions.list.positions == list(predictions.order[:100])
    worst = predictions.order[0]
    exps = np.exp(scores[worst] - scores[worst].max())
    np.testing.assert_allclose(predictions.chart.values, exps / exps.sum(), atol=1e-5)
    cells = predictions.table()[1].split(",")
    assert int(cells[0]) == worst
    assert float(cells[2]) == pytest.approx(losses[worst], rel=1e-4)
    raw = window.studio.prepared.scaler.invert(part.samples(np.array([worst])))
    np.testing.assert_array_equal(predictions.sample.grid._maps[0], raw[0, :, :, 0])


def test_right_samples_can_be_left_out(window, qtbot, predictions):
    predictions.only_wrong.setFocus()
    QTest.keyClick(predictions.only_wrong, Qt.Key.Key_Space)
    scores, _ = scores_by_pytorch(window, qtbot, window.studio.prepared.valid)
    wrong = scores.argmax(axis=1) != window.studio.prepared.valid.y
    assert sorted(predictions.order) == list(np.flatnonzero(wrong))
    assert all("✗" in predictions.list.item(row).text() for row in range(predictions.list.count()))


def test_values_are_predicted_in_the_units_of_the_data(open_window, qtbot):
    window = open_window(make_template("regression-mlp"))
    made = open_viewer(window, qtbot, "predictions")
    qtbot.waitUntil(lambda: len(made.order) > 1, timeout=LONG_MS)
    assert "predicted" in made.list.item(0).text()
    other = open_viewer(window, qtbot, "confusion")
    qtbot.waitUntil(lambda: "see Predictions" in other.said, timeout=LONG_MS)


def test_masked_places_and_single_scores_are_counted_right():
    scores = np.array([[[2.0, 1], [0, 1]], [[0, 3], [5, 1]]])
    found = verdicts(scores, np.array([[0, -1], [0, 0]]))
    np.testing.assert_array_equal(found.table(2), [[2, 1], [0, 0]])
    np.testing.assert_array_equal(found.samples_of(0, 1), [1])
    single = verdicts(np.array([[1.0], [-1.0]]), np.array([1, 1]))
    np.testing.assert_array_equal(single.table(2), [[0, 0], [1, 1]])


def test_a_loss_that_is_no_number_is_worst():
    assert list(worst_first(np.array([1.0, np.nan, 3.0]))) == [1, 2, 0]
