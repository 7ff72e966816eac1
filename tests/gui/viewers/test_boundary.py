"""The Boundary tab equals what the network says of the plane, and its points can be chosen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from nnstudio.gui.viewers.boundary import SIDE, class_colours
from nnstudio.project.templates import make_template
from nnstudio.train.evaluate import Predictor
from tests.gui.viewers.eyes import LONG_MS, open_viewer


@pytest.fixture
def trained(open_window, qtbot):
    project = make_template("spirals-mlp")
    settings = project.settings.model_copy(update={"epochs": 8})
    window = open_window(replace(project, settings=settings), (1440, 900))
    window.studio.train()
    qtbot.waitUntil(lambda: len(window.studio.project.runs) == 1, timeout=LONG_MS)
    viewer = open_viewer(window, qtbot, "boundary")
    qtbot.waitUntil(lambda: viewer.values.size > 0, timeout=LONG_MS)
    return window, viewer


def test_every_point_of_the_plane_has_the_networks_probabilities(trained):
    window, viewer = trained
    run = window.studio.project.runs[-1]
    scaler = viewer.focus.data.scaler
    grid, area = viewer._grid(viewer.focus)
    with Predictor(run.graph, viewer.focus.signature, run.weights) as predictor:
        expected = predictor.probabilities(scaler.apply(grid))
    np.testing.assert_allclose(viewer.values, expected, atol=1e-5)
    assert viewer.values.shape == (SIDE * SIDE, 2)
    points = viewer.focus.samples("train", range(viewer.focus.size("train")))
    assert all(area.contains(float(x), float(y)) for x, y in points)


def test_the_picture_has_the_colour_of_the_likelier_class(trained):
    _, viewer = trained
    colours = viewer._of_answer(viewer._answer).reshape(-1, 3).astype(float)
    pure = class_colours(2)
    sure = viewer.values.max(axis=1) > 0.9
    assert sure.any()
    nearer = np.linalg.norm(colours[:, None] - pure[None], axis=2).argmin(axis=1)
    np.testing.assert_array_equal(nearer[sure], viewer.values.argmax(axis=1)[sure])


def test_one_unit_of_a_layer_shows_its_activation(trained, qtbot):
    window, viewer = trained
    window.canvas.select(
        (next(n.id for n in window.studio.graph.nodes.values() if n.kind == "dense"),)
    )
    viewer.what.setCurrentIndex(1)
    qtbot.waitUntil(lambda: viewer.values.shape == (SIDE * SIDE,), timeout=LONG_MS)
    outputs = viewer._answer.outputs[viewer.focus.node]
    np.testing.assert_array_equal(viewer.values, outputs[:, 0])
    viewer.unit.setValue(1)
    np.testing.assert_array_equal(viewer.values, outputs[:, 1])
    assert "unit 1" in viewer.caption.text()


def test_a_click_on_a_point_chooses_its_sample(trained, qtbot):
    window, viewer = trained
    plot = viewer._plane.plot
    points = viewer.focus.samples(viewer.focus.part, range(viewer.focus.size(viewer.focus.part)))
    alone = int(np.argmax([np.sort(np.linalg.norm(points - one, axis=1))[1] for one in points]))
    view = plot.getPlotItem().vb
    at = plot.mapFromScene(view.mapViewToScene(QPointF(*map(float, points[alone]))))
    QTest.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=at)
    qtbot.waitUntil(lambda: window.viewers.focus.sample == alone)


def test_other_data_is_told_what_the_tab_is_for(window, qtbot):
    viewer = open_viewer(window, qtbot, "boundary")
    assert "two inputs" in viewer.said
    assert window.studio is not None


def test_the_numbers_can_be_saved(trained, tmp_path):
    _, viewer = trained
    viewer.save_to(tmp_path / "plane.csv")
    lines = (tmp_path / "plane.csv").read_text().splitlines()
    assert lines[0] == 'x1,x2,"class 1","class 2"'
    assert len(lines) == SIDE * SIDE + 1
    viewer.save_to(tmp_path / "plane.png")
    assert (tmp_path / "plane.png").stat().st_size > 1000
