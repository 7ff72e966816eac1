"""Facts about the timeline, frozen layers, new seeds and settings changed while it trains."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from nnstudio.gui.window import Window
from nnstudio.project.edits import SetSetting
from nnstudio.train.live import Change
from nnstudio.train.watch import Watch
from tests.gui.conftest import Open
from tests.gui.examples import lenet
from tests.gui.hands import click_card

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def trained(open_window: Open, qtbot: QtBot) -> Window:
    window = open_window(lenet(epochs=3))
    window.actions_by_name["train"].trigger()
    qtbot.waitUntil(lambda: len(window.studio.project.runs) == 1, timeout=90_000)
    qtbot.waitUntil(window.timeline.isVisible)
    return window


def test_keys_move_through_the_moments_and_viewers_follow(trained: Window, qtbot: QtBot) -> None:
    timeline, studio = trained.timeline, trained.studio
    assert timeline.label.text() == "now"
    assert not timeline.branch.isEnabled()
    answers = []
    trained.poller.watched.connect(lambda found: answers.extend(
        answer for name, answer in found.items() if name == "test"
    ))  # fmt: skip
    studio.watch(Watch(weights=("conv1",)), "test")
    timeline.slider.setFocus()
    QTest.keyClick(timeline.slider, Qt.Key.Key_Left)
    marks = studio.snapshots
    assert studio.moment == marks[-1].step
    QTest.keyClick(timeline.slider, Qt.Key.Key_Home)
    assert studio.moment == 0
    assert timeline.label.text() == "step 0 · epoch 0"
    qtbot.waitUntil(lambda: any(a.origin == "moment" and a.step == 0 for a in answers))
    answer = next(a for a in answers if a.origin == "moment" and a.step == 0)
    initial = studio.project.runs[0].initial["conv1/weight"]
    assert np.array_equal(answer.weights["conv1/weight"], initial)
    QTest.mouseClick(timeline.now, LEFT)
    assert studio.moment is None
    assert timeline.label.text() == "now"


def test_the_film_runs_to_now(trained: Window, qtbot: QtBot) -> None:
    timeline = trained.timeline
    QTest.mouseClick(timeline.play, LEFT)
    assert trained.studio.moment == 0
    qtbot.waitUntil(lambda: trained.studio.moment not in (0, None))
    timeline.slider.setValue(timeline.slider.maximum() - 1)
    qtbot.waitUntil(lambda: trained.studio.moment is None)
    assert not timeline.play.isChecked()


def test_a_branch_begins_at_the_moment_and_equals_the_original(
    trained: Window, qtbot: QtBot
) -> None:
    timeline, studio = trained.timeline, trained.studio
    timeline.slider.setValue(len(studio.snapshots) // 2)
    step = studio.moment
    QTest.mouseClick(timeline.branch, LEFT)
    assert studio.moment is None
    qtbot.waitUntil(lambda: len(studio.project.runs) == 2, timeout=90_000)
    first, second = studio.project.runs
    assert second.parent == ("run1", step)
    assert all(np.array_equal(first.weights[key], second.weights[key]) for key in first.weights)


def test_a_new_seed_is_one_step_and_goes_back_to_the_start(trained: Window, qtbot: QtBot) -> None:
    seed = trained.studio.project.settings.seed
    trained.actions_by_name["new_seed"].trigger()
    assert trained.studio.project.settings.seed == seed + 1
    assert trained.studio.snapshots == ()
    qtbot.waitUntil(lambda: not trained.timeline.isVisible())
    trained.stack.undo()
    assert trained.studio.project.settings.seed == seed


def test_settings_and_frozen_layers_change_while_it_waits(open_window: Open, qtbot: QtBot) -> None:
    window = open_window(lenet(epochs=2))
    studio = window.studio
    window.actions_by_name["step"].trigger()
    train = window.actions_by_name["train"]
    qtbot.waitUntil(lambda: train.text() == "&Continue" and train.isEnabled(), timeout=90_000)
    window.edits.make_or_tell(SetSetting("learning_rate", 0.004))
    click_card(window, "conv1")
    window.actions_by_name["freeze"].trigger()
    assert window.stack.undoText() == "Freeze conv1"
    train.trigger()
    qtbot.waitUntil(lambda: len(studio.project.runs) == 1, timeout=90_000)
    run = studio.project.runs[0]
    assert run.changes == (Change(1, "learning_rate", 0.004), Change(1, "frozen", ["conv1"]))
    assert "From step 2 on: learning rate 0.001 → 0.004." in window.log.text()
    window.actions_by_name["freeze"].trigger()
    assert studio.project.settings.frozen == ()
