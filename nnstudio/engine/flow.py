"""Kernels through which samples enter a step and its results leave: gather, record, store."""

from __future__ import annotations

import math

import numpy as np

from nnstudio.kernels.kernel import (
    In1,
    In2,
    In3,
    InDouble1,
    InIndex1,
    Mod3,
    ModDouble1,
    ModIndex1,
    Out1,
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
    positions: int,
    tid: int,
    threads: int,
) -> None:
    """Copy this step's classes or symbols into a buffer (batch · positions,)."""
    first, last = share(batch, tid, threads)
    start = (step[0] - origin[0]) * batch
    for n in range(first, last):
        row = rows[start + n]
        for i in range(positions):
            target[n * positions + i] = source[row * positions + i]


@kernel
def count_places(
    target: InIndex1,
    size: int,
    counted: ModDouble1,
    step: InIndex1,
    origin: InIndex1,
    tid: int,
    threads: int,
) -> None:
    """Write into the table how many of the batch's steps or pixels are not masked."""
    count = 0
    for i in range(size):
        if target[i] >= 0:
            count += 1
    counted[step[0] - origin[0]] = np.float64(count)


@kernel
def divide_by_count(
    gradient: Mod3,
    counted: InDouble1,
    step: InIndex1,
    origin: InIndex1,
    batch: int,
    height: int,
    length: int,
    tid: int,
    threads: int,
) -> None:
    """Make the gradient of the sum over all places that of their mean."""
    first, last = share(batch, tid, threads)
    part = float(1.0 / max(counted[step[0] - origin[0]], 1.0))
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                gradient[n, h, i] = gradient[n, h, i] * part


@kernel
def record_loss(
    loss: In1,
    batch: int,
    counted: InDouble1,
    losses: ModDouble1,
    step: InIndex1,
    origin: InIndex1,
    halt: ModIndex1,
    tid: int,
    threads: int,
) -> None:
    """Write the loss of what counts, its mean, into the table; halt where it is not finite."""
    at = step[0] - origin[0]
    losses[at] = 0.0
    for n in range(batch):
        losses[at] += loss[n]
    losses[at] /= max(counted[at], 1.0)
    if not math.isfinite(losses[at]):
        halt[0] = 1


@kernel
def mark_hits(
    scores: In3,
    target: InIndex1,
    right: Out1,
    batch: int,
    height: int,
    width: int,
    classes: int,
    tid: int,
    threads: int,
) -> None:
    """Count each sample's places whose largest score is the target's; one score: "above zero"."""
    first, last = share(batch, tid, threads)
    for n in range(first, last):
        count = 0
        for h in range(height):
            for w in range(width):
                start = w * classes
                best = 0
                if classes == 1:
                    if scores[n, h, start] > 0.0:
                        best = 1
                else:
                    for i in range(1, classes):
                        if scores[n, h, start + i] > scores[n, h, start + best]:
                            best = i
                if best == target[(n * height + h) * width + w]:
                    count += 1
        right[n] = float(count)


@kernel
def record_hits(
    right: In1,
    batch: int,
    hits: ModDouble1,
    step: InIndex1,
    origin: InIndex1,
    tid: int,
    threads: int,
) -> None:
    """Write into the table how many of the batch's places were right."""
    at = step[0] - origin[0]
    hits[at] = 0.0
    for n in range(batch):
        hits[at] += right[n]


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
