"""Notes and frames: added, written, moved with their cards, coloured, saved in pictures, undone."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QPlainTextEdit

from nnstudio.graph.edits import SetNotes
from nnstudio.graph.model import Graph
from nnstudio.graph.notes import Note
from nnstudio.gui.canvas.export import save_picture
from tests.gui.canvas.conftest import Bench

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
TEXT = Note("note1", "Hello", (0.0, 420.0, 170.0, 84.0))


def field(bench: Bench) -> QPlainTextEdit:
    found = bench.canvas.viewport().findChild(QPlainTextEdit, "note-field")
    assert isinstance(found, QPlainTextEdit)
    return found


def noted(bench: Bench, *notes: Note) -> Graph:
    graph = SetNotes(notes, "Add").apply(bench.graph)[0]
    bench.show(graph)
    bench.canvas.commands.fit()
    return graph


def test_n_adds_a_note_and_begins_to_write(bench: Bench) -> None:
    bench.type("n")
    QTest.keyClicks(field(bench), "why d?")
    QTest.keyClick(field(bench), Qt.Key.Key_Return, CTRL)
    (note,) = bench.graph.notes
    assert (note.text, note.frame) == ("why d?", False)
    assert len(bench.graph.nodes) == 10  # no letter added a layer
    assert bench.titles() == ["Add a note", "Write a note"]


def test_escape_keeps_the_old_text(bench: Bench) -> None:
    noted(bench, TEXT)
    QTest.mouseDClick(bench.canvas.viewport(), Qt.MouseButton.LeftButton, pos=bench.at(60, 460))
    QTest.keyClicks(field(bench), "other")
    QTest.keyClick(field(bench), Qt.Key.Key_Escape)
    assert bench.graph.notes == (TEXT,)


def test_escape_loses_nothing_that_was_written_on_a_new_note(bench: Bench) -> None:
    bench.type("n")
    QTest.keyClicks(field(bench), "for the class")
    QTest.keyClick(field(bench), Qt.Key.Key_Escape)
    (note,) = bench.graph.notes
    assert note.text == "for the class"


def test_a_frame_holds_the_selection_and_moves_it(bench: Bench) -> None:
    bench.canvas.select(("conv1", "pool1"))
    bench.key(Qt.Key.Key_N, SHIFT)
    QTest.keyClicks(field(bench), "features")
    QTest.keyClick(field(bench), Qt.Key.Key_Return)
    (frame,) = bench.graph.notes
    assert (frame.text, frame.frame) == ("features", True)
    before = {one: bench.graph.nodes[one].pos for one in bench.graph.nodes}
    x, y, *_ = frame.area
    bench.drag(bench.at(x + 60, y + 12), bench.at(x + 60, y + 12) + QPoint(0, -40))
    moved = {one for one, pos in before.items() if bench.graph.nodes[one].pos != pos}
    assert moved == {"conv1", "pool1"}
    shift = bench.graph.notes[0].area[1] - y
    assert shift < -10
    assert abs(bench.graph.nodes["conv1"].pos[1] - before["conv1"][1] - shift) < 0.2
    assert bench.titles()[-1] == "Move the frame"


def test_inside_of_a_frame_belongs_to_the_cards(bench: Bench) -> None:
    noted(bench, Note("note1", "", (-40.0, -60.0, 500.0, 200.0), "blue", frame=True))
    bench.click(bench.card("conv1"))
    assert bench.canvas.selection == ("conv1",)
    hit = bench.canvas.stage.hit(160.0, 100.0, 1.0)
    assert hit.note == ""


def test_the_corner_makes_a_note_larger(bench: Bench) -> None:
    noted(bench, TEXT)
    corner = bench.at(166, 500)
    bench.drag(corner, corner + QPoint(60, 30))
    (note,) = bench.graph.notes
    assert note.area[:2] == TEXT.area[:2]
    assert note.area[2] > 200
    assert bench.titles() == ["Resize the note"]


def test_notes_are_reached_moved_renamed_and_deleted_by_keys(bench: Bench) -> None:
    noted(bench, TEXT)
    bench.canvas.select(("loss",))
    bench.key(Qt.Key.Key_Tab)
    assert bench.canvas.stage.selected_notes == {"note1"}
    assert bench.canvas.selection == ()
    assert "Note: Hello" in bench.canvas.accessibleDescription()
    bench.key(Qt.Key.Key_Right, CTRL)
    assert bench.graph.notes[0].area[0] == 10.0
    bench.key(Qt.Key.Key_F2)
    QTest.keyClicks(field(bench), "bye")
    QTest.keyClick(field(bench), Qt.Key.Key_Return, CTRL)
    assert bench.graph.notes[0].text == "bye"
    bench.key(Qt.Key.Key_Delete)
    assert bench.graph.notes == ()
    assert len(bench.graph.nodes) == 10


def test_tidying_takes_frames_along(bench: Bench) -> None:
    bench.canvas.select(("fc1", "fc2"))
    bench.canvas.commands.notes.frame()
    QTest.keyClick(field(bench), Qt.Key.Key_Escape)
    bench.key(Qt.Key.Key_L, CTRL)
    (frame,) = bench.graph.notes
    for one in ("fc1", "fc2"):
        card = bench.canvas.drawing.cards[one]
        assert frame.holds(card.x, card.y, 140.0, card.height)


def test_a_menu_colours_a_note(bench: Bench) -> None:
    noted(bench, TEXT)
    menu = QMenu()
    bench.canvas.commands.notes.fill_menu(menu, "note1")
    colours = next(action.menu() for action in menu.actions() if action.text() == "Colour")
    next(one for one in colours.actions() if one.text() == "Green").trigger()
    assert bench.graph.notes[0].colour == "green"
    menu.deleteLater()


def test_notes_are_in_pictures(bench: Bench, tmp_path: Path) -> None:
    save_picture(bench.canvas, tmp_path / "before.svg")
    noted(bench, TEXT)
    save_picture(bench.canvas, tmp_path / "after.svg")
    assert "Hello" not in (tmp_path / "before.svg").read_text()
    assert "Hello" in (tmp_path / "after.svg").read_text()
    QGuiApplication.processEvents()
