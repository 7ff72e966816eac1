"""Folders are made when asked for, and all of them move with NNSTUDIO_HOME."""

from __future__ import annotations

import pytest

from nnstudio.core import paths


@pytest.mark.parametrize("kind", ["config", "cache", "data", "log"])
def test_folders_move_with_the_home(kind, tmp_path, monkeypatch):
    monkeypatch.setenv("NNSTUDIO_HOME", str(tmp_path / "portable"))
    folder = getattr(paths, f"{kind}_folder")()
    assert folder == tmp_path / "portable" / kind
    assert folder.is_dir()


def test_without_a_home_the_system_says_where(tmp_path, monkeypatch):
    monkeypatch.delenv("NNSTUDIO_HOME")
    for name in ("HOME", "XDG_CONFIG_HOME", "LOCALAPPDATA", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    folder = paths.config_folder()
    assert folder.is_dir()
    assert "nnstudio" in str(folder)


def test_resources_come_with_the_studio():
    assert paths.resources_folder().name == "resources"
