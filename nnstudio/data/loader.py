"""Batches for the engine: it gets whole arrays and the rows of many steps at once."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from types import TracebackType
from typing import Literal

import numpy as np

from nnstudio.core.errors import StudioError
from nnstudio.core.random import stream
from nnstudio.core.words import whole
from nnstudio.data.dataset import RowIndex, Targets
from nnstudio.data.prepare import Part
from nnstudio.data.staging import Stager
from nnstudio.data.transform import Numbers


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Several consecutive batches: step s takes ``rows[s * batch : (s + 1) * batch]`` of x and y.

    Attributes:
        x: (n, *shape) float32, or int64 symbols, C-contiguous.
        y: (n, *target.shape) int64 or (n, values) float32, C-contiguous.
        rows: int64, the batches one after the other; only an epoch's last one may be smaller.
        batch: Samples in a full batch.
    """

    x: Numbers
    y: Targets
    rows: RowIndex
    batch: int

    @property
    def steps(self) -> int:
        """How many batches the chunk holds."""
        return -(-len(self.rows) // self.batch)

    @property
    def last_batch(self) -> int:
        """How many samples the chunk's last batch holds."""
        return len(self.rows) - (self.steps - 1) * self.batch


Order = Literal["shuffled", "as they come", "streams"]


class Loader:
    """Deals out the batches of a part, epoch by epoch.

    A part in memory is handed over as it is, with the rows of the batches. A large part is
    gathered and scaled by a thread of its own, one chunk ahead, into one of two buffers: while the
    engine works on one, the other is filled. Such a chunk is valid until the next call of `chunk`.

    Args:
        part: Where the samples come from.
        batch: Samples in a batch.
        seed: The project's seed.
        order: "shuffled" gives each epoch an order of its own, from the random stream
            ``(seed, "shuffle", epoch)``; "as they come" keeps the part's order; "streams" divides
            the part into `batch` runs of neighbours, and row i of a batch is the sample that
            follows row i of the batch before. A smaller last batch goes on with the first rows.

    Raises:
        StudioError: The batch is larger than the part, or the part is empty.
    """

    def __init__(self, part: Part, batch: int, seed: int, order: Order = "shuffled") -> None:
        if batch < 1:
            raise StudioError(f"A batch of {batch} samples is not possible; choose at least 1.")
        if batch > part.size:
            raise StudioError(
                f"The batch of {whole(batch)} samples is larger than the data: this part holds "
                f"{whole(part.size)}; choose a batch of at most {whole(max(1, part.size))} "
                "or take more data."
            )
        self.part = part
        self.batch = batch
        self.seed = seed
        self.order = order
        self._orders: dict[int, RowIndex] = {}
        self._orders_lock = threading.Lock()
        self._stager = Stager(part, self._rows) if part.staged else None

    @property
    def steps_per_epoch(self) -> int:
        """Batches in an epoch, a smaller last one included."""
        return -(-self.part.size // self.batch)

    @property
    def full_steps(self) -> int:
        """Batches in an epoch that are full."""
        return self.part.size // self.batch

    @property
    def last_batch(self) -> int:
        """How many samples an epoch's last batch holds."""
        return self.part.size - (self.steps_per_epoch - 1) * self.batch

    def chunk(self, epoch: int, first_step: int, steps: int) -> Chunk:
        """Give consecutive batches of one epoch.

        Args:
            epoch: Counts from 0.
            first_step: The first batch, from 0 in each epoch.
            steps: How many batches; fewer are given at the end of the epoch, and where no more
                were gathered ahead: the number may change from chunk to chunk without a wait.

        Returns:
            The arrays and rows the engine takes. What it is likely to ask for next, the same
            number of batches from where this chunk ends, is already being gathered.

        Raises:
            StudioError: The step is not in the epoch, or the data could not be read.
        """
        if not 0 <= first_step < self.steps_per_epoch or steps < 1:
            raise StudioError(
                f"Step {first_step} is not in an epoch of {self.steps_per_epoch} steps; "
                "ask for a step of the epoch."
            )
        wanted = self._span(epoch, first_step, steps)
        if self._stager is None:
            rows = self._rows(*wanted)
            return Chunk(np.asarray(self.part.x, self.part.dtype), self.part.y, rows, self.batch)
        x, y = self._stager.take(wanted)
        chunk = Chunk(x, y, np.arange(len(x), dtype=np.int64), self.batch)
        end = first_step + chunk.steps
        following = (epoch, end) if end < self.steps_per_epoch else (epoch + 1, 0)
        self._stager.ahead(self._span(*following, steps))
        return chunk

    def close(self) -> None:
        """End the gathering thread; chunks given before stay readable."""
        if self._stager is not None:
            self._stager.close()

    def __enter__(self) -> Loader:
        """Use the loader in a `with` block, which closes it."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the loader."""
        self.close()

    def _span(self, epoch: int, first_step: int, steps: int) -> tuple[int, int, int]:
        """Give (epoch, first sample, last sample + 1) of some batches."""
        first = first_step * self.batch
        return epoch, first, min(self.part.size, first + steps * self.batch)

    def _rows(self, epoch: int, first: int, last: int) -> RowIndex:
        """Give the positions in the part of samples first..last-1 of an epoch."""
        with self._orders_lock:
            order = self._orders.get(epoch)
            if order is None:
                order = self._order(epoch)
                self._orders = {k: v for k, v in self._orders.items() if abs(k - epoch) <= 1}
                self._orders[epoch] = order
        return order[first:last]

    def _order(self, epoch: int) -> RowIndex:
        if self.order == "shuffled":
            return stream(self.seed, "shuffle", epoch).permutation(self.part.size)
        if self.order == "streams":
            return _streams(self.part.size, self.batch)
        return np.arange(self.part.size, dtype=np.int64)


def _streams(size: int, batch: int) -> RowIndex:
    """Give 0 … size - 1 so that each row of a batch follows its row of the batch before."""
    length, longer = divmod(size, batch)
    rows = np.arange(batch, dtype=np.int64)
    starts = rows * length + np.minimum(rows, longer)  # the first streams are one sample longer
    whole_batches = starts + np.arange(length, dtype=np.int64)[:, None]
    return np.concatenate([whole_batches.reshape(-1), starts[:longer] + length])
