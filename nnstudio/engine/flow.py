"""Kernels through which samples enter a step and its results leave: gather, record, store."""

from __future__ import annotations

import math

from nnstudio.kernels.kernel import (
    In1,
    In2,
    In3,
    InIndex1,
    ModDouble1,
    ModIndex1,
    Out2,
    Out3,
    OutIndex1,
    kernel,
)
from nnstudio.kernels.maths import share


@kernel
def gather_samples(
    source: In2,
    rows: InIndex1,
    step: InIndex1,
    origin: InIndex1,
    x: Out3,
    height: int,
    length: int,
    batch: int,
    tid: int,
    threads: int,
) -> None:
    """Copy this step's samples, source[rows[…]], into the input buffer (batch, height, length)."""
    first, last = share(batch, tid, threads)
    start = (step[0] - origin[0]) * batch
    for n in range(first, last):
        row = rows[start + n]
        for h in range(height):
            for i in range(length):
                x[n, h, i] = source[row, h * length + i]


@kernel
def gather_classes(
    source: InIndex1,
    rows: InIndex1,
    step: InIndex1,
    origin: InIndex1,
    target: OutIndex1,
    batch: int,
    tid: int,
    threads: int,
) -> None:
    """Copy this step's classes into the target buffer (batch,)."""
    first, last = share(batch, tid, threads)
    start = (step[0] - origin[0]) * batch
    for n in range(first, last):
        target[n] = source[rows[start + n]]


@kernel
def record_loss(
    loss: In1,
    batch: int,
    losses: ModDouble1,
    step: InIndex1,
    origin: InIndex1,
    halt: ModIndex1,
    tid: int,
    threads: int,
) -> None:
    """Write the mean loss of the batch into the table, and halt where it is not finite."""
    at = step[0] - origin[0]
    losses[at] = 0.0
    for n in range(batch):
        losses[at] += loss[n]
    losses[at] /= batch
    if not math.isfinite(losses[at]):
        halt[0] = 1


@kernel
def count_hits(
    scores: In3,
    target: InIndex1,
    batch: int,
    classes: int,
    hits: ModDouble1,
    step: InIndex1,
    origin: InIndex1,
    tid: int,
    threads: int,
) -> None:
    """Count the samples whose largest score is the target's; one score means "above zero"."""
    at = step[0] - origin[0]
    hits[at] = 0.0
    for n in range(batch):
        best = 0
        if classes == 1:
            if scores[n, 0, 0] > 0.0:
                best = 1
        else:
            for i in range(1, classes):
                if scores[n, 0, i] > scores[n, 0, best]:
                    best = i
        if best == target[n]:
            hits[at] += 1.0


@kernel
def store_rows(
    x: In3,
    step: InIndex1,
    origin: InIndex1,
    out: Out2,
    height: int,
    length: int,
    batch: int,
    tid: int,
    threads: int,
) -> None:
    """Copy a buffer's rows into this step's part of a table (steps · batch, height · length)."""
    first, last = share(batch, tid, threads)
    start = (step[0] - origin[0]) * batch
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                out[start + n, h * length + i] = x[n, h, i]
