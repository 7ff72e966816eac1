"""Turns a placed program into something a team can run: function pointers and argument blocks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nnstudio.kernels.program import Program


@dataclass(eq=False)
class Linked:
    """A program whose code is loaded.

    Attributes:
        program: The program; its buffers must stay where they are.
    """

    program: Program


def link(program: Program, progress: Callable[[int, int], None] | None = None) -> Linked:
    """Compile or load all kernels and tiles of a placed program (see `Program.link`)."""
    if progress:
        progress(0, len(program.ops))
    return Linked(program)
