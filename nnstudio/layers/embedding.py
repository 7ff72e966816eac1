"""Embedding: each symbol gets a row of trained numbers that stands for it."""

from __future__ import annotations

from pydantic import Field

from nnstudio.core import words
from nnstudio.graph.layer import (
    Cost,
    Example,
    LayerDoc,
    LayerParams,
    Mismatch,
    Remedy,
    ReplaceWith,
    SetOwn,
    WeightSpec,
)
from nnstudio.graph.registry import register
from nnstudio.graph.types import TensorType, maps, named
from nnstudio.kernels.activation import is_small, row_sizes
from nnstudio.kernels.kernel import In2, In3, InIndex1, Mod2, Out3, kernel
from nnstudio.kernels.maths import share
from nnstudio.layers import weighted
from nnstudio.layers.contract import Emit, RunnableLayer

_MOST_SYMBOLS = 1_000_000


@kernel
def look_up(
    symbols: InIndex1,
    weight: In2,
    y: Out3,
    height: int,
    length: int,
    width: int,
    tid: int,
    threads: int,
) -> None:
    """Copy each symbol's row of the weights to its place; `length` symbols stand in a line."""
    first, last = share(y.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                symbol = symbols[(n * height + h) * length + i]
                for j in range(width):
                    y[n, h, i * width + j] = weight[symbol, j]


@kernel
def look_up_gradient(
    symbols: InIndex1,
    dy: In3,
    dweight: Mod2,
    height: int,
    length: int,
    width: int,
    tid: int,
    threads: int,
) -> None:
    """Add up each symbol's gradients: every thread all samples, but columns of its own.

    So each number is a sum in the order of the samples, whatever the number of threads.
    """
    first, last = share(width, tid, threads)
    for symbol in range(dweight.shape[0]):
        for j in range(first, last):
            dweight[symbol, j] = 0.0
    for n in range(dy.shape[0]):
        for h in range(height):
            for i in range(length):
                symbol = symbols[(n * height + h) * length + i]
                for j in range(first, last):
                    dweight[symbol, j] += dy[n, h, i * width + j]


class EmbeddingParams(LayerParams):
    """Parameters of Embedding."""

    symbols: int = Field(
        0,
        title="Symbols",
        description="How many different symbols have a row; 0 takes the number from the data.",
        ge=0,
        le=_MOST_SYMBOLS,
        json_schema_extra={"step": 1, "zero": "auto"},
    )
    width: int = Field(
        16,
        title="Width",
        description="How many numbers stand for a symbol.",
        ge=1,
        le=65_536,
        json_schema_extra={"step": 1},
    )
    initial: weighted.InitialField = "large normal"
    l1: weighted.L1Field = 0.0
    l2: weighted.L2Field = 0.0


@register
class Embedding(RunnableLayer):
    """A table with a row for each symbol; the gradient goes to the rows that were used."""

    kind = "embedding"
    title = "Embedding"
    category = "recurrent"
    prefix = "embed"
    params = EmbeddingParams
    width_param = "width"
    takes_symbols = True
    doc = LayerDoc(
        summary="Gives each symbol, such as a letter or a word, a row of numbers that is trained.",
        use="First in a network on text or other symbols: behind it a sequence has numbers to"
        " compute with. It does what a Dense without bias does to symbols in one-hot form, without"
        " the zeros.",
        pitfalls="Symbols are whole numbers from 0, and no larger than the table. It reads no real"
        " numbers, and nothing before it can be trained. Rows that the training part never uses"
        " stay as they were drawn.",
        formula=r"y_t = W_{s_t}",
        source="Bengio, Ducharme, Vincent & Jauvin 2003, A Neural Probabilistic Language Model",
    )
    examples = (
        Example({"symbols": 7, "width": 3}, (named((5,), 7),)),
        Example({"width": 17, "initial": "xavier"}, (named((1,), 3),)),
        Example({"symbols": 9, "width": 1}, (named((4, 3), 5),)),
    )

    def headline(self, p: EmbeddingParams) -> str:
        return f"Embedding {p.width}"

    def essentials(self, p: EmbeddingParams) -> str:
        return f"{words.whole(p.symbols)} symbols" if p.symbols else ""

    def infer(self, p: EmbeddingParams, inputs: tuple[TensorType, ...]) -> TensorType:
        (x,) = inputs
        if not x.is_symbols:
            raise self._mismatch(p, x)
        if p.symbols and x.symbols > p.symbols:
            raise Mismatch(
                f"Embedding knows the symbols 0 to {words.whole(p.symbols - 1)}; the data holds"
                f" symbols up to {words.whole(x.symbols - 1)}.",
                SetOwn("symbols", 0, "Take the number from the data"),
                SetOwn("symbols", x.symbols, f"Make it {words.whole(x.symbols)} symbols"),
                port="x",
            )
        if len(x.shape) == 1:
            return TensorType((*x.shape, p.width), "f4", "TF")
        height, width = x.shape
        return maps(height, width, p.width)

    def _mismatch(self, p: EmbeddingParams, x: TensorType) -> Mismatch:
        """Say that real numbers arrive; on those a Dense or a 1×1 convolution does the work."""
        remedy: Remedy = ReplaceWith("dense", f"Make it Dense {p.width}", {"units": p.width})
        if x.is_map:
            remedy = ReplaceWith(
                "conv2d",
                f"Make it Conv {p.width} @ 1×1",
                {"filters": p.width, "kernel": [1, 1]},
            )
        if x.layout == "TF":
            conv = {"filters": p.width, "kernel": 1}
            remedy = ReplaceWith("conv1d", f"Make it Conv 1D {p.width} @ 1", conv)
        sizes = "" if x.is_flat else f"{x} = "
        return Mismatch(
            f"Embedding needs symbols, whole numbers that name things; {sizes}"
            f"{words.whole(x.size)} real numbers arrive.",
            remedy,
            hint="Or say in the data panel that the samples are symbols.",
            port="x",
        )

    def _count(self, p: EmbeddingParams, inputs: tuple[TensorType, ...]) -> int:
        return p.symbols or inputs[0].symbols

    def weights(self, p: EmbeddingParams, inputs: tuple[TensorType, ...]) -> tuple[WeightSpec, ...]:
        # one row at a time flows in, so the spread does not depend on how many there are
        shape = self._count(p, inputs), p.width
        return (WeightSpec("weight", shape, p.initial, 1, p.width, decay=True, l1=p.l1, l2=p.l2),)

    def cost(self, p: EmbeddingParams, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        count = self._count(p, inputs)
        line = f"{count} · {p.width} = {words.whole(count * p.width)} parameters"
        return Cost(count * p.width, 0, (line, "rows are copied, nothing computed"))

    def shape_lines(
        self, p: EmbeddingParams, inputs: tuple[TensorType, ...], output: TensorType
    ) -> tuple[str, ...]:
        axes = "T" if len(inputs[0].shape) == 1 else r"H \times W"
        sizes = [r" \times ".join(map(str, one.shape)) for one in (inputs[0], output)]
        return (
            rf"{axes} \to {axes} \times \text{{width}}",
            rf"{sizes[0]} \to \mathbf{{{sizes[1]}}}",
        )

    def forward(self, e: Emit) -> None:
        height, length, width = _sizes(e)
        views = e.x[0].vector(), e.weights["weight"].flat(), e.out.rows()
        e.program.call(look_up, *views, height, length, width, serial=is_small(e.out))

    def backward(self, e: Emit) -> None:
        if "weight" in e.dweights:
            dweight = e.dweights["weight"]
            views = e.x[0].vector(), e.grad.rows(), dweight.flat()
            small = is_small(e.grad) and is_small(dweight)
            e.program.call(look_up_gradient, *views, *_sizes(e), serial=small)


def _sizes(e: Emit) -> tuple[int, int, int]:
    """Give the lines of symbols in a sample, the symbols of a line, and the numbers of each."""
    height, numbers = row_sizes(e.out)
    width = e.out.shape[-1]
    return height, numbers // width, width
