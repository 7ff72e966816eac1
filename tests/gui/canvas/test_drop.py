"""Dropping layers from the palette, and files."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QGuiApplication,
)

from nnstudio.graph.edits import AddNode, Group
from nnstudio.gui.canvas import LAYER_MIME
from tests.gui.canvas.conftest import LEFT, NONE, Bench

COPY = Qt.DropAction.CopyAction


def dragged(kind: str) -> QMimeData:
    data = QMimeData()
    data.setData(LAYER_MIME, kind.encode())
    return data


def enter(bench: Bench, data: QMimeData, at: QPoint) -> bool:
    event = QDragEnterEvent(at, COPY, data, LEFT, NONE)
    QGuiApplication.sendEvent(bench.canvas.viewport(), event)
    return event.isAccepted()


def move(bench: Bench, data: QMimeData, at: QPoint) -> None:
    event = QDragMoveEvent(at, COPY, data, LEFT, NONE)
    QGuiApplication.sendEvent(bench.canvas.viewport(), event)


def drop(bench: Bench, data: QMimeData, at: QPoint) -> None:
    event = QDropEvent(QPointF(at), COPY, data, LEFT, NONE)
    QGuiApplication.sendEvent(bench.canvas.viewport(), event)


def test_a_dropped_layer_is_added_under_the_pointer(bench: Bench) -> None:
    data, at = dragged("relu"), bench.at(400, 320)
    assert enter(bench, data, at)
    move(bench, data, at)
    assert bench.canvas.stage.ghost_card is not None
    drop(bench, data, at)
    (edit,) = bench.edits
    assert isinstance(edit, AddNode)
    assert bench.canvas.drawing.cards[edit.node.id].rect.contains(400, 320)
    assert bench.canvas.selection == (edit.node.id,)
    assert bench.canvas.stage.ghost_card is None


def test_a_layer_dropped_on_a_link_is_spliced_in(bench: Bench) -> None:
    data, at = dragged("relu"), bench.link("conv1", "pool1")
    enter(bench, data, at)
    move(bench, data, at)
    assert bench.canvas.stage.splice is not None
    drop(bench, data, at)
    (edit,) = bench.edits
    assert isinstance(edit, Group)
    (new,) = bench.canvas.selection
    assert [e.src.node for e in bench.graph.incoming(new)] == ["conv1"]
    assert [e.dst.node for e in bench.graph.outgoing(new)] == ["pool1"]


def test_a_layer_without_input_is_not_spliced(bench: Bench) -> None:
    data, at = dragged("input"), bench.link("conv1", "pool1")
    enter(bench, data, at)
    drop(bench, data, at)
    (edit,) = bench.edits
    assert isinstance(edit, AddNode)


def test_leaving_takes_the_ghost_away(bench: Bench) -> None:
    data = dragged("relu")
    enter(bench, data, bench.at(0, 300))
    move(bench, data, bench.at(0, 300))
    QGuiApplication.sendEvent(bench.canvas.viewport(), QDragLeaveEvent())
    assert bench.canvas.stage.ghost_card is None


def test_unknown_layers_are_not_taken(bench: Bench) -> None:
    assert not enter(bench, dragged("no such layer"), bench.at(0, 300))


def test_files_are_handed_on(bench: Bench, tmp_path: Path) -> None:
    files: list[list[Path]] = []
    bench.canvas.files_dropped.connect(files.append)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "a.nns"))])
    assert enter(bench, data, bench.at(0, 300))
    drop(bench, data, bench.at(0, 300))
    assert files == [[tmp_path / "a.nns"]]
    assert bench.edits == []
