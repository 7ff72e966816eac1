"""Aligned memory and the packing of buffers that do not live at the same time into one arena."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnstudio.core import words
from nnstudio.core.errors import StudioError
from nnstudio.kernels.program import Buffer, Op

ALIGNMENT = 64  # bytes; one cache line, and one AVX-512 vector


def aligned(count: int, dtype: str) -> NDArray[np.generic]:
    """Give `count` zeros that begin on a cache line.

    Args:
        count: Number of elements.
        dtype: NumPy's name of their type, such as "f4".

    Returns:
        (count,) zeros.
    """
    item = np.dtype(dtype).itemsize
    room = np.zeros(count * item + ALIGNMENT, np.uint8)
    skip = -room.ctypes.data % ALIGNMENT
    return room[skip : skip + count * item].view(dtype)


@dataclass(frozen=True, slots=True)
class Life:
    """The operations between which a buffer holds something of use, both included."""

    first: int
    last: int

    def overlaps(self, other: Life) -> bool:
        """Whether both hold something at the same time."""
        return self.first <= other.last and other.first <= self.last


def lives(ops: Iterable[Op], kept: Iterable[Buffer] = ()) -> dict[Buffer, Life]:
    """Give the life of every buffer that an operation touches, aliases counted as their owner.

    Args:
        ops: The operations in order.
        kept: Buffers that viewers or the caller read after the last operation.
    """
    found: dict[Buffer, Life] = {}
    last = -1
    for last, op in enumerate(ops):
        for buffer in [one.root for one in (*op.read_buffers, *op.written_buffers)]:
            start = found[buffer].first if buffer in found else last
            found[buffer] = Life(start, last)
    for buffer in kept:
        if buffer.root in found:
            found[buffer.root] = Life(0, last + 1)
    return found


def pack(sizes: Mapping[Buffer, int], life: Mapping[Buffer, Life]) -> tuple[dict[Buffer, int], int]:
    """Place buffers so that no two that live at the same time share a byte.

    Large buffers choose first; each takes the lowest free place (greedy by size, Pisarchyk &
    Lee 2020, "Efficient Memory Management for Deep Neural Net Inference", section 5.2).

    Args:
        sizes: Bytes of each buffer.
        life: When each is in use.

    Returns:
        The byte offset of each buffer, and the bytes of the whole arena.
    """
    offsets: dict[Buffer, int] = {}
    order = {buffer: at for at, buffer in enumerate(sizes)}
    for buffer in sorted(sizes, key=lambda one: (-sizes[one], order[one])):
        taken = sorted(
            (offsets[other], offsets[other] + sizes[other])
            for other in offsets
            if life[other].overlaps(life[buffer])
        )
        offsets[buffer] = _lowest_gap(taken, sizes[buffer])
    return offsets, max((offsets[one] + sizes[one] for one in offsets), default=0)


def _lowest_gap(taken: list[tuple[int, int]], size: int) -> int:
    at = 0
    for begin, end in taken:
        if begin - at >= size:
            return at
        at = max(at, -(-end // ALIGNMENT) * ALIGNMENT)
    return at


class Arena:
    """The memory of one plan's activations, gradients and scratch.

    Args:
        ops: The plan's operations in order.
        real: The real type, "f4" or "f8".
        batch: Samples of a training step, which people choose; None where nobody does.
        kept: Buffers that must keep their content after the last operation.

    Raises:
        StudioError: It is larger than the memory that is free; the sentence says how large, and
            names the largest batch that fits.
    """

    def __init__(
        self, ops: list[Op], real: str, batch: int | None, kept: Iterable[Buffer] = ()
    ) -> None:
        life = {
            buffer: span
            for buffer, span in lives(ops, kept).items()
            if not buffer.external and buffer.address is None
        }
        sizes = {one: max(one.memory_size * one.item_size(real), ALIGNMENT) for one in life}
        self.offsets, self.size = pack(sizes, life)
        self.life = life
        if batch is not None:
            fixed = {one: size for one, size in sizes.items() if batch not in one.shape[:2]}
            require_room(self.size, min(pack(fixed, life)[1], self.size), batch)
        self.memory = aligned(self.size, "u1")
        base = self.memory.ctypes.data
        for buffer, offset in self.offsets.items():
            buffer.address = base + offset


def require_room(need: int, fixed: int, batch: int) -> None:
    """Insist that a plan fits into memory.

    Args:
        need: Bytes of its arena.
        fixed: Bytes among them that a smaller batch does not save.
        batch: Samples of a step.

    Raises:
        StudioError: It does not; the sentence names the largest batch that fits.
    """
    free = available_bytes()
    if need <= free:
        return
    largest = max(free - fixed, 0) * batch // max(need - fixed, 1)
    advice = f"choose a batch of at most {largest:,}" if largest else "make the network smaller"
    raise StudioError(
        f"A batch of {batch:,} needs about {words.byte_count(need)}; {words.byte_count(free)} are"
        f" free: {advice}."
    )


def available_bytes() -> int:
    """Give the memory that a plan may take without swapping."""
    import psutil

    return int(psutil.virtual_memory().available)
