"""What curves show, without a window."""

from __future__ import annotations

import numpy as np

from nnstudio.gui.curve_data import (
    band,
    best,
    caption,
    csv_lines,
    first_bad,
    measured,
    smoothed,
    steps_per_epoch,
)
from nnstudio.train.history import History


def history(steps: int = 20, per_epoch: int = 10) -> History:
    made = History()
    made.add_steps({"loss": np.linspace(2.0, 1.0, steps), "accuracy": np.linspace(0, 1, steps)})
    for epoch in range(1, steps // per_epoch + 1):
        made.add_epoch(
            {
                "step": epoch * per_epoch,
                "valid loss": 2 / epoch,
                "valid accuracy": 0.4 + 0.1 * epoch,
            }
        )
    return made


def test_bins_keep_the_least_and_greatest_of_all_steps():
    values = np.sin(np.arange(10_000.0))
    found = band(values, per_epoch=100, bins=50)
    assert len(found.x) <= 50
    assert found.low.min() == values.min()
    assert found.high.max() == values.max()
    assert found.x[-1] == 100


def test_bins_pass_over_what_is_not_a_number():
    found = band(np.array([1.0, np.nan, 3.0, np.inf]), per_epoch=4, bins=1)
    assert (found.low[0], found.high[0], found.mean[0]) == (1.0, 3.0, 2.0)


def test_no_steps_give_no_bins():
    assert len(band(np.empty(0), 1).x) == 0


def test_smoothing_has_no_early_bias():
    assert np.allclose(smoothed(np.full(5, 3.0), 0.9), 3.0)


def test_smoothing_of_zero_leaves_values():
    y = np.array([1.0, 5.0, 2.0])
    assert smoothed(y, 0) is y


def test_validation_stands_at_the_end_of_its_epoch():
    found = measured(history(), "valid loss", 10)
    assert found.x.tolist() == [1.0, 2.0]
    assert found.y.tolist() == [2.0, 1.0]


def test_epoch_length_comes_from_the_first_epoch():
    assert steps_per_epoch(history()) == 10
    assert steps_per_epoch(History(), known=7) == 7


def test_the_first_overflow_is_found():
    assert first_bad(np.array([1.0, np.inf, np.nan])) == 1
    assert first_bad(np.ones(3)) is None


def test_the_caption_names_the_last_and_the_best():
    made = History()
    for value in (0.9, 0.99, 0.98):
        made.add_epoch({"step": 1, "valid accuracy": value})
    assert caption(made) == "val accuracy 98.0 %  ·  best 99.0 % @ epoch 2"
    found = best(made, "valid accuracy", high_is_good=True)
    assert found is not None
    assert found.epoch == 2


def test_the_caption_falls_back_to_the_loss():
    made = History()
    made.add_epoch({"step": 1, "valid loss": 0.5})
    assert caption(made) == "val loss 0.5  ·  best 0.5 @ epoch 1"


def test_the_table_has_a_line_a_step_and_measures_at_epoch_ends():
    lines = csv_lines(history())
    assert lines[0] == "step,loss,accuracy,valid loss,valid accuracy"
    assert len(lines) == 21
    assert lines[1].endswith(",,")
    assert lines[10] == "10,1.52631579,0.473684211,2,0.5"
