"""Conv1D: small filters slide along the steps of a sequence."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field
from pydantic.config import JsonDict

from nnstudio.graph.layer import (
    Cost,
    Example,
    InsertBefore,
    LayerDoc,
    LayerParams,
    Mismatch,
    Remedy,
    SetOwn,
    WeightSpec,
)
from nnstudio.graph.registry import register
from nnstudio.graph.types import TensorType
from nnstudio.kernels.geometry import Geometry
from nnstudio.kernels.program import Buffer
from nnstudio.layers import weighted, window_fields
from nnstudio.layers.convolution import Convolution, card_words, padding_words, window_cost
from nnstudio.layers.windows import (
    Axis,
    axis,
    check_reflection,
    covered,
    dilation_lines,
    geometry,
)

_SPAN: JsonDict = {"unit": "steps", "step": 1}


class Conv1DParams(LayerParams):
    """Parameters of Conv 1D."""

    filters: window_fields.FiltersField = 8
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
    dilation: int = Field(
        1,
        title="Dilation",
        description="Distance between neighbours in the window: 1 leaves no gaps.",
        ge=1,
        le=1024,
        json_schema_extra={**_SPAN, "rare": True},
    )
    padding: window_fields.PaddingField = "same"
    padding_mode: window_fields.PaddingModeField = "zero"
    floor: window_fields.FloorField = False
    activation: weighted.ActivationField = "relu"
    initial: weighted.InitialField = "he"
    bias: weighted.BiasField = True
    bias_start: weighted.BiasStartField = 0.0
    l1: weighted.L1Field = 0.0
    l2: weighted.L2Field = 0.0


def _sequence(*sizes: int) -> TensorType:
    return TensorType(sizes, "f4", "TF")


@register
class Conv1D(Convolution):
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
        formula=r"y_{t,o} = f\Big(b_o + \sum_{u,c} w_{u,c,o}\, x_{t S + u D - P,\; c}\Big)",
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
        Example({"filters": 3, "dilation": 2, "padding_mode": "replicate"}, (_sequence(6, 5),)),
    )

    def headline(self, p: Conv1DParams) -> str:
        return f"Conv 1D {p.filters} @ {p.kernel}"

    def essentials(self, p: Conv1DParams) -> str:
        return card_words(p, str(p.stride), str(p.dilation), padding_words(p, p.padding))

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
        taps = (p.kernel, inputs[0].shape[1])
        return window_cost(taps, p.filters, output.shape[:1], bias=p.bias)

    def shape_lines(
        self, p: Conv1DParams, inputs: tuple[TensorType, ...], output: TensorType
    ) -> tuple[str, ...]:
        one = _axis(p, inputs[0].shape[0])
        span = f"{one.size} - {one.covered} + {one.before + one.after}"
        return (
            *dilation_lines(one),
            r"T' = \lfloor (T - F + P) / S \rfloor + 1",
            rf"= \lfloor ({span}) / {one.stride} \rfloor + 1 = \mathbf{{{one.output}}}",
        )

    def seen(self, buffer: Buffer) -> Buffer:
        """See (batch, steps, features) as maps of one row."""
        batch, steps, features = buffer.shape
        shape = (batch, 1, steps, features)
        return Buffer(f"{buffer.name} as map", shape, base=buffer, external=buffer.external)

    def window_of(self, weight: Buffer) -> Buffer:
        """See (steps, features, filters) as a window of one row."""
        name, shape = f"{weight.name} as window", (1, *weight.shape)
        return Buffer(name, shape, base=weight, external=weight.external)

    def geometry(self, p: Conv1DParams, shape: tuple[int, ...]) -> Geometry:
        return geometry(Axis(1, 1, 1, 0, 0), _axis(p, shape[0]))


def _axis(p: Conv1DParams, steps: int) -> Axis:
    return axis(steps, p.kernel, p.stride, p.padding, p.dilation)


def _placed(p: Conv1DParams, steps: int) -> Axis:
    """Place the window on a sequence, or raise Mismatch."""
    one = _axis(p, steps)
    if one.span < 0:
        raise Mismatch(
            f"Conv 1D's window of {one.covered} steps is longer than the sequence of {steps}.",
            *_longer(p, steps),
            port="x",
        )
    if one.over and not p.floor and p.padding != "same":
        raise Mismatch(
            f"Conv 1D's window of {one.covered} steps at stride {p.stride} does not fit {steps}"
            f" steps: ({one.arithmetic}) / {one.stride} = {one.span / one.stride:.2f} is not"
            " whole.",
            SetOwn("stride", 1, "Set stride to 1"),
            SetOwn("padding", "same", "Set padding to same"),
            SetOwn("floor", True, "Leave out the rest at the end"),
            port="x",
        )
    check_reflection("Conv 1D", p.padding_mode, one)
    return one


def _longer(p: Conv1DParams, steps: int) -> Iterator[Remedy]:
    if p.kernel <= steps < covered(p.kernel, p.dilation):
        yield SetOwn("dilation", 1, "Set dilation to 1")
    yield SetOwn("padding", "same", "Set padding to same")
    largest = (steps - 1) // p.dilation + 1
    one = axis(steps, largest, p.stride, p.padding, p.dilation)
    if largest < p.kernel and (p.floor or not one.over):
        yield SetOwn("kernel", largest, f"Set kernel to {largest}")
