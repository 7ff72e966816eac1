"""Dropout: while training, a random part of the numbers is set to 0."""

from __future__ import annotations

from pydantic import Field

from nnstudio.core import words
from nnstudio.graph.layer import Cost, Example, LayerDoc, LayerParams
from nnstudio.graph.registry import register
from nnstudio.graph.types import TensorType, flat, maps
from nnstudio.kernels.moves import copy
from nnstudio.kernels.program import Buffer
from nnstudio.kernels.random import drop
from nnstudio.layers.contract import Emit, RunnableLayer


class DropoutParams(LayerParams):
    """Parameters of Dropout."""

    rate: float = Field(
        0.5,
        title="Rate",
        description="Which part of the numbers is set to 0 while training.",
        ge=0.0,
        le=0.95,
        json_schema_extra={"step": 0.05},
    )


@register
class Dropout(RunnableLayer):
    """Inverted dropout: what is kept is scaled up, so evaluation changes nothing."""

    kind = "dropout"
    title = "Dropout"
    category = "pool & normalise"
    shortcut = "O"
    prefix = "drop"
    params = DropoutParams
    doc = LayerDoc(
        summary="Sets a random part of the numbers to 0 in every training step.",
        use="Behind large Dense layers, when the training loss falls and the validation loss does"
        " not: no unit can rely on another one.",
        pitfalls="It slows learning, so train longer. In evaluation it does nothing; training and"
        " validation loss are then not measured alike.",
        formula=r"y = \frac{m \odot x}{1 - r},\quad m \sim \text{Bernoulli}(1 - r)",
        source="Srivastava, Hinton, Krizhevsky, Sutskever & Salakhutdinov 2014, Dropout: A Simple"
        " Way to Prevent Neural Networks from Overfitting; scaled while training (inverted)",
    )
    examples = (
        Example({}, (flat(37),)),
        Example({"rate": 0.25}, (maps(4, 3, 5),)),
        Example({"rate": 0.0}, (flat(6),)),
    )

    def essentials(self, p: DropoutParams) -> str:
        return f"{p.rate:.0%} dropped" if p.rate else "off"

    def cost(self, p: DropoutParams, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        kept = words.short((1.0 - p.rate) * output.size)
        total = words.whole(output.size)
        return Cost(arithmetic=(f"0 parameters; about {kept} of {total} numbers are kept",))

    def is_view(self, p: DropoutParams, training: bool) -> bool:
        return not training or p.rate == 0.0

    def forward(self, e: Emit) -> None:
        self._pass(e, e.x[0], e.out)

    def backward(self, e: Emit) -> None:
        """Drop the same places again: step and place give the same random words."""
        if e.dx[0] is not None:
            self._pass(e, e.grad, e.dx[0])

    def _pass(self, e: Emit, source: Buffer, target: Buffer) -> None:
        rate = e.p.rate
        if self.is_view(e.p, e.training):
            copy(e.program, source, target)
        else:
            drop(e.program, source, target, e.step, e.seed, rate, 1.0 / (1.0 - rate))
