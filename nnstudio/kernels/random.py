"""Random bits by counting: place, step and stream give the bits, whichever thread asks.

Philox4x32-10 (Salmon, Moraes, Dror & Shaw 2011, "Parallel Random Numbers: As Easy as 1, 2, 3",
section 3.3): ten rounds of multiplication over a counter of four words under a key of two.
"""

from __future__ import annotations

import numpy as np

from nnstudio.kernels.activation import is_small
from nnstudio.kernels.kernel import In3, InIndex1, Out3, device, kernel
from nnstudio.kernels.maths import share
from nnstudio.kernels.program import Buffer, Program, View

_WORD = 2**32


@device
def philox(
    a: int, b: int, c: int, d: int, low: int, high: int
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Give four random words below 2³² for a counter (a, b, c, d) and a key (low, high).

    The words stand in 64 bits, so that a product of two of them fits.
    """
    mask, half = np.uint64(0xFFFFFFFF), np.uint64(32)
    key0, key1 = np.uint64(low) & mask, np.uint64(high) & mask
    w0, w1 = np.uint64(a) & mask, np.uint64(b) & mask
    w2, w3 = np.uint64(c) & mask, np.uint64(d) & mask
    for _ in range(10):
        first = w0 * np.uint64(0xD2511F53)
        second = w2 * np.uint64(0xCD9E8D57)
        w0, w1 = (second >> half) ^ w1 ^ key0, second & mask
        w2, w3 = (first >> half) ^ w3 ^ key1, first & mask
        key0 = (key0 + np.uint64(0x9E3779B9)) & mask
        key1 = (key1 + np.uint64(0xBB67AE85)) & mask
    return w0, w1, w2, w3


@kernel
def keep_some(
    x: In3,
    y: Out3,
    step: InIndex1,
    height: int,
    length: int,
    low: int,
    high: int,
    below: int,
    scale: float,
    tid: int,
    threads: int,
) -> None:
    """Scale the numbers whose random word is `below` or more, and set the others to 0."""
    first, last = share(y.shape[0], tid, threads)
    limit, now = np.uint64(below), step[0]
    for n in range(first, last):
        for h in range(height):
            for q in range(length // 4):
                a, b, c, d = philox(q, h, n, now, low, high)
                i = 4 * q
                y[n, h, i] = x[n, h, i] * scale if a >= limit else 0.0
                y[n, h, i + 1] = x[n, h, i + 1] * scale if b >= limit else 0.0
                y[n, h, i + 2] = x[n, h, i + 2] * scale if c >= limit else 0.0
                y[n, h, i + 3] = x[n, h, i + 3] * scale if d >= limit else 0.0
            i = length // 4 * 4
            if i < length:
                a, b, c, d = philox(length // 4, h, n, now, low, high)
                y[n, h, i] = x[n, h, i] * scale if a >= limit else 0.0
                if i + 1 < length:
                    y[n, h, i + 1] = x[n, h, i + 1] * scale if b >= limit else 0.0
                if i + 2 < length:
                    y[n, h, i + 2] = x[n, h, i + 2] * scale if c >= limit else 0.0


def drop(
    program: Program, x: Buffer, y: Buffer, step: View, seed: int, rate: float, scale: float
) -> None:
    """Add y = scale · x with a part `rate` of all numbers set to 0.

    The same seed, step and place (batch row, height, number in the row) always give the same
    choice, for any number of threads and any halo; so the backward pass calls this once more.

    Args:
        program: Where the call is added.
        x: (batch, …), any halo.
        y: Shape of x; overwritten, its halo left alone.
        step: One int64, the number of the step.
        seed: Key of the stream; its lowest 64 bits count.
        rate: Part that is dropped, 0 to 1.
        scale: What the others are multiplied with.
    """
    height, length = (1, x.size // x.shape[0])
    if len(x.shape) == 4:
        height, length = x.shape[1], x.shape[2] * x.shape[3]
    low, high = seed % _WORD, seed // _WORD % _WORD
    args = height, length, low, high, round(rate * _WORD), scale
    program.call(keep_some, x.rows(), y.rows(), step, *args, label="dropout", serial=is_small(y))
