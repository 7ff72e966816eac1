"""Ctrl+K reaches everything by name."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from nnstudio.graph.registry import all_layers
from nnstudio.gui.everything import entries
from nnstudio.gui.field_spec import specs
from nnstudio.project.templates import TEMPLATES
from nnstudio.train.settings import RunSettings
from tests.gui.hands import click_card


def texts(window):
    return [entry.text for entry in entries(window)]


def test_actions_layers_templates_and_settings_are_all_there_once(window):
    found = texts(window)
    assert len(found) == len(set(found))
    assert {f"Add {layer.title}" for layer in all_layers().values()} <= set(found)
    assert sum(text.startswith("New: ") for text in found) == len(TEMPLATES)
    assert sum(text.startswith("Run: ") for text in found) == len(specs(RunSettings))
    assert {"Train", "Select all", "Go to conv1"} <= set(found)


def test_what_needs_a_selection_is_offered_with_one(window):
    assert "Duplicate" not in texts(window)
    click_card(window, "conv1")
    assert {"Duplicate", "conv1: Filters", "Align: left edges"} <= set(texts(window))


def test_a_setting_of_the_run_is_found_and_typed_into(window):
    click_card(window, "conv1")
    window.open_commands()
    QTest.keyClicks(window.commands.field, "learning rate")
    QTest.keyClick(window.commands.field, Qt.Key.Key_Return)
    assert window.canvas.selection == ()
    field = QApplication.focusWidget()
    assert field.accessibleName() == "Learning rate"
    field.selectAll()
    QTest.keyClicks(field, "0.02")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert window.studio.project.settings.learning_rate == 0.02


def test_a_setting_of_the_selected_node_shows_its_value(window):
    click_card(window, "conv1")
    found = {entry.text: entry for entry in entries(window)}
    assert found["conv1: Kernel"].hint == "3 × 3"
    found["conv1: Kernel"].run()
    assert QApplication.focusWidget().accessibleName() == "Kernel"
