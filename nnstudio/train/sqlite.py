"""Histories as SQLite tables; the view `curve` shows (run, unit, name, place, number)."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from nnstudio.core.errors import StudioError
from nnstudio.train.history import History, Series

VERSION = 1
CLOCK = "clock"  # the unit of what was read at every step and is no result
MAX_VALUES = 200_000_000

_TABLES = """
CREATE TABLE series (
    id INTEGER PRIMARY KEY, run TEXT NOT NULL, unit TEXT NOT NULL, name TEXT NOT NULL);
CREATE TABLE value (series INTEGER NOT NULL REFERENCES series, place INTEGER NOT NULL, number REAL,
    PRIMARY KEY (series, place)) WITHOUT ROWID;
CREATE VIEW curve AS
    SELECT run, unit, name, place, number FROM value JOIN series ON series.id = series;
"""


def write_histories(path: Path, histories: Mapping[str, History]) -> None:
    """Write the histories of all runs, by run id, into a new database file.

    NaN is kept as NULL, since SQLite has no NaN.
    """
    with sqlite3.connect(path) as database:
        database.executescript(_TABLES)
        database.execute(f"PRAGMA user_version = {VERSION}")
        for run, history in histories.items():
            clock = {"seconds": history.seconds} if len(history.seconds) else {}
            groups = ("step", history.steps), ("epoch", history.epochs), (CLOCK, clock)
            for unit, group in groups:
                for name, series in group.items():
                    _write_series(database, run, unit, name, series)
    database.close()


def _write_series(
    database: sqlite3.Connection, run: str, unit: str, name: str, series: Series
) -> None:
    cursor = database.execute(
        "INSERT INTO series (run, unit, name) VALUES (?, ?, ?)", (run, unit, name)
    )
    rows = ((cursor.lastrowid, at, number) for at, number in enumerate(series.values().tolist()))
    database.executemany("INSERT INTO value VALUES (?, ?, ?)", rows)


def read_histories(path: Path) -> dict[str, History]:
    """Read all histories of a database file, opened read-only.

    Raises:
        StudioError: The file is not such a database, is damaged, or is of a later version.
    """
    try:
        database = sqlite3.connect(f"file:{path.as_posix()}?mode=ro&immutable=1", uri=True)
        try:
            return _read(database)
        finally:
            database.close()
    except (sqlite3.Error, OverflowError, TypeError, ValueError) as error:
        raise StudioError(
            "The history in this project is damaged; open an earlier copy.", details=repr(error)
        ) from error


def _read(database: sqlite3.Connection) -> dict[str, History]:
    database.execute("PRAGMA trusted_schema = OFF")
    version = database.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise StudioError(
            f"The history in this project has version {version}; this studio reads up to {VERSION}."
            " Update nnstudio."
        )
    kind = dict(
        database.execute("SELECT name, type FROM sqlite_master WHERE name IN ('series','value')")
    )
    if kind != {"series": "table", "value": "table"}:
        raise StudioError("The history in this project has no tables; open an earlier copy.")
    if database.execute("SELECT count(*) FROM value").fetchone()[0] > MAX_VALUES:
        raise StudioError("The history in this project is too large to be read.")
    histories: dict[str, History] = {}
    for key, run, unit, name in database.execute(
        "SELECT id, run, unit, name FROM series"
    ).fetchall():
        history = histories.setdefault(str(run), History())
        rows = database.execute("SELECT number FROM value WHERE series = ? ORDER BY place", (key,))
        numbers = [np.nan if number is None else float(number) for (number,) in rows]
        if unit == CLOCK:
            history.seconds.extend(numbers)
            continue
        group = history.steps if unit == "step" else history.epochs
        group.setdefault(str(name), Series()).extend(numbers)
    return histories
