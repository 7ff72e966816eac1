"""A data source from what a person types: the name of a set, or a file or folder."""

from __future__ import annotations

import typing
from pathlib import Path

from nnstudio.core import words
from nnstudio.core.errors import StudioError
from nnstudio.data.sources import (
    AnySource,
    BuiltIn,
    BuiltInName,
    Drawn,
    Idx,
    ImageFolder,
    Missing,
    Npz,
    Public,
    PublicName,
    ShapeName,
)

BUILT_IN: tuple[BuiltInName, ...] = typing.get_args(BuiltInName)
DRAWN: tuple[ShapeName, ...] = typing.get_args(ShapeName)
PUBLIC: tuple[PublicName, ...] = typing.get_args(PublicName)
_TABLES = (".csv", ".tsv", ".txt")


def source_of(text: str, target: str | None = None, missing: Missing = "drop") -> AnySource:
    """Give the data source that a text stands for.

    Args:
        text: A set that comes with the studio ("digits"), a drawn one ("spirals"), a public one
            ("mnist"), a table (.csv, .tsv, .txt), an .npz file, a folder with IDX files, or a
            folder with one folder of images per class.
        target: For a table, the column to predict; None guesses it.
        missing: For a table, what happens to rows with gaps.

    Raises:
        StudioError: It is none of these.
    """
    for name in BUILT_IN:
        if text == name:
            return BuiltIn(name=name)
    for shape in DRAWN:
        if text == shape:
            return Drawn(shape=shape)
    for public in PUBLIC:
        if text == public:
            return Public(name=public)
    return _from_path(Path(text).absolute(), text, target, missing)


def _from_path(path: Path, text: str, target: str | None, missing: Missing) -> AnySource:
    if path.is_dir():
        return _idx_folder(path) or ImageFolder(path=path)
    if path.suffix.lower() in _TABLES:
        from nnstudio.data.table_roles import guess_csv

        return guess_csv(path, target).model_copy(update={"missing": missing})
    if path.suffix.lower() == ".npz":
        return Npz(path=path)
    raise StudioError(
        f"'{text}' is no data set: give one of {words.listed([*BUILT_IN, *DRAWN, *PUBLIC], 'or')}, "
        "a table (.csv), an .npz file, or a folder of IDX files or of images."
    )


def _idx_folder(folder: Path) -> Idx | None:
    """Give the IDX files of a folder under the names that MNIST gave them."""
    train = _idx_pair(folder, "train")
    test = _idx_pair(folder, "t10k") or _idx_pair(folder, "test")
    if train is None:
        return None
    images, labels = test if test is not None else (None, None)
    return Idx(images=train[0], labels=train[1], test_images=images, test_labels=labels)


def _idx_pair(folder: Path, part: str) -> tuple[Path, Path] | None:
    for ending in ("", ".gz"):
        pair = (
            folder / f"{part}-images-idx3-ubyte{ending}",
            folder / f"{part}-labels-idx1-ubyte{ending}",
        )
        if pair[0].is_file() and pair[1].is_file():
            return pair
    return None
