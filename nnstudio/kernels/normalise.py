"""Batch normalisation: statistics of a batch, normalising by them, and the gradients of both."""

from __future__ import annotations

from nnstudio.kernels.activation import is_small, row_sizes
from nnstudio.kernels.normalise_rows import (
    batch_statistics,
    batch_sums,
    forward_rows,
    gradient_by_rows,
    gradient_rows,
    gradient_sums,
    gradient_sums_behind,
    normalise_rows,
    normalise_sum,
    running_statistics,
)
from nnstudio.kernels.program import Buffer, Program

_BLOCK = 1024  # numbers of a row that are worked on together, or one pixel if that is more


def block_of(x: Buffer) -> int:
    """Give how many numbers of a row are worked on together: whole pixels, at most the row."""
    channels = x.shape[-1]
    pixels = x.shape[2] if len(x.shape) == 4 else 1
    return channels * max(1, min(pixels, _BLOCK // channels))


def add_statistics(
    program: Program,
    x: Buffer,
    mean: Buffer,
    inverse: Buffer,
    running_mean: Buffer,
    running_var: Buffer,
    momentum: float,
    eps: float,
) -> None:
    """Add the mean and 1 / √(variance + eps) of each channel of a batch, and the running averages.

    Args:
        program: Where the calls are added.
        x: (batch, height, width, channels) with any halo, or (batch, channels).
        mean: (channels,), written.
        inverse: (channels,), written.
        running_mean: (channels,), moved towards the batch's by `momentum`.
        running_var: (channels,), moved towards the batch's unbiased variance.
        momentum: Weight of the newest batch (torch's convention).
        eps: Keeps the root away from 0.
    """
    channels, teams, block = x.shape[-1], _teams(program, x), block_of(x)
    parts, work = _partial(program, x, block)
    sizes = *row_sizes(x), channels, block
    views = x.rows(), parts.vector(), work.flat()
    program.call(batch_sums, *views, *sizes, label="batch norm sums", serial=teams == 1)
    outputs = mean.vector(), inverse.vector(), running_mean.vector(), running_var.vector()
    numbers = channels, x.size // channels, teams, momentum, eps
    program.call(
        batch_statistics, x.rows(), parts.vector(), *outputs, *numbers, label="batch norm",
        serial=True,
    )  # fmt: skip


def _teams(program: Program, x: Buffer) -> int:
    """Give how many threads add up the batch."""
    return 1 if is_small(x) else program.threads


def _partial(program: Program, x: Buffer, block: int) -> tuple[Buffer, Buffer]:
    """Make the sums of each thread, in float64 and as rows of the real type."""
    channels, teams = x.shape[-1], _teams(program, x)
    parts = program.buffer(f"{x.name}.parts", (teams * 2 * channels,), "f8")
    return parts, program.buffer(f"{x.name}.work", (teams, 3 * block))


def add_running(
    program: Program,
    running_mean: Buffer,
    running_var: Buffer,
    mean: Buffer,
    inverse: Buffer,
    eps: float,
) -> None:
    """Add the mean and 1 / √(variance + eps) of the running averages, for evaluation."""
    views = running_mean.vector(), running_var.vector(), mean.vector(), inverse.vector()
    program.call(running_statistics, *views, eps, label="batch norm", serial=True)


def add_normalise(
    program: Program,
    x: Buffer,
    mean: Buffer,
    inverse: Buffer,
    scale: Buffer,
    shift: Buffer,
    y: Buffer,
    *,
    relu: bool = False,
    more: Buffer | None = None,
) -> None:
    """Add y = (x − mean) · inverse · scale + shift for each channel, plus `more`, then ReLU."""
    block = block_of(x)
    rows = _forward_rows(program, x, mean, inverse, scale, shift)
    numbers = *row_sizes(y), block, int(relu)
    if more is None:
        views = x.rows(), rows.flat(), y.rows()
        program.call(normalise_rows, *views, *numbers, label="normalise", serial=is_small(y))
    else:
        maps = x.rows(), rows.flat(), more.rows(), y.rows()
        program.call(normalise_sum, *maps, *numbers, label="normalise, add", serial=is_small(y))


def _forward_rows(
    program: Program, x: Buffer, mean: Buffer, inverse: Buffer, scale: Buffer, shift: Buffer
) -> Buffer:
    """Add what normalising takes for a block of pixels: mean, gain and shift; (3, block)."""
    block = block_of(x)
    rows = program.buffer(f"{x.name}.rows", (3, block))
    vectors = mean.vector(), inverse.vector(), scale.vector(), shift.vector()
    numbers = x.shape[-1], block
    program.call(forward_rows, *vectors, rows.flat(), *numbers, label="batch norm", serial=True)
    return rows


def add_normalise_gradient(
    program: Program,
    x: Buffer,
    dy: Buffer,
    mean: Buffer,
    inverse: Buffer,
    scale: Buffer,
    shift: Buffer,
    dscale: Buffer,
    dshift: Buffer,
    dx: Buffer | None,
    *,
    relu: bool = False,
    training: bool = True,
    behind: tuple[Buffer, Buffer] | None = None,
) -> None:
    """Add the gradients of `add_normalise`; in training the statistics depend on x too.

    dx = scale / σ · (dy − mean(dy) − x̂ · mean(dy x̂)), Ioffe & Szegedy 2015, section 3.

    Where a sum and then ReLU came behind it, `behind` is ReLU's output and the gradient by it;
    then `dy`, the gradient by the sum, is written too.
    """
    channels, block = x.shape[-1], block_of(x)
    parts, work = _partial(program, x, block)
    rows = program.buffer(f"{x.name}.gradient rows", (5, block))
    sizes = row_sizes(x)
    forward = _forward_rows(program, x, mean, inverse, scale, shift)
    views, sums = (x.rows(), dy.rows()), (parts.vector(), work.flat())
    numbers = *sizes, channels, block
    if behind is None:
        program.call(
            gradient_sums, *views, forward.flat(), *sums, *numbers, int(relu),
            label="batch norm gradient sums", serial=is_small(x),
        )  # fmt: skip
    else:
        maps = x.rows(), behind[0].rows(), behind[1].rows(), dy.rows()
        program.call(
            gradient_sums_behind, *maps, forward.flat(), *sums, *numbers,
            label="relu, batch norm gradient sums", serial=is_small(x),
        )  # fmt: skip
    vectors = [one.vector() for one in (mean, inverse, scale, shift, dscale, dshift)]
    counts = channels, block, x.size // channels, _teams(program, x), int(training)
    program.call(
        gradient_rows, parts.vector(), *vectors, rows.flat(), *counts, label="batch norm gradient",
        serial=True,
    )  # fmt: skip
    if dx is not None:
        program.call(
            gradient_by_rows, *views, rows.flat(), dx.rows(), *sizes, block, int(relu),
            label="normalise gradient", serial=is_small(dx),
        )  # fmt: skip
