"""Activations as layers of their own: ReLU, leaky ReLU, sigmoid, tanh, ELU."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from nnstudio.core import words
from nnstudio.graph.layer import Cost, Example, LayerDoc, LayerParams
from nnstudio.graph.registry import register
from nnstudio.graph.types import TensorType, flat, maps
from nnstudio.kernels.activation import activate, activation_gradient
from nnstudio.layers.contract import Emit, RunnableLayer

_SHAPES = (maps(4, 5, 3), flat(19))
_PLAIN = tuple(Example({}, (shape,)) for shape in _SHAPES)


class _Activation(RunnableLayer):
    """A function of each number on its own; any shape."""

    category = "non-linear"

    def constant(self, p: Any) -> float:
        """Give the function's constant; 0 for those without one."""
        return 0.0

    def cost(self, p: Any, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost(arithmetic=(f"0 parameters, {words.whole(output.size)} numbers",))

    def forward(self, e: Emit) -> None:
        name = self.kind.replace("_", " ")
        activate(e.program, name, e.x[0], e.out, self.constant(e.p))

    def backward(self, e: Emit) -> None:
        name = self.kind.replace("_", " ")
        if e.dx[0] is not None:
            activation_gradient(e.program, name, e.out, e.grad, e.dx[0], self.constant(e.p))


@register
class ReLU(_Activation):
    """The rectifier."""

    kind = "relu"
    title = "ReLU"
    shortcut = "R"
    prefix = "relu"
    doc = LayerDoc(
        summary="Keeps positive numbers and sets negative ones to 0.",
        use="The first choice behind Dense, Conv and Batch norm.",
        pitfalls="A unit that is negative for every sample gets no gradient and stays dead: lower"
        " the learning rate, or take leaky ReLU.",
        formula=r"y = \max(0, x)",
        source="Nair & Hinton 2010, Rectified Linear Units Improve Restricted Boltzmann Machines",
    )
    examples = _PLAIN


class LeakyReLUParams(LayerParams):
    """Parameters of Leaky ReLU."""

    slope: float = Field(
        0.01,
        title="Slope",
        description="What negative numbers are multiplied with.",
        gt=0.0,
        lt=1.0,
        json_schema_extra={"step": 0.01},
    )


@register
class LeakyReLU(_Activation):
    """The rectifier that lets a little through."""

    kind = "leaky_relu"
    title = "Leaky ReLU"
    prefix = "leaky"
    params = LeakyReLUParams
    doc = LayerDoc(
        summary="Keeps positive numbers and makes negative ones small.",
        use="Instead of ReLU when many units die.",
        pitfalls="A slope near 1 makes it almost linear, and the network with it.",
        formula=r"y = \begin{cases} x & x > 0 \\ a x & x \le 0 \end{cases}",
        source="Maas, Hannun & Ng 2013, Rectifier Nonlinearities Improve Neural Network Acoustic"
        " Models",
    )
    examples = (*_PLAIN, Example({"slope": 0.2}, (flat(7),)))

    def essentials(self, p: LeakyReLUParams) -> str:
        return f"slope {p.slope:g}"

    def constant(self, p: LeakyReLUParams) -> float:
        return p.slope


@register
class Sigmoid(_Activation):
    """The logistic function."""

    kind = "sigmoid"
    title = "Sigmoid"
    prefix = "sigmoid"
    doc = LayerDoc(
        summary="Squeezes every number between 0 and 1.",
        use="For gates, and to read a score as a probability. Inside deep networks prefer ReLU.",
        pitfalls="Far from 0 it is flat, so gradients vanish; its outputs are never negative."
        " Do not put it before binary cross-entropy, which applies it itself.",
        formula=r"y = \frac{1}{1 + e^{-x}}",
    )
    examples = _PLAIN


@register
class Tanh(_Activation):
    """The hyperbolic tangent."""

    kind = "tanh"
    title = "Tanh"
    prefix = "tanh"
    doc = LayerDoc(
        summary="Squeezes every number between −1 and 1.",
        use="In small and recurrent networks; its outputs are centred on 0, unlike sigmoid's.",
        pitfalls="Far from 0 it is flat, so gradients vanish in deep networks. Start the weights"
        " with Xavier.",
        formula=r"y = \tanh(x) = \frac{e^x - e^{-x}}{e^x + e^{-x}}",
    )
    examples = _PLAIN


class ELUParams(LayerParams):
    """Parameters of ELU."""

    alpha: float = Field(
        1.0,
        title="Alpha",
        description="Very negative numbers come near −alpha.",
        gt=0.0,
        le=10.0,
        json_schema_extra={"step": 0.1},
    )


@register
class ELU(_Activation):
    """The exponential linear unit."""

    kind = "elu"
    title = "ELU"
    prefix = "elu"
    params = ELUParams
    doc = LayerDoc(
        summary="Keeps positive numbers; negative ones fall smoothly to −alpha.",
        use="Instead of ReLU when units die or a smooth function is wanted.",
        pitfalls="The exponential costs more than ReLU.",
        formula=r"y = \begin{cases} x & x > 0 \\ \alpha (e^x - 1) & x \le 0 \end{cases}",
        source="Clevert, Unterthiner & Hochreiter 2016, Fast and Accurate Deep Network Learning by"
        " Exponential Linear Units",
    )
    examples = (*_PLAIN, Example({"alpha": 0.5}, (flat(7),)))

    def essentials(self, p: ELUParams) -> str:
        return "" if p.alpha == 1.0 else f"alpha {p.alpha:g}"

    def constant(self, p: ELUParams) -> float:
        return p.alpha
