"""What curves show, without a window."""

from __future__ import annotations

import numpy as np

from nnstudio.gui.curve_data import best, caption, csv_lines, smoothed
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


def test_smoothing_has_no_early_bias():
    assert np.allclose(smoothed(np.full(5, 3.0), 0.9), 3.0)


def test_smoothing_of_zero_leaves_values():
    y = np.array([1.0, 5.0, 2.0])
    assert smoothed(y, 0) is y


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


def test_smoothing_leaves_gaps_where_training_overflowed():
    found = smoothed(np.array([1.0, np.nan, 1.0]), 0.5)
    assert np.isnan(found).tolist() == [False, True, False]


def test_the_table_has_a_line_a_step_and_measures_at_epoch_ends():
    lines = csv_lines([("this run", history())])
    assert lines[0] == "step,loss,accuracy,valid loss,valid accuracy"
    assert len(lines) == 21
    assert lines[1].endswith(",,")
    assert lines[10] == "10,1.52631579,0.473684211,2,0.5"


def test_the_table_of_several_runs_names_them_and_fills_up_shorter_ones():
    lines = csv_lines([("Run 1, old", history(10)), ("now", history(20))])
    assert lines[0].startswith('step,"Run 1, old: loss","Run 1, old: accuracy"')
    assert lines[0].endswith("now: valid accuracy")
    assert len(lines) == 21
    assert lines[20].startswith("20,,,,,1,1,")


def test_the_table_of_a_run_with_only_epochs_has_their_steps():
    made = History()
    made.add_epoch({"step": 3.0, "valid loss": 0.5})
    assert csv_lines([("r", made)]) == ["step,valid loss", "1,", "2,", "3,0.5"]


def test_the_table_of_an_empty_run_has_only_a_head():
    assert csv_lines([("r", History())]) == ["step"]
