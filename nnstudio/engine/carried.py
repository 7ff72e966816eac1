"""What layers carry from one batch to the next within an epoch: a row for each row of the batch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

from numpy.typing import NDArray

from nnstudio.engine.memory import aligned
from nnstudio.kernels.program import Buffer


@dataclass
class Carried:
    """The memory that all plans of a run share, so that a smaller last batch goes on too.

    Attributes:
        dtype: "f4" or "f8".
        arrays: (batch, width) by "node/name", of the largest batch.
    """

    dtype: str
    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)

    def buffer(self, node: str, name: str, batch: int, width: int) -> Buffer:
        """Give the rows that a batch goes on with; the plan of the largest batch asks first."""
        key = f"{node}/{name}"
        if key not in self.arrays:
            memory = cast(NDArray[Any], aligned(batch * width, self.dtype))
            self.arrays[key] = memory.reshape(batch, width)
        array = self.arrays[key]
        if len(array) < batch:
            raise ValueError(f"'{key}' holds {len(array)} rows, the batch has {batch}.")
        return Buffer(key, (batch, width), external=True, address=array.ctypes.data)

    def clear(self) -> None:
        """Let the next batch begin with zero."""
        for array in self.arrays.values():
            array[...] = 0.0
