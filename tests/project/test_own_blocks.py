"""Own blocks are kept, offered, renamed and deleted; what others put there does no harm."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

import nnstudio.layers  # noqa: F401 - makes the layers known
from nnstudio.core.errors import StudioError
from nnstudio.graph.model import Graph, Node, make_node
from nnstudio.project.library import own
from nnstudio.project.library.catalogue import library_node
from nnstudio.project.library.own import OwnBlocks, file_name

STRANGE = ("../../up", "CON", "a/b\\c:d*e?", "Größe 🙂", "x" * 200, ".hidden", "same", "Same")


@pytest.fixture
def mine(tmp_path: Path) -> OwnBlocks:
    return OwnBlocks(tmp_path / "blocks")


def residual() -> Node:
    return library_node("residual", Graph(), (40, 50))


def test_a_kept_block_is_there_in_the_next_session(mine: OwnBlocks) -> None:
    assert mine.all() == {}
    mine.keep(residual(), " My residual ")
    found = OwnBlocks(mine.folder).all()
    assert list(found) == ["My residual"]
    block, before = found["My residual"].block, residual().block
    assert block is not None
    assert before is not None
    assert (block.graph, block.parameters, block.values) == (
        before.graph,
        before.parameters,
        before.values,
    )
    assert block.title == "My residual"


def test_every_name_becomes_a_file_in_the_folder(mine: OwnBlocks) -> None:
    for name in STRANGE:
        mine.keep(residual(), name)
    assert set(mine.all()) == set(STRANGE)
    files = [path.name for path in mine.folder.iterdir()]
    assert len(files) == len(STRANGE) == len({name.lower() for name in files})
    assert all(name.isascii() and len(name) < 64 for name in files)
    assert file_name("CON").startswith("CON-")  # which Windows would refuse alone


@pytest.mark.parametrize("name", ["", "   ", "two\nlines", "x" * 201])
def test_names_that_do_not_fit_are_refused(mine: OwnBlocks, name: str) -> None:
    with pytest.raises(StudioError, match="A name must be one line"):
        mine.keep(residual(), name)
    assert mine.all() == {}


def test_a_taken_name_is_refused_and_the_old_block_stays(mine: OwnBlocks) -> None:
    mine.keep(residual(), "one")
    with pytest.raises(StudioError, match="You have a block 'one' already"):
        mine.keep(library_node("fire", Graph()), "one")
    assert len(mine.all()["one"].block.graph.nodes) == 6  # type: ignore[union-attr]
    with pytest.raises(StudioError, match="is no block"):
        mine.keep(make_node("relu", "r1"), "two")


def test_rename_and_delete(mine: OwnBlocks) -> None:
    mine.keep(residual(), "one")
    mine.keep(residual(), "two")
    mine.rename("one", "three")
    assert list(mine.all()) == ["three", "two"]
    mine.rename("two", "two")
    with pytest.raises(StudioError, match="already"):
        mine.rename("two", "three")
    mine.delete("three")
    assert list(mine.all()) == ["two"]
    for do in (lambda: mine.delete("three"), lambda: mine.rename("three", "x")):
        with pytest.raises(StudioError, match="You have no block 'three' any more"):
            do()


def test_what_another_window_keeps_is_seen(mine: OwnBlocks) -> None:
    mine.keep(residual(), "one")
    assert list(mine.all()) == ["one"]
    OwnBlocks(mine.folder).keep(residual(), "two")
    assert list(mine.all()) == ["one", "two"]
    OwnBlocks(mine.folder).delete("one")
    assert list(mine.all()) == ["two"]


def spoilt() -> dict[str, bytes]:
    good = json.loads(_text())
    plain = {**good, "nodes": [{"id": "a", "kind": "relu"}]}
    return {
        "empty.json": b"",
        "words.json": b"__import__('os').system('touch /tmp/owned')",
        "bytes.json": bytes(range(256)),
        "deep.json": b"[" * 100_000,
        "list.json": b"[1, 2]",
        "layer.json": json.dumps(plain).encode(),
        "two.json": json.dumps({**good, "nodes": good["nodes"] + plain["nodes"]}).encode(),
        "newer.json": json.dumps({**good, "version": 99}).encode(),
        "half.json": _text()[: len(_text()) // 2].encode(),
    }


def _text() -> str:
    from nnstudio.graph.compose import copy_nodes

    card = residual()
    return copy_nodes(Graph({card.id: card}), [card.id])


def test_damaged_and_foreign_files_are_left_out_with_one_sentence_each(
    mine: OwnBlocks, caplog: pytest.LogCaptureFixture
) -> None:
    mine.keep(residual(), "good")
    for name, data in spoilt().items():
        (mine.folder / name).write_bytes(data)
    (mine.folder / "folder.json").mkdir()
    (mine.folder / "readme.txt").write_text("not mine")
    with caplog.at_level(logging.WARNING):
        assert list(mine.all()) == ["good"]
        assert list(mine.all()) == ["good"]
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == len(spoilt()) + 1  # once each
    assert all(line.startswith("The own block '") and "\n" not in line for line in told)


def test_files_that_are_too_large_are_neither_read_nor_written(
    mine: OwnBlocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine.keep(residual(), "one")
    monkeypatch.setattr(own, "MOST_BYTES", 100)
    assert OwnBlocks(mine.folder).all() == {}
    with pytest.raises(StudioError, match="too large to keep"):
        mine.keep(residual(), "two")
    monkeypatch.setattr(own, "MOST_BYTES", 1_000_000)
    monkeypatch.setattr(own, "MOST_BLOCKS", 1)
    with pytest.raises(StudioError, match="delete one first"):
        OwnBlocks(mine.folder).keep(residual(), "two")


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StudioError, match="could not be made"):
        OwnBlocks(tmp_path / "file" / "blocks").keep(residual(), "one")
