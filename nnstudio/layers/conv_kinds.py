"""Convolutions beside Conv2D: each channel by itself (depthwise), and along sequences (1D)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any

from pydantic import Field
from pydantic.config import JsonDict

from nnstudio.core import words
from nnstudio.graph.layer import (
    Cost,
    Example,
    InsertBefore,
    Layer,
    LayerDoc,
    LayerParams,
    Mismatch,
    Remedy,
    SetOwn,
    WeightSpec,
    Window,
)
from nnstudio.graph.registry import register
from nnstudio.graph.types import TensorType, maps
from nnstudio.kernels.conv import conv_forward, conv_input_gradient, conv_weight_gradient
from nnstudio.kernels.geometry import Geometry, gradient_halo, input_halo
from nnstudio.kernels.program import NO_HALO, Buffer, Halo
from nnstudio.layers import weighted
from nnstudio.layers.contract import Emit, RunnableLayer
from nnstudio.layers.windows import (
    Axis,
    PaddingField,
    PairField,
    Sliding,
    axis,
    by,
    formula_lines,
    geometry,
    placed,
    short_pair,
)

_SPAN: JsonDict = {"unit": "steps", "step": 1}


class _Convolution(RunnableLayer):
    """A convolution on maps, or on what can be seen as maps, its activation included."""

    category = "linear"

    @abstractmethod
    def geometry(self, p: Any, shape: tuple[int, ...]) -> Geometry:
        """Give the window's way over an input of a shape without batch."""

    @abstractmethod
    def taps(self, p: Any) -> tuple[int, int]:
        """Give the height and width of the window."""

    def seen(self, p: Any, buffer: Buffer) -> Buffer:
        """See a buffer as maps."""
        return buffer

    def absorb(self, p: Any, follower: Layer) -> LayerParams | None:
        return weighted.absorbed(p, p.activation, follower)

    def forward(self, e: Emit) -> None:
        p = e.p
        place = self.geometry(p, e.x[0].shape[1:])
        x, sums = self.seen(p, e.x[0]), weighted.sums_buffer(e, p)
        weight, bias = self._window_of(p, e.weights["weight"]), e.weights.get("bias")
        target = self.seen(p, sums)
        conv_forward(e.program, x, weight, bias, target, place, relu=p.activation == "relu")
        weighted.apply_activation(e, p, sums)

    def backward(self, e: Emit) -> None:
        p = e.p
        place = self.geometry(p, e.x[0].shape[1:])
        halo = gradient_halo(place) if len(e.grad.shape) == 4 else NO_HALO
        gradient = self.seen(p, weighted.gradient_by_sums(e, p, halo))
        if "weight" in e.dweights:
            dweight, dbias = self._window_of(p, e.dweights["weight"]), e.dweights.get("bias")
            conv_weight_gradient(e.program, self.seen(p, e.x[0]), gradient, dweight, dbias, place)
        if e.dx[0] is not None:
            weight = self._window_of(p, e.weights["weight"])
            conv_input_gradient(e.program, gradient, weight, self.seen(p, e.dx[0]), place)

    def _window_of(self, p: Any, weight: Buffer) -> Buffer:
        """See a weight as (height, width, channels, filters)."""
        if len(weight.shape) == 4:
            return weight
        shape = (*self.taps(p), *weight.shape[1:])
        return Buffer(f"{weight.name} as window", shape, base=weight, external=weight.external)


class DepthwiseConv2DParams(LayerParams):
    """Parameters of Depthwise conv."""

    kernel: PairField = Field(
        (3, 3),
        title="Kernel",
        description="Height and width of the window.",
        json_schema_extra={"unit": "px", "step": 1},
    )
    stride: PairField = Field(
        (1, 1),
        title="Stride",
        description="How far the window moves, down and right.",
        json_schema_extra={"unit": "px", "step": 1},
    )
    padding: PaddingField = "same"
    floor: bool = Field(
        False,
        title="Leave out the rest",
        description="Where the stride does not fit, ignore what is left over at the edge.",
    )
    multiplier: int = Field(
        1,
        title="Maps per channel",
        description="How many filters each channel has, and so maps come out of it.",
        ge=1,
        le=1024,
        json_schema_extra={"step": 1},
    )
    activation: weighted.ActivationField = "relu"
    initial: weighted.InitialField = "he"
    bias: weighted.BiasField = True
    bias_start: weighted.BiasStartField = 0.0
    l1: weighted.L1Field = 0.0
    l2: weighted.L2Field = 0.0

    @property
    def sliding(self) -> Sliding:
        """The window that these parameters describe."""
        return Sliding(self.kernel, self.stride, self.padding, self.floor)


@register
class DepthwiseConv2D(_Convolution):
    """A convolution of each channel by itself."""

    kind = "depthwise_conv2d"
    title = "Depthwise conv"
    prefix = "depthwise"
    params = DepthwiseConv2DParams
    doc = LayerDoc(
        summary="Slides a small filter of its own over each channel; channels do not mix.",
        use="With a 1×1 Conv behind it, in place of a Conv: nearly as good at a fraction of the"
        " multiply-adds (MobileNet).",
        pitfalls="Alone it cannot combine channels: the 1×1 Conv must follow. It saves arithmetic,"
        " not as much time, since it moves much memory for each multiply-add.",
        formula=r"y_{i,j,c} = f\Big(b_c + \sum_{u,v} w_{u,v,c}\,"
        r"x_{i S + u - P,\; j S + v - P,\; c}\Big)",
        source="Howard et al. 2017, MobileNets, section 3.1; Sifre 2014",
    )
    examples = (
        Example({}, (maps(5, 6, 8),)),
        Example({"multiplier": 2, "activation": "linear"}, (maps(4, 5, 3),)),
        Example({"kernel": [5, 3], "stride": [2, 2], "activation": "tanh"}, (maps(7, 6, 17),)),
        Example({"padding": "valid", "bias": False, "activation": "elu"}, (maps(4, 6, 1),)),
    )

    def headline(self, p: DepthwiseConv2DParams) -> str:
        return f"Depthwise {by(p.kernel)}"

    def essentials(self, p: DepthwiseConv2DParams) -> str:
        parts = [f"s{short_pair(p.stride)}", f"pad {p.padding}"]
        if p.multiplier > 1:
            parts.append(f"{p.multiplier} maps a channel")
        return " · ".join([*parts, weighted.activation_words(p)])

    def infer(self, p: DepthwiseConv2DParams, inputs: tuple[TensorType, ...]) -> TensorType:
        (x,) = inputs
        if not x.is_map:
            raise Mismatch(
                f"Depthwise conv needs a map (height × width × channels); {words.whole(x.size)}"
                " numbers arrive flat.",
                hint="Put it before Flatten, or use a data set of images.",
                port="x",
            )
        down, right = placed("Depthwise conv", "kernel", p.sliding, x)
        return maps(down.output, right.output, x.shape[2] * p.multiplier)

    def weights(
        self, p: DepthwiseConv2DParams, inputs: tuple[TensorType, ...]
    ) -> tuple[WeightSpec, ...]:
        area, filters = p.kernel[0] * p.kernel[1], inputs[0].shape[2] * p.multiplier
        return weighted.weight_specs(p, (*p.kernel, 1, filters), area, area * p.multiplier)

    def cost(
        self, p: DepthwiseConv2DParams, inputs: tuple[TensorType, ...], output: TensorType
    ) -> Cost:
        height, width = p.kernel
        filters = output.shape[2]
        parameters, macs = (height * width + p.bias) * filters, height * width * output.size
        left = f"({height}·{width} + 1)" if p.bias else f"{height}·{width}"
        places = "·".join(map(str, (filters, *output.shape[:2])))
        return Cost(
            parameters,
            macs,
            (
                f"{left} · {filters} = {words.whole(parameters)} parameters",
                f"{height}·{width}·{places} = {words.whole(macs)} MACs",
            ),
        )

    def shape_lines(
        self, p: DepthwiseConv2DParams, inputs: tuple[TensorType, ...], output: TensorType
    ) -> tuple[str, ...]:
        return formula_lines(p.sliding, inputs[0])

    def window(self, p: DepthwiseConv2DParams) -> Window:
        return Window(p.kernel, p.stride, before=p.sliding.before)

    def taps(self, p: DepthwiseConv2DParams) -> tuple[int, int]:
        return p.kernel

    def geometry(self, p: DepthwiseConv2DParams, shape: tuple[int, ...]) -> Geometry:
        return geometry(*p.sliding.axes(shape[0], shape[1]), groups=shape[2])

    def input_halo(self, p: DepthwiseConv2DParams, inputs: tuple[TensorType, ...]) -> Halo:
        return input_halo(self.geometry(p, inputs[0].shape))

    def gradient_halo(self, p: DepthwiseConv2DParams, inputs: tuple[TensorType, ...]) -> Halo:
        if p.activation != "linear":  # what the products read is scratch, made with its own halo
            return NO_HALO
        return gradient_halo(self.geometry(p, inputs[0].shape))


class Conv1DParams(LayerParams):
    """Parameters of Conv 1D."""

    filters: int = Field(
        8,
        title="Filters",
        description="How many features come out at each step.",
        ge=1,
        le=65_536,
        json_schema_extra={"step": 1},
    )
    kernel: int = Field(
        3,
        title="Kernel",
        description="How many steps the window covers.",
        ge=1,
        le=1024,
        json_schema_extra=_SPAN,
    )
    stride: int = Field(
        1,
        title="Stride",
        description="How many steps the window moves.",
        ge=1,
        le=1024,
        json_schema_extra=_SPAN,
    )
    padding: PaddingField = "same"
    floor: bool = Field(
        False,
        title="Leave out the rest",
        description="Where the stride does not fit, ignore what is left over at the end.",
    )
    activation: weighted.ActivationField = "relu"
    initial: weighted.InitialField = "he"
    bias: weighted.BiasField = True
    bias_start: weighted.BiasStartField = 0.0
    l1: weighted.L1Field = 0.0
    l2: weighted.L2Field = 0.0


def _sequence(*sizes: int) -> TensorType:
    return TensorType(sizes, "f4", "TF")


@register
class Conv1D(_Convolution):
    """A convolution along the steps of a sequence."""

    kind = "conv1d"
    title = "Conv 1D"
    prefix = "conv1d"
    params = Conv1DParams
    width_param = "filters"
    doc = LayerDoc(
        summary="Slides small filters along a sequence; each sees a few steps with all features.",
        use="For time series, sounds and text: patterns of a few steps, wherever they stand.",
        pitfalls="It needs steps × features: put a Reshape before it where the data is flat. With"
        " padding same it sees the future; where that must not be, use recurrent layers.",
        formula=r"y_{t,o} = f\Big(b_o + \sum_{u,c} w_{u,c,o}\, x_{t S + u - P,\; c}\Big)",
        source="Waibel, Hanazawa, Hinton, Shikano & Lang 1989, Phoneme Recognition Using"
        " Time-Delay Neural Networks",
    )
    examples = (
        Example({"filters": 4}, (_sequence(9, 3),)),
        Example({"filters": 5, "kernel": 5, "padding": "valid"}, (_sequence(8, 2),)),
        Example(
            {"filters": 3, "stride": 2, "padding": 1, "activation": "tanh"}, (_sequence(7, 1),)
        ),
        Example(
            {"filters": 2, "kernel": 2, "stride": 3, "padding": 0, "floor": True, "bias": False},
            (_sequence(10, 17),),
        ),
    )

    def headline(self, p: Conv1DParams) -> str:
        return f"Conv 1D {p.filters} @ {p.kernel}"

    def essentials(self, p: Conv1DParams) -> str:
        return f"s{p.stride} · pad {p.padding} · {weighted.activation_words(p)}"

    def infer(self, p: Conv1DParams, inputs: tuple[TensorType, ...]) -> TensorType:
        (x,) = inputs
        if x.layout != "TF":
            steps = InsertBefore("reshape", f"Read it as {x.size} steps", {"shape": [x.size, 1]})
            raise Mismatch(
                f"Conv 1D needs a sequence (steps × features); {x} arrives"
                f" {'as a map' if x.is_map else 'flat'}.",
                *(() if x.is_map else (steps,)),
                hint="For images use Conv." if x.is_map else "",
                port="x",
            )
        return _sequence(_placed(p, x.shape[0]).output, p.filters)

    def weights(self, p: Conv1DParams, inputs: tuple[TensorType, ...]) -> tuple[WeightSpec, ...]:
        features = inputs[0].shape[1]
        shape = (p.kernel, features, p.filters)
        return weighted.weight_specs(p, shape, p.kernel * features, p.kernel * p.filters)

    def cost(self, p: Conv1DParams, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        features, steps = inputs[0].shape[1], output.shape[0]
        parameters = (p.kernel * features + p.bias) * p.filters
        macs = p.kernel * features * output.size
        left = f"({p.kernel}·{features} + 1)" if p.bias else f"{p.kernel}·{features}"
        return Cost(
            parameters,
            macs,
            (
                f"{left} · {p.filters} = {words.whole(parameters)} parameters",
                f"{p.kernel}·{features}·{p.filters}·{steps} = {words.whole(macs)} MACs",
            ),
        )

    def shape_lines(
        self, p: Conv1DParams, inputs: tuple[TensorType, ...], output: TensorType
    ) -> tuple[str, ...]:
        one = _axis(p, inputs[0].shape[0])
        span = f"{one.size} - {one.window} + {one.before + one.after}"
        return (
            r"T' = \lfloor (T - F + P) / S \rfloor + 1",
            rf"= \lfloor ({span}) / {one.stride} \rfloor + 1 = \mathbf{{{one.output}}}",
        )

    def taps(self, p: Conv1DParams) -> tuple[int, int]:
        return 1, p.kernel

    def seen(self, p: Conv1DParams, buffer: Buffer) -> Buffer:
        """See (batch, steps, features) as maps of one row."""
        batch, steps, features = buffer.shape
        shape = (batch, 1, steps, features)
        return Buffer(f"{buffer.name} as map", shape, base=buffer, external=buffer.external)

    def geometry(self, p: Conv1DParams, shape: tuple[int, ...]) -> Geometry:
        return geometry(Axis(1, 1, 1, 0, 0), _axis(p, shape[0]))


def _axis(p: Conv1DParams, steps: int) -> Axis:
    return axis(steps, p.kernel, p.stride, p.padding)


def _placed(p: Conv1DParams, steps: int) -> Axis:
    """Place the window on a sequence, or raise Mismatch."""
    one = _axis(p, steps)
    if one.span < 0:
        raise Mismatch(
            f"Conv 1D's window of {p.kernel} steps is longer than the sequence of {steps}.",
            *_longer(p, steps),
            port="x",
        )
    if one.over and not p.floor and p.padding != "same":
        raise Mismatch(
            f"Conv 1D's window of {p.kernel} steps at stride {p.stride} does not fit {steps} steps:"
            f" ({one.arithmetic}) / {one.stride} = {one.span / one.stride:.2f} is not whole.",
            SetOwn("stride", 1, "Set stride to 1"),
            SetOwn("padding", "same", "Set padding to same"),
            SetOwn("floor", True, "Leave out the rest at the end"),
            port="x",
        )
    return one


def _longer(p: Conv1DParams, steps: int) -> Iterator[Remedy]:
    yield SetOwn("padding", "same", "Set padding to same")
    if steps < p.kernel:
        yield SetOwn("kernel", steps, f"Set kernel to {steps}")
