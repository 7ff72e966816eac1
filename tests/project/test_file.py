"""The project file: what is saved comes back, and a failed save loses nothing."""

from __future__ import annotations

import errno
import json
import os
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import numpy as np
import pytest

from nnstudio.core.errors import StudioError
from nnstudio.data.sources import Csv
from nnstudio.graph.types import ClassTarget, DataSignature, flat
from nnstudio.project.document import project_json, signature_json
from nnstudio.project.file import open_project, save_project
from nnstudio.project.model import Arrays, Project
from nnstudio.train.history import History


def same_arrays(a: Arrays, b: Arrays) -> bool:
    return a.keys() == b.keys() and all(
        a[key].dtype == b[key].dtype and np.array_equal(a[key], b[key]) for key in a
    )


def same_history(a: History, b: History) -> bool:
    return all(
        one.keys() == two.keys()
        and all(np.array_equal(one[k].values(), two[k].values(), equal_nan=True) for k in one)
        for one, two in ((a.steps, b.steps), (a.epochs, b.epochs))
    )


def assert_same(a: Project, b: Project) -> None:
    assert project_json(a) == project_json(b)
    assert a.graph == b.graph
    assert dict(a.extra) == dict(b.extra)
    for one, two in zip(a.runs, b.runs, strict=True):
        assert same_arrays(one.weights, two.weights)
        assert same_arrays(one.initial, two.initial)
        assert same_arrays(one.scaler, two.scaler)
        assert same_history(one.history, two.history)


def test_a_project_comes_back_as_it_was_saved(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "moons.nns"
    save_project(project, path)
    assert_same(open_project(path), project)


def test_classes_of_steps_and_pixels_come_back(project: Project, tmp_path: Path) -> None:
    plain = signature_json(project.signature)
    assert plain is not None
    assert plain["target"] == {"kind": "classes", "names": ["in", "out"]}
    for shape in ((5,), (3, 4)):
        signature = DataSignature(flat(2), ClassTarget(("in", "out"), shape))
        save_project(replace(project, signature=signature), tmp_path / "a.nns")
        assert open_project(tmp_path / "a.nns").signature == signature


def test_the_same_project_gives_the_same_bytes(project: Project, tmp_path: Path) -> None:
    one, two = tmp_path / "one.nns", tmp_path / "two.nns"
    save_project(project, one)
    save_project(open_project(one), two)
    assert one.read_bytes() == two.read_bytes()


def test_the_parts_are_those_of_the_format(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "moons.nns"
    save_project(project, path, thumbnail=b"\x89PNG picture")
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == [
            "manifest.json",
            "project.json",
            "weights/run1/best.safetensors",
            "weights/run1/initial.safetensors",
            "weights/run1/scaler.safetensors",
            "history.sqlite",
            "thumbnail.png",
        ]
        manifest = json.loads(archive.read("manifest.json"))
        assert manifest["version"] == 1
        assert set(manifest["parts"]) == set(archive.namelist()) - {"manifest.json"}
        binary = [info for info in archive.infolist() if not info.filename.endswith(".json")]
        assert all(info.compress_type == zipfile.ZIP_STORED for info in binary)


def test_a_thumbnail_stays_when_none_is_given(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "moons.nns"
    save_project(project, path, thumbnail=b"\x89PNG picture")
    save_project(open_project(path), path)
    with zipfile.ZipFile(path) as archive:
        assert archive.read("thumbnail.png") == b"\x89PNG picture"


def repacked(path: Path, changes: dict[str, bytes]) -> None:
    """Put other members into a project file, with a manifest that matches unless it is given."""
    import hashlib

    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()} | changes
    if "manifest.json" not in changes:
        manifest = json.loads(members["manifest.json"])
        for name in set(members) - {"manifest.json"}:
            manifest["parts"][name] = {"sha256": hashlib.sha256(members[name]).hexdigest()}
        members["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def test_what_this_version_does_not_know_survives(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "moons.nns"
    save_project(project, path)
    with zipfile.ZipFile(path) as archive:
        document = json.loads(archive.read("project.json"))
    document["lesson"] = {"chapter": 3}
    document["runs"][0]["colour"] = "#ff8800"
    document["graph"]["frames"] = [[0, 0, 10, 10]]
    document["graph"]["nodes"][1]["folded"] = True
    repacked(path, {"project.json": json.dumps(document).encode(), "lessons/a.bin": b"\0\1\2"})
    again = tmp_path / "again.nns"
    save_project(open_project(path), again)
    with zipfile.ZipFile(again) as archive:
        assert archive.read("lessons/a.bin") == b"\0\1\2"
        assert json.loads(archive.read("project.json")) == document


def test_unknown_keys_of_a_removed_run_go_with_it(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "moons.nns"
    save_project(project, path)
    with zipfile.ZipFile(path) as archive:
        document = json.loads(archive.read("project.json"))
    document["runs"][0]["colour"] = "#ff8800"
    repacked(path, {"project.json": json.dumps(document).encode()})
    save_project(replace(open_project(path), runs=()), path)
    assert open_project(path).runs == ()


def test_unknown_layers_come_back_as_they_were(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "moons.nns"
    save_project(replace(project, runs=()), path)
    with zipfile.ZipFile(path) as archive:
        document = json.loads(archive.read("project.json"))
    document["graph"]["nodes"][1].update(kind="quantum", params={"qubits": [1, 2], "on": True})
    repacked(path, {"project.json": json.dumps(document).encode()})
    again = tmp_path / "again.nns"
    save_project(open_project(path), again)
    with zipfile.ZipFile(again) as archive:
        assert json.loads(archive.read("project.json")) == document


def test_data_in_the_project_folder_moves_with_it(project: Project, tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in (here, there):
        folder.mkdir()
    inside = replace(project, data=Csv(path=here / "table.csv"))
    save_project(inside, here / "a.nns")
    os.replace(here / "a.nns", there / "a.nns")
    data = open_project(there / "a.nns").data
    assert isinstance(data, Csv)
    assert data.path == there / "table.csv"


def test_data_elsewhere_keeps_its_whole_path(project: Project, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    save_project(replace(project, data=Csv(path=tmp_path / "t.csv")), tmp_path / "a" / "a.nns")
    data = open_project(tmp_path / "a" / "a.nns").data
    assert isinstance(data, Csv)
    assert data.path == tmp_path / "t.csv"


def test_measures_that_are_no_number_come_back(project: Project, tmp_path: Path) -> None:
    run = replace(project.runs[0], metrics={"test": {"loss": float("nan")}})
    save_project(replace(project, runs=(run,)), tmp_path / "a.nns")
    assert np.isnan(open_project(tmp_path / "a.nns").runs[0].metrics["test"]["loss"])


def test_a_full_disk_leaves_the_old_file_whole(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "moons.nns"
    save_project(project, path)
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StudioError, match="the disk is full; free some space"):
        save_project(replace(project, notes="more"), path)
    assert path.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir()] == ["moons.nns"]


def _replace_part(monkeypatch: pytest.MonkeyPatch, instead: Callable[[], IO[bytes]]) -> None:
    """Let the file written aside be opened in another way; all other files open as ever."""
    open_any = Path.open

    def open_(self: Path, *args: Any, **kwargs: Any) -> IO[Any]:
        return instead() if self.suffix == ".part" else open_any(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", open_)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_disk_that_fills_up_while_writing_leaves_the_old_file_whole(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "moons.nns"
    save_project(project, path)
    before = path.read_bytes()
    _replace_part(monkeypatch, lambda: os.fdopen(os.open("/dev/full", os.O_RDWR), "w+b"))
    with pytest.raises(StudioError, match=r"could not be written: the disk is full"):
        save_project(replace(project, notes="more"), path)
    assert path.read_bytes() == before


def test_a_read_only_folder_is_said_so(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "moons.nns"
    save_project(project, path)
    before = path.read_bytes()

    def refused() -> IO[bytes]:
        raise PermissionError(errno.EACCES, "Permission denied")

    _replace_part(monkeypatch, refused)
    with pytest.raises(StudioError, match="you may not write there; choose another folder"):
        save_project(replace(project, notes="more"), path)
    assert path.read_bytes() == before


def test_a_missing_folder_is_said_so(project: Project, tmp_path: Path) -> None:
    with pytest.raises(StudioError, match="the folder does not exist; choose another folder"):
        save_project(project, tmp_path / "missing" / "a.nns")


def test_no_room_for_the_history_leaves_the_old_file_whole(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "moons.nns"
    save_project(project, path)
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("nnstudio.project.file.write_histories", full)
    with pytest.raises(StudioError, match="the disk is full"):
        save_project(project, path)
    assert path.read_bytes() == before


def test_weights_that_are_no_numbers_are_not_saved(project: Project, tmp_path: Path) -> None:
    bad = {**project.runs[0].weights, "dense1/bias": np.full(3, np.nan, np.float32)}
    run = replace(project.runs[0], weights=bad)
    with pytest.raises(StudioError, match="NaN or infinity in 'dense1/bias'"):
        save_project(replace(project, runs=(run,)), tmp_path / "a.nns")
    assert not (tmp_path / "a.nns").exists()
