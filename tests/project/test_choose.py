"""Data by what a person types."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from nnstudio.core.errors import StudioError
from nnstudio.data.sources import BuiltIn, Csv, Drawn, Idx, ImageFolder, Npz, Public
from nnstudio.project.choose import source_of


def test_sets_go_by_their_names() -> None:
    assert source_of("iris") == BuiltIn(name="iris")
    assert source_of("moons") == Drawn(shape="moons")
    assert source_of("mnist") == Public(name="mnist")


def test_a_table_gets_roles(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("a,kind\n1,x\n2,y\n3,x\n", encoding="utf-8")
    source = source_of(str(table), "kind")
    assert isinstance(source, Csv)
    assert source.path == table
    assert source.targets == ("kind",)


def test_arrays_and_folders_are_told_by_their_looks(tmp_path: Path) -> None:
    assert source_of(str(tmp_path / "a.npz")) == Npz(path=tmp_path / "a.npz")
    assert source_of(str(tmp_path)) == ImageFolder(path=tmp_path)
    for part in ("train", "t10k"):
        for name in ("images-idx3", "labels-idx1"):
            with gzip.open(tmp_path / f"{part}-{name}-ubyte.gz", "wb") as file:
                file.write(b"")
    source = source_of(str(tmp_path))
    assert isinstance(source, Idx)
    assert source.test_labels == tmp_path / "t10k-labels-idx1-ubyte.gz"


def test_anything_else_is_refused_with_what_there_is() -> None:
    with pytest.raises(StudioError, match=r"'digit' is no data set: give one of digits, .*\.csv"):
        source_of("digit")
