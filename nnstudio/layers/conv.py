"""Conv2D: the same small window of weights slides over the whole map."""

from __future__ import annotations

import math

from pydantic import Field

from nnstudio.core import words
from nnstudio.graph.layer import (
    Cost,
    Example,
    Layer,
    LayerDoc,
    LayerParams,
    Mismatch,
    Remedy,
    ReplaceWith,
    SetOwn,
    WeightSpec,
    Window,
)
from nnstudio.graph.registry import register
from nnstudio.graph.types import TensorType, maps
from nnstudio.kernels.conv import (
    conv_forward,
    conv_input_gradient,
    conv_weight_gradient,
)
from nnstudio.kernels.geometry import Geometry, gradient_halo, input_halo
from nnstudio.kernels.program import NO_HALO, Halo
from nnstudio.layers import weighted
from nnstudio.layers.contract import Emit, RunnableLayer
from nnstudio.layers.windows import (
    PaddingField,
    PairField,
    Sliding,
    by,
    formula_lines,
    geometry,
    placed,
    short_pair,
)


class Conv2DParams(LayerParams):
    """Parameters of Conv2D."""

    filters: int = Field(
        8,
        title="Filters",
        description="How many maps come out.",
        ge=1,
        le=65_536,
        json_schema_extra={"step": 1},
    )
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
    groups: int = Field(
        1,
        title="Groups",
        description="Split the channels into groups that do not see each other.",
        ge=1,
        le=65_536,
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
class Conv2D(RunnableLayer):
    """A convolution over maps, its activation included."""

    kind = "conv2d"
    title = "Conv"
    category = "linear"
    shortcut = "C"
    prefix = "conv"
    params = Conv2DParams
    width_param = "filters"
    doc = LayerDoc(
        summary="Slides small filters over the map; each gives a map of how well it matches.",
        use="For images: 3×3 or 5×5 filters, padding same, more filters after every pooling.",
        pitfalls="The stride has to fit: (size − kernel + 2 · padding) / stride must be whole."
        " Large kernels cost with their area; two 3×3 see as much as one 5×5 and cost less.",
        formula=r"y_{i,j,o} = f\Big(b_o + \sum_{u,v,c} w_{u,v,c,o}\,"
        r"x_{i S + u - P,\; j S + v - P,\; c}\Big)",
        source="LeCun, Bottou, Bengio & Haffner 1998, Gradient-Based Learning Applied to Document"
        " Recognition; a cross-correlation, as everywhere in the field",
    )
    examples = (
        Example({"filters": 6, "kernel": [5, 5], "padding": 2}, (maps(8, 8, 1),)),
        Example({"filters": 5, "kernel": [3, 3], "activation": "linear"}, (maps(5, 7, 3),)),
        Example({"filters": 4, "stride": [2, 2], "activation": "tanh"}, (maps(7, 6, 2),)),
        Example(
            {"filters": 3, "padding": "valid", "stride": [2, 2], "floor": True, "bias": False},
            (maps(6, 8, 2),),
        ),
        Example(
            {"filters": 6, "groups": 3, "padding": 1, "activation": "leaky relu"}, (maps(4, 5, 3),)
        ),
        Example({"filters": 8, "groups": 8, "activation": "linear"}, (maps(5, 6, 8),)),
        Example(
            {"filters": 4, "kernel": [1, 3], "padding": "valid", "activation": "elu"},
            (maps(4, 6, 17),),
        ),
    )

    def headline(self, p: Conv2DParams) -> str:
        return f"Conv {p.filters} @ {by(p.kernel)}"

    def essentials(self, p: Conv2DParams) -> str:
        parts = [f"s{short_pair(p.stride)}", f"pad {_padding_words(p)}"]
        if p.groups > 1:
            parts.append(f"{p.groups} groups")
        return " · ".join([*parts, weighted.activation_words(p)])

    def infer(self, p: Conv2DParams, inputs: tuple[TensorType, ...]) -> TensorType:
        (x,) = inputs
        if not x.is_map:
            raise Mismatch(
                f"Conv needs a map (height × width × channels); {words.whole(x.size)} numbers"
                " arrive flat.",
                ReplaceWith("dense", f"Make it Dense {p.filters}", {"units": p.filters}),
                hint="Put it before Flatten, or use a data set of images.",
                port="x",
            )
        _check_groups(p, x.shape[2])
        down, right = placed("Conv", "kernel", p.sliding, x)
        return maps(down.output, right.output, p.filters)

    def weights(self, p: Conv2DParams, inputs: tuple[TensorType, ...]) -> tuple[WeightSpec, ...]:
        area, channels = math.prod(p.kernel), inputs[0].shape[2] // p.groups
        shape = (*p.kernel, channels, p.filters)
        return weighted.weight_specs(p, shape, area * channels, area * p.filters // p.groups)

    def cost(self, p: Conv2DParams, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        height, width = p.kernel
        channels = inputs[0].shape[2] // p.groups
        fan_in = height * width * channels
        parameters, macs = (fan_in + p.bias) * p.filters, fan_in * output.size
        weights = f"{height}·{width}·{channels}"
        left = f"({weights} + 1)" if p.bias else weights
        places = "·".join(map(str, (p.filters, *output.shape[:2])))
        return Cost(
            parameters,
            macs,
            (
                f"{left} · {p.filters} = {words.whole(parameters)} parameters",
                f"{weights}·{places} = {words.whole(macs)} MACs",
            ),
        )

    def shape_lines(
        self, p: Conv2DParams, inputs: tuple[TensorType, ...], output: TensorType
    ) -> tuple[str, ...]:
        return formula_lines(p.sliding, inputs[0])

    def window(self, p: Conv2DParams) -> Window:
        return Window(p.kernel, p.stride, before=p.sliding.before)

    def absorb(self, p: Conv2DParams, follower: Layer) -> LayerParams | None:
        return weighted.absorbed(p, p.activation, follower)

    def input_halo(self, p: Conv2DParams, inputs: tuple[TensorType, ...]) -> Halo:
        return input_halo(_geometry(p, inputs[0].shape))

    def gradient_halo(self, p: Conv2DParams, inputs: tuple[TensorType, ...]) -> Halo:
        if p.activation != "linear":  # what the products read is scratch, made with its own halo
            return NO_HALO
        return gradient_halo(_geometry(p, inputs[0].shape))

    def forward(self, e: Emit) -> None:
        p: Conv2DParams = e.p
        x, weight, bias = e.x[0], e.weights["weight"], e.weights.get("bias")
        sums = weighted.sums_buffer(e, p)
        place = _geometry(p, x.shape[1:])
        conv_forward(e.program, x, weight, bias, sums, place, relu=p.activation == "relu")
        weighted.apply_activation(e, p, sums)

    def backward(self, e: Emit) -> None:
        p: Conv2DParams = e.p
        place = _geometry(p, e.x[0].shape[1:])
        gradient = weighted.gradient_by_sums(e, p, gradient_halo(place))
        if "weight" in e.dweights:
            dweight, dbias = e.dweights["weight"], e.dweights.get("bias")
            conv_weight_gradient(e.program, e.x[0], gradient, dweight, dbias, place)
        if e.dx[0] is not None:
            conv_input_gradient(e.program, gradient, e.weights["weight"], e.dx[0], place)


def _padding_words(p: Conv2DParams) -> str:
    if p.padding == "valid":
        return "0"
    odd = p.kernel[0] % 2 == 1 and p.kernel[0] == p.kernel[1] and p.stride == (1, 1)
    return str(p.kernel[0] // 2) if p.padding == "same" and odd else str(p.padding)


def _check_groups(p: Conv2DParams, channels: int) -> None:
    """Raise Mismatch unless channels and filters can be dealt out to the groups."""
    if channels % p.groups == 0 and p.filters % p.groups == 0:
        return
    what, number = ("channels", channels) if channels % p.groups else ("filters", p.filters)
    common = math.gcd(channels, p.groups)
    remedies: list[Remedy] = []
    if channels % p.groups == 0:
        filters = -(-p.filters // p.groups) * p.groups
        remedies.append(SetOwn("filters", filters, f"Set filters to {filters}"))
    elif common > 1 and p.filters % common == 0:
        remedies.append(SetOwn("groups", common, f"Set groups to {common}"))
    remedies.append(SetOwn("groups", 1, "Set groups to 1"))
    raise Mismatch(
        f"Conv's {number} {what} cannot be dealt out evenly to {p.groups} groups.",
        *remedies,
        port="x",
    )


def _geometry(p: Conv2DParams, shape: tuple[int, ...]) -> Geometry:
    """Give the product's geometry on a map of (height, width, channels)."""
    return geometry(*p.sliding.axes(shape[0], shape[1]), p.groups)
