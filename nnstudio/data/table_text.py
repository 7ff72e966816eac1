"""The text of a table: its encoding, separator and header are found, its rows are read one by one.

`data.table_roles` guesses what the columns mean, `data.table` turns them into numbers.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from nnstudio.core.errors import StudioError
from nnstudio.core.words import whole
from nnstudio.data.files import checked_file, reading
from nnstudio.data.sources import Csv, Decimal, Separator

_SAMPLE_BYTES = 1 << 18
_SAMPLE_ROWS = 200
_LONGEST_LINE = 1 << 22
_SEPARATORS: tuple[Separator, ...] = ("\t", ";", "|", ",")
_MISSING = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "?", "-"})
_COMMA_NUMBER = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d+),\d+([eE][+-]?\d+)?")
_DOT_NUMBER = re.compile(r"[+-]?\d*\.\d+([eE][+-]?\d+)?")


@dataclass(frozen=True, slots=True)
class Layout:
    """How a table is written.

    Attributes:
        path: The file.
        encoding: How its characters are stored.
        separator: What stands between cells.
        decimal: What stands before decimal fractions.
        has_header: Whether the first row holds names.
        names: The columns' names, all different.
    """

    path: Path
    encoding: str
    separator: Separator
    decimal: Decimal
    has_header: bool
    names: tuple[str, ...]


def is_missing(cell: str) -> bool:
    """Tell whether a cell is empty or says that its value is not known."""
    return cell.strip().lower() in _MISSING


def to_number(cell: str, decimal: str) -> float | None:
    """Read a number as people write it; None if the cell is none.

    >>> to_number(" 1.5e3 ", "."), to_number("1.234,5", ","), to_number("1_000", ".")
    (1500.0, 1234.5, None)
    """
    if decimal == ",":
        cell = cell.replace(".", "").replace(",", ".")
    if "_" in cell:
        return None
    try:
        return float(cell)
    except ValueError:
        return None


def find_layout(source: Csv, path: Path) -> Layout:
    """Find out how a table is written, where the source does not say so.

    Args:
        source: Separator, header and decimal sign, each perhaps "auto".
        path: The file.

    Raises:
        StudioError: The file is missing, no text, or holds no row.
    """
    encoding, text = _sample(checked_file(path))
    separator = _find_separator(text) if source.separator == "auto" else source.separator
    rows = _rows_of(text, separator)[:_SAMPLE_ROWS]
    if not rows:
        raise StudioError(f"'{path}' holds no rows; choose a table with at least one row of data.")
    decimal = _find_decimal(rows) if source.decimal == "auto" else source.decimal
    has_header = (
        _looks_like_header(rows, decimal) if source.header == "auto" else (source.header == "yes")
    )
    return Layout(path, encoding, separator, decimal, has_header, _names(rows[0], has_header))


def read_rows(layout: Layout) -> Iterator[tuple[int, int, list[str]]]:
    """Read a table row by row.

    Args:
        layout: How it is written.

    Yields:
        The row's line in the file (from 1), bytes read so far, and its cells, stripped of spaces.

    Raises:
        StudioError: A row has more or fewer cells than the first, or the file is no text.
    """
    path, width = layout.path, len(layout.names)
    with reading(path), path.open("rb") as file:
        text = io.TextIOWrapper(file, encoding=layout.encoding, newline="")
        reader = csv.reader(_lines(path, text), delimiter=layout.separator)
        skip = layout.has_header
        try:
            for cells in reader:
                if not any(cells) and len(cells) <= 1:
                    continue
                if skip:
                    skip = False
                    continue
                if len(cells) != width:
                    raise _ragged(layout, reader.line_num, len(cells))
                yield reader.line_num, file.tell(), [cell.strip() for cell in cells]
        except csv.Error as error:
            raise StudioError(
                f"'{path}' cannot be read near line {whole(reader.line_num)}; a quotation mark is "
                "probably not closed, correct that line.",
                details=repr(error),
            ) from error
        except UnicodeError as error:
            raise StudioError(
                f"'{path}' holds characters that are not {layout.encoding.upper()} near line "
                f"{whole(reader.line_num + 1)}; save it as UTF-8.",
                details=repr(error),
            ) from error


def no_rows(layout: Layout) -> StudioError:
    """Give the sentence for a table without data."""
    return StudioError(
        f"'{layout.path}' holds no rows of data; choose a table with rows below its names."
    )


def _ragged(layout: Layout, line: int, got: int) -> StudioError:
    width = len(layout.names)
    cells = "1 cell" if got == 1 else f"{whole(got)} cells"
    return StudioError(
        f"'{layout.path}', line {whole(line)}: this row has {cells}, the first has "
        f"{whole(width)}; correct the row, or choose another separator."
    )


def _lines(path: Path, file: TextIO) -> Iterator[str]:
    """Give the file's lines, refusing what no table has: endless lines and zero bytes."""
    while line := file.readline(_LONGEST_LINE + 1):
        if len(line) > _LONGEST_LINE:
            raise StudioError(
                f"'{path}' has a line of more than {whole(_LONGEST_LINE)} characters; choose a "
                "table with one sample a line."
            )
        if "\0" in line:
            raise _no_text(path)
        yield line


def _no_text(path: Path) -> StudioError:
    return StudioError(f"'{path}' is not a table in text form; choose a .csv file.")


def _sample(path: Path) -> tuple[str, str]:
    """Give the encoding and the text of the file's beginning, whole lines only."""
    with reading(path), path.open("rb") as file:
        start = file.read(_SAMPLE_BYTES)
    if start.startswith(b"PK\x03\x04"):
        raise StudioError(
            f"'{path}' is an Excel or zip file, not text; save the table as CSV and choose that."
        )
    encoding = _encoding(start)
    text = codecs.getincrementaldecoder(encoding)("replace").decode(start)
    if "\0" in text:
        raise _no_text(path)
    if len(start) == _SAMPLE_BYTES and "\n" in text:
        text = text[: text.rindex("\n") + 1]
    return encoding, text


def _encoding(start: bytes) -> str:
    """UTF-16 and UTF-8 by their marks or their form, otherwise Western European."""
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8-sig"


def _rows_of(text: str, separator: str) -> list[list[str]]:
    """Split the sample into rows; what cannot be split is left to `read_rows` to explain."""
    rows: list[list[str]] = []
    with contextlib.suppress(csv.Error):
        rows.extend(csv.reader(text.splitlines(keepends=True), delimiter=separator))
    return [[cell.strip() for cell in row] for row in rows if any(row) or len(row) > 1]


def _find_separator(text: str) -> Separator:
    """Choose the separator that gives most rows the same number of cells, at least two."""
    best: Separator = ","
    best_share = 0.0
    for separator in _SEPARATORS:
        widths = [len(row) for row in _rows_of(text, separator)[:_SAMPLE_ROWS]]
        if not widths or widths[0] < 2:
            continue
        share = Counter(widths)[widths[0]] / len(widths)
        if share > best_share + 0.01:
            best, best_share = separator, share
    return best


def _find_decimal(rows: list[list[str]]) -> Decimal:
    """Choose the comma where more cells are numbers with a comma than with a dot."""
    cells = [cell for row in rows for cell in row]
    commas = sum(1 for cell in cells if _COMMA_NUMBER.fullmatch(cell))
    dots = sum(1 for cell in cells if _DOT_NUMBER.fullmatch(cell))
    return "," if commas > dots else "."


def _looks_like_header(rows: list[list[str]], decimal: str) -> bool:
    """Names are words: above numbers, or at least never repeated below themselves."""
    first, rest = rows[0], [row for row in rows[1:] if len(row) == len(rows[0])]
    if any(to_number(cell, decimal) is not None for cell in first):
        return False
    columns = list(zip(*rest, strict=True))
    if any(to_number(cell, decimal) is not None for row in rest[:20] for cell in row):
        return True
    return all(name not in column for name, column in zip(first, columns, strict=False) if name)


def _names(first: list[str], has_header: bool) -> tuple[str, ...]:
    """Give every column a name of its own."""
    names: dict[str, int] = {}
    for place, cell in enumerate(first, start=1):
        wanted = cell if has_header and cell else f"column {place}"
        name, copy = wanted, 2
        while name in names:
            name, copy = f"{wanted} ({copy})", copy + 1
        names[name] = place
    return tuple(names)
