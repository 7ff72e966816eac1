"""Facts about histories."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pytest

from nnstudio.core.errors import StudioError
from nnstudio.train.history import History, Series
from nnstudio.train.sqlite import read_histories, write_histories


def test_a_series_keeps_what_a_reader_saw() -> None:
    series = Series()
    series.extend([1.0, 2.0])
    seen = series.values()
    series.extend(np.arange(5000.0))
    assert seen.tolist() == [1.0, 2.0]
    assert len(series) == 5002
    assert series.values(5000).tolist() == [4998.0, 4999.0]
    with pytest.raises(ValueError, match="read-only"):
        seen[0] = 9


def test_histories_survive_a_file_with_nan_and_infinity(tmp_path: Path) -> None:
    history = History()
    history.add_steps({"loss": np.array([2.5, np.nan, np.inf]), "accuracy": np.array([])})
    history.add_epoch({"step": 3.0, "valid loss": 0.25})
    write_histories(tmp_path / "h.sqlite", {"run1": history, "run2": History()})
    found = read_histories(tmp_path / "h.sqlite")["run1"]
    np.testing.assert_array_equal(found.steps["loss"].values(), [2.5, np.nan, np.inf])
    assert set(found.steps) == {"loss"}
    assert found.epochs["valid loss"].values().tolist() == [0.25]


def test_a_file_that_is_no_history_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite"
    path.write_bytes(b"this is not a database, whatever its name says" * 40)
    with pytest.raises(StudioError, match="damaged"):
        read_histories(path)
    path.unlink()
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 99")
        database.execute("CREATE TABLE t (a)")
    database.close()
    with pytest.raises(StudioError, match=r"version 99.*Update"):
        read_histories(path)


def test_the_clock_of_a_run_survives_a_file(tmp_path: Path) -> None:
    history = History()
    history.add_steps({"loss": np.array([2.0, 1.0])})
    history.seconds.extend([0.5, 1.25])
    write_histories(tmp_path / "h.sqlite", {"run1": history})
    found = read_histories(tmp_path / "h.sqlite")["run1"]
    assert found.seconds.values().tolist() == [0.5, 1.25]
    assert set(found.steps) == {"loss"}
    assert found.until(1, 0).seconds.values().tolist() == [0.5]
