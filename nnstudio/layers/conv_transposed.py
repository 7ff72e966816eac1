"""Transposed convolution: a convolution run backwards, which makes maps larger and learns how."""

from __future__ import annotations

from pydantic import Field

from nnstudio.core import words
from nnstudio.graph.layer import (
    Cost,
    Example,
    Layer,
    LayerDoc,
    LayerParams,
    Mismatch,
    SetOwn,
    WeightSpec,
    Window,
)
from nnstudio.graph.registry import register
from nnstudio.graph.types import TensorType, maps
from nnstudio.kernels.activation import activate, is_small, row_sizes
from nnstudio.kernels.conv import conv_forward, conv_input_gradient, conv_weight_gradient
from nnstudio.kernels.geometry import Geometry, gradient_halo, input_halo
from nnstudio.kernels.kernel import In1, Mod3, kernel
from nnstudio.kernels.maths import share
from nnstudio.kernels.program import NO_HALO, Halo
from nnstudio.kernels.window_gradient import emit_bias_gradient
from nnstudio.layers import weighted
from nnstudio.layers.contract import Emit, RunnableLayer
from nnstudio.layers.windows import Axis, PaddingField, PairField, axis, by, geometry, short_pair


@kernel
def add_bias(bias: In1, y: Mod3, height: int, length: int, tid: int, threads: int) -> None:
    """Add each channel's bias to all pixels."""
    first, last = share(y.shape[0], tid, threads)
    channels = bias.shape[0]
    for n in range(first, last):
        for h in range(height):
            for w in range(length // channels):
                for c in range(channels):
                    y[n, h, w * channels + c] += bias[c]


class ConvTransposedParams(LayerParams):
    """Parameters of Transposed conv."""

    filters: int = Field(
        8,
        title="Filters",
        description="How many maps come out.",
        ge=1,
        le=65_536,
        json_schema_extra={"step": 1},
    )
    kernel: PairField = Field(
        (4, 4),
        title="Kernel",
        description="Height and width of the window, best a multiple of the stride.",
        json_schema_extra={"unit": "px", "step": 1},
    )
    stride: PairField = Field(
        (2, 2),
        title="Stride",
        description="How many times as high and as wide the map becomes.",
        json_schema_extra={"unit": "px", "step": 1},
    )
    padding: PaddingField = "same"
    activation: weighted.ActivationField = "relu"
    initial: weighted.InitialField = "he"
    bias: weighted.BiasField = True
    bias_start: weighted.BiasStartField = 0.0
    l1: weighted.L1Field = 0.0
    l2: weighted.L2Field = 0.0


@register
class ConvTransposed(RunnableLayer):
    """The input gradient of a convolution as a layer of its own."""

    kind = "conv2d_transposed"
    title = "Transposed conv"
    category = "linear"
    prefix = "deconv"
    params = ConvTransposedParams
    width_param = "filters"
    doc = LayerDoc(
        summary="Spreads every pixel over a window of a larger map, weighted by trained filters.",
        use="In decoders and generators, to double height and width and learn how.",
        pitfalls="Where the kernel is no multiple of the stride, windows overlap unevenly and leave"
        " a chequerboard: take 4 with stride 2, or Upsample and a Conv. Padding cuts the output's"
        " edges off.",
        formula=r"y_{i S + u - P,\; j S + v - P,\; o} \mathrel{+}= w_{u,v,o,c}\, x_{i,j,c}",
        source="Zeiler, Krishnan, Taylor & Fergus 2010, Deconvolutional Networks; Dumoulin & Visin"
        " 2016, A Guide to Convolution Arithmetic, chapter 4",
    )
    examples = (
        Example({"filters": 3}, (maps(3, 4, 2),)),
        Example({"filters": 5, "kernel": 3, "padding": "valid"}, (maps(2, 3, 4),)),
        Example(
            {"filters": 2, "kernel": [3, 5], "stride": [1, 2], "padding": 1, "activation": "tanh"},
            (maps(4, 3, 17),),
        ),
        Example(
            {"filters": 8, "kernel": 2, "bias": False, "activation": "linear"}, (maps(3, 3, 8),)
        ),
        Example({"filters": 1, "kernel": 2, "stride": 3, "activation": "linear"}, (maps(2, 2, 3),)),
    )

    def headline(self, p: ConvTransposedParams) -> str:
        return f"Transposed {p.filters} @ {by(p.kernel)}"

    def essentials(self, p: ConvTransposedParams) -> str:
        return f"s{short_pair(p.stride)} · pad {p.padding} · {weighted.activation_words(p)}"

    def infer(self, p: ConvTransposedParams, inputs: tuple[TensorType, ...]) -> TensorType:
        (x,) = inputs
        if not x.is_map:
            raise Mismatch(
                f"Transposed conv needs a map (height × width × channels); {words.whole(x.size)}"
                " numbers arrive flat.",
                hint="Put a Reshape before it.",
                port="x",
            )
        if isinstance(p.padding, int) and p.padding >= min(p.kernel):
            raise Mismatch(
                f"Transposed conv's padding of {p.padding} is as large as its {by(p.kernel)}"
                " window.",
                SetOwn("padding", "same", "Set padding to same"),
            )
        down, right = _axes(p, x.shape)
        if down.size < 1 or right.size < 1:
            raise Mismatch(
                f"Padding {p.padding} cuts off all that {x.shape[0]}×{x.shape[1]} pixels give.",
                SetOwn("padding", "same", "Set padding to same"),
                port="x",
            )
        return maps(down.size, right.size, p.filters)

    def weights(
        self, p: ConvTransposedParams, inputs: tuple[TensorType, ...]
    ) -> tuple[WeightSpec, ...]:
        channels, area = inputs[0].shape[2], p.kernel[0] * p.kernel[1]
        fan_in = max(1, area * channels // (p.stride[0] * p.stride[1]))
        shape = (*p.kernel, p.filters, channels)
        weight, *bias = weighted.weight_specs(p, shape, fan_in, area * p.filters)
        if not bias:
            return (weight,)
        return weight, WeightSpec("bias", (p.filters,), "bias", fan_in, 1, p.bias_start)

    def cost(
        self, p: ConvTransposedParams, inputs: tuple[TensorType, ...], output: TensorType
    ) -> Cost:
        height, width = p.kernel
        channels = inputs[0].shape[2]
        parameters = (height * width * channels + p.bias) * p.filters
        macs = height * width * p.filters * inputs[0].size
        weights = f"{height}·{width}·{channels}"
        left = f"({weights} + 1)" if p.bias else weights
        places = "·".join(map(str, (p.filters, *inputs[0].shape[:2])))
        return Cost(
            parameters,
            macs,
            (
                f"{left} · {p.filters} = {words.whole(parameters)} parameters",
                f"{weights}·{places} = {words.whole(macs)} MACs",
            ),
        )

    def shape_lines(
        self, p: ConvTransposedParams, inputs: tuple[TensorType, ...], output: TensorType
    ) -> tuple[str, ...]:
        lines = []
        for name, size, one in zip("HW", inputs[0].shape, _axes(p, inputs[0].shape), strict=False):
            moves = rf"({size} - 1) \cdot {one.stride} + {one.window}"
            rest = one.size - (size - 1) * one.stride - one.window
            sign = "-" if rest <= 0 else "+"
            lines.append(rf"{name}: {moves} {sign} {abs(rest)} = \mathbf{{{one.size}}}")
        return r"O = (N - 1) \cdot S + F - 2P", *lines

    def window(self, p: ConvTransposedParams) -> Window:
        reach = tuple(-(-size // stride) for size, stride in zip(p.kernel, p.stride, strict=True))
        return Window((reach[0], reach[1]), before=(reach[0] // 2, reach[1] // 2))

    def absorb(self, p: ConvTransposedParams, follower: Layer) -> LayerParams | None:
        return weighted.absorbed(p, p.activation, follower)

    def input_halo(self, p: ConvTransposedParams, inputs: tuple[TensorType, ...]) -> Halo:
        return gradient_halo(_geometry(p, inputs[0].shape))

    def gradient_halo(self, p: ConvTransposedParams, inputs: tuple[TensorType, ...]) -> Halo:
        if p.activation != "linear":  # what the products read is scratch, made with its own halo
            return NO_HALO
        return input_halo(_geometry(p, inputs[0].shape))

    def forward(self, e: Emit) -> None:
        p: ConvTransposedParams = e.p
        linear = p.activation == "linear"
        sums = e.out if linear else e.program.buffer(f"{e.out.name}.sum", e.out.shape)
        place = _geometry(p, e.x[0].shape[1:])
        conv_input_gradient(e.program, e.x[0], e.weights["weight"], sums, place)
        if "bias" in e.weights:
            views = e.weights["bias"].vector(), sums.rows()
            e.program.call(add_bias, *views, *row_sizes(sums), serial=is_small(sums))
        if not linear:
            constant = weighted.ACTIVATION_CONSTANT.get(p.activation, 0.0)
            activate(e.program, p.activation, sums, e.out, constant)

    def backward(self, e: Emit) -> None:
        p: ConvTransposedParams = e.p
        place = _geometry(p, e.x[0].shape[1:])
        gradient = weighted.gradient_by_sums(e, p, input_halo(place))
        if "weight" in e.dweights:
            conv_weight_gradient(e.program, gradient, e.x[0], e.dweights["weight"], None, place)
            if "bias" in e.dweights:
                emit_bias_gradient(e.program, gradient, e.dweights["bias"])
        if e.dx[0] is not None:
            conv_forward(e.program, gradient, e.weights["weight"], None, e.dx[0], place)


def _axes(p: ConvTransposedParams, shape: tuple[int, ...]) -> tuple[Axis, Axis]:
    """Give the windows on the output's axes whose convolution leads back to the input."""
    down, right = (
        _axis(size, window, stride, p)
        for size, window, stride in zip(shape[:2], p.kernel, p.stride, strict=True)
    )
    return down, right


def _axis(size: int, window: int, stride: int, p: ConvTransposedParams) -> Axis:
    if p.padding == "same":
        return axis(size * stride, window, stride, "same")
    pad = 0 if p.padding == "valid" else p.padding
    return axis((size - 1) * stride + window - 2 * pad, window, stride, pad)


def _geometry(p: ConvTransposedParams, shape: tuple[int, ...]) -> Geometry:
    return geometry(*_axes(p, shape))
