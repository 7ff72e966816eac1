"""Undo and redo go through the session, and each step has a name."""

from __future__ import annotations

import time

from nnstudio.graph.edits import SetParam
from nnstudio.gui import undo
from nnstudio.project.edits import SetSetting


def test_undo_takes_an_edit_back_and_redo_makes_it_again(window):
    before = window.studio.graph
    assert window.edits.make(SetParam("fc1", "units", 32)) == ""
    after = window.studio.graph
    window.stack.undo()
    assert window.studio.graph == before
    window.stack.redo()
    assert window.studio.graph == after


def test_the_menu_names_the_step(window):
    window.edits.make(SetParam("fc1", "units", 32))
    assert window.actions_by_name["undo"].text() == "&Undo: fc1 units 64 → 32"


def test_a_drag_is_one_step_with_the_first_and_the_last_value(window):
    before = window.studio.graph
    for units in (65, 66, 70):
        window.edits.make(SetParam("fc1", "units", units))
    assert window.stack.count() == 1
    assert window.stack.undoText() == "fc1 units 64 → 70"
    window.stack.undo()
    assert window.studio.graph == before


def test_the_same_value_later_is_a_step_of_its_own(window, monkeypatch):
    now = time.monotonic()
    window.edits.make(SetParam("fc1", "units", 65))
    monkeypatch.setattr(undo.time, "monotonic", lambda: now + 60)
    window.edits.make(SetParam("fc1", "units", 66))
    assert window.stack.count() == 2


def test_settings_are_undone_like_the_network(window):
    window.edits.make(SetSetting("optimiser.kind", "sgd"))
    window.edits.make(SetSetting("epochs", 5))
    assert window.studio.project.settings.epochs == 5
    window.stack.undo()
    window.stack.undo()
    assert window.studio.project.settings.optimiser.kind == "adam"


def test_a_refused_edit_leaves_no_step(window):
    sentence = window.edits.make(SetParam("fc1", "units", -1))
    assert "units" in sentence
    assert window.stack.count() == 0
    assert not window.studio.dirty
