"""Step: the threshold of the first artificial neurons."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nnstudio.core import words
from nnstudio.graph.layer import Cost, Example, LayerDoc, LayerParams
from nnstudio.graph.registry import register
from nnstudio.graph.types import TensorType, flat, maps
from nnstudio.kernels.activation import is_small, row_sizes
from nnstudio.kernels.kernel import In3, Out3, kernel
from nnstudio.kernels.maths import share
from nnstudio.kernels.moves import copy, fill
from nnstudio.layers.contract import Emit, RunnableLayer


@kernel
def step_up(x: In3, y: Out3, height: int, length: int, low: float, tid: int, threads: int) -> None:
    """Give 1 above 0 and `low` elsewhere; NaN stays NaN."""
    first, last = share(y.shape[0], tid, threads)
    for n in range(first, last):
        for h in range(height):
            for i in range(length):
                v = x[n, h, i]
                high = 1.0 if v > 0.0 else v
                y[n, h, i] = low if v <= 0.0 else high


class StepParams(LayerParams):
    """Parameters of Step."""

    values: Literal["0 and 1", "−1 and 1"] = Field(
        "0 and 1",
        title="Values",
        description="What comes out at or below 0, and above.",
    )
    gradient: Literal["zero", "perceptron rule"] = Field(
        "zero",
        title="Gradient",
        description="Zero, as the derivative is; or passed straight through, which behind a Dense"
        " and with squared error is the perceptron rule.",
    )


@register
class Step(RunnableLayer):
    """The threshold unit."""

    kind = "step"
    title = "Step"
    category = "non-linear"
    prefix = "step"
    params = StepParams
    doc = LayerDoc(
        summary="Gives 1 above 0 and otherwise 0 (or −1).",
        use="For McCulloch-Pitts neurons and the perceptron: logic functions with weights set by"
        " hand, or one Dense unit trained by the perceptron rule.",
        pitfalls="Its derivative is 0, so nothing before it learns unless the perceptron rule is"
        " chosen; that rule finds a line only where one separates the classes, and says nothing"
        " about hidden layers.",
        formula=r"y = \begin{cases} 1 & x > 0 \\ 0 & x \le 0 \end{cases},\quad"
        r" \text{perceptron rule: } \Delta w = \eta\,(t - y)\,x",
        source="McCulloch & Pitts 1943; Rosenblatt 1958, The Perceptron; straight through: Bengio,"
        " Léonard & Courville 2013, section 4",
    )
    examples = (
        Example({}, (maps(3, 4, 2),)),
        Example({"values": "−1 and 1"}, (flat(7),)),
    )

    def essentials(self, p: StepParams) -> str:
        rule = "" if p.gradient == "zero" else " · perceptron rule"
        return f"{p.values}{rule}"

    def cost(self, p: StepParams, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost(arithmetic=(f"0 parameters, {words.whole(output.size)} numbers",))

    def forward(self, e: Emit) -> None:
        low = 0.0 if e.p.values == "0 and 1" else -1.0
        args = e.x[0].rows(), e.out.rows(), *row_sizes(e.out), low
        e.program.call(step_up, *args, label="step", serial=is_small(e.out))

    def backward(self, e: Emit) -> None:
        if e.dx[0] is None:
            return
        if e.p.gradient == "zero":
            fill(e.program, e.dx[0])
        else:
            copy(e.program, e.grad, e.dx[0])
