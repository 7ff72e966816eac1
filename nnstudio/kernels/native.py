"""From the machine's language (LLVM IR) to object code, and from object code to addresses.

Nothing of LLVM is loaded before the first piece of code is.
"""

from __future__ import annotations

import functools
import threading
from dataclasses import dataclass, field
from typing import Any

GENERIC = "generic"  # LLVM's name for any processor of a family
_LOCK = threading.Lock()


@functools.cache
def _binding() -> Any:
    """Load LLVM once."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm


def host() -> tuple[str, str]:
    """Give this processor's name and its features as LLVM writes them: ``+avx2,-sse4a,…``.

    Where LLVM cannot tell the features they are "" and the name is "generic", for which it makes
    code that every processor of the family runs.
    """
    llvm = _binding()
    try:
        features = llvm.get_host_cpu_features().flatten()
    except RuntimeError:  # llvmlite's word for "this system does not say"
        features = ""
    return (llvm.get_host_cpu_name() or GENERIC) if features else GENERIC, features


def _target_machine() -> Any:
    """Give a code generator for this processor."""
    llvm = _binding()
    name, features = host()
    target = llvm.Target.from_triple(llvm.get_process_triple())
    return target.create_target_machine(
        cpu=name, features=features, opt=3, reloc="default", codemodel="jitdefault", jit=True
    )


def object_code(text: str, entry: str, *, optimise: bool) -> bytes:
    """Compile a module of which only `entry` is to be kept visible.

    Args:
        text: The module in LLVM's language.
        entry: Name of the function to keep.
        optimise: Run the whole optimiser; otherwise only what is unused is dropped.

    Returns:
        An object file of this system, in memory.
    """
    llvm = _binding()
    with _LOCK:
        module = llvm.parse_assembly(text)
        module.verify()
        for item in [*module.functions, *module.global_variables]:
            if not item.is_declaration and item.name != entry:
                item.linkage = "internal"
        machine = _target_machine()
        tuning = llvm.create_pipeline_tuning_options(speed_level=3 if optimise else 1)
        builder = llvm.create_pass_builder(machine, tuning)
        if optimise:
            passes = builder.getModulePassManager()
        else:
            passes = llvm.create_new_module_pass_manager()
            passes.add_global_dead_code_eliminate_pass()
        passes.run(module, builder)
        return bytes(machine.emit_object(module))


@dataclass
class _Loaded:
    """The process's one code loader and what it has loaded."""

    engine: Any = None
    addresses: dict[str, int] = field(default_factory=dict)


@functools.cache
def _loaded() -> _Loaded:
    llvm = _binding()
    module = llvm.parse_assembly("")
    return _Loaded(llvm.create_mcjit_compiler(module, _target_machine()))


def loaded_address(entry: str) -> int | None:
    """Give the address of `entry` if it was loaded before."""
    with _LOCK:
        return _loaded().addresses.get(entry)


def load(entry: str, code: bytes) -> int:
    """Load object code and give the address of its function `entry`; it stays loaded."""
    llvm = _binding()
    with _LOCK:
        loaded = _loaded()
        known = loaded.addresses.get(entry)
        if known is not None:
            return known
        loaded.engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        loaded.engine.finalize_object()
        address = int(loaded.engine.get_function_address(entry))
        if not address:
            raise RuntimeError(f"The compiled code has no function '{entry}'.")
        loaded.addresses[entry] = address
        return address
