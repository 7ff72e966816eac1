"""What this processor offers: vector width, registers, masks; and the tiles that suit it.

The limits of the register block are measured, not computed: on Zen 4 with AVX-512, 14×1, 8×2, 7×3
and 6×4 vectors run at 111–116 of 117 GFLOP/s, while 12×2 spills and falls to 77.
"""

from __future__ import annotations

import functools
import os
import platform
from dataclasses import dataclass

from nnstudio.kernels import native

_ROWS_OF_32 = {1: 14, 2: 9, 3: 7, 4: 6}
_ROWS_OF_16 = {1: 10, 2: 6, 3: 4, 4: 2}


@dataclass(frozen=True, slots=True)
class Cpu:
    """The processor as the tiles see it.

    Attributes:
        name: LLVM's name of it.
        lanes: float32 elements of one vector: 16, 8 or 4.
        masks: Partly used vectors can be loaded and stored cheaply.
        fused: It multiplies and adds in one instruction.
        registers: Number of vector registers: 32 or 16.
    """

    name: str
    lanes: int
    masks: bool
    fused: bool
    registers: int

    def vector_lanes(self, dtype: str) -> int:
        """Give the elements of one vector of type "f4" or "f8"."""
        return self.lanes if dtype == "f4" else self.lanes // 2

    @property
    def row_limits(self) -> dict[int, int]:
        """Give the most rows of a register block for each number of vectors per row."""
        return _ROWS_OF_32 if self.registers == 32 else _ROWS_OF_16


def reservation() -> str:
    """Say in a sentence what is unknown of this processor, or what it lacks; "" if nothing."""
    name, features = native.host()
    lanes = cpu().lanes
    if not features:
        return (
            "The features of this processor are unknown: code for any processor of its family"
            f" runs, {lanes} numbers at a time. Results are right, training is slower."
        )
    if name == native.GENERIC:
        return (
            "The name of this processor is unknown: code for the features it reports runs,"
            f" {lanes} numbers at a time."
        )
    if _detected().lanes == 4 and not is_arm():
        return (
            "This processor has no AVX2: code for 4 numbers at a time runs. Results are right,"
            " training is slower."
        )
    return ""


def is_arm() -> bool:
    """Say whether this is a 64-bit ARM processor."""
    return platform.machine().lower() in {"arm64", "aarch64"}


@functools.cache
def _detected() -> Cpu:
    name, features = native.host()
    have = set(features.split(","))
    if is_arm():
        return Cpu(name, lanes=4, masks=False, fused=True, registers=32)
    if {"+avx512f", "+avx512vl", "+avx512dq", "+avx512bw"} <= have:
        return Cpu(name, lanes=16, masks=True, fused=True, registers=32)
    if {"+avx2", "+fma"} <= have:
        return Cpu(name, lanes=8, masks=True, fused=True, registers=16)
    return Cpu(name, lanes=4, masks=False, fused="+fma" in have, registers=16)


def cpu() -> Cpu:
    """Give this processor; NNSTUDIO_LANES=4, 8 or 16 makes it narrower for tests."""
    found = _detected()
    wanted = os.environ.get("NNSTUDIO_LANES", "")
    if wanted not in {"4", "8", "16"} or int(wanted) >= found.lanes:
        return found
    lanes = int(wanted)
    return Cpu(found.name, lanes, found.masks and lanes > 4, found.fused, found.registers)
