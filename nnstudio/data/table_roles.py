"""A first guess at what the columns of a table are for, which a person then corrects."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from nnstudio.core.errors import StudioError
from nnstudio.core.words import listed
from nnstudio.data.sources import Column, Csv, Role
from nnstudio.data.table_text import Layout, find_layout, is_missing, no_rows, read_rows, to_number

_GUESS_ROWS = 5000
_MOST_WORDS = 50
_MOST_NUMBERED_CLASSES = 20
_TARGET_NAMES = ("target", "class", "label", "species", "outcome", "diagnosis", "y")


@dataclass(slots=True)
class _Seen:
    """What the first rows show of one column."""

    known: int = 0
    numbers: list[float] = field(default_factory=list)
    words: set[str] = field(default_factory=set)

    def add(self, cell: str, decimal: str) -> None:
        if is_missing(cell):
            return
        self.known += 1
        number = to_number(cell, decimal)
        if number is not None:
            self.numbers.append(number)
        if len(self.words) <= self.known // 2 + _MOST_WORDS:
            self.words.add(cell)

    @property
    def is_number(self) -> bool:
        """Nearly all cells are numbers; the odd word among them is then reported by `load`."""
        return self.known > 0 and len(self.numbers) >= 0.9 * self.known

    @property
    def counts_rows(self) -> bool:
        """The column numbers the rows 1, 2, 3 …"""
        steps = {b - a for a, b in zip(self.numbers, self.numbers[1:], strict=False)}
        return len(self.numbers) >= 10 and steps == {1.0}

    def feature_role(self) -> Role:
        if self.is_number:
            return "ignore" if self.counts_rows or len(self.words) < 2 else "number"
        few = len(self.words) <= min(_MOST_WORDS, max(10, self.known // 4))
        return "word" if few and len(self.words) >= 2 else "ignore"

    def target_role(self) -> Role:
        if not self.is_number:
            return "class"
        whole = all(number.is_integer() for number in self.numbers)
        return "class" if whole and len(self.words) <= _MOST_NUMBERED_CLASSES else "value"


def guess_csv(path: Path | str, target: str | None = None, *, base: Path | None = None) -> Csv:
    """Guess separator, header and the columns' roles from the first rows of a table.

    Args:
        path: The file.
        target: The column to predict; None takes one named like a target, otherwise the last
            column that varies.
        base: The folder a relative path starts from.

    Returns:
        A source that lists every column, ready to be shown, corrected and loaded.

    Raises:
        StudioError: The file cannot be read, or has no column of that name.
    """
    return guess_roles(Csv(path=Path(path)), base, target)


def guess_roles(source: Csv, base: Path | None = None, target: str | None = None) -> Csv:
    """Fill in what a source leaves open; see `guess_csv`."""
    from nnstudio.data.files import resolve

    layout = find_layout(source, resolve(source.path, base))
    seen = {name: _Seen() for name in layout.names}
    rows = 0
    for _, _, cells in islice(read_rows(layout), _GUESS_ROWS):
        rows += 1
        for column, cell in zip(seen.values(), cells, strict=True):
            column.add(cell, layout.decimal)
    if not rows:
        raise no_rows(layout)
    roles = {name: column.feature_role() for name, column in seen.items()}
    chosen = _target(layout, roles, seen, target)
    if chosen is not None:
        roles[chosen] = seen[chosen].target_role()
    if not {"number", "word"} & set(roles.values()):  # better a dull feature than none
        for name, column in seen.items():
            if name != chosen and column.is_number:
                roles[name] = "number"
    return Csv(
        path=source.path,
        columns=tuple(Column(name=name, role=role) for name, role in roles.items()),
        missing=source.missing,
        separator=layout.separator,
        header="yes" if layout.has_header else "no",
        decimal=layout.decimal,
    )


def _target(
    layout: Layout, roles: dict[str, Role], seen: dict[str, _Seen], wanted: str | None
) -> str | None:
    """Choose the column to predict."""
    if wanted is not None:
        if wanted not in roles:
            raise no_column(layout, wanted)
        return wanted
    varied = [name for name in roles if len(seen[name].words) >= 2]
    for usual in _TARGET_NAMES:
        for name in varied:
            if name.lower() == usual:
                return name
    useful = [name for name in varied if roles[name] != "ignore"]
    return useful[-1] if useful else None


def no_column(layout: Layout, name: str) -> StudioError:
    """Give the sentence for a column that the table lacks."""
    names = [f"'{n[:40]}'" for n in layout.names[:20]]
    more = [f"{len(layout.names) - 20} more"] if len(layout.names) > 20 else []
    return StudioError(
        f"'{layout.path}' has no column '{name}'; choose among {listed(names + more)}."
    )
