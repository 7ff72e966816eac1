"""Cards live while the network trains, only those that can be seen, and only if it is wished."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.gui.theme import DARK
from nnstudio.gui.viewers.card_pictures import HEIGHT_PX, WIDTH_PX, bars, card_picture, strip
from nnstudio.gui.viewers.shading import NOT_A_NUMBER, scale_of, shaded
from nnstudio.project.edits import SetSetting
from tests.gui.viewers.eyes import LONG_MS

CARDS = ("input", "conv1", "pool1", "conv2", "pool2", "flatten1", "fc1", "fc2")


@pytest.fixture
def asked(window, monkeypatch):
    """Hear what the cards wish."""
    heard = []
    watch = window.studio.watch

    def spy(wish, viewer=""):
        if viewer == "cards":
            heard.append(wish)
        watch(wish, viewer)

    monkeypatch.setattr(window.studio, "watch", spy)
    return heard


@pytest.fixture
def training(window, qtbot, asked):
    window.canvas.commands.zoom_reset()
    window.edits.make(SetSetting("epochs", 3000))
    window.actions_by_name["train"].trigger()
    cards = window.canvas.drawing.cards
    qtbot.waitUntil(lambda: cards["conv1"].picture is not None, timeout=LONG_MS)
    yield window
    window.actions_by_name["stop"].trigger()
    qtbot.waitUntil(lambda: window.studio.run_state == "stopped", timeout=LONG_MS)


def test_visible_cards_get_pictures_that_follow_the_weights(training, qtbot, asked):
    cards = training.canvas.drawing.cards
    assert set(asked[-1].outputs) <= set(CARDS)
    for name in asked[-1].outputs:
        assert cards[name].picture.height() == HEIGHT_PX, name
    assert cards["loss"].picture is None
    before = cards["fc2"].picture
    qtbot.waitUntil(lambda: cards["fc2"].picture != before, timeout=LONG_MS)


def test_the_action_switches_them_off_and_on(training, qtbot, asked):
    action = training.actions_by_name["living_cards"]
    action.trigger()
    assert asked[-1] is None
    assert all(card.picture is None for card in training.canvas.drawing.cards.values())
    action.trigger()
    qtbot.waitUntil(
        lambda: training.canvas.drawing.cards["conv1"].picture is not None, timeout=LONG_MS
    )


def test_a_canvas_seen_from_afar_wishes_nothing(training, qtbot, asked):
    for _ in range(12):
        training.canvas.commands.zoom_out()
    qtbot.waitUntil(lambda: asked[-1] is None, timeout=LONG_MS)


def test_an_idle_network_is_not_looked_at(window, qtbot, asked):
    qtbot.wait(400)
    assert asked == []
    assert all(card.picture is None for card in window.canvas.drawing.cards.values())


def test_a_strip_shows_the_first_maps_on_one_scale():
    maps = np.random.default_rng(1).normal(size=(9, 6, 6)).astype(np.float32)
    drawn = strip(maps, DARK, "signed")
    assert drawn.shape[0] == HEIGHT_PX
    count = (drawn.shape[1] + 4) // 40
    for number in range(count):
        assert drawn[0, 40 * number] == shaded(
            maps[number, 0, 0], scale_of(maps[:count], "signed"), dark=True
        )


def test_bars_stand_on_zero_and_survive_what_is_not_finite():
    drawn = bars(np.array([1.0, -1.0]), DARK)
    assert drawn.shape == (HEIGHT_PX, WIDTH_PX)
    ground = drawn[0, -1]
    assert drawn[2, 5] != ground
    assert drawn[-3, 5] == ground
    assert drawn[-3, WIDTH_PX - 5] != ground
    assert (bars(np.full(3, np.nan), DARK) == ground).all()
    assert len(np.unique(bars(np.random.default_rng(0).normal(size=500), DARK))) == 2
    broken = np.full((4, 4, 1), np.inf)
    assert card_picture(broken, DARK).pixel(3, 3) == NOT_A_NUMBER
