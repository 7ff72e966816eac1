"""What a layer's author writes: `@kernel` loops over arrays and small `@device` functions.

A kernel is a plain function over arrays, integers and floats whose last two parameters are
``tid`` and ``threads``. Its parameters' annotations say what is read and what is written.
`rewrite` turns it into the machine's form and `compiler` compiles it, once per real type.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, cast, get_args, get_origin, get_type_hints

from numpy.typing import NDArray

from nnstudio.kernels.tile import Tile

_F = TypeVar("_F", bound=Callable[..., Any])

REAL = "real"
WHOLE = "i8"
DOUBLE = "f8"


@dataclass(frozen=True, slots=True)
class Access:
    """How a kernel uses one array: its rank, type of element, and whether it reads or writes it.

    Attributes:
        rank: Number of dimensions; 0 means that the kernel gets only the address.
        dtype: "real", "i8" (int64) or "f8" (float64).
        reads: The kernel reads it.
        writes: The kernel writes it.
    """

    rank: int
    dtype: str
    reads: bool
    writes: bool


In1 = Annotated[NDArray[Any], Access(1, REAL, True, False)]
In2 = Annotated[NDArray[Any], Access(2, REAL, True, False)]
In3 = Annotated[NDArray[Any], Access(3, REAL, True, False)]
In4 = Annotated[NDArray[Any], Access(4, REAL, True, False)]
Out1 = Annotated[NDArray[Any], Access(1, REAL, False, True)]
Out2 = Annotated[NDArray[Any], Access(2, REAL, False, True)]
Out3 = Annotated[NDArray[Any], Access(3, REAL, False, True)]
Out4 = Annotated[NDArray[Any], Access(4, REAL, False, True)]
Mod1 = Annotated[NDArray[Any], Access(1, REAL, True, True)]
Mod2 = Annotated[NDArray[Any], Access(2, REAL, True, True)]
Mod3 = Annotated[NDArray[Any], Access(3, REAL, True, True)]
Mod4 = Annotated[NDArray[Any], Access(4, REAL, True, True)]
InIndex1 = Annotated[NDArray[Any], Access(1, WHOLE, True, False)]
InIndex2 = Annotated[NDArray[Any], Access(2, WHOLE, True, False)]
OutIndex1 = Annotated[NDArray[Any], Access(1, WHOLE, False, True)]
ModIndex1 = Annotated[NDArray[Any], Access(1, WHOLE, True, True)]
InDouble1 = Annotated[NDArray[Any], Access(1, DOUBLE, True, False)]
OutDouble1 = Annotated[NDArray[Any], Access(1, DOUBLE, False, True)]
ModDouble1 = Annotated[NDArray[Any], Access(1, DOUBLE, True, True)]
InAddress = Annotated[int, Access(0, REAL, True, False)]
OutAddress = Annotated[int, Access(0, REAL, False, True)]
ModAddress = Annotated[int, Access(0, REAL, True, True)]
TileAddress = Annotated[int, Tile]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a kernel.

    Attributes:
        name: Its name.
        kind: "array", "address", "tile", "int" or "float".
        access: How the array is used; None for tiles and numbers.
    """

    name: str
    kind: str
    access: Access | None = None

    @property
    def words(self) -> int:
        """Number of int64 words it takes in the argument block: an address and the dimensions."""
        return 1 + (self.access.rank if self.access else 0)


@dataclass(eq=False)
class Kernel:
    """A function that the machine compiles and runs on every thread of the team.

    Attributes:
        function: The function as written; its source is what gets compiled.
    """

    function: Callable[..., None]

    @property
    def name(self) -> str:
        """The function's name."""
        return self.function.__name__

    @functools.cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters without ``tid`` and ``threads``.

        Raises:
            TypeError: A parameter has no annotation the machine knows, or the last two are not
                ``tid`` and ``threads``.
        """
        hints = get_type_hints(self.function, include_extras=True)
        code = self.function.__code__
        names = code.co_varnames[: code.co_argcount]
        if names[-2:] != ("tid", "threads"):
            raise TypeError(f"Kernel '{self.name}' must end in the parameters tid, threads.")
        return tuple(_parameter(self.name, name, hints.get(name)) for name in names[:-2])


def _parameter(kernel_name: str, name: str, hint: object) -> Parameter:
    """Read one annotation."""
    if hint is int or hint is float:
        return Parameter(name, hint.__name__)
    if get_origin(hint) is Annotated:
        mark = get_args(hint)[1]
        if mark is Tile:
            return Parameter(name, "tile")
        if isinstance(mark, Access):
            return Parameter(name, "array" if mark.rank else "address", mark)
    raise TypeError(
        f"Kernel '{kernel_name}': parameter '{name}' needs an annotation such as In3 or int."
    )


@dataclass(eq=False)
class Device:
    """A small function that kernels call and that is inlined into them.

    Attributes:
        single: The function used when the real type is float32.
        double: The function used when the real type is float64.
    """

    single: Callable[..., Any]
    double: Callable[..., Any]

    def variant(self, dtype: str) -> Callable[..., Any]:
        """Give the function for real type "f4" or "f8"."""
        return self.single if dtype == "f4" else self.double


def kernel(function: Callable[..., None]) -> Kernel:
    """Make a kernel of a function over arrays; nothing is compiled before it is needed.

    Float literals and ``float(...)`` take the program's real type, so float32 arithmetic stays
    float32; write ``float(n)`` where an integer meets a float. Indices never wrap around: index -1
    is the element before, which lies in the halo. Kernels allocate nothing and raise nothing.
    """
    return Kernel(function)


def device(function: _F) -> _F:
    """Make a small function callable from kernels; it is inlined."""
    return cast(_F, Device(function, function))


def device_pair(single: _F, double: Callable[..., Any]) -> _F:
    """Make a device function with one body for float32 and another for float64."""
    return cast(_F, Device(single, double))
