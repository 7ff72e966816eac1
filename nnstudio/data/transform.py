"""Scaling of the data, fitted on the training part only and saved with the project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from nnstudio.core.errors import StudioError
from nnstudio.data.dataset import DataSet, RowIndex, Samples
from nnstudio.data.moments import Moments, most_frequent, take_moments
from nnstudio.data.report import Reporter
from nnstudio.data.target_scale import UNSCALED, TargetScale, fit_targets

Floats = NDArray[np.float32]
Numbers = Floats | NDArray[np.int64]
Doubles = NDArray[np.float64]


class Scaling(BaseModel):
    """How the inputs are brought to a size that trains well.

    Attributes:
        kind: "none" leaves the numbers; "scale" brings their range to `span`; "standardise"
            gives mean 0 and spread 1; "mean_image" subtracts the mean sample; "mean_channel"
            subtracts the mean of each channel.
        span: The range that "scale" leads to.

    Tables are scaled feature by feature, sequences feature by feature over all steps, images as a
    whole: their pixels share one range and one spread; symbols stay as they are. Target values are
    standardised column by column with every kind but "none"; losses then count in these units,
    errors in the data's own.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["none", "scale", "standardise", "mean_image", "mean_channel"] = "standardise"
    span: Literal["0..1", "-1..1"] = "0..1"


@dataclass(frozen=True, slots=True, eq=False)
class Scaler:
    """A fitted scaling: ``(x - offset) * factor``, missing numbers filled first.

    Attributes:
        offset: float32, fits a sample's shape by broadcasting.
        factor: float32, likewise.
        fill: (features,) float32 stands in for NaN; empty where nothing may be missing.
        target: The scaling of the target values.
    """

    offset: Floats
    factor: Floats
    fill: Floats
    target: TargetScale = UNSCALED

    def apply(self, x: Samples, out: Numbers | None = None) -> Numbers:
        """Scale samples.

        Args:
            x: (n, *shape) float32 or uint8, or int64 symbols, which no scaling touches.
            out: (n, *shape) of the result's type to write to; None makes a new array.

        Returns:
            (n, *shape) float32, or int64 symbols.
        """
        if x.dtype.kind == "i":
            return _untouched(x, out)
        if self.fill.size and x.dtype.kind == "f":
            x = np.where(np.isnan(x), self.fill, x)
        if out is None:
            out = np.empty(x.shape, np.float32)
        np.subtract(x, self.offset, out=out)
        return np.multiply(out, self.factor, out=out)

    def invert(self, scaled: Floats) -> Floats:
        """Give back the numbers as they were in the data, (n, *shape) float32, for viewers."""
        return scaled / self.factor + self.offset

    def arrays(self) -> dict[str, Floats]:
        """Give the arrays that a project saves."""
        inputs = {"offset": self.offset, "factor": self.factor, "fill": self.fill}
        return inputs | self.target.arrays()

    @staticmethod
    def from_arrays(arrays: Mapping[str, NDArray[np.generic]]) -> Scaler:
        """Rebuild a scaler from what `arrays` gave.

        Raises:
            StudioError: An array is missing, or its numbers are not finite.
        """
        parts = []
        for name in ("offset", "factor", "fill"):
            if name not in arrays:
                raise StudioError(
                    f"The saved scaling lacks its array '{name}'; prepare the data again."
                )
            part = np.ascontiguousarray(arrays[name], np.float32)
            if not np.isfinite(part).all():
                raise StudioError(
                    f"The saved scaling's array '{name}' holds numbers that are not finite; "
                    "prepare the data again."
                )
            parts.append(part)
        offset, factor, fill = parts
        return Scaler(offset, factor, fill, TargetScale.from_arrays(arrays))


def _untouched(x: NDArray[Any], out: NDArray[Any] | None) -> NDArray[Any]:
    if out is None:
        return np.ascontiguousarray(x)
    out[...] = x
    return out


def fit(
    scaling: Scaling, dataset: DataSet, rows: RowIndex, report: Reporter | None = None
) -> Scaler:
    """Fit a scaling to some rows of a data set, those of the training part.

    Args:
        scaling: What to fit.
        dataset: The data.
        rows: (n,) int64, the training part; no other row is looked at.
        report: Receives progress.

    Returns:
        The fitted scaler.
    """
    filled = dataset.fill != "drop"
    if scaling.kind == "none" and not filled:
        return _scaler(np.zeros(1), np.ones(1), np.empty(0), UNSCALED)
    target = UNSCALED if scaling.kind == "none" else fit_targets(dataset.y, rows)
    if dataset.signature.input.is_symbols:
        return _scaler(np.zeros(1), np.ones(1), np.empty(0), target)
    moments = take_moments(dataset.x, rows, report or Reporter())
    offset, factor = _FITS[scaling.kind](moments, scaling)
    fill = _fill(dataset, rows, moments) if filled else np.empty(0)
    return _scaler(offset, factor, fill, target)


def _scaler(offset: Doubles, factor: Doubles, fill: Doubles, target: TargetScale) -> Scaler:
    offset32, factor32, fill32 = (
        np.ascontiguousarray(a, np.float32) for a in (offset, factor, fill)
    )
    return Scaler(offset32, factor32, fill32, target)


def _shared(moments: Moments) -> Moments:
    """Merge what shares one scale: nothing in tables, steps in sequences, all in images."""
    if moments.mean.ndim == 1:
        return moments
    return moments.merged(keep_last=moments.mean.ndim == 2)


def _inverse(spread: Doubles, size: Doubles) -> Doubles:
    """Give 1 / spread, and 1 for what is constant within the precision of float32."""
    constant = spread <= 1e-7 * np.maximum(np.abs(size), 1e-30)
    return np.where(constant, 1.0, 1.0 / np.where(constant, 1.0, spread))


def _none(_moments: Moments, _scaling: Scaling) -> tuple[Doubles, Doubles]:
    return np.zeros(1), np.ones(1)


def _scale(moments: Moments, scaling: Scaling) -> tuple[Doubles, Doubles]:
    """Bring lowest..highest to 0..1 or -1..1."""
    shared = _shared(moments)
    width = shared.high - shared.low
    size = np.maximum(np.abs(shared.high), np.abs(shared.low))
    factor = _inverse(width, size)
    if scaling.span == "0..1":
        return shared.low, factor
    return (shared.low + shared.high) / 2, 2 * factor


def _standardise(moments: Moments, _scaling: Scaling) -> tuple[Doubles, Doubles]:
    """Subtract the mean, divide by the standard deviation."""
    shared = _shared(moments)
    return shared.mean, _inverse(shared.spread, shared.mean)


def _mean_image(moments: Moments, _scaling: Scaling) -> tuple[Doubles, Doubles]:
    """Subtract the mean sample, as AlexNet does.

    Departs: what is left is divided by one common spread, so that pixels of 0..255 train with the
    same learning rate as any other input; the notes leave them at -128..127.
    """
    return moments.mean, _common_spread(moments)


def _mean_channel(moments: Moments, _scaling: Scaling) -> tuple[Doubles, Doubles]:
    """Subtract each channel's mean, as VGG does; then one common spread, as for the mean image."""
    channels = moments.merged(keep_last=True)
    return channels.mean, _common_spread(channels)


def _common_spread(moments: Moments) -> Doubles:
    """Give 1 / the standard deviation of everything around its own mean, shape (1,)."""
    spread = np.sqrt(moments.squares.sum() / max(1.0, moments.count.sum()))
    return _inverse(np.atleast_1d(spread), np.atleast_1d(np.abs(moments.mean).max()))


def _fill(dataset: DataSet, rows: RowIndex, moments: Moments) -> Doubles:
    """Give what stands in for a missing number of each feature; words take the commonest one."""
    fill = moments.mean.copy()
    if dataset.fill == "frequent":
        fill = most_frequent(dataset.x, rows)
    for first, last in dataset.groups:
        commonest = first + int(moments.mean[first:last].argmax())
        fill[first:last] = 0.0
        fill[commonest] = 1.0
    return fill


_FITS = {
    "none": _none,
    "scale": _scale,
    "standardise": _standardise,
    "mean_image": _mean_image,
    "mean_channel": _mean_channel,
}
