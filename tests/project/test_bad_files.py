"""Bad project files: each is one plain sentence that says what to do, and none is slow."""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load, save

from nnstudio.core.errors import StudioError
from nnstudio.core.random import stream
from nnstudio.project import container
from nnstudio.project.file import open_project, save_project
from nnstudio.project.model import Project

Members = dict[str, bytes]
BEST = "weights/run1/best.safetensors"


@pytest.fixture
def good(project: Project, tmp_path: Path) -> Path:
    path = tmp_path / "good.nns"
    save_project(project, path)
    return path


def members_of(path: Path) -> Members:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def sealed(members: Members) -> bytes:
    """Pack members with a manifest that vouches for them."""
    manifest = json.loads(members["manifest.json"])
    for name in set(members) - {"manifest.json"}:
        manifest["parts"][name] = {"sha256": hashlib.sha256(members[name]).hexdigest()}
    return packed({**members, "manifest.json": json.dumps(manifest).encode()})


def packed(members: Members) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def refusal(path: Path, content: bytes | None = None) -> str:
    """Open a bad file and give the sentence; it must be one, be short and come quickly."""
    if content is not None:
        path.write_bytes(content)
    started = time.monotonic()
    with pytest.raises(StudioError) as caught:
        open_project(path)
    assert time.monotonic() - started < 5
    sentence = caught.value.sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert len(sentence) < 700
    return sentence


def test_a_missing_file(tmp_path: Path) -> None:
    assert "There is no file" in refusal(tmp_path / "none.nns")


def test_a_folder(tmp_path: Path) -> None:
    assert "is a folder; choose a project file" in refusal(tmp_path)


def test_an_empty_file(tmp_path: Path) -> None:
    assert "is empty; open an earlier copy" in refusal(tmp_path / "a.nns", b"")


@pytest.mark.parametrize(
    "content", [b"x", b"%PDF-1.7 ...", b"\x89PNG\r\n\x1a\n" * 9, b"\0" * 5000, b"a,b\n1,2\n"]
)
def test_a_foreign_file(tmp_path: Path, content: bytes) -> None:
    assert "is not a project of nnstudio" in refusal(tmp_path / "a.nns", content)


def test_a_foreign_zip_file(tmp_path: Path) -> None:
    assert "no project of nnstudio" in refusal(tmp_path / "a.nns", packed({"word/a.xml": b"<a/>"}))


def test_a_zip_file_with_a_foreign_manifest(tmp_path: Path) -> None:
    content = packed({"manifest.json": b'{"name": "web app"}'})
    assert "is not a project of nnstudio" in refusal(tmp_path / "a.nns", content)


def test_a_truncated_file_of_any_length(good: Path, tmp_path: Path) -> None:
    content = good.read_bytes()
    for length in range(4, len(content), 97):
        said = refusal(tmp_path / "cut.nns", content[:length])
        assert "cut off or damaged" in said


def test_a_huge_file(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "MAX_FILE", 1000)
    assert "a project has at most" in refusal(good)


def test_a_newer_version_says_update(good: Path) -> None:
    members = members_of(good)
    manifest = json.loads(members["manifest.json"]) | {"version": 2}
    said = refusal(good, packed({**members, "manifest.json": json.dumps(manifest).encode()}))
    assert "saved by a newer studio" in said
    assert "update nnstudio" in said


@pytest.mark.parametrize("version", [0, -1, "1", None, 1.5, True])
def test_no_real_version(good: Path, version: object) -> None:
    members = members_of(good)
    manifest = json.loads(members["manifest.json"]) | {"version": version}
    said = refusal(good, packed({**members, "manifest.json": json.dumps(manifest).encode()}))
    assert "it has no version" in said


def test_a_zip_bomb_is_seen_before_it_is_unpacked(good: Path) -> None:
    members = members_of(good)
    members["zeros.bin"] = b"\0" * (64 << 20)
    assert "far more than a project holds" in refusal(good, sealed(members))


def test_a_size_that_lies_is_seen(good: Path) -> None:
    content = bytearray(packed(members_of(good)))
    at = content.rfind(b"PK\x01\x02")
    struct.pack_into("<L", content, at + 24, 3 << 30)
    assert "far more than a project holds" in refusal(good, bytes(content))


def test_too_many_members_are_counted_before_they_are_listed(
    good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(container, "MAX_MEMBERS", 3)
    assert "more than 3 parts" in refusal(good)


def test_a_list_of_a_million_members_is_refused_at_once(tmp_path: Path) -> None:
    entry = struct.pack(
        "<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 0, 0, 33, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0
    )
    listed = (entry + b"a") * 1_000_000
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 9, 9, len(listed), 4, 0)
    said = refusal(tmp_path / "a.nns", b"PK\x03\x04" + listed + end)
    assert "more than 20,000 parts" in said


@pytest.mark.parametrize(
    "name",
    ["../evil", "/etc/passwd", "a/../../b", "C:/x", "a\\..\\b", "./a", "a//b", "a/ ", "x\n", ""],
)
def test_a_path_outside_the_container(good: Path, name: str) -> None:
    members = members_of(good)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for known, content in members.items():
            archive.writestr(known, content)
        info = zipfile.ZipInfo("x")
        info.filename = name
        archive.writestr(info, b"evil")
    assert "points outside the file" in refusal(good, file.getvalue())


def test_two_members_of_the_same_name(good: Path) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members_of(good).items():
            archive.writestr(name, content)
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("project.json", b"{}")
    assert "two parts called 'project.json'" in refusal(good, file.getvalue())


def test_a_member_with_a_password(good: Path) -> None:
    content = bytearray(good.read_bytes())
    at = content.find(b"PK\x01\x02")
    content[at + 8] |= 1
    assert "protected by a password" in refusal(good, bytes(content))


def test_a_member_packed_in_a_foreign_way(good: Path) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_LZMA) as archive:
        for name, content in members_of(good).items():
            archive.writestr(name, content)
    assert "packed in a foreign way" in refusal(good, file.getvalue())


def test_a_missing_part(good: Path) -> None:
    members = members_of(good)
    del members[BEST]
    assert f"its part '{BEST}' is missing" in refusal(good, packed(members))


def test_a_part_that_was_changed(good: Path) -> None:
    members = members_of(good)
    members["project.json"] = members["project.json"].replace(b"Moons", b"Muons")
    assert "'project.json' has changed since it was saved" in refusal(good, packed(members))


def test_a_part_that_the_manifest_does_not_know(good: Path) -> None:
    members = members_of(good)
    members["weights/run1/extra.safetensors"] = b""
    assert "its manifest does not list" in refusal(good, packed(members))


def changed(path: Path, change: Callable[[dict[str, Any]], object]) -> bytes:
    members = members_of(path)
    document = json.loads(members["project.json"])
    change(document)
    members["project.json"] = json.dumps(document).encode()
    return sealed(members)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "no readable JSON"),
        (b"{", "no readable JSON"),
        (b"[1, 2]", "no JSON object"),
        (b"\xff\xfe{}", "no readable JSON"),
        (b'{"name": 1, "name": 2}', "two values for 'name'"),
        (b'{"name": NaN}', "holds NaN where a number belongs"),
        (b'{"name": 1e999}', "holds infinity where a number belongs"),
        (b'{"name": -Infinity}', "holds -Infinity where a number belongs"),
        (b"[" * 100_000, "no readable JSON"),
        (b'{"a":' * 300 + b"1" + b"}" * 300, "nested too deep"),
        (b'{"a": ' + b"9" * 5000 + b"}", "no readable JSON"),
        (b'{"a": ' + b"9" * 100 + b"}", "a number that is too large"),
    ],
)
def test_damaged_json(good: Path, text: bytes, said: str) -> None:
    members = members_of(good) | {"project.json": text}
    assert said in refusal(good, sealed(members))


def replaced(**values: object) -> Callable[[dict[str, Any]], object]:
    return lambda document: document.update(values)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (replaced(name=3), "name must be one line"),
        (replaced(name="a\nb"), "name must be one line"),
        (replaced(notes=None), "its notes is not a text"),
        (replaced(graph=None), "network is damaged"),
        (replaced(graph={"nodes": {}, "edges": []}), "network is damaged"),
        (replaced(runs={}), "its runs are not a list"),
        (replaced(runs=[3]), "a run is not an object"),
        (lambda d: d["runs"][0].update(id="../up"), "a run has no usable id"),
        (lambda d: d["runs"].append(d["runs"][0]), "two runs have the same id"),
        (lambda d: d["runs"][0].update(metrics={"test": {"loss": "low"}}), "are not numbers"),
        (lambda d: d["runs"][0].update(info=[]), "is no object"),
        (replaced(data={"kind": "oracle"}), "data source"),
        (replaced(data={"kind": "built-in", "name": "secrets"}), "data source"),
        (replaced(signature={"input": 3}), "choose the data again"),
        (
            lambda d: d["signature"]["input"].update(shape=[1 << 40, 2]),
            "choose the data again",
        ),
        (lambda d: d["signature"]["target"].update(shape=3), "choose the data again"),
        (lambda d: d["signature"]["target"].update(shape=[2, 0]), "choose the data again"),
        (lambda d: d["signature"]["target"].update(shape=[1 << 20, 1 << 20]), "the data again"),
        (replaced(split={"train": 2}), "split"),
        (replaced(scaling={"kind": "magic"}), "scaling"),
        (lambda d: d["settings"].update(epochs=0), "epochs of the run settings does not fit"),
        (lambda d: d["settings"].update(learning_rate="fast"), "learning_rate"),
        (lambda d: d["settings"].update(optimiser={"kind": "magic"}), "optimiser"),
        (lambda d: d["settings"].update(smoothing=0.1), "'smoothing', which this studio does not"),
        (lambda d: d["graph"]["nodes"][1]["params"].update(units=-1), "units of Dense"),
        (lambda d: d["graph"]["nodes"][1]["params"].update(wings=2), "no parameter 'wings'"),
        (lambda d: d["graph"]["nodes"][1].update(pos=["left", 0]), "not a pair of numbers"),
        (lambda d: d["graph"]["edges"].append(["a", "y", "b", "x"]), "missing node 'a'"),
        (lambda d: d["graph"]["nodes"].append(d["graph"]["nodes"][0]), "two nodes have the id"),
    ],
)
def test_values_that_do_not_belong(
    good: Path, change: Callable[[dict[str, Any]], object], said: str
) -> None:
    assert said in refusal(good, changed(good, change))


def with_weights(path: Path, change: Callable[[dict[str, np.ndarray]], object]) -> bytes:
    members = members_of(path)
    arrays = load(members[BEST])
    change(arrays)
    members[BEST] = save(arrays)
    return sealed(members)


def put(key: str, array: np.ndarray) -> Callable[[dict[str, np.ndarray]], object]:
    return lambda arrays: arrays.update({key: array})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            put("dense1/weight", np.zeros((3, 2), np.float32)),
            "at 'weight' of 'hidden' (Dense): expected 2×3, got 3×2",
        ),
        (
            put("dense1/weight", np.zeros((2, 3), np.float64)),
            "at 'weight' of 'hidden' (Dense): expected float32, got float64",
        ),
        (
            lambda arrays: arrays.pop("dense2/bias"),
            "lack 'bias' of 'scores' (Dense): expected 2, got nothing",
        ),
        (put("conv9/weight", np.zeros(4, np.float32)), "hold 'conv9/weight' 4, for which"),
        (
            put("dense1/bias", np.array([0, np.nan, 0], np.float32)),
            "hold NaN or infinity in 'dense1/bias' where numbers belong",
        ),
        (
            put("dense1/bias", np.array([0, np.inf, 0], np.float32)),
            "hold NaN or infinity in 'dense1/bias' where numbers belong",
        ),
    ],
)
def test_weights_that_do_not_fit(
    good: Path, change: Callable[[dict[str, np.ndarray]], object], said: str
) -> None:
    sentence = refusal(good, with_weights(good, change))
    assert said in sentence
    assert "open an earlier copy or train anew" in sentence


@pytest.mark.parametrize("content", [b"", b"weights", b"\xff" * 64])
def test_damaged_weights(good: Path, content: bytes) -> None:
    assert "weights" in refusal(good, sealed(members_of(good) | {BEST: content}))


def test_a_scaler_without_an_array(good: Path) -> None:
    content = save({"offset": np.zeros(2, np.float32)})
    members = members_of(good) | {"weights/run1/scaler.safetensors": content}
    assert "scaling lacks its array 'factor'" in refusal(good, sealed(members))


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0" + b"\xff" * 4080, b"text"])
def test_a_damaged_history(good: Path, content: bytes) -> None:
    said = refusal(good, sealed(members_of(good) | {"history.sqlite": content}))
    assert "history in this project" in said


def test_a_history_that_holds_text_where_numbers_belong(good: Path, tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    path.write_bytes(members_of(good)["history.sqlite"])
    with sqlite3.connect(path) as database:
        database.execute("UPDATE value SET number = 'high' WHERE place = 1")
    database.close()
    members = members_of(good) | {"history.sqlite": path.read_bytes()}
    assert "history in this project is damaged" in refusal(good, sealed(members))


def mutated(content: bytes, random: np.random.Generator) -> bytes:
    """Change a few bytes, cut or double a piece, or put one piece over another."""
    data = bytearray(content)
    for _ in range(int(random.integers(1, 6))):
        at, other = (int(place) for place in random.integers(0, len(data), 2))
        length = int(random.integers(1, 64))
        match int(random.integers(0, 5)):
            case 0:
                data[at] ^= 1 << int(random.integers(0, 8))
            case 1:
                data[at] = int(random.integers(0, 256))
            case 2:
                del data[at : at + length]
            case 3:
                data[at:at] = data[other : other + length]
            case _:
                data[at : at + length] = data[other : other + length]
    return bytes(data)


def opens_or_says_why(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    started = time.monotonic()
    said = "It opened."
    try:
        open_project(path)
    except StudioError as error:
        said = error.sentence
    assert said.endswith(".")
    assert "\n" not in said
    assert len(said) < 700
    assert time.monotonic() - started < 5


def test_mutated_files_open_or_say_why(good: Path, tmp_path: Path) -> None:
    random = stream(7, "mutations of files")
    content = good.read_bytes()
    for _ in range(150):
        opens_or_says_why(tmp_path / "mutated.nns", mutated(content, random))


def test_mutated_parts_behind_right_checksums_open_or_say_why(good: Path, tmp_path: Path) -> None:
    random = stream(7, "mutations of parts")
    members = members_of(good)
    for _ in range(200):
        name = sorted(members)[int(random.integers(0, len(members)))]
        if name == "manifest.json":
            bad = packed({**members, name: mutated(members[name], random)})
        else:
            bad = sealed({**members, name: mutated(members[name], random)})
        opens_or_says_why(tmp_path / "mutated.nns", bad)


def test_mutated_values_in_the_document_open_or_say_why(good: Path, tmp_path: Path) -> None:
    random = stream(7, "mutations of values")
    strange: list[Any] = [None, True, -1, 1e300, "", "x" * 300, [], {}, [[]], {"id": 1}, 2**62]
    for _ in range(150):
        members = members_of(good)
        document = json.loads(members["project.json"])
        places = _places(document)
        for _ in range(2):
            holder, key = places[int(random.integers(0, len(places)))]
            holder[key] = strange[int(random.integers(0, len(strange)))]
        members["project.json"] = json.dumps(document).encode()
        opens_or_says_why(tmp_path / "mutated.nns", sealed(members))


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Give every (holder, key) of a document."""
    keys = list(value) if isinstance(value, dict) else range(len(value))
    found = [(value, key) for key in keys]
    for key in keys:
        if isinstance(value[key], dict | list):
            found += _places(value[key])
    return found
