"""From a data set to three scaled parts, ready to be trained on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from nnstudio.data.dataset import DataSet, RowIndex, Samples, Targets
from nnstudio.data.report import Cancel, Progress, Reporter
from nnstudio.data.split import Rows, Split, split_rows
from nnstudio.data.storage import IN_MEMORY_BYTES
from nnstudio.data.transform import Numbers, Scaler, Scaling, fit
from nnstudio.graph.types import DataSignature


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """The training, validation or test part.

    Attributes:
        x: (n, *shape) float32, scaled and C-contiguous, or int64 symbols. Where the set is too
            large for that, the whole set as it is, (samples, *shape), perhaps mapped from a file.
        y: (n, *target.shape) int64 or (n, values) float32, scaled and C-contiguous.
        rows: (n,) int64, each sample's row in the data set, ascending.
        scaler: What still has to be applied to `x` (never `y`); None where `x` is scaled already.
    """

    x: Samples
    y: Targets
    rows: RowIndex
    scaler: Scaler | None = None

    @property
    def size(self) -> int:
        """How many samples the part holds."""
        return len(self.rows)

    @property
    def staged(self) -> bool:
        """Whether samples have to be gathered and scaled before the engine can take them."""
        return self.scaler is not None

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type in which the engine takes the samples: float32, or int64 for symbols."""
        return np.dtype(np.int64 if self.x.dtype.kind == "i" else np.float32)

    def samples(self, indices: RowIndex | slice, out: Numbers | None = None) -> Numbers:
        """Give scaled samples of this part.

        Args:
            indices: (m,) int64 positions in the part, 0..n-1, or a slice of them.
            out: (m, *shape) of type `dtype` to write to; None makes a new array.

        Returns:
            (m, *shape) of type `dtype`.
        """
        if self.scaler is not None:
            return self.scaler.apply(self.x[self.rows[indices]], out)
        taken = np.asarray(self.x[indices], self.dtype)
        if out is None:
            return taken
        out[...] = taken
        return out


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A data set split and scaled.

    Attributes:
        train: What the weights learn from.
        valid: What watches the training; perhaps empty.
        test: What is kept back; perhaps empty.
        scaler: Fitted on `train` only; saved with the project.
        signature: What the parts feed a graph.
    """

    train: Part
    valid: Part
    test: Part
    scaler: Scaler
    signature: DataSignature


def prepare(
    dataset: DataSet,
    split: Split,
    scaling: Scaling,
    seed: int,
    *,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
    in_memory_bytes: int = IN_MEMORY_BYTES,
) -> Prepared:
    """Split a data set and scale its parts.

    Args:
        dataset: The data.
        split: The shares of the parts.
        scaling: How the inputs are scaled; fitted on the training part only.
        seed: The project's seed.
        progress: Called with (done, total, words).
        cancel: Asked now and then; True stops the work.
        in_memory_bytes: A set whose float32 numbers need more stays as it is, on disk if it is
            mapped, and is scaled batch by batch.

    Raises:
        StudioError: There are fewer samples than parts.
        Cancelled: `cancel` answered True.
    """
    rows = split_rows(dataset, split, seed)
    report = Reporter(progress, cancel, "Preparing the data")
    return prepare_rows(dataset, rows, scaling, report=report, in_memory_bytes=in_memory_bytes)


def prepare_rows(
    dataset: DataSet,
    rows: Rows,
    scaling: Scaling,
    *,
    report: Reporter | None = None,
    in_memory_bytes: int = IN_MEMORY_BYTES,
) -> Prepared:
    """Scale parts that are divided already, such as one of `folds`."""
    report = report or Reporter()
    scaler = fit(scaling, dataset, rows.train, report)
    parts: list[Part] = []
    for name, chosen in (("training", rows.train), ("validation", rows.valid), ("test", rows.test)):
        report.at(len(parts), 3, f"scaling the {name} part")
        parts.append(make_part(dataset, chosen, scaler, in_memory_bytes=in_memory_bytes))
    return Prepared(parts[0], parts[1], parts[2], scaler, dataset.signature)


def make_part(
    dataset: DataSet, rows: RowIndex, scaler: Scaler, *, in_memory_bytes: int = IN_MEMORY_BYTES
) -> Part:
    """Give some rows of a data set as a part, scaled now or, in large sets, when needed."""
    y = scaler.target.apply(dataset.y[rows])  # in C order, as all indexing by rows gives
    if dataset.mapped or dataset.x.size * 4 > in_memory_bytes:
        return Part(dataset.x, y, rows, scaler)
    return Part(scaler.apply(dataset.x[rows]), y, rows)
