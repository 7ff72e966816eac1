"""The kernels of batch normalisation; `normalise` calls them.

Sums run over chunks of 128 rows in the real type, then in float64; each thread keeps its own, and
one thread adds them up in order, so the result is the same every time. Rows are worked on in blocks
of whole pixels, long enough for wide vectors also where there are few channels.
"""

from __future__ import annotations

import math

import numpy as np

from nnstudio.kernels.kernel import (
    In1,
    In2,
    In3,
    InDouble1,
    Mod1,
    Mod2,
    ModDouble1,
    Out1,
    Out2,
    Out3,
    device,
    kernel,
)
from nnstudio.kernels.maths import share

_CHUNK = 128  # rows that are added up in the real type


@device
def collect(parts: ModDouble1, work: Mod2, size: int, channels: int, block: int, tid: int) -> None:
    """Add a thread's two rows of sums to its sums in float64, and begin them anew."""
    place = tid * 2 * channels
    for w in range(0, size, channels):
        for c in range(channels):
            parts[place + c] += work[tid, block + w + c]
            parts[place + channels + c] += work[tid, 2 * block + w + c]
    for i in range(2 * block):
        work[tid, block + i] = 0.0


@device
def begin(parts: ModDouble1, work: Mod2, channels: int, block: int, tid: int) -> None:
    """Set all sums of a thread to 0."""
    for c in range(2 * channels):
        parts[tid * 2 * channels + c] = 0.0
    for i in range(2 * block):
        work[tid, block + i] = 0.0


@kernel
def batch_sums(
    x: In3,
    parts: ModDouble1,
    work: Mod2,
    height: int,
    length: int,
    channels: int,
    block: int,
    tid: int,
    threads: int,
) -> None:
    """Add up x − r and (x − r)² for each channel; r is the batch's first pixel.

    The shift by r keeps the difference of the sums exact where the mean is far from 0.
    """
    first, last = share(x.shape[0], tid, threads)
    begin(parts, work, channels, block, tid)
    for i in range(block):
        work[tid, i] = x[0, 0, i % channels]
    for start in range(0, length, block):
        size = min(block, length - start)
        rows = 0
        for n in range(first, last):
            for h in range(height):
                for i in range(size):
                    value = x[n, h, start + i] - work[tid, i]
                    work[tid, block + i] += value
                    work[tid, 2 * block + i] += value * value
                rows += 1
                if rows == _CHUNK or (n == last - 1 and h == height - 1):
                    rows = 0
                    collect(parts, work, size, channels, block, tid)


@kernel
def batch_statistics(
    x: In3,
    parts: InDouble1,
    mean: Out1,
    inverse: Out1,
    running_mean: Mod1,
    running_var: Mod1,
    channels: int,
    count: int,
    teams: int,
    momentum: float,
    eps: float,
    tid: int,
    threads: int,
) -> None:
    """Give mean and 1 / √(variance + eps) of the batch, and move the running averages."""
    number = np.float64(count)
    first, last = share(channels, tid, threads)
    for c in range(first, last):
        total = parts[c]
        squares = parts[channels + c]
        for part in range(1, teams):
            total += parts[part * 2 * channels + c]
            squares += parts[part * 2 * channels + channels + c]
        shift = total / number
        variance = squares / number - shift * shift
        variance = variance if variance != variance or variance > 0 else np.float64(0)  # noqa: PLR0124
        average = x[0, 0, c] + shift
        mean[c] = average
        inverse[c] = 1 / math.sqrt(variance + eps)
        spread = variance * number / np.float64(max(count - 1, 1))
        running_mean[c] += momentum * (average - running_mean[c])
        running_var[c] += momentum * (spread - running_var[c])


@kernel
def running_statistics(
    running_mean: In1,
    running_var: In1,
    mean: Out1,
    inverse: Out1,
    eps: float,
    tid: int,
    threads: int,
) -> None:
    """Give mean and 1 / √(variance + eps) of the running averages."""
    first, last = share(mean.shape[0], tid, threads)
    for c in range(first, last):
        mean[c] = running_mean[c]
        inverse[c] = 1.0 / math.sqrt(running_var[c] + eps)


@kernel
def forward_rows(
    mean: In1,
    inverse: In1,
    scale: In1,
    shift: In1,
    rows: Out2,
    channels: int,
    block: int,
    tid: int,
    threads: int,
) -> None:
    """Repeat for a block of pixels: mean, gain and shift."""
    first, last = share(block, tid, threads)
    for i in range(first, last):
        c = i % channels
        rows[0, i] = mean[c]
        rows[1, i] = inverse[c] * scale[c]
        rows[2, i] = shift[c]


@kernel
def normalise_rows(
    x: In3,
    rows: In2,
    y: Out3,
    height: int,
    length: int,
    block: int,
    relu: int,
    tid: int,
    threads: int,
) -> None:
    """Give (x − mean) · gain + shift, or the positive part of it."""
    first, last = share(y.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for start in range(0, length, block):
                size = min(block, length - start)
                if relu:
                    for i in range(size):
                        value = (x[n, h, start + i] - rows[0, i]) * rows[1, i] + rows[2, i]
                        y[n, h, start + i] = 0.0 if value < 0.0 else value
                else:
                    for i in range(size):
                        value = (x[n, h, start + i] - rows[0, i]) * rows[1, i] + rows[2, i]
                        y[n, h, start + i] = value


@kernel
def normalise_sum(
    x: In3,
    rows: In2,
    more: In3,
    y: Out3,
    height: int,
    length: int,
    block: int,
    relu: int,
    tid: int,
    threads: int,
) -> None:
    """Give (x − mean) · gain + shift + more, or the positive part of it."""
    first, last = share(y.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for start in range(0, length, block):
                size = min(block, length - start)
                for i in range(size):
                    value = (x[n, h, start + i] - rows[0, i]) * rows[1, i] + rows[2, i]
                    value += more[n, h, start + i]
                    y[n, h, start + i] = 0.0 if relu and value < 0.0 else value


@kernel
def gradient_sums(
    x: In3,
    dy: In3,
    forward: In2,
    parts: ModDouble1,
    work: Mod2,
    height: int,
    length: int,
    channels: int,
    block: int,
    relu: int,
    tid: int,
    threads: int,
) -> None:
    """Add up dy and dy (x − mean) for each channel; with ReLU only where the output is above 0.

    The output is computed anew from x (`forward` as in `normalise_rows`): that is one map less to
    read, and reading is what takes the time.
    """
    first, last = share(dy.shape[0], tid, threads)
    begin(parts, work, channels, block, tid)
    for start in range(0, length, block):
        size = min(block, length - start)
        rows = 0
        for n in range(first, last):
            for h in range(height):
                if relu:
                    for i in range(size):
                        value = x[n, h, start + i] - forward[0, i]
                        positive = value * forward[1, i] + forward[2, i] > 0.0
                        gradient = dy[n, h, start + i] if positive else 0.0
                        work[tid, block + i] += gradient
                        work[tid, 2 * block + i] += gradient * value
                else:
                    for i in range(size):
                        gradient = dy[n, h, start + i]
                        work[tid, block + i] += gradient
                        value = x[n, h, start + i] - forward[0, i]
                        work[tid, 2 * block + i] += gradient * value
                rows += 1
                if rows == _CHUNK or (n == last - 1 and h == height - 1):
                    rows = 0
                    collect(parts, work, size, channels, block, tid)


@kernel
def gradient_sums_behind(
    x: In3,
    y: In3,
    dy: In3,
    gradient: Out3,
    forward: In2,
    parts: ModDouble1,
    work: Mod2,
    height: int,
    length: int,
    channels: int,
    block: int,
    tid: int,
    threads: int,
) -> None:
    """Write the gradient before ReLU, dy where y is above 0; add it up as `gradient_sums` does."""
    first, last = share(dy.shape[0], tid, threads)
    begin(parts, work, channels, block, tid)
    for start in range(0, length, block):
        size = min(block, length - start)
        rows = 0
        for n in range(first, last):
            for h in range(height):
                for i in range(size):
                    value = dy[n, h, start + i] if y[n, h, start + i] > 0.0 else 0.0
                    gradient[n, h, start + i] = value
                    work[tid, block + i] += value
                    work[tid, 2 * block + i] += value * (x[n, h, start + i] - forward[0, i])
                rows += 1
                if rows == _CHUNK or (n == last - 1 and h == height - 1):
                    rows = 0
                    collect(parts, work, size, channels, block, tid)


@kernel
def gradient_rows(
    parts: InDouble1,
    mean: In1,
    inverse: In1,
    scale: In1,
    shift: In1,
    dscale: Out1,
    dshift: Out1,
    rows: Out2,
    channels: int,
    block: int,
    count: int,
    teams: int,
    training: int,
    tid: int,
    threads: int,
) -> None:
    """Give the gradients by scale and shift, and for a block of pixels what dx is made of."""
    number = np.float64(count)
    first, last = share(channels, tid, threads)
    for c in range(first, last):
        total = parts[c]
        product = parts[channels + c]
        for part in range(1, teams):
            total += parts[part * 2 * channels + c]
            product += parts[part * 2 * channels + channels + c]
        dshift[c] = total
        dscale[c] = product * inverse[c]
        gain = inverse[c] * scale[c]
        slope = -gain * inverse[c] * inverse[c] * product / number if training else np.float64(0)
        constant = -gain * total / number if training else np.float64(0)
        for i in range(c, block, channels):
            rows[0, i] = mean[c]
            rows[1, i] = gain
            rows[2, i] = slope
            rows[3, i] = constant
            rows[4, i] = shift[c]


@kernel
def gradient_by_rows(
    x: In3,
    dy: In3,
    rows: In2,
    dx: Out3,
    height: int,
    length: int,
    block: int,
    relu: int,
    tid: int,
    threads: int,
) -> None:
    """Give gain · dy + slope · (x − mean) + constant."""
    first, last = share(dx.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for start in range(0, length, block):
                size = min(block, length - start)
                if relu:
                    for i in range(size):
                        away = x[n, h, start + i] - rows[0, i]
                        positive = away * rows[1, i] + rows[4, i] > 0.0
                        gradient = dy[n, h, start + i] if positive else 0.0
                        value = rows[2, i] * away + rows[3, i]
                        dx[n, h, start + i] = rows[1, i] * gradient + value
                else:
                    for i in range(size):
                        value = rows[2, i] * (x[n, h, start + i] - rows[0, i]) + rows[3, i]
                        dx[n, h, start + i] = rows[1, i] * dy[n, h, start + i] + value
