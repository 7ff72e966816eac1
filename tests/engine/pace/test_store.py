"""The kept pace: whole, or none at all."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from nnstudio.engine.pace.model import Pace, Points
from nnstudio.engine.pace.store import load_pace, pace_path, save_pace

PACE = Pace(
    {"product": Points(np.array([[1.0, 2.0, 3.0, 4.0]]), np.array([-20.0]))},
    call_s=1e-8,
    copy_s=1e-9,
    threads=2,
    gain_products=1.7,
    gain_moves=1.5,
    barrier_s=2e-7,
)


def test_what_was_saved_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "pace.json"
    save_pace(PACE, path)
    found = load_pace(path)
    assert found is not None
    assert found.points["product"].logs.tolist() == [-20.0]
    assert (found.threads, found.gain_products, found.copy_s) == (2, 1.7, 1e-9)


def test_the_file_belongs_to_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNSTUDIO_HOME", str(tmp_path))
    assert load_pace() is None
    save_pace(PACE)
    assert load_pace() is not None
    monkeypatch.setenv("NNSTUDIO_LANES", "4")
    assert pace_path().name != "pace.json"
    assert load_pace() is None


def _damaged() -> list[bytes]:
    good = {
        "version": 1, "threads": 2, "call_s": 0.0, "copy_s": 0.0, "barrier_s": 0.0,
        "gain_products": 1.5, "gain_moves": 1.5,
        "points": {"product": {"traits": [[1.0, 2.0, 3.0, 4.0]], "logs": [-20.0]}},
    }  # fmt: skip
    changes: list[dict[str, object]] = [
        {"version": 99}, {"points": {}}, {"points": []}, {"threads": "many"}, {"call_s": None},
        {"gain_products": 0.0}, {"barrier_s": float("nan")},
        {"points": {"product": {"traits": [[1.0, 2.0]], "logs": [-20.0]}}},
        {"points": {"product": {"traits": [[1.0, 2.0, 3.0, float("nan")]], "logs": [-20.0]}}},
        {"points": {"product": {"traits": [[1.0], [2.0, 3.0]], "logs": [-20.0]}}},
        {"points": {"product": {"traits": [], "logs": []}}},
    ]  # fmt: skip
    texts = [json.dumps(good | change).encode() for change in changes]
    return [b"", b"{", b"[]", b"null", b"\xff\xfe", b"3", *texts]


@pytest.mark.parametrize("content", _damaged())
def test_a_damaged_file_is_no_pace(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "pace.json"
    path.write_bytes(content)
    assert load_pace(path) is None
