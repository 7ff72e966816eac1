"""What is said of a data set when it has been read."""

from pathlib import Path

from nnstudio.data.load import load
from nnstudio.data.sources import BuiltIn, Csv
from nnstudio.session.data_desk import summary


def test_a_table_tells_which_rows_are_used(tmp_path: Path) -> None:
    rows = [f"{'' if i == 4 else i % 7},{'ab'[i % 2]}" for i in range(20)]
    (tmp_path / "t.csv").write_text("\n".join(["size,kind", *rows]), encoding="utf-8")
    said = summary(load(Csv(path=tmp_path / "t.csv")))
    assert said == "19 samples of 1, 2 classes; 20 rows, 19 used: 1 has gaps in size"


def test_other_data_is_summed_up_in_one_part() -> None:
    assert summary(load(BuiltIn(name="iris"))) == "150 samples of 4, 3 classes"
