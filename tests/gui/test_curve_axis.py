"""Axes: the logarithmic one knows zero, numbers are short, clocks count in four units."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.gui.curve_axis import Scale, log_scale, log_ticks, number_words, ticks
from nnstudio.gui.curve_clock import clock, place_words
from nnstudio.train.history import History


def words(found) -> list[str]:
    return [tick.words for tick in found]


def test_the_logarithmic_scale_is_a_logarithm_beyond_its_threshold() -> None:
    scale = log_scale(np.array([0.02, 5.0]))
    assert scale.threshold == pytest.approx(0.01)
    places = scale.to(np.array([0.01, 0.1, 1.0, 10.0]))
    assert np.diff(places).tolist() == pytest.approx([1, 1, 1])


def test_the_logarithmic_scale_keeps_zero_negatives_and_order() -> None:
    values = np.array([-100.0, -1.0, -1e-3, 0.0, 1e-3, 1.0, 1e6])
    scale = log_scale(values)
    places = scale.to(values)
    assert np.isfinite(places).all()
    assert (np.diff(places) > 0).all()
    assert places[3] == 0
    np.testing.assert_allclose(scale.back(places), values, rtol=1e-12)


@pytest.mark.parametrize("values", [[], [0.0, 0.0], [np.nan, np.inf], [1e-300, 1e300]])
def test_the_logarithmic_scale_survives_any_values(values: list[float]) -> None:
    scale = log_scale(np.array(values))
    assert scale.threshold > 0
    assert np.isfinite(scale.to(np.array([0.0, -3.0, 1e300]))).all()


def test_numbers_at_ticks_are_short_and_differ() -> None:
    assert words(ticks(0, 10_400_000, 6)) == ["0", "2 M", "4 M", "6 M", "8 M", "10 M"]
    assert words(ticks(9_400_000, 9_600_000, 5)) == [
        "9.40 M",
        "9.45 M",
        "9.50 M",
        "9.55 M",
        "9.60 M",
    ]
    assert words(ticks(0, 1, 5, percent=True))[-1] == "100 %"
    assert words(ticks(0, 2.4e-5, 3)) == ["0", "1e-5", "2e-5"]
    assert words(ticks(0.5, 0.52, 2)) == ["0.50", "0.51", "0.52"]


@pytest.mark.parametrize("low", [0.0, 1.0, -1e9, 1e-30])
@pytest.mark.parametrize("span", [1e-6, 1.0, 3e7, 1e250])
def test_ticks_stay_inside_and_are_few(low: float, span: float) -> None:
    found = ticks(low, low + span, 6)
    assert len(found) <= 7
    assert len(set(words(found))) == len(found)
    assert all(low - 1e-6 * span <= tick.place <= low + span * 1.000001 for tick in found)


def test_equal_ends_have_no_ticks() -> None:
    assert ticks(1.0, 1.0, 5) == []
    assert ticks(0.0, float("inf"), 5) == []


def test_logarithmic_ticks_are_powers_of_ten_and_zero() -> None:
    scale = Scale(1e-3)
    low, high = (float(scale.to(np.array([v]))[0]) for v in (-1.0, 10.0))
    assert words(log_ticks(scale, low, high, 20)) == [
        "-1", "-0.1", "-0.01", "-0.001", "0", "0.001", "0.01", "0.1", "1", "10",
    ]  # fmt: skip


def test_a_logarithmic_axis_within_one_decade_has_even_numbers() -> None:
    scale = Scale(1.0)
    low, high = (float(scale.to(np.array([v]))[0]) for v in (2.0, 4.0))
    found = words(log_ticks(scale, low, high, 4))
    assert found == ["2.0", "2.5", "3.0", "3.5", "4.0"]


@pytest.mark.parametrize(
    ("value", "said"),
    [(9_550_387.7, "9.55 M"), (0.06123, "0.06123"), (3.21e-7, "3.21e-7"), (0.0, "0"),
     (float("nan"), "not a number"), (1e20, "1e20"), (12_345.0, "12.3 k")],
)  # fmt: skip
def test_values_are_said_short(value: float, said: str) -> None:
    assert number_words(value) == said


def run() -> History:
    """Give two epochs of ten steps and one of five, as after a larger batch."""
    made = History()
    made.add_steps({"loss": np.ones(27)})
    made.seconds.extend(np.cumsum(np.r_[np.full(20, 0.5), np.full(7, 1.0)]))
    for step, samples in ((10, 320), (20, 640), (25, 960)):
        made.add_epoch({"step": step, "samples": samples})
    return made


@pytest.mark.parametrize(
    ("unit", "places"),
    [("steps", [5, 20, 27]), ("epochs", [0.5, 2, 3.4]), ("seconds", [2.5, 10, 17]),
     ("samples", [160, 640, 1088])],
)  # fmt: skip
def test_a_clock_knows_steps_epochs_seconds_and_samples(unit, places) -> None:
    found = clock(run(), unit, 0, 0)
    assert found is not None
    at = found.at(np.array([5.0, 20.0, 27.0]))
    assert at.tolist() == pytest.approx(places)
    assert found.steps_at(float(at[1])) == pytest.approx(20)


def test_a_run_without_a_clock_has_no_seconds() -> None:
    made = History()
    made.add_steps({"loss": np.ones(3)})
    assert clock(made, "seconds", 0, 0) is None
    assert clock(made, "samples", 0, 0) is None
    assert clock(made, "samples", 10, 320) is not None


def test_the_pointer_says_where_it_is() -> None:
    assert place_words(1203.6, "steps") == "step 1,204"
    assert place_words(3.25, "epochs") == "epoch 3.25"
    assert place_words(75, "seconds") == "1:15"
    assert place_words(12_800, "samples") == "12,800 samples"
