"""What convolutions have in common: how they run, where their borders come from, and their cost."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

from nnstudio.core import words
from nnstudio.graph.layer import Cost, Layer, LayerParams, Remedy, Window
from nnstudio.graph.types import TensorType
from nnstudio.kernels.border import emit_border_gradient, with_border
from nnstudio.kernels.conv import conv_forward, conv_input_gradient, conv_weight_gradient
from nnstudio.kernels.geometry import Geometry, gradient_halo, input_halo
from nnstudio.kernels.program import NO_HALO, Buffer, Halo
from nnstudio.layers import weighted
from nnstudio.layers.contract import Emit, RunnableLayer
from nnstudio.layers.window_fields import PaddingMode
from nnstudio.layers.windows import check_reflection, formula_lines, map_wanted, placed

_BORDER = "with border"  # what forward leaves for backward in `Emit.saved`


class Convolved(weighted.Weighted, Protocol):
    """The parameters that convolutions share."""

    @property
    def padding_mode(self) -> PaddingMode: ...


class Convolution(RunnableLayer):
    """A convolution on maps, or on what can be seen as maps, its activation included.

    Zeros around a map lie in its buffer's halo. A reflected or repeated border is written once, to
    a larger copy of the map that the same products then read without padding; the gradient by that
    copy is folded back onto the map.
    """

    category = "linear"

    @abstractmethod
    def geometry(self, p: Any, shape: tuple[int, ...]) -> Geometry:
        """Give the window's way over an input of a shape without batch."""

    def seen(self, buffer: Buffer) -> Buffer:
        """See a buffer as maps."""
        return buffer

    def window_of(self, weight: Buffer) -> Buffer:
        """See a weight as (height, width, channels / groups, filters)."""
        return weight

    def absorb(self, p: Any, follower: Layer) -> LayerParams | None:
        return weighted.absorbed(p, p.activation, follower)

    def shift(self, p: Any) -> str:
        return "bias" if p.activation == "linear" else ""

    def input_halo(self, p: Any, inputs: tuple[TensorType, ...]) -> Halo:
        place = self.geometry(p, inputs[0].shape)
        return NO_HALO if _has_border(p, place) else input_halo(place)

    def gradient_halo(self, p: Any, inputs: tuple[TensorType, ...]) -> Halo:
        if p.activation != "linear":  # what the products read is scratch, made with its own halo
            return NO_HALO
        return gradient_halo(_inner(p, self.geometry(p, inputs[0].shape)))

    def forward(self, e: Emit) -> None:
        p = e.p
        place, x, sums = self._place(e), self.seen(e.x[0]), weighted.sums_buffer(e, p)
        if _has_border(p, place):
            reflect = p.padding_mode == "reflect"
            x = e.saved[_BORDER] = with_border(e.program, x, place.pad, reflect=reflect)
        weight, bias = self.window_of(e.weights["weight"]), e.weights.get("bias")
        relu, inner = p.activation == "relu", _inner(p, place)
        conv_forward(e.program, x, weight, bias, self.seen(sums), inner, relu=relu)
        weighted.apply_activation(e, p, sums)

    def backward(self, e: Emit) -> None:
        p = e.p
        inner = _inner(p, self._place(e))
        halo = gradient_halo(inner) if len(e.grad.shape) == 4 else NO_HALO
        gradient = self.seen(weighted.gradient_by_sums(e, p, halo))
        if "weight" in e.dweights:
            x = e.saved[_BORDER] if _BORDER in e.saved else self.seen(e.x[0])
            dweight, dbias = self.window_of(e.dweights["weight"]), e.dweights.get("bias")
            conv_weight_gradient(e.program, x, gradient, dweight, dbias, inner)
        if e.dx[0] is not None:
            self._input_gradient(e, gradient, self.seen(e.dx[0]), inner)

    def _place(self, e: Emit) -> Geometry:
        return self.geometry(e.p, e.x[0].shape[1:])

    def _input_gradient(self, e: Emit, gradient: Buffer, dx: Buffer, inner: Geometry) -> None:
        weight, wide = self.window_of(e.weights["weight"]), e.saved.get(_BORDER)
        if wide is None:
            conv_input_gradient(e.program, gradient, weight, dx, inner)
            return
        dwide = e.program.buffer(f"{dx.name} with border", wide.shape)
        conv_input_gradient(e.program, gradient, weight, dwide, inner)
        top, _, left, _ = self._place(e).pad
        reflect = e.p.padding_mode == "reflect"
        emit_border_gradient(e.program, dwide, dx, (top, left), reflect=reflect)


class MapConvolution(Convolution):
    """A convolution whose window slides over maps, down and right."""

    def placed_on(self, p: Any, x: TensorType, *remedies: Remedy) -> tuple[int, int]:
        """Give the height and width that come out, or raise Mismatch.

        Args:
            p: The node's parameters.
            x: What arrives.
            remedies: What could be done where it is no map.
        """
        map_wanted(self.title, x, "Put it before Flatten, or use a data set of images.", *remedies)
        down, right = placed(self.title, "kernel", p.sliding, x)
        check_reflection(self.title, p.padding_mode, down, right)
        return down.output, right.output

    def shape_lines(
        self, p: Any, inputs: tuple[TensorType, ...], output: TensorType
    ) -> tuple[str, ...]:
        return formula_lines(p.sliding, inputs[0])

    def window(self, p: Any) -> Window:
        return Window(p.kernel, p.stride, p.dilation, before=p.sliding.before)


def _has_border(p: Convolved, place: Geometry) -> bool:
    """Whether there is padding and it is made of the map's own pixels."""
    return p.padding_mode != "zero" and place.pad != NO_HALO


def _inner(p: Convolved, place: Geometry) -> Geometry:
    """Give the window's way over what the products read, whose border may belong to it already."""
    return replace(place, pad=NO_HALO) if _has_border(p, place) else place


def window_cost(taps: Sequence[int], filters: int, places: Sequence[int], *, bias: bool) -> Cost:
    """Give the cost of filters that are applied at many places.

    Args:
        taps: Sizes of one filter: height, width, channels.
        filters: How many there are.
        places: Sizes of the map of places.
        bias: Whether each filter has a bias.
    """
    weights, area = "·".join(map(str, taps)), math.prod(taps)
    parameters, macs = (area + bias) * filters, area * filters * math.prod(places)
    left = f"({weights} + 1)" if bias else weights
    where = "·".join(map(str, (filters, *places)))
    return Cost(
        parameters,
        macs,
        (
            f"{left} · {filters} = {words.whole(parameters)} parameters",
            f"{weights}·{where} = {words.whole(macs)} MACs",
        ),
    )


def card_words(p: weighted.Weighted, stride: str, dilation: str, padding: str, *more: str) -> str:
    """Say what matters on a card: "s1 · d2 · pad 2 · ReLU"; a dilation of 1 goes unsaid."""
    gaps = () if dilation == "1" else (f"d{dilation}",)
    parts = (f"s{stride}", *gaps, f"pad {padding}", *more, weighted.activation_words(p))
    return " · ".join(parts)


def padding_words(p: Convolved, padding: object) -> str:
    """Say the padding, and what it holds where that is not zeros: "same, reflect"."""
    unpadded = padding in {"valid", 0, "0"}
    return str(padding) if p.padding_mode == "zero" or unpadded else f"{padding} {p.padding_mode}"
