"""Compiles rewritten kernels to object code with numba, which is loaded only for this.

The compiled function has the C signature ``void(int64 block, int64 tid, int64 threads)``.
"""

from __future__ import annotations

import functools
import math
import re
import types
from typing import Any

from nnstudio.kernels import native
from nnstudio.kernels.kernel import Device, Kernel
from nnstudio.kernels.rewrite import Rewritten, rewrite_device, rewrite_kernel

# Allowed liberties of float arithmetic. NaN and infinity keep their meaning: they must propagate.
_OPTIONS: dict[str, Any] = {
    "fastmath": {"nsz", "arcp", "contract", "afn", "reassoc"},
    "error_model": "numpy",
    "boundscheck": False,
    "_nrt": False,
}

_ENTRY = """
define void @"{entry}"(i64 %block, i64 %tid, i64 %threads) {{
  %result = alloca ptr
  %failure = alloca ptr
  %status = call i32 @"{function}"(ptr %result, ptr %failure, i64 %block, i64 %tid, i64 %threads)
  ret void
}}
"""


def compile_kernel(kernel: Kernel, dtype: str, entry: str) -> bytes:
    """Compile a kernel.

    Args:
        kernel: The kernel.
        dtype: The real type, "f4" or "f8".
        entry: Name that the compiled function gets.

    Returns:
        Object code.
    """
    from nnstudio.kernels import pipeline

    function = _function(rewrite_kernel(kernel, dtype), dtype)
    text, name = pipeline.optimised(function, _OPTIONS)
    text = re.sub(r"^source_filename = .*$", "", text, flags=re.MULTILINE)
    text += _ENTRY.format(entry=entry, function=name)
    return native.object_code(text, entry, optimise=False)


def _function(rewritten: Rewritten, dtype: str) -> types.FunctionType:
    """Make a function of rewritten code with all names it uses."""
    names: dict[str, Any] = {"__builtins__": __builtins__, "math": math}
    names.update(rewritten.constants)
    names.update(_supplied(dtype))
    for name, device in rewritten.devices.items():
        names[name] = _device(device, dtype)
    return types.FunctionType(rewritten.code, names, rewritten.code.co_name)


@functools.cache
def _device(device: Device, dtype: str) -> Any:
    """Give numba's form of a device function."""
    import numba

    function = _function(rewrite_device(device, dtype), dtype)
    return numba.njit(**_OPTIONS, forceinline=True)(function)


@functools.cache
def _supplied(dtype: str) -> dict[str, Any]:
    """Give the names that rewritten code expects (see `rewrite`)."""
    from nnstudio.kernels import intrinsics

    return intrinsics.names(dtype)
