"""Programs: buffers, views of them, and the list of kernel calls that makes one step.

A program is built once for a network and a batch size. The engine's plan then gives every buffer
its address, and `link` turns the program into something the team can run.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, get_args

import numpy as np

from nnstudio.kernels.kernel import REAL, WHOLE, Kernel, Parameter
from nnstudio.kernels.tile import TileLike

if TYPE_CHECKING:
    from nnstudio.kernels.link import Linked

Halo = tuple[int, int, int, int]  # top, bottom, left, right
NO_HALO: Halo = (0, 0, 0, 0)

# Words of the control block, each on its own cache line.
CONTROL_WORDS = 64
STOP, STEPS_DONE, ARRIVALS, RELEASED, HALT, STEP, LEAVE = 0, 8, 16, 17, 24, 32, 40


@dataclass(eq=False, slots=True)
class Buffer:
    """A piece of memory with a shape.

    Attributes:
        name: For people.
        shape: Logical shape; the batch comes first for activations: (N, F) or (N, H, W, C).
        dtype: "real" (the program's float type), "i8" (int64) or "f8" (float64).
        halo: Rank 4 only: the border of zeros around height and width, part of the memory.
        base: The buffer whose memory this one shares, from `offset` elements on.
        offset: See `base`; in elements of this buffer's type.
        external: The memory is owned outside the arena.
        address: Where the memory begins, halo included; set by the plan or by the owner.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str = REAL
    halo: Halo = NO_HALO
    base: Buffer | None = None
    offset: int = 0
    external: bool = False
    address: int | None = None

    def __post_init__(self) -> None:
        if self.halo != NO_HALO and len(self.shape) != 4:
            raise ValueError(
                f"Buffer '{self.name}' has rank {len(self.shape)}; only rank 4 has a halo."
            )

    @property
    def pitch(self) -> tuple[int, ...]:
        """Shape of the memory: (N, H + top + bottom, W + left + right, C) for rank 4."""
        if len(self.shape) != 4:
            return self.shape
        n, height, width, channels = self.shape
        top, bottom, left, right = self.halo
        return n, height + top + bottom, width + left + right, channels

    @property
    def size(self) -> int:
        """Number of logical elements."""
        return math.prod(self.shape)

    @property
    def memory_size(self) -> int:
        """Number of elements of the memory, halo included."""
        return math.prod(self.pitch)

    @property
    def root(self) -> Buffer:
        """The buffer that owns the memory."""
        return self if self.base is None else self.base.root

    @property
    def interior(self) -> int:
        """Elements from the beginning of the memory to the first element inside the halo."""
        if self.halo == NO_HALO:
            return 0
        _, _, width, channels = self.pitch
        return (self.halo[0] * width + self.halo[2]) * channels

    def item_size(self, real: str) -> int:
        """Bytes of one element when the program's real type is `real` ("f4" or "f8")."""
        return 4 if self.dtype == REAL and real == "f4" else 8

    def located(self, real: str) -> int:
        """Give the address of the memory.

        Raises:
            ValueError: Neither this buffer nor its base has an address yet.
        """
        if self.address is not None:
            return self.address
        if self.base is None:
            raise ValueError(f"Buffer '{self.name}' has no address; the plan must place it first.")
        return self.base.located(real) + self.offset * self.item_size(real)

    def maps(self) -> View:
        """See it as (N, H, W, C)."""
        if len(self.shape) != 4:
            raise ValueError(f"Buffer '{self.name}' has shape {self.shape}, not (N, H, W, C).")
        return View(self, self.pitch, self.interior)

    def rows(self) -> View:
        """See it as (N, H, W·C); a flat buffer (N, F) gives (N, 1, F)."""
        if len(self.shape) != 4:
            return View(self, (self.shape[0], 1, math.prod(self.shape[1:])), 0)
        n, height, width, channels = self.pitch
        return View(self, (n, height, width * channels), self.interior)

    def flat(self) -> View:
        """See it as (N, F); it must have no halo."""
        self._whole("flat")
        return View(self, (self.shape[0], math.prod(self.shape[1:])), 0)

    def vector(self) -> View:
        """See all elements as one vector; it must have no halo."""
        self._whole("vector")
        return View(self, (self.size,), 0)

    def _whole(self, view: str) -> None:
        if self.halo != NO_HALO:
            raise ValueError(
                f"Buffer '{self.name}' has the halo {self.halo}; a {view} view needs none."
            )


@dataclass(frozen=True, slots=True)
class View:
    """What a kernel sees of a buffer: memory dimensions, and where element (0, …, 0) lies.

    Attributes:
        buffer: The buffer.
        dims: Dimensions of the memory in C order; logical indices are right with them.
        start: Elements from the beginning of the buffer's memory to element (0, …, 0).
    """

    buffer: Buffer
    dims: tuple[int, ...]
    start: int = 0

    def shifted(self, elements: int) -> View:
        """Give the view that begins `elements` later."""
        return View(self.buffer, self.dims, self.start + elements)

    def address(self, real: str) -> int:
        """Give the address of element (0, …, 0)."""
        return self.buffer.located(real) + self.start * self.buffer.item_size(real)


Argument = View | int | float | TileLike


@dataclass(frozen=True, slots=True)
class Op:
    """One call of a kernel.

    Attributes:
        kernel: The kernel.
        args: Its arguments, in its order.
        label: For profiles and people.
        serial: Only the first thread runs it, with threads = 1.
        owner: The node it works for; "" where it works for all.
    """

    kernel: Kernel
    args: tuple[Argument, ...]
    label: str = ""
    serial: bool = False
    owner: str = ""

    def _buffers(self, mode: str) -> list[Buffer]:
        pairs = zip(self.kernel.parameters, self.args, strict=True)
        return [
            arg.buffer
            for parameter, arg in pairs
            if isinstance(arg, View) and parameter.access and getattr(parameter.access, mode)
        ]

    @property
    def read_buffers(self) -> list[Buffer]:
        """The buffers it reads, aliases as they are."""
        return self._buffers("reads")

    @property
    def written_buffers(self) -> list[Buffer]:
        """The buffers it writes, aliases as they are."""
        return self._buffers("writes")

    @property
    def reads(self) -> set[Buffer]:
        """The owners of the memory it reads."""
        return {buffer.root for buffer in self.read_buffers}

    @property
    def writes(self) -> set[Buffer]:
        """The owners of the memory it writes."""
        return {buffer.root for buffer in self.written_buffers}


@dataclass(eq=False)
class Program:
    """The kernel calls of one step, and the buffers they work on.

    Attributes:
        dtype: The real type: "f4", or "f8" for gradient checks.
        threads: Size of the team that will run it.
        convolution: How 3×3 convolutions are computed: "direct" (the most precise), "winograd2",
            "winograd4", or empty for the rule of `algorithm.choose`.
        ops: The calls, in order.
        buffers: The arena buffers made by `buffer`, in order of making.
        control: The int64 words shared with the native loop: stop, steps done, halt, step.
        owner: The node that the next calls work for; see `Op`.
    """

    dtype: str = "f4"
    threads: int = 1
    convolution: str = ""
    ops: list[Op] = field(default_factory=list)
    buffers: list[Buffer] = field(default_factory=list)
    owner: str = ""

    def __post_init__(self) -> None:
        if self.dtype not in {"f4", "f8"}:
            raise ValueError(f"A program's real type is 'f4' or 'f8', not {self.dtype!r}.")
        self.control = np.zeros(CONTROL_WORDS + 8, np.int64)
        skip = -(self.control.ctypes.data // 8) % 8  # begin on a cache line
        self.control = self.control[skip : skip + CONTROL_WORDS]
        self._step = self._word("step", STEP)
        self._halt = self._word("halt", HALT)

    def _word(self, name: str, at: int) -> View:
        """See one word of the control block."""
        address = self.control.ctypes.data + 8 * at
        return Buffer(name, (1,), WHOLE, external=True, address=address).vector()

    @property
    def step(self) -> View:
        """One int64: the number of the step being run; for `InIndex1`."""
        return self._step

    @property
    def halt(self) -> View:
        """One int64: a kernel that sets it to 1 ends the run after this step; for `OutIndex1`."""
        return self._halt

    def buffer(
        self, name: str, shape: tuple[int, ...], dtype: str = REAL, halo: Halo = NO_HALO
    ) -> Buffer:
        """Make an arena buffer, placed later by the engine's plan."""
        made = Buffer(name, shape, dtype, halo)
        self.buffers.append(made)
        return made

    def call(self, kernel: Kernel, *args: Argument, label: str = "", serial: bool = False) -> None:
        """Add a kernel call.

        Args:
            kernel: The kernel.
            *args: Its arguments in its order, without ``tid`` and ``threads``.
            label: For profiles and people; the kernel's name if empty.
            serial: Let only the first thread run it (for tiny work).

        Raises:
            TypeError: The arguments do not fit the kernel's parameters.
        """
        parameters = kernel.parameters
        if len(parameters) != len(args):
            raise TypeError(
                f"Kernel '{kernel.name}' takes {len(parameters)} arguments, not {len(args)}."
            )
        for parameter, arg in zip(parameters, args, strict=True):
            _check(kernel, parameter, arg)
        self.ops.append(Op(kernel, args, label or kernel.name, serial, self.owner))

    def link(self, progress: Callable[[int, int], None] | None = None) -> Linked:
        """Compile or load all that is needed and make the program ready to run.

        Args:
            progress: Told (done, total) pieces of code.

        Raises:
            ValueError: A buffer has no address.
        """
        from nnstudio.kernels.link import link

        return link(self, progress)


def _check(kernel: Kernel, parameter: Parameter, arg: Argument) -> None:
    """Raise TypeError unless the argument fits the parameter."""
    place = f"Kernel '{kernel.name}', parameter '{parameter.name}'"
    access = parameter.access
    if access is None:
        kinds: dict[str, tuple[type, ...]] = {
            "tile": get_args(TileLike),
            "int": (int, np.integer),
            "float": (float, int, np.floating),
        }
        if not isinstance(arg, kinds[parameter.kind]):
            raise TypeError(f"{place}: expected {parameter.kind}, got {arg!r}.")
        return
    if not isinstance(arg, View):
        raise TypeError(f"{place}: expected a view of a buffer, got {arg!r}.")
    if access.rank and len(arg.dims) != access.rank:
        raise TypeError(f"{place}: expected rank {access.rank}, got {arg.dims}.")
    if arg.buffer.dtype != access.dtype:
        raise TypeError(
            f"{place}: expected elements {access.dtype!r}, "
            f"got {arg.buffer.dtype!r} of '{arg.buffer.name}'."
        )
