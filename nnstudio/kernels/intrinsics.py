"""What rewritten kernels call and numba does not offer: pointers, bits, and the tile call.

Imported only while compiling, for it loads numba.
"""

# mypy: allow-untyped-calls

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import make_array, populate_array

from nnstudio.kernels.tile import CALL_WORDS

_I64 = ir.IntType(64)
_small: Any = numba.njit(_nrt=False, forceinline=True)  # type: ignore[call-overload]


def _pointer_to(element: Any) -> Any:
    """Make the intrinsic that takes an address for a pointer."""

    @intrinsic
    def pointer(_context: Any, _address: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return builder.inttoptr(args[0], context.get_value_type(signature.return_type))

        return types.CPointer(element)(types.int64), code

    return pointer


def _bits_to(source: Any, target: Any) -> Any:
    """Make the intrinsic that keeps the bits and changes the type."""

    @intrinsic
    def converted(_context: Any, _value: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return builder.bitcast(args[0], context.get_value_type(signature.return_type))

        return target(source), code

    return converted


@intrinsic
def _index(_context: Any, _value: Any) -> Any:
    """Take a signed index as unsigned, so that no wrap-around code is made."""

    def code(_context: Any, _builder: Any, _signature: Any, args: Any) -> Any:
        return args[0]

    return types.uint64(types.int64), code


@intrinsic
def _tile_call(_context: Any, _tile: Any, *_args: Any) -> Any:
    """Call a tile by its address; the words are those of `CALL_WORDS`."""
    count = len(CALL_WORDS)

    def code(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        words = [builder.extract_value(args[1], i) for i in range(count)]
        kind = ir.FunctionType(ir.VoidType(), [_I64] * count)
        builder.call(builder.inttoptr(args[0], kind.as_pointer()), words)
        return context.get_dummy_value()

    return types.void(types.int64, types.StarArgTuple([types.int64] * count)), code


def _array_of(element: Any) -> Any:
    """Make the intrinsic that takes an address and dimensions for an array in C order."""

    @intrinsic
    def array(_context: Any, _address: Any, dims: Any) -> Any:
        kind: Any = types.Array(element, dims.count, "C")

        def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            shape = cgutils.unpack_tuple(builder, args[1])
            return _made(context, builder, signature.return_type, args[0], shape)

        return kind(types.int64, dims), code

    return array


def _vector_of(element: Any) -> Any:
    """Make the intrinsic that takes an address and a size for a vector."""
    kind: Any = types.Array(element, 1, "C")

    @intrinsic
    def vector(_context: Any, _address: Any, _size: Any) -> Any:
        def code(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
            return _made(context, builder, kind, args[0], [args[1]])

        return kind(types.int64, types.int64), code

    return vector


def _made(context: Any, builder: Any, kind: Any, address: Any, shape: list[Any]) -> Any:
    """Write the code that fills numba's array structure."""
    made = make_array(kind)(context, builder)
    size = context.get_constant(types.intp, kind.dtype.bitwidth // 8)
    strides = [size]
    for length in reversed(shape[1:]):
        strides.insert(0, builder.mul(strides[0], length))
    data = builder.inttoptr(address, made.data.type)
    populate_array(made, data, shape, strides, size, None)
    return made._getvalue()


def _unpacked_as(real: Any) -> Callable[..., Any]:
    """Make the function that turns a word of the block into a real number."""
    double = _bits_to(types.int64, types.float64)

    @_small
    def unpacked(word: Any) -> Any:
        return real(double(word))

    return unpacked  # type: ignore[no-any-return]


def _offset_by(size: int) -> Callable[..., Any]:
    """Make the function that moves an address by a number of real elements."""

    @_small
    def moved(address: Any, elements: Any) -> Any:
        return address + size * elements

    return moved  # type: ignore[no-any-return]


def names(dtype: str) -> dict[str, Any]:
    """Give what rewritten code of real type `dtype` may name."""
    real = numba.float32 if dtype == "f4" else numba.float64
    return {
        "_real": real,
        "_index": _index,
        "_block": _pointer_to(types.int64),
        "_array_real": _array_of(real),
        "_array_i8": _array_of(types.int64),
        "_array_f8": _array_of(types.float64),
        "_unpacked": _unpacked_as(real),
        "float_from_bits": _bits_to(types.int32, types.float32),
        "bits_from_float": _bits_to(types.float32, types.int32),
        "int32": numba.int32,
        "real_array": _vector_of(real),
        "moved": _offset_by(4 if dtype == "f4" else 8),
        "tile_call": _tile_call,
    }
