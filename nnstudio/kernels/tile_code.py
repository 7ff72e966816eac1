"""Writes a tile (see `tile`) in LLVM's language: a register block, three sums, a small epilogue."""

from __future__ import annotations

from nnstudio.kernels.tile import ACCUMULATE, BIAS, CALL_WORDS, RELU, Tile


class _Writer:
    """Collects the lines of one function."""

    def __init__(self, tile: Tile, dtype: str, *, fused: bool) -> None:
        self.tile = tile
        self.real = "float" if dtype == "f4" else "double"
        self.short = "f32" if dtype == "f4" else "f64"
        self.align = 4 if dtype == "f4" else 8
        self.fused = fused
        self.lines: list[str] = []
        self.count = 0

    @property
    def vector(self) -> str:
        return f"<{self.tile.lanes} x {self.real}>"

    @property
    def mask(self) -> str:
        return f"<{self.tile.lanes} x i1>"

    @property
    def suffix(self) -> str:
        return f"v{self.tile.lanes}{self.short}"

    def line(self, text: str) -> None:
        self.lines.append(text)

    def value(self, text: str) -> str:
        """Write an instruction and give the name of its result."""
        self.count += 1
        self.lines.append(f"  %v{self.count} = {text}")
        return f"%v{self.count}"

    def offset(self, pointer: str, elements: str) -> str:
        """Give `pointer` moved by a number of elements."""
        return self.value(f"getelementptr {self.real}, ptr {pointer}, i64 {elements}")

    def times(self, a: str, b: str) -> str:
        return self.value(f"mul i64 {a}, {b}")

    def is_masked(self, q: int) -> bool:
        return self.tile.masked and q == self.tile.vectors - 1

    def load(self, pointer: str, q: int) -> str:
        """Load vector `q` of a row."""
        place = self.offset(pointer, str(q * self.tile.lanes))
        if self.is_masked(q):
            return self.value(
                f"call {self.vector} @llvm.masked.load.{self.suffix}.p0(ptr align {self.align} "
                f"{place}, {self.mask} %mask, {self.vector} zeroinitializer)"
            )
        return self.value(f"load {self.vector}, ptr {place}, align {self.align}")

    def store(self, value: str, pointer: str, q: int) -> None:
        """Store vector `q` of a row."""
        place = self.offset(pointer, str(q * self.tile.lanes))
        if self.is_masked(q):
            self.line(
                f"  call void @llvm.masked.store.{self.suffix}.p0({self.vector} {value}, "
                f"ptr align {self.align} {place}, {self.mask} %mask)"
            )
        else:
            self.line(f"  store {self.vector} {value}, ptr {place}, align {self.align}")

    def begin(self, name: str) -> str:
        """Begin a loop that runs at least once; give its counter."""
        self.line(f"  store i64 0, ptr %at_{name}\n  br label %loop_{name}\nloop_{name}:")
        return self.value(f"load i64, ptr %at_{name}")

    def end(self, name: str, counter: str, limit: str) -> None:
        """End a loop."""
        following = self.value(f"add i64 {counter}, 1")
        self.line(f"  store i64 {following}, ptr %at_{name}")
        again = self.value(f"icmp slt i64 {following}, {limit}")
        self.line(f"  br i1 {again}, label %loop_{name}, label %done_{name}\ndone_{name}:")


def tile_code(tile: Tile, dtype: str, entry: str, *, fused: bool) -> str:
    """Write the module of one tile.

    Args:
        tile: Its size.
        dtype: "f4" or "f8".
        entry: Name of its function.
        fused: The processor has fused multiply-add.

    Returns:
        A module in LLVM's language.
    """
    w = _Writer(tile, dtype, fused=fused)
    _head(w, entry)
    i = w.begin("i")
    a = w.offset("%pa", w.times(i, "%a_step"))
    c = w.offset("%pc", w.times(i, "%c_step"))
    rows = [w.offset(c, w.times(str(r), "%c_row")) for r in range(tile.rows)]
    _start(w, rows)
    _sums(w, a)
    _finish(w, rows)
    w.end("i", i, "%count")
    w.line("  ret void\n}")
    return "\n".join(_declarations(w) + w.lines) + "\n"


def _declarations(w: _Writer) -> list[str]:
    """Declare the intrinsics."""
    v, m, s = w.vector, w.mask, w.suffix
    lines = [f"declare {v} @llvm.fma.{s}({v}, {v}, {v})"]
    if w.tile.masked:
        lines.append(f"declare {v} @llvm.masked.load.{s}.p0(ptr, {m}, {v})")
        lines.append(f"declare void @llvm.masked.store.{s}.p0({v}, ptr, {m})")
    return lines


def _head(w: _Writer, entry: str) -> None:
    """Write the signature, the local variables and the mask."""
    tile, lanes = w.tile, w.tile.lanes
    words = ", ".join(f"i64 %{word}" for word in CALL_WORDS)
    w.line(f'define void @"{entry}"({words}) {{\nstart:')
    for name in ("i", "t2", "t1", "k"):
        w.line(f"  %at_{name} = alloca i64")
    for r in range(tile.rows):
        for q in range(tile.vectors):
            w.line(f"  %sum_{r}_{q} = alloca {w.vector}")
    for name in ("a", "b", "c", "bias"):
        w.line(f"  %p{name} = inttoptr i64 %{name} to ptr")
    if tile.masked:
        w.line("  %tail32 = trunc i64 %tail to i32")
        w.line(f"  %tail0 = insertelement <{lanes} x i32> poison, i32 %tail32, i32 0")
        w.line(
            f"  %tails = shufflevector <{lanes} x i32> %tail0, <{lanes} x i32> poison, "
            f"<{lanes} x i32> zeroinitializer"
        )
        steps = ", ".join(f"i32 {lane}" for lane in range(lanes))
        w.line(f"  %mask = icmp ult <{lanes} x i32> <{steps}>, %tails")
    for name, flag in (("adds", ACCUMULATE), ("biased", BIAS), ("cuts", RELU)):
        w.line(f"  %bit_{name} = and i64 %flags, {flag}")
        w.line(f"  %{name} = icmp ne i64 %bit_{name}, 0")


def _start(w: _Writer, rows: list[str]) -> None:
    """Give the sums their first value: what C holds, the bias, or zero."""
    tile = w.tile
    w.line("  br i1 %adds, label %from_c, label %not_c\nfrom_c:")
    for r in range(tile.rows):
        for q in range(tile.vectors):
            w.line(f"  store {w.vector} {w.load(rows[r], q)}, ptr %sum_{r}_{q}")
    w.line("  br label %started\nnot_c:\n  br i1 %biased, label %from_bias, label %from_zero")
    w.line("from_bias:")
    for q in range(tile.vectors):
        bias = w.load("%pbias", q)
        for r in range(tile.rows):
            w.line(f"  store {w.vector} {bias}, ptr %sum_{r}_{q}")
    w.line("  br label %started\nfrom_zero:")
    for r in range(tile.rows):
        for q in range(tile.vectors):
            w.line(f"  store {w.vector} zeroinitializer, ptr %sum_{r}_{q}")
    w.line("  br label %started\nstarted:")


def _sums(w: _Writer, a: str) -> None:
    """Write the three nested sums around the register block."""
    t2 = w.begin("t2")
    a2, b2 = w.offset(a, w.times(t2, "%a_t2")), w.offset("%pb", w.times(t2, "%b_t2"))
    t1 = w.begin("t1")
    a1, b1 = w.offset(a2, w.times(t1, "%a_t1")), w.offset(b2, w.times(t1, "%b_t1"))
    rows = [w.offset(a1, w.times(str(r), "%a_row")) for r in range(w.tile.rows)]
    k = w.begin("k")
    a0, b0 = w.times(k, "%a_k"), w.offset(b1, w.times(k, "%b_k"))
    b = [w.load(b0, q) for q in range(w.tile.vectors)]
    for r, row in enumerate(rows):
        place = w.offset(row, a0)
        everywhere = "" if w.tile.paired else _broadcast(w, place)
        for q, column in enumerate(b):
            left = w.load(place, q) if w.tile.paired else everywhere
            _multiply_add(w, left, column, f"%sum_{r}_{q}")
    w.end("k", k, "%k")
    w.end("t1", t1, "%t1")
    w.end("t2", t2, "%t2")


def _broadcast(w: _Writer, place: str) -> str:
    """Load one element into all lanes of a vector."""
    scalar = w.value(f"load {w.real}, ptr {place}, align {w.align}")
    first = w.value(f"insertelement {w.vector} poison, {w.real} {scalar}, i32 0")
    return w.value(
        f"shufflevector {w.vector} {first}, {w.vector} poison, "
        f"<{w.tile.lanes} x i32> zeroinitializer"
    )


def _multiply_add(w: _Writer, x: str, y: str, place: str) -> None:
    """Add x·y to a sum."""
    old = w.value(f"load {w.vector}, ptr {place}")
    if w.fused:
        v = w.vector
        new = w.value(f"call {v} @llvm.fma.{w.suffix}({v} {x}, {v} {y}, {v} {old})")
    else:
        product = w.value(f"fmul {w.vector} {x}, {y}")
        new = w.value(f"fadd {w.vector} {old}, {product}")
    w.line(f"  store {w.vector} {new}, ptr {place}")


def _finish(w: _Writer, rows: list[str]) -> None:
    """Write the sums to C, cut at zero if wanted. NaN passes: only what is below zero is cut."""
    w.line("  br i1 %cuts, label %cut, label %plain\ncut:")
    for r, row in enumerate(rows):
        for q in range(w.tile.vectors):
            value = w.value(f"load {w.vector}, ptr %sum_{r}_{q}")
            below = w.value(f"fcmp olt {w.vector} {value}, zeroinitializer")
            kept = w.value(
                f"select {w.mask} {below}, {w.vector} zeroinitializer, {w.vector} {value}"
            )
            w.store(kept, row, q)
    w.line("  br label %stored\nplain:")
    for r, row in enumerate(rows):
        for q in range(w.tile.vectors):
            w.store(w.value(f"load {w.vector}, ptr %sum_{r}_{q}"), row, q)
    w.line("  br label %stored\nstored:")
