"""Turns a placed program into something a team can run: function pointers and argument blocks."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nnstudio.core.errors import StudioError
from nnstudio.kernels import library
from nnstudio.kernels.executor import BARRIER_BEFORE, SERIAL, WORDS
from nnstudio.kernels.program import (
    ARRIVALS,
    HALT,
    LEAVE,
    RELEASED,
    STEP,
    STEPS_DONE,
    STOP,
    Argument,
    Buffer,
    Op,
    View,
)
from nnstudio.kernels.team import Team, yield_address
from nnstudio.kernels.tile import Tile, Transform, Turn

if TYPE_CHECKING:
    from nnstudio.kernels.program import Program

_Span = tuple[int, int]


@dataclass(eq=False)
class Linked:
    """A program whose code is loaded; its buffers must stay where they are.

    Attributes:
        program: The program.
        table: (ops, 3) int64: function, argument block, mode of each op.
        blocks: The int64 words that the table points into.
    """

    program: Program
    table: np.ndarray[tuple[int, int], np.dtype[np.int64]]
    blocks: np.ndarray[tuple[int], np.dtype[np.int64]]

    def run(self, team: Team, steps: int, first_step: int = 0) -> int:
        """Run the program on the team.

        Args:
            team: A team of the program's size, or a smaller one: the result is the same.
            steps: Most steps to run; at least 1.
            first_step: Number of the first step, which kernels see through `Program.step`.

        Returns:
            The steps done: fewer than `steps` after `stop` or when a kernel set the halt flag.

        Raises:
            StudioError: The team is larger than the program, or no step is asked for.
        """
        program = self.program
        if team.threads > program.threads:
            raise StudioError(
                f"The program was made for {program.threads} threads; the team has {team.threads}."
            )
        if steps < 1:
            raise StudioError(f"A run needs at least one step, not {steps}.")
        control = program.control
        for word in (STEPS_DONE, ARRIVALS, RELEASED, HALT, LEAVE):
            control[word] = 0
        control[STEP] = first_step
        loop = _native_loop()
        ops, words = self.table.ctypes.data, control.ctypes.data
        count, threads, shares = len(self.table), team.threads, program.threads
        rest = yield_address()
        team.run(lambda tid: loop(ops, count, tid, threads, shares, words, steps, rest))
        control[STOP] = 0
        return int(control[STEPS_DONE])

    def stop(self) -> None:
        """Let the run end after the step it is in; callable from any thread.

        A stop that comes between two runs ends the next one after its first step.
        """
        self.program.control[STOP] = 1

    @property
    def steps_done(self) -> int:
        """Steps done in the present or last run; readable at any time."""
        return int(self.program.control[STEPS_DONE])

    def rebind(self, buffer: Buffer, address: int) -> None:
        """Move an external buffer to other memory between two runs (a new chunk of samples)."""
        buffer.address = address
        for at, view in self._words_of.get(buffer, ()):
            self.blocks[at] = view.address(self.program.dtype)

    @functools.cached_property
    def _words_of(self) -> dict[Buffer, list[tuple[int, View]]]:
        """For each external buffer, the words of the blocks that hold its address."""
        found: dict[Buffer, list[tuple[int, View]]] = {}
        blocks = self.blocks.ctypes.data
        for op, (_, block, _) in zip(self.program.ops, self.table.tolist(), strict=True):
            at = (block - blocks) // 8
            for parameter, arg in zip(op.kernel.parameters, op.args, strict=True):
                if isinstance(arg, View) and arg.buffer.root.external:
                    found.setdefault(arg.buffer.root, []).append((at, arg))
                at += parameter.words
        return found

    @property
    def halted(self) -> bool:
        """Whether a kernel ended the last run."""
        return bool(self.program.control[HALT])


@functools.cache
def _native_loop() -> Callable[..., None]:
    """Give the native loop as a function of int64 words; it releases the interpreter lock."""
    kind = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_int64] * len(WORDS))
    return kind(library.address(None, "f4"))


def link(program: Program, progress: Callable[[int, int], None] | None = None) -> Linked:
    """Compile or load all code of a placed program (see `Program.link`)."""
    addresses = _addresses(program, progress)
    blocks = [_block(op, program.dtype, addresses) for op in program.ops]
    starts = np.cumsum([0, *(-(-len(block) // 8) * 8 for block in blocks)])
    words = np.zeros(int(starts[-1]) + 8, np.int64)
    table = np.zeros((len(program.ops), 3), np.int64)
    waits = _barriers(program)
    for i, (op, block) in enumerate(zip(program.ops, blocks, strict=True)):
        start = int(starts[i])
        words[start : start + len(block)] = block
        mode = (BARRIER_BEFORE if waits[i] else 0) | (SERIAL if op.serial else 0)
        table[i] = addresses[op.kernel], words.ctypes.data + 8 * start, mode
    return Linked(program, table, words)


def _addresses(
    program: Program, progress: Callable[[int, int], None] | None
) -> dict[library.Piece, int]:
    """Load every piece of code that the program uses."""
    pieces: dict[library.Piece, None] = {None: None}
    for op in program.ops:
        pieces[op.kernel] = None
        pieces.update((arg, None) for arg in op.args if isinstance(arg, (Tile, Turn, Transform)))
    addresses: dict[library.Piece, int] = {}
    for done, piece in enumerate(pieces):
        if progress:
            progress(done, len(pieces))
        addresses[piece] = library.address(piece, "f4" if piece is None else program.dtype)
    if progress:
        progress(len(pieces), len(pieces))
    return addresses


def _block(op: Op, dtype: str, addresses: dict[library.Piece, int]) -> list[int]:
    """Give the int64 words of an op's arguments."""
    words: list[int] = []
    for parameter, arg in zip(op.kernel.parameters, op.args, strict=True):
        if isinstance(arg, View):
            words.append(arg.address(dtype))
            if parameter.kind == "array":
                words.extend(arg.dims)
        else:
            words.append(_word(parameter.kind, arg, addresses))
    return words


def _word(kind: str, arg: Argument, addresses: dict[library.Piece, int]) -> int:
    """Give the word of a number or a tile."""
    if isinstance(arg, (Tile, Turn, Transform)):
        return addresses[arg]
    if kind == "float":
        return int(np.array([arg], np.float64).view(np.int64)[0])
    return int(arg)  # type: ignore[arg-type]


def _barriers(program: Program) -> list[bool]:
    """Say before which ops all threads must meet: where memory touched since conflicts.

    Threads divide the work of each op differently, so any overlap of written memory counts,
    except between ops that only the first thread runs. A step always ends in a barrier.
    """
    waits = []
    since: list[tuple[bool, list[_Span], list[_Span]]] = []
    for op in program.ops:
        reads = [_span(buffer, program.dtype) for buffer in op.read_buffers]
        writes = [_span(buffer, program.dtype) for buffer in op.written_buffers]
        meets = any(
            not (serial and op.serial)
            and (_overlap(writes, old_reads + old_writes) or _overlap(reads, old_writes))
            for serial, old_reads, old_writes in since
        )
        waits.append(meets)
        if meets:
            since = []
        since.append((op.serial, reads, writes))
    return waits


def _span(buffer: Buffer, dtype: str) -> _Span:
    """Give the first and the last-plus-one address of a buffer."""
    start = buffer.located(dtype)
    return start, start + buffer.memory_size * buffer.item_size(dtype)


def _overlap(some: Iterable[_Span], others: Iterable[_Span]) -> bool:
    """Say whether any two spans overlap."""
    return any(a[0] < b[1] and b[0] < a[1] for a in some for b in others)
