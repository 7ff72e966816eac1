"""Numba's compiler without what kernels do not need, and without machine code of its own.

`compiler` writes the machine code itself, to a file, so numba's copy in memory would be thrown
away. Of numba's passes those are left out that look for closures, generators, `with` blocks,
array expressions and overloads to be inlined: kernels have none. The 20 kernels of a small LeNet
take 3.2 s of one Zen 5 core so, and 4.2 s with numba's own pipeline.

Imported only while compiling, for it loads numba.
"""

# mypy: allow-untyped-calls

from __future__ import annotations

import contextlib
import gc
import types
from collections.abc import Iterator
from typing import Any

from numba import int64
from numba.core import compiler, typed_passes, untyped_passes
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler_lock import global_compiler_lock
from numba.core.compiler_machinery import PassManager
from numba.core.registry import cpu_target

_PASSES = (
    untyped_passes.TranslateByteCode,
    untyped_passes.FixupArgs,
    untyped_passes.IRProcessing,
    untyped_passes.GenericRewrites,
    untyped_passes.ReconstructSSA,
    typed_passes.NopythonTypeInference,
    typed_passes.PreLowerStripPhis,
    typed_passes.IRLegalization,
    typed_passes.AnnotateTypes,
    typed_passes.NativeLowering,
    typed_passes.NoPythonBackend,
)


class _Short(compiler.CompilerBase):
    """The passes that a kernel needs, in numba's order."""

    def define_pipelines(self) -> list[Any]:
        """Give the one pipeline."""
        passes = PassManager("kernel")
        for one in _PASSES:
            passes.add_pass(one, one.__name__)
        passes.finalize()
        return [passes]


class _Text(JITCodeLibrary):
    """A library that is optimised as a whole, once, and never turned into machine code."""

    def _optimize_functions(self, ll_module: Any) -> None:
        ll_module.data_layout = self._codegen._data_layout

    def _finalize_final_module(self) -> None:
        self._finalized = True


def optimised(function: types.FunctionType, options: dict[str, Any]) -> tuple[str, str]:
    """Compile a function of (block, tid, threads) to optimised code in LLVM's language.

    Args:
        function: Rewritten code with all names it uses.
        options: Options of ``numba.njit``.

    Returns:
        The module, and the name of the function in it.
    """
    flags: Any = compiler.Flags()
    cpu_target.options.parse_as_flags(flags, {**options, "nopython": True})
    flags.no_compile = flags.no_cpython_wrapper = flags.no_cfunc_wrapper = True
    context, typing = cpu_target.target_context, cpu_target.typing_context
    library = _Text(context.codegen(), function.__name__)
    with global_compiler_lock, _without_collection():
        result = compiler.compile_extra(
            typing, context, function, (int64,) * 3, None, flags, {}, library, _Short
        )
        library.finalize()
    return library.get_llvm_str(), result.fndesc.llvm_func_name


@contextlib.contextmanager
def _without_collection() -> Iterator[None]:
    """Keep the garbage collector from searching the many short-lived objects (a tenth of it)."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
