"""Tables of text: roles, words, gaps, European numbers, and sentences that name the bad cell."""

import time
import tracemalloc

import numpy as np
import pytest

from nnstudio.core.errors import Cancelled, StudioError
from nnstudio.data import storage
from nnstudio.data.load import load
from nnstudio.data.prepare import prepare
from nnstudio.data.sources import Column, Csv
from nnstudio.data.split import Split
from nnstudio.data.transform import Scaling
from nnstudio.graph.types import ClassTarget, ValueTarget

PETS = """\
weight,colour,kind
3.5,black,cat
4,white,cat
20,black,dog
,white,dog
25,,dog
"""


def columns(**roles):
    return tuple(Column(name=name, role=role) for name, role in roles.items())


PET_ROLES = columns(weight="number", colour="word", kind="class")


def table(tmp_path, text, encoding="utf-8", **options):
    path = tmp_path / "table.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return load(Csv(path=path, **options))


def refused(tmp_path, text, **options):
    with pytest.raises(StudioError) as caught:
        table(tmp_path, text, **options)
    sentence = caught.value.sentence
    assert "\n" not in sentence
    assert "table.csv'" in sentence
    assert sentence.endswith(".")
    return sentence


def test_numbers_words_and_classes(tmp_path):
    data = table(tmp_path, PETS, columns=PET_ROLES)
    assert data.name == "table"
    assert data.feature_names == ("weight", "colour = black", "colour = white")
    np.testing.assert_array_equal(data.x, np.float32([[3.5, 1, 0], [4, 0, 1], [20, 1, 0]]))
    np.testing.assert_array_equal(data.y, [0, 0, 1])
    assert data.signature.target == ClassTarget(("cat", "dog"))
    assert data.groups == ((1, 3),)
    assert data.fill == "drop"


@pytest.mark.parametrize("missing", ["mean", "frequent"])
def test_gaps_stay_until_the_training_part_fills_them(tmp_path, missing):
    data = table(tmp_path, PETS, columns=PET_ROLES, missing=missing)
    assert data.size == 5
    np.testing.assert_array_equal(np.isnan(data.x).sum(axis=1), [0, 0, 0, 1, 2])
    done = prepare(data, Split(train=0.6, valid=0.2, test=0.2), Scaling(kind="none"), 0)
    for part in (done.train, done.valid, done.test):
        assert np.isfinite(part.x).all()
        np.testing.assert_array_equal(part.x[:, 1:].sum(axis=1), 1.0)


def test_rows_without_a_target_are_always_dropped(tmp_path):
    text = "a,kind\n1,x\n2,\n3,NA\n4,y\n"
    data = table(tmp_path, text, columns=columns(a="number", kind="class"), missing="mean")
    np.testing.assert_array_equal(data.x, [[1], [4]])


def test_words_and_classes_only_in_dropped_rows_vanish(tmp_path):
    text = "a,w,kind\n1,u,x\n,v,z\n2,u,y\n"
    data = table(tmp_path, text, columns=columns(a="number", w="word", kind="class"))
    assert data.feature_names == ("a", "w = u")
    assert data.signature.target.names == ("x", "y")


def test_value_columns_are_a_regression(tmp_path):
    text = "p,a,q,b\n1,2,3,4\n5,6,7,8\n"
    roles = columns(q="value", a="number", p="value", b="ignore")
    data = table(tmp_path, text, columns=roles)
    assert data.signature.target == ValueTarget(("p", "q"))
    np.testing.assert_array_equal(data.y, [[1, 3], [5, 7]])
    np.testing.assert_array_equal(data.x, [[2], [6]])


def test_numbered_classes_are_ordered_by_number(tmp_path):
    text = "a,k\n1,10\n2,9\n3,-1\n"
    data = table(tmp_path, text, columns=columns(a="number", k="class"))
    assert data.signature.target.names == ("-1", "9", "10")
    np.testing.assert_array_equal(data.y, [2, 1, 0])


@pytest.mark.parametrize(
    "text",
    [
        "a;b;kind\n1,5;1.234,25;x\n-2,5;7;y\n",
        "a\tb\tkind\n1,5\t1.234,25\tx\n-2,5\t7\ty\n",
        'a,b,kind\n"1,5","1.234,25",x\n"-2,5",7,y\n',
    ],
)
def test_european_numbers_are_recognised(tmp_path, text):
    data = table(tmp_path, text)
    np.testing.assert_array_equal(data.x, np.float32([[1.5, 1234.25], [-2.5, 7]]))


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separators_are_found_and_can_be_forced(tmp_path, separator):
    text = "a,b,kind\n1.5,2,x\n3,4,y\n".replace(",", separator)
    for options in ({}, {"separator": separator, "decimal": ".", "header": "yes"}):
        data = table(tmp_path, text, **options)
        np.testing.assert_array_equal(data.x, [[1.5, 2], [3, 4]])


def test_tables_without_names(tmp_path):
    data = table(tmp_path, "5.1,3.5,setosa\n4.9,3.0,setosa\n6.1,2.9,other\n")
    assert data.size == 3
    assert data.feature_names == ("column 1", "column 2")
    assert data.signature.target.names == ("other", "setosa")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_encodings(tmp_path, encoding):
    data = table(tmp_path, "größe,art\r\n1,süß\r\n2,herb\r\n", encoding)
    assert data.feature_names == ("größe",)
    assert data.signature.target.names == ("herb", "süß")


def test_quotes_blank_lines_and_a_missing_last_line_end(tmp_path):
    text = 'a,"b, c",kind\n1,2,"x ""y"""\n\n3,4,"two\nlines"\n5,6,z'
    data = table(tmp_path, text)
    assert data.size == 3
    assert data.feature_names == ("a", "b, c")
    assert data.signature.target.names == ("two\nlines", 'x "y"', "z")


def test_equal_and_empty_names_are_told_apart(tmp_path):
    text = "a,a,,kind\n1,2,3,x\n4,5,7,y\n"
    assert table(tmp_path, text).feature_names == ("a", "a (2)", "column 3")


def test_missing_and_foreign_files(tmp_path):
    with pytest.raises(StudioError, match=r"none\.csv' is missing; check the path"):
        load(Csv(path=tmp_path / "none.csv"))
    assert "is empty (0 bytes)" in refused(tmp_path, b"")
    assert "is not a table in text form" in refused(tmp_path, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    late = b"a,kind\n" + b"1,x\n2,y\n" * 50_000 + b"\0\0,\0\n"
    assert "is not a table in text form" in refused(tmp_path, late)
    assert "is an Excel or zip file" in refused(tmp_path, b"PK\x03\x04 and so on")
    assert "holds no rows" in refused(tmp_path, b"\n\n\n")


def test_no_rows_below_the_names(tmp_path):
    roles = columns(a="number", kind="class")
    assert "holds no rows of data; choose" in refused(tmp_path, "a,kind\n", columns=roles)
    assert "holds no rows of data; choose" in refused(tmp_path, "a,kind\n")


def test_ragged_rows_name_the_line(tmp_path):
    for bad, said in (("3", "1 cell"), ("3,4,5", "3 cells")):
        sentence = refused(tmp_path, f"a,kind\n1,x\n2,y\n{bad}\n")
        assert f"line 4: this row has {said}, the first has 2" in sentence
        assert "correct the row" in sentence


def test_text_where_numbers_belong_names_line_column_and_cell(tmp_path):
    rows = "".join(f"{k},{'xy'[k % 2]}\n" for k in range(5000))
    sentence = refused(tmp_path, f"a,kind\n{rows}about 7,x\n")
    assert "line 5,002, column 'a': 'about 7' is not a number" in sentence
    assert "give the column the role word or ignore" in sentence
    comma = refused(
        tmp_path, "a;kind\n1;x\n2,5;y\nabc;x\n", columns=columns(a="number", kind="class")
    )
    assert "line 4, column 'a': 'abc' is not a number" in comma
    assert "'1_000' is not a number" in refused(
        tmp_path, "a,kind\n1_000,x\n", columns=columns(a="number", kind="class")
    )


@pytest.mark.parametrize("cell", ["inf", "-Infinity", "1e39", "1e999"])
def test_infinity_is_named(tmp_path, cell):
    sentence = refused(tmp_path, f"a,kind\n1,x\n{cell},y\n")
    assert f"line 3, column 'a': '{cell}' is infinite or too large; correct" in sentence


def test_nan_is_a_gap(tmp_path):
    assert table(tmp_path, "a,kind\n1,x\nnan,y\n2,y\n").size == 2


def test_one_class_and_no_complete_row(tmp_path):
    assert "only one class, 'x'" in refused(
        tmp_path, "a,kind\n1,x\n2,x\n", columns=columns(a="number", kind="class")
    )
    sentence = refused(tmp_path, "a,b,kind\n1,,x\n,2,y\n")
    assert "no complete row: each of its 2 rows lacks a cell; fill" in sentence


def test_columns_that_do_not_make_a_problem(tmp_path):
    text = "a,kind\n1,x\n2,y\n"
    sentence = refused(tmp_path, text, columns=columns(b="number", kind="class"))
    assert "has no column 'b'; choose among 'a' and 'kind'" in sentence
    assert "role number or word" in refused(tmp_path, text, columns=columns(kind="class"))
    assert "role class or value" in refused(tmp_path, text, columns=columns(a="number"))


def test_too_many_words(tmp_path):
    rows = "".join(f"w{k},{'xy'[k % 2]}\n" for k in range(1500))
    sentence = refused(tmp_path, f"w,kind\n{rows}", columns=columns(w="word", kind="class"))
    assert "more than 1,000 different words in column 'w'" in sentence


def test_an_open_quotation_mark_and_an_endless_line(tmp_path):
    rows = "1,x\n2,y\n" * 60_000
    sentence = refused(tmp_path, f'a,kind\n1,x\n2,y\n3,"x\n{rows}')
    assert "a quotation mark is probably not closed" in sentence
    endless = "a,kind\n1,x\n2,y\n" + "3" * 5_000_000
    assert "a line of more than 4,194,304 characters" in refused(tmp_path, endless)


def test_a_late_character_that_is_no_utf8(tmp_path):
    text = b"a,kind\n" + b"1,x\n2,y\n" * 50_000 + "3,ü\n".encode("latin-1")
    assert "save it as UTF-8" in refused(tmp_path, text)


def test_many_inputs_go_to_a_mapped_file(tmp_path, monkeypatch):
    monkeypatch.setattr(storage, "IN_MEMORY_BYTES", 20)
    data = table(tmp_path, PETS, columns=PET_ROLES)
    assert data.mapped
    np.testing.assert_array_equal(data.x[0], [3.5, 1, 0])


def test_progress_counts_bytes_and_cancel_stops(tmp_path):
    text = "a,kind\n" + "1,x\n2,y\n" * 100_000
    told = []
    data = table(tmp_path, text)
    assert data.size == 200_000
    source = Csv(path=tmp_path / "table.csv")
    load(source, progress=lambda *step: told.append(step))
    reading = [step for step in told if step[2] == "reading table.csv"]
    assert len(reading) == 2
    assert all(0 < done <= total == len(text) for done, total, _ in reading)
    with pytest.raises(Cancelled, match="nothing was changed"):
        load(source, cancel=lambda: len(told) > 0)


def test_a_large_table_needs_little_more_memory_than_its_numbers(tmp_path):
    line = ",".join(f"{k}.25" for k in range(100))
    path = tmp_path / "large.csv"
    with path.open("w") as file:
        file.write(",".join(f"f{k}" for k in range(100)) + ",kind\n")
        for k in range(20_000):
            file.write(f"{line},{'xy'[k % 2]}\n")
    roles = [Column(name=f"f{k}", role="number") for k in range(100)]
    source = Csv(path=path, columns=(*roles, Column(name="kind", role="class")))
    tracemalloc.start()
    start = time.perf_counter()
    data = load(source)
    seconds = time.perf_counter() - start
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(f"{path.stat().st_size / 1e6:.0f} MB in {seconds:.1f} s, peak {peak / 1e6:.0f} MB")
    assert data.x.nbytes == 8_000_000
    assert peak < 60_000_000


def test_penguins_as_they_are(shared_data):
    path = shared_data / "palmerpenguins" / "penguins.csv"
    data = load(Csv(path=path))
    assert data.signature.target == ClassTarget(("Adelie", "Chinstrap", "Gentoo"))
    assert data.size == 333
    assert data.feature_names[:4] == (
        "island = Biscoe",
        "island = Dream",
        "island = Torgersen",
        "bill_length_mm",
    )
    assert data.feature_names[-3:] == ("sex = female", "sex = male", "year")
    filled = load(Csv(path=path, missing="mean"))
    assert filled.size == 344
    assert np.isfinite(prepare(filled, Split(), Scaling(), 0).train.x).all()
