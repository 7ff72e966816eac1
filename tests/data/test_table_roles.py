"""The first guess at a table's columns is what a person would choose."""

import pytest

from nnstudio.core.errors import StudioError
from nnstudio.data.load import load
from nnstudio.data.sources import Csv, source_adapter
from nnstudio.data.table_roles import guess_csv


def roles(source):
    return {column.name: column.role for column in source.columns}


def guessed(tmp_path, header, rows, target=None):
    path = tmp_path / "t.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return roles(guess_csv(path, target))


def test_row_numbers_constants_and_names_of_people_are_ignored(tmp_path):
    rows = [f"{k},7,person {k},{k % 3 + 0.5},{'ab'[k % 2]},{'ny'[k % 2]}" for k in range(60)]
    assert guessed(tmp_path, "id,const,name,size,kind,bought", rows) == {
        "id": "ignore",
        "const": "ignore",
        "name": "ignore",
        "size": "number",
        "kind": "word",
        "bought": "class",
    }


def test_a_column_named_like_a_target_wins_over_the_last(tmp_path):
    rows = [f"{'ab'[k % 2]},{k * 1.5},{k * k}" for k in range(30)]
    assert guessed(tmp_path, "Species,x,z", rows) == {
        "Species": "class",
        "x": "number",
        "z": "number",
    }


@pytest.mark.parametrize(
    ("cells", "role"),
    [(("0", "1"), "class"), (("0.5", "1.5"), "value"), (("red", "blue"), "class")],
)
def test_targets_are_classes_or_values(tmp_path, cells, role):
    rows = [f"{k * 0.7},{cells[k % 2]}" for k in range(20)]
    assert guessed(tmp_path, "x,t", rows)["t"] == role


def test_many_whole_numbers_are_a_value(tmp_path):
    rows = [f"{k * 0.7},{k * k % 97}" for k in range(100)]
    assert guessed(tmp_path, "x,price", rows)["price"] == "value"


def test_the_target_can_be_chosen(tmp_path):
    rows = [f"{k * 0.7},{'ab'[k % 2]}" for k in range(20)]
    assert guessed(tmp_path, "x,t", rows, "x") == {"x": "value", "t": "word"}
    with pytest.raises(StudioError, match="no column 'zz'; choose among 'x' and 't'"):
        guessed(tmp_path, "x,t", rows, "zz")


def test_a_stray_word_among_numbers_stays_a_number_column(tmp_path):
    rows = [f"{k if k != 7 else 'seven'}.5,{'ab'[k % 2]}" for k in range(40)]
    assert guessed(tmp_path, "x,t", rows)["x"] == "number"


def test_the_guess_is_a_complete_source(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("x;t\n1,5;a\n2,5;b\n3,5;a\n")
    source = guess_csv("t.csv", base=tmp_path)
    assert (source.separator, source.header, source.decimal) == (";", "yes", ",")
    assert source_adapter.validate_json(source_adapter.dump_json(source)) == source
    assert load(source, base=tmp_path).fingerprint == load(Csv(path=path)).fingerprint


def test_penguins(shared_data):
    folder = shared_data / "palmerpenguins"
    assert roles(guess_csv(folder / "penguins.csv")) == {
        "species": "class",
        "island": "word",
        "bill_length_mm": "number",
        "bill_depth_mm": "number",
        "flipper_length_mm": "number",
        "body_mass_g": "number",
        "sex": "word",
        "year": "number",
    }
    raw = roles(guess_csv(folder / "penguins_raw.csv"))
    assert raw["Species"] == "class"
    assert raw["Region"] == "ignore"
    assert raw["Individual ID"] == "ignore"
    assert raw["Culmen Length (mm)"] == "number"
