"""Sources survive JSON and refuse what makes no sense."""

import pytest
from pydantic import ValidationError

from nnstudio.data.sources import (
    BuiltIn,
    Column,
    Csv,
    Drawn,
    Idx,
    ImageFolder,
    Npz,
    Public,
    source_adapter,
)

SOURCES = [
    BuiltIn(name="wine"),
    Drawn(shape="circles", samples=20, noise=0.0, classes=3, seed=9),
    Idx(images="a/x.gz", labels="y", test_images="tx", test_labels="ty"),
    Csv(
        path="penguins.csv",
        columns=(Column(name="species", role="class"), Column(name="mass", role="number")),
        missing="mean",
        separator=";",
        header="yes",
        decimal=",",
    ),
    Npz(path="set.npz", x="samples", y="labels"),
    ImageFolder(path="pets", size=(32, 48), colour="grey"),
    Public(name="cifar-10"),
]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.kind)
def test_json_round_trip(source):
    text = source_adapter.dump_json(source)
    assert source_adapter.validate_json(text) == source


def test_paths_are_written_with_forward_slashes():
    assert '"a/x.gz"' in source_adapter.dump_json(SOURCES[2]).decode()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"kind": "ftp"}, "kind"),
        ({"kind": "built-in", "name": "cats"}, "name"),
        ({"kind": "built-in", "colour": "red"}, "colour"),
        ({"kind": "drawn", "samples": 0}, "samples"),
        ({"kind": "drawn", "noise": float("nan")}, "noise"),
        ({"kind": "idx", "images": "a", "labels": "b", "test_images": "c"}, "neither"),
        ({"kind": "images", "path": "a", "size": (0, 5)}, "size"),
        (
            {
                "kind": "csv",
                "path": "a",
                "columns": [{"name": "a", "role": "class"}, {"name": "b", "role": "value"}],
            },
            "not both",
        ),
        (
            {
                "kind": "csv",
                "path": "a",
                "columns": [{"name": "a", "role": "class"}, {"name": "a", "role": "word"}],
            },
            "listed twice",
        ),
    ],
)
def test_nonsense_is_refused(fields, message):
    with pytest.raises(ValidationError, match=message):
        source_adapter.validate_python(fields)


def test_targets_of_a_table():
    assert SOURCES[3].targets == ("species",)
