"""Runs small programs on numpy arrays."""

from __future__ import annotations

import numpy as np

from nnstudio.kernels.program import Buffer, Program
from nnstudio.kernels.team import Team


class Machine:
    """A program whose buffers are numpy arrays."""

    def __init__(self, dtype: str = "f4", threads: int = 1) -> None:
        self.program = Program(dtype, threads)
        self.arrays: dict[Buffer, np.ndarray] = {}

    def given(self, name, values, halo=(0, 0, 0, 0), dtype="real"):
        """Make a buffer that holds values; its halo is zero."""
        values = np.asarray(values)
        buffer = Buffer(name, values.shape, dtype, halo, external=True)
        self.place(buffer, 0)
        self.inside(buffer)[...] = values
        return buffer

    def empty(self, name, shape, halo=(0, 0, 0, 0), dtype="real"):
        """Make a buffer full of NaN, the halo too."""
        buffer = Buffer(name, tuple(shape), dtype, halo, external=True)
        self.place(buffer, np.nan)
        return buffer

    def place(self, buffer, value):
        kind = self.program.dtype if buffer.dtype == "real" else buffer.dtype
        kind = {"i8": np.int64}.get(kind, kind)
        if kind is np.int64:
            value = 0
        self.arrays[buffer] = np.full(buffer.pitch, value, kind)
        buffer.address = self.arrays[buffer].ctypes.data

    def inside(self, buffer):
        """Give the interior as an array."""
        if len(buffer.shape) != 4:
            return self.arrays[buffer]
        top, _, left, _ = buffer.halo
        _, height, width, _ = buffer.shape
        return self.arrays[buffer][:, top : top + height, left : left + width]

    def link(self):
        for buffer in self.program.buffers:
            if buffer.address is None and buffer.base is None:
                self.place(buffer, np.nan)
        return self.program.link()

    def run(self, steps=1, team=None):
        linked = self.link()
        if team is not None:
            return linked.run(team, steps)
        with Team(self.program.threads) as made:
            return linked.run(made, steps)
