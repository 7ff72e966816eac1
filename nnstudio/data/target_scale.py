"""Scaling of target values, so that prices in thousands train as well as shares of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnstudio.core.errors import StudioError
from nnstudio.data.dataset import RowIndex, Targets
from nnstudio.data.moments import take_moments
from nnstudio.data.report import Reporter

Floats = NDArray[np.float32]

_WIDE = 0.5  # of 0..1; what fills less of it learns slowly as it is


@dataclass(frozen=True, slots=True, eq=False)
class TargetScale:
    """A fitted scaling of target values: ``(y - offset) * factor``.

    Attributes:
        offset: (values,) float32; empty where targets stay as they are, as classes do.
        factor: (values,) float32 above 0; empty likewise.
    """

    offset: Floats
    factor: Floats

    @property
    def changes(self) -> bool:
        """Whether targets are scaled at all."""
        return self.offset.size > 0

    @property
    def unit(self) -> Floats:
        """What a distance of 1 between scaled values is in the data; shape (values,) or (1,)."""
        return np.reciprocal(self.factor) if self.changes else np.ones(1, np.float32)

    def apply(self, y: Targets) -> Targets:
        """Scale targets (n, values) float32; classes and unscaled values come back as they are."""
        if not self.changes:
            return y
        scaled: Floats = (y.reshape(len(y), -1) - self.offset) * self.factor
        return scaled.reshape(y.shape)

    def invert(self, scaled: Floats) -> Floats:
        """Give values (n, values) float32 in the units of the data."""
        return scaled / self.factor + self.offset if self.changes else scaled

    def arrays(self) -> dict[str, Floats]:
        """Give the arrays that a project saves; none where targets stay as they are."""
        if not self.changes:
            return {}
        return {"target_offset": self.offset, "target_factor": self.factor}

    @staticmethod
    def from_arrays(arrays: Mapping[str, NDArray[np.generic]]) -> TargetScale:
        """Rebuild a scaling from what `arrays` gave; older projects have none.

        Raises:
            StudioError: The arrays do not belong together, or hold what no fitting gives.
        """
        if "target_offset" not in arrays and "target_factor" not in arrays:
            return UNSCALED
        nothing = np.empty(0, np.float32)
        offset, factor = (
            np.ascontiguousarray(arrays.get(name, nothing), np.float32)
            for name in ("target_offset", "target_factor")
        )
        fits = offset.ndim == 1 and offset.shape == factor.shape
        sound = np.isfinite(offset).all() and np.isfinite(factor).all() and (factor > 0).all()
        if not fits or not sound:
            raise StudioError(
                "The saved scaling of the target does not hold one finite offset and one factor "
                "for each value; prepare the data again."
            )
        return TargetScale(offset, factor)


UNSCALED = TargetScale(np.empty(0, np.float32), np.empty(0, np.float32))


def fit_targets(y: Targets, rows: RowIndex, report: Reporter | None = None) -> TargetScale:
    """Fit mean 0 and spread 1 for each column of target values.

    Args:
        y: (samples, values) float32, or classes, which stay as they are.
        rows: (n,) int64, the training part; no other row is looked at.
        report: Receives progress.

    Returns:
        The scaling. Columns that do not vary are only moved; columns of yes-or-no numbers and
        shares, which fill 0..1, stay as they are: losses and activations for 0..1 count on them.
    """
    if y.dtype.kind != "f":
        return UNSCALED
    moments = take_moments(np.asarray(y, np.float32), rows, report or Reporter())
    width = moments.high - moments.low
    constant = moments.spread <= 1e-7 * np.maximum(np.abs(moments.mean), 1e-30)
    shares = (moments.low >= 0) & (moments.high <= 1) & ((width >= _WIDE) | constant)
    if shares.all():
        return UNSCALED
    offset = np.where(shares, 0.0, moments.mean)
    factor = np.where(shares | constant, 1.0, 1.0 / np.where(constant, 1.0, moments.spread))
    return TargetScale(offset.astype(np.float32), factor.astype(np.float32))
