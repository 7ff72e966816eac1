"""Values as text and back."""

from __future__ import annotations

import pytest

from nnstudio.data.sources import Npz
from nnstudio.gui.field_spec import FieldSpec, specs
from nnstudio.gui.field_text import complaint, from_text, shown, stepped, to_text
from nnstudio.layers.conv import Conv2DParams
from nnstudio.layers.embedding import EmbeddingParams
from nnstudio.layers.lstm import LstmParams
from nnstudio.train.settings import RunSettings

RATE = FieldSpec("rate", "Rate", "", "float", 0.001, low=0, high=1e6, log=True)
UNITS = FieldSpec("units", "Units", "", "int", 8, low=1, high=100)
KERNEL = FieldSpec("kernel", "Kernel", "", "numbers", [3, 3], low=1, high=64)
PADDING = FieldSpec("padding", "Padding", "", "mixed", "same", low=0, choices=("valid", "same"))


def by_name(model):
    return {spec.name: spec for spec in specs(model)}


@pytest.mark.parametrize(
    ("value", "text"),
    [(1e-4, "1e-4"), (0.25, "0.25"), (1e-10, "1e-10"), ([5, 5], "5 × 5"), (None, ""), (12, "12")],
)
def test_values_are_written_as_people_do(value, text):
    assert to_text(value) == text


@pytest.mark.parametrize("text", ["5x3", "5 × 3", "5,3", "5 3", "5*3"])
def test_pairs_are_read_in_every_usual_spelling(text):
    assert from_text(KERNEL, text) == [5, 3]


def test_one_number_stands_for_both_of_a_pair():
    assert from_text(KERNEL, "5") == [5, 5]


def test_thousands_and_decimal_commas_are_read():
    assert from_text(UNITS, "1,024") == 1024
    assert from_text(RATE, "0,5") == 0.5


def test_a_mixed_field_takes_a_word_or_a_number():
    assert from_text(PADDING, "Same") == "same"
    assert from_text(PADDING, "2") == 2
    assert "valid, same or a number" in complaint(PADDING, from_text(PADDING, "some"))


@pytest.mark.parametrize("text", ["abc", "nan", "1e999", ""])
def test_what_is_no_number_is_kept_as_text_and_explained(text):
    value = from_text(UNITS, text)
    assert value == text
    assert complaint(UNITS, value).startswith("Units needs a whole number (1 to 100)")


def test_out_of_range_is_explained_with_the_range():
    assert complaint(UNITS, 0) == "Units must be 1 to 100."
    assert complaint(UNITS, 100) == ""


def test_logarithmic_steps_go_one_two_five():
    up = [RATE.default]
    for _ in range(3):
        up.append(stepped(RATE, up[-1], 1))
    assert up == [0.001, 0.002, 0.005, 0.01]
    assert stepped(RATE, 0.001, -1) == 0.0005


def test_a_strength_steps_from_zero_and_back_to_zero():
    strength = FieldSpec("l2", "L2", "", "float", 0.0, low=0, log=True)
    assert stepped(strength, 0.0, 1) == 1e-5
    assert stepped(strength, 1e-5, -1) == 0.0


def test_steps_stop_at_the_range():
    assert stepped(UNITS, 100, 1) == 100
    assert stepped(UNITS, 1, -10) == 1


def test_every_run_setting_gets_an_editor_that_fits():
    found = by_name(RunSettings)
    kinds = {name: spec.kind for name, spec in found.items()}
    assert "text" not in kinds.values()
    assert kinds | {
        "epochs": "int", "batch": "int", "learning_rate": "float", "optimiser": "variants",
        "schedule": "variants", "l1": "float", "l2": "float", "clip_norm": "float",
        "patience": "int", "restore_best": "bool", "seed": "int", "threads": "int",
    } == kinds  # fmt: skip
    words = [word for word, _ in found["optimiser"].variants]
    assert {"sgd", "adagrad", "rmsprop", "adam", "adamw"} <= set(words)
    assert found["learning_rate"].log
    assert found["patience"].unit == "epochs"


def test_a_convolution_gets_pairs_choices_and_limits():
    found = by_name(Conv2DParams)
    assert found["kernel"].kind == "numbers"
    assert (found["kernel"].low, found["kernel"].high) == (1, 64)
    assert found["padding"].choices == ("valid", "same")
    assert found["activation"].kind == "choice"
    assert found["filters"].default == 8


def test_zero_may_have_a_word_of_its_own() -> None:
    spec = FieldSpec("patience", "Early stopping", "", "int", low=0, zero="off")
    assert shown(spec, 0) == "off"
    assert shown(spec, 3) == "3"
    assert from_text(spec, "Off") == 0
    assert from_text(spec, "0") == 0


def test_the_parameters_of_sequences_have_editors_that_fit():
    lstm = by_name(LstmParams)
    assert lstm["carry"].kind == "bool"
    assert "orthogonal" in lstm["recurrent_initial"].choices
    embedding = by_name(EmbeddingParams)
    assert (embedding["symbols"].kind, embedding["symbols"].zero) == ("int", "auto")
    assert embedding["width"].kind == "int"
    assert by_name(RunSettings)["order"].choices == ("shuffled", "as they come", "streams")
    inputs = by_name(Npz)["inputs"]
    assert inputs.choices == ("numbers", "symbols")
    assert "letters" in inputs.description
