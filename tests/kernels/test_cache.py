"""The folder of compiled code survives damage, missing rights and its own growth."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from nnstudio.kernels import library, native
from nnstudio.kernels.cache import CodeCache
from nnstudio.kernels.kernel import Out1, kernel
from nnstudio.kernels.tile import Tile


@pytest.fixture
def cache(tmp_path):
    return CodeCache(tmp_path / "kernels")


def _only_file(cache):
    (path,) = cache.folder.glob("*.code")
    return path


def test_code_comes_back_as_it_was_kept(cache):
    cache.put("key", b"machine code")
    assert cache.get("key") == b"machine code"
    assert cache.get("other") is None


@pytest.mark.parametrize("keep", [0, 10, 40, -1])
def test_a_truncated_file_counts_as_absent(cache, keep):
    cache.put("key", b"machine code")
    path = _only_file(cache)
    path.write_bytes(path.read_bytes()[:keep])
    assert cache.get("key") is None


def test_a_changed_byte_anywhere_makes_the_file_absent(cache):
    cache.put("key", b"machine code")
    path = _only_file(cache)
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert cache.get("key") is None


def test_a_file_under_another_key_counts_as_absent(cache):
    cache.put("key", b"machine code")
    _only_file(cache).rename(cache.folder / "other.code")
    assert cache.get("other") is None


def test_the_files_unused_for_longest_go_first(tmp_path):
    cache = CodeCache(tmp_path, limit=3000)
    for age, key in enumerate(["old", "middle", "new"]):
        cache.put(key, bytes(1000))
        os.utime(tmp_path / f"{key}.code", (age, age))
    assert cache.get("old") is None  # three files and their heads exceed the limit
    cache.put("newest", bytes(1000))
    assert cache.get("newest") is not None
    assert cache.size() <= 3000


def test_a_folder_that_cannot_be_made_is_no_error(tmp_path):
    (tmp_path / "file").write_text("in the way")
    cache = CodeCache(tmp_path / "file" / "kernels")
    cache.put("key", b"machine code")
    assert cache.get("key") is None
    assert cache.size() == 0


@kernel
def _write_three(out: Out1, tid: int, threads: int) -> None:
    for i in range(out.shape[0]):
        out[i] = 3.0


def test_a_damaged_file_is_compiled_again_in_silence(cache, monkeypatch):
    monkeypatch.setattr(native, "loaded_address", lambda _entry: None)
    library.address(_write_three, "f4", cache)
    path = _only_file(cache)
    whole = path.read_bytes()
    path.write_bytes(whole[:-7])
    assert library.address(_write_three, "f4", cache)
    assert len(path.read_bytes()) == len(whole)
    assert cache.get(path.stem) is not None


def test_every_size_and_type_of_code_has_its_own_file(cache, monkeypatch):
    monkeypatch.setattr(native, "loaded_address", lambda _entry: None)
    for tile in (Tile(1, 1, 4), Tile(2, 1, 4)):
        for dtype in ("f4", "f8"):
            library.address(tile, dtype, cache)
    assert len(list(cache.folder.glob("*.code"))) == 4


@pytest.mark.parametrize("module", ["rewrite", "compiler", "pipeline", "intrinsics"])
def test_another_compiler_does_not_take_over_code_of_the_old_one(module, monkeypatch, tmp_path):
    before = library._key(_write_three, "f4")
    folder = Path(library.__file__).parent
    for name in library._COMPILER:
        text = (folder / f"{name}.py").read_text("utf-8")
        (tmp_path / f"{name}.py").write_text(text + "# another\n" * (name == module), "utf-8")
    monkeypatch.setattr(library, "__file__", str(tmp_path / "library.py"))
    library._compiler_source.cache_clear()
    try:
        assert library._key(_write_three, "f4") != before
    finally:
        monkeypatch.undo()
        library._compiler_source.cache_clear()
    assert library._key(_write_three, "f4") == before


def test_code_from_the_cache_computes_the_same(cache, monkeypatch):
    from nnstudio.kernels.program import Program

    program = Program()
    out = program.buffer("out", (5,))
    memory = np.zeros(5, np.float32)
    out.address = memory.ctypes.data
    program.call(_write_three, out.vector())
    from nnstudio.kernels.team import Team

    linked = program.link()
    with Team(1) as team:
        linked.run(team, 1)
    assert (memory == 3).all()
