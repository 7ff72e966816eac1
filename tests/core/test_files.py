"""Whatever goes wrong while writing, the old file is whole and nothing is left lying about."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from pathlib import Path

import pytest

from nnstudio.core import files
from nnstudio.core.errors import StudioError
from nnstudio.core.files import atomic_write

OLD, NEW = b"the old file", b"the new one" * 1000


@pytest.fixture
def place(tmp_path: Path) -> Path:
    path = tmp_path / "network.nns"
    path.write_bytes(OLD)
    return path


def _fail_with(code):
    def fail(*args, **kwargs):
        raise OSError(code, os.strerror(code))

    return fail


def _write(path: Path, then=lambda file: None) -> None:
    with atomic_write(path) as file:
        file.write(NEW)
        then(file)


def _unharmed(path: Path) -> bool:
    return path.read_bytes() == OLD and [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_file_takes_the_place_of_the_old_one(place):
    with atomic_write(place) as file:
        file.write(NEW)
        assert place.read_bytes() == OLD
        file.seek(0)
        assert file.read() == NEW
    assert place.read_bytes() == NEW
    assert [p.name for p in place.parent.iterdir()] == [place.name]


@pytest.mark.parametrize("name", ["fsync", "replace"])
@pytest.mark.parametrize(
    ("code", "said"),
    [
        (errno.ENOSPC, "the disk is full; free some space or choose another folder."),
        (errno.EDQUOT, "your share of the disk is full"),
        (errno.EROFS, "the folder is read-only"),
        (errno.EIO, "input/output error; try elsewhere."),
    ],
)
def test_a_fault_of_the_system_keeps_the_old_file(place, monkeypatch, name, code, said):
    monkeypatch.setattr(files.os, name, _fail_with(code))
    with pytest.raises(StudioError) as caught:
        _write(place)
    assert _unharmed(place)
    assert caught.value.sentence.startswith(f"'{place}' could not be written: ")
    assert said in caught.value.sentence
    assert os.strerror(code) in caught.value.details


def test_a_full_disk_while_writing_keeps_the_old_file(place):
    with pytest.raises(StudioError, match="the disk is full"):
        _write(place, _fail_with(errno.ENOSPC))
    assert _unharmed(place)


def test_a_real_limit_of_the_system_keeps_the_old_file(place):
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(StudioError, match="may not grow that large"):
            _write(place)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert _unharmed(place)


def test_a_mistake_of_the_writer_keeps_the_old_file_and_is_passed_on(place):
    with pytest.raises(ZeroDivisionError):
        _write(place, lambda file: file.write(bytes(1 // 0)))
    assert _unharmed(place)


def test_an_interruption_keeps_the_old_file(place):
    def interrupt(file):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _write(place, interrupt)
    assert _unharmed(place)


def test_a_folder_that_may_not_be_written_is_said(place, monkeypatch):
    monkeypatch.setattr(files.Path, "open", _fail_with(errno.EACCES))
    with pytest.raises(StudioError, match="you may not write there; choose another folder"):
        _write(place)
    monkeypatch.undo()
    assert _unharmed(place)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write")
def test_a_read_only_folder_keeps_the_old_file(place):
    place.parent.chmod(0o555)
    try:
        with pytest.raises(StudioError, match="you may not write there"):
            _write(place)
        assert _unharmed(place)
    finally:
        place.parent.chmod(0o755)


def test_a_missing_folder_is_said(tmp_path):
    with pytest.raises(StudioError, match="the folder does not exist; choose another folder"):
        _write(tmp_path / "gone" / "file")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps folders of open files")
def test_a_folder_that_vanishes_is_said(tmp_path):
    folder = tmp_path / "stick"
    folder.mkdir()
    with pytest.raises(StudioError, match="the folder does not exist"):
        _write(folder / "file", lambda file: shutil.rmtree(folder))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_that_name_is_said(tmp_path):
    (tmp_path / "file").mkdir()
    with pytest.raises(StudioError, match="a folder has that name"):
        _write(tmp_path / "file")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_the_longest_names_can_be_written_and_longer_ones_are_said(tmp_path):
    _write(tmp_path / ("x" * 255))
    with pytest.raises(StudioError, match="the name is too long; choose a shorter one"):
        _write(tmp_path / ("x" * 256))
    assert [p.name for p in tmp_path.iterdir()] == ["x" * 255]


@pytest.mark.skipif(os.name == "nt", reason="rights are other things on Windows")
def test_rights_are_those_of_the_old_file_or_of_any_new_one(place):
    place.chmod(0o640)
    _write(place)
    assert stat.S_IMODE(place.stat().st_mode) == 0o640
    ordinary, fresh = place.parent / "ordinary", place.parent / "fresh"
    ordinary.write_bytes(NEW)
    _write(fresh)
    assert fresh.stat().st_mode == ordinary.stat().st_mode


@pytest.mark.skipif(os.name == "nt", reason="links need a right of their own on Windows")
def test_a_symbolic_link_stays_one(place):
    link = place.parent / "link"
    link.symlink_to(place)
    _write(link)
    assert link.is_symlink()
    assert place.read_bytes() == NEW


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_what_is_no_ordinary_file_is_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(StudioError, match="no ordinary file"), atomic_write(pipe) as file:
        file.write(b"x")
    assert pipe.is_fifo()
    assert list(tmp_path.iterdir()) == [pipe]
