"""Functions that the compiler supplies to kernels; the bodies here only say what they mean."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def int32(value: float) -> int:
    """Give an int32."""
    return int(value)


def float_from_bits(bits: int) -> float:
    """Give the float32 whose bits are those of an int32."""
    return float(np.int32(bits).view(np.float32))


def bits_from_float(value: float) -> int:
    """Give the bits of a float32 as an int32."""
    return int(np.float32(value).view(np.int32))


def moved(address: int, elements: int) -> int:
    """Give the address that lies `elements` real numbers after `address`."""
    raise NotImplementedError("Addresses exist only in compiled kernels.")


def real_array(address: int, size: int) -> NDArray[Any]:
    """Give the real numbers that begin at an address as a vector."""
    raise NotImplementedError("Addresses exist only in compiled kernels.")


def tile_call(tile: int, *words: int) -> None:
    """Call a tile by its address with the words of `tile.CALL_WORDS`."""
    raise NotImplementedError("Tiles exist only in compiled kernels.")


SUPPLIED = (int32, float_from_bits, bits_from_float, moved, real_array, tile_call)
