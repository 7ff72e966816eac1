"""A short self-test of the machine: does it compile, is the result right, how fast is a tile."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nnstudio.core.random import stream
from nnstudio.kernels import native
from nnstudio.kernels.cache import CodeCache
from nnstudio.kernels.cpu import cpu, reservation
from nnstudio.kernels.dense import dense_forward
from nnstudio.kernels.program import Buffer, Program
from nnstudio.kernels.team import Team, usable_cores

_SIZE = (96, 256, 256)  # rows, depth, columns of the product that is timed
_STEPS, _ROUNDS = 20, 5


@dataclass(frozen=True, slots=True)
class Report:
    """What the self-test found.

    Attributes:
        processor: LLVM's name of the processor.
        lanes: float32 elements of one vector.
        threads: Processors this process may use.
        gflops: Speed of a dense product on one thread, in 10⁹ operations a second.
        cache_folder: Where compiled code is kept.
        cache_bytes: Bytes it takes.
        seconds: Time to compile or load the code.
        ok: The product agrees with numpy.
        reservation: A sentence where the processor is unknown or lacks something; otherwise "".
    """

    processor: str
    lanes: int
    threads: int
    gflops: float
    cache_folder: str
    cache_bytes: int
    seconds: float
    ok: bool
    reservation: str = ""

    def __str__(self) -> str:
        verdict = "right" if self.ok else "WRONG"
        said = (
            f"{self.processor}, {self.lanes} lanes, {self.threads} cores; products are {verdict}, "
            f"{self.gflops:.0f} GFLOP/s a core; code ready in {self.seconds:.2f} s; "
            f"{self.cache_bytes} bytes kept in {self.cache_folder}."
        )
        return f"{said} {self.reservation}".strip()


def self_test() -> Report:
    """Compile or load a dense product, check it against numpy and time it."""
    rows, depth, columns = _SIZE
    draw = stream(0, "self-test")
    x = draw.normal(size=(rows, depth)).astype(np.float32)
    w = draw.normal(size=(depth, columns)).astype(np.float32)
    y = np.zeros((rows, columns), np.float32)
    program = Program()
    buffers = [
        Buffer(name, array.shape, external=True, address=array.ctypes.data)
        for name, array in (("x", x), ("w", w), ("y", y))
    ]
    dense_forward(program, buffers[0], buffers[1], None, buffers[2])
    begin = time.perf_counter()
    linked = program.link()
    seconds = time.perf_counter() - begin
    with Team(1) as team:
        linked.run(team, 1)
        best = min(_timed(lambda: linked.run(team, _STEPS)) for _ in range(_ROUNDS))
    exact = x.astype(np.float64) @ w.astype(np.float64)
    cache = CodeCache()
    return Report(
        processor=native.host()[0],
        lanes=cpu().lanes,
        threads=usable_cores(),
        gflops=2e-9 * rows * depth * columns * _STEPS / best,
        cache_folder=str(cache.place()),
        cache_bytes=cache.size(),
        seconds=seconds,
        ok=bool(np.abs(y - exact).max() <= 1e-5 * np.abs(exact).max()),
        reservation=reservation(),
    )


def _timed(work: Callable[[], object]) -> float:
    """Give the seconds that a call takes."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin
