"""Transposed convolution: a convolution run backwards, which makes maps larger and learns how."""

from __future__ import annotations

from pydantic import Field

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
from nnstudio.layers import weighted, window_fields
from nnstudio.layers.contract import Emit, RunnableLayer
from nnstudio.layers.convolution import card_words, window_cost
from nnstudio.layers.windows import (
    Axis,
    axis,
    by,
    covered,
    dilation_lines,
    geometry,
    map_wanted,
    short_pair,
)


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

    filters: window_fields.FiltersField = 8
    kernel: window_fields.KernelField = Field(
        (4, 4), description="Height and width of the window, best a multiple of the stride."
    )
    stride: window_fields.StrideField = Field(
        (2, 2), description="How many times as high and as wide the map becomes."
    )
    dilation: window_fields.DilationField = (1, 1)
    padding: window_fields.PaddingField = Field(
        "same",
        description="What is cut off the edges: valid (nothing), same (as much as leaves stride"
        " times the size), or how many pixels on each side.",
    )
    activation: weighted.ActivationField = "relu"
    initial: weighted.InitialField = "he"
    bias: weighted.BiasField = True
    bias_start: weighted.BiasStartField = 0.0
    l1: weighted.L1Field = 0.0
    l2: weighted.L2Field = 0.0

    @property
    def covered(self) -> tuple[int, int]:
        """(height, width) of the window with the gaps of its dilation."""
        (height, width), (down, right) = self.kernel, self.dilation
        return covered(height, down), covered(width, right)


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
        formula=r"y_{i S + u D - P,\; j S + v D - P,\; o} \mathrel{+}= w_{u,v,o,c}\, x_{i,j,c}",
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
        Example({"filters": 3, "kernel": 3, "dilation": [2, 1], "padding": 1}, (maps(3, 4, 2),)),
    )

    def headline(self, p: ConvTransposedParams) -> str:
        return f"Transposed {p.filters} @ {by(p.kernel)}"

    def essentials(self, p: ConvTransposedParams) -> str:
        stride, dilation = short_pair(p.stride), short_pair(p.dilation)
        return card_words(p, stride, dilation, str(p.padding))

    def infer(self, p: ConvTransposedParams, inputs: tuple[TensorType, ...]) -> TensorType:
        (x,) = inputs
        map_wanted(self.title, x, "Put a Reshape before it.")
        if isinstance(p.padding, int) and p.padding >= min(p.covered):
            raise Mismatch(
                f"Transposed conv's padding of {p.padding} is as large as its {by(p.covered)}"
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
        x = inputs[0].shape
        return window_cost((*p.kernel, x[2]), p.filters, x[:2], bias=p.bias)

    def shape_lines(
        self, p: ConvTransposedParams, inputs: tuple[TensorType, ...], output: TensorType
    ) -> tuple[str, ...]:
        axes = _axes(p, inputs[0].shape)
        lines = []
        for name, size, one in zip("HW", inputs[0].shape, axes, strict=False):
            moves = rf"({size} - 1) \cdot {one.stride} + {one.covered}"
            rest = one.size - (size - 1) * one.stride - one.covered
            sign = "-" if rest <= 0 else "+"
            lines.append(rf"{name}: {moves} {sign} {abs(rest)} = \mathbf{{{one.size}}}")
        return *dilation_lines(*axes), r"O = (N - 1) \cdot S + F - 2P", *lines

    def window(self, p: ConvTransposedParams) -> Window:
        reach = tuple(-(-size // stride) for size, stride in zip(p.covered, p.stride, strict=True))
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
    return _axis(p, shape, 0), _axis(p, shape, 1)


def _axis(p: ConvTransposedParams, shape: tuple[int, ...], at: int) -> Axis:
    size, window, stride, dilation = shape[at], p.kernel[at], p.stride[at], p.dilation[at]
    if p.padding == "same":
        return axis(size * stride, window, stride, "same", dilation)
    pad = 0 if p.padding == "valid" else p.padding
    whole = (size - 1) * stride + covered(window, dilation)
    return axis(whole - 2 * pad, window, stride, pad, dilation)


def _geometry(p: ConvTransposedParams, shape: tuple[int, ...]) -> Geometry:
    return geometry(*_axes(p, shape))
