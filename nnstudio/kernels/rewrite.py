"""Turns a kernel's source into the form that `compiler` compiles, and gives it a fingerprint.

Three things change. Float literals, float globals and ``float(...)`` take the program's real type,
so that float32 arithmetic is not promoted. Subscripts become unsigned, so that the compiler adds no
wrap-around code. A kernel's parameters are unpacked from its argument block.
"""

from __future__ import annotations

import ast
import builtins
import hashlib
import inspect
import textwrap
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nnstudio.kernels.kernel import Device, Kernel, Parameter
from nnstudio.kernels.supplied import SUPPLIED

# Names that the compiler supplies to rewritten code.
REAL_NAME, INDEX_NAME = "_real", "_index"
_OWN = {"block", "_words", "_block", "_array_real", "_array_i8", "_array_f8", "_unpacked"}


@dataclass(frozen=True)
class Rewritten:
    """A function ready to be compiled.

    Attributes:
        code: Its code object.
        devices: The device functions it calls, by the name it uses.
        constants: Modules and whole numbers it uses, by name.
        fingerprint: Changes whenever the meaning changes; covers the devices too.
    """

    code: types.CodeType
    devices: dict[str, Device]
    constants: dict[str, Any]
    fingerprint: str


def rewrite_kernel(kernel: Kernel, dtype: str) -> Rewritten:
    """Rewrite a kernel for real type `dtype` into a function of (block, tid, threads)."""
    tree = _tree(kernel.function)
    tree.args.args = [ast.arg("block"), *tree.args.args[-2:]]
    tree.body = [*_unpacking(kernel.parameters), *tree.body]
    return _finish(tree, kernel.function, dtype)


def rewrite_device(device: Device, dtype: str) -> Rewritten:
    """Rewrite a device function for real type `dtype`."""
    function = device.variant(dtype)
    return _finish(_tree(function), function, dtype)


def _tree(function: Callable[..., Any]) -> ast.FunctionDef:
    """Parse a function's source and drop what has no meaning for the machine."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    if not isinstance(tree, ast.FunctionDef):
        raise TypeError(f"'{function.__name__}' is not a plain function.")
    tree.decorator_list = []
    tree.returns = None
    for argument in tree.args.args:
        argument.annotation = None
    if ast.get_docstring(tree) is not None:
        tree.body = tree.body[1:]
    return tree


def _unpacking(parameters: tuple[Parameter, ...]) -> list[ast.stmt]:
    """Give the statements that take the parameters from the block of int64 words."""
    lines = ["_words = _block(block)"]
    at = 0
    for parameter in parameters:
        access = parameter.access
        if parameter.kind == "array" and access is not None:
            dims = ", ".join(f"_words[{at + 1 + axis}]" for axis in range(access.rank))
            lines.append(f"{parameter.name} = _array_{access.dtype}(_words[{at}], ({dims},))")
        elif parameter.kind == "float":
            lines.append(f"{parameter.name} = _unpacked(_words[{at}])")
        else:
            lines.append(f"{parameter.name} = _words[{at}]")
        at += parameter.words
    return ast.parse("\n".join(lines)).body


def _finish(tree: ast.FunctionDef, function: Callable[..., Any], dtype: str) -> Rewritten:
    """Rewrite the expressions, collect the names and compute the fingerprint."""
    rewriter = _Rewriter(function)
    tree = rewriter.visit(tree)
    ast.fix_missing_locations(tree)
    text = ast.unparse(tree)
    module = compile(ast.Module([tree], []), f"<kernel {function.__name__}>", "exec")
    code = next(part for part in module.co_consts if isinstance(part, types.CodeType))
    digest = hashlib.blake2b(f"{dtype}\n{text}\n".encode(), digest_size=16)
    for name, device in sorted(rewriter.devices.items()):
        digest.update(f"{name}={rewrite_device(device, dtype).fingerprint}\n".encode())
    for name, value in sorted(rewriter.constants.items()):
        digest.update(f"{name}={getattr(value, '__name__', value)}\n".encode())
    return Rewritten(code, rewriter.devices, rewriter.constants, digest.hexdigest())


class _Rewriter(ast.NodeTransformer):
    """Changes expressions as the module docstring says, and notes the names used."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.devices: dict[str, Device] = {}
        self.constants: dict[str, Any] = {}
        self.local = set(function.__code__.co_varnames)

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        """Give float literals the real type."""
        return _call(REAL_NAME, node) if isinstance(node.value, float) else node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt:
        """Drop the annotation of a variable."""
        if node.value is None:
            return ast.Pass()
        return ast.Assign([self.visit(node.target)], self.visit(node.value))

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        """Make indices unsigned; shapes and block words are left alone."""
        value = node.value
        plain = isinstance(value, ast.Attribute) or (
            isinstance(value, ast.Name) and value.id == "_words"
        )
        if plain:
            return node
        index = node.slice
        parts = index.elts if isinstance(index, ast.Tuple) else [index]
        changed = [_unsigned(self.visit(part)) for part in parts]
        node.slice = ast.Tuple(changed, ast.Load()) if len(changed) > 1 else changed[0]
        node.value = self.visit(value)
        return node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Resolve a global name."""
        name = node.id
        if name in self.local or name in _OWN:
            return node
        if name == "float":
            return ast.Name(REAL_NAME, node.ctx)
        missing = object()
        value = self.function.__globals__.get(name, missing)
        if isinstance(value, Device):
            self.devices[name] = value
        elif isinstance(value, float):
            return _call(REAL_NAME, ast.Constant(value))
        elif isinstance(value, (int, types.ModuleType)):
            self.constants[name] = value
        elif value is missing and not hasattr(builtins, name):
            raise TypeError(f"Kernel '{self.function.__name__}' uses the unknown name '{name}'.")
        elif value is not missing and value not in SUPPLIED:
            raise TypeError(f"Kernel '{self.function.__name__}' cannot use '{name}'.")
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        """Give float constants of modules, such as ``math.pi``, the real type."""
        if isinstance(node.value, ast.Name):
            module = self.function.__globals__.get(node.value.id)
            constant = getattr(module, node.attr, None)
            if isinstance(module, types.ModuleType) and isinstance(constant, float):
                return _call(REAL_NAME, ast.Constant(constant))
        node.value = self.visit(node.value)
        return node


def _unsigned(index: ast.expr) -> ast.expr:
    """Wrap one index unless it is a literal or a slice."""
    if isinstance(index, (ast.Slice, ast.Constant)):
        return index
    return _call(INDEX_NAME, index)


def _call(name: str, argument: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), [argument], [])
