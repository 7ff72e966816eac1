"""A table says how many of its rows are used, and why not all of them."""

import numpy as np
import pytest

from nnstudio.data.load import load
from nnstudio.data.sources import Column, Csv
from nnstudio.data.table_rows import RowCount

GAP = np.nan


def table(folder, missing="drop"):
    rows = [f"{'' if i < 3 else i},{'' if i == 5 else 'mf'[i % 2]},{'' if i == 9 else 'xyz'[i % 3]}"
            for i in range(30)]  # fmt: skip
    (folder / "t.csv").write_text("\n".join(["size,sex,kind", *rows]), encoding="utf-8")
    roles = {"size": "number", "sex": "word", "kind": "class"}
    columns = tuple(Column(name=name, role=role) for name, role in roles.items())
    return Csv(path=folder / "t.csv", columns=columns, missing=missing)


def test_dropped_rows_are_counted_and_their_columns_named(tmp_path):
    data = load(table(tmp_path))
    assert data.size == 25
    assert data.dropped == 4
    assert data.note == "30 rows, 25 used: 4 have gaps in size and sex; 1 lacks kind."


def test_filled_rows_are_told_too(tmp_path):
    data = load(table(tmp_path, "mean"))
    assert (data.size, data.dropped) == (29, 0)
    assert data.note == (
        "30 rows, 29 used: 4 have gaps in size and sex, filled with the mean; 1 lacks kind."
    )


@pytest.mark.parametrize("missing", ["drop", "frequent"])
def test_blocks_add_up(missing):
    whole, parts = RowCount(missing), RowCount(missing)
    features = np.array([[1.0, GAP], [GAP, GAP], [2.0, 3.0], [GAP, 1.0]])
    targets = np.array([[1.0], [GAP], [0.0], [1.0]])
    used = whole.add(features, targets)
    halves = [parts.add(features[i : i + 2], targets[i : i + 2]) for i in (0, 2)]
    np.testing.assert_array_equal(np.concatenate(halves), used)
    np.testing.assert_array_equal(
        used, [False, False, True, False] if missing == "drop" else [True, False, True, True]
    )
    assert whole == parts
    assert whole.places == {0: 1, 1: 1}


def test_a_whole_table_and_one_with_many_gaps_are_told_shortly():
    count = RowCount("drop")
    count.add(np.ones((3, 1)), np.ones((3, 1)))
    assert count.sentence(["a"], ["y"]) == "3 rows, all used."
    count.add(np.full((1, 6), GAP), np.ones((1, 1)))
    assert count.sentence(list("abcdef"), ["y"]) == (
        "4 rows, 3 used: 1 has gaps in a, b, c, d and 2 more."
    )
