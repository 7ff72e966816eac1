"""Copies, sums and halos: the small movements between the products."""

from __future__ import annotations

from nnstudio.kernels.kernel import In1, In3, Mod3, Out1, Out3, kernel
from nnstudio.kernels.maths import share
from nnstudio.kernels.program import NO_HALO, Buffer, Halo, Program, View

_SMALL = 4096  # elements below which one thread is faster than a barrier and two


@kernel
def copy_rows(source: In3, target: Out3, height: int, length: int, tid: int, threads: int) -> None:
    """Copy (N, H, W·C), interior to interior."""
    first, last = share(source.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                target[n, h, i] = source[n, h, i]


@kernel
def add_rows(source: In3, target: Mod3, height: int, length: int, tid: int, threads: int) -> None:
    """Add (N, H, W·C) to a target, interior to interior."""
    first, last = share(source.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                target[n, h, i] += source[n, h, i]


@kernel
def fill_rows(target: Out3, height: int, length: int, value: float, tid: int, threads: int) -> None:
    """Set the interior to one value."""
    first, last = share(target.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                target[n, h, i] = value


@kernel
def clear_border(
    target: Out3,
    height: int,
    length: int,
    top: int,
    bottom: int,
    left: int,
    right: int,
    tid: int,
    threads: int,
) -> None:
    """Set the halo to zero; `left` and `right` in elements."""
    first, last = share(target.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(-top, height + bottom):
            if h < 0 or h >= height:
                for i in range(-left, length + right):
                    target[n, h, i] = 0.0
            else:
                for i in range(-left, 0):
                    target[n, h, i] = 0.0
                for i in range(length, length + right):
                    target[n, h, i] = 0.0


@kernel
def copy_with_border(
    source: In3,
    target: Out3,
    height: int,
    length: int,
    top: int,
    bottom: int,
    left: int,
    right: int,
    tid: int,
    threads: int,
) -> None:
    """Copy the interior and set the halo to zero; `left` and `right` in elements."""
    first, last = share(source.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(-top, height + bottom):
            if h < 0 or h >= height:
                for i in range(-left, length + right):
                    target[n, h, i] = 0.0
            else:
                for i in range(-left, 0):
                    target[n, h, i] = 0.0
                for i in range(length):
                    target[n, h, i] = source[n, h, i]
                for i in range(length, length + right):
                    target[n, h, i] = 0.0


@kernel
def sum_parts(parts: In1, target: Out1, count: int, tid: int, threads: int) -> None:
    """Add `count` vectors that follow each other: the partial results of the threads."""
    size = target.shape[0]
    first, last = share(size, tid, threads)
    for i in range(first, last):
        target[i] = parts[i]
    for part in range(1, count):
        for i in range(first, last):
            target[i] += parts[part * size + i]


def _rows(buffer: Buffer) -> tuple[View, int, int]:
    """Give a buffer as rows, its height and the elements of a row."""
    if len(buffer.shape) == 4:
        _, height, width, channels = buffer.shape
        return buffer.rows(), height, width * channels
    view = buffer.rows()
    return view, 1, view.dims[2]


def _tiny(buffer: Buffer) -> bool:
    return buffer.size < _SMALL


def copy(program: Program, source: Buffer, target: Buffer) -> None:
    """Copy a buffer into another of the same shape; the target's halo stays as it is."""
    (a, height, length), (b, _, _) = _rows(source), _rows(target)
    program.call(copy_rows, a, b, height, length, label="copy", serial=_tiny(source))


def add_into(program: Program, source: Buffer, target: Buffer) -> None:
    """Add a buffer to another of the same shape."""
    (a, height, length), (b, _, _) = _rows(source), _rows(target)
    program.call(add_rows, a, b, height, length, label="add", serial=_tiny(source))


def fill(program: Program, target: Buffer, value: float = 0.0) -> None:
    """Set all elements to one value; the halo stays as it is."""
    view, height, length = _rows(target)
    program.call(fill_rows, view, height, length, value, label="fill", serial=_tiny(target))


def clear_halo(program: Program, target: Buffer) -> None:
    """Set the halo to zero; nothing if there is none."""
    if target.halo == NO_HALO:
        return
    view, height, length = _rows(target)
    top, bottom, left, right = target.halo
    channels = target.shape[3]
    program.call(
        clear_border,
        view,
        height,
        length,
        top,
        bottom,
        left * channels,
        right * channels,
        label="clear halo",
        serial=_tiny(target),
    )


def reduce_parts(program: Program, parts: Buffer, target: Buffer, count: int) -> None:
    """Write the sum of `count` partial results, which follow each other in `parts`, to `target`."""
    program.call(
        sum_parts,
        parts.vector(),
        target.vector(),
        count,
        label="sum over threads",
        serial=_tiny(target),
    )


def with_halo(program: Program, buffer: Buffer, halo: Halo) -> Buffer:
    """Give the buffer itself if its halo is wide enough, else a copy with that halo.

    Args:
        program: Where the copy is added.
        buffer: (N, H, W, C).
        halo: The least top, bottom, left and right needed.

    Returns:
        A buffer of the same shape with at least that halo, zero in it.
    """
    if all(have >= need for have, need in zip(buffer.halo, halo, strict=True)):
        return buffer
    wider = program.buffer(f"{buffer.name} with halo", buffer.shape, buffer.dtype, halo)
    (source, height, length), (target, _, _) = _rows(buffer), _rows(wider)
    top, bottom, left, right = halo
    channels = buffer.shape[3]
    sizes = (height, length, top, bottom, left * channels, right * channels)
    program.call(copy_with_border, source, target, *sizes, label="halo", serial=_tiny(wider))
    return wider
