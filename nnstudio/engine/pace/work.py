"""The work of one operation in numbers that a model can compare: its amount, and its shape."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from nnstudio.kernels.program import Op, Program, View
from nnstudio.kernels.tile import Tile

Numbers = Mapping[str, int]
_LANES = "lanes of the tile"


def _padded(numbers: Numbers) -> int:
    """Give the columns that a tile really works out: whole vectors."""
    lanes = max(numbers.get(_LANES, 1), 1)
    return -(-numbers["columns"] // lanes) * lanes


def _product(n: Numbers) -> int:
    return n["rows"] * _padded(n) * n["depth"]


def _slide(n: Numbers) -> int:
    places = n["outer"] * n["lines"] * n["rows"] * n["groups"]
    return places * _padded(n) * n["t1"] * n["t2"] * n["k"]


def _gather_window(n: Numbers) -> int:
    places = n["images"] * n["height"] * n["width"] * n["groups"]
    return places * _padded(n) * n["rows"] * n["taps_high"] * n["taps_wide"]


def _winograd(n: Numbers) -> int:
    planes = n["inputs"] * n["outputs"] + 16 * (n["inputs"] + n["outputs"])
    return n["tiles"] * (n["size"] + 2) ** 2 * planes


def _walk(n: Numbers) -> int:
    return n["steps"] * n["batch"] * n["units"] * (n["units"] + 32)


_PRODUCTS: Mapping[str, Callable[[Numbers], int]] = {
    "product": _product,
    "slide": _slide,
    "gather_window": _gather_window,
    "winograd_forward": _winograd,
    "winograd_gradient": _winograd,
    "lstm_walk": _walk,
    "lstm_walk_back": _walk,
    "gru_walk": _walk,
    "gru_walk_back": _walk,
    "rnn_walk": _walk,
    "rnn_walk_back": _walk,
    "picked_product": _product,
    "picked_gradient": _product,
}


_SEEN = frozenset({"find_places", "picked_product", "picked_gradient"})
ONE_HOT = " of symbols"


def key_of(op: Op, *, one_hot: bool) -> str:
    """Name what an operation is compared with: its kernel, apart where symbols make it quicker.

    Args:
        op: The operation.
        one_hot: Whether its layer reads sequences of symbols.
    """
    name = op.kernel.name
    return name + ONE_HOT if one_hot and name in _SEEN else name


def is_product(kernel: str) -> bool:
    """Whether a kernel's work is counted in multiply-adds, not in the numbers it touches."""
    return kernel.removesuffix(ONE_HOT) in _PRODUCTS


def memory_of(program: Program) -> int:
    """Give the numbers that all buffers of a step hold: what passes through the caches."""
    return sum(buffer.memory_size for buffer in program.buffers if buffer.base is None)


def traits(op: Op, memory: int) -> tuple[float, ...]:
    """Describe an operation by logarithms: its work, the step's memory, what it touches, its shape.

    The work is multiply-adds where a tile does them, otherwise the numbers read and written. Two
    operations of one kernel have equally many traits; those that are near each other run at
    nearly the same speed.

    Args:
        op: The operation; its buffers need no memory.
        memory: As `memory_of` gives it for the step that it belongs to.
    """
    numbers: dict[str, int] = {}
    touched, shape = 0, []
    tile: Tile | None = None
    for parameter, arg in zip(op.kernel.parameters, op.args, strict=True):
        if isinstance(arg, View):
            size = math.prod(arg.dims)
            touched += size
            shape.append(size)
            if parameter.kind == "array":
                shape.append(arg.dims[-1])
        elif isinstance(arg, Tile):
            tile = tile or arg
        elif parameter.kind == "int":
            numbers[parameter.name] = int(arg)  # type: ignore[arg-type]
            shape.append(int(arg))  # type: ignore[arg-type]
    if tile is not None:
        shape += [tile.rows, tile.vectors, 8 * tile.masked, 8 * tile.paired]
        numbers[_LANES] = tile.lanes
    count = _PRODUCTS.get(op.kernel.name)
    work = touched if count is None else count(numbers)
    sizes = max(work, 1), memory + 1, touched + 1
    return (*map(math.log, sizes), *(math.log1p(abs(one)) for one in shape))
