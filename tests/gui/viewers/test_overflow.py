"""Numbers that are not finite, as behind an overflow, are shown or told, and break no viewer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nnstudio.gui.viewers.shading import NOT_A_NUMBER
from nnstudio.train.watch import Updates
from tests.gui.hands import click_card
from tests.gui.viewers.eyes import LONG_MS, open_viewer

ARRAYS = ("outputs", "gradients", "weights", "weight_gradients")
NAMES = ("activations", "filters", "gradients", "confusion", "predictions")


def spoilt(answer, value):
    """Give the same answer with all numbers replaced."""
    changed = {
        name: {
            key: np.full(one.shape, value, one.dtype) for key, one in getattr(answer, name).items()
        }
        for name in ARRAYS
    }
    for name in ("scores", "losses"):
        known = getattr(answer, name)
        changed[name] = None if known is None else np.full(known.shape, value, known.dtype)
    ratios = {"conv1/weight": value, "fc1/weight": 0.0}
    return replace(answer, updates=Updates(3, ratios, ratios), **changed)


@pytest.mark.parametrize("name", NAMES)
def test_no_viewer_breaks(window, qtbot, monkeypatch, name):
    click_card(window, "conv1")
    viewer = window.viewers.viewers[name]
    taken = []
    show = viewer.show_answer
    monkeypatch.setattr(viewer, "show_answer", lambda one: (taken.append(one), show(one)))
    open_viewer(window, qtbot, name)
    qtbot.waitUntil(lambda: bool(taken), timeout=LONG_MS)
    for value in (np.nan, np.inf, 3e38, 0.0):
        viewer.take(spoilt(taken[-1], value))
        viewer.grab()
        assert isinstance(viewer.table(), list)
    assert viewer.caption.text()


def test_maps_mark_what_is_not_finite(window, qtbot):
    click_card(window, "conv1")
    viewer = open_viewer(window, qtbot, "activations")
    qtbot.waitUntil(lambda: viewer.maps.grid.count == 6, timeout=LONG_MS)
    viewer.take(spoilt(viewer._answer, np.nan))
    assert viewer.maps.grid._image.pixel(2, 2) == NOT_A_NUMBER
    at = viewer.maps.grid.middle_of(1, 2, 2)
    assert "nan" in viewer.maps.grid.words_at(at.x(), at.y())


def test_scores_that_are_not_finite_have_no_confusion(window, qtbot):
    viewer = open_viewer(window, qtbot, "confusion")
    qtbot.waitUntil(lambda: viewer.counts.sum() > 1, timeout=LONG_MS)
    viewer.take(spoilt(viewer.answer, np.nan))
    assert "not finite" in viewer.said
