"""Writes the transforms of Winograd's convolution in LLVM's language: Y = L · X · Lᵀ on vectors.

The matrices are those of Lavin & Gray 2016, "Fast algorithms for convolutional neural networks",
section 4, for F(2×2, 3×3) and F(4×4, 3×3). The elements of X and Y are vectors of channels.
"""

from __future__ import annotations

from collections.abc import Sequence

from nnstudio.kernels.tile import BIAS, CALL_WORDS, RELU, Transform

Matrix = Sequence[Sequence[float]]

_INPUT: dict[int, Matrix] = {
    2: ((1, 0, -1, 0), (0, 1, 1, 0), (0, -1, 1, 0), (0, 1, 0, -1)),
    4: (
        (4, 0, -5, 0, 1, 0),
        (0, -4, -4, 1, 1, 0),
        (0, 4, -4, -1, 1, 0),
        (0, -2, -1, 2, 1, 0),
        (0, 2, -1, -2, 1, 0),
        (0, 4, 0, -5, 0, 1),
    ),
}
_WINDOW: dict[int, Matrix] = {
    2: ((1, 0, 0), (0.5, 0.5, 0.5), (0.5, -0.5, 0.5), (0, 0, 1)),
    4: (
        (1 / 4, 0, 0),
        (-1 / 6, -1 / 6, -1 / 6),
        (-1 / 6, 1 / 6, -1 / 6),
        (1 / 24, 1 / 12, 1 / 6),
        (1 / 24, -1 / 12, 1 / 6),
        (0, 0, 1),
    ),
}
_OUTPUT: dict[int, Matrix] = {
    2: ((1, 1, 1, 0), (0, 1, -1, -1)),
    4: (
        (1, 1, 1, 1, 1, 0),
        (0, 1, -1, 2, -2, 0),
        (0, 1, 1, 4, 4, 0),
        (0, 1, -1, 8, -8, 1),
    ),
}


def matrix(kind: str, size: int) -> Matrix:
    """Give the matrix of a transform (see `tile.Transform`)."""
    tables = {"input": _INPUT, "window": _WINDOW, "output": _OUTPUT}
    if kind in tables:
        return tables[kind][size]
    source = tables["window" if kind == "back" else "output"][size]
    return tuple(zip(*source, strict=True))


class _Writer:
    """Collects the lines of one function."""

    def __init__(self, lanes: int, *, fused: bool) -> None:
        self.lanes = lanes
        self.fused = fused
        self.lines: list[str] = []
        self.count = 0

    @property
    def vector(self) -> str:
        return f"<{self.lanes} x float>"

    def value(self, text: str) -> str:
        """Write an instruction and give the name of its result."""
        self.count += 1
        self.lines.append(f"  %v{self.count} = {text}")
        return f"%v{self.count}"

    def constant(self, number: float) -> str:
        """Give a vector of one number; LLVM wants float32 written as the double it equals."""
        import struct

        (rounded,) = struct.unpack("<f", struct.pack("<f", number))
        bits = struct.pack(">d", rounded).hex().upper()
        return "<" + ", ".join([f"float 0x{bits}"] * self.lanes) + ">"

    def place(self, pointer: str, i: int, row: str, j: int, column: str) -> str:
        """Give the address of element (i, j) of a matrix of vectors."""
        down = self.value(f"mul i64 {i}, %{row}")
        right = self.value(f"mul i64 {j}, %{column}")
        both = self.value(f"add i64 {down}, {right}")
        return self.value(f"getelementptr float, ptr {pointer}, i64 {both}")

    def combined(self, factors: Sequence[float], values: Sequence[str]) -> str:
        """Write the sum of factor · value, the factors of 1 first."""
        terms = [(f, v) for f, v in zip(factors, values, strict=True) if f]
        terms.sort(key=lambda term: (abs(term[0]) != 1, -term[0]))
        total = ""
        for factor, value in terms:
            total = self._added(total, factor, value)
        return total

    def _added(self, total: str, factor: float, value: str) -> str:
        v = self.vector
        if not total:
            if factor == 1:
                return value
            return self.value(f"fmul {v} {value}, {self.constant(factor)}")
        if abs(factor) == 1:
            return self.value(f"{'fadd' if factor > 0 else 'fsub'} {v} {total}, {value}")
        if self.fused:
            name = f"@llvm.fma.v{self.lanes}f32"
            numbers = f"{v} {self.constant(factor)}, {v} {value}, {v} {total}"
            return self.value(f"call {v} {name}({numbers})")
        product = self.value(f"fmul {v} {value}, {self.constant(factor)}")
        return self.value(f"fadd {v} {total}, {product}")


def transform_code(transform: Transform, entry: str, *, fused: bool) -> str:
    """Write the module of one transform of float32, with the words of a tile call.

    Args:
        transform: Which.
        entry: Name of its function.
        fused: The processor has fused multiply-add.

    Returns:
        A module in LLVM's language.
    """
    w = _Writer(transform.lanes, fused=fused)
    factors = matrix(transform.kind, transform.size)
    _head(w, entry)
    found = []
    for j in range(len(factors[0])):
        column = []
        for i in range(len(factors[0])):
            at = w.place("%pa", i, "a_row", j, "a_k")
            column.append(w.value(f"load {w.vector}, ptr {at}, align 4"))
        found.append([w.combined(row, column) for row in factors])
    for i in range(len(factors)):
        line = [column[i] for column in found]
        for j, row in enumerate(factors):
            result = w.combined(row, line)
            if transform.kind == "output":
                result = _epilogue(w, result)
            at = w.place("%pc", i, "c_row", j, "b_k")
            w.lines.append(f"  store {w.vector} {result}, ptr {at}, align 4")
    w.lines += [
        "  %next = add i64 %i, 1\n  %more = icmp slt i64 %next, %count",
        "  br i1 %more, label %loop, label %done\ndone:\n  ret void\n}\n",
    ]
    v = w.vector
    return f"declare {v} @llvm.fma.v{w.lanes}f32({v}, {v}, {v})\n" + "\n".join(w.lines)


def _head(w: _Writer, entry: str) -> None:
    """Write the signature, the loop over vectors of channels, the bias and the cut."""
    v, lanes = w.vector, w.lanes
    words = ", ".join(f"i64 %{word}" for word in CALL_WORDS)
    w.lines += [
        f'define void @"{entry}"({words}) {{\nstart:',
        "  %a0 = inttoptr i64 %a to ptr\n  %c0 = inttoptr i64 %c to ptr",
        "  %bias0 = inttoptr i64 %bias to ptr",
        f"  %bit_bias = and i64 %flags, {BIAS}\n  %biased = icmp ne i64 %bit_bias, 0",
        f"  %bit_relu = and i64 %flags, {RELU}\n  %cuts = icmp ne i64 %bit_relu, 0",
        # below minus infinity there is nothing to cut
        "  %least = select i1 %cuts, float 0.0, float 0xFFF0000000000000",
        f"  %least0 = insertelement {v} poison, float %least, i32 0",
        f"  %floor = shufflevector {v} %least0, {v} poison, <{lanes} x i32> zeroinitializer",
        "  br label %loop\nloop:",
        "  %i = phi i64 [ 0, %start ], [ %next, %added ]",
        "  %ai = mul i64 %i, %a_step\n  %ci = mul i64 %i, %c_step",
        "  %pa = getelementptr float, ptr %a0, i64 %ai",
        "  %pc = getelementptr float, ptr %c0, i64 %ci",
        "  %pbias = getelementptr float, ptr %bias0, i64 %ci",
        "  br i1 %biased, label %with, label %added\nwith:",
        f"  %bias_there = load {v}, ptr %pbias, align 4",
        "  br label %added\nadded:",
        f"  %shift = phi {v} [ %bias_there, %with ], [ zeroinitializer, %loop ]",
    ]


def _epilogue(w: _Writer, value: str) -> str:
    """Add the bias and cut at zero if wanted; NaN passes."""
    total = w.value(f"fadd {w.vector} {value}, %shift")
    below = w.value(f"fcmp olt {w.vector} {total}, %floor")
    return w.value(f"select <{w.lanes} x i1> {below}, {w.vector} %floor, {w.vector} {total}")
