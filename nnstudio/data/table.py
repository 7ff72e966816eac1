"""A table of text as a data set: cells become numbers block by block, words become inputs."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nnstudio.core.errors import StudioError
from nnstudio.core.words import whole
from nnstudio.data.dataset import DataSet, Samples, Targets, blocks, build
from nnstudio.data.files import resolve
from nnstudio.data.report import Reporter
from nnstudio.data.sources import Csv
from nnstudio.data.storage import allocate
from nnstudio.data.table_roles import guess_roles, no_column
from nnstudio.data.table_rows import RowCount
from nnstudio.data.table_text import Layout, find_layout, is_missing, no_rows, read_rows, to_number
from nnstudio.graph.types import ClassTarget, Target, ValueTarget

_BLOCK_CELLS = 1 << 18
_MOST_WORDS = 1000
_LARGEST = float(np.finfo(np.float32).max)

Doubles = NDArray[np.float64]


@dataclass(slots=True)
class _Words:
    """The words of one column, numbered as they come.

    Attributes:
        name: The column.
        place: Its place in the row.
        codes: Each word's number.
    """

    name: str
    place: int
    codes: dict[str, int] = field(default_factory=dict)

    def encode(self, layout: Layout, cells: Sequence[str]) -> Doubles:
        """Give the words' numbers, NaN for missing ones."""
        codes = self.codes
        for cell in set(cells).difference(codes):
            if not is_missing(cell):
                codes[cell] = len(codes)
        if len(codes) > _MOST_WORDS:
            raise StudioError(
                f"'{layout.path}' has more than {whole(_MOST_WORDS)} different words in column "
                f"'{self.name}'; ignore that column, or give it the role number or value."
            )
        return np.array([codes.get(cell, np.nan) for cell in cells], np.float64)


@dataclass(slots=True)
class _Columns:
    """The columns of a table by what they are for, each in the order of the file."""

    numbers: list[int]
    words: list[_Words]
    values: list[int]
    classes: _Words | None

    @property
    def feature_places(self) -> list[int]:
        return sorted(self.numbers + [words.place for words in self.words])


@dataclass(slots=True)
class _Gathered:
    """Cells as float32, row after row, in buffers that grow in place."""

    features: array[float]
    targets: array[float]
    count: RowCount
    rows: int = 0


def load_csv(source: Csv, base: Path | None, report: Reporter) -> DataSet:
    """Read a table.

    Args:
        source: The file and what its columns are for; without columns the roles are guessed.
        base: The folder relative paths start from.
        report: Receives progress.

    Returns:
        x (rows, inputs) float32; a column of words gives one input of 0 or 1 a word. Where missing
        features are to be filled, they are NaN: the training part decides what fills them.

    Raises:
        StudioError: The file is missing, foreign or ragged, a cell is no number where one belongs,
            or the columns do not make a problem to learn.
    """
    path = resolve(source.path, base)
    if not source.columns:
        source = guess_roles(source, base)
    layout = find_layout(source, path)
    columns = _columns(source, layout)
    gathered = _gather(source, layout, columns, report)
    x, names, groups = _inputs(layout, columns, gathered)
    y, target = _targets(layout, columns, gathered)
    made = build(
        path.stem,
        x,
        y,
        target,
        where=f"'{path}'",
        feature_names=names,
        fill=source.missing,
        groups=groups,
        report=report,
    )
    aims = columns.values or [p.place for p in [columns.classes] if p is not None]
    features = [layout.names[place] for place in columns.feature_places]
    note = gathered.count.sentence(features, [layout.names[place] for place in aims])
    return replace(made, note=note, dropped=gathered.count.dropped)


def _columns(source: Csv, layout: Layout) -> _Columns:
    """Find the listed columns in the file and make sure there is something to learn."""
    places = {name: place for place, name in enumerate(layout.names)}
    columns = _Columns([], [], [], None)
    for column in source.columns:
        if column.name not in places:
            raise no_column(layout, column.name)
        place = places[column.name]
        if column.role == "number":
            columns.numbers.append(place)
        elif column.role == "value":
            columns.values.append(place)
        elif column.role == "word":
            columns.words.append(_Words(column.name, place))
        elif column.role == "class":
            columns.classes = _Words(column.name, place)
    if not columns.feature_places:
        raise StudioError(
            f"'{layout.path}' has no column to learn from; give at least one column the role "
            "number or word."
        )
    if not columns.values and columns.classes is None:
        raise StudioError(
            f"'{layout.path}' has no column to predict; give one column the role class or value."
        )
    columns.numbers.sort()
    columns.values.sort()
    columns.words.sort(key=lambda words: words.place)
    return columns


def _gather(source: Csv, layout: Layout, columns: _Columns, report: Reporter) -> _Gathered:
    """Read all rows, turning them into numbers a block at a time."""
    gathered = _Gathered(array("f"), array("f"), RowCount(source.missing))
    size = layout.path.stat().st_size
    for lines, done, rows in _row_blocks(layout):
        report.at(min(done, size), size, f"reading {layout.path.name}")
        features, targets = _encode(layout, columns, lines, rows)
        keep = gathered.count.add(features, targets)
        gathered.features.frombytes(features[keep].astype(np.float32).tobytes())
        gathered.targets.frombytes(targets[keep].astype(np.float32).tobytes())
        gathered.rows += int(keep.sum())
    seen = gathered.count.seen
    if not seen:
        raise no_rows(layout)
    if not gathered.rows:
        raise StudioError(
            f"'{layout.path}' has no complete row: each of its {whole(seen)} rows lacks a cell; "
            "fill missing features with the mean, or ignore the columns that are mostly empty."
        )
    return gathered


def _row_blocks(layout: Layout) -> Iterator[tuple[list[int], int, list[list[str]]]]:
    """Collect rows into blocks: their lines, the bytes read so far, their cells."""
    most = max(1, _BLOCK_CELLS // len(layout.names))
    lines: list[int] = []
    rows: list[list[str]] = []
    done = 0
    for line, done, cells in read_rows(layout):
        lines.append(line)
        rows.append(cells)
        if len(rows) == most:
            yield lines, done, rows
            lines, rows = [], []
    if rows:
        yield lines, done, rows


def _encode(
    layout: Layout, columns: _Columns, lines: list[int], rows: list[list[str]]
) -> tuple[Doubles, Doubles]:
    """Give the features and targets of a block, (rows, columns) each; NaN where missing."""
    words = {entry.place: entry for entry in columns.words}
    if columns.classes is not None:
        words[columns.classes.place] = columns.classes
    by_place: dict[int, Doubles] = {}
    target_places = columns.values or [p.place for p in [columns.classes] if p is not None]
    for place in {*columns.feature_places, *target_places}:
        cells = [row[place] for row in rows]
        if place in words:
            by_place[place] = words[place].encode(layout, cells)
        else:
            by_place[place] = _numbers(layout, place, lines, cells)
    features = np.column_stack([by_place[place] for place in columns.feature_places])
    return features, np.column_stack([by_place[place] for place in target_places])


def _numbers(layout: Layout, place: int, lines: list[int], cells: list[str]) -> Doubles:
    """Read a column's cells as numbers, NaN for missing ones.

    The quick way, all cells at once, serves columns without gaps; only others go cell by cell.
    """
    if layout.decimal == ".":
        try:
            numbers = np.array(list(map(float, cells)), np.float64)
        except ValueError:
            numbers = np.full(1, np.nan)
        if (np.abs(numbers) <= _LARGEST).all() and "_" not in "".join(cells):
            return numbers
    return np.array(
        [_number(layout, place, line, cell) for line, cell in zip(lines, cells, strict=True)],
        np.float64,
    )


def _number(layout: Layout, place: int, line: int, cell: str) -> float:
    """Read one cell or say precisely which one is wrong."""
    if is_missing(cell):
        return float("nan")
    number = to_number(cell, layout.decimal)
    if number is not None and abs(number) <= _LARGEST:
        return number
    where = f"'{layout.path}', line {whole(line)}, column '{layout.names[place]}'"
    shown = cell if len(cell) <= 40 else f"{cell[:40]}…"
    shown = " ".join(shown.split())
    if number is not None:
        raise StudioError(
            f"{where}: '{shown}' is infinite or too large; correct the cell or empty it."
        )
    raise StudioError(
        f"{where}: '{shown}' is not a number; correct the cell, or give the column the role word "
        "or ignore."
    )


def _inputs(
    layout: Layout, columns: _Columns, gathered: _Gathered
) -> tuple[Samples, tuple[str, ...], tuple[tuple[int, int], ...]]:
    """Give the inputs, their names, and which of them stand for one column of words."""
    places = columns.feature_places
    cells = np.frombuffer(gathered.features, np.float32).reshape(gathered.rows, len(places))
    words = {entry.place: entry for entry in columns.words}
    if not words:
        return cells, tuple(layout.names[place] for place in places), ()
    names: list[str] = []
    groups: list[tuple[int, int]] = []
    spread: list[tuple[int, list[int] | None]] = []
    for column, place in enumerate(places):
        first = len(names)
        if place not in words:
            names.append(layout.names[place])
            spread.append((column, None))
            continue
        kept = _kept(words[place], cells[:, column])
        names.extend(f"{layout.names[place]} = {word}" for word, _ in kept)
        groups.extend([(first, len(names))] if kept else [])
        spread.append((column, [code for _, code in kept]))
    x = allocate((gathered.rows, len(names)), np.float32, f"'{layout.path}'").view(np.float32)
    for first, last in blocks(x):
        x[first:last] = _spread_words(cells[first:last], spread)
    return x, tuple(names), tuple(groups)


def _spread_words(
    cells: NDArray[np.float32], spread: list[tuple[int, list[int] | None]]
) -> NDArray[np.float32]:
    """Give each word an input of its own: 1 where it stands, NaN in all where none is known."""
    parts = []
    for column, codes in spread:
        cell = cells[:, column : column + 1]
        if codes is not None:
            ones = (cell == np.array(codes, np.float32)).astype(np.float32)
            parts.append(np.where(np.isnan(cell), np.float32(np.nan), ones))
        else:
            parts.append(cell)
    return np.concatenate(parts, axis=1)


def _kept(words: _Words, codes: NDArray[np.float32]) -> list[tuple[str, int]]:
    """Give the words that occur in rows that were kept, in natural order, with their codes."""
    used = {int(code) for code in np.unique(codes[~np.isnan(codes)])}
    return sorted(((w, c) for w, c in words.codes.items() if c in used), key=_natural)


def _natural(entry: tuple[str, int]) -> tuple[int, float, str]:
    """Numbers before words, numbers by size, words by alphabet."""
    number = to_number(entry[0], ".")
    return (1, 0.0, entry[0]) if number is None else (0, number, entry[0])


def _targets(layout: Layout, columns: _Columns, gathered: _Gathered) -> tuple[Targets, Target]:
    """Give classes or values."""
    cells = np.frombuffer(gathered.targets, np.float32)
    if columns.classes is None:
        names = tuple(layout.names[place] for place in columns.values)
        return cells.reshape(gathered.rows, len(names)), ValueTarget(names)
    kept = _kept(columns.classes, cells)
    place = np.zeros(len(columns.classes.codes), np.int64)
    place[[code for _, code in kept]] = np.arange(len(kept))
    return place[cells.astype(np.int64)], ClassTarget(tuple(word for word, _ in kept))
