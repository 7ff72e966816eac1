"""Choosing what to learn from."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from nnstudio.data.sources import BuiltIn, Csv, Drawn
from nnstudio.gui.data_dialog import DataDialog
from tests.gui.hands import retype

TABLE = "length;width;note;kind\n" + "\n".join(
    f"{i % 7},5;{i % 5};{'a' if i % 2 else 'b'};{'cat' if i % 3 else 'dog'}" for i in range(40)
)


@pytest.fixture
def dialog(window):
    made = DataDialog(window.edits, window.theme, window.poller, window)
    made.show()
    return made


def choose(dialog, kind):
    dialog.kinds.setCurrentRow(list(dialog.pages).index(kind))
    return dialog.page


def test_it_opens_on_the_data_that_the_project_has(dialog):
    assert dialog.page.kind == "built-in"
    assert dialog.page.source() == BuiltIn(name="digits")


def test_drawn_points_become_the_data_in_one_undoable_step(dialog, window, qtbot):
    page = choose(dialog, "drawn")
    retype(page.form.field("samples").control, "200")
    QTest.mouseClick(dialog.use, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: isinstance(window.studio.project.data, Drawn), timeout=10_000)
    assert window.studio.signature.input.shape == (2,)
    assert window.studio.inference.problems
    assert window.stack.undoText() == "Data: spirals"
    window.stack.undo()
    assert window.studio.project.data == BuiltIn(name="digits")
    assert not window.studio.inference.problems


def test_a_combination_that_does_not_fit_is_explained(dialog):
    page = choose(dialog, "drawn")
    assert page.submit("shape", "moons") == ""
    assert "always have two classes" in page.submit("classes", 3)


def test_a_missing_file_is_asked_for(dialog):
    choose(dialog, "npz")
    QTest.mouseClick(dialog.use, Qt.MouseButton.LeftButton)
    assert dialog.said.text() == "Choose the path first."


def test_a_table_shows_its_columns_and_guessed_roles(dialog, tmp_path):
    path = tmp_path / "animals.csv"
    path.write_text(TABLE)
    dialog.offer_file(path)
    page = dialog.page
    assert page.kind == "csv"
    roles = {column.name: column.role for column in page.source().columns}
    assert roles["kind"] == "class"
    assert roles["note"] == "word"
    assert page.table.rowCount() == 4
    assert "to predict: kind" in page.note.text()


def test_another_class_column_takes_the_place_of_the_first(dialog, tmp_path):
    path = tmp_path / "animals.csv"
    path.write_text(TABLE)
    dialog.offer_file(path)
    dialog.page.set_role(2, "class")
    source = dialog.page.source()
    assert isinstance(source, Csv)
    assert source.targets == ("note",)


def test_a_table_is_read_and_used(dialog, window, qtbot, tmp_path):
    path = tmp_path / "animals.csv"
    path.write_text(TABLE)
    dialog.offer_file(path)
    QTest.mouseClick(dialog.use, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: isinstance(window.studio.project.data, Csv), timeout=10_000)
    assert window.studio.signature.target.names == ("cat", "dog")


def test_a_file_that_cannot_be_read_is_explained_and_changes_nothing(
    dialog, window, qtbot, tmp_path
):
    path = tmp_path / "x.npz"
    path.write_bytes(b"no zip")
    choose(dialog, "npz")
    dialog.page.show_path(path)
    QTest.mouseClick(dialog.use, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "x.npz" in dialog.said.text(), timeout=10_000)
    assert window.studio.project.data == BuiltIn(name="digits")
    assert dialog.use.isEnabled()


def test_the_size_of_a_download_is_shown_before_it_begins(dialog):
    page = choose(dialog, "public")
    assert "MB will be downloaded when you press the button" in page.note.text()
    assert dialog.use.text() == "Download and use"


def test_unknown_files_are_refused_in_words(dialog, tmp_path):
    dialog.offer_file(tmp_path / "song.mp3")
    assert "“song.mp3” is not data the studio reads" in dialog.said.text()
