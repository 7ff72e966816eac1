"""Gives the address of every kernel and tile: loaded before, else from the cache, else compiled."""

from __future__ import annotations

import functools
import hashlib
import inspect
from importlib import metadata
from pathlib import Path

from nnstudio.kernels import executor, native, tile_code, transform_code, turning
from nnstudio.kernels.cache import CodeCache
from nnstudio.kernels.cpu import cpu
from nnstudio.kernels.kernel import Kernel
from nnstudio.kernels.rewrite import rewrite_kernel
from nnstudio.kernels.tile import Tile, TileLike, Transform, Turn

_COMPILER = ("rewrite", "supplied", "compiler", "pipeline", "intrinsics")

Piece = Kernel | TileLike | None  # None is the native loop itself


@functools.cache
def _machine() -> str:
    """Name what compiled code depends on beside its source."""
    name, features = native.host()
    versions = [metadata.version(package) for package in ("numba", "llvmlite")]
    return "\n".join([*versions, name, features, inspect.getsource(native)])


@functools.cache
def _compiler_source() -> str:
    """Give the source of what turns kernels into code, read as text: some of it loads numba."""
    folder = Path(__file__).parent
    return "".join((folder / f"{name}.py").read_text("utf-8") for name in _COMPILER)


@functools.cache
def _kernel_print(kernel: Kernel, dtype: str) -> str:
    """Give the fingerprint of a kernel's source."""
    return rewrite_kernel(kernel, dtype).fingerprint


def _key(piece: Piece, dtype: str) -> str:
    """Give the key of a piece of code on this machine."""
    if isinstance(piece, Kernel):
        kind, text = piece.name, _kernel_print(piece, dtype) + _compiler_source()
    elif isinstance(piece, Tile):
        marks = "m" * piece.masked + "p" * piece.paired
        kind = f"tile_{piece.rows}x{piece.vectors}x{piece.lanes}{marks}"
        text = f"{cpu().fused} {inspect.getsource(tile_code)}"
    elif isinstance(piece, Turn):
        kind, text = f"turn_{piece.lanes}", inspect.getsource(turning)
    elif isinstance(piece, Transform):
        kind = f"winograd_{piece.kind}_{piece.size}x{piece.lanes}"
        text = f"{cpu().fused} {inspect.getsource(transform_code)}"
    else:
        kind, text = executor.ENTRY, executor.executor_code()
    digest = hashlib.blake2b(f"{text}\n{dtype}\n{_machine()}".encode(), digest_size=16)
    return f"{kind.strip('_')}_{dtype}_{digest.hexdigest()}"


def _compiled(piece: Piece, dtype: str, entry: str) -> bytes:
    """Compile a piece of code."""
    if isinstance(piece, Kernel):
        from nnstudio.kernels.compiler import compile_kernel

        return compile_kernel(piece, dtype, entry)
    if isinstance(piece, Tile):
        text = tile_code.tile_code(piece, dtype, entry, fused=cpu().fused)
    elif isinstance(piece, Turn):
        text = turning.turn_code(piece, dtype, entry)
    elif isinstance(piece, Transform):
        text = transform_code.transform_code(piece, entry, fused=cpu().fused)
    else:
        text = executor.executor_code()
    return native.object_code(text, entry, optimise=True)


def address(piece: Piece, dtype: str, cache: CodeCache | None = None) -> int:
    """Give the address of a piece of code.

    Args:
        piece: A kernel, a tile, or None for the native loop.
        dtype: The real type, "f4" or "f8".
        cache: Where compiled code is kept; the studio's folder if None.

    Returns:
        The address of its function.
    """
    key = _key(piece, dtype)
    entry = key if piece is not None else executor.ENTRY
    known = native.loaded_address(entry)
    if known is not None:
        return known
    cache = cache if cache is not None else CodeCache()
    code = cache.get(key)
    if code is None:
        code = _compiled(piece, dtype, entry)
        cache.put(key, code)
    return native.load(entry, code)
