"""Target values are standardised by the training part, column by column, and come back."""

import numpy as np
import pytest

from nnstudio.core.errors import StudioError
from nnstudio.core.random import stream
from nnstudio.data.dataset import build
from nnstudio.data.prepare import prepare
from nnstudio.data.split import Split
from nnstudio.data.target_scale import UNSCALED, TargetScale, fit_targets
from nnstudio.data.transform import Scaler, Scaling
from nnstudio.graph.types import ValueTarget


def columns(count=200):
    draw = stream(0, "columns")
    mass, share = draw.normal(4000, 700, count), draw.normal(0.01, 0.002, count)
    return np.column_stack([mass, share, np.full(count, 7.5)]).astype(np.float32)


def test_each_column_gets_mean_0_and_spread_1_and_comes_back():
    y, rows = columns(), np.arange(150)
    scale = fit_targets(y, rows)
    scaled = scale.apply(y)
    np.testing.assert_allclose(scaled[rows].mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(scaled[rows].std(axis=0), [1, 1, 0], atol=1e-4)
    np.testing.assert_allclose(scale.invert(scaled), y, rtol=1e-5)
    np.testing.assert_allclose(scale.unit, [*y[rows, :2].std(axis=0), 1], rtol=1e-3)


def test_only_the_training_rows_are_looked_at():
    y, rows = columns(), np.arange(150)
    other = y.copy()
    other[150:] *= 100
    np.testing.assert_array_equal(fit_targets(y, rows).offset, fit_targets(other, rows).offset)


def test_classes_and_yes_or_no_numbers_stay_as_they_are():
    yes = (np.arange(40) % 2).astype(np.float32)[:, None]
    assert fit_targets(np.arange(40) % 3, np.arange(40)) is UNSCALED
    assert fit_targets(yes, np.arange(40)) is UNSCALED
    mixed = fit_targets(np.hstack([yes, 100 * yes]), np.arange(40))
    np.testing.assert_array_equal(mixed.offset, [0, 50])
    assert UNSCALED.apply(yes) is yes
    assert UNSCALED.invert(yes) is yes


def test_parts_hold_scaled_values_unless_nothing_is_to_be_scaled():
    y = columns()
    x = stream(0, "inputs").normal(0, 1, (len(y), 2)).astype(np.float32)
    data = build("columns", x, y, ValueTarget(("mass", "share", "same")))
    done = prepare(data, Split(), Scaling(), 0)
    assert done.test.y.flags.c_contiguous
    assert done.test.y.dtype == np.float32
    np.testing.assert_array_equal(done.test.y, done.scaler.target.apply(y[done.test.rows]))
    raw = prepare(data, Split(), Scaling(kind="none"), 0)
    np.testing.assert_array_equal(raw.train.y, y[raw.train.rows])


def test_it_is_saved_with_the_scaler_and_older_files_go_without():
    plain = {name: np.ones(1, np.float32) for name in ("offset", "factor", "fill")}
    assert Scaler.from_arrays(plain).target is UNSCALED
    assert Scaler.from_arrays(plain).arrays().keys() == plain.keys()
    scale = fit_targets(columns(), np.arange(100))
    again = Scaler.from_arrays(plain | scale.arrays()).target
    np.testing.assert_array_equal(again.offset, scale.offset)
    np.testing.assert_array_equal(again.factor, scale.factor)


@pytest.mark.parametrize(
    "arrays",
    [
        {"target_offset": np.zeros(2)},
        {"target_offset": np.zeros(2), "target_factor": np.ones(3)},
        {"target_offset": np.zeros(1), "target_factor": np.zeros(1)},
        {"target_offset": np.full(1, np.nan), "target_factor": np.ones(1)},
    ],
)
def test_damaged_arrays_are_refused(arrays):
    with pytest.raises(StudioError, match="saved scaling of the target"):
        TargetScale.from_arrays(arrays)
